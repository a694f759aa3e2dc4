//! Turns at meetings, in the export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entities::{
        meeting,
        meeting_role::{self, MeetingRole, RoleSource},
        presenter_request, role_swap,
    },
    rotation::rules::{RequestStatus, SwapStatus, request_status, swap_status},
};

/// A role that I had at a meeting, or am to have.
#[derive(Serialize, ToSchema)]
pub struct ExportedMeetingRole {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Which role.
    pub role: MeetingRole,
    /// How I came to it.
    pub source: RoleSource,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<meeting_role::Model> for ExportedMeetingRole {
    fn from(row: meeting_role::Model) -> Self {
        Self { meeting_id: row.meeting_id, role: row.role, source: row.source, created_at: row.created_at }
    }
}

/// That I wished to present.
#[derive(Serialize, ToSchema)]
pub struct ExportedPresenterRequest {
    /// The request.
    pub id: Uuid,
    /// In which group.
    pub consultation_group_id: Uuid,
    /// It could not wait.
    pub urgent: bool,
    /// Where it stands. What is only foreseen counts as waiting here.
    pub status: RequestStatus,
    /// The meeting at which my turn came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub meeting_id: Option<Uuid>,
    /// When I asked.
    pub asked_at: DateTime<Utc>,
}

impl From<(presenter_request::Model, Option<meeting::Model>)> for ExportedPresenterRequest {
    fn from((row, at): (presenter_request::Model, Option<meeting::Model>)) -> Self {
        Self {
            status: request_status(&row, at.map(|at| at.status), false),
            id: row.id,
            consultation_group_id: row.consultation_group_id,
            urgent: row.urgent,
            meeting_id: row.meeting_id,
            asked_at: row.asked_at,
        }
    }
}

/// A role that somebody asked somebody else to take: I one of them.
#[derive(Serialize, ToSchema)]
pub struct ExportedRoleSwap {
    /// The swap.
    pub id: Uuid,
    /// In which group.
    pub consultation_group_id: Uuid,
    /// At which meeting.
    pub meeting_id: Uuid,
    /// Which role.
    pub role: MeetingRole,
    /// Who asked.
    pub asked_by_account_id: Uuid,
    /// Who was asked.
    pub asked_of_account_id: Uuid,
    /// The meeting that was offered in exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_exchange_for_meeting_id: Option<Uuid>,
    /// What was answered, if anything was.
    pub status: SwapStatus,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_at: Option<DateTime<Utc>>,
}

impl From<role_swap::Model> for ExportedRoleSwap {
    fn from(row: role_swap::Model) -> Self {
        Self {
            id: row.id,
            consultation_group_id: row.consultation_group_id,
            meeting_id: row.meeting_id,
            role: row.role,
            asked_by_account_id: row.from_account_id,
            asked_of_account_id: row.with_account_id,
            in_exchange_for_meeting_id: row.exchange_meeting_id,
            status: swap_status(row.status, false),
            asked_at: row.asked_at,
            answered_at: row.answered_at,
        }
    }
}
