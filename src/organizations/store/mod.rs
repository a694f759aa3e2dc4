//! Queries and transactions on organizations.

mod curation;
mod merging;
mod read;
mod write;

pub use curation::{appoint_owner, archive, publish};
pub use merging::merge;
pub use read::{list, readable_by, refuse_archived, shown_to, standing_in, visible_to};
pub use write::{add_owner, add_published, create, delete, update};
