//! Answers on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::meeting_answer::{self, Answer},
    http::{page::Page, text},
};

pub type MeetingAnswerPage = Page<MeetingAnswer>;

/// Whether I come.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": "yes", "note": "I have to leave ten minutes early."}))]
pub struct MyMeetingAnswerReplace {
    /// What I say.
    pub answer: Answer,
    /// For those who lead the meeting; nobody else sees it.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// What I said.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meeting_id": "00d7cd40-0000-8000-8000-000000000601", "answer": "yes", "note": "I have to leave ten minutes early.", "answered_at": "2026-10-30T09:00:00Z"}))]
pub struct MyMeetingAnswer {
    /// The meeting.
    pub meeting_id: Uuid,
    /// What I said.
    pub answer: Answer,
    /// For those who lead the meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// When I said it.
    pub answered_at: DateTime<Utc>,
}

impl From<meeting_answer::Model> for MyMeetingAnswer {
    fn from(row: meeting_answer::Model) -> Self {
        Self { meeting_id: row.meeting_id, answer: row.answer, note: row.note, answered_at: row.answered_at }
    }
}

/// What a member said.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000502", "display_name": "Ana", "answer": "yes", "answered_at": "2026-10-30T09:00:00Z"}))]
pub struct MeetingAnswer {
    /// The seat of the member.
    pub membership_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// What they said.
    pub answer: Answer,
    /// What they added. Shown to those who lead the meeting, and of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub note: Option<String>,
    /// When they said it.
    pub answered_at: DateTime<Utc>,
}

impl MeetingAnswer {
    /// As it is shown to the caller.
    pub fn shown((row, display_name): (meeting_answer::Model, String), caller: Uuid, leads: bool) -> Self {
        let note = row.note.filter(|_| leads || row.account_id == caller);
        Self { membership_id: row.membership_id, display_name, answer: row.answer, note, answered_at: row.answered_at }
    }
}
