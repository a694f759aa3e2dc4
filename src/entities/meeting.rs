//! A meeting of which more is known than its series says: it was moved, cancelled, answered, or took place.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a meeting stands, as stored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoredMeetingStatus {
    Scheduled,
    Cancelled,
    InProgress,
    Held,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "meeting")]
pub struct Model {
    /// Derived from its series and its original start.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub series_id: Uuid,
    pub consultation_group_id: Uuid,
    /// By the wall clock, `YYYY-MM-DDTHH:MM`; it stays when the meeting is moved.
    pub original_start: String,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// By the wall clock, `YYYY-MM-DDTHH:MM`.
    pub moved_to: Option<String>,
    /// Where it differs from the series; so do place and address.
    pub duration_minutes: Option<i64>,
    pub place: Option<String>,
    pub join_url: Option<String>,
    /// As stored: what follows from the clock and from answers never stands here.
    pub status: StoredMeetingStatus,
    pub cancel_reason: Option<String>,
    pub cancelled_at: Option<DateTimeUtc>,
    pub started_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    /// Of its record: who was expected, and who came.
    pub expected_count: Option<i64>,
    pub present_count: Option<i64>,
    /// Rises when its time, its place or its status changes (RFC 5545, 3.8.7.4).
    pub sequence: i64,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "series_id", to = "id")]
    pub series: HasOne<super::meeting_series::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
