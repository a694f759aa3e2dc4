//! What the members of a consultation group agree on. A draft has no number; a published one never changes.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredClause {
    pub key: String,
    pub title: String,
    pub body: String,
}

/// Clauses in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredClauses(pub Vec<StoredClause>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub consultation_group_id: Uuid,
    /// Counts the published versions of the group. Null: a draft.
    pub number: Option<i64>,
    pub clauses: StoredClauses,
    /// Every seat has to sign it anew.
    pub material: bool,
    pub effective_from: Option<Date>,
    /// Hexadecimal, over the canonical JSON (RFC 8785).
    pub sha256: Option<String>,
    pub created_by: Uuid,
    pub published_by: Option<Uuid>,
    pub published_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "consultation_group_id", to = "id")]
    pub consultation_group: HasOne<super::consultation_group::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
