//! How a group fares, with one step that would help.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{GroupStatus, Seats};
use crate::schedule::rules::Pulse;

/// For how long the owners of a group may be away before its members are told.
const LONGEST_ABSENCE: TimeDelta = TimeDelta::days(45);

/// Something that a group suffers from. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthSign {
    /// No meeting is planned.
    NoFutureMeeting,
    /// The last two meetings came to nothing because too few would come or came.
    QuorumFailedTwice,
    /// Fewer than half of those who were expected came to the last meetings.
    AttendanceBelowHalf,
    /// Fewer active members than `min_size`.
    BelowMinSize,
    /// No owner has been here for 45 days, or there is none.
    #[serde(rename = "owner_absent_45_days")]
    OwnerAbsent,
}

/// What the health of a group is read from.
#[derive(Clone, Copy, Debug)]
pub struct Vitals {
    pub status: GroupStatus,
    pub min_size: i64,
    pub seats: Seats,
    pub pulse: Pulse,
    /// When an owner was last here; nothing where there is no owner.
    pub owner_seen_at: Option<DateTime<Utc>>,
}

/// The signs at `now`, each with what would help.
pub fn signs(vitals: &Vitals, now: DateTime<Utc>) -> Vec<(HealthSign, &'static str)> {
    if !matches!(vitals.status, GroupStatus::Forming | GroupStatus::Active | GroupStatus::Paused) {
        return Vec::new();
    }
    let mut signs = Vec::new();
    if vitals.status != GroupStatus::Paused {
        let of_meetings = [
            (!vitals.pulse.has_next, HealthSign::NoFutureMeeting, "Plan a series of meetings, or a single one."),
            (
                vitals.pulse.quorum_failed_twice,
                HealthSign::QuorumFailedTwice,
                "Ask the members which other time would suit them better, and move the series there.",
            ),
            (
                vitals.pulse.attendance_below_half,
                HealthSign::AttendanceBelowHalf,
                "Talk about what keeps people away: the time, the length, or what happens in the meetings.",
            ),
        ];
        signs.extend(of_meetings.into_iter().filter(|(ails, ..)| *ails).map(|(_, sign, step)| (sign, step)));
    }
    if vitals.seats.active < vitals.min_size {
        signs.push((HealthSign::BelowMinSize, "Invite a colleague, or look through the therapists who fit the group."));
    }
    if vitals.owner_seen_at.is_none_or(|seen_at| seen_at + LONGEST_ABSENCE <= now) {
        let step = "Ask the owner to hand the group on, or report it so that a moderator finds it a new owner.";
        signs.push((HealthSign::OwnerAbsent, step));
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::membership::samples::now;

    #[test]
    fn a_group_is_well_until_it_shrinks_or_is_left_alone() {
        use GroupStatus::{Active, Archived, Dormant, Draft, Forming, Paused};
        use HealthSign::{BelowMinSize, OwnerAbsent};
        let pulse = Pulse { has_next: true, ..Pulse::default() };
        let days_ago = |days| Some(now() - TimeDelta::days(days));
        for (status, active, owner_seen_at, expected) in [
            (Active, 4, days_ago(0), &[][..]),
            (Active, 3, days_ago(0), &[BelowMinSize]),
            (Active, 4, days_ago(44), &[]),
            (Active, 4, days_ago(45), &[OwnerAbsent]),
            (Forming, 1, None, &[BelowMinSize, OwnerAbsent]),
            (Paused, 3, days_ago(46), &[BelowMinSize, OwnerAbsent]),
            (Draft, 1, None, &[]),
            (Dormant, 1, None, &[]),
            (Archived, 1, None, &[]),
        ] {
            let seats = Seats { active, ..Seats::default() };
            let vitals = Vitals { status, min_size: 4, seats, pulse, owner_seen_at };
            let found: Vec<_> = signs(&vitals, now()).into_iter().map(|(sign, _)| sign).collect();
            assert_eq!(found, expected, "{status:?} {active} {owner_seen_at:?}");
        }
    }
    #[test]
    fn a_group_that_meets_badly_is_told() {
        use HealthSign::{AttendanceBelowHalf, NoFutureMeeting, QuorumFailedTwice};
        let well = Pulse { has_next: true, ..Pulse::default() };
        for (status, pulse, expected) in [
            (GroupStatus::Active, well, &[][..]),
            (GroupStatus::Active, Pulse { has_next: false, ..well }, &[NoFutureMeeting]),
            (GroupStatus::Forming, Pulse { has_next: false, ..well }, &[NoFutureMeeting]),
            (GroupStatus::Active, Pulse { quorum_failed_twice: true, ..well }, &[QuorumFailedTwice]),
            (GroupStatus::Active, Pulse { attendance_below_half: true, ..well }, &[AttendanceBelowHalf]),
            (GroupStatus::Paused, Pulse::default(), &[]),
            (GroupStatus::Archived, Pulse::default(), &[]),
        ] {
            let seats = Seats { active: 4, ..Seats::default() };
            let vitals = Vitals { status, min_size: 4, seats, pulse, owner_seen_at: Some(now()) };
            let found: Vec<_> = signs(&vitals, now()).into_iter().map(|(sign, _)| sign).collect();
            assert_eq!(found, expected, "{status:?} {pulse:?}");
        }
    }
}
