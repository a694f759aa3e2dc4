//! That a self-assessment counts in the anonymous aggregate of an organization or a consultation group.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contribution")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub self_assessment_id: Uuid,
    pub account_id: Uuid,
    pub organization_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub instrument: String,
    /// Versions of one major number are comparable.
    pub major: i64,
    /// Of its completion, such as `2026-Q4` (UTC).
    pub quarter: String,
    pub completed_at: DateTimeUtc,
    pub version: i64,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "self_assessment_id", to = "id")]
    pub self_assessment: HasOne<super::self_assessment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
