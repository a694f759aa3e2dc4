//! Whom I block and what I reported, in the export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entities::{
    account, account_block,
    report::{self, ReportReason, ReportStatus, ReportSubject},
};

/// A colleague whom I do not wish to meet.
#[derive(Serialize, ToSchema)]
pub struct ExportedBlock {
    /// Whom I block.
    pub account_id: Uuid,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub display_name: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<(account_block::Model, Option<account::Model>)> for ExportedBlock {
    fn from((row, blocked): (account_block::Model, Option<account::Model>)) -> Self {
        let display_name = blocked.map(|blocked| blocked.display_name);
        Self { account_id: row.blocked_id, display_name, created_at: row.created_at }
    }
}

/// Something that I brought before the moderators.
#[derive(Serialize, ToSchema)]
pub struct ExportedReport {
    /// The report.
    pub id: Uuid,
    /// What kind of thing it is about.
    pub subject_type: ReportSubject,
    /// Which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject_id: Option<Uuid>,
    /// Why.
    pub reason: ReportReason,
    /// What I wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    pub description: Option<String>,
    /// Where it stands.
    pub status: ReportStatus,
    /// When I wrote it.
    pub created_at: DateTime<Utc>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<DateTime<Utc>>,
}

impl From<report::Model> for ExportedReport {
    fn from(row: report::Model) -> Self {
        Self {
            id: row.id,
            subject_type: row.subject_type,
            subject_id: row.subject_id(),
            reason: row.reason,
            description: row.description,
            status: row.status,
            created_at: row.created_at,
            closed_at: row.closed_at,
        }
    }
}
