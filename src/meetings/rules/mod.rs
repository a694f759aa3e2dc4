//! Who may do what with meetings, and what a change of one or of a series makes of it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::{
    consultation_groups::rules::{GroupStatus, Standing},
    entities::{
        meeting::{self, StoredMeetingStatus},
        meeting_series,
    },
    recurrence::{
        RuleFault,
        zone::{instant_of, write_local},
    },
    schedule::rules::{MeetingStatus, Occurrence, occurrence},
};

mod series;

pub use series::{Change, cut, new_series, revise};

/// So long before its start a meeting can be started.
const EARLY: TimeDelta = TimeDelta::minutes(60);
/// So far from its original start a meeting can be moved.
const FARTHEST_MOVE: TimeDelta = TimeDelta::days(92);

/// Why something about meetings is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's standing does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The group does not stand so that this can be.
    GroupIs(GroupStatus),
    /// The meeting does not stand so that this can be.
    MeetingIs(MeetingStatus),
    /// It is too early: from this moment on it can be.
    NotBefore(DateTime<Utc>),
    /// The meeting has begun.
    HasBegun,
    /// A member of the body is not as it must be.
    Invalid { pointer: &'static str, code: &'static str, detail: String },
}

impl Refusal {
    fn invalid(pointer: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { pointer, code, detail: detail.into() }
    }

    /// A rule that is not as it must be.
    pub fn of_rule(fault: RuleFault) -> Self {
        Self::Invalid { pointer: "/rrule", code: fault.code, detail: fault.detail }
    }
}

/// Whether somebody with this standing plans the meetings of a group.
///
/// # Errors
/// Says who may.
pub fn plans(standing: &Standing, status: GroupStatus) -> Result<(), Refusal> {
    match standing.facilitates() {
        true => goes_on(status),
        false => Err(Refusal::NotAllowed("a facilitator or an owner may do this")),
    }
}

/// Whether anything can still be planned in a group.
///
/// # Errors
/// When it is archived or dissolved.
pub fn goes_on(status: GroupStatus) -> Result<(), Refusal> {
    if status.goes_on() { Ok(()) } else { Err(Refusal::GroupIs(status)) }
}

/// Whether somebody leads a meeting: facilitators, owners, and the member whose turn it is.
pub fn leads(standing: &Standing, has_turn: bool) -> bool {
    standing.facilitates() || has_turn && standing.is_active_member()
}

/// Whether somebody who leads a meeting, or does not, may do what those who lead it do.
///
/// # Errors
/// Says who may.
pub fn may_lead(leads: bool, status: GroupStatus) -> Result<(), Refusal> {
    match leads {
        true => goes_on(status),
        false => Err(Refusal::NotAllowed("a facilitator, an owner or the day's facilitator may do this")),
    }
}

/// A meeting that is still to come, or should have begun and was not started.
fn is_open(one: &Occurrence, now: DateTime<Utc>) -> Result<(), Refusal> {
    // The quorum plays no part in whether it is open.
    match one.status_at(0, 0, now) {
        status if status.is_open() => Ok(()),
        status => Err(Refusal::MeetingIs(status)),
    }
}

fn is_to_come(one: &Occurrence, now: DateTime<Utc>) -> Result<(), Refusal> {
    is_open(one, now)?;
    if one.starts_at > now { Ok(()) } else { Err(Refusal::HasBegun) }
}

/// What of one meeting is to be otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alteration {
    pub starts: Option<NaiveDateTime>,
    pub duration_minutes: Option<i64>,
    /// `Some(None)` goes back to what the series says.
    pub place: Option<Option<String>>,
    pub join_url: Option<Option<String>>,
}

