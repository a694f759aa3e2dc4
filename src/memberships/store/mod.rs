//! Queries and transactions on memberships.

mod derived;
mod read;
mod seats;
mod write;

pub use read::{Held, HeldPlace, Seen, application, list_mine, open_of, roster, seats, to_change, visible_to};
pub use seats::{agreement_in_force, applicant, is_blocked, keep_signature};
pub use write::{apply, begin, blank, chosen_type, successor, to_changes, write};
