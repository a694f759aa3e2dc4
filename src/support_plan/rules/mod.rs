//! What follows from a plan, and what it allows.

mod cadence;
mod progress;
mod standing;
mod status;
mod ways;

pub use cadence::{Streaks, day_after, streaks};
pub use progress::{Progress, TieProgress, progress, tie_progress};
pub use standing::{AvenueStanding, standings};
pub use status::{allows, is_open, name};
pub use ways::{Advice, Door, advice, doors};

/// How many actions a plan holds at most.
pub const MOST_ACTIONS: u64 = 200;
/// How many ties a plan holds at most.
pub const MOST_TIES: u64 = 200;
/// How many entries the log of an action holds at most.
pub const MOST_ENTRIES: usize = 1000;
