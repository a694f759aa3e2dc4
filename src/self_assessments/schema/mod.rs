//! Self-assessments on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, WrongState};
use crate::{
    entities::self_assessment::{self, SelfAssessmentStatus},
    http::{page::Page, text},
    problem::{Fault, Problem, ProblemCode},
    psychometrics::{AnswerFault, AnswerFaultKind, Flag, Instrument, NotEnough, Outcome, Ranked, Response, ScaleScore},
    support_lines::SupportLine,
};

pub mod chart;
pub mod check_ins;
pub mod fhir;
pub mod shares;
pub mod trends;

pub type SelfAssessmentPage = Page<SelfAssessment>;

/// The most answers that one request gives.
pub const MOST_ANSWERS: u64 = 500;

/// An answer to one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item": "7", "value": 3}))]
pub struct AnswerGiven {
    /// The item's name: its number in a published instrument.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub item: String,
    /// The value of one of its options. Null takes an answer back.
    #[serde(deserialize_with = "Option::deserialize")]
    #[validate(range(min = -1000, max = 1000))]
    #[schema(required = true, minimum = -1000, maximum = 1000)]
    pub value: Option<i64>,
}

/// What was answered to one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"item": "7", "value": 3}))]
pub struct Answered {
    /// The item's name.
    #[schema(max_length = 100)]
    pub item: String,
    /// The value of the option.
    #[schema(minimum = -1000, maximum = 1000)]
    pub value: i64,
}

/// A self-assessment to take: to start it, or to take it whole in one call.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"instrument": "challenge-check", "language": "en", "answers": [{"item": "professional_isolation.applies", "value": 1}, {"item": "professional_isolation.frequency", "value": 3}, {"item": "professional_isolation.impact", "value": 3}], "submit": true}))]
pub struct SelfAssessmentCreate {
    /// Key of the instrument.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub instrument: String,
    /// Its version; the newest, where none is given.
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, min_length = 1, max_length = 20, example = "1.0.0")]
    pub version: Option<String>,
    /// The language of the wording that is answered (BCP 47); that of the instrument, where none is given.
    #[validate(length(max = 35), custom(function = "text::language"))]
    #[schema(nullable = false, min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// I have the form in hand. An instrument whose wording is not here cannot be taken without it.
    #[serde(default)]
    pub own_form: bool,
    /// Answers so far.
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    #[schema(max_items = 500)]
    pub answers: Vec<AnswerGiven>,
    /// Submit it at once.
    #[serde(default)]
    pub submit: bool,
}

/// Answers to add, to change or, with null, to take back. Those that are not named stay.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": [{"item": "professional_isolation.impact", "value": 2}]}))]
pub struct SelfAssessmentPatch {
    /// The answers.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub answers: Vec<AnswerGiven>,
}

/// Why a completed self-assessment is taken out of trends.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "I answered for a colleague."}))]
pub struct SelfAssessmentVoid {
    /// The reason, for myself.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Which of my self-assessments.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SelfAssessmentFilter {
    /// Of these instruments.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::keywords"))]
    #[param(max_items = 20, value_type = Vec<crate::http::text::Keyword>)]
    pub instrument: Vec<String>,
    /// In these statuses.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[param(max_items = 4)]
    pub status: Vec<SelfAssessmentStatus>,
    /// Started on this day or later (UTC).
    #[validate(custom(function = "text::near_day"))]
    pub from: Option<NaiveDate>,
    /// Started on this day or earlier (UTC).
    #[validate(custom(function = "text::near_day"))]
    pub to: Option<NaiveDate>,
}

/// The days that answers tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-10-25", "to": "2026-11-24"}))]
pub struct RecallWindow {
    /// The first day.
    pub from: NaiveDate,
    /// The last day: that of answering.
    pub to: NaiveDate,
}

