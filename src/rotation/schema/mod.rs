//! Roles, requests, swaps, agendas and fairness on the wire.

mod agenda;
mod fairness;
mod queue;
mod roles;
mod swaps;

pub use agenda::{AgendaItem, MeetingAgenda};
pub use fairness::{Fairness, FairnessMember, share};
pub use queue::{PresenterQueue, PresenterRequest, PresenterRequestCreate};
pub use roles::{FacilitatorAppointment, MeetingRoles, RoleHolder};
pub use swaps::{RoleParty, RoleSwap, RoleSwapCreate, RoleSwapFilter, RoleSwapPage, SwapDirection};

use super::rules::Refusal;
use crate::problem::{Problem, ProblemCode};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::WrongState(state) => Self::new(ProblemCode::InvalidTransition, state),
            Refusal::Invalid { pointer, code, detail } => Self::invalid_at(pointer, code, detail),
        }
    }
}
