use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::certificate::{self, Content},
    hours::rules::CertificateStatus,
    http::{page::Page, text},
};

pub type CertificatePage = Page<Certificate>;

/// A certificate, what it says, and what it is worth.
pub struct Opened {
    pub row: certificate::Model,
    pub content: Content,
    pub status: CertificateStatus,
}

/// Proof of my hours in one group, which whoever has its code can check. Nobody but me reads it here.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000711", "code": "7K3QX-0M9TB-VD4HR-P2ZWE", "holder_name": "Ana Reyes", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "consultation_group_name": "Harbor Circle", "from": "2026-01-01", "to": "2026-11-30", "meetings": 9, "minutes": 750, "presenting_minutes": 75, "issued_at": "2026-12-01T22:00:00Z", "status": "valid", "version": 1}))]
pub struct Certificate {
    /// Its id.
    pub id: Uuid,
    /// What `verifyCertificate` takes. Whoever has it learns whether the certificate is good, and nothing else.
    #[schema(max_length = 23)]
    pub code: String,
    /// My name, as it stood when the certificate was issued.
    #[schema(max_length = 200)]
    pub holder_name: String,
    /// The group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Its name, as it stood.
    #[schema(max_length = 120)]
    pub consultation_group_name: String,
    /// The first day that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// Meetings that I was at.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Minutes present, less those that I stepped out for.
    #[schema(minimum = 0)]
    pub minutes: i64,
    /// Minutes of these that I presented.
    #[schema(minimum = 0)]
    pub presenting_minutes: i64,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When I took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// What it is worth now.
    pub status: CertificateStatus,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<Opened> for Certificate {
    fn from(opened: Opened) -> Self {
        let Opened { row, content, status } = opened;
        Self {
            id: row.id,
            code: content.code,
            holder_name: content.holder_name,
            consultation_group_id: row.consultation_group_id,
            consultation_group_name: content.group_name,
            from: row.from_on,
            to: row.to_on,
            meetings: row.meetings.unwrap_or_default(),
            minutes: row.minutes.unwrap_or_default(),
            presenting_minutes: row.presenting_minutes.unwrap_or_default(),
            issued_at: row.issued_at,
            revoked_at: row.revoked_at,
            status,
            version: row.version,
        }
    }
}

/// Which hours to certify.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "from": "2026-01-01", "to": "2026-11-30"}))]
pub struct CertificateCreate {
    /// In which group.
    pub consultation_group_id: Uuid,
    /// Of meetings on this day or later.
    #[validate(custom(function = "text::near_day"))]
    pub from: NaiveDate,
    /// Of meetings on this day or earlier. It is not in the future.
    #[validate(custom(function = "text::near_day"))]
    pub to: NaiveDate,
}

/// Whether a code is that of a certificate that is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateCheckStatus {
    /// There is such a certificate, and what it says is right.
    Valid,
    /// There is none, or it is no longer good.
    NotValid,
}

/// What anybody with a code learns.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "valid"}))]
pub struct CertificateCheck {
    /// Whether it is good.
    pub status: CertificateCheckStatus,
}

impl From<bool> for CertificateCheck {
    fn from(valid: bool) -> Self {
        Self { status: if valid { CertificateCheckStatus::Valid } else { CertificateCheckStatus::NotValid } }
    }
}
