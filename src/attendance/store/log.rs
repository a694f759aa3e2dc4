use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::found::Found;
use crate::{
    attendance::rules::{self, Credit},
    audit,
    entities::{
        hour_entry::{self, HourEntryKind},
        meeting_attendance,
        meeting_attendance_change::{self, AttendanceEvent},
    },
    problem::Result,
    schedule::rules::Occurrence,
};

/// A line of the log.
pub(super) fn change(
    row: &meeting_attendance::Model,
    before: Option<&meeting_attendance::Model>,
    event: AttendanceEvent,
    reason: Option<String>,
    changed_by: Uuid,
    changed_at: DateTime<Utc>,
) -> meeting_attendance_change::Model {
    meeting_attendance_change::Model {
        id: Uuid::now_v7(),
        meeting_id: row.meeting_id,
        account_id: row.account_id,
        membership_id: row.membership_id,
        consultation_group_id: row.consultation_group_id,
        event,
        before: before.map(rules::said),
        after: rules::said(row),
        reason,
        changed_by,
        changed_at,
    }
}

/// A line of the ledger, where there is something to say.
pub(super) fn hour_entry(
    meeting: &Occurrence,
    account_id: Uuid,
    credit: Credit,
    kind: HourEntryKind,
    now: DateTime<Utc>,
) -> Option<hour_entry::Model> {
    (!credit.is_nothing()).then(|| hour_entry::Model {
        id: Uuid::now_v7(),
        account_id,
        consultation_group_id: meeting.group_id,
        meeting_id: meeting.id,
        occurred_on: meeting.starts.date(),
        starts_at: meeting.starts_at,
        minutes: credit.minutes,
        presenting_minutes: credit.presenting_minutes,
        recused_minutes: credit.recused_minutes,
        kind,
        recorded_at: now,
    })
}

pub(super) async fn append(
    tx: &DatabaseTransaction,
    log: Vec<meeting_attendance_change::Model>,
    hours: Vec<hour_entry::Model>,
) -> Result<()> {
    if !log.is_empty() {
        let log = log.into_iter().map(|line| line.into_active_model().reset_all());
        meeting_attendance_change::Entity::insert_many(log).exec_without_returning(tx).await?;
    }
    if !hours.is_empty() {
        let hours = hours.into_iter().map(|line| line.into_active_model().reset_all());
        hour_entry::Entity::insert_many(hours).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Tells the audit trail of the group.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    found: &Found,
    account_id: Option<Uuid>,
    reason_code: Option<&'static str>,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "meeting",
        subject_id: found.meeting.id,
        consultation_group_id: Some(found.group.id),
        account_id,
        reason_code,
        ..Default::default()
    };
    audit::record(tx, now, event).await
}
