//! Accounts on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidateEmail, ValidationError};

use crate::{
    entities::account::{self, PlatformRole},
    http::{
        body::{given, together},
        text,
    },
    problem::Fault,
};

mod moderation;
mod secret;

pub use moderation::{AccountFilter, AccountStatus, AccountSummary, AccountSummaryPage, PlatformRoleChange};
pub use secret::{NewPassword, Secret};

/// Who I am to this service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "email": "ana@example.org", "display_name": "Ana Reyes",
    "locale": "en", "time_zone": "America/Los_Angeles", "platform_role": "member",
    "email_verified_at": "2026-11-23T18:00:00Z", "created_at": "2026-11-23T17:58:00Z", "version": 2
}))]
pub struct Account {
    /// Stays the same for the account's whole life.
    pub id: Uuid,
    /// Shown to nobody else.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// The name that others see.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// BCP 47 tag of the language I read.
    #[schema(max_length = 35)]
    pub locale: String,
    /// IANA time zone.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// What I may do on the platform as a whole.
    pub platform_role: PlatformRole,
    /// When the address was confirmed. Absent until it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When I registered.
    pub created_at: DateTime<Utc>,
    /// Raised by each change.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<account::Model> for Account {
    fn from(row: account::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            display_name: row.display_name,
            locale: row.locale,
            time_zone: row.time_zone,
            platform_role: row.platform_role,
            email_verified_at: row.email_verified_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Registration.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ana@example.org", "password": "nine quiet herons at dusk", "display_name": "Ana Reyes",
    "locale": "en", "time_zone": "America/Los_Angeles"
}))]
pub struct AccountCreate {
    /// One account at most has an address, in whatever case it is written. An international domain is written in its
    /// ASCII form (`xn--…`).
    #[validate(length(min = 3, max = 254), custom(function = "email_address"))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: String,
    /// 12 to 128 characters of any kind, but hard to guess: a few unrelated words do.
    #[validate(nested)]
    #[schema(value_type = String, format = "password", write_only, min_length = 12, max_length = 128)]
    pub password: NewPassword,
    /// The name that others see.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// BCP 47 tag of the language that you read.
    #[validate(length(min = 2, max = 35), custom(function = "text::language"))]
    #[serde(default = "english")]
    #[schema(default = "en", min_length = 2, max_length = 35)]
    pub locale: String,
    /// IANA time zone.
    #[validate(length(min = 1, max = 64), custom(function = "text::time_zone"))]
    #[serde(default = "utc")]
    #[schema(default = "UTC", min_length = 1, max_length = 64)]
    pub time_zone: String,
}

fn english() -> String {
    "en".into()
}

fn utc() -> String {
    "UTC".into()
}

/// A request was taken in. What follows, if anything, comes by mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"message": "The owner of this address gets a mail."}))]
pub struct MailFollows {
    /// The same words whatever the address.
    #[schema(max_length = 200)]
    pub message: &'static str,
}

impl Default for MailFollows {
    fn default() -> Self {
        Self { message: "The owner of this address gets a mail." }
    }
}

/// The token of a verification mail.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh"}))]
pub struct EmailVerificationConfirm {
    /// As it stands in the mail.
    #[validate(nested)]
    #[schema(value_type = String, write_only, min_length = 1, max_length = 128)]
    pub token: Secret,
}

/// The address is confirmed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"email_verified": true}))]
pub struct EmailVerification {
    /// Always true.
    pub email_verified: bool,
}

/// A wish for a mail that lets its owner choose a new password.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ana@example.org"}))]
pub struct PasswordResetCreate {
    /// The address of the account.
    #[validate(length(min = 3, max = 254), custom(function = "email_address"))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: String,
}

/// A new password, and the token of the mail that allows it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh", "password": "seven slow barges upstream"
}))]
pub struct PasswordResetConfirm {
    /// As it stands in the mail.
    #[validate(nested)]
    #[schema(value_type = String, write_only, min_length = 1, max_length = 128)]
    pub token: Secret,
    /// 12 to 128 characters of any kind, but hard to guess.
    #[validate(nested)]
    #[schema(value_type = String, format = "password", write_only, min_length = 12, max_length = 128)]
    pub password: NewPassword,
}

/// A new password in place of the current one.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "current_password": "nine quiet herons at dusk", "new_password": "seven slow barges upstream"
}))]
pub struct PasswordChange {
    /// The password as it is.
    #[validate(nested)]
    #[schema(value_type = String, format = "password", write_only, min_length = 1, max_length = 128)]
    pub current_password: Secret,
    /// 12 to 128 characters of any kind, but hard to guess.
    #[validate(nested)]
    #[schema(value_type = String, format = "password", write_only, min_length = 12, max_length = 128)]
    pub new_password: NewPassword,
}

/// Changes to my account. What is left out stays as it is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "password_goes_with_email", skip_on_field_errors = false))]
#[schema(min_properties = 1, example = json!({"display_name": "Ana M. Reyes", "time_zone": "America/Denver"}))]
pub struct AccountPatch {
    /// The name that others see.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub display_name: Option<String>,
    /// BCP 47 tag of the language that you read.
    #[validate(length(min = 2, max = 35), custom(function = "text::language"))]
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 2, max_length = 35)]
    pub locale: Option<String>,
    /// IANA time zone.
    #[validate(length(min = 1, max = 64), custom(function = "text::time_zone"))]
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// Another address. It takes `current_password`, and has to be confirmed.
    #[validate(length(min = 3, max = 254), custom(function = "email_address"))]
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, format = "email", min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// The password of the account; needed with `email` and only there.
    #[validate(nested)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, nullable = false, format = "password", write_only, min_length = 1, max_length = 128)]
    pub current_password: Option<Secret>,
}

fn password_goes_with_email(patch: &AccountPatch) -> Result<(), ValidationError> {
    let fault = |code, detail| Some(Fault::at("/current_password", code, detail));
    together(match (&patch.email, &patch.current_password) {
        (Some(_), None) => fault("missing_member", "must be given with email"),
        (None, Some(_)) => fault("not_needed", "must be given with email only"),
        _ => None,
    })
}

/// An address that mail can be sent to as it is written.
pub fn email_address(email: &str) -> Result<(), ValidationError> {
    let sendable = email.is_ascii()
        && !email.chars().any(char::is_control)
        && email.validate_email()
        && email.parse::<lettre::Address>().is_ok();
    match sendable {
        true => Ok(()),
        false => Err(text::fault("invalid_email", "must be an e-mail address; its domain in ASCII (xn--…)")),
    }
}
