//! The question which other time would suit the members of a group better.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::meeting_series::LocalTimes;

/// Where a poll stands, as stored.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoredPollStatus {
    Open,
    Chosen,
    Withdrawn,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slot_poll")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub consultation_group_id: Uuid,
    /// The series that would be moved.
    pub series_id: Uuid,
    /// IANA name.
    pub time_zone: String,
    /// Starts by the wall clock of `time_zone`.
    pub options: LocalTimes,
    /// As stored: that its time is over never stands here.
    pub status: StoredPollStatus,
    pub closes_at: DateTimeUtc,
    /// `YYYY-MM-DDTHH:MM`.
    pub chosen: Option<String>,
    pub created_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
