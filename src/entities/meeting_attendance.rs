//! Who came to a meeting, and for how long.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How somebody took part in a meeting.
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
pub enum AttendanceStatus {
    /// From the beginning to the end.
    Present,
    /// Came after the beginning.
    Late,
    /// Went before the end.
    LeftEarly,
    /// Gave notice of not coming.
    Excused,
    /// Did not come, and gave no notice.
    Absent,
}

impl AttendanceStatus {
    /// Was there, for some of it at least.
    pub fn came(self) -> bool {
        matches!(self, Self::Present | Self::Late | Self::LeftEarly)
    }
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting_attendance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub meeting_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub membership_id: Uuid,
    pub consultation_group_id: Uuid,
    pub status: AttendanceStatus,
    /// There at all.
    pub minutes: i64,
    /// Of these, outside while somebody presented.
    pub recused_minutes: i64,
    /// Of these, presenting.
    pub presenting_minutes: i64,
    pub recorded_by: Uuid,
    pub recorded_at: DateTimeUtc,
    /// When its person last said that it is not right.
    pub disputed_at: Option<DateTimeUtc>,
    pub dispute_note: Option<String>,
    /// When that was answered, or the row changed.
    pub settled_at: Option<DateTimeUtc>,
    pub version: i64,
    #[sea_orm(belongs_to, from = "meeting_id", to = "id")]
    pub meeting: HasOne<super::meeting::Entity>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
    #[sea_orm(belongs_to, from = "membership_id", to = "id")]
    pub membership: HasOne<super::membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// It was disputed, and that waits for an answer.
    pub fn is_disputed(&self) -> bool {
        self.disputed_at.is_some() && self.settled_at.is_none()
    }
}