/// What the answers come to. It is no diagnosis.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"scales": [{"scale": "professional_isolation", "score": 9.0, "band": "high"}], "flags": [], "ranking": [{"challenge": "professional_isolation", "burden": 9, "band": "high", "impact": 3}]}))]
pub struct SelfAssessmentResult {
    /// Every scale of the instrument, in its order. One that could not be scored has no score.
    #[schema(max_items = 40)]
    pub scales: Vec<ScaleScore>,
    /// What to be wary of.
    #[schema(max_items = 10)]
    pub flags: Vec<Flag>,
    /// Of the Challenge Check: the challenges that apply, the heaviest first.
    #[schema(max_items = 40)]
    pub ranking: Vec<Ranked>,
}

impl From<Outcome> for SelfAssessmentResult {
    fn from(outcome: Outcome) -> Self {
        Self { scales: outcome.scales, flags: outcome.flags, ranking: outcome.ranking }
    }
}

/// Where to find help at once. It stands there for everybody whose answers are like these; nobody is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupportBlock {
    /// What to do.
    #[schema(max_length = 500)]
    pub message: &'static str,
    /// Whom to call.
    #[schema(max_items = 100)]
    pub lines: Vec<SupportLine>,
}

impl SupportBlock {
    pub fn new(lines: Vec<SupportLine>) -> Self {
        Self {
            message: "Answers like these can mean that it has become too much. You need not carry that alone: talk to \
                      somebody you trust, to your own therapist or doctor, or to one of these lines, at any hour. In \
                      danger, call the emergency number of your country. Nobody has been told of your answers.",
            lines,
        }
    }
}

/// A self-assessment of mine. Nobody else sees it, unless I share it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000801", "instrument": "who-5", "instrument_version": "1.0.0", "rules_sha256": "4238b23504d87e56ff7e70676486c54b7c2762c540714357998214cbbee26d18", "own_form": true, "status": "completed", "answers": [{"item": "1", "value": 3}], "result": {"scales": [{"scale": "raw", "score": 12.0}, {"scale": "percent", "score": 48.0, "band": "low"}], "flags": [], "ranking": []}, "window": {"from": "2026-11-10", "to": "2026-11-24"}, "next_from": "2026-12-08", "started_at": "2026-11-24T18:00:00Z", "completed_at": "2026-11-24T18:03:00Z", "version": 2, "updated_at": "2026-11-24T18:03:00Z"}))]
pub struct SelfAssessment {
    /// Its id.
    pub id: Uuid,
    /// Key of the instrument.
    #[schema(max_length = 64)]
    pub instrument: String,
    /// The version that is answered, for good.
    #[schema(max_length = 20)]
    pub instrument_version: String,
    /// Of the rules that it is scored by.
    #[schema(min_length = 64, max_length = 64)]
    pub rules_sha256: String,
    /// The language of the wording that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 35)]
    pub language: Option<String>,
    /// I have the form in hand.
    pub own_form: bool,
    /// Where it stands.
    pub status: SelfAssessmentStatus,
    /// It is somebody else's, and shared with me. What the scope leaves out is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shared: Option<shares::SharedBy>,
    /// What was answered, in the order of the items. Lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 500)]
    pub answers: Option<Vec<Answered>>,
    /// What the answers come to, once it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub result: Option<SelfAssessmentResult>,
    /// Where to find help at once, with results that ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub support: Option<SupportBlock>,
    /// The days that the answers tell of, where the instrument asks after a span of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub window: Option<RecallWindow>,
    /// From this day on, taking the instrument again tells something new. It can be taken before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_from: Option<NaiveDate>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// Until when it can be finished, or could have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the answers of an expired one are erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answers_erased_at: Option<DateTime<Utc>>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was taken out of trends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub voided_at: Option<DateTime<Utc>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub void_reason: Option<String>,
    /// Rises with each change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A self-assessment, opened, and what it is shown with.
pub struct Opened {
    pub row: self_assessment::Model,
    pub response: Response,
    /// None where the version is not installed any more.
    pub instrument: Option<std::sync::Arc<Instrument>>,
    /// The day of its completion, or today, where its owner lives.
    pub day: NaiveDate,
    pub support: Option<SupportBlock>,
}

impl SelfAssessment {
    /// With its answers.
    pub fn whole(opened: Opened, now: DateTime<Utc>) -> Self {
        let answers = Some(in_order(&opened));
        Self { answers, ..Self::item(opened, now) }
    }

