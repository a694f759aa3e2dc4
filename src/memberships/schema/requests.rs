use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::JoinAnswer;
use crate::{
    entities::membership::{MembershipRole, MembershipStanding, StoredAnswer, StoredAnswers, Verification},
    http::{
        body::{clearable, given},
        text,
    },
    memberships::rules::{Application, ReasonCode},
};

/// Joining an organization, or asking to. Category, number and dates are for memberships that are held elsewhere and
/// reported here (`join_policy` is `self_reported`).
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"category": "associate", "member_number": "A-1024", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}))]
pub struct MembershipCreate {
    /// The terms on which to join; those of the organization.
    #[schema(nullable = false)]
    pub membership_type_id: Option<Uuid>,
    /// The category, in the organization's words.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub category: Option<String>,
    /// The number that the organization knows the member by.
    #[validate(length(min = 1, max = 60), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    pub member_number: Option<String>,
    /// The first day of the term.
    #[schema(nullable = false)]
    pub starts_on: Option<NaiveDate>,
    /// The last day of the term. Absent, it follows from the type.
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// A word to those who decide.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

impl From<MembershipCreate> for Application {
    fn from(body: MembershipCreate) -> Self {
        Self {
            category: body.category,
            member_number: body.member_number,
            starts_on: body.starts_on,
            ends_on: body.ends_on,
            note: body.note,
        }
    }
}

/// Changes to a membership. Owners change the role; who runs the roster the rest; where memberships are self-reported,
/// their holders change category, number and dates.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"category": "full", "ends_on": "2027-12-31"}))]
pub struct MembershipPatch {
    /// What the holder may do. The last owner stays one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub role: Option<MembershipRole>,
    /// The terms, of the same organization. A membership without dates gets the term that begins today.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    pub membership_type_id: Option<Option<Uuid>>,
    /// The category, in the organization's words.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub category: Option<Option<String>>,
    /// The number that the organization knows the member by.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(min = 1, max = 60), custom(function = "text::line"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    pub member_number: Option<Option<String>>,
    /// The first day of the term.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    pub starts_on: Option<Option<NaiveDate>>,
    /// The last day of the term.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    pub ends_on: Option<Option<NaiveDate>>,
    /// A standing that goes before the derived one.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<MembershipStanding>)]
    pub standing_override: Option<Option<MembershipStanding>>,
    /// Its last day; without one it lasts until it is cleared.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    pub standing_override_until: Option<Option<NaiveDate>>,
}

/// A refusal of a request to join.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We take licensed therapists only."}))]
pub struct MembershipDecline {
    /// Why; the applicant reads it.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// What kind of reason that is, for the audit trail; `other` when absent.
    #[serde(default)]
    #[schema(required = false)]
    pub reason_code: ReasonCode,
}

/// A leave.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until": "2027-01-31"}))]
pub struct MembershipLeaveStart {
    /// The last day of the leave, at most 180 days from today.
    pub until: NaiveDate,
}

/// A suspension.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until": "2026-12-05", "reason": "The complaint is being looked into."}))]
pub struct MembershipSuspension {
    /// The last day of the suspension, at most 90 days from today, by a steward or facilitator at most 14.
    pub until: NaiveDate,
    /// Why; the member reads it.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// What kind of reason that is, for the audit trail; `other` when absent.
    #[serde(default)]
    #[schema(required = false)]
    pub reason_code: ReasonCode,
}

/// Leaving for good.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct MembershipDeparture {
    /// Who becomes owner in my place: the account of an active member, or the id of their membership. The last owner
    /// names one.
    #[schema(nullable = false)]
    pub successor_id: Option<Uuid>,
}

/// A removal.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The licence was revoked."}))]
pub struct MembershipRemoval {
    /// Why; the member reads it.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// What kind of reason that is, for the audit trail; `other` when absent.
    #[serde(default)]
    #[schema(required = false)]
    pub reason_code: ReasonCode,
}

/// A check of a membership.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verification": "confirmed"}))]
pub struct MembershipConfirmation {
    /// How it was checked.
    pub verification: Check,
}

/// How a membership was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A steward saw a document.
    DocumentChecked,
    /// A steward found it in the organization's own records.
    Confirmed,
}

impl From<Check> for Verification {
    fn from(check: Check) -> Self {
        match check {
            Check::DocumentChecked => Self::DocumentChecked,
            Check::Confirmed => Self::Confirmed,
        }
    }
}

/// Asking for a seat in a consultation group.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": [{"key": "hope", "answer": "A place to think out loud."}], "note": "Ana told me of you."}))]
pub struct SeatRequest {
    /// To the questions that the group asks; the required ones at least.
    #[serde(default)]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    pub answers: Vec<JoinAnswer>,
    /// A word to those who decide.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

impl SeatRequest {
    /// The answers as they are stored.
    pub fn stored(&self) -> StoredAnswers {
        let stored = |one: &JoinAnswer| StoredAnswer { key: one.key.clone(), answer: one.answer.clone() };
        StoredAnswers(self.answers.iter().map(stored).collect())
    }
}

/// A signature under the agreement of a consultation group.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agreement_version": 1, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "typed_name": "Ana Reyes"}))]
pub struct AgreementSigning {
    /// The number of the agreement that is signed: the one in force.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub agreement_version: i64,
    /// Its hash, which shows that it is the text that was read.
    #[validate(length(equal = 64))]
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// The signer's name, typed by themselves.
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 200)]
    pub typed_name: String,
}
