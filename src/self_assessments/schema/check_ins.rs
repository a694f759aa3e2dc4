//! The schedule of check-ins on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{entities::check_in_schedule, http::text, self_assessments::rules::check_ins::Due};

/// How often I mean to take stock.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"instrument": "weekly-check-in", "cadence_days": 7, "starts_on": "2026-11-30"}))]
pub struct CheckInScheduleReplace {
    /// Key of the instrument.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub instrument: String,
    /// Days from one to the next.
    #[validate(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    pub cadence_days: i64,
    /// The first day on which one is due; today, where none is given.
    #[validate(custom(function = "text::near_day"))]
    #[schema(nullable = false)]
    pub starts_on: Option<NaiveDate>,
}

/// How often I mean to take stock, and when the next time is. Days are those of my time zone.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"instrument": "weekly-check-in", "cadence_days": 7, "starts_on": "2026-11-30", "last_completed_on": "2026-12-01", "due_on": "2026-12-08", "is_due": false, "version": 1}))]
pub struct CheckInSchedule {
    /// Key of the instrument.
    #[schema(max_length = 64)]
    pub instrument: String,
    /// Days from one to the next.
    #[schema(minimum = 1, maximum = 366)]
    pub cadence_days: i64,
    /// The first day on which one is due.
    pub starts_on: NaiveDate,
    /// When I last completed the instrument.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_completed_on: Option<NaiveDate>,
    /// When the next one is due.
    pub due_on: NaiveDate,
    /// Whether that day has come.
    pub is_due: bool,
    /// I am on leave from something until this day, and nothing is asked of me.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub quiet_until: Option<NaiveDate>,
    /// Rises with each change.
    pub version: i64,
}

impl CheckInSchedule {
    pub fn new(row: check_in_schedule::Model, last_completed_on: Option<NaiveDate>, due: Due) -> Self {
        Self {
            instrument: row.instrument,
            cadence_days: row.cadence_days,
            starts_on: row.starts_on,
            last_completed_on,
            due_on: due.on,
            is_due: due.is_due,
            quiet_until: due.quiet_until,
            version: row.version,
        }
    }
}
