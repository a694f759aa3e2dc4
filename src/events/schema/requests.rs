use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::{
    entities::event::{EventFormat, EventKind, EventVisibility},
    events::rules::{self, TimeFault},
    http::{
        body::{clearable, given},
        text,
    },
};

/// An event that is drafted. Nobody sees it until it is published.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "workshop", "title": "Grief in the body", "description": "A Saturday of practice, in threes.", "starts_local": "2027-03-20T10:00", "ends_local": "2027-03-20T13:00", "time_zone": "America/Los_Angeles", "format": "hybrid", "place": "East Bay Commons, Oakland", "url": "https://trauma.example/grief", "capacity": 10, "waitlist": true, "ce_hours": 2.5, "registration_closes_at": "2027-03-18T00:00:00Z", "visibility": "public"}))]
pub struct EventCreate {
    /// What it is.
    pub kind: EventKind,
    /// Its title.
    #[validate(length(min = 2, max = 200), custom(function = "text::line"))]
    #[schema(min_length = 2, max_length = 200)]
    pub title: String,
    /// What happens there and whom it is for.
    #[validate(length(min = 1, max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// When it starts by the clocks of `time_zone`, `YYYY-MM-DDTHH:MM`, in the years 2000 to 2100.
    #[validate(custom(function = "wall_clock"))]
    #[schema(min_length = 16, max_length = 16, pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
    pub starts_local: String,
    /// When it ends by the clocks of `time_zone`: later than it starts, at most 92 days.
    #[validate(custom(function = "wall_clock"))]
    #[schema(min_length = 16, max_length = 16, pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
    pub ends_local: String,
    /// IANA time zone.
    #[validate(custom(function = "text::time_zone"))]
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
    /// Where it is attended.
    pub format: EventFormat,
    /// Where it takes place. It must be given unless the event is online.
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub place: Option<String>,
    /// Where there is more about it, http or https.
    #[validate(length(max = 500), custom(function = "text::web_address"))]
    #[schema(nullable = false, min_length = 1, max_length = 500, format = Uri)]
    pub url: Option<String>,
    /// How many can take part; as many as come, when absent.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(nullable = false, minimum = 1, maximum = 100_000)]
    pub capacity: Option<i64>,
    /// Whether one can wait for a place when none is free; true when absent.
    #[schema(nullable = false)]
    pub waitlist: Option<bool>,
    /// Hours of continuing education, in quarters of an hour.
    #[validate(range(min = 0.0, max = 100.0), custom(function = "quarters_of_an_hour"))]
    #[schema(nullable = false, minimum = 0, maximum = 100, multiple_of = 0.25)]
    pub ce_hours: Option<f64>,
    /// Until when one can register, not later than the start; the start, when absent.
    #[validate(custom(function = "text::near_instant"))]
    #[schema(nullable = false)]
    pub registration_closes_at: Option<DateTime<Utc>>,
    /// Who may see it once it is published; `public` when absent.
    #[schema(nullable = false)]
    pub visibility: Option<EventVisibility>,
}

/// A merge patch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"starts_local": "2027-03-20T09:30", "capacity": 12, "url": null}))]
pub struct EventPatch {
    /// What it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub kind: Option<EventKind>,
    /// Its title.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 2, max = 200), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 2, max_length = 200)]
    pub title: Option<String>,
    /// What happens there and whom it is for.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 4000), custom(function = "text::prose"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub description: Option<Option<String>>,
    /// When it starts by the clocks of `time_zone`, `YYYY-MM-DDTHH:MM`, in the years 2000 to 2100.
    #[serde(default, deserialize_with = "given")]
    #[validate(custom(function = "wall_clock"))]
    #[schema(nullable = false, min_length = 16, max_length = 16, pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
    pub starts_local: Option<String>,
    /// When it ends by the clocks of `time_zone`: later than it starts, at most 92 days; in the future, once the event is
    /// published.
    #[serde(default, deserialize_with = "given")]
    #[validate(custom(function = "wall_clock"))]
    #[schema(nullable = false, min_length = 16, max_length = 16, pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
    pub ends_local: Option<String>,
    /// IANA time zone.
    #[serde(default, deserialize_with = "given")]
    #[validate(custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// Where it is attended.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub format: Option<EventFormat>,
    /// Where it takes place.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub place: Option<Option<String>>,
    /// Where there is more about it, http or https.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 500), custom(function = "text::web_address"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, format = Uri)]
    pub url: Option<Option<String>>,
    /// How many can take part, not fewer than are registered. Whoever waits gets the places that this adds, at once.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(range(min = 1, max = 100_000))]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000)]
    pub capacity: Option<Option<i64>>,
    /// Whether one can wait for a place when none is free. It stays true while somebody waits.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub waitlist: Option<bool>,
    /// Hours of continuing education, in quarters of an hour.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(range(min = 0.0, max = 100.0), custom(function = "quarters_of_an_hour"))]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100, multiple_of = 0.25)]
    pub ce_hours: Option<Option<f64>>,
    /// Until when one can register, not later than the start.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::near_instant"))]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub registration_closes_at: Option<Option<DateTime<Utc>>>,
    /// Who may see it. Those who registered go on seeing it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<EventVisibility>,
}

/// Why an event does not take place.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The building is closed by the storm."}))]
pub struct EventCancellation {
    /// It is told to everybody who registered, and shown with the event.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

fn wall_clock(time: &str) -> Result<(), ValidationError> {
    match rules::local_time(time) {
        Ok(_) => Ok(()),
        Err(TimeFault::NoTime) => {
            Err(text::fault("invalid_local_time", "must be a date and a time without zone, YYYY-MM-DDTHH:MM"))
        }
        Err(TimeFault::TooFar) => Err(text::fault("out_of_range", "must be in the years 2000 to 2100")),
    }
}

fn quarters_of_an_hour(hours: f64) -> Result<(), ValidationError> {
    match (hours * 4.0).fract() == 0.0 {
        true => Ok(()),
        false => Err(text::fault("not_a_multiple", "must be a multiple of 0.25")),
    }
}

/// Hours as they are stored: in quarters.
pub fn quarters(hours: f64) -> i64 {
    (hours * 4.0).round() as i64
}
