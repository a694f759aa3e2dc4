use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{entities::meeting_role::RoleSource, rotation::rules::Basis};

/// Somebody who has a role at a meeting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleHolder {
    /// Their membership of the group.
    pub membership_id: Uuid,
    /// Their account.
    pub account_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// How they came to it.
    pub source: RoleSource,
}

/// Who leads a meeting, and who presents at it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meeting_id": "001ad4f0-0000-8000-8000-000000000601", "basis": "forecast", "facilitator": {"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "source": "rotation"}, "presenters": [{"membership_id": "01936b2f-5f00-7000-8000-000000000102", "account_id": "01936b2f-5f00-7000-8000-000000000202", "display_name": "Ben Okafor", "source": "rotation"}], "presenter_slots": 2, "version": 1}))]
pub struct MeetingRoles {
    /// The meeting.
    pub meeting_id: Uuid,
    /// What this rests on.
    pub basis: Basis,
    /// Who leads. Absent where nobody can, or nobody is foreseen yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facilitator: Option<RoleHolder>,
    /// Who presents, in the order of their turns.
    #[schema(max_items = 100)]
    pub presenters: Vec<RoleHolder>,
    /// How many can present. None, where everybody has a turn.
    #[schema(minimum = 0, maximum = 100)]
    pub presenter_slots: i64,
    /// Of the meeting: it rises when a role is agreed on.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// Who is to lead a meeting.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000101"}))]
pub struct FacilitatorAppointment {
    /// The membership of an active member who has not said no to the meeting and does not present at it.
    pub membership_id: Uuid,
}
