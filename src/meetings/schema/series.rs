//! Series on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::{
        consultation_group,
        meeting_series::{self, StoredRule},
    },
    http::{
        body::{clearable, given},
        local_time::{LocalTime, local_time},
        page::Page,
        text,
    },
    meetings::rules::Change,
    recurrence::zone::{read_local, write_local, zone_of},
    schedule::rules::next_after,
};

pub type MeetingSeriesPage = Page<MeetingSeries>;

/// When a group meets, again and again. Its meetings are listed by `listGroupMeetings`.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "starts_local": "2026-10-20T12:00", "time_zone": "America/Los_Angeles", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "exdates": ["2026-12-29T12:00"], "duration_minutes": 90, "join_url": "https://video.example/harbor", "starts_at": "2026-10-20T19:00:00Z", "next_meeting": {"id": "00d7cd40-0000-8000-8000-000000000601", "starts_at": "2026-11-03T20:00:00Z"}, "version": 1, "created_at": "2026-10-01T09:00:00Z", "updated_at": "2026-10-01T09:00:00Z"}))]
pub struct MeetingSeries {
    /// Its id.
    pub id: Uuid,
    /// The group that meets.
    pub consultation_group_id: Uuid,
    /// What its meetings are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    pub title: Option<String>,
    /// The start that `rrule` counts from, by the wall clock of `time_zone`.
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// IANA time zone.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// When it repeats (RFC 5545, 3.3.10), as it holds for the meetings to come. `UNTIL` is by the wall clock too.
    #[schema(max_length = 200)]
    pub rrule: String,
    /// Starts that are left out.
    #[schema(max_items = 200)]
    pub exdates: Vec<LocalTime>,
    /// How long a meeting lasts, in minutes.
    #[schema(minimum = 15, maximum = 480)]
    pub duration_minutes: i64,
    /// Where its meetings are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub place: Option<String>,
    /// Where one joins them from afar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000, format = Uri)]
    pub join_url: Option<String>,
    /// When its first meeting starts.
    pub starts_at: DateTime<Utc>,
    /// When its last meeting ends; absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_at: Option<DateTime<Utc>>,
    /// The next that it gives. Whether that was moved or called off is shown by the meeting itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_meeting: Option<NextMeeting>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The next meeting of a series.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "00d7cd40-0000-8000-8000-000000000601", "starts_at": "2026-11-03T20:00:00Z"}))]
pub struct NextMeeting {
    /// Its id.
    pub id: Uuid,
    /// When the series has it start.
    pub starts_at: DateTime<Utc>,
}

impl MeetingSeries {
    /// The series as it stands at `now`.
    pub fn at(now: DateTime<Utc>, series: meeting_series::Model) -> Self {
        let next = next_after(&series, now).map(|one| NextMeeting { id: one.id, starts_at: one.starts_at });
        let rule = series.rules.0.into_iter().next_back();
        let (starts_local, time_zone, rrule, duration_minutes, place, join_url) = match rule {
            Some(rule) => (
                write_local(rule.starts),
                rule.time_zone,
                rule.rrule.unwrap_or_default(),
                rule.duration_minutes,
                rule.place,
                rule.join_url,
            ),
            None => Default::default(),
        };
        Self {
            id: series.id,
            consultation_group_id: series.consultation_group_id,
            title: series.title,
            starts_local,
            time_zone,
            rrule,
            exdates: series.exdates.0.into_iter().map(LocalTime::from).collect(),
            duration_minutes,
            place,
            join_url,
            starts_at: series.starts_at,
            ends_at: series.ends_at,
            next_meeting: next,
            version: series.version,
            created_at: series.created_at,
            updated_at: series.updated_at,
        }
    }
}

/// A series that is planned.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_local": "2026-10-20T12:00", "time_zone": "America/Los_Angeles", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "exdates": ["2026-12-29T12:00"], "duration_minutes": 90, "join_url": "https://video.example/harbor"}))]
pub struct MeetingSeriesCreate {
    /// What its meetings are called.
    #[validate(length(min = 1, max = 120), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 120)]
    pub title: Option<String>,
    /// When its first meeting starts by the wall clock of `time_zone`, `YYYY-MM-DDTHH:MM`; in the future, and one that
    /// `rrule` gives. A time that clocks skip is read as if they had not been changed yet; of one that they show twice,
    /// the first is meant.
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// IANA time zone; that of the group when absent.
    #[validate(length(max = 64), custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// When it repeats (RFC 5545, 3.3.10): `FREQ` of `WEEKLY` or `MONTHLY`, `INTERVAL`, `BYDAY`, `BYSETPOS`, and `COUNT`
    /// (at most 520) or `UNTIL` (by the wall clock, or with `Z` in UTC).
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 200)]
    pub rrule: String,
    /// Starts that are left out.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 200)]
    pub exdates: Vec<LocalTime>,
    /// How long a meeting lasts, in minutes; as long as meetings of the group do when absent.
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub duration_minutes: Option<i64>,
    /// Where its meetings are.
    #[validate(length(min = 1, max = 300), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    pub place: Option<String>,
    /// Where one joins them from afar.
    #[validate(length(max = 2000), custom(function = "text::web_address"))]
    #[schema(nullable = false, min_length = 1, max_length = 2000, format = Uri)]
    pub join_url: Option<String>,
}

