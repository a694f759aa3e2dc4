use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::HeldMembership;
use crate::{
    entities::{
        agreement, agreement_signature,
        invitation::{self, InvitationStatus},
        membership::{
            EndReason, MembershipKind, MembershipRole, MembershipStanding, MembershipStatus, StoredAnswer, Verification,
        },
    },
    memberships,
};

/// The tie to one organization or consultation group.
#[derive(Serialize, ToSchema)]
pub struct ExportedMembership {
    /// The membership.
    pub id: Uuid,
    /// What it is a membership of.
    pub kind: MembershipKind,
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub organization_name: Option<String>,
    /// The consultation group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    pub consultation_group_name: Option<String>,
    /// What I may do there.
    pub role: MembershipRole,
    /// Where it stands.
    pub status: MembershipStatus,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end_reason: Option<EndReason>,
    /// What I said when I asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub request_note: Option<String>,
    /// What I answered to the questions of the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 10)]
    pub answers: Vec<ExportedAnswer>,
    /// What was said of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub decision_note: Option<String>,
    /// When I asked for it.
    pub requested_at: DateTime<Utc>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub joined_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Last day of a leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub leave_until: Option<NaiveDate>,
    /// Last day of a suspension.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suspended_until: Option<NaiveDate>,
    /// Category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub category: Option<String>,
    /// Member number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub member_number: Option<String>,
    /// First day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starts_on: Option<NaiveDate>,
    /// Last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_on: Option<NaiveDate>,
    /// The type whose terms it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub membership_type_id: Option<Uuid>,
    /// How it stands today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing: Option<MembershipStanding>,
    /// The standing that was set by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing_override: Option<MembershipStanding>,
    /// The last day of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub standing_override_until: Option<NaiveDate>,
    /// How far it was checked.
    pub verification: Verification,
}

/// What I answered to one question of a group.
#[derive(Serialize, ToSchema)]
pub struct ExportedAnswer {
    /// The key of the question.
    #[schema(max_length = 40)]
    pub key: String,
    /// My answer.
    #[schema(max_length = 1000)]
    pub answer: String,
}

impl From<StoredAnswer> for ExportedAnswer {
    fn from(stored: StoredAnswer) -> Self {
        Self { key: stored.key, answer: stored.answer }
    }
}

/// A signature under the agreement of a consultation group.
#[derive(Serialize, ToSchema)]
pub struct ExportedSignature {
    /// The agreement.
    pub agreement_id: Uuid,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub number: Option<i64>,
    /// The name that I typed.
    #[schema(max_length = 200)]
    pub typed_name: String,
    /// SHA-256 of the text that I signed.
    #[schema(max_length = 64)]
    pub sha256: String,
    /// When.
    pub signed_at: DateTime<Utc>,
}

impl From<(agreement_signature::Model, Option<agreement::Model>)> for ExportedSignature {
    fn from((row, agreement): (agreement_signature::Model, Option<agreement::Model>)) -> Self {
        Self {
            agreement_id: row.agreement_id,
            number: agreement.and_then(|agreement| agreement.number),
            typed_name: row.typed_name,
            sha256: row.sha256,
            signed_at: row.signed_at,
        }
    }
}

impl ExportedMembership {
    /// As it stands at `now`.
    pub fn new(held: HeldMembership, now: DateTime<Utc>) -> Self {
        let HeldMembership { membership: row, terms, organization, consultation_group } = held;
        let is_placed = row.kind == MembershipKind::Organization && row.status.holds_place();
        Self {
            membership_type_id: row.membership_type_id,
            standing: is_placed.then(|| memberships::rules::standing(&row, terms.as_ref(), now.date_naive())),
            standing_override: row.standing_override,
            standing_override_until: row.standing_override_until,
            id: row.id,
            kind: row.kind,
            organization_id: row.organization_id,
            organization_name: organization.map(|organization| organization.name),
            consultation_group_id: row.consultation_group_id,
            consultation_group_name: consultation_group.map(|group| group.name),
            role: row.role,
            status: row.status_at(now),
            end_reason: row.end_reason,
            request_note: row.request_note,
            answers: row.answers.unwrap_or_default().0.into_iter().map(Into::into).collect(),
            decision_note: row.decision_note,
            requested_at: row.requested_at,
            joined_at: row.joined_at,
            ended_at: row.ended_at,
            leave_until: row.leave_until,
            suspended_until: row.suspended_until,
            category: row.category,
            member_number: row.member_number,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            verification: row.verification,
        }
    }
}

/// An offer of a membership.
#[derive(Serialize, ToSchema)]
pub struct ExportedInvitation {
    /// The invitation.
    pub id: Uuid,
    /// What it is an invitation to.
    pub kind: MembershipKind,
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// The consultation group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// The address that it was sent to.
    #[schema(max_length = 254)]
    pub email: String,
    /// The role that it offers.
    pub role: MembershipRole,
    /// What its sender wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub message: Option<String>,
    /// What became of it.
    pub status: InvitationStatus,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// When it was answered or revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_at: Option<DateTime<Utc>>,
    /// Until when it could be answered.
    pub expires_at: DateTime<Utc>,
}

impl From<invitation::Model> for ExportedInvitation {
    fn from(row: invitation::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            organization_id: row.organization_id,
            consultation_group_id: row.consultation_group_id,
            email: row.email,
            role: row.role,
            message: row.message,
            status: row.status,
            created_at: row.created_at,
            decided_at: row.decided_at,
            expires_at: row.expires_at,
        }
    }
}
