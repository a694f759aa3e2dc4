use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::SupportCadence;
use crate::{
    entities::support_action::{self, SupportActionStatus},
    http::{
        body::{clearable, given},
        page::Page,
        text,
    },
    support_plan::rules,
    vocabularies::{AvenueKey, ChallengeKey},
};

pub type SupportActionPage = Page<SupportAction>;

/// Something that I mean to do for myself. Nobody but me reads it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000801", "avenue": "friendships", "what": "Call Ruth on the way home", "challenge": "personal_matters", "status": "active", "cadence": {"every": 1, "unit": "weeks"}, "active_since": "2026-11-02", "times_done": 3, "last_done_on": "2026-11-18", "streak": 3, "longest_streak": 3, "next_due_on": "2026-11-29", "overdue": false, "version": 4, "created_at": "2026-11-02T18:00:00Z", "updated_at": "2026-11-18T18:00:00Z"}))]
pub struct SupportAction {
    /// Its id.
    pub id: Uuid,
    /// The avenue that it follows.
    pub avenue: AvenueKey,
    /// What I mean to do.
    #[schema(max_length = 500)]
    pub what: String,
    /// The challenge that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub challenge: Option<ChallengeKey>,
    /// Where it stands.
    pub status: SupportActionStatus,
    /// How often I mean to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cadence: Option<SupportCadence>,
    /// Until when I mean to do it, where it is done once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
    /// The day on which it last became active. The periods of its cadence are counted from this day, forward and backward.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub active_since: Option<NaiveDate>,
    /// How many entries its log has.
    #[schema(minimum = 0, maximum = 1000)]
    pub times_done: usize,
    /// The last day on which I did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_done_on: Option<NaiveDate>,
    /// Of one with a cadence: in how many periods in a row, up to now, I did it. The period that is running does not break
    /// the streak; one that passed with nothing done does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub streak: Option<i64>,
    /// Of one with a cadence: the longest streak ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub longest_streak: Option<i64>,
    /// The last day on which it is in time: of an active one with a cadence the end of the first period after the last time,
    /// of an open one with a day that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_due_on: Option<NaiveDate>,
    /// `next_due_on` is over, where I am.
    pub overdue: bool,
    /// Rises with each change, also of its log; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When I planned it.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl SupportAction {
    /// The action as it stands on `today`.
    pub fn on(today: NaiveDate, row: &support_action::Model, content: support_action::Content) -> Self {
        let progress = rules::progress(&content, today);
        Self {
            id: row.id,
            avenue: AvenueKey(content.avenue),
            what: content.what,
            challenge: content.challenge.map(ChallengeKey),
            status: content.status,
            cadence: content.cadence.map(Into::into),
            due_on: content.due_on,
            active_since: content.active_since,
            times_done: progress.times_done,
            last_done_on: progress.last_done_on,
            streak: progress.streaks.map(|streaks| streaks.current),
            longest_streak: progress.streaks.map(|streaks| streaks.longest),
            next_due_on: progress.next_due_on,
            overdue: progress.overdue,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Where a new action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupportActionStart {
    /// It is meant to be done.
    Planned,
    /// It is being done.
    Active,
}

/// Something to do, once or again and again.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"avenue": "friendships", "what": "Call Ruth on the way home", "challenge": "personal_matters", "cadence": {"every": 1, "unit": "weeks"}, "status": "active"}))]
pub struct SupportActionCreate {
    /// The avenue that it follows.
    #[validate(nested)]
    pub avenue: AvenueKey,
    /// What to do.
    #[validate(length(min = 1, max = 500), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 500)]
    pub what: String,
    /// The challenge that it answers.
    #[validate(nested)]
    #[schema(nullable = false)]
    pub challenge: Option<ChallengeKey>,
    /// How often to do it. It has a cadence or a day, or neither.
    #[validate(nested)]
    #[schema(nullable = false)]
    pub cadence: Option<SupportCadence>,
    /// Until when to do it.
    #[validate(custom(function = "text::near_day"))]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
    /// `planned` when absent.
    #[schema(nullable = false)]
    pub status: Option<SupportActionStart>,
}

/// A merge patch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"status": "done"}))]
pub struct SupportActionPatch {
    /// The avenue that it follows.
    #[serde(default, deserialize_with = "given")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub avenue: Option<AvenueKey>,
    /// What to do.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 500), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub what: Option<String>,
    /// The challenge that it answers.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    #[schema(value_type = Option<ChallengeKey>)]
    pub challenge: Option<Option<ChallengeKey>>,
    /// How often to do it. It is replaced whole.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    #[schema(value_type = Option<SupportCadence>)]
    pub cadence: Option<Option<SupportCadence>>,
    /// Until when to do it.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::near_day"))]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: Option<Option<NaiveDate>>,
    /// Where it stands.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub status: Option<SupportActionStatus>,
}

impl SupportActionPatch {
    /// Whether it changes anything besides the status.
    pub fn changes_words(&self) -> bool {
        let Self { avenue, what, challenge, cadence, due_on, status: _ } = self;
        avenue.is_some() || what.is_some() || challenge.is_some() || cadence.is_some() || due_on.is_some()
    }
}

/// Which actions are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SupportActionFilter {
    /// Of this status; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[param(required = false, max_items = 4)]
    pub status: Vec<SupportActionStatus>,
    /// On this avenue; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub avenue: Vec<AvenueKey>,
}

impl SupportActionFilter {
    /// Whether it lets an action through.
    pub fn takes(&self, action: &support_action::Content) -> bool {
        let of_avenue = self.avenue.is_empty() || self.avenue.iter().any(|key| key.0 == action.avenue);
        let of_status = self.status.is_empty() || self.status.contains(&action.status);
        of_avenue && of_status
    }
}
