//! Events on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::{self, EventPhase, Refusal};
use crate::{
    entities::{
        event::{self, EventFormat, EventKind, EventStatus, EventVisibility},
        event_registration::EventRegistrationStatus,
        organization,
    },
    http::page::Page,
    problem::{Fault, Problem, ProblemCode},
};

mod filters;
mod registrations;
mod requests;

pub use filters::{EventFilter, EventRegistrationFilter, EventSort, OrganizationEventFilter};
pub use registrations::{EventRegistration, EventRegistrationPage};
pub use requests::{EventCancellation, EventCreate, EventPatch, quarters};

pub type EventPage = Page<Event>;

/// Something that an organization holds. Who takes part is not told; how many do, is.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000701", "organization_id": "01936b2f-5f00-7000-8000-000000000005", "organization_name": "Bay Area Trauma Therapists", "kind": "workshop", "title": "Grief in the body", "description": "A Saturday of practice, in threes.", "starts_local": "2027-03-20T10:00", "ends_local": "2027-03-20T13:00", "time_zone": "America/Los_Angeles", "starts_at": "2027-03-20T17:00:00Z", "ends_at": "2027-03-20T20:00:00Z", "format": "hybrid", "place": "East Bay Commons, Oakland", "url": "https://trauma.example/grief", "capacity": 10, "waitlist": true, "ce_hours": 2.5, "registration_closes_at": "2027-03-18T00:00:00Z", "visibility": "public", "status": "published", "phase": "coming", "registered_count": 10, "waitlisted_count": 3, "free_places": 0, "takes_registrations": true, "my_registration": "waitlisted", "sequence": 1, "version": 2, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-23T18:30:00Z"}))]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// The organization that holds it.
    pub organization_id: Uuid,
    /// The name of that organization.
    #[schema(max_length = 200)]
    pub organization_name: String,
    /// What it is.
    pub kind: EventKind,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// What happens there and whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    pub description: Option<String>,
    /// When it starts by the clocks of `time_zone`, `YYYY-MM-DDTHH:MM`.
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// When it ends by the clocks of `time_zone`, `YYYY-MM-DDTHH:MM`.
    #[schema(max_length = 16)]
    pub ends_local: String,
    /// IANA time zone.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// The instant of `starts_local`. A time that the clocks jump over is read by the clocks before the jump; of a time that
    /// they show twice, the first counts.
    pub starts_at: DateTime<Utc>,
    /// The instant of `ends_local`.
    pub ends_at: DateTime<Utc>,
    /// Where it is attended.
    pub format: EventFormat,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub place: Option<String>,
    /// Where there is more about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500, format = Uri)]
    pub url: Option<String>,
    /// How many can take part. Absent: as many as come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100_000)]
    pub capacity: Option<i64>,
    /// Whether one can wait for a place when none is free.
    pub waitlist: bool,
    /// Hours of continuing education, in quarters of an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100, multiple_of = 0.25)]
    pub ce_hours: Option<f64>,
    /// Until when one can register.
    pub registration_closes_at: DateTime<Utc>,
    /// Who may see it.
    pub visibility: EventVisibility,
    /// Where it stands in its life.
    pub status: EventStatus,
    /// Where it is, by the clock.
    pub phase: EventPhase,
    /// Why it does not take place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub cancel_reason: Option<String>,
    /// Since when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// How many have a place.
    #[schema(minimum = 0)]
    pub registered_count: i64,
    /// How many wait for one.
    #[schema(minimum = 0)]
    pub waitlisted_count: i64,
    /// How many places nobody has. Absent where there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub free_places: Option<i64>,
    /// Whether somebody who registers now gets a place or can wait for one.
    pub takes_registrations: bool,
    /// How my registration stands: `registered` or `waitlisted`. Absent: I have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub my_registration: Option<EventRegistrationStatus>,
    /// Rises when its time, its place or its status changes, as in calendars (RFC 5545).
    #[schema(minimum = 0)]
    pub sequence: i64,
    /// Rises with each change of the event, not with registrations; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Event {
    /// An event as it stands at `now`, for somebody with this registration.
    pub fn at(
        now: DateTime<Utc>,
        event: event::Model,
        organization: &organization::Model,
        mine: Option<EventRegistrationStatus>,
    ) -> Self {
        Self {
            organization_name: organization.name.clone(),
            registration_closes_at: rules::closes_at(&event),
            phase: rules::phase_at(&event, now),
            free_places: rules::free_places(&event),
            takes_registrations: rules::takes_registrations(&event, organization.status, now),
            my_registration: mine.filter(|status| *status != EventRegistrationStatus::Cancelled),
            ce_hours: event.ce_quarters.map(|quarters| quarters as f64 / 4.0),
            id: event.id,
            organization_id: event.organization_id,
            kind: event.kind,
            title: event.title,
            description: event.description,
            starts_local: event.starts_local,
            ends_local: event.ends_local,
            time_zone: event.time_zone,
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            format: event.format,
            place: event.place,
            url: event.url,
            capacity: event.capacity,
            waitlist: event.waitlist,
            visibility: event.visibility,
            status: event.status,
            cancel_reason: event.cancel_reason,
            cancelled_at: event.cancelled_at,
            registered_count: event.registered_count,
            waitlisted_count: event.waitlisted_count,
            sequence: event.sequence,
            version: event.version,
            created_at: event.created_at,
            updated_at: event.updated_at,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::WrongState(state) => Self::new(ProblemCode::InvalidTransition, state),
            Refusal::Full => ProblemCode::EventFull.into(),
        }
    }
}

/// What does not go together in an event.
pub fn refuse(faults: Vec<(&'static str, &'static str, String)>) -> Result<(), Problem> {
    match faults.is_empty() {
        true => Ok(()),
        false => {
            Err(Problem::invalid(faults.into_iter().map(|(at, code, detail)| Fault::at(at, code, detail)).collect()))
        }
    }
}
