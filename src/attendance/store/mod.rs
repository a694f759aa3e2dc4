//! Queries and transactions on who came. Each starts from a meeting of a group in which the caller is a member.

mod close;
mod disputes;
mod found;
mod log;
mod read;
mod record;

pub use close::close;
pub use disputes::{dispute, uphold};
pub use found::{Found, visible_to};
pub use read::{changes, sheet, tally};
pub use record::record;
