//! What somebody answers, as it is kept.

use serde::{Deserialize, Serialize};

use super::outcome::{Answers, Outcome};

/// The answers of one person at one time, and what came of them. It is sealed wherever it is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub answers: Answers,
    /// Once it was submitted.
    pub outcome: Option<Outcome>,
    /// Why its owner voided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_reason: Option<String>,
}
