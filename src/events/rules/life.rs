//! Where an event stands in its life, and one function for each change of it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{LONGEST, Refusal, Standing};
use crate::entities::{
    event::{self, EventFormat, EventStatus},
    organization::OrganizationStatus,
};

const BY_THOSE_WHO_RUN_IT: &str = "an owner or a steward of the organization, or a moderator, may do this";

/// Where an event is, by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventPhase {
    /// It has not begun.
    Coming,
    Running,
    Over,
}

/// Where an event is at `now`.
pub fn phase_at(event: &event::Model, now: DateTime<Utc>) -> EventPhase {
    if now < event.starts_at {
        EventPhase::Coming
    } else if now < event.ends_at {
        EventPhase::Running
    } else {
        EventPhase::Over
    }
}

fn runs(standing: &Standing) -> Result<(), Refusal> {
    if standing.runs { Ok(()) } else { Err(Refusal::NotAllowed(BY_THOSE_WHO_RUN_IT)) }
}

fn goes_on(organization: OrganizationStatus) -> Result<(), Refusal> {
    match organization {
        OrganizationStatus::Published => Ok(()),
        OrganizationStatus::Proposed => Err(Refusal::WrongState("the organization is proposed")),
        OrganizationStatus::Archived => Err(Refusal::WrongState("the organization is archived")),
    }
}

fn is_not_over(event: &event::Model, now: DateTime<Utc>) -> Result<(), Refusal> {
    match phase_at(event, now) {
        EventPhase::Over => Err(Refusal::WrongState("the event is over")),
        EventPhase::Coming | EventPhase::Running => Ok(()),
    }
}

fn has_status(event: &event::Model, wanted: EventStatus) -> Result<(), Refusal> {
    match event.status {
        status if status == wanted => Ok(()),
        EventStatus::Draft => Err(Refusal::WrongState("the event is a draft")),
        EventStatus::Published => Err(Refusal::WrongState("the event is published")),
        EventStatus::Cancelled => Err(Refusal::WrongState("the event is cancelled")),
    }
}

/// Whether somebody may draft an event of an organization.
pub fn may_create(standing: &Standing, organization: OrganizationStatus) -> Result<(), Refusal> {
    runs(standing)?;
    goes_on(organization)
}

/// Whether somebody may change an event. A draft may lie in the past until it is published.
pub fn may_change(
    event: &event::Model,
    standing: &Standing,
    organization: OrganizationStatus,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    runs(standing)?;
    goes_on(organization)?;
    match event.status {
        EventStatus::Draft => Ok(()),
        EventStatus::Published => is_not_over(event, now),
        EventStatus::Cancelled => has_status(event, EventStatus::Published),
    }
}

/// Whether somebody may take a draft away.
pub fn may_delete(event: &event::Model, standing: &Standing) -> Result<(), Refusal> {
    runs(standing)?;
    has_status(event, EventStatus::Draft)
}

/// A draft goes public, before it is over.
pub fn published(
    event: event::Model,
    standing: &Standing,
    organization: OrganizationStatus,
    now: DateTime<Utc>,
) -> Result<event::Model, Refusal> {
    runs(standing)?;
    goes_on(organization)?;
    has_status(&event, EventStatus::Draft)?;
    is_not_over(&event, now)?;
    Ok(event::Model { status: EventStatus::Published, sequence: event.sequence + 1, ..event })
}

