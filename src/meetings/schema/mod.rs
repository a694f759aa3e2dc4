//! Meetings on the wire.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::rules::{Alteration, Change, Refusal};
use crate::{
    consultation_groups::schema::not_in_this_state,
    entities::{
        meeting::StoredMeetingStatus,
        meeting_answer::{self, Answer},
    },
    http::{
        body::{clearable, given, together},
        local_time::local_time,
        page::Page,
        text,
    },
    problem::{Fault, Problem, ProblemCode, Result},
    recurrence::zone::{local_of, read_local, write_local},
    schedule::rules::{Answers, MeetingStatus, Occurrence},
};

mod answers;
mod series;

pub use answers::{MeetingAnswer, MeetingAnswerPage, MyMeetingAnswer, MyMeetingAnswerReplace};
pub use series::{MeetingSeries, MeetingSeriesCreate, MeetingSeriesFilter, MeetingSeriesPage, MeetingSeriesPatch};

pub type MeetingPage = Page<Meeting>;

/// How far a list of meetings reaches when it does not say, and at most, in days.
const WINDOW: i64 = 92;
const LONGEST_WINDOW: i64 = 366;

/// A meeting with what its members see of it.
pub struct Seen {
    pub meeting: Occurrence,
    pub status: MeetingStatus,
    pub quorum: i64,
    pub answers: Answers,
    pub my_answer: Option<meeting_answer::Model>,
    /// Where the caller is.
    pub my_zone: Tz,
    /// Other meetings of the caller at the same time.
    pub conflicts: Vec<Uuid>,
}

