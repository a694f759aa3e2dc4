//! Reports on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, Refusal};
use crate::{
    entities::{
        report::{self, ReportReason, ReportStatus, ReportSubject},
        report_decision,
    },
    http::{page::Page, text},
    problem::{Problem, ProblemCode},
};

pub type ReportPage = Page<Report>;

/// Something that somebody brought before the moderators. Whom it is about does not learn of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000701", "reporter_id": "01936b2f-5f00-7000-8000-000000000201", "subject_type": "consultation_group", "subject_id": "01936b2f-5f00-7000-8000-000000000501", "reason": "confidentiality_breach", "description": "What was said in the circle was repeated at a conference.", "status": "in_review", "decisions": [{"status": "in_review", "decided_by": "01936b2f-5f00-7000-8000-000000000204", "decided_at": "2026-11-24T09:00:00Z"}], "version": 2, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-24T09:00:00Z"}))]
pub struct Report {
    /// Its id.
    pub id: Uuid,
    /// The account that wrote it. Only moderators and that account see the report.
    pub reporter_id: Uuid,
    /// What kind of thing it is about.
    pub subject_type: ReportSubject,
    /// Which one.
    pub subject_id: Uuid,
    /// Why.
    pub reason: ReportReason,
    /// What happened. It is gone once its writer's account is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    pub description: Option<String>,
    /// Where it stands.
    pub status: ReportStatus,
    /// When it was resolved or dismissed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<DateTime<Utc>>,
    /// What was decided, oldest first. Shown to moderators, where one report is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    pub decisions: Option<Vec<ReportDecision>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a moderator decided about a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "resolved", "decided_by": "01936b2f-5f00-7000-8000-000000000204", "note": "Spoke with both; the member has left.", "decided_at": "2026-11-25T09:00:00Z"}))]
pub struct ReportDecision {
    /// What the report became.
    pub status: ReportStatus,
    /// Who decided.
    pub decided_by: Uuid,
    /// What was done, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub note: Option<String>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

impl From<report_decision::Model> for ReportDecision {
    fn from(row: report_decision::Model) -> Self {
        Self { status: row.status, decided_by: row.decided_by, note: row.note, decided_at: row.decided_at }
    }
}

impl From<report::Model> for Report {
    fn from(row: report::Model) -> Self {
        Self {
            id: row.id,
            reporter_id: row.reporter_id,
            subject_type: row.subject_type,
            // A check of the table holds it to one.
            subject_id: row.subject_id().unwrap_or_default(),
            reason: row.reason,
            description: row.description,
            status: row.status,
            closed_at: row.closed_at,
            decisions: None,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Report {
    /// With what moderators see of its decisions.
    pub fn with_decisions(self, decisions: Vec<report_decision::Model>) -> Self {
        Self { decisions: Some(decisions.into_iter().map(Into::into).collect()), ..self }
    }
}

/// Something to bring before the moderators.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject_type": "consultation_group", "subject_id": "01936b2f-5f00-7000-8000-000000000501", "reason": "confidentiality_breach", "description": "What was said in the circle was repeated at a conference."}))]
pub struct ReportCreate {
    /// What kind of thing it is about.
    pub subject_type: ReportSubject,
    /// Which one: something that you may see, but not yourself.
    pub subject_id: Uuid,
    /// Why.
    pub reason: ReportReason,
    /// What happened. Leave out what would identify a client.
    #[validate(length(min = 1, max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub description: Option<String>,
}

/// The end of a report.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Spoke with both; the member has left."}))]
pub struct ReportConclusion {
    /// What was done, or why nothing was. Moderators alone read it.
    #[validate(length(min = 1, max = 2000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: String,
}

/// Which reports to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportFilter {
    /// Standing here; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[param(required = false, max_items = 4)]
    pub status: Vec<ReportStatus>,
    /// For this reason; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 5))]
    #[param(required = false, max_items = 5)]
    pub reason: Vec<ReportReason>,
    /// About this kind of thing; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 3))]
    #[param(required = false, max_items = 3)]
    pub subject_type: Vec<ReportSubject>,
    /// About this thing.
    #[param(nullable = false)]
    pub subject_id: Option<Uuid>,
    /// Written by this account.
    #[param(nullable = false)]
    pub reporter_id: Option<Uuid>,
    /// Written by me, or by others.
    #[param(nullable = false)]
    pub mine: Option<bool>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::WrongState(status) => {
                Self::new(ProblemCode::InvalidTransition, format!("the report is {}", rules::word(status)))
            }
        }
    }
}
