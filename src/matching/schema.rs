//! Matches on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::rules::{self, Availability, Part, Values};
use crate::{
    consultation_groups::{rules::MatchingKey, schema::ConsultationGroup},
    entities::consultation_group::{GroupFormat, GroupPurpose},
    http::page::Page,
    therapists::schema::Therapist,
};

pub type GroupMatchPage = Page<GroupMatch>;
pub type GroupCandidatePage = Page<GroupCandidate>;

/// A group that I could join, and how well it fits.
#[derive(Serialize, ToSchema)]
pub struct GroupMatch {
    /// The group.
    pub group: ConsultationGroup,
    /// How well it fits, of 100, with two decimals.
    #[schema(minimum = 0, maximum = 100)]
    pub score: f64,
    /// What the score is made of.
    #[schema(min_items = 6, max_items = 10)]
    pub parts: Vec<MatchPart>,
}

/// A therapist who could join the group, and how well they fit.
#[derive(Serialize, ToSchema)]
pub struct GroupCandidate {
    /// The therapist.
    pub therapist: Therapist,
    /// How well they fit, of 100, with two decimals.
    #[schema(minimum = 0, maximum = 100)]
    pub score: f64,
    /// What the score is made of.
    #[schema(min_items = 6, max_items = 10)]
    pub parts: Vec<MatchPart>,
}

/// A part of a score, and why it is as it is.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"part": "specialty", "weight": 0.25, "value": 0.6667, "points": 16.67, "reason": "2 of 3 specialties are shared: grief, trauma"}))]
pub struct MatchPart {
    /// What is compared.
    pub part: Part,
    /// What it counts of the whole.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: f64,
    /// How well it fits, with four decimals.
    #[schema(minimum = 0, maximum = 1)]
    pub value: f64,
    /// What it adds to the score, with two decimals. The score is rounded once, so that it may differ from the sum of
    /// these in the second decimal.
    #[schema(minimum = 0, maximum = 100)]
    pub points: f64,
    /// Why, in words.
    #[schema(max_length = 2000)]
    pub reason: String,
}

impl MatchPart {
    /// The parts of a score, each with its reason.
    pub fn all(
        group: &MatchingKey,
        therapist: &rules::Therapist,
        availability: Availability,
        values: &Values,
    ) -> Vec<Self> {
        let part = |(part, value): (Part, &f64)| Self {
            part,
            weight: part.weight() / 100.0,
            value: rounded(*value, 10_000.0),
            points: rounded(rules::points(part, *value), 100.0),
            reason: rules::reason(part, group, therapist, availability),
        };
        Part::ALL.into_iter().zip(values).map(part).collect()
    }
}

/// A score in hundredths, as it is shown.
pub fn shown(score: i64) -> f64 {
    score as f64 / 100.0
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// Which groups are looked at.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupMatchFilter {
    /// Meeting like this; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub format: Vec<GroupFormat>,
    /// For this purpose; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub purpose: Vec<GroupPurpose>,
    /// With a seat that can be taken now, or without.
    #[param(nullable = false)]
    pub has_open_seat: Option<bool>,
    /// With this score or a higher one.
    #[validate(range(min = 0, max = 100))]
    #[param(nullable = false, minimum = 0, maximum = 100)]
    pub min_score: Option<i64>,
}

/// Which therapists are looked at.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupCandidateFilter {
    /// With this score or a higher one.
    #[validate(range(min = 0, max = 100))]
    #[param(nullable = false, minimum = 0, maximum = 100)]
    pub min_score: Option<i64>,
}
