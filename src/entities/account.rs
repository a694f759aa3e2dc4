//! An account: who can sign in. Once erased, its row stays as a pseudonymous anchor for what others keep.

use sea_orm::{Condition, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an account may do on the platform as a whole. Each role may do what the ones before it may.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PlatformRole {
    /// Uses the service.
    Member,
    /// Publishes organizations, handles reports, suspends accounts.
    Moderator,
    /// Grants roles.
    Admin,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As its owner wrote it. Empty once erased.
    pub email: String,
    /// Lower case, unique. Null once erased.
    pub email_key: Option<String>,
    pub display_name: String,
    /// Folded display name.
    pub sort_name: String,
    /// BCP 47 tag of the language that its owner reads.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
    /// Argon2id in PHC form. Null once erased.
    pub password_hash: Option<String>,
    pub platform_role: PlatformRole,
    pub email_verified_at: Option<DateTimeUtc>,
    pub suspended_at: Option<DateTimeUtc>,
    pub erased_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Neither suspended nor erased.
pub fn is_live() -> Condition {
    Condition::all().add(COLUMN.suspended_at.is_null()).add(COLUMN.erased_at.is_null())
}
