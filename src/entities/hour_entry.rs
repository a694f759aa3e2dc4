//! A line of the ledger of hours. Append-only: an amendment adds the difference.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a line of the ledger comes from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum HourEntryKind {
    /// The meeting was closed.
    Recorded,
    /// Its record was amended afterwards: the line says by how much.
    Amended,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hour_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub consultation_group_id: Uuid,
    pub meeting_id: Uuid,
    /// By the wall clock of the meeting.
    pub occurred_on: Date,
    pub starts_at: DateTimeUtc,
    /// Present, less recused.
    pub minutes: i64,
    pub presenting_minutes: i64,
    pub recused_minutes: i64,
    pub kind: HourEntryKind,
    pub recorded_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "consultation_group_id", to = "id")]
    pub consultation_group: HasOne<super::consultation_group::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
