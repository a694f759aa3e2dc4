//! Something that somebody means to do for themselves. All that it says is sealed.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Cadence;

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupportActionStatus {
    /// It is meant to be done.
    Planned,
    /// It is being done.
    Active,
    /// It has been done, and need not be done again.
    Done,
    /// It was given up.
    Dropped,
}

/// What `content` holds, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Key of the avenue that it follows.
    pub avenue: String,
    pub what: String,
    /// Key of the challenge that it answers.
    pub challenge: Option<String>,
    pub status: SupportActionStatus,
    pub cadence: Option<Cadence>,
    pub due_on: Option<Date>,
    /// The day on which it last became active, where the account is.
    pub active_since: Option<Date>,
    /// The day of each entry of its log, the earliest first: what is derived from the log needs only these.
    pub done: Vec<Date>,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_action")]
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
        format!("support_action.content/{}", self.id)
    }
}
