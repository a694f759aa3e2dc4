use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RoleHolder;
use crate::{consultation_formats::rules::Speaks, rotation::rules::Step, vocabularies::ConsultationFormatKey};

/// How the time of a meeting is spent.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meeting_id": "001ad4f0-0000-8000-8000-000000000601", "starts_at": "2026-12-01T20:00:00Z", "ends_at": "2026-12-01T20:43:00Z", "consultation_format": "balint", "items": [{"key": "telling", "label": "Telling", "speaks": "presenter", "rule": "One tells of a client from memory.", "starts_minute": 0, "ends_minute": 20, "starts_at": "2026-12-01T20:00:00Z", "ends_at": "2026-12-01T20:20:00Z", "run": 1}, {"key": "imagining", "label": "Imagining", "speaks": "group", "rule": "The presenter sits back and listens.", "starts_minute": 20, "ends_minute": 35, "starts_at": "2026-12-01T20:20:00Z", "ends_at": "2026-12-01T20:35:00Z", "run": 1}, {"key": "coming_back", "label": "Coming back", "speaks": "presenter", "rule": "The presenter says what rang true.", "starts_minute": 35, "ends_minute": 40, "starts_at": "2026-12-01T20:35:00Z", "ends_at": "2026-12-01T20:40:00Z", "run": 1}, {"key": "closing", "label": "Closing", "speaks": "everyone", "rule": "Everybody says what they take along.", "starts_minute": 40, "ends_minute": 43, "starts_at": "2026-12-01T20:40:00Z", "ends_at": "2026-12-01T20:43:00Z"}]}))]
pub struct MeetingAgenda {
    /// The meeting.
    pub meeting_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// How the group works. Absent: it has not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_format: Option<ConsultationFormatKey>,
    /// Its parts, one after the other.
    #[schema(max_items = 1000)]
    pub items: Vec<AgendaItem>,
}

/// A part of a meeting.
#[derive(Serialize, ToSchema)]
pub struct AgendaItem {
    /// The phase of the format, or `check_in`, `consultation`, `closing`.
    #[schema(max_length = 64)]
    pub key: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// Who speaks.
    pub speaks: Speaks,
    /// What holds in it.
    #[schema(max_length = 300)]
    pub rule: &'static str,
    /// Minutes from the start of the meeting.
    #[schema(minimum = 0, maximum = 1440)]
    pub starts_minute: i64,
    /// The same for its end.
    #[schema(minimum = 0, maximum = 1440)]
    pub ends_minute: i64,
    /// When it begins, if the meeting begins on time.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Which run of the format it belongs to, or whose turn, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub run: Option<usize>,
    /// Who presents in this run, where somebody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub presenter: Option<RoleHolder>,
}

impl AgendaItem {
    /// A step of a meeting that starts then.
    pub fn at(starts_at: DateTime<Utc>, step: &Step, presenter: Option<RoleHolder>) -> Self {
        let until = step.from + step.minutes;
        Self {
            key: step.key,
            label: step.label,
            speaks: step.speaks,
            rule: step.rule,
            starts_minute: step.from,
            ends_minute: until,
            starts_at: starts_at + TimeDelta::minutes(step.from),
            ends_at: starts_at + TimeDelta::minutes(until),
            run: step.run,
            presenter,
        }
    }
}
