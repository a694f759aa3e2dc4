//! A role at a meeting that somebody asks somebody else to take, perhaps in exchange for theirs at another.

use sea_orm::entity::prelude::*;

use super::meeting_role::MeetingRole;

/// Where a swap stands, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum StoredSwapStatus {
    Asked,
    Accepted,
    Declined,
    Withdrawn,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_swap")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub consultation_group_id: Uuid,
    pub meeting_id: Uuid,
    pub role: MeetingRole,
    /// Who asks, and has the role.
    pub from_membership_id: Uuid,
    pub from_account_id: Uuid,
    /// Who is asked to take it.
    pub with_membership_id: Uuid,
    pub with_account_id: Uuid,
    /// Whoever asks takes the same role there.
    pub exchange_meeting_id: Option<Uuid>,
    /// As stored: that the meeting has begun meanwhile never stands here.
    pub status: StoredSwapStatus,
    pub asked_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
    pub version: i64,
    #[sea_orm(belongs_to, from = "meeting_id", to = "id")]
    pub meeting: HasOne<super::meeting::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
