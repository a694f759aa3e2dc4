//! A calendar that an app fetches by its secret address.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    pub label: String,
    /// The one group that it shows; all of the account, where there is none.
    pub consultation_group_id: Option<Uuid>,
    /// The seat in that group, with which it ends.
    pub membership_id: Option<Uuid>,
    pub show_names: bool,
    /// By the day in UTC.
    pub last_fetched_on: Option<Date>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
    #[sea_orm(belongs_to, from = "membership_id", to = "id")]
    pub membership: HasOne<super::membership::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
