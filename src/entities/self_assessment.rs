//! An instrument that somebody takes about themselves. What they answered, and what came of it, is sealed.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a self-assessment stands, as stored. That its time ran out is derived from `expires_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoredStatus {
    InProgress,
    Completed,
    Voided,
}

/// Where a self-assessment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SelfAssessmentStatus {
    /// Answers can be given and changed.
    InProgress,
    /// It was not submitted in time. Its answers are erased 30 days later.
    Expired,
    /// It was submitted and scored. Its answers never change.
    Completed,
    /// It was completed, and its owner takes it out of their trends.
    Voided,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "self_assessment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// Key of the instrument.
    pub instrument: String,
    pub instrument_version: String,
    /// Of what decides its scores.
    pub rules_sha256: String,
    /// Of the wording that was answered; null where the person had the form in hand.
    pub language: Option<String>,
    pub status: StoredStatus,
    /// Answers, result and reason of voiding, sealed with the key of the account; null once erased.
    pub content: Option<Vec<u8>>,
    pub started_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub completed_at: Option<DateTimeUtc>,
    pub voided_at: Option<DateTimeUtc>,
    pub version: i64,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where it stands at `now`.
    pub fn status_at(&self, now: DateTimeUtc) -> SelfAssessmentStatus {
        match self.status {
            StoredStatus::InProgress if now >= self.expires_at => SelfAssessmentStatus::Expired,
            StoredStatus::InProgress => SelfAssessmentStatus::InProgress,
            StoredStatus::Completed => SelfAssessmentStatus::Completed,
            StoredStatus::Voided => SelfAssessmentStatus::Voided,
        }
    }

    /// Where its content is sealed.
    pub fn place(&self) -> String {
        format!("self_assessment.content/{}", self.id)
    }
}