/// The row of the meeting otherwise than its series has it. Its instants are left to [`settled`].
///
/// # Errors
/// When it has begun, was called off, or would lie in the past or too far off.
pub fn alter(one: &Occurrence, alteration: &Alteration, now: DateTime<Utc>) -> Result<meeting::Model, Refusal> {
    is_to_come(one, now)?;
    let mut row = one.to_row(now);
    if let Some(starts) = alteration.starts {
        if instant_of(starts, one.zone) <= now {
            return Err(Refusal::invalid("/starts_local", "in_the_past", "must lie in the future"));
        }
        if (starts - one.original).abs() > FARTHEST_MOVE {
            let detail = format!("must be within 92 days of {}", write_local(one.original));
            return Err(Refusal::invalid("/starts_local", "out_of_range", detail));
        }
        row.moved_to = (starts != one.original).then(|| write_local(starts));
    }
    row.duration_minutes = alteration.duration_minutes.or(row.duration_minutes);
    row.place = alteration.place.clone().unwrap_or(row.place);
    row.join_url = alteration.join_url.clone().unwrap_or(row.join_url);
    row.sequence += 1;
    Ok(row)
}

/// The meeting of `series` that `row` is of, with its instants as they follow from both; nothing where the series does
/// not give it any more.
pub fn settled(series: &meeting_series::Model, row: meeting::Model) -> Option<Occurrence> {
    let mut one = occurrence(series, row.id)?.with_row(row);
    if let Some(row) = &mut one.row {
        (row.starts_at, row.ends_at) = (one.starts_at, one.ends_at);
    }
    Some(one)
}

/// The series with bounds that its moved meetings lie in too.
pub fn spanning(series: meeting_series::Model, meetings: &[Occurrence]) -> meeting_series::Model {
    let starts_at = meetings.iter().map(|one| one.starts_at).fold(series.starts_at, Ord::min);
    let ends_at = series.ends_at.map(|ends_at| meetings.iter().map(|one| one.ends_at).fold(ends_at, Ord::max));
    meeting_series::Model { starts_at, ends_at, ..series }
}

/// The meeting called off.
///
/// # Errors
/// When it has been started, recorded or called off already.
pub fn cancel(one: &Occurrence, reason: Option<String>, now: DateTime<Utc>) -> Result<meeting::Model, Refusal> {
    is_open(one, now)?;
    let row = one.to_row(now);
    Ok(meeting::Model {
        status: StoredMeetingStatus::Cancelled,
        cancel_reason: reason,
        cancelled_at: Some(now),
        sequence: row.sequence + 1,
        ..row
    })
}

/// The meeting on again.
///
/// # Errors
/// When it is not called off, or its time has come.
pub fn reinstate(one: &Occurrence, now: DateTime<Utc>) -> Result<meeting::Model, Refusal> {
    match one.status_at(0, 0, now) {
        MeetingStatus::Cancelled if one.starts_at > now => {}
        MeetingStatus::Cancelled => return Err(Refusal::HasBegun),
        status => return Err(Refusal::MeetingIs(status)),
    }
    let row = one.to_row(now);
    Ok(meeting::Model {
        status: StoredMeetingStatus::Scheduled,
        cancel_reason: None,
        cancelled_at: None,
        sequence: row.sequence + 1,
        ..row
    })
}

/// The meeting begun.
///
/// # Errors
/// When it is not open, or its start is more than an hour ahead.
pub fn start(one: &Occurrence, now: DateTime<Utc>) -> Result<meeting::Model, Refusal> {
    is_open(one, now)?;
    match one.starts_at - EARLY {
        opens_at if opens_at > now => Err(Refusal::NotBefore(opens_at)),
        _ => Ok(meeting::Model { status: StoredMeetingStatus::InProgress, started_at: Some(now), ..one.to_row(now) }),
    }
}

/// Whether a member may say whether they come.
///
/// # Errors
/// When they are away, or the meeting is over, called off or recorded.
pub fn may_answer(
    standing: &Standing,
    status: GroupStatus,
    one: &Occurrence,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if !standing.is_active_member() {
        return Err(Refusal::NotAllowed("a member who is not on leave may do this"));
    }
    goes_on(status)?;
    is_open(one, now)?;
    if one.ends_at > now { Ok(()) } else { Err(Refusal::HasBegun) }
}

/// The first of `others` that lies in part in the time of one of `wanted`, and is none of them.
pub fn collision<'a>(wanted: &[Occurrence], others: &'a [Occurrence]) -> Option<&'a Occurrence> {
    others.iter().find(|other| {
        !other.is_cancelled()
            && wanted.iter().any(|one| one.id != other.id && one.overlaps(other.starts_at, other.ends_at))
    })
}

#[cfg(test)]
mod tests;
