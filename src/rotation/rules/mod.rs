//! Whose turn it is, who may change that, and how the time of a meeting is spent.

mod agenda;
mod appoint;
mod course;
mod fairness;
mod requests;
mod swaps;
mod turns;

pub use agenda::{Shape, Step, agenda};
pub use appoint::{Appointment, appoint, may_return_to_rotation};
pub use course::{Basis, Course, Holder, Planned, Roles};
pub use fairness::{Share, shares};
pub use requests::{RequestStatus, may_withdraw, request_status, urgent_again_on};
pub use swaps::{Swap, SwapStatus, accept, answer, ask, no_exchange, swap_status};
pub use turns::{Asked, Lasts, Turn, facilitator, in_order};

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else may; this says who.
    NotAllowed(&'static str),
    /// It has come too far, or has changed meanwhile.
    WrongState(&'static str),
    /// A member of the body is not as it must be.
    Invalid { pointer: &'static str, code: &'static str, detail: String },
}

impl Refusal {
    fn invalid(pointer: &'static str, code: &'static str, detail: &str) -> Self {
        Self::Invalid { pointer, code, detail: detail.to_owned() }
    }
}

fn by(allowed: bool, who: &'static str) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::NotAllowed(who)) }
}

#[cfg(test)]
pub mod samples {
    //! A group of four, and its meetings.

    use std::collections::{HashMap, HashSet};

    use chrono::{DateTime, Days, Utc};
    use uuid::Uuid;

    use super::{Course, Lasts, Planned};
    use crate::entities::membership;

    pub const ANA: Uuid = Uuid::from_u128(1);
    pub const BEN: Uuid = Uuid::from_u128(2);
    pub const CHI: Uuid = Uuid::from_u128(3);
    pub const DEE: Uuid = Uuid::from_u128(4);

    pub fn at(day: &str) -> DateTime<Utc> {
        format!("{day}T18:00:00Z").parse().unwrap()
    }

    pub fn now() -> DateTime<Utc> {
        at("2026-06-20")
    }

    pub fn seat(id: Uuid, joined: &str) -> membership::Model {
        membership::Model { id, account_id: id, joined_at: Some(at(joined)), ..membership::samples::seat() }
    }

    /// A meeting so many days from now at which one can present.
    pub fn meeting(id: u128, days: u64) -> Planned {
        Planned {
            meeting_id: Uuid::from_u128(id),
            starts_at: now() + Days::new(days),
            has_begun: false,
            is_fact: false,
            is_far: false,
            slots: 1,
            kept: Vec::new(),
            declined: HashSet::new(),
            passed: HashSet::new(),
        }
    }

    /// ana and dee have never led; ben and chi have. Nobody asks to present.
    pub fn course() -> Course {
        let led = |day| Lasts { facilitated_at: Some(at(day)), presented_at: None };
        Course {
            members: vec![
                seat(BEN, "2026-01-05"),
                seat(ANA, "2026-01-05"),
                seat(DEE, "2026-03-01"),
                seat(CHI, "2026-02-01"),
            ],
            lasts: HashMap::from([(BEN, led("2026-06-02")), (CHI, led("2026-05-05"))]),
            queue: Vec::new(),
            meetings: vec![meeting(101, 1), meeting(102, 8), meeting(103, 15)],
            now: now(),
        }
    }
}
