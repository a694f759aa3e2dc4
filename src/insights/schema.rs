//! Contributions and insights on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::rules::{Crowd, Quarter, Told, ToldScale};
use crate::{entities::contribution, http::text::fault, psychometrics::Instrument};

/// What is told of every insight, because so much is left out of it.
pub const EXPLANATION: &str = "Only self-assessments that members contribute count, and only quarters that are over. A \
    quarter is told of when at least five others than you contributed, and when its contributors differ from those of the \
    quarter before by nobody or by five at least. A group of five or fewer therefore never gets one on itself.";

/// Where a self-assessment of mine counts: in one organization, or in one consultation group.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_body", skip_on_field_errors = false))]
#[schema(example = json!({"organization_id": "01936b2f-5f00-7000-8000-000000000101"}))]
pub struct ContributionReplace {
    /// An organization of which I am a member.
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// A consultation group in which I have a seat.
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
}

fn one_body(body: &ContributionReplace) -> Result<(), ValidationError> {
    match body.organization_id.is_some() == body.consultation_group_id.is_some() {
        true => Err(fault("one_of", "must have either organization_id or consultation_group_id")),
        false => Ok(()),
    }
}

/// That a self-assessment of mine counts in the anonymous aggregate of one body.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"self_assessment_id": "01936b2f-5f00-7000-8000-000000000801", "organization_id": "01936b2f-5f00-7000-8000-000000000101", "quarter": "2026-Q4", "created_at": "2026-11-24T18:00:00Z", "version": 1}))]
pub struct Contribution {
    /// What counts.
    pub self_assessment_id: Uuid,
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// The consultation group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// The quarter in which it counts (UTC).
    #[schema(min_length = 7, max_length = 7)]
    pub quarter: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Rises with each change.
    pub version: i64,
}

impl From<contribution::Model> for Contribution {
    fn from(row: contribution::Model) -> Self {
        Self {
            self_assessment_id: row.self_assessment_id,
            organization_id: row.organization_id,
            consultation_group_id: row.consultation_group_id,
            quarter: row.quarter,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

fn a_quarter(text: &str) -> Result<(), ValidationError> {
    match Quarter::parse(text) {
        Some(_) => Ok(()),
        None => Err(fault("invalid_quarter", "must be a quarter such as 2026-Q3")),
    }
}

/// Which insights.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InsightFilter {
    /// Of this instrument.
    #[validate(length(min = 1, max = 64))]
    #[param(min_length = 1, max_length = 64, example = "proqol-5")]
    pub instrument: Option<String>,
    /// Of this quarter, such as `2026-Q3`.
    #[validate(custom(function = "a_quarter"))]
    #[param(min_length = 7, max_length = 7, example = "2026-Q3")]
    pub quarter: Option<String>,
}

/// What the self-assessments of a body's members come to, as far as it tells of nobody.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"explanation": "Only self-assessments that members contribute count.", "insights": [{"instrument": "proqol-5", "major_version": 1, "quarter": "2026-Q3", "released": true, "respondents": "5-8", "scales": [{"scale": "burnout", "title": "Burnout", "respondents": "5-8", "mean": 30.0, "minimum": 10.0, "maximum": 50.0, "bands": [{"bands": ["low", "moderate"], "respondents": "5-8"}]}]}]}))]
pub struct Insights {
    /// What is told, and why not more.
    #[schema(max_length = 1000)]
    pub explanation: &'static str,
    /// Each instrument and quarter to which five or more contributed, or I did, in the last three years, the latest first: 200 at most.
    #[schema(max_items = 200)]
    pub insights: Vec<Insight>,
}

/// What one instrument came to in one quarter.
#[derive(Serialize, ToSchema)]
pub struct Insight {
    /// Key of the instrument.
    #[schema(max_length = 64)]
    pub instrument: String,
    /// Versions of one major number are put together.
    #[schema(minimum = 0)]
    pub major_version: i64,
    /// The quarter (UTC).
    #[schema(min_length = 7, max_length = 7)]
    pub quarter: String,
    /// Whether it is told of. `explanation` says when it is not.
    pub released: bool,
    /// How many others than I contributed, roughly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub respondents: Option<Crowd>,
    /// The scales on which enough were scored.
    #[schema(max_items = 40)]
    pub scales: Vec<ScaleInsight>,
}

/// What one scale came to.
#[derive(Serialize, ToSchema)]
pub struct ScaleInsight {
    /// Which scale.
    #[schema(max_length = 64)]
    pub scale: String,
    /// What people read.
    #[schema(max_length = 200)]
    pub title: String,
    /// How many others than I were scored on it, roughly.
    pub respondents: Crowd,
    /// The mean, rounded to a twentieth of the range.
    pub mean: f64,
    /// The lowest score that can be had.
    pub minimum: f64,
    /// The highest score that can be had.
    pub maximum: f64,
    /// Bands that hold enough, neighbours put together until they do; empty ones are left out.
    #[schema(max_items = 20)]
    pub bands: Vec<BandInsight>,
}

/// How many lie in one band, or in neighbours together.
#[derive(Serialize, ToSchema)]
pub struct BandInsight {
    /// The bands.
    #[schema(max_items = 20)]
    pub bands: Vec<crate::http::text::Keyword>,
    /// How many lie in them, roughly.
    pub respondents: Crowd,
}

impl Insight {
    /// `told` is nothing where it is withheld.
    pub fn new(instrument: &Instrument, major_version: i64, quarter: String, told: Option<Told>) -> Self {
        let scale = |told: ToldScale| {
            let scale = instrument.scale(&told.scale)?;
            let band = |(bands, respondents): (Vec<String>, Crowd)| {
                let bands = bands.into_iter().map(crate::http::text::Keyword).collect();
                BandInsight { bands, respondents }
            };
            Some(ScaleInsight {
                title: scale.title.clone(),
                minimum: scale.minimum,
                maximum: scale.maximum,
                respondents: told.crowd,
                mean: told.mean,
                bands: told.bands.into_iter().map(band).collect(),
                scale: told.scale,
            })
        };
        Self {
            instrument: instrument.key.clone(),
            major_version,
            quarter,
            released: told.is_some(),
            respondents: told.as_ref().map(|told| told.crowd),
            scales: told.into_iter().flat_map(|told| told.scales).filter_map(scale).collect(),
        }
    }
}
