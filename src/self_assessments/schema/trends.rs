//! How scores change, on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::Opened;
use crate::{
    psychometrics::{Band, Change, ChangeLabel, Instrument, Scale},
    self_assessments::rules::trends::{self, Taken},
};

/// Whose trend.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TrendFilter {
    /// Key of the instrument.
    #[validate(length(min = 1, max = 64))]
    #[param(min_length = 1, max_length = 64, example = "challenge-check")]
    pub instrument: String,
}

/// How my scores on one instrument change over time. Voided ones are left out.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"instrument": "who-5", "title": "WHO-5 Well-Being Index", "scales": [{"scale": "percent", "title": "Well-being", "minimum": 0.0, "maximum": 100.0, "higher_is_better": true, "bands": [{"band": "likely_depression_screen", "from": 0.0, "exclusive": false}, {"band": "low", "from": 28.0, "exclusive": true}, {"band": "adequate", "from": 50.0, "exclusive": true}], "points": [{"self_assessment_id": "01936b2f-5f00-7000-8000-000000000801", "instrument_version": "1.0.0", "completed_at": "2026-11-24T18:03:00Z", "score": 48.0, "band": "low", "overlaps_previous": false}]}]}))]
pub struct Trends {
    /// Key of the instrument.
    #[schema(max_length = 64)]
    pub instrument: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Each scale that was scored at least once.
    #[schema(max_items = 40)]
    pub scales: Vec<ScaleTrend>,
}

/// How the scores on one scale change.
#[derive(Serialize, ToSchema)]
pub struct ScaleTrend {
    /// Which scale.
    #[schema(max_length = 64)]
    pub scale: String,
    /// What people read.
    #[schema(max_length = 200)]
    pub title: String,
    /// The lowest score that can be had.
    pub minimum: f64,
    /// The highest score that can be had.
    pub maximum: f64,
    /// Whether a higher score is a better one.
    pub higher_is_better: bool,
    /// Its bands, from the lowest up.
    #[schema(max_items = 20)]
    pub bands: Vec<TrendBand>,
    /// The scores, oldest first: the last 200.
    #[schema(max_items = 200)]
    pub points: Vec<TrendPoint>,
}

/// A stretch of a scale that has a name, up to where the next one begins.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"band": "moderate", "from": 23.0, "exclusive": false}))]
pub struct TrendBand {
    /// Its key.
    #[schema(max_length = 64)]
    pub band: String,
    /// Where it begins.
    pub from: f64,
    /// Whether that very score still belongs to the band below.
    pub exclusive: bool,
}

/// A score at one time.
#[derive(Serialize, ToSchema)]
pub struct TrendPoint {
    /// What it comes from.
    pub self_assessment_id: Uuid,
    /// The version that was answered.
    #[schema(max_length = 20)]
    pub instrument_version: String,
    /// When it was submitted.
    pub completed_at: DateTime<Utc>,
    /// The score.
    pub score: f64,
    /// Its band.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub band: Option<String>,
    /// Against a published sample, with mean 50 and standard deviation 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub t_score: Option<f64>,
    /// It tells of days of which the score before it tells too, so that the two say less than they seem to.
    pub overlaps_previous: bool,
    /// Against the score before it by the same major version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since_previous: Option<ScoreChange>,
    /// Against the first score by the same major version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub since_first: Option<ScoreChange>,
}

/// What lies between two scores.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"points": 7.0, "reliable_change_index": 2.1984, "label": "reliable_improvement"}))]
pub struct ScoreChange {
    /// The later score less the earlier one.
    pub points: f64,
    /// The reliable change index (Jacobson & Truax 1991), where it can be reckoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reliable_change_index: Option<f64>,
    /// Whether it is more than chance explains. The WHO-5 is labelled by its customary mark of 10 points, which is a
    /// convention.
    pub label: ChangeLabel,
}

impl From<Change> for ScoreChange {
    fn from(change: Change) -> Self {
        Self { points: change.points, reliable_change_index: change.rci, label: change.label }
    }
}

impl From<&Band> for TrendBand {
    fn from(band: &Band) -> Self {
        Self { band: band.key.clone(), from: band.from, exclusive: band.exclusive }
    }
}

impl<'a> Taken<'a> {
    /// One that is opened, if it was scored by a version that is installed.
    pub fn of(opened: &'a Opened) -> Option<Self> {
        Some(Self {
            id: opened.row.id,
            completed_at: opened.row.completed_at?,
            day: opened.day,
            instrument: opened.instrument.as_deref()?,
            outcome: opened.response.outcome.as_ref()?,
        })
    }
}

impl Trends {
    /// Of what was completed, oldest first. Titles and bands are those of `instrument`, its newest version.
    pub fn new(instrument: &Instrument, taken: &[Taken]) -> Self {
        let scales = instrument.scales.iter().map(|scale| ScaleTrend::new(scale, taken));
        Self {
            instrument: instrument.key.clone(),
            title: instrument.title.clone(),
            scales: scales.filter(|trend| !trend.points.is_empty()).collect(),
        }
    }
}

impl ScaleTrend {
    fn new(scale: &Scale, taken: &[Taken]) -> Self {
        let point = |point: trends::Point| TrendPoint {
            self_assessment_id: point.id,
            instrument_version: point.version.to_owned(),
            completed_at: point.completed_at,
            score: point.score,
            band: point.band.map(Into::into),
            t_score: point.t_score,
            overlaps_previous: point.overlaps,
            since_previous: point.since_previous.map(Into::into),
            since_first: point.since_first.map(Into::into),
        };
        Self {
            scale: scale.key.clone(),
            title: scale.title.clone(),
            minimum: scale.minimum,
            maximum: scale.maximum,
            higher_is_better: scale.higher_is_better,
            bands: scale.bands.iter().map(Into::into).collect(),
            points: trends::points(scale, taken).into_iter().map(point).collect(),
        }
    }
}
