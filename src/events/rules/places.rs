//! The places of an event: who gets one, who waits, who moves up.

use chrono::{DateTime, Utc};

use super::{EventPhase, Refusal, phase_at};
use crate::entities::{
    event::{self, EventStatus},
    event_registration::EventRegistrationStatus,
    organization::OrganizationStatus,
};

/// Until when people register: the start, unless an earlier moment was set.
pub fn closes_at(event: &event::Model) -> DateTime<Utc> {
    event.registration_closes_at.unwrap_or(event.starts_at)
}

/// Places that nobody has; nothing where there is no limit.
pub fn free_places(event: &event::Model) -> Option<i64> {
    event.capacity.map(|capacity| (capacity - event.registered_count).max(0))
}

/// Whether people can register now, if only to wait.
fn is_open(event: &event::Model, organization: OrganizationStatus, now: DateTime<Utc>) -> Result<(), Refusal> {
    match event.status {
        EventStatus::Draft => return Err(Refusal::WrongState("the event is a draft")),
        EventStatus::Cancelled => return Err(Refusal::WrongState("the event is cancelled")),
        EventStatus::Published => {}
    }
    if organization != OrganizationStatus::Published {
        return Err(Refusal::WrongState("the organization is archived"));
    }
    match phase_at(event, now) {
        EventPhase::Over => Err(Refusal::WrongState("the event is over")),
        _ if closes_at(event) <= now => Err(Refusal::WrongState("registration is closed")),
        _ => Ok(()),
    }
}

/// What somebody gets who registers now: a place, or the end of the line. Whoever waits already goes first.
pub fn admitted(
    event: &event::Model,
    organization: OrganizationStatus,
    now: DateTime<Utc>,
) -> Result<EventRegistrationStatus, Refusal> {
    is_open(event, organization, now)?;
    let has_place = free_places(event).is_none_or(|free| free > 0) && event.waitlisted_count == 0;
    match (has_place, event.waitlist) {
        (true, _) => Ok(EventRegistrationStatus::Registered),
        (false, true) => Ok(EventRegistrationStatus::Waitlisted),
        (false, false) => Err(Refusal::Full),
    }
}

/// Whether somebody who registers now gets a place or can wait for one.
pub fn takes_registrations(event: &event::Model, organization: OrganizationStatus, now: DateTime<Utc>) -> bool {
    admitted(event, organization, now).is_ok()
}

/// Whether a registration can be withdrawn: until the event is over, also when it was cancelled. Then it is on record.
pub fn may_withdraw(event: &event::Model, now: DateTime<Utc>) -> Result<(), Refusal> {
    match phase_at(event, now) {
        EventPhase::Over => Err(Refusal::WrongState("the event is over")),
        EventPhase::Coming | EventPhase::Running => Ok(()),
    }
}

/// How many of those who wait get a place now. After registration has closed people still move up, until the event begins.
pub fn moving_up(event: &event::Model, organization: OrganizationStatus, now: DateTime<Utc>) -> i64 {
    let takes_place = event.status == EventStatus::Published && organization == OrganizationStatus::Published;
    match takes_place && phase_at(event, now) == EventPhase::Coming {
        true => free_places(event).map_or(event.waitlisted_count, |free| free.min(event.waitlisted_count)),
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::rules::samples::{at, workshop};
    use EventRegistrationStatus::{Registered, Waitlisted};
    use OrganizationStatus::{Archived, Published};

    const BEFORE: &str = "2027-03-20T16:59:59Z";
    const DURING: &str = "2027-03-20T17:00:00Z";
    const AFTER: &str = "2027-03-20T20:00:00Z";

    #[test]
    fn a_place_while_there_is_one_then_the_end_of_the_line() {
        for (capacity, registered_count, waitlisted_count, waitlist, got, free) in [
            (None, 100_000, 0, false, Ok(Registered), None),
            (Some(10), 9, 0, false, Ok(Registered), Some(1)),
            (Some(10), 10, 0, true, Ok(Waitlisted), Some(0)),
            (Some(10), 10, 0, false, Err(Refusal::Full), Some(0)),
            (Some(10), 9, 1, true, Ok(Waitlisted), Some(1)),
            (Some(10), 9, 1, false, Err(Refusal::Full), Some(1)),
            (Some(10), 12, 0, true, Ok(Waitlisted), Some(0)),
        ] {
            let event = event::Model { capacity, registered_count, waitlisted_count, waitlist, ..workshop() };
            assert_eq!(takes_registrations(&event, Published, at(BEFORE)), got.is_ok());
            assert_eq!(admitted(&event, Published, at(BEFORE)), got, "{event:?}");
            assert_eq!(free_places(&event), free);
        }
    }

    #[test]
    fn registration_ends_with_the_start_or_before() {
        let early = Some(at("2027-03-01T00:00:00Z"));
        let wrong = |words| Err(Refusal::WrongState(words));
        for (status, organization, closes, now, got) in [
            (EventStatus::Published, Published, None, BEFORE, Ok(Registered)),
            (EventStatus::Published, Published, None, DURING, wrong("registration is closed")),
            (EventStatus::Published, Published, None, AFTER, wrong("the event is over")),
            (EventStatus::Published, Published, early, "2027-02-28T23:59:59Z", Ok(Registered)),
            (EventStatus::Published, Published, early, "2027-03-01T00:00:00Z", wrong("registration is closed")),
            (EventStatus::Published, Archived, None, BEFORE, wrong("the organization is archived")),
            (EventStatus::Cancelled, Published, None, BEFORE, wrong("the event is cancelled")),
            (EventStatus::Draft, Published, None, BEFORE, wrong("the event is a draft")),
        ] {
            let event = event::Model { status, registration_closes_at: closes, ..workshop() };
            assert_eq!(admitted(&event, organization, at(now)), got, "{status:?} {organization:?} {now}");
        }
    }

    #[test]
    fn those_who_wait_move_up_until_it_begins() {
        for (capacity, registered_count, waitlisted_count, organization, now, expected) in [
            (Some(10), 9, 5, Published, BEFORE, 1),
            (Some(10), 10, 5, Published, BEFORE, 0),
            (Some(10), 2, 5, Published, BEFORE, 5),
            (None, 10, 5, Published, BEFORE, 5),
            (Some(10), 9, 0, Published, BEFORE, 0),
            (Some(10), 9, 5, Published, DURING, 0),
            (Some(10), 9, 5, Archived, BEFORE, 0),
        ] {
            let closed = Some(at("2027-01-01T00:00:00Z"));
            let event = event::Model {
                capacity,
                registered_count,
                waitlisted_count,
                registration_closes_at: closed,
                ..workshop()
            };
            assert_eq!(moving_up(&event, organization, at(now)), expected, "{event:?}");
            let gone = event::Model { status: EventStatus::Cancelled, ..event };
            assert_eq!(moving_up(&gone, organization, at(now)), 0);
        }
    }

    #[test]
    fn what_is_over_is_on_record() {
        for (now, fine) in [(BEFORE, true), (DURING, true), (AFTER, false)] {
            assert_eq!(may_withdraw(&workshop(), at(now)).is_ok(), fine, "{now}");
        }
    }
}
