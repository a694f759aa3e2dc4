use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::support_action_entry,
    http::{page::Page, text},
};

pub type SupportActionEntryPage = Page<SupportActionEntry>;

/// That I did it. Nobody but me reads it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000811", "action_id": "01936b2f-5f00-7000-8000-000000000801", "done_on": "2026-11-18", "note": "We laughed a lot.", "helpful": 4, "created_at": "2026-11-18T18:00:00Z"}))]
pub struct SupportActionEntry {
    /// Its id.
    pub id: Uuid,
    /// What I did.
    pub action_id: Uuid,
    /// The day on which I did it.
    pub done_on: NaiveDate,
    /// What I wish to remember of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// How much it helped, from 0, not at all, to 4, very much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 4)]
    pub helpful: Option<i64>,
    /// When I wrote it down.
    pub created_at: DateTime<Utc>,
}

impl From<(support_action_entry::Model, support_action_entry::Content)> for SupportActionEntry {
    fn from((row, content): (support_action_entry::Model, support_action_entry::Content)) -> Self {
        Self {
            id: row.id,
            action_id: row.action_id,
            done_on: content.done_on,
            note: content.note,
            helpful: content.helpful,
            created_at: row.created_at,
        }
    }
}

/// That it was done.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"done_on": "2026-11-18", "note": "We laughed a lot.", "helpful": 4}))]
pub struct SupportActionEntryCreate {
    /// The day, which is not in the future where I am; today when absent.
    #[validate(custom(function = "text::near_day"))]
    #[schema(nullable = false)]
    pub done_on: Option<NaiveDate>,
    /// What I wish to remember of it.
    #[validate(length(max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub note: Option<String>,
    /// How much it helped, from 0, not at all, to 4, very much.
    #[validate(range(min = 0, max = 4))]
    #[schema(nullable = false, minimum = 0, maximum = 4)]
    pub helpful: Option<i64>,
}
