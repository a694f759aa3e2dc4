use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{entities::meeting_role::MeetingRole, http::page::Page, rotation::rules::SwapStatus};

pub type RoleSwapPage = Page<RoleSwap>;

/// Somebody on one side of a swap.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleParty {
    /// Their membership of the group.
    pub membership_id: Uuid,
    /// Their account.
    pub account_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
}

/// A role at a meeting that somebody asks somebody else to take.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000711", "consultation_group_id": "01936b2f-5f00-7000-8000-000000000501", "meeting_id": "001ad4f0-0000-8000-8000-000000000601", "meeting_starts_at": "2026-12-01T20:00:00Z", "role": "facilitator", "asked_by": {"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes"}, "asked_of": {"membership_id": "01936b2f-5f00-7000-8000-000000000102", "account_id": "01936b2f-5f00-7000-8000-000000000202", "display_name": "Ben Okafor"}, "status": "asked", "asked_at": "2026-11-23T18:00:00Z", "version": 1}))]
pub struct RoleSwap {
    /// Its id.
    pub id: Uuid,
    /// The group.
    pub consultation_group_id: Uuid,
    /// The meeting at which the role is.
    pub meeting_id: Uuid,
    /// When that begins.
    pub meeting_starts_at: DateTime<Utc>,
    /// Which role.
    pub role: MeetingRole,
    /// Who has it and asks.
    pub asked_by: RoleParty,
    /// Who is asked to take it.
    pub asked_of: RoleParty,
    /// The meeting at which whoever asks takes the same role of the other in exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_exchange_for_meeting_id: Option<Uuid>,
    /// Where it stands.
    pub status: SwapStatus,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it was accepted, declined or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_at: Option<DateTime<Utc>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Who is asked to take which role of mine.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "facilitator", "with_membership_id": "01936b2f-5f00-7000-8000-000000000102", "in_exchange_for_meeting_id": "001ad9a0-0000-8000-8000-000000000601"}))]
pub struct RoleSwapCreate {
    /// The role that I have at the meeting.
    pub role: MeetingRole,
    /// The membership of whoever is to take it: somebody who comes and has no role there.
    pub with_membership_id: Uuid,
    /// A meeting to come at which they have the same role, which I take in exchange.
    #[schema(nullable = false)]
    pub in_exchange_for_meeting_id: Option<Uuid>,
}

/// Whether others ask me, or I ask others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SwapDirection {
    /// Others ask me.
    Incoming,
    /// I ask others.
    Outgoing,
}

/// Which swaps to list.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoleSwapFilter {
    /// Standing here; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 5))]
    #[param(required = false, max_items = 5)]
    pub status: Vec<SwapStatus>,
    /// Asked of me, or by me.
    #[param(inline, nullable = false)]
    pub direction: Option<SwapDirection>,
}
