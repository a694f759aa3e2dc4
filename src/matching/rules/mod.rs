//! How well a therapist and a group fit, and why.

mod availability;
mod ranking;
mod reasons;
mod score;

pub use availability::{Availability, Calendar, Hours, Overlap};
pub use ranking::{Ranked, Ranking};
pub use reasons::reason;
pub use score::{Part, Therapist, Values, fits, points, primary_language, score, values};