/// It does not take place: said before it is over, whatever has become of the organization. Those who registered stay on
/// record, and their calendars learn of it.
pub fn cancelled(
    event: event::Model,
    standing: &Standing,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<event::Model, Refusal> {
    runs(standing)?;
    has_status(&event, EventStatus::Published)?;
    is_not_over(&event, now)?;
    Ok(event::Model {
        status: EventStatus::Cancelled,
        cancel_reason: Some(reason.to_owned()),
        cancelled_at: Some(now),
        sequence: event.sequence + 1,
        ..event
    })
}

/// Whether those who take part have to be told: it is at another time, or elsewhere.
pub fn moved(before: &event::Model, after: &event::Model) -> bool {
    let seen = |event: &event::Model| (event.starts_at, event.ends_at, event.format, event.place.clone());
    seen(before) != seen(after) || before.time_zone != after.time_zone
}

/// What does not go together in an event that is about to be written: the member, a code, and what it must be.
pub fn faults(event: &event::Model, now: DateTime<Utc>) -> Vec<(&'static str, &'static str, String)> {
    let mut faults = Vec::new();
    if event.ends_at <= event.starts_at {
        faults.push(("/ends_local", "before_start", "must be later than the start".to_owned()));
    } else if event.ends_at - event.starts_at > LONGEST {
        faults.push((
            "/ends_local",
            "out_of_range",
            format!("must be at most {} days after the start", LONGEST.num_days()),
        ));
    } else if event.status == EventStatus::Published && event.ends_at <= now {
        faults.push(("/ends_local", "in_the_past", "must lie in the future: the event is published".to_owned()));
    }
    if event.registration_closes_at.is_some_and(|closes| closes > event.starts_at) {
        faults.push(("/registration_closes_at", "after_start", "must not be later than the start".to_owned()));
    }
    if event.place.is_none() && event.format != EventFormat::Online {
        faults.push(("/place", "missing_member", "must be given unless the event is online".to_owned()));
    }
    if event.capacity.is_some_and(|capacity| capacity < event.registered_count) {
        let detail = format!("must be at least {}: so many are registered", event.registered_count);
        faults.push(("/capacity", "below_registered", detail));
    }
    if !event.waitlist && event.waitlisted_count > 0 && event.capacity.is_some() {
        faults.push(("/waitlist", "people_wait", "must be true while somebody waits".to_owned()));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::rules::samples::{at, workshop};
    use EventStatus::{Cancelled, Draft, Published};
    use OrganizationStatus::{Archived, Proposed};

    fn steward() -> Standing {
        Standing { runs: true, ..Standing::default() }
    }

    fn with(status: EventStatus) -> event::Model {
        event::Model { status, ..workshop() }
    }

    const BEFORE: &str = "2027-03-20T16:59:59Z";
    const DURING: &str = "2027-03-20T17:00:00Z";
    const AFTER: &str = "2027-03-20T20:00:00Z";

    #[test]
    fn the_clock_says_where_an_event_is() {
        for (now, phase) in [
            (BEFORE, EventPhase::Coming),
            (DURING, EventPhase::Running),
            ("2027-03-20T19:59:59Z", EventPhase::Running),
            (AFTER, EventPhase::Over),
        ] {
            assert_eq!(phase_at(&workshop(), at(now)), phase, "{now}");
        }
    }

    #[test]
    fn each_change_starts_from_its_states() {
        let wrong = |words| Err(Refusal::WrongState(words));
        for (status, organization, now, change, publish, cancel, delete) in [
            (Draft, OrganizationStatus::Published, BEFORE, Ok(()), Ok(()), wrong("the event is a draft"), Ok(())),
            (
                Draft,
                OrganizationStatus::Published,
                AFTER,
                Ok(()),
                wrong("the event is over"),
                wrong("the event is a draft"),
                Ok(()),
            ),
            (
                Draft,
                Archived,
                BEFORE,
                wrong("the organization is archived"),
                wrong("the organization is archived"),
                wrong("the event is a draft"),
                Ok(()),
            ),
            (
                Published,
                OrganizationStatus::Published,
                DURING,
                Ok(()),
                wrong("the event is published"),
                Ok(()),
                wrong("the event is published"),
            ),
            (
                Published,
                OrganizationStatus::Published,
                AFTER,
                wrong("the event is over"),
                wrong("the event is published"),
                wrong("the event is over"),
                wrong("the event is published"),
            ),
            (
                Published,
                Archived,
                BEFORE,
                wrong("the organization is archived"),
                wrong("the organization is archived"),
                Ok(()),
                wrong("the event is published"),
            ),
            (
                Cancelled,
                OrganizationStatus::Published,
                BEFORE,
                wrong("the event is cancelled"),
                wrong("the event is cancelled"),
                wrong("the event is cancelled"),
                wrong("the event is cancelled"),
            ),
        ] {
            let now = at(now);
            let judged = (
                may_change(&with(status), &steward(), organization, now),
                published(with(status), &steward(), organization, now).map(drop),
                cancelled(with(status), &steward(), "Storm.", now).map(drop),
                may_delete(&with(status), &steward()),
            );
            assert_eq!(judged, (change, publish, cancel, delete), "{status:?} {organization:?} {now}");
        }
        assert_eq!(may_create(&steward(), OrganizationStatus::Published), Ok(()));
        assert_eq!(may_create(&steward(), Proposed), wrong("the organization is proposed"));
        assert_eq!(may_create(&steward(), Archived), wrong("the organization is archived"));
    }

    #[test]
    fn those_who_do_not_run_it_change_nothing() {
        let (other, now) = (Standing { is_member: true, takes_part: true, ..Standing::default() }, at(BEFORE));
        let refused = Err(Refusal::NotAllowed(BY_THOSE_WHO_RUN_IT));
        let organization = OrganizationStatus::Published;
        assert_eq!(may_create(&other, organization), refused);
        assert_eq!(may_change(&with(Draft), &other, organization, now), refused);
        assert_eq!(may_delete(&with(Draft), &other), refused);
        assert_eq!(published(with(Draft), &other, organization, now).map(drop), refused);
        assert_eq!(cancelled(with(Published), &other, "Storm.", now).map(drop), refused);
    }

    #[test]
    fn a_cancelled_event_says_why_and_since_when() {
        let gone = cancelled(workshop(), &steward(), "Storm.", at(BEFORE)).unwrap();
        assert_eq!(
            (gone.status, gone.cancel_reason.as_deref(), gone.cancelled_at),
            (Cancelled, Some("Storm."), Some(at(BEFORE)))
        );
        assert_eq!(gone.sequence, workshop().sequence + 1);
    }

    #[test]
    fn calendars_are_told_of_time_and_place_only() {
        let place = Some("Oakland".to_owned());
        for (after, expected) in [
            (workshop(), false),
            (
                event::Model {
                    title: "Grief".into(),
                    capacity: None,
                    url: Some("https://a.example".into()),
                    ..workshop()
                },
                false,
            ),
            (event::Model { place, ..workshop() }, true),
            (event::Model { format: EventFormat::Hybrid, ..workshop() }, true),
            (event::Model { ends_at: at("2027-03-20T21:00:00Z"), ..workshop() }, true),
            (event::Model { time_zone: "America/Vancouver".into(), ..workshop() }, true),
        ] {
            assert_eq!(moved(&workshop(), &after), expected, "{after:?}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let starts_at = workshop().starts_at;
        let place = Some("Oakland".to_owned());
        for (event, now, expected) in [
            (workshop(), BEFORE, vec![]),
            (event::Model { ends_at: starts_at, ..workshop() }, BEFORE, vec![("/ends_local", "before_start")]),
            (event::Model { ends_at: starts_at + LONGEST, ..workshop() }, BEFORE, vec![]),
            (
                event::Model { ends_at: starts_at + LONGEST + chrono::TimeDelta::minutes(1), ..workshop() },
                BEFORE,
                vec![("/ends_local", "out_of_range")],
            ),
            (workshop(), AFTER, vec![("/ends_local", "in_the_past")]),
            (with(Draft), AFTER, vec![]),
            (event::Model { registration_closes_at: Some(starts_at), ..workshop() }, BEFORE, vec![]),
            (
                event::Model { registration_closes_at: Some(at("2027-03-20T17:00:01Z")), ..workshop() },
                BEFORE,
                vec![("/registration_closes_at", "after_start")],
            ),
            (event::Model { format: EventFormat::InPerson, ..workshop() }, BEFORE, vec![("/place", "missing_member")]),
            (event::Model { format: EventFormat::Hybrid, place, ..workshop() }, BEFORE, vec![]),
            (event::Model { registered_count: 10, ..workshop() }, BEFORE, vec![]),
            (event::Model { registered_count: 11, ..workshop() }, BEFORE, vec![("/capacity", "below_registered")]),
            (event::Model { registered_count: 11, capacity: None, ..workshop() }, BEFORE, vec![]),
            (event::Model { waitlist: false, ..workshop() }, BEFORE, vec![]),
            (
                event::Model { waitlist: false, waitlisted_count: 1, ..workshop() },
                BEFORE,
                vec![("/waitlist", "people_wait")],
            ),
            (
                event::Model {
                    waitlist: false,
                    registered_count: 11,
                    waitlisted_count: 1,
                    ends_at: starts_at,
                    ..workshop()
                },
                BEFORE,
                vec![("/ends_local", "before_start"), ("/capacity", "below_registered"), ("/waitlist", "people_wait")],
            ),
        ] {
            let found: Vec<_> = faults(&event, at(now)).into_iter().map(|(at, code, _)| (at, code)).collect();
            assert_eq!(found, expected, "{event:?}");
        }
    }
}