impl MeetingSeriesCreate {
    /// Its first rule, with what it leaves to the group.
    pub fn rule(&self, group: &consultation_group::Model) -> StoredRule {
        let places = (self.place.clone(), self.join_url.clone());
        let rule = first_rule(&self.starts_local, self.time_zone.as_ref(), self.duration_minutes, places, group);
        StoredRule { rrule: Some(self.rrule.clone()), ..rule }
    }

    pub fn left_out(&self) -> Vec<chrono::NaiveDateTime> {
        self.exdates.iter().map(LocalTime::get).collect()
    }
}

impl super::MeetingCreate {
    /// Its only rule, with what it leaves to the group.
    pub fn rule(&self, group: &consultation_group::Model) -> StoredRule {
        let places = (self.place.clone(), self.join_url.clone());
        first_rule(&self.starts_local, self.time_zone.as_ref(), self.duration_minutes, places, group)
    }
}

fn first_rule(
    starts_local: &str,
    time_zone: Option<&String>,
    minutes: Option<i64>,
    (place, join_url): (Option<String>, Option<String>),
    group: &consultation_group::Model,
) -> StoredRule {
    let starts = read_local(starts_local).unwrap_or_default();
    StoredRule {
        from: starts,
        until: None,
        starts,
        time_zone: time_zone.unwrap_or(&group.time_zone).clone(),
        rrule: None,
        duration_minutes: minutes.unwrap_or(group.meeting_minutes),
        place,
        join_url,
    }
}

/// What of a series is to be otherwise, for all of its meetings to come.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_local": "2026-11-17T13:00", "duration_minutes": 60}))]
pub struct MeetingSeriesPatch {
    /// What its meetings are called; `null` for nothing.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 120), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 120)]
    pub title: Option<Option<String>>,
    /// When the next meeting starts, and those after it by the rule. Where `rrule` is absent and names one day, that
    /// moves along.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(nullable = false, max_length = 16)]
    pub starts_local: Option<String>,
    /// IANA time zone.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 64), custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// When it repeats. It counts from `starts_local`, or from the next meeting when that is absent.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub rrule: Option<String>,
    /// Starts that are left out. Those of the past stay as they are.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 200), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 200)]
    pub exdates: Option<Vec<LocalTime>>,
    /// How long a meeting lasts, in minutes.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub duration_minutes: Option<i64>,
    /// Where its meetings are; `null` for nowhere.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 300), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 300)]
    pub place: Option<Option<String>>,
    /// Where one joins them from afar; `null` for nowhere.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 2000), custom(function = "text::web_address"))]
    #[schema(min_length = 1, max_length = 2000, format = Uri)]
    pub join_url: Option<Option<String>>,
}

impl MeetingSeriesPatch {
    pub fn change(&self) -> Change {
        let body = self.clone();
        Change {
            title: body.title,
            starts: body.starts_local.as_deref().and_then(read_local),
            zone: body.time_zone.as_deref().map(zone_of),
            rrule: body.rrule,
            exdates: body.exdates.map(|all| all.iter().map(LocalTime::get).collect()),
            duration_minutes: body.duration_minutes,
            place: body.place,
            join_url: body.join_url,
        }
    }
}

/// Which series to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MeetingSeriesFilter {
    /// Whether its last meeting is over; either when absent.
    #[param(nullable = false)]
    pub ended: Option<bool>,
}
