//! Sessions on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{accounts::schema::Secret, entities::session, http::text};

/// Signing in.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ana@example.org", "password": "nine quiet herons at dusk", "device_label": "Ana's phone"
}))]
pub struct SessionCreate {
    /// The address of the account, in any case.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
    /// The password of the account.
    #[validate(nested)]
    #[schema(value_type = String, format = "password", write_only, min_length = 1, max_length = 128)]
    pub password: Secret,
    /// What you call this device, to tell it from others in the list of sessions.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub device_label: Option<String>,
}

/// Refreshing.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh"}))]
pub struct SessionRefresh {
    /// The newest refresh token of the session.
    #[validate(nested)]
    #[schema(value_type = String, write_only, min_length = 1, max_length = 128)]
    pub refresh_token: Secret,
}

/// The tokens of a session. They are shown once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "session_id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "access_token": "eyJ…", "token_type": "Bearer",
    "expires_in": 600, "refresh_token": "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh"
}))]
pub struct SessionTokens {
    /// The session that they belong to.
    pub session_id: Uuid,
    /// Goes into `Authorization: Bearer …`. A JWT by RFC 9068.
    #[schema(max_length = 4096)]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(max_length = 20)]
    pub token_type: &'static str,
    /// Seconds that the access token is good for.
    #[schema(minimum = 1, maximum = 3600)]
    pub expires_in: i64,
    /// Good once, for the next refresh, within 30 days.
    #[schema(max_length = 128)]
    pub refresh_token: String,
}

/// A signed-in device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "device_label": "Ana's phone", "current": true,
    "created_at": "2026-11-23T18:00:00Z", "last_used_at": "2026-11-23T19:10:00Z", "expires_at": "2026-12-23T19:10:00Z"
}))]
pub struct Session {
    /// Ends it: `DELETE /v1/sessions/{session_id}`.
    pub id: Uuid,
    /// What its owner called the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub device_label: Option<String>,
    /// Whether this request came from it.
    pub current: bool,
    /// When its owner signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends unless it is refreshed.
    pub expires_at: DateTime<Utc>,
}

impl Session {
    pub fn new(row: session::Model, current: Uuid) -> Self {
        Self {
            current: row.id == current,
            id: row.id,
            device_label: row.device_label,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        }
    }
}
