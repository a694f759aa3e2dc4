use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How often each member has led and presented, at the meetings of a group that were held in the last twelve months.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"since": "2025-11-23T18:00:00Z", "meetings_held": 12, "uneven": false, "members": [{"membership_id": "01936b2f-5f00-7000-8000-000000000101", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "meetings_held": 12, "facilitated": 3, "presented": 2, "share": 0.25, "last_facilitated_at": "2026-11-03T20:00:00Z", "last_presented_at": "2026-10-20T19:00:00Z"}]}))]
pub struct Fairness {
    /// Meetings since then count.
    pub since: DateTime<Utc>,
    /// How many were held.
    #[schema(minimum = 0)]
    pub meetings_held: i64,
    /// Of two active members, one has led at least twice more than the other among the meetings that were held since
    /// both are there, and those are four at least.
    pub uneven: bool,
    /// The active members, whoever joined first coming first.
    #[schema(max_items = 100)]
    pub members: Vec<FairnessMember>,
}

/// What an active member has done of what there was.
#[derive(Serialize, ToSchema)]
pub struct FairnessMember {
    /// Their membership.
    pub membership_id: Uuid,
    /// Their account.
    pub account_id: Uuid,
    /// Their name.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// Meetings that were held since they are there.
    #[schema(minimum = 0)]
    pub meetings_held: i64,
    /// How many of them they led.
    #[schema(minimum = 0)]
    pub facilitated: i64,
    /// At how many of them they presented.
    #[schema(minimum = 0)]
    pub presented: i64,
    /// The part of them that they led, with two decimals. Absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1)]
    pub share: Option<f64>,
    /// When they last led, however long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_facilitated_at: Option<DateTime<Utc>>,
    /// When they last presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_presented_at: Option<DateTime<Utc>>,
}

/// `part` of `whole`, with two decimals.
pub fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 100.0).round() / 100.0)
}
