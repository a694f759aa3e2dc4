//! Proof of hours that anybody with its code can check.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What `content` holds, sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub code: String,
    /// As they stood when it was issued.
    pub holder_name: String,
    pub group_name: String,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// None, and no more than hash and instants, once the account of its holder is gone.
    pub account_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub code_hash: Vec<u8>,
    /// [`Content`], sealed with the key of the account.
    pub content: Option<Vec<u8>>,
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    /// What the ledger came to when it was issued.
    pub meetings: Option<i64>,
    pub minutes: Option<i64>,
    pub presenting_minutes: Option<i64>,
    pub issued_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where its content is sealed.
    pub fn place(&self) -> String {
        format!("certificate.content/{}", self.id)
    }
}
