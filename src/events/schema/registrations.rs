use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entities::event_registration::{self, EventRegistrationStatus},
    http::page::Page,
};

pub type EventRegistrationPage = Page<EventRegistration>;

/// That somebody takes part in an event, or waits for a place.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"event_id": "01936b2f-5f00-7000-8000-000000000701", "account_id": "01936b2f-5f00-7000-8000-000000000201", "display_name": "Ana Reyes", "status": "waitlisted", "waitlist_position": 3, "registered_at": "2026-11-24T09:00:00Z", "version": 1}))]
pub struct EventRegistration {
    /// The event.
    pub event_id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// Their name, as they write it.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// Where it stands.
    pub status: EventRegistrationStatus,
    /// The place on the waitlist; 1 is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub waitlist_position: Option<i64>,
    /// When they registered. Whoever registers again does so at the end of the line.
    pub registered_at: DateTime<Utc>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl EventRegistration {
    pub fn new(row: event_registration::Model, display_name: String, waitlist_position: Option<i64>) -> Self {
        Self {
            event_id: row.event_id,
            account_id: row.account_id,
            display_name,
            status: row.status,
            waitlist_position,
            registered_at: row.registered_at,
            version: row.version,
        }
    }
}
