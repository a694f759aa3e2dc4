//! Invitations on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::rules::{InvitationState, LONGEST_DAYS, Refusal};
use crate::{
    accounts::schema::email_address,
    consultation_groups::schema::ConsultationGroup,
    entities::membership::{MembershipKind, MembershipRole},
    http::{page::Page, text},
    problem::{Problem, ProblemCode},
};

pub type InvitationPage = Page<Invitation>;

/// An offer of a membership, bound to an e-mail address.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000301", "kind": "organization", "organization_id": "01936b2f-5f00-7000-8000-000000000005", "organization_name": "Guild of Grief Therapists", "reserve_seat": false, "role": "member", "invited_by_name": "Ana Reyes", "status": "pending", "created_at": "2026-11-23T18:00:00Z", "expires_at": "2026-12-07T18:00:00Z", "version": 1}))]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// What it invites to.
    pub kind: MembershipKind,
    /// The organization that it invites to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// That organization's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub organization_name: Option<String>,
    /// The consultation group that it invites to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// That group's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    pub consultation_group_name: Option<String>,
    /// That group's card, never its roster. Answered by `getInvitation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group: Option<ConsultationGroup>,
    /// A seat of the group is kept free until it is answered or expires.
    pub reserve_seat: bool,
    /// The address that it is for; shown to those who run the roster and to its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "email", max_length = 254)]
    pub email: Option<String>,
    /// What accepting makes of the recipient.
    pub role: MembershipRole,
    /// A word to the recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub message: Option<String>,
    /// Who invites.
    #[schema(max_length = 100)]
    pub invited_by_name: String,
    /// Where it stands now.
    pub status: InvitationState,
    /// When it was issued, or issued again.
    pub created_at: DateTime<Utc>,
    /// From when on it cannot be answered.
    pub expires_at: DateTime<Utc>,
    /// When it was answered or revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_at: Option<DateTime<Utc>>,
    /// The membership that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub membership_id: Option<Uuid>,
    /// The secret that opens it: in the answer to its issue, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 43)]
    pub token: Option<String>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// An offer of a membership. Only owners offer other roles than that of a member.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_end", skip_on_field_errors = false))]
#[schema(example = json!({"email": "ben@example.org", "role": "member", "message": "Join us!"}))]
pub struct InvitationCreate {
    /// The address that it is for.
    #[validate(length(min = 3, max = 254), custom(function = "email_address"))]
    #[schema(format = "email", min_length = 3, max_length = 254)]
    pub email: String,
    /// What accepting makes of the recipient; `member` when absent.
    #[schema(nullable = false)]
    pub role: Option<MembershipRole>,
    /// Keep a seat of the group free for the recipient; there is one to keep, or it is 409 `group_full`. An organization
    /// has no seats.
    #[serde(default)]
    pub reserve_seat: bool,
    /// A word to the recipient.
    #[validate(length(min = 1, max = 1000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 1000)]
    pub message: Option<String>,
    /// For how many days it holds; 14 when absent.
    #[validate(range(min = 1, max = LONGEST_DAYS))]
    #[schema(nullable = false, minimum = 1, maximum = 60)]
    pub expires_in_days: Option<i64>,
    /// Until when it holds, instead of a number of days: at most 60 days from now.
    #[schema(nullable = false)]
    pub expires_at: Option<DateTime<Utc>>,
}

fn one_end(body: &InvitationCreate) -> Result<(), ValidationError> {
    match (body.expires_in_days, body.expires_at) {
        (Some(_), Some(_)) => Err(text::fault("conflict", "must hold expires_in_days or expires_at, not both")),
        _ => Ok(()),
    }
}

/// Which invitations of an organization or group to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InvitationFilter {
    /// Of this status now; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<InvitationState>,
    /// For this address, in whatever case it is written.
    #[validate(length(max = 254))]
    #[param(nullable = false, max_length = 254)]
    pub email: Option<String>,
    /// `created_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<InvitationSort>,
}

/// What invitations are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum InvitationSort {
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::UnknownRole => Self::invalid_at("/role", "unknown_role", "must be a role that exists there"),
            Refusal::NoSeatToKeep => ProblemCode::GroupFull.into(),
            Refusal::AnotherAddress => ProblemCode::InvitationForAnotherAddress.into(),
            Refusal::NotVerified => ProblemCode::EmailNotVerified.into(),
            Refusal::Expired => ProblemCode::InvitationExpired.into(),
            Refusal::Closed => ProblemCode::InvitationClosed.into(),
            Refusal::WrongState(state) => {
                let state = match state {
                    InvitationState::Pending => "pending",
                    InvitationState::Accepted => "accepted",
                    InvitationState::Declined => "declined",
                    InvitationState::Revoked => "revoked",
                    InvitationState::Superseded => "superseded",
                    InvitationState::Expired => "expired",
                };
                Self::new(ProblemCode::InvalidTransition, format!("the invitation is {state}"))
            }
        }
    }
}
