//! Events for which I registered, in the export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::entities::{
    event,
    event_registration::{self, EventRegistrationStatus},
};

/// That I take part in an event, wait for a place, or did.
#[derive(Serialize, ToSchema)]
pub struct ExportedEventRegistration {
    /// The event.
    pub event_id: Uuid,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub title: Option<String>,
    /// The organization that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// When it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ends_at: Option<DateTime<Utc>>,
    /// Where my registration stands.
    pub status: EventRegistrationStatus,
    /// When I registered.
    pub registered_at: DateTime<Utc>,
    /// When I withdrew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl From<(event_registration::Model, Option<event::Model>)> for ExportedEventRegistration {
    fn from((row, event): (event_registration::Model, Option<event::Model>)) -> Self {
        Self {
            event_id: row.event_id,
            organization_id: event.as_ref().map(|event| event.organization_id),
            starts_at: event.as_ref().map(|event| event.starts_at),
            ends_at: event.as_ref().map(|event| event.ends_at),
            title: event.map(|event| event.title),
            status: row.status,
            registered_at: row.registered_at,
            cancelled_at: row.cancelled_at,
        }
    }
}
