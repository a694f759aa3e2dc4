//! Reminders on the wire.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, ReminderStep, Wishes};
use crate::{
    entities::{meeting_answer::Answer, reminder_settings},
    http::page::Page,
    recurrence::zone::{local_of, write_local},
    schedule::rules::Occurrence,
};

pub type ReminderPage = Page<Reminder>;

/// What a reminder is of. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// A meeting of a consultation group.
    Meeting,
}

/// Something that is about to happen.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"kind": "meeting", "subject_id": "00d6f1c0-9700-8000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000040", "consultation_group_name": "Harbor Circle", "starts_at": "2026-11-03T20:00:00Z", "starts_local": "2026-11-03T13:00", "time_zone": "America/Phoenix", "answer": "yes", "step": "attend"}))]
pub struct Reminder {
    /// What it is of.
    pub kind: ReminderKind,
    /// The id of that: of a meeting, for `getMeeting`.
    pub subject_id: Uuid,
    /// The group that it belongs to.
    pub consultation_group_id: Uuid,
    /// That group's name.
    #[schema(max_length = 120)]
    pub consultation_group_name: String,
    /// What it is called, where it has a title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    pub title: Option<String>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it begins by the clocks where I am, `YYYY-MM-DDTHH:MM`.
    #[schema(min_length = 16, max_length = 16)]
    pub starts_local: String,
    /// Where I am (IANA).
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// What I said, for the time at which it begins now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<Answer>,
    /// What to do about it.
    pub step: ReminderStep,
}

/// What there is to know for a reminder.
pub struct Near {
    pub meeting: Occurrence,
    pub group_name: String,
    pub answer: Option<Answer>,
    pub zone: Tz,
}

impl From<Near> for Reminder {
    fn from(Near { meeting, group_name, answer, zone }: Near) -> Self {
        Self {
            kind: ReminderKind::Meeting,
            subject_id: meeting.id,
            consultation_group_id: meeting.group_id,
            consultation_group_name: group_name,
            title: meeting.title,
            starts_at: meeting.starts_at,
            starts_local: write_local(local_of(meeting.starts_at, zone)),
            time_zone: zone.name().to_owned(),
            answer,
            step: rules::step(answer),
        }
    }
}

/// Which reminders are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReminderFilter {
    /// What begins within so many minutes; within `lead_minutes` of my settings when absent.
    #[validate(range(min = 15, max = 10080))]
    #[param(nullable = false, minimum = 15, maximum = 10080)]
    pub within: Option<i64>,
}

/// How I am reminded.
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({"mail": true, "lead_minutes": 1440, "version": 1}))]
pub struct ReminderSettings {
    /// Whether a mail comes before each meeting of mine. It names no group.
    pub mail: bool,
    /// So many minutes before.
    #[schema(minimum = 15, maximum = 10080)]
    pub lead_minutes: i64,
    /// Counts their changes: 0 while they are as everybody's are who never changed them.
    #[schema(minimum = 0)]
    pub version: i64,
}

impl From<Option<reminder_settings::Model>> for ReminderSettings {
    fn from(row: Option<reminder_settings::Model>) -> Self {
        let usual = Wishes::default();
        match row {
            Some(row) => Self { mail: row.mail, lead_minutes: row.lead_minutes, version: row.version },
            None => Self { mail: usual.mail, lead_minutes: usual.lead_minutes, version: 0 },
        }
    }
}

/// How I am to be reminded, whole.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mail": true, "lead_minutes": 120}))]
pub struct ReminderSettingsReplace {
    /// Whether a mail comes before each meeting of mine.
    pub mail: bool,
    /// So many minutes before.
    #[validate(range(min = 15, max = 10080))]
    #[schema(minimum = 15, maximum = 10080)]
    pub lead_minutes: i64,
}