    /// As lists show it.
    pub fn item(opened: Opened, now: DateTime<Utc>) -> Self {
        let Opened { row, response, instrument, day, support } = opened;
        let status = row.status_at(now);
        let unfinished = matches!(status, SelfAssessmentStatus::InProgress | SelfAssessmentStatus::Expired);
        let completed = instrument.as_ref().filter(|_| !unfinished);
        let window = completed.and_then(|instrument| rules::recall_window(instrument, day));
        Self {
            id: row.id,
            instrument: row.instrument,
            instrument_version: row.instrument_version,
            rules_sha256: row.rules_sha256,
            own_form: row.language.is_none(),
            language: row.language,
            status,
            shared: None,
            answers: None,
            result: response.outcome.map(Into::into),
            support,
            window: window.map(|(from, to)| RecallWindow { from, to }),
            next_from: completed.map(|instrument| rules::tells_anew_from(instrument, day)),
            started_at: row.started_at,
            expires_at: Some(row.expires_at).filter(|_| unfinished),
            answers_erased_at: Some(rules::erased_at(row.expires_at))
                .filter(|_| status == SelfAssessmentStatus::Expired),
            completed_at: row.completed_at,
            voided_at: row.voided_at,
            void_reason: response.void_reason,
            version: row.version,
            updated_at: row.updated_at,
        }
    }
}

/// What was answered, as the instrument asks it.
fn in_order(opened: &Opened) -> Vec<Answered> {
    let answers = &opened.response.answers;
    let answered = |item: &str, value: i64| Answered { item: item.to_owned(), value };
    match &opened.instrument {
        Some(instrument) => {
            let given =
                instrument.items.iter().filter_map(|item| Some((item.name.as_str(), *answers.get(&item.name)?)));
            given.map(|(item, value)| answered(item, value)).collect()
        }
        None => answers.iter().map(|(item, value)| answered(item, *value)).collect(),
    }
}

/// Answers that cannot be taken, each with its place.
pub fn refused(faults: Vec<AnswerFault>) -> Problem {
    let fault = |AnswerFault { index, kind, allowed }: AnswerFault| {
        let item = format!("/answers/{index}/item");
        match kind {
            AnswerFaultKind::UnknownItem => Fault::at(item, "unknown_item", "must be an item of the instrument"),
            AnswerFaultKind::Duplicate => Fault::at(item, "duplicate_item", "must be answered once"),
            AnswerFaultKind::OutsideOptions => {
                let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
                let words = format!("must be one of: {}", allowed.join(", "));
                Fault::at(format!("/answers/{index}/value"), "outside_options", words)
            }
        }
    };
    Problem::invalid(faults.into_iter().map(fault).collect())
}

impl From<NotEnough> for Problem {
    fn from(NotEnough { items }: NotEnough) -> Self {
        let missing = |item: String| Fault::at("/answers", "missing_answer", format!("item {item} must be answered"));
        Problem::from(ProblemCode::NotEnoughAnswers).with_errors(items.into_iter().take(100).map(missing).collect())
    }
}

impl From<WrongState> for Problem {
    fn from(WrongState(status): WrongState) -> Self {
        let words = match status {
            SelfAssessmentStatus::Expired => "it was not finished in time; start another".to_owned(),
            status => format!("it is {}", rules::word(status).replace('_', " ")),
        };
        Problem::new(ProblemCode::InvalidTransition, words)
    }
}
