//! Avenues, and a plan, on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::entities::{Cadence, CadenceUnit};

mod actions;
mod log;
mod overview;
mod ties;
mod ways;

pub use actions::{
    SupportAction, SupportActionCreate, SupportActionFilter, SupportActionPage, SupportActionPatch, SupportActionStart,
};
pub use log::{SupportActionEntry, SupportActionEntryCreate, SupportActionEntryPage};
pub use overview::{AvenueInPlan, SupportActionCounts, SupportPlan};
pub use ties::{SupportContact, SupportTie, SupportTieCreate, SupportTieFilter, SupportTiePage, SupportTiePatch};
pub use ways::{Avenue, AvenueFilter, AvenueLink, AvenueList, Benefit, BenefitList, Challenge, ChallengeList};

/// How often: once in every so many days, weeks or months.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"every": 2, "unit": "weeks"}))]
pub struct SupportCadence {
    /// How many of them.
    #[validate(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    pub every: i64,
    /// Of what.
    pub unit: CadenceUnit,
}

impl From<SupportCadence> for Cadence {
    fn from(sent: SupportCadence) -> Self {
        Self { every: sent.every, unit: sent.unit }
    }
}

impl From<Cadence> for SupportCadence {
    fn from(stored: Cadence) -> Self {
        Self { every: stored.every, unit: stored.unit }
    }
}
