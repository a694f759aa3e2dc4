//! Queries and transactions on memberships.

mod derived;
mod read;
mod write;

pub use read::{Held, Seen, application, list_mine, open_of, roster, to_change, visible_to};
pub use write::{apply, begin, blank, chosen_type, successor, to_changes};
