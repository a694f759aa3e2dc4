//! That an action was done once. All that it says is sealed.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What `content` holds, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub done_on: Date,
    pub note: Option<String>,
    /// How much it helped, 0 to 4.
    pub helpful: Option<i64>,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_action_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub action_id: Uuid,
    pub account_id: Uuid,
    /// [`Content`], sealed with the key of the account.
    pub content: Vec<u8>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where its content is sealed.
    pub fn place(&self) -> String {
        format!("support_action_entry.content/{}", self.id)
    }
}
