use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    found::{Found, expected, rows_of},
    log::{append, hour_entry, tell},
};
use crate::{
    attendance::rules::{self, Counts, Credit},
    consultation_groups,
    entities::{
        account,
        hour_entry::HourEntryKind,
        meeting::{self, StoredMeetingStatus},
    },
    problem::Result,
    schedule,
    state::State,
};

/// Closes a meeting: it was held, its hours go into the ledger, and its group shows life.
///
/// # Errors
/// 403 unless the caller leads the meeting; 409 unless it is in progress and every active member has a record.
pub async fn close(
    tx: &DatabaseTransaction,
    app: &State,
    found: &Found,
    actor: Uuid,
    now: DateTime<Utc>,
) -> Result<meeting::Model> {
    found.must_be_led()?;
    let meeting = &found.meeting;
    let yes = schedule::store::answers(tx, [meeting.id], now).await?.get(&meeting.id).map_or(0, |answers| answers.yes);
    let status = meeting.status_at(yes, found.group.quorum, now);
    let rows = rows_of(tx, meeting.id).await?;
    let recorded = rows.keys().copied().collect();
    rules::may_close(status, found.group_status(now), &expected(tx, meeting, now).await?, &recorded)?;
    let counts = Counts::of(rows.values().map(|row| row.status));
    let kept = schedule::store::kept(tx, meeting, now).await?;
    let held = meeting::Model {
        status: StoredMeetingStatus::Held,
        closed_at: Some(now),
        expected_count: Some(counts.expected),
        present_count: Some(counts.present),
        sequence: kept.sequence + 1,
        ..kept
    };
    let held = schedule::store::save(tx, held, now).await?;
    let gone: HashSet<Uuid> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::COLUMN.id.is_in(rows.keys().copied()))
        .filter(account::COLUMN.erased_at.is_not_null())
        .into_tuple()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    let there = rows.values().filter(|row| !gone.contains(&row.account_id));
    let hours = there.filter_map(|row| {
        hour_entry(meeting, row.account_id, Credit::of(&rules::said(row)), HourEntryKind::Recorded, now)
    });
    append(tx, Vec::new(), hours.collect()).await?;
    tell(tx, now, "meeting.close", actor, found, None, None).await?;
    consultation_groups::store::met(tx, app, &found.group, actor, meeting.starts_at, now).await?;
    Ok(held)
}
