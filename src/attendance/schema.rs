//! Who came to a meeting, on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, Claim, Refusal, Tally};
use crate::{
    consultation_groups,
    entities::{
        meeting,
        meeting_attendance::{self, AttendanceStatus},
        meeting_attendance_change::{self, AttendanceEvent, StoredAttendance},
    },
    http::{page::Page, text},
    problem::{Fault, Problem, ProblemCode},
    schedule::rules::{MeetingStatus, Occurrence},
};

pub type AttendanceChangePage = Page<AttendanceChange>;

/// Who came to a meeting. Whoever leads it sees everybody, others see themselves.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meeting_id": "01936b2f-5f00-8000-8000-000000000601", "duration_minutes": 90, "closed_at": "2026-12-01T19:35:00Z", "amendable_until": "2026-12-15T19:35:00Z", "items": [{"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "status": "present", "minutes": 90, "recused_minutes": 20, "presenting_minutes": 0, "recorded_by": "01936b2f-5f00-7000-8000-000000000202", "recorded_at": "2026-12-01T19:32:00Z", "version": 1}], "missing": [], "version": 1}))]
pub struct MeetingAttendance {
    /// The meeting.
    pub meeting_id: Uuid,
    /// How long it lasts.
    #[schema(minimum = 1, maximum = 1440)]
    pub duration_minutes: i64,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Once it is closed: until when its record can be amended and disputed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub amendable_until: Option<DateTime<Utc>>,
    /// What was recorded, by name.
    #[schema(max_items = 200)]
    pub items: Vec<AttendanceRecord>,
    /// For whoever leads it, until it is closed: memberships of those who are expected and have no record yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    pub missing: Option<Vec<Uuid>>,
    /// The sum of the versions of the records shown; the `ETag` starts with it.
    #[schema(minimum = 0)]
    pub version: i64,
}

impl MeetingAttendance {
    pub fn new(meeting: &Occurrence, items: Vec<AttendanceRecord>, missing: Option<Vec<Uuid>>) -> Self {
        Self {
            meeting_id: meeting.id,
            duration_minutes: meeting.duration_minutes,
            closed_at: meeting.row.as_ref().and_then(|row| row.closed_at),
            amendable_until: rules::amendable_until(meeting),
            version: items.iter().map(|record| record.version).sum(),
            items,
            missing,
        }
    }
}

/// How one member took part in a meeting.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "status": "late", "minutes": 75, "recused_minutes": 0, "presenting_minutes": 30, "recorded_by": "01936b2f-5f00-7000-8000-000000000202", "recorded_at": "2026-12-01T19:32:00Z", "disputed_at": "2026-12-02T08:00:00Z", "dispute_note": "I was there from the beginning.", "version": 2}))]
pub struct AttendanceRecord {
    /// The membership.
    pub membership_id: Uuid,
    /// Its holder.
    pub account_id: Uuid,
    /// The holder's name.
    #[schema(max_length = 200)]
    pub display_name: String,
    /// How they took part.
    pub status: AttendanceStatus,
    /// Minutes that they were there.
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: i64,
    /// Minutes of these that they stepped out for, because they may know of whom somebody speaks. They do not count as hours.
    #[schema(minimum = 0, maximum = 1440)]
    pub recused_minutes: i64,
    /// Minutes of these that they presented.
    #[schema(minimum = 0, maximum = 1440)]
    pub presenting_minutes: i64,
    /// Who wrote it down last.
    pub recorded_by: Uuid,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// When its person last said that it is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disputed_at: Option<DateTime<Utc>>,
    /// What they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub dispute_note: Option<String>,
    /// When that was answered, or the record changed. Absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub settled_at: Option<DateTime<Utc>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl AttendanceRecord {
    pub fn new(row: meeting_attendance::Model, display_name: String) -> Self {
        Self {
            membership_id: row.membership_id,
            account_id: row.account_id,
            display_name,
            status: row.status,
            minutes: row.minutes,
            recused_minutes: row.recused_minutes,
            presenting_minutes: row.presenting_minutes,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            disputed_at: row.disputed_at,
            dispute_note: row.dispute_note,
            settled_at: row.settled_at,
            version: row.version,
        }
    }
}

