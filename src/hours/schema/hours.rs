use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::{
    entities::hour_entry::{self, HourEntryKind},
    hours::rules::Totals,
    http::{body::together, text},
    problem::Fault,
};

/// A line of my ledger of hours. It never changes: what was amended stands in a line of its own.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000701", "meeting_id": "01936b2f-5f00-8000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "consultation_group_name": "Harbor Circle", "occurred_on": "2026-12-01", "starts_at": "2026-12-01T20:00:00Z", "minutes": 70, "presenting_minutes": 30, "recused_minutes": 20, "kind": "recorded", "recorded_at": "2026-12-01T21:35:00Z"}))]
pub struct HourEntry {
    /// Its id.
    pub id: Uuid,
    /// The meeting.
    pub meeting_id: Uuid,
    /// Its group.
    pub consultation_group_id: Uuid,
    /// The name of the group.
    #[schema(max_length = 120)]
    pub consultation_group_name: String,
    /// The day of the meeting where it was held.
    pub occurred_on: NaiveDate,
    /// When it began.
    pub starts_at: DateTime<Utc>,
    /// Minutes present, less those that I stepped out for. An amendment may take some away.
    #[schema(minimum = -1440, maximum = 1440)]
    pub minutes: i64,
    /// Minutes of these that I presented.
    #[schema(minimum = -1440, maximum = 1440)]
    pub presenting_minutes: i64,
    /// Minutes that I stepped out for. They are not among `minutes`.
    #[schema(minimum = -1440, maximum = 1440)]
    pub recused_minutes: i64,
    /// Where the line comes from.
    pub kind: HourEntryKind,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
}

impl HourEntry {
    pub fn new(row: hour_entry::Model, group_name: String) -> Self {
        Self {
            id: row.id,
            meeting_id: row.meeting_id,
            consultation_group_id: row.consultation_group_id,
            consultation_group_name: group_name,
            occurred_on: row.occurred_on,
            starts_at: row.starts_at,
            minutes: row.minutes,
            presenting_minutes: row.presenting_minutes,
            recused_minutes: row.recused_minutes,
            kind: row.kind,
            recorded_at: row.recorded_at,
        }
    }
}

/// What all lines come to that the filters let through, amendments included.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meetings": 9, "minutes": 750, "presenting_minutes": 75, "recused_minutes": 20}))]
pub struct HourTotals {
    /// Meetings of which something counts.
    #[schema(minimum = 0)]
    pub meetings: i64,
    /// Minutes present, less those that I stepped out for.
    #[schema(minimum = 0)]
    pub minutes: i64,
    /// Minutes of these that I presented.
    #[schema(minimum = 0)]
    pub presenting_minutes: i64,
    /// Minutes that I stepped out for.
    #[schema(minimum = 0)]
    pub recused_minutes: i64,
}

impl From<Totals> for HourTotals {
    fn from(totals: Totals) -> Self {
        Self {
            meetings: totals.meetings,
            minutes: totals.minutes,
            presenting_minutes: totals.presenting_minutes,
            recused_minutes: totals.recused_minutes,
        }
    }
}

/// One page of lines of my ledger, and what all of them come to.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [], "totals": {"meetings": 0, "minutes": 0, "presenting_minutes": 0, "recused_minutes": 0}}))]
pub struct HourPage {
    /// The lines, those of the latest meetings first.
    #[schema(max_items = 100)]
    pub items: Vec<HourEntry>,
    /// Where the next page starts. The last page has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub next_cursor: Option<String>,
    /// All lines that the filters let through, where `include_total` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total: Option<u64>,
    /// What all lines come to that the filters let through, not only those of this page.
    pub totals: HourTotals,
}

/// Which hours.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[validate(schema(function = "is_a_span", skip_on_field_errors = false))]
pub struct HourFilter {
    /// Of meetings on this day or later; twelve months ago when absent.
    #[validate(custom(function = "text::near_day"))]
    #[param(nullable = false)]
    pub from: Option<NaiveDate>,
    /// Of meetings on this day or earlier; up to now when absent.
    #[validate(custom(function = "text::near_day"))]
    #[param(nullable = false)]
    pub to: Option<NaiveDate>,
    /// Of this group.
    #[param(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
}

fn is_a_span(filter: &HourFilter) -> Result<(), ValidationError> {
    let is_empty = filter.from.zip(filter.to).is_some_and(|(from, to)| to < from);
    together(is_empty.then(|| Fault::at("/to", "out_of_range", "must not be before from")))
}
