//! A licence to practise. Its number is sealed; only its last characters are shown.

use sea_orm::{Condition, entity::prelude::*};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "licence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// Order within the profile.
    pub position: i64,
    pub family: String,
    pub title: String,
    /// ISO 3166-2.
    pub jurisdiction: String,
    pub number_sealed: Option<Vec<u8>>,
    pub number_masked: Option<String>,
    pub expires_on: Option<Date>,
    pub verified_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The condition of being good on `today`: through the day on which it expires, or without end.
pub fn good_on(today: Date) -> Condition {
    Condition::any().add(COLUMN.expires_on.is_null()).add(COLUMN.expires_on.gte(today))
}