/// Who came, member by member. Members who are not named stay as they are.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entries": [{"membership_id": "01936b2f-5f00-7000-8000-000000000101", "status": "present"}, {"membership_id": "01936b2f-5f00-7000-8000-000000000102", "status": "late", "minutes": 75, "recused_minutes": 20, "presenting_minutes": 30}], "reason": "I had mixed up two names."}))]
pub struct MeetingAttendanceUpdate {
    /// Each member once.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub entries: Vec<AttendanceEntry>,
    /// Why, once the meeting is closed: those concerned read it.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// How one member took part.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000101", "status": "left_early", "minutes": 60}))]
pub struct AttendanceEntry {
    /// A membership of the group.
    pub membership_id: Uuid,
    /// How they took part.
    pub status: AttendanceStatus,
    /// Minutes that they were there: the whole meeting for who was present unless it is given, needed for who came late
    /// or left early, none for others.
    #[validate(range(min = 0, max = 1440))]
    #[schema(nullable = false, minimum = 0, maximum = 1440)]
    pub minutes: Option<i64>,
    /// Minutes of these that they stepped out for; none when absent.
    #[validate(range(min = 0, max = 1440))]
    #[schema(nullable = false, minimum = 0, maximum = 1440)]
    pub recused_minutes: Option<i64>,
    /// Minutes of these that they presented; none when absent.
    #[validate(range(min = 0, max = 1440))]
    #[schema(nullable = false, minimum = 0, maximum = 1440)]
    pub presenting_minutes: Option<i64>,
}

impl AttendanceEntry {
    pub fn claim(&self) -> Claim {
        Claim {
            status: self.status,
            minutes: self.minutes,
            recused_minutes: self.recused_minutes,
            presenting_minutes: self.presenting_minutes,
        }
    }
}

/// What is not right about one's own record.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "I was there from the beginning."}))]
pub struct AttendanceDispute {
    /// For those who lead the meeting.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: String,
}

/// What becomes of a disputed record. Where it is to change instead, `setMeetingAttendance` amends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttendanceOutcome {
    /// It stays as it is.
    Upheld,
}

