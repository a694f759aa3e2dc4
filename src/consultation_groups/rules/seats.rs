//! The seats of a group: how many are taken, and to whom a free one goes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::entities::{
    consultation_group,
    membership::{self, MembershipStatus},
};

/// How long somebody has to sign the agreement, in days: for a seat, and for a version that every seat signs anew.
pub const DAYS_TO_SIGN: TimeDelta = TimeDelta::days(14);

/// How the seats of a group stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// The most that there can be.
    pub all: i64,
    /// Held, or offered and still in time to sign.
    pub taken: i64,
    /// Kept for people who are invited.
    pub reserved: i64,
    /// People on the waitlist.
    pub waiting: i64,
    /// Members: active, on leave or suspended.
    pub members: i64,
    /// Members who are active now.
    pub active: i64,
    /// Members who own the group.
    pub owners: i64,
}

impl Seats {
    /// Seats that somebody can be given now.
    pub fn free(&self) -> i64 {
        (self.all - self.taken - self.reserved).max(0)
    }

    /// Counts one seat as given.
    pub fn with_one_taken(self) -> Self {
        Self { taken: self.taken + 1, ..self }
    }
}

/// Gives a seat to somebody who has asked for one: the agreement has to be signed in time.
pub fn offered(membership: membership::Model, now: DateTime<Utc>) -> membership::Model {
    membership::Model {
        status: MembershipStatus::AwaitingSignature,
        signature_due_at: Some(now + DAYS_TO_SIGN),
        waitlisted_at: None,
        ..membership
    }
}

/// A seat where one is free, else a place at the end of the waitlist. Whoever waits already goes first.
pub fn seated(membership: membership::Model, seats: Seats, now: DateTime<Utc>) -> membership::Model {
    match seats.free() > 0 && seats.waiting == 0 {
        true => offered(membership, now),
        false => membership::Model { status: MembershipStatus::Waitlisted, waitlisted_at: Some(now), ..membership },
    }
}

/// Until when a member has to sign a version that takes effect on a day: the earlier one stands where another version
/// has not been signed either.
pub fn signature_due(held: Option<DateTime<Utc>>, effective: DateTime<Utc>) -> DateTime<Utc> {
    let due = effective + DAYS_TO_SIGN;
    held.map_or(due, |held| held.min(due))
}

/// Whether the licences of an applicant fit: one of the families that the group asks for, where it asks.
pub fn licence_fits(group: &consultation_group::Model, families: &[String]) -> bool {
    families_fit(group.licence_families.0.iter().map(String::as_str), families)
}

/// The same, of the families that a group asks for.
pub fn families_fit<'a>(mut asked: impl Iterator<Item = &'a str>, held: &[String]) -> bool {
    let is_held = |family: &str| held.iter().any(|one| one == family);
    asked.next().is_none_or(|first| is_held(first) || asked.any(is_held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::membership::samples::{now, seat};

    #[test]
    fn a_free_seat_goes_to_whoever_waits_first() {
        use MembershipStatus::{AwaitingSignature, Waitlisted};
        // all, taken, reserved, waiting
        for (all, taken, reserved, waiting, free, status) in [
            (4, 0, 0, 0, 4, AwaitingSignature),
            (4, 3, 0, 0, 1, AwaitingSignature),
            (4, 3, 0, 1, 1, Waitlisted),
            (4, 3, 1, 0, 0, Waitlisted),
            (4, 4, 0, 0, 0, Waitlisted),
            (4, 5, 0, 0, 0, Waitlisted),
        ] {
            let seats = Seats { all, taken, reserved, waiting, ..Seats::default() };
            assert_eq!(seats.free(), free, "{seats:?}");
            let placed = seated(seat(), seats, now());
            assert_eq!(placed.status, status, "{seats:?}");
            let due = (status == AwaitingSignature).then(|| now() + TimeDelta::days(14));
            assert_eq!((placed.signature_due_at, placed.waitlisted_at), (due, due.is_none().then(now)), "{seats:?}");
        }
    }

    #[test]
    fn a_licence_of_one_family_is_enough() {
        for (asked, held, fits) in [
            (&[][..], &[][..], true),
            (&[], &["mft"], true),
            (&["mft"], &[], false),
            (&["mft"], &["social_work"], false),
            (&["mft", "social_work"], &["social_work"], true),
            (&["mft"], &["counseling", "mft"], true),
        ] {
            let held: Vec<String> = held.iter().map(|family| (*family).to_owned()).collect();
            assert_eq!(families_fit(asked.iter().copied(), &held), fits, "{asked:?} {held:?}");
        }
    }

    #[test]
    fn the_first_version_that_is_not_signed_decides_how_long_there_is() {
        let in_days = |days| now() + TimeDelta::days(days);
        for (held, effective, due) in
            [(None, now(), in_days(14)), (Some(in_days(3)), now(), in_days(3)), (Some(in_days(30)), now(), in_days(14))]
        {
            assert_eq!(signature_due(held, effective), due);
        }
    }
}
