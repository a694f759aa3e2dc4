//! When an event is, who may do what to it, and who gets a place.

mod life;
mod places;
mod standing;
mod times;

pub use life::{EventPhase, cancelled, faults, may_change, may_create, may_delete, moved, phase_at, published};
pub use places::{admitted, closes_at, free_places, may_withdraw, moving_up, takes_registrations};
pub use standing::{Standing, is_visible};
pub use times::{LONGEST, TimeFault, local_time, with_instants};

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's standing does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The state does not allow it; the words name it.
    WrongState(&'static str),
    /// Every place is taken, and nobody can wait for one.
    Full,
}

#[cfg(test)]
pub mod samples {
    //! Events to decide about.

    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    use crate::entities::event::{self, EventFormat, EventKind, EventStatus, EventVisibility};

    pub fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    /// A published workshop on 2027-03-20 from 17:00 to 20:00 UTC, for ten people.
    pub fn workshop() -> event::Model {
        event::Model {
            id: Uuid::from_u128(1),
            organization_id: Uuid::from_u128(2),
            kind: EventKind::Workshop,
            title: "Grief in the body".into(),
            description: None,
            starts_local: "2027-03-20T10:00".into(),
            ends_local: "2027-03-20T13:00".into(),
            time_zone: "America/Los_Angeles".into(),
            starts_at: at("2027-03-20T17:00:00Z"),
            ends_at: at("2027-03-20T20:00:00Z"),
            format: EventFormat::Online,
            place: None,
            url: None,
            capacity: Some(10),
            waitlist: true,
            ce_quarters: Some(12),
            registration_closes_at: None,
            visibility: EventVisibility::Public,
            status: EventStatus::Published,
            cancel_reason: None,
            cancelled_at: None,
            registered_count: 0,
            waitlisted_count: 0,
            next_number: 1,
            sequence: 1,
            sort_name: "grief in the body".into(),
            search_name: "grief in the body".into(),
            search_text: String::new(),
            created_by: Uuid::from_u128(3),
            version: 1,
            created_at: at("2027-01-01T00:00:00Z"),
            updated_at: at("2027-01-01T00:00:00Z"),
        }
    }
}
