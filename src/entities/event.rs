//! Something that an organization holds.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an event is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Conference,
    Workshop,
    Training,
    /// Colleagues meet, and that is all.
    Social,
    /// Colleagues help others for a day.
    VolunteerDay,
}

/// Where an event is attended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventFormat {
    Online,
    InPerson,
    /// Either, as one likes.
    Hybrid,
}

/// Who may see an event once it is published.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventVisibility {
    /// Everyone who may see the organization, signed in or not.
    Public,
    /// Everyone who is signed in.
    SignedIn,
    /// The members of the organization.
    Members,
}

/// Where an event stands in its life. Whether it is coming, running or over follows from the clock.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Seen by those who run the events of the organization.
    Draft,
    Published,
    /// It does not take place.
    Cancelled,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub kind: EventKind,
    pub title: String,
    pub description: Option<String>,
    /// `YYYY-MM-DDTHH:MM` by the clocks of `time_zone`.
    pub starts_local: String,
    pub ends_local: String,
    /// IANA name.
    pub time_zone: String,
    /// Derived from `starts_local` and the zone.
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub format: EventFormat,
    pub place: Option<String>,
    pub url: Option<String>,
    /// As many as come, where there is none.
    pub capacity: Option<i64>,
    pub waitlist: bool,
    /// Continuing education, in quarter hours.
    pub ce_quarters: Option<i64>,
    /// The start, where there is none.
    pub registration_closes_at: Option<DateTimeUtc>,
    pub visibility: EventVisibility,
    pub status: EventStatus,
    pub cancel_reason: Option<String>,
    pub cancelled_at: Option<DateTimeUtc>,
    /// Changed with the registrations in one transaction, and so are the two after it.
    pub registered_count: i64,
    pub waitlisted_count: i64,
    /// That the next registration gets.
    pub next_number: i64,
    /// Raised when time, place or status change.
    pub sequence: i64,
    /// Folded title.
    pub sort_name: String,
    /// Folded words of the title.
    pub search_name: String,
    /// Folded words of the rest.
    pub search_text: String,
    pub created_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: HasOne<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
