use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    found::{Found, rows_of},
    log::{append, change, hour_entry, tell},
};
use crate::{
    attendance::{
        rules::{self, Counts, Credit, Phase},
        schema::{AttendanceEntry, MeetingAttendanceUpdate},
    },
    entities::{
        hour_entry::HourEntryKind,
        meeting, meeting_attendance,
        meeting_attendance_change::{AttendanceEvent, StoredAttendance},
        membership::{self, EndReason},
    },
    http::conditional::IfMatch,
    problem::{Fault, Problem, Result},
    schedule,
};

/// Writes down who came; who is not named stays as they are. Once the meeting is closed, the ledger gets the difference.
///
/// # Errors
/// 403 unless the caller leads the meeting; 409 before its start, a week after its end, a fortnight after it was closed,
/// and where it was called off; 412 when the record changed; 422 with every entry that is not as it must be.
pub async fn record(
    tx: &DatabaseTransaction,
    found: &Found,
    actor: Uuid,
    body: &MeetingAttendanceUpdate,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<()> {
    found.must_be_led()?;
    let rows = rows_of(tx, found.meeting.id).await?;
    version.check(rows.values().map(|row| row.version).sum())?;
    let phase = rules::phase(&found.meeting, found.group_status(now), now)?;
    let said = read(tx, found, &rows, &body.entries, now).await?;
    if phase == Phase::Amending && body.reason.is_none() {
        return Err(Problem::invalid_at("/reason", "missing_member", "must be given once the meeting is closed"));
    }
    let differs = |(seat, said): &(membership::Model, StoredAttendance)| {
        rows.get(&seat.account_id).is_none_or(|row| rules::said(row) != *said)
    };
    let changed: Vec<_> = said.into_iter().filter(differs).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let kept = schedule::store::kept(tx, &found.meeting, now).await?;
    let (mut next, mut log, mut hours) = (Vec::new(), Vec::new(), Vec::new());
    let event = if phase == Phase::Amending { AttendanceEvent::Amended } else { AttendanceEvent::Recorded };
    for (seat, said) in &changed {
        let before = rows.get(&seat.account_id);
        let row = meeting_attendance::Model {
            meeting_id: kept.id,
            account_id: seat.account_id,
            membership_id: seat.id,
            consultation_group_id: found.group.id,
            status: said.status,
            minutes: said.minutes,
            recused_minutes: said.recused_minutes,
            presenting_minutes: said.presenting_minutes,
            recorded_by: actor,
            recorded_at: now,
            disputed_at: before.and_then(|row| row.disputed_at),
            dispute_note: before.and_then(|row| row.dispute_note.clone()),
            // What was disputed has changed.
            settled_at: before.and_then(|row| if row.is_disputed() { Some(now) } else { row.settled_at }),
            version: before.map_or(1, |row| row.version + 1),
        };
        log.push(change(&row, before, event, body.reason.clone(), actor, now));
        if phase == Phase::Amending {
            let credit = Credit::of(said).beyond(before.map(|row| Credit::of(&rules::said(row))).unwrap_or_default());
            hours.extend(hour_entry(&found.meeting, seat.account_id, credit, HourEntryKind::Amended, now));
        }
        next.push(row);
    }
    let statuses = rows.iter().filter(|(account, _)| next.iter().all(|row| row.account_id != **account));
    let counts = Counts::of(statuses.map(|(_, row)| row.status).chain(next.iter().map(|row| row.status)));
    save(tx, next).await?;
    append(tx, log, hours).await?;
    match phase {
        Phase::Recording => tell(tx, now, "meeting.record_attendance", actor, found, None, None).await,
        Phase::Amending => {
            let (expected_count, present_count) = (Some(counts.expected), Some(counts.present));
            schedule::store::save(tx, meeting::Model { expected_count, present_count, ..kept }, now).await?;
            for (seat, _) in &changed {
                tell(tx, now, "meeting.amend_attendance", actor, found, Some(seat.account_id), None).await?;
            }
            Ok(())
        }
    }
}

/// What the entries say, each with its member: one who has a place in the group, or has a record and left since.
async fn read(
    tx: &DatabaseTransaction,
    found: &Found,
    rows: &HashMap<Uuid, meeting_attendance::Model>,
    entries: &[AttendanceEntry],
    now: DateTime<Utc>,
) -> Result<Vec<(membership::Model, StoredAttendance)>> {
    let named = membership::Entity::find()
        .filter(membership::COLUMN.consultation_group_id.eq(found.group.id))
        .filter(membership::COLUMN.id.is_in(entries.iter().map(|entry| entry.membership_id)))
        .all(tx)
        .await?;
    let counts = |seat: &membership::Model| {
        let left = rows.get(&seat.account_id).is_some_and(|row| row.membership_id == seat.id);
        seat.status_at(now).holds_place() || left && seat.end_reason != Some(EndReason::AccountDeleted)
    };
    let seats: HashMap<Uuid, membership::Model> =
        named.into_iter().filter(counts).map(|seat| (seat.id, seat)).collect();
    let (mut said, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, entry) in entries.iter().enumerate() {
        let place = format!("/entries/{at}");
        let mut fault = |member: &str, code: &'static str, detail: String| {
            faults.push(Fault::at(format!("{place}/{member}"), code, detail));
        };
        let Some(seat) = seats.get(&entry.membership_id) else {
            fault("membership_id", "unknown_membership", "must be of somebody who has a place in the group".into());
            continue;
        };
        if !seen.insert(seat.account_id) {
            fault("membership_id", "duplicate", "must stand once".into());
        }
        match rules::measured(&entry.claim(), found.meeting.duration_minutes) {
            Ok(one) => said.push((seat.clone(), one)),
            Err(wrong) => wrong.into_iter().for_each(|(member, code, detail)| fault(member, code, detail)),
        }
    }
    if faults.is_empty() { Ok(said) } else { Err(Problem::invalid(faults)) }
}

/// Puts rows in, or in the place of those that are there.
async fn save(tx: &DatabaseTransaction, rows: Vec<meeting_attendance::Model>) -> Result<()> {
    use meeting_attendance::Column;
    let replace = OnConflict::columns([Column::MeetingId, Column::AccountId])
        .update_columns([
            Column::MembershipId,
            Column::Status,
            Column::Minutes,
            Column::RecusedMinutes,
            Column::PresentingMinutes,
            Column::RecordedBy,
            Column::RecordedAt,
            Column::DisputedAt,
            Column::DisputeNote,
            Column::SettledAt,
            Column::Version,
        ])
        .to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    meeting_attendance::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}