/// One meeting of a group.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "00d7cd40-0000-8000-8000-000000000601", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "series_id": "01936b2f-5f00-7000-8000-000000000601", "recurring": true, "starts_at": "2026-11-03T20:00:00Z", "ends_at": "2026-11-03T21:30:00Z", "starts_local": "2026-11-03T12:00", "time_zone": "America/Los_Angeles", "original_starts_local": "2026-11-03T12:00", "duration_minutes": 90, "join_url": "https://video.example/harbor", "status": "scheduled", "quorum": 3, "answers": {"yes": 2, "no": 0, "tentative": 1}, "my_answer": "yes", "my_time": {"time_zone": "America/Phoenix", "starts_local": "2026-11-03T13:00", "shifted_minutes": 60}, "conflicts": [], "version": 1}))]
pub struct Meeting {
    /// Its id. It stays when the meeting is moved.
    pub id: Uuid,
    /// The group that meets.
    pub consultation_group_id: Uuid,
    /// The series that it is of, where it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub series_id: Option<Uuid>,
    /// Whether it is one of a series.
    pub recurring: bool,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    pub title: Option<String>,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// When it starts by the wall clock of `time_zone`, `YYYY-MM-DDTHH:MM`.
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// IANA time zone of the meeting.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// When its series has it start. It differs from `starts_local` when the meeting was moved.
    #[schema(max_length = 16)]
    pub original_starts_local: String,
    /// How long it lasts, in minutes.
    #[schema(minimum = 15, maximum = 480)]
    pub duration_minutes: i64,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub place: Option<String>,
    /// Where one joins it from afar.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000, format = Uri)]
    pub join_url: Option<String>,
    /// Where it stands now.
    pub status: MeetingStatus,
    /// Why it was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub cancel_reason: Option<String>,
    /// So many have to say yes.
    #[schema(minimum = 2, maximum = 30)]
    pub quorum: i64,
    /// What members said, for the time at which it is now.
    pub answers: AnswerCounts,
    /// What I said, for the time at which it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub my_answer: Option<Answer>,
    /// When it is where I am.
    pub my_time: MyTime,
    /// My other meetings at the same time.
    #[schema(max_items = 20)]
    pub conflicts: Vec<Uuid>,
    /// When it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was closed, with its attendance recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// How many members gave which answer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"yes": 2, "no": 0, "tentative": 1}))]
pub struct AnswerCounts {
    /// They come.
    #[schema(minimum = 0, maximum = 30)]
    pub yes: i64,
    /// They do not.
    #[schema(minimum = 0, maximum = 30)]
    pub no: i64,
    /// Perhaps.
    #[schema(minimum = 0, maximum = 30)]
    pub tentative: i64,
}

/// When a meeting is where I am.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"time_zone": "America/Phoenix", "starts_local": "2026-11-03T13:00", "shifted_minutes": 60}))]
pub struct MyTime {
    /// The time zone of my account.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// What my clock shows when it starts.
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// How many minutes later than the meeting before it starts by my clock, because the clocks here and there did not
    /// change alike; below zero when it is earlier. A reason to warn me.
    #[schema(minimum = -1440, maximum = 1440)]
    pub shifted_minutes: i64,
}

impl From<Seen> for Meeting {
    fn from(seen: Seen) -> Self {
        let one = seen.meeting;
        let my_time = MyTime {
            time_zone: seen.my_zone.name().to_owned(),
            starts_local: write_local(local_of(one.starts_at, seen.my_zone)),
            shifted_minutes: one.shifted_minutes(seen.my_zone),
        };
        let row = one.row.as_ref();
        Self {
            id: one.id,
            consultation_group_id: one.group_id,
            series_id: one.recurring.then_some(one.series_id),
            recurring: one.recurring,
            starts_at: one.starts_at,
            ends_at: one.ends_at,
            starts_local: write_local(one.starts),
            time_zone: one.zone.name().to_owned(),
            original_starts_local: write_local(one.original),
            duration_minutes: one.duration_minutes,
            status: seen.status,
            cancel_reason: row.and_then(|row| row.cancel_reason.clone()),
            quorum: seen.quorum,
            answers: AnswerCounts { yes: seen.answers.yes, no: seen.answers.no, tentative: seen.answers.tentative },
            my_answer: seen.my_answer.map(|answer| answer.answer),
            my_time,
            conflicts: seen.conflicts,
            started_at: row.and_then(|row| row.started_at),
            closed_at: row.filter(|row| row.status == StoredMeetingStatus::Held).and_then(|row| row.closed_at),
            version: one.version(),
            title: one.title,
            place: one.place,
            join_url: one.join_url,
        }
    }
}

/// Which meetings to list: those that lie in part between `from` and `to`.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[validate(schema(function = "is_a_window", skip_on_field_errors = false))]
pub struct MeetingWindow {
    /// From when on; now when absent.
    #[param(nullable = false)]
    pub from: Option<DateTime<Utc>>,
    /// Until when, at most 366 days after `from`; 92 days after it when absent.
    #[param(nullable = false)]
    pub to: Option<DateTime<Utc>>,
    /// That stand like this now; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<MeetingStatus>,
}

impl MeetingWindow {
    /// Its two ends.
    ///
    /// # Errors
    /// 422 when they lie the wrong way round, too far apart, or outside the years 2000 to 2100.
    pub fn bounds(&self, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
        let from = self.from.unwrap_or(now);
        let to = self.to.unwrap_or_else(|| {
            TimeDelta::try_days(WINDOW).and_then(|days| from.checked_add_signed(days)).unwrap_or(from)
        });
        match window_fault(Some(from), Some(to)) {
            Some((end, detail)) => Err(Problem::invalid_parameter(end, "out_of_range", detail)),
            None => Ok((from, to)),
        }
    }
}

fn is_a_window(window: &MeetingWindow) -> std::result::Result<(), ValidationError> {
    let fault = window_fault(window.from, window.to);
    together(fault.map(|(end, detail)| Fault::at(format!("/{end}"), "out_of_range", detail)))
}

/// Which end of a window is out of bounds, as far as its ends are known.
fn window_fault(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<(&'static str, &'static str)> {
    let is_far = |end: Option<DateTime<Utc>>| end.is_some_and(|end| text::near_instant(&end).is_err());
    match (from, to) {
        _ if is_far(from) => Some(("from", "must lie in the years 2000 to 2100")),
        _ if is_far(to) => Some(("to", "must lie in the years 2000 to 2100")),
        (Some(from), Some(to)) if to <= from => Some(("to", "must be after from")),
        (Some(from), Some(to)) if (to - from).num_days() > LONGEST_WINDOW => {
            Some(("to", "must be at most 366 days after from"))
        }
        _ => None,
    }
}

/// A single meeting.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Extra session", "starts_local": "2027-01-12T12:00", "duration_minutes": 60, "join_url": "https://video.example/harbor"}))]
pub struct MeetingCreate {
    /// What it is called.
    #[validate(length(min = 1, max = 120), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 120)]
    pub title: Option<String>,
    /// When it starts by the wall clock of `time_zone`, `YYYY-MM-DDTHH:MM`. A time that clocks skip is read as if they
    /// had not been changed yet; of one that they show twice, the first is meant.
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// IANA time zone; that of the group when absent.
    #[validate(length(max = 64), custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// How long it lasts, in minutes; as long as meetings of the group do when absent.
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub duration_minutes: Option<i64>,
    /// Where it is.
    #[validate(length(min = 1, max = 300), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 300)]
    pub place: Option<String>,
    /// Where one joins it from afar.
    #[validate(length(max = 2000), custom(function = "text::web_address"))]
    #[schema(nullable = false, min_length = 1, max_length = 2000, format = Uri)]
    pub join_url: Option<String>,
}

/// What of a meeting is to be otherwise.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_local": "2026-11-05T17:00"}))]
pub struct MeetingPatch {
    /// When it starts by the wall clock of its time zone. With `scope=this` it lies within 92 days of the original start.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(nullable = false, max_length = 16)]
    pub starts_local: Option<String>,
    /// How long it lasts, in minutes.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub duration_minutes: Option<i64>,
    /// Where it is; `null` for what the series says, or for none where the scope is wider.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 300), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 300)]
    pub place: Option<Option<String>>,
    /// Where one joins it from afar; `null` like that of `place`.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 2000), custom(function = "text::web_address"))]
    #[schema(min_length = 1, max_length = 2000, format = Uri)]
    pub join_url: Option<Option<String>>,
}

impl MeetingPatch {
    pub fn alteration(&self) -> Alteration {
        let body = self.clone();
        Alteration {
            starts: body.starts_local.as_deref().and_then(read_local),
            duration_minutes: body.duration_minutes,
            place: body.place,
            join_url: body.join_url,
        }
    }

    pub fn change(&self) -> Change {
        let Alteration { starts, duration_minutes, place, join_url } = self.alteration();
        Change { starts, duration_minutes, place, join_url, ..Default::default() }
    }
}

/// Which meetings of its series a change of a meeting reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditScope {
    /// It alone.
    #[default]
    This,
    /// It and those after it.
    Following,
    /// All that are to come; those of the past never change.
    All,
}

/// How far a change reaches.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MeetingEdit {
    /// `this` when absent.
    #[param(inline, nullable = false)]
    pub scope: Option<EditScope>,
}

/// How a meeting is called off.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Two of us are at the conference."}))]
pub struct MeetingCancellation {
    /// Why, for the members.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let impossible = |detail: String| Self::new(ProblemCode::InvalidTransition, detail);
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::GroupIs(status) => not_in_this_state(status),
            Refusal::MeetingIs(status) => impossible(format!("the meeting is {}", status.word())),
            Refusal::NotBefore(at) => impossible(format!("the meeting is scheduled, and can be started from {at} on")),
            Refusal::HasBegun => impossible("the time of the meeting has come".into()),
            Refusal::Invalid { pointer, code, detail } => Self::invalid_at(pointer, code, detail),
        }
    }
}
