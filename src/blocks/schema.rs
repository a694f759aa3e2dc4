//! Blocks on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::{account, account_block},
    http::page::Page,
};

pub type BlockPage = Page<Block>;

/// A colleague whom I do not wish to meet. Nobody but me knows of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"account_id": "01936b2f-5f00-7000-8000-000000000202", "display_name": "Ben Okafor", "created_at": "2026-11-23T18:00:00Z"}))]
pub struct Block {
    /// Whom I block.
    pub account_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<(account_block::Model, account::Model)> for Block {
    fn from((block, blocked): (account_block::Model, account::Model)) -> Self {
        Self { account_id: block.blocked_id, display_name: blocked.display_name, created_at: block.created_at }
    }
}

/// A colleague to block.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account_id": "01936b2f-5f00-7000-8000-000000000202"}))]
pub struct BlockCreate {
    /// Any account but mine.
    pub account_id: Uuid,
}
