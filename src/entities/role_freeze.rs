//! That a meeting has begun, so that its roles are facts.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_freeze")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub meeting_id: Uuid,
    pub frozen_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "meeting_id", to = "id")]
    pub meeting: HasOne<super::meeting::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
