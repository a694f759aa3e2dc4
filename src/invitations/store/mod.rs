//! Queries and transactions on invitations.

mod read;
mod write;

pub use read::{Name, Place, Seen, list, list_mine, place_for, recipient, to_answer, to_manage, visible_to};
pub use write::{accept, decline, issue, reissue, revoke};
