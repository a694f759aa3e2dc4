//! When a group meets, by the wall clock of a time zone. Meetings are derived from it.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// What holds for the meetings whose original start lies from `from` on and before `until`. A change of a series adds one
/// of these, so that meetings of the past stay as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRule {
    pub from: DateTime,
    pub until: Option<DateTime>,
    /// The start that `rrule` counts from, by the wall clock of `time_zone`.
    pub starts: DateTime,
    /// IANA name.
    pub time_zone: String,
    /// RFC 5545; `UNTIL` is by the wall clock too. None for a single meeting.
    pub rrule: Option<String>,
    pub duration_minutes: i64,
    pub place: Option<String>,
    pub join_url: Option<String>,
}

/// Rules in one JSON column, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredRules(pub Vec<StoredRule>);

/// Wall-clock times in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LocalTimes(pub Vec<DateTime>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "meeting_series")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub consultation_group_id: Uuid,
    /// The last 62 bits of its id, which the ids of its meetings end with.
    pub meeting_key: i64,
    /// Whether it repeats: a single meeting is a series of one.
    pub recurring: bool,
    pub title: Option<String>,
    pub rules: StoredRules,
    /// Original starts that are left out.
    pub exdates: LocalTimes,
    /// None of its meetings begins before.
    pub starts_at: DateTimeUtc,
    /// None of its meetings ends after; none, where it goes on.
    pub ends_at: Option<DateTimeUtc>,
    pub created_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
