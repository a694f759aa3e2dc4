//! The audit trail on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::{
    entities::audit_event,
    http::{body::together, page::Page, text},
    problem::Fault,
};

pub type AuditEventPage = Page<AuditEvent>;

/// Something that happened: who did what to what, when and why.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000401", "occurred_at": "2026-11-23T18:00:00Z", "action": "membership.approve", "actor_id": "01936b2f-5f00-7000-8000-000000000201", "subject_type": "membership", "subject_id": "01936b2f-5f00-7000-8000-000000000101", "organization_id": "01936b2f-5f00-7000-8000-000000000005", "account_id": "01936b2f-5f00-7000-8000-000000000202"}))]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What, as `subject.verb`.
    #[schema(max_length = 64)]
    pub action: String,
    /// The account that did it. Absent: the service itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor_id: Option<Uuid>,
    /// What kind of thing it was done to.
    #[schema(max_length = 64)]
    pub subject_type: String,
    /// Which one.
    pub subject_id: Uuid,
    /// The organization in whose trail it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// The consultation group in whose trail it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// The account that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_id: Option<Uuid>,
    /// Why, as a stable key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub reason_code: Option<String>,
}

impl From<audit_event::Model> for AuditEvent {
    fn from(event: audit_event::Model) -> Self {
        Self {
            id: event.id,
            occurred_at: event.occurred_at,
            action: event.action,
            actor_id: event.actor_id,
            subject_type: event.subject_type,
            subject_id: event.subject_id,
            organization_id: event.organization_id,
            consultation_group_id: event.consultation_group_id,
            account_id: event.account_id,
            reason_code: event.reason_code,
        }
    }
}

/// Which events to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditEventFilter {
    /// In the trail of this organization.
    #[param(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// In the trail of this consultation group.
    #[param(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Of this action, such as `membership.approve`; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::keywords"))]
    #[param(required = false, max_items = 20, value_type = Vec<text::Keyword>)]
    pub action: Vec<String>,
    /// To this kind of thing, such as `membership`; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::keywords"))]
    #[param(required = false, max_items = 20, value_type = Vec<text::Keyword>)]
    pub subject_type: Vec<String>,
    /// To this thing.
    #[param(nullable = false)]
    pub subject_id: Option<Uuid>,
    /// Done by this account.
    #[param(nullable = false)]
    pub actor_id: Option<Uuid>,
    /// Concerning this account.
    #[param(nullable = false)]
    pub account_id: Option<Uuid>,
    /// At this moment or later.
    #[param(nullable = false)]
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[param(nullable = false)]
    pub to: Option<DateTime<Utc>>,
}

/// Which chain to verify.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[validate(schema(function = "names_one_chain", skip_on_field_errors = false))]
pub struct AuditVerificationFilter {
    /// That of this organization; my own when no other is named.
    #[param(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// That of this consultation group. It does not stand beside `organization_id`.
    #[param(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// From this event of the chain on; 1 is the first, and the default.
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[param(nullable = false, minimum = 1, maximum = 1_000_000_000)]
    pub from_sequence: Option<i64>,
}

fn names_one_chain(filter: &AuditVerificationFilter) -> Result<(), ValidationError> {
    let names_two = filter.organization_id.is_some() && filter.consultation_group_id.is_some();
    let detail = "must not stand beside organization_id";
    together(names_two.then(|| Fault::at("/consultation_group_id", "two_chains", detail)))
}

/// Whether a chain is whole: each event is what was written, and follows the one before it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"valid": true, "events": 42}))]
pub struct AuditVerification {
    /// Nothing was changed, taken out or put in, as far as it was checked.
    pub valid: bool,
    /// How many events were checked and found whole.
    #[schema(minimum = 0)]
    pub events: i64,
    /// The first event of the chain that is not what it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub first_invalid: Option<i64>,
    /// Where to go on: one answer checks 10,000 events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub next_sequence: Option<i64>,
}
