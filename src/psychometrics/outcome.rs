//! Answers, and what they add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was answered: the value of an option for each item that has an answer.
pub type Answers = BTreeMap<String, i64>;

/// What answers add up to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"scales": [{"scale": "raw", "score": 12.0}, {"scale": "percent", "score": 48.0, "band": "low"}], "flags": [], "ranking": [], "support": false}))]
pub struct Outcome {
    /// Every scale of the instrument, in its order.
    #[schema(max_items = 40)]
    pub scales: Vec<ScaleScore>,
    /// What to be wary of.
    #[schema(max_items = 10)]
    pub flags: Vec<Flag>,
    /// Of a checklist of challenges: those that apply, the heaviest first.
    #[schema(max_items = 40)]
    pub ranking: Vec<Ranked>,
    /// Whether the answer comes with where to find help.
    pub support: bool,
}

/// The score on one scale. Without enough answers there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"scale": "burnout", "score": 25.0, "band": "moderate", "t_score": 54.1, "norm": "De La Rosa et al. 2018, N = 5,612"}))]
pub struct ScaleScore {
    /// Which scale.
    #[schema(max_length = 64)]
    pub scale: String,
    /// The raw figure, to four decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub score: Option<f64>,
    /// Where it lies, on a scale that has bands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub band: Option<String>,
    /// Against a sample with mean 50 and standard deviation 10, where one is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub t_score: Option<f64>,
    /// That sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub norm: Option<String>,
}

/// What to be wary of in a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Every item was answered alike, though some are reversed.
    StraightLine,
}

/// A challenge among others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"challenge": "professional_isolation", "burden": 9, "band": "high", "impact": 3}))]
pub struct Ranked {
    /// Which challenge.
    #[schema(max_length = 64)]
    pub challenge: String,
    /// How often times how much.
    #[schema(minimum = 0, maximum = 16)]
    pub burden: i64,
    /// How heavy that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub band: Option<String>,
    /// How much it weighs when it comes.
    #[schema(minimum = 0, maximum = 4)]
    pub impact: i64,
}

/// No scale can be scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEnough {
    /// The items still to be answered.
    pub items: Vec<String>,
}

/// An answer that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerFault {
    /// Where it stands in the list.
    pub index: usize,
    pub kind: AnswerFaultKind,
    /// The values that the item takes.
    pub allowed: Vec<i64>,
}

/// Why an answer cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFaultKind {
    UnknownItem,
    OutsideOptions,
    Duplicate,
}