/// The answer to a dispute.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "upheld", "note": "Two of us noted the time."}))]
pub struct AttendanceSettlement {
    /// What becomes of the record.
    pub outcome: AttendanceOutcome,
    /// For its person.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// What a record of attendance said.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "late", "minutes": 75, "recused_minutes": 0, "presenting_minutes": 30}))]
pub struct AttendanceValues {
    /// How they took part.
    pub status: AttendanceStatus,
    /// Minutes that they were there.
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: i64,
    /// Minutes of these that they stepped out for.
    #[schema(minimum = 0, maximum = 1440)]
    pub recused_minutes: i64,
    /// Minutes of these that they presented.
    #[schema(minimum = 0, maximum = 1440)]
    pub presenting_minutes: i64,
}

impl From<StoredAttendance> for AttendanceValues {
    fn from(stored: StoredAttendance) -> Self {
        Self {
            status: stored.status,
            minutes: stored.minutes,
            recused_minutes: stored.recused_minutes,
            presenting_minutes: stored.presenting_minutes,
        }
    }
}

/// Something that was done to a record of attendance. It never changes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000651", "membership_id": "01936b2f-5f00-7000-8000-000000000101", "event": "amended", "before": {"status": "absent", "minutes": 0, "recused_minutes": 0, "presenting_minutes": 0}, "after": {"status": "present", "minutes": 90, "recused_minutes": 0, "presenting_minutes": 0}, "reason": "I had mixed up two names.", "changed_by": "01936b2f-5f00-7000-8000-000000000202", "changed_at": "2026-12-02T09:00:00Z"}))]
pub struct AttendanceChange {
    /// Its id.
    pub id: Uuid,
    /// Whose record it is.
    pub membership_id: Uuid,
    /// What was done.
    pub event: AttendanceEvent,
    /// What the record said before. The first time there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub before: Option<AttendanceValues>,
    /// What it said from then on.
    pub after: AttendanceValues,
    /// Why; of a dispute and its answer, what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    pub reason: Option<String>,
    /// Who did it.
    pub changed_by: Uuid,
    /// When.
    pub changed_at: DateTime<Utc>,
}

impl From<meeting_attendance_change::Model> for AttendanceChange {
    fn from(row: meeting_attendance_change::Model) -> Self {
        Self {
            id: row.id,
            membership_id: row.membership_id,
            event: row.event,
            before: row.before.map(Into::into),
            after: row.after.into(),
            reason: row.reason,
            changed_by: row.changed_by,
            changed_at: row.changed_at,
        }
    }
}

/// A meeting that was closed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"meeting_id": "01936b2f-5f00-8000-8000-000000000601", "status": "held", "closed_at": "2026-12-01T19:35:00Z", "expected_count": 6, "present_count": 5, "version": 3}))]
pub struct ClosedMeeting {
    /// The meeting.
    pub meeting_id: Uuid,
    /// Where it stands.
    pub status: MeetingStatus,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_at: Option<DateTime<Utc>>,
    /// How many have a record.
    #[schema(minimum = 0)]
    pub expected_count: i64,
    /// How many of them came.
    #[schema(minimum = 0)]
    pub present_count: i64,
    /// Of the meeting; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<meeting::Model> for ClosedMeeting {
    fn from(row: meeting::Model) -> Self {
        Self {
            meeting_id: row.id,
            status: MeetingStatus::Held,
            closed_at: row.closed_at,
            expected_count: row.expected_count.unwrap_or_default(),
            present_count: row.present_count.unwrap_or_default(),
            version: row.version,
        }
    }
}

/// How a member took part in the meetings of the last twelve months.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"membership_id": "01936b2f-5f00-7000-8000-000000000101", "since": "2025-12-01T20:00:00Z", "expected": 12, "present": 8, "late": 1, "left_early": 0, "excused": 2, "absent": 1, "no_show_rate": 0.1}))]
pub struct MembershipAttendance {
    /// The membership.
    pub membership_id: Uuid,
    /// Meetings that began at this moment or later are counted, once they were held.
    pub since: DateTime<Utc>,
    /// Meetings of which there is a record.
    #[schema(minimum = 0)]
    pub expected: i64,
    /// There from the beginning to the end.
    #[schema(minimum = 0)]
    pub present: i64,
    /// Came late.
    #[schema(minimum = 0)]
    pub late: i64,
    /// Left early.
    #[schema(minimum = 0)]
    pub left_early: i64,
    /// Gave notice.
    #[schema(minimum = 0)]
    pub excused: i64,
    /// Gave none.
    #[schema(minimum = 0)]
    pub absent: i64,
    /// `absent` by the meetings from which they were not excused. Absent while `expected` is below three.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1)]
    pub no_show_rate: Option<f64>,
}

impl MembershipAttendance {
    pub fn new(membership_id: Uuid, since: DateTime<Utc>, tally: Tally) -> Self {
        Self {
            membership_id,
            since,
            expected: tally.expected(),
            present: tally.present,
            late: tally.late,
            left_early: tally.left_early,
            excused: tally.excused,
            absent: tally.absent,
            no_show_rate: tally.no_show_rate(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let wrong_state = |detail: String| Self::new(ProblemCode::InvalidTransition, detail);
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::GroupIs(status) => consultation_groups::schema::not_in_this_state(status),
            Refusal::MeetingIs(status) => wrong_state(format!("the meeting is {}", status.word())),
            Refusal::NotBegun => wrong_state("the meeting has not begun".into()),
            Refusal::NotClosed => wrong_state("the meeting is not closed".into()),
            Refusal::TooLate => wrong_state("the meeting is held, and was closed more than 14 days ago".into()),
            Refusal::Missing(memberships) => {
                let fault =
                    |id: &Uuid| Fault::at(format!("/memberships/{id}"), "missing_attendance", "must be recorded first");
                let detail = format!("the meeting is in_progress, and attendance is missing of {}", memberships.len());
                wrong_state(detail).with_errors(memberships.iter().map(fault).collect())
            }
            Refusal::Disputed => wrong_state("the record is disputed already".into()),
            Refusal::NotDisputed => wrong_state("the record is not disputed".into()),
        }
    }
}
