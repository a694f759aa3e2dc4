use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, sea_query::SimpleExpr,
};
use uuid::Uuid;

use super::{
    found::Found,
    log::{append, change, tell},
};
use crate::{
    attendance::{rules, schema::AttendanceRecord},
    entities::{account, meeting_attendance, meeting_attendance_change::AttendanceEvent},
    http::conditional::IfMatch,
    problem::{Problem, Result},
};

/// Says that what was recorded of the caller is not right.
///
/// # Errors
/// 404 where nothing was; 409 before the meeting is closed, a fortnight after, and while an earlier dispute waits.
pub async fn dispute(
    tx: &DatabaseTransaction,
    found: &Found,
    actor: Uuid,
    note: &str,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<AttendanceRecord> {
    let own = meeting_attendance::COLUMN.account_id.eq(actor);
    let (row, name) = one(tx, found.meeting.id, own).await?;
    version.check(row.version)?;
    rules::may_dispute(&found.meeting, &row, found.group_status(now), now)?;
    let disputed = meeting_attendance::Model {
        disputed_at: Some(now),
        dispute_note: Some(note.to_owned()),
        settled_at: None,
        ..row.clone()
    };
    let disputed = update(tx, disputed).await?;
    let line = change(&disputed, Some(&row), AttendanceEvent::Disputed, Some(note.to_owned()), actor, now);
    append(tx, vec![line], Vec::new()).await?;
    tell(tx, now, "meeting.dispute_attendance", actor, found, Some(actor), None).await?;
    Ok(AttendanceRecord::new(disputed, name))
}

/// Answers a dispute: the record stays as it is.
///
/// # Errors
/// 403 unless the caller leads the meeting; 404 where that member has no record; 409 where nothing waits.
pub async fn uphold(
    tx: &DatabaseTransaction,
    found: &Found,
    actor: Uuid,
    membership_id: Uuid,
    note: Option<String>,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<AttendanceRecord> {
    found.must_be_led()?;
    let theirs = meeting_attendance::COLUMN.membership_id.eq(membership_id);
    let (row, name) = one(tx, found.meeting.id, theirs).await?;
    version.check(row.version)?;
    rules::may_settle(&row, found.group_status(now))?;
    let settled = update(tx, meeting_attendance::Model { settled_at: Some(now), ..row.clone() }).await?;
    let line = change(&settled, Some(&row), AttendanceEvent::Upheld, note, actor, now);
    append(tx, vec![line], Vec::new()).await?;
    let concerned = Some(settled.account_id);
    tell(tx, now, "meeting.settle_attendance", actor, found, concerned, Some("upheld")).await?;
    Ok(AttendanceRecord::new(settled, name))
}

/// One record of a meeting, with the name of its person.
async fn one(
    db: &impl ConnectionTrait,
    meeting_id: Uuid,
    which: SimpleExpr,
) -> Result<(meeting_attendance::Model, String)> {
    let found = meeting_attendance::Entity::find()
        .find_also_related(account::Entity)
        .filter(meeting_attendance::COLUMN.meeting_id.eq(meeting_id))
        .filter(which)
        .one(db)
        .await?;
    let (row, holder) = found.ok_or_else(Problem::not_found)?;
    Ok((row, holder.map(|holder| holder.display_name).unwrap_or_default()))
}

/// Writes a record down, one version on.
async fn update(tx: &DatabaseTransaction, row: meeting_attendance::Model) -> Result<meeting_attendance::Model> {
    let row = meeting_attendance::Model { version: row.version + 1, ..row };
    let mut changed = row.clone().into_active_model().reset_all();
    changed.meeting_id = Unchanged(row.meeting_id);
    changed.account_id = Unchanged(row.account_id);
    meeting_attendance::Entity::update(changed).exec(tx).await?;
    Ok(row)
}
