//! How well a therapist and a group fit, and why.

mod availability;
#[cfg(test)]
mod by_the_minute;
mod clocks;
mod ranking;
mod reasons;
mod score;

pub use availability::{Availability, Calendar, Hours, Overlap};
pub use ranking::{Ranked, Ranking};
pub use reasons::reason;
pub use score::{Part, Therapist, Values, fits, points, primary_language, score, values};
