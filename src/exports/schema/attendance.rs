use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entities::{
    meeting,
    meeting_attendance::{self, AttendanceStatus},
};

/// How I took part in one meeting.
#[derive(Serialize, ToSchema)]
pub struct ExportedAttendance {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Its group.
    pub consultation_group_id: Uuid,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starts_at: Option<DateTime<Utc>>,
    /// How I took part.
    pub status: AttendanceStatus,
    /// Minutes that I was there.
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: i64,
    /// Minutes of these that I stepped out for.
    #[schema(minimum = 0, maximum = 1440)]
    pub recused_minutes: i64,
    /// Minutes of these that I presented.
    #[schema(minimum = 0, maximum = 1440)]
    pub presenting_minutes: i64,
    /// When that was written down.
    pub recorded_at: DateTime<Utc>,
    /// When I said that it is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disputed_at: Option<DateTime<Utc>>,
    /// What I said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub dispute_note: Option<String>,
    /// When that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub settled_at: Option<DateTime<Utc>>,
}

impl From<(meeting_attendance::Model, Option<meeting::Model>)> for ExportedAttendance {
    fn from((row, meeting): (meeting_attendance::Model, Option<meeting::Model>)) -> Self {
        Self {
            meeting_id: row.meeting_id,
            consultation_group_id: row.consultation_group_id,
            starts_at: meeting.map(|meeting| meeting.starts_at),
            status: row.status,
            minutes: row.minutes,
            recused_minutes: row.recused_minutes,
            presenting_minutes: row.presenting_minutes,
            recorded_at: row.recorded_at,
            disputed_at: row.disputed_at,
            dispute_note: row.dispute_note,
            settled_at: row.settled_at,
        }
    }
}
