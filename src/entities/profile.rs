//! What a therapist tells colleagues about their work.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Strings, WeeklyHours};

/// Years in practice since licensure.
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
pub enum Experience {
    /// Not licensed yet.
    PreLicensed,
    /// Up to 5 years.
    Early,
    /// 6 to 10 years.
    Established,
    /// 11 to 20 years.
    Senior,
    /// Over 20 years.
    Veteran,
}

/// Who finds a profile in the directory.
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
pub enum Discoverable {
    Nobody,
    /// Everyone who is signed in.
    Members,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub headline: Option<String>,
    pub about: Option<String>,
    pub pronouns: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub city: Option<String>,
    pub time_zone: Option<String>,
    pub languages: Strings,
    pub npi: Option<String>,
    pub taxonomy_codes: Strings,
    pub specialties: Strings,
    pub modalities: Strings,
    pub populations: Strings,
    pub experience: Option<Experience>,
    pub formats: Strings,
    /// Local to `time_zone`.
    pub availability: WeeklyHours,
    pub open_to: Strings,
    pub discoverable: Discoverable,
    /// Folded display name.
    pub sort_name: String,
    /// Folded words of the name.
    pub search_name: String,
    /// Folded words of the rest.
    pub search_text: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
