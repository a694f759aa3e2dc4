use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::SupportCadence;
use crate::{
    entities::support_tie::{self, SupportTieKind},
    http::{
        body::{clearable, given},
        page::Page,
        text,
    },
    support_plan::rules,
    vocabularies::AvenueKey,
};

pub type SupportTiePage = Page<SupportTie>;

/// Somebody or something that holds me. Nobody but me reads it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000821", "label": "Ruth", "kind": "person", "avenue": "friendships", "cadence": {"every": 2, "unit": "weeks"}, "last_contact_on": "2026-11-18", "note": "Likes to walk.", "due_on": "2026-12-02", "overdue": false, "version": 2, "created_at": "2026-11-02T18:00:00Z", "updated_at": "2026-11-18T18:00:00Z"}))]
pub struct SupportTie {
    /// Its id.
    pub id: Uuid,
    /// What I call them.
    #[schema(max_length = 100)]
    pub label: String,
    /// What it is a tie to.
    pub kind: SupportTieKind,
    /// The avenue that it belongs to.
    pub avenue: AvenueKey,
    /// How often I mean to be in touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cadence: Option<SupportCadence>,
    /// When we were last in touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_contact_on: Option<NaiveDate>,
    /// What I wish to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// Of one with a cadence: one cadence after the last contact, or after I added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
    /// `due_on` is over, where I am.
    pub overdue: bool,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When I added it.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl SupportTie {
    /// The tie as it stands on `today`.
    pub fn on(today: NaiveDate, row: &support_tie::Model, content: support_tie::Content) -> Self {
        let progress = rules::tie_progress(&content, today);
        Self {
            id: row.id,
            label: content.label,
            kind: content.kind,
            avenue: AvenueKey(content.avenue),
            cadence: content.cadence.map(Into::into),
            last_contact_on: content.last_contact_on,
            note: content.note,
            due_on: progress.due_on,
            overdue: progress.overdue,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Somebody or something that holds me.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Ruth", "kind": "person", "avenue": "friendships", "cadence": {"every": 2, "unit": "weeks"}, "last_contact_on": "2026-11-18", "note": "Likes to walk."}))]
pub struct SupportTieCreate {
    /// What I call them.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 100)]
    pub label: String,
    /// What it is a tie to.
    pub kind: SupportTieKind,
    /// The avenue that it belongs to.
    #[validate(nested)]
    pub avenue: AvenueKey,
    /// How often I mean to be in touch.
    #[validate(nested)]
    #[schema(nullable = false)]
    pub cadence: Option<SupportCadence>,
    /// When we were last in touch; not in the future where I am.
    #[validate(custom(function = "text::near_day"))]
    #[schema(nullable = false)]
    pub last_contact_on: Option<NaiveDate>,
    /// What I wish to remember.
    #[validate(length(max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// A merge patch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"cadence": {"every": 1, "unit": "months"}, "note": null}))]
pub struct SupportTiePatch {
    /// What I call them.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub label: Option<String>,
    /// What it is a tie to.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub kind: Option<SupportTieKind>,
    /// The avenue that it belongs to.
    #[serde(default, deserialize_with = "given")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub avenue: Option<AvenueKey>,
    /// How often I mean to be in touch. It is replaced whole.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    #[schema(value_type = Option<SupportCadence>)]
    pub cadence: Option<Option<SupportCadence>>,
    /// When we were last in touch; not in the future where I am.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::near_day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub last_contact_on: Option<Option<NaiveDate>>,
    /// What I wish to remember.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 500), custom(function = "text::prose"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub note: Option<Option<String>>,
}

/// That we were in touch.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact_on": "2026-11-18"}))]
pub struct SupportContact {
    /// The day, which is not in the future where I am; today when absent.
    #[validate(custom(function = "text::near_day"))]
    #[schema(nullable = false)]
    pub contact_on: Option<NaiveDate>,
}

/// Which ties are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SupportTieFilter {
    /// Of this kind; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[param(required = false, max_items = 4)]
    pub kind: Vec<SupportTieKind>,
    /// On this avenue; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub avenue: Vec<AvenueKey>,
}

impl SupportTieFilter {
    /// Whether it lets a tie through.
    pub fn takes(&self, tie: &support_tie::Content) -> bool {
        let of_avenue = self.avenue.is_empty() || self.avenue.iter().any(|key| key.0 == tie.avenue);
        let of_kind = self.kind.is_empty() || self.kind.contains(&tie.kind);
        of_avenue && of_kind
    }
}
