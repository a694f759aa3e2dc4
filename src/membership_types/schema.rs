//! Membership types on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::rules;
use crate::{
    entities::membership_type::{self, DurationUnit, Period},
    http::{
        body::{clearable, given},
        page::Page,
        text,
    },
};

pub type MembershipTypePage = Page<MembershipType>;

/// How long a membership lasts.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"unit": "months", "count": 12}))]
pub struct MembershipDuration {
    /// The unit that is counted.
    pub unit: DurationUnit,
    /// How many; absent for a lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 1200))]
    #[schema(nullable = false, minimum = 1, maximum = 1200)]
    pub count: Option<i64>,
}

/// Terms on which an organization takes members.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-0000000000b1", "organization_id": "01936b2f-5f00-7000-8000-000000000005", "name": "Full member", "duration": {"unit": "months", "count": 12}, "period": "rolling", "grace_days": 30, "new_days": 90, "renewable": true, "version": 1, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-23T18:00:00Z"}))]
pub struct MembershipType {
    /// Its id.
    pub id: Uuid,
    /// The organization whose terms they are.
    pub organization_id: Uuid,
    /// Its name, unique within the organization.
    #[schema(max_length = 100)]
    pub name: String,
    /// How long a membership lasts.
    pub duration: MembershipDuration,
    /// Whether a term starts with the member or with the calendar.
    pub period: Period,
    /// The day of the year on which a fixed period starts, MM-DD.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 5)]
    pub fixed_start: Option<String>,
    /// From this day of the year on, MM-DD, joining a fixed period covers the next one too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 5)]
    pub rollover: Option<String>,
    /// Days after the end in which a member still counts as one.
    #[schema(minimum = 0, maximum = 366)]
    pub grace_days: i64,
    /// Days after the start in which a member is new.
    #[schema(minimum = 0, maximum = 366)]
    pub new_days: i64,
    /// Whether a term can be followed by another.
    pub renewable: bool,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// New terms.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Full member", "duration": {"unit": "months", "count": 12}, "period": "fixed", "fixed_start": "01-01", "rollover": "09-01"}))]
pub struct MembershipTypeCreate {
    /// Its name, unique within the organization.
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// How long a membership lasts.
    #[validate(nested)]
    pub duration: MembershipDuration,
    /// `rolling` when absent.
    #[schema(nullable = false)]
    pub period: Option<Period>,
    /// The day of the year on which a fixed period starts, MM-DD.
    #[validate(custom(function = "is_day_of_year"))]
    #[schema(nullable = false, min_length = 5, max_length = 5)]
    pub fixed_start: Option<String>,
    /// From this day of the year on, MM-DD, joining a fixed period covers the next one too.
    #[validate(custom(function = "is_day_of_year"))]
    #[schema(nullable = false, min_length = 5, max_length = 5)]
    pub rollover: Option<String>,
    /// Days after the end in which a member still counts as one; 30 when absent.
    #[validate(range(min = 0, max = 366))]
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    pub grace_days: Option<i64>,
    /// Days after the start in which a member is new; 90 when absent.
    #[validate(range(min = 0, max = 366))]
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    pub new_days: Option<i64>,
    /// Whether a term can be followed by another; true when absent, unless it is a lifetime.
    #[schema(nullable = false)]
    pub renewable: Option<bool>,
}

/// A merge patch (RFC 7396): absent keeps, null clears. Terms that have been granted stay as they are.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"grace_days": 45}))]
pub struct MembershipTypePatch {
    /// Its name, unique within the organization.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// How long a membership lasts.
    #[serde(default, deserialize_with = "given")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub duration: Option<MembershipDurationPatch>,
    /// Whether a term starts with the member or with the calendar.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub period: Option<Period>,
    /// The day of the year on which a fixed period starts, MM-DD.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "is_day_of_year"))]
    #[schema(value_type = Option<String>, min_length = 5, max_length = 5)]
    pub fixed_start: Option<Option<String>>,
    /// From this day of the year on, MM-DD, joining a fixed period covers the next one too.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "is_day_of_year"))]
    #[schema(value_type = Option<String>, min_length = 5, max_length = 5)]
    pub rollover: Option<Option<String>>,
    /// Days after the end in which a member still counts as one.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 0, max = 366))]
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    pub grace_days: Option<i64>,
    /// Days after the start in which a member is new.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 0, max = 366))]
    #[schema(nullable = false, minimum = 0, maximum = 366)]
    pub new_days: Option<i64>,
    /// Whether a term can be followed by another.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub renewable: Option<bool>,
}

/// Changes to how long a membership lasts.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"count": 6}))]
pub struct MembershipDurationPatch {
    /// What is counted; a lifetime is not, so that its `count` goes by itself.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub unit: Option<DurationUnit>,
    /// How many.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(range(min = 1, max = 1200))]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1200)]
    pub count: Option<Option<i64>>,
}

/// In which order membership types are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembershipTypeFilter {
    /// `name` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<MembershipTypeSort>,
}

/// What membership types are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum MembershipTypeSort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
}

fn is_day_of_year(text: &str) -> Result<(), ValidationError> {
    match rules::day_of_year(text) {
        Some(_) => Ok(()),
        None => Err(text::fault("invalid_day", "must be a day that every year has, MM-DD")),
    }
}

impl From<membership_type::Model> for MembershipType {
    fn from(row: membership_type::Model) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            duration: MembershipDuration { unit: row.duration_unit, count: row.duration_count },
            period: row.period,
            fixed_start: row.fixed_start,
            rollover: row.rollover,
            grace_days: row.grace_days,
            new_days: row.new_days,
            renewable: row.renewable,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
