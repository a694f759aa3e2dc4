//! My support plan, in the export.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entities::{
    Cadence, CadenceUnit,
    support_action::{self, SupportActionStatus},
    support_action_entry,
    support_tie::{self, SupportTieKind},
};

/// A plan, opened.
#[derive(Default)]
pub struct HeldPlan {
    pub actions: Vec<HeldAction>,
    pub ties: Vec<(support_tie::Model, support_tie::Content)>,
}

/// An action and its log, opened.
pub struct HeldAction {
    pub row: support_action::Model,
    pub content: support_action::Content,
    pub log: Vec<(support_action_entry::Model, support_action_entry::Content)>,
}

/// How often something is meant to be done.
#[derive(Serialize, ToSchema)]
pub struct ExportedCadence {
    /// How many of them.
    #[schema(minimum = 1)]
    pub every: i64,
    /// Of what.
    pub unit: CadenceUnit,
}

impl From<Cadence> for ExportedCadence {
    fn from(stored: Cadence) -> Self {
        Self { every: stored.every, unit: stored.unit }
    }
}

/// Something that I mean to do for myself.
#[derive(Serialize, ToSchema)]
pub struct ExportedAction {
    /// The action.
    pub id: Uuid,
    /// Key of the avenue that it follows.
    #[schema(max_length = 64)]
    pub avenue: String,
    /// What I mean to do.
    #[schema(max_length = 500)]
    pub what: String,
    /// Key of the challenge that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub challenge: Option<String>,
    /// Where it stands.
    pub status: SupportActionStatus,
    /// How often I mean to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cadence: Option<ExportedCadence>,
    /// Until when I mean to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
    /// The day on which it last became active.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub active_since: Option<NaiveDate>,
    /// Each time that I did it.
    #[schema(max_items = 1000)]
    pub log: Vec<ExportedActionEntry>,
    /// When I planned it.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<HeldAction> for ExportedAction {
    fn from(held: HeldAction) -> Self {
        let HeldAction { row, content, log } = held;
        Self {
            id: row.id,
            avenue: content.avenue,
            what: content.what,
            challenge: content.challenge,
            status: content.status,
            cadence: content.cadence.map(Into::into),
            due_on: content.due_on,
            active_since: content.active_since,
            log: log.into_iter().map(Into::into).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// That I did it once.
#[derive(Serialize, ToSchema)]
pub struct ExportedActionEntry {
    /// The entry.
    pub id: Uuid,
    /// The day on which I did it.
    pub done_on: NaiveDate,
    /// What I wrote of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// How much it helped, 0 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 4)]
    pub helpful: Option<i64>,
    /// When I wrote it down.
    pub created_at: DateTime<Utc>,
}

impl From<(support_action_entry::Model, support_action_entry::Content)> for ExportedActionEntry {
    fn from((row, content): (support_action_entry::Model, support_action_entry::Content)) -> Self {
        Self {
            id: row.id,
            done_on: content.done_on,
            note: content.note,
            helpful: content.helpful,
            created_at: row.created_at,
        }
    }
}

/// Somebody or something that holds me.
#[derive(Serialize, ToSchema)]
pub struct ExportedTie {
    /// The tie.
    pub id: Uuid,
    /// What I call them.
    #[schema(max_length = 100)]
    pub label: String,
    /// What it is a tie to.
    pub kind: SupportTieKind,
    /// Key of the avenue that it belongs to.
    #[schema(max_length = 64)]
    pub avenue: String,
    /// How often I mean to be in touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cadence: Option<ExportedCadence>,
    /// When we were last in touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_contact_on: Option<NaiveDate>,
    /// What I wish to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// When I added it.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<(support_tie::Model, support_tie::Content)> for ExportedTie {
    fn from((row, content): (support_tie::Model, support_tie::Content)) -> Self {
        Self {
            id: row.id,
            label: content.label,
            kind: content.kind,
            avenue: content.avenue,
            cadence: content.cadence.map(Into::into),
            last_contact_on: content.last_contact_on,
            note: content.note,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
