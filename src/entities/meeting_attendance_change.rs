//! What was recorded, changed, disputed and settled of who came to a meeting. Append-only.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::meeting_attendance::AttendanceStatus;

/// What was done to a record of attendance. New values may appear.
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
pub enum AttendanceEvent {
    /// It was written down, or written anew before the meeting was closed.
    Recorded,
    /// It was changed after the meeting was closed.
    Amended,
    /// Its person said that it is not right.
    Disputed,
    /// It was looked at again, and stays.
    Upheld,
}

/// What a record said, in one JSON column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredAttendance {
    pub status: AttendanceStatus,
    pub minutes: i64,
    pub recused_minutes: i64,
    pub presenting_minutes: i64,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting_attendance_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub meeting_id: Uuid,
    pub account_id: Uuid,
    pub membership_id: Uuid,
    pub consultation_group_id: Uuid,
    pub event: AttendanceEvent,
    /// None with the first record.
    pub before: Option<StoredAttendance>,
    pub after: StoredAttendance,
    pub reason: Option<String>,
    pub changed_by: Uuid,
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
