use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::rotation::rules::RequestStatus;

/// That a member wishes to present. What they bring is told at the meeting.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000701", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "membership_id": "01936b2f-5f00-7000-8000-000000000102", "account_id": "01936b2f-5f00-7000-8000-000000000202", "display_name": "Ben Okafor", "urgent": false, "status": "scheduled", "meeting_id": "001ad4f0-0000-8000-8000-000000000601", "meeting_starts_at": "2026-12-01T20:00:00Z", "asked_at": "2026-11-23T18:00:00Z", "version": 1}))]
pub struct PresenterRequest {
    /// Its id.
    pub id: Uuid,
    /// The group.
    pub consultation_group_id: Uuid,
    /// The membership of whoever asks.
    pub membership_id: Uuid,
    /// Their account.
    pub account_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// It cannot wait.
    pub urgent: bool,
    /// Where it stands.
    pub status: RequestStatus,
    /// The meeting at which it has or had its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub meeting_id: Option<Uuid>,
    /// When that begins or began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub meeting_starts_at: Option<DateTime<Utc>>,
    /// When they asked.
    pub asked_at: DateTime<Utc>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Who wishes to present in a group.
#[derive(Serialize, ToSchema)]
pub struct PresenterQueue {
    /// Those whose turn is foreseen, by their meetings, then those who wait, in the order of their turns. A member asks
    /// for one turn at a time.
    #[schema(max_items = 100)]
    pub items: Vec<PresenterRequest>,
}

/// The wish to present. It says nothing of what: that is told at the meeting, where nobody else reads along.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"urgent": true}))]
pub struct PresenterRequestCreate {
    /// It cannot wait. Good once in 90 days.
    #[serde(default)]
    pub urgent: bool,
}
