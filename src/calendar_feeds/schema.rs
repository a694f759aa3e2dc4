//! Calendar feeds on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::{
        calendar_feed,
        membership::{self, MembershipStatus},
    },
    http::{body::given, page::Page, text},
};

pub type CalendarFeedPage = Page<CalendarFeed>;

/// A calendar as RFC 5545 has it.
#[derive(ToSchema)]
#[schema(as = Calendar, max_length = 10000000, example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")]
pub struct CalendarText(#[allow(dead_code, reason = "it is written, not built")] String);

/// An address at which calendar apps fetch my meetings. Nobody but me sees it here.
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000901", "label": "My phone", "show_names": false, "closed": false, "last_fetched_on": "2026-11-24", "version": 1, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-23T18:00:00Z"}))]
pub struct CalendarFeed {
    /// Its id.
    pub id: Uuid,
    /// What I call it; calendar apps show it as the name of the calendar.
    #[schema(max_length = 100)]
    pub label: String,
    /// The one group whose meetings it shows; without one, those of every group of mine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Whether meetings show the name of their group, their title, their place and where to join them.
    pub show_names: bool,
    /// My seat in its group has ended: the address answers 410, for good.
    pub closed: bool,
    /// The address, with its secret. Only the answers that create or rotate it have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri", max_length = 2000)]
    pub url: Option<String>,
    /// When an app last fetched it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_fetched_on: Option<NaiveDate>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When I made it.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl CalendarFeed {
    /// The feed as it stands at `now`, with its seat where it has one.
    pub fn at(now: DateTime<Utc>, (feed, seat): (calendar_feed::Model, Option<membership::Model>)) -> Self {
        Self {
            id: feed.id,
            label: feed.label,
            consultation_group_id: feed.consultation_group_id,
            show_names: feed.show_names,
            closed: seat.is_some_and(|seat| seat.status_at(now) == MembershipStatus::Ended),
            url: None,
            last_fetched_on: feed.last_fetched_on,
            version: feed.version,
            created_at: feed.created_at,
            updated_at: feed.updated_at,
        }
    }
}

/// A feed to make.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "My phone", "show_names": false}))]
pub struct CalendarFeedCreate {
    /// What I call it; calendar apps show it as the name of the calendar. `Consultation groups` when absent.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub label: Option<String>,
    /// The one group whose meetings it shows; those of every group of mine when absent.
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Whether meetings show the name of their group, their title, their place and where to join them. A calendar is
    /// often seen by others: they do not when absent.
    #[schema(nullable = false)]
    pub show_names: Option<bool>,
}

/// A merge patch (RFC 7396): absent keeps.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"label": "My phone", "show_names": true}))]
pub struct CalendarFeedPatch {
    /// What I call it.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub label: Option<String>,
    /// Whether meetings show the name of their group, their title, their place and where to join them.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub show_names: Option<bool>,
}
