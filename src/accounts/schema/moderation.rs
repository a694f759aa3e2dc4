//! Accounts as moderators see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::account::{self, PlatformRole},
    http::page::Page,
};

pub type AccountSummaryPage = Page<AccountSummary>;

/// Whether an account can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    Active,
    /// A moderator took that away for now.
    Suspended,
}

/// An account as moderators see it. Nobody but its owner sees its e-mail address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "display_name": "Ana Reyes", "platform_role": "member",
    "status": "active", "email_verified": true, "created_at": "2026-11-23T17:58:00Z", "version": 2
}))]
pub struct AccountSummary {
    /// The account.
    pub id: Uuid,
    /// The name that others see.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// What it may do on the platform as a whole.
    pub platform_role: PlatformRole,
    /// Whether it can sign in.
    pub status: AccountStatus,
    /// Since when it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suspended_at: Option<DateTime<Utc>>,
    /// Whether its address is confirmed.
    pub email_verified: bool,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Raised by each change.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<account::Model> for AccountSummary {
    fn from(row: account::Model) -> Self {
        Self {
            id: row.id,
            display_name: row.display_name,
            platform_role: row.platform_role,
            status: if row.suspended_at.is_some() { AccountStatus::Suspended } else { AccountStatus::Active },
            suspended_at: row.suspended_at,
            email_verified: row.email_verified_at.is_some(),
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Which accounts are listed.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// With one of these platform roles.
    #[validate(length(max = 3))]
    #[serde(default)]
    #[param(required = false, max_items = 3)]
    pub platform_role: Vec<PlatformRole>,
    /// With one of these statuses.
    #[validate(length(max = 2))]
    #[serde(default)]
    #[param(required = false, max_items = 2)]
    pub status: Vec<AccountStatus>,
}

/// Another platform role for an account.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"platform_role": "moderator"}))]
pub struct PlatformRoleChange {
    /// What the account may do from now on.
    pub platform_role: PlatformRole,
}
