//! Somebody or something that holds a therapist. All that it says is sealed.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Cadence;

/// What a tie is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupportTieKind {
    Person,
    /// A few people who know one another.
    Group,
    /// Many people who share something.
    Community,
    Place,
}

/// What `content` holds, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub label: String,
    pub kind: SupportTieKind,
    /// Key of the avenue that it belongs to.
    pub avenue: String,
    pub cadence: Option<Cadence>,
    pub last_contact_on: Option<Date>,
    pub note: Option<String>,
    /// The day on which it was added, where the account is.
    pub added_on: Date,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_tie")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// [`Content`], sealed with the key of the account.
    pub content: Vec<u8>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where its content is sealed.
    pub fn place(&self) -> String {
        format!("support_tie.content/{}", self.id)
    }
}
