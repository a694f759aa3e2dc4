//! That a member wishes to present. It says nothing of what.

use sea_orm::entity::prelude::*;

/// Where a request stands, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum StoredRequestStatus {
    Waiting,
    Presented,
    Withdrawn,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presenter_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub consultation_group_id: Uuid,
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub urgent: bool,
    /// As stored: one whose meeting was held has been presented, though it still waits here.
    pub status: StoredRequestStatus,
    /// The meeting at which its turn came, once that has begun.
    pub meeting_id: Option<Uuid>,
    pub asked_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
    pub version: i64,
    #[sea_orm(belongs_to, from = "meeting_id", to = "id")]
    pub meeting: HasOne<super::meeting::Entity>,
    #[sea_orm(belongs_to, from = "membership_id", to = "id")]
    pub membership: HasOne<super::membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
