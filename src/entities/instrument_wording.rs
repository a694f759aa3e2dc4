//! The wording of an instrument in one language, as an administrator has imported it.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// What an answer is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLabel {
    pub value: i64,
    pub label: String,
}

/// What an item asks, and what its answers are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredItem {
    pub item: String,
    pub text: String,
    pub options: Vec<StoredLabel>,
}

/// Items in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredItems(pub Vec<StoredItem>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instrument_wording")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub instrument_key: String,
    pub instrument_version: String,
    pub language: String,
    pub title: Option<String>,
    pub items: StoredItems,
    pub permission: String,
    pub imported_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "imported_by", to = "id")]
    pub importer: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
