//! Times that repeat by the wall clock: rules (RFC 5545, 3.3.10) and the instants that a time zone gives them.
//!
//! A rule is unrolled without a time zone, and each start is turned into an instant afterwards: noon stays noon when the
//! clocks change. It knows neither a request nor a database.

mod rule;
pub mod zone;

pub use rule::{Rule, RuleFault};
