//! Memberships on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, AgreementStatus, Refusal};
use crate::{
    consultation_groups::schema::not_in_this_state,
    entities::{
        membership::{
            self, EndReason, MembershipKind, MembershipRole, MembershipStanding, MembershipStatus, StoredAnswer,
            Verification,
        },
        membership_type,
    },
    http::{page::Page, text},
    problem::{Fault, Problem, ProblemCode},
};

mod filters;
mod requests;

pub use filters::{MembershipFilter, MembershipSort, RosterFilter, RosterSort, SeatFilter};
pub use requests::{
    AgreementSigning, Check, MembershipConfirmation, MembershipCreate, MembershipDecline, MembershipDeparture,
    MembershipLeaveStart, MembershipPatch, MembershipRemoval, MembershipSuspension, SeatRequest,
};

pub type MembershipPage = Page<Membership>;

/// The tie of an account to an organization, or to a consultation group: there it is a seat.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "kind": "organization", "organization_id": "01936b2f-5f00-7000-8000-000000000005", "role": "member", "status": "active", "requested_at": "2026-11-23T18:00:00Z", "joined_at": "2026-11-23T18:00:00Z", "affiliation": {"category": "full", "member_number": "A-1024", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "standing": "current", "counts_as_member": true, "verification": "confirmed"}, "version": 3}))]
pub struct Membership {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// The holder's name, as they write it.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// What it ties to.
    pub kind: MembershipKind,
    /// The organization that it ties to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// The consultation group that it ties to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// What the holder may do there.
    pub role: MembershipRole,
    /// Where it stands now: a leave or a suspension whose last day is over reads `active`, a seat that was not signed for in
    /// time `ended`.
    pub status: MembershipStatus,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end_reason: Option<EndReason>,
    /// The account that decided last: who approved, declined, suspended, removed or invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by: Option<Uuid>,
    /// What they gave as the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub decision_note: Option<String>,
    /// What the applicant said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub request_note: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it began. Renewing never changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joined_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
    /// The last day of the leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub leave_until: Option<NaiveDate>,
    /// The last day of the suspension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suspended_until: Option<NaiveDate>,
    /// How it stands with the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub affiliation: Option<Affiliation>,
    /// How the seat stands in the consultation group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seat: Option<GroupSeat>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// How a membership stands with its organization.
#[derive(Serialize, ToSchema)]
pub struct Affiliation {
    /// The terms on which it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub membership_type_id: Option<Uuid>,
    /// The category, in the organization's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub category: Option<String>,
    /// The number that the organization knows the member by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 60)]
    pub member_number: Option<String>,
    /// The first day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starts_on: Option<NaiveDate>,
    /// The last day of the term. A lifetime has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// How it stands today. Without a term it is `current`; absent before it began and after it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing: Option<MembershipStanding>,
    /// Whether the holder is a member today: `new`, `current` or in `grace`.
    pub counts_as_member: bool,
    /// A standing that was set by hand and goes before the derived one while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing_override: Option<MembershipStanding>,
    /// The last day of the standing that was set by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing_override_until: Option<NaiveDate>,
    /// How far it has been checked. Other dates or another category are `self_reported` again.
    pub verification: Verification,
}

/// How a seat stands in its consultation group.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"agreement_version_signed": 1, "agreement_status": "current"}))]
pub struct GroupSeat {
    /// The number of the newest agreement that the holder has signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub agreement_version_signed: Option<i64>,
    /// How it stands with the agreement of the group, while its holder is a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agreement_status: Option<AgreementStatus>,
    /// Until when the agreement has to be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signature_due_at: Option<DateTime<Utc>>,
    /// The place on the waitlist; 1 is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub waitlist_position: Option<i64>,
    /// What the applicant answered to the questions of the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 10)]
    pub answers: Vec<JoinAnswer>,
}

/// An answer to a question that a group asks.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "hope", "answer": "A place to think out loud."}))]
pub struct JoinAnswer {
    /// The key of the question.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// The answer.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub answer: String,
}

impl Membership {
    /// `membership` as it stands at `now`. Without `full`, what its holder said and what was said of them is left out.
    pub fn at(
        now: DateTime<Utc>,
        membership: membership::Model,
        terms: Option<&membership_type::Model>,
        display_name: String,
        waitlist_position: Option<i64>,
        full: bool,
    ) -> Self {
        let membership = membership.settled_at(now);
        let status = membership.status;
        let (affiliation, seat) = match membership.kind {
            MembershipKind::Organization => (Some(Affiliation::at(now, &membership, terms)), None),
            MembershipKind::ConsultationGroup => (None, Some(GroupSeat::at(now, &membership, waitlist_position, full))),
        };
        Self {
            affiliation,
            seat,
            id: membership.id,
            account_id: membership.account_id,
            display_name,
            kind: membership.kind,
            organization_id: membership.organization_id,
            consultation_group_id: membership.consultation_group_id,
            role: membership.role,
            status,
            end_reason: membership.end_reason,
            decided_by: membership.decided_by.filter(|_| full),
            decision_note: membership.decision_note.filter(|_| full),
            request_note: membership.request_note.filter(|_| full),
            requested_at: membership.requested_at,
            joined_at: membership.joined_at,
            ended_at: membership.ended_at,
            leave_until: membership.leave_until.filter(|_| status == MembershipStatus::OnLeave),
            suspended_until: membership.suspended_until.filter(|_| status == MembershipStatus::Suspended),
            version: membership.version,
        }
    }
}

impl Affiliation {
    fn at(now: DateTime<Utc>, membership: &membership::Model, terms: Option<&membership_type::Model>) -> Self {
        let placed = membership.status.holds_place();
        let standing = placed.then(|| rules::standing(membership, terms, now.date_naive()));
        Self {
            membership_type_id: membership.membership_type_id,
            category: membership.category.clone(),
            member_number: membership.member_number.clone(),
            starts_on: membership.starts_on,
            ends_on: membership.ends_on,
            standing,
            counts_as_member: standing.is_some_and(rules::counts_as_member),
            standing_override: membership.standing_override,
            standing_override_until: membership.standing_override_until,
            verification: membership.verification,
        }
    }
}

impl GroupSeat {
    fn at(now: DateTime<Utc>, seat: &membership::Model, waitlist_position: Option<i64>, full: bool) -> Self {
        let answers = seat.answers.iter().filter(|_| full).flat_map(|answers| answers.0.iter().cloned());
        Self {
            agreement_version_signed: seat.agreement_version_signed,
            agreement_status: seat.status.holds_place().then(|| rules::agreement_status(seat, now)),
            signature_due_at: seat.signature_due_at.filter(|_| full && seat.status != MembershipStatus::Ended),
            waitlist_position,
            answers: answers.map(|StoredAnswer { key, answer }| JoinAnswer { key, answer }).collect(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::MembersNotAllowed(members) => {
                let fault = |pointer| Fault::at(pointer, "not_allowed", "must be left to those who run the roster");
                let detail = "your role does not reach every member of the body";
                Self::new(ProblemCode::Forbidden, detail).with_errors(members.into_iter().map(fault).collect())
            }
            Refusal::WrongState(status) => {
                Self::new(ProblemCode::InvalidTransition, format!("the membership is {}", status.to_value()))
            }
            Refusal::NotOfThisKind(members) => {
                let fault = |pointer| Fault::at(pointer, "not_of_this_kind", "has no meaning in a consultation group");
                Self::invalid(members.into_iter().map(fault).collect())
            }
            Refusal::GroupIs(status) => not_in_this_state(status),
            Refusal::Answers(faults) => {
                Self::invalid(faults.into_iter().map(|(at, code, detail)| Fault::at(at, code, detail)).collect())
            }
            Refusal::GroupNotJoinable => ProblemCode::GroupNotJoinable.into(),
            Refusal::LicenceRequired => ProblemCode::LicenceRequired.into(),
            Refusal::AgreementChanged => ProblemCode::AgreementChanged.into(),
            Refusal::Impossible(why) => Self::new(ProblemCode::InvalidTransition, why),
            Refusal::Invalid { pointer, code, detail } => Self::invalid_at(pointer, code, detail),
            Refusal::SoleOwner => ProblemCode::SoleOwner.into(),
            Refusal::NotJoinable => ProblemCode::OrganizationNotJoinable.into(),
            Refusal::InvitationOnly => {
                let detail = "members come by invitation only: ask those who run it for one, and accept it";
                Self::new(ProblemCode::Forbidden, detail)
            }
            Refusal::AlreadyMember => ProblemCode::AlreadyMember.into(),
            Refusal::CooldownRunning(until) => {
                Self::new(ProblemCode::CooldownRunning, format!("a request can be made again on {until}"))
            }
        }
    }
}
