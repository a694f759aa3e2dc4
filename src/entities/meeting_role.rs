//! Who leads and who presents at a meeting, where it was agreed, or has come to pass.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody does at a meeting.
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
pub enum MeetingRole {
    /// Leads the meeting.
    Facilitator,
    /// Brings something to consult about.
    Presenter,
}

/// How somebody came to a role. New values may appear.
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
pub enum RoleSource {
    /// It was their turn.
    Rotation,
    /// They took it over from somebody.
    Swap,
    /// They put themselves forward.
    Volunteered,
    /// Somebody who leads the group appointed them.
    Appointed,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meeting_role")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub meeting_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub role: MeetingRole,
    pub source: RoleSource,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "meeting_id", to = "id")]
    pub meeting: HasOne<super::meeting::Entity>,
    #[sea_orm(belongs_to, from = "membership_id", to = "id")]
    pub membership: HasOne<super::membership::Entity>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
