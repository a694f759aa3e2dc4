//! That a member signed a version of an agreement. Append-only.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_signature")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub agreement_id: Uuid,
    pub membership_id: Uuid,
    pub account_id: Uuid,
    /// The name as its holder typed it.
    pub typed_name: String,
    /// Of the agreement that was signed.
    pub sha256: String,
    pub signed_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
    pub agreement: HasOne<super::agreement::Entity>,
    #[sea_orm(belongs_to, from = "membership_id", to = "id")]
    pub membership: HasOne<super::membership::Entity>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
