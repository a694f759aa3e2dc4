//! Polls on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::{
    rules::{self, PollStatus},
    store::Seen,
};
use crate::{
    entities::slot_poll_answer::{Fit, StoredFit},
    http::{page::Page, text},
    meetings::schema::local_time,
    problem::{Problem, ProblemCode},
    recurrence::zone::{read_local, write_local},
};

pub type SlotPollPage = Page<SlotPoll>;

fn local_times(texts: &[String]) -> Result<(), ValidationError> {
    texts.iter().try_for_each(|text| local_time(text))?;
    text::distinct(texts)
}

/// Which other time would suit the members of a group better.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000701", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "series_id": "01936b2f-5f00-7000-8000-000000000601", "time_zone": "America/Los_Angeles", "options": [{"starts_local": "2026-12-02T12:00", "starts_at": "2026-12-02T20:00:00Z", "yes": 2, "if_need_be": 1, "no": 0}, {"starts_local": "2026-12-03T18:00", "starts_at": "2026-12-04T02:00:00Z", "yes": 1, "if_need_be": 0, "no": 2}], "best": "2026-12-02T12:00", "answered_count": 3, "my_answer": [{"starts_local": "2026-12-02T12:00", "fit": "yes"}], "status": "open", "closes_at": "2026-11-28T20:00:00Z", "version": 1, "created_at": "2026-11-21T20:00:00Z", "updated_at": "2026-11-21T20:00:00Z"}))]
pub struct SlotPoll {
    /// Its id.
    pub id: Uuid,
    /// The group that is asked.
    pub consultation_group_id: Uuid,
    /// The series that would be moved.
    pub series_id: Uuid,
    /// IANA time zone of its times.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// The times, and how each suits those who are in the group now.
    #[schema(max_items = 10)]
    pub options: Vec<SlotOption>,
    /// The time that most can make, then most gladly, then the earliest; absent while nobody can make any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 16)]
    pub best: Option<String>,
    /// How many have answered.
    #[schema(minimum = 0, maximum = 30)]
    pub answered_count: i64,
    /// What I said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 10)]
    pub my_answer: Option<Vec<SlotFit>>,
    /// Where it stands now.
    pub status: PollStatus,
    /// Until when members answer.
    pub closes_at: DateTime<Utc>,
    /// The time that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 16)]
    pub chosen: Option<String>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A time, and how it suits.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"starts_local": "2026-12-02T12:00", "starts_at": "2026-12-02T20:00:00Z", "yes": 2, "if_need_be": 1, "no": 0}))]
pub struct SlotOption {
    /// The start of the next meeting by the wall clock; those after it follow the rule of the series.
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// The same as an instant.
    pub starts_at: DateTime<Utc>,
    /// How many it suits.
    #[schema(minimum = 0, maximum = 30)]
    pub yes: i64,
    /// How many could make it.
    #[schema(minimum = 0, maximum = 30)]
    pub if_need_be: i64,
    /// How many it does not suit.
    #[schema(minimum = 0, maximum = 30)]
    pub no: i64,
}

/// How a time suits me.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_local": "2026-12-02T12:00", "fit": "yes"}))]
pub struct SlotFit {
    /// One of the times of the poll.
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(max_length = 16)]
    pub starts_local: String,
    /// How it suits.
    pub fit: Fit,
}

impl From<StoredFit> for SlotFit {
    fn from(stored: StoredFit) -> Self {
        Self { starts_local: write_local(stored.starts), fit: stored.fit }
    }
}

impl SlotPoll {
    /// The poll as it stands at `now`.
    pub fn at(now: DateTime<Utc>, seen: Seen) -> Self {
        let Seen { poll, answers, mine } = seen;
        let tallies = rules::tally(&poll, &answers);
        let best = rules::best(&tallies).map(write_local);
        let option = |tally: rules::Tally| SlotOption {
            starts_local: write_local(tally.starts),
            starts_at: tally.starts_at,
            yes: tally.yes,
            if_need_be: tally.if_need_be,
            no: tally.no,
        };
        Self {
            id: poll.id,
            consultation_group_id: poll.consultation_group_id,
            series_id: poll.series_id,
            options: tallies.into_iter().map(option).collect(),
            best,
            answered_count: i64::try_from(answers.len()).unwrap_or(i64::MAX),
            my_answer: mine.map(|fits| fits.0.into_iter().map(SlotFit::from).collect()),
            status: rules::status_at(&poll, now),
            closes_at: poll.closes_at,
            version: poll.version,
            created_at: poll.created_at,
            updated_at: poll.updated_at,
            time_zone: poll.time_zone,
            chosen: poll.chosen,
        }
    }
}

/// A question which other time would suit better.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"series_id": "01936b2f-5f00-7000-8000-000000000601", "options": ["2026-12-02T12:00", "2026-12-03T18:00"], "days": 7}))]
pub struct SlotPollCreate {
    /// The series that would be moved, of this group and with meetings to come.
    pub series_id: Uuid,
    /// Times at which its next meeting could start by the wall clock of the series, in the future.
    #[validate(length(min = 2, max = 10), custom(function = "local_times"))]
    #[schema(min_items = 2, max_items = 10)]
    pub options: Vec<String>,
    /// For how many days members can answer; 7 when absent.
    #[validate(range(min = 1, max = 30))]
    #[schema(nullable = false, minimum = 1, maximum = 30)]
    pub days: Option<i64>,
}

/// How the times suit me. One that is left out does not.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fits": [{"starts_local": "2026-12-02T12:00", "fit": "yes"}, {"starts_local": "2026-12-03T18:00", "fit": "if_need_be"}]}))]
pub struct SlotPollAnswerReplace {
    /// Each time once.
    #[validate(length(max = 10), custom(function = "differ"), nested)]
    #[schema(max_items = 10)]
    pub fits: Vec<SlotFit>,
}

fn differ(fits: &[SlotFit]) -> Result<(), ValidationError> {
    text::distinct(&fits.iter().map(|fit| &fit.starts_local).collect::<Vec<_>>())
}

impl SlotPollAnswerReplace {
    pub fn stored(&self) -> Vec<StoredFit> {
        let fits =
            self.fits.iter().filter_map(|one| Some(StoredFit { starts: read_local(&one.starts_local)?, fit: one.fit }));
        fits.collect()
    }
}

/// Which time it is to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_local": "2026-12-02T12:00"}))]
pub struct SlotChoice {
    /// One of the times of the poll, still in the future.
    #[validate(length(max = 16), custom(function = "local_time"))]
    #[schema(max_length = 16)]
    pub starts_local: String,
}

/// Which polls to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlotPollFilter {
    /// On this series.
    #[param(nullable = false)]
    pub series_id: Option<Uuid>,
    /// Whether members can still answer, or one of its times be chosen; either when absent.
    #[param(nullable = false)]
    pub undecided: Option<bool>,
}

/// The refusal of what does not go together with the state of a poll.
pub fn not_in_this_state(status: PollStatus) -> Problem {
    Problem::new(ProblemCode::InvalidTransition, format!("the poll is {}", status.word()))
}
