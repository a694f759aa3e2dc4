use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::{
    entities::{
        event::{EventFormat, EventKind, EventStatus},
        event_registration::EventRegistrationStatus,
    },
    http::{body::together, text},
    problem::Fault,
};

/// Which events are listed, and in which order.
#[derive(Clone, Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "EventFilter::is_a_window", skip_on_field_errors = false))]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Of this kind; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub kind: Vec<EventKind>,
    /// Attended like this; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub format: Vec<EventFormat>,
    /// Of this status; repeat it for either. `published` when absent; with `mine`, `cancelled` too.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<EventStatus>,
    /// Held by this organization.
    #[param(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// Held by an organization of this country; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::countries"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::CountryCode>)]
    pub country: Vec<String>,
    /// Held by an organization of this region; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::regions"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::RegionCode>)]
    pub region: Vec<String>,
    /// That are not over at this moment; now, when absent.
    #[validate(custom(function = "text::near_instant"))]
    #[param(nullable = false)]
    pub from: Option<DateTime<Utc>>,
    /// That begin before this moment.
    #[validate(custom(function = "text::near_instant"))]
    #[param(nullable = false)]
    pub to: Option<DateTime<Utc>>,
    /// Words of the title, the description or the place; the best hits come first unless `sort` is given.
    #[validate(length(max = 200))]
    #[param(nullable = false, max_length = 200)]
    pub q: Option<String>,
    /// In which I have a place or wait for one, or no such.
    #[param(nullable = false)]
    pub mine: Option<bool>,
    /// In which one gets a place by registering now, or not.
    #[param(nullable = false)]
    pub has_place: Option<bool>,
    /// `starts_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<EventSort>,
}

/// Which events of an organization are listed, and in which order.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "OrganizationEventFilter::is_a_window", skip_on_field_errors = false))]
#[into_params(parameter_in = Query)]
pub struct OrganizationEventFilter {
    /// Of this kind; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub kind: Vec<EventKind>,
    /// Of this status; repeat it for either. `published` when absent.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<EventStatus>,
    /// That are not over at this moment; now, when absent.
    #[validate(custom(function = "text::near_instant"))]
    #[param(nullable = false)]
    pub from: Option<DateTime<Utc>>,
    /// That begin before this moment.
    #[validate(custom(function = "text::near_instant"))]
    #[param(nullable = false)]
    pub to: Option<DateTime<Utc>>,
    /// In which one gets a place by registering now, or not.
    #[param(nullable = false)]
    pub has_place: Option<bool>,
    /// `starts_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<EventSort>,
}

/// What events are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum EventSort {
    #[serde(rename = "starts_at")]
    StartsAt,
    #[serde(rename = "-starts_at")]
    StartsAtDescending,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

/// Which registrations are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventRegistrationFilter {
    /// `registered` or `waitlisted`; either, when absent. Those that were withdrawn are not listed.
    #[param(nullable = false)]
    pub status: Option<EventRegistrationStatus>,
}

impl EventFilter {
    fn is_a_window(&self) -> Result<(), ValidationError> {
        together(window_fault(self.from, self.to))
    }
}

fn window_fault(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<Fault> {
    let is_empty = from.zip(to).is_some_and(|(from, to)| to <= from);
    is_empty.then(|| Fault::at("/to", "before_from", "must be later than from"))
}

impl OrganizationEventFilter {
    fn is_a_window(&self) -> Result<(), ValidationError> {
        together(window_fault(self.from, self.to))
    }

    /// The same of all events, for one organization.
    pub fn of(self, organization_id: Uuid) -> EventFilter {
        EventFilter {
            organization_id: Some(organization_id),
            kind: self.kind,
            status: self.status,
            from: self.from,
            to: self.to,
            has_place: self.has_place,
            sort: self.sort,
            ..EventFilter::default()
        }
    }
}
