//! That an account does not wish to meet another.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_block")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub blocker_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub blocked_id: Uuid,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "blocked_id", to = "id")]
    pub blocked: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
