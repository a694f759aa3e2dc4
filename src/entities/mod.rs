//! The tables as SeaORM sees them, a file for each; no behaviour.
//!
//! An entity points to its parents only, so that no two files import each other. Enumerations stand beside the table
//! that stores them, and are the same words in the database and on the wire.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

pub mod account;
pub mod account_block;
pub mod agreement;
pub mod agreement_signature;
pub mod audit_event;
pub mod certificate;
pub mod calendar_feed;
pub mod check_in_schedule;
pub mod consultation_group;
pub mod consultation_group_facet;
pub mod contribution;
pub mod data_key;
pub mod hour_entry;
pub mod event;
pub mod event_registration;
pub mod idempotency_record;
pub mod insight;
pub mod instrument_pin;
pub mod instrument_wording;
pub mod invitation;
pub mod licence;
pub mod mail_outbox;
pub mod meeting;
pub mod meeting_answer;
pub mod meeting_role;
pub mod meeting_attendance;
pub mod meeting_attendance_change;
pub mod meeting_series;
pub mod membership;
pub mod membership_type;
pub mod one_time_token;
pub mod organization;
pub mod organization_facet;
pub mod presenter_request;
pub mod profile;
pub mod profile_facet;
pub mod refresh_token;
pub mod reminder_sent;
pub mod reminder_settings;
pub mod report;
pub mod report_decision;
pub mod role_freeze;
pub mod role_swap;
pub mod self_assessment;
pub mod self_assessment_share;
pub mod self_assessment_share_read;
pub mod session;
pub mod signing_key;
pub mod slot_poll;
pub mod slot_poll_answer;
pub mod support_action;
pub mod support_action_entry;
pub mod support_tie;

/// A list of words in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Strings(pub Vec<String>);

/// Facts in one JSON column. They are only passed on, and stay the text that they are.
#[derive(Clone, Debug, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredFacts(Box<RawValue>);

impl StoredFacts {
    /// With members in the order in which the database gives them back.
    pub fn of(facts: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(&serde_json::to_value(facts)?).map(Self)
    }
}

impl PartialEq for StoredFacts {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for StoredFacts {}

/// A day of the week (ISO 8601 order).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// What a cadence is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CadenceUnit {
    Days,
    Weeks,
    Months,
}

/// How often something is meant to be done: once in every so many days, weeks or months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    pub every: i64,
    pub unit: CadenceUnit,
}

/// Hours of one day of the week, in local wall-clock time, `HH:MM`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    pub weekday: Weekday,
    pub from: String,
    pub to: String,
}

/// Hours of a week in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct WeeklyHours(pub Vec<DayHours>);
