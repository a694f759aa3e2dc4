//! My profile in the export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    entities::{
        DayHours, Weekday,
        profile::{self, Discoverable, Experience},
    },
    http::text,
};

/// What I tell colleagues about my work.
#[derive(Serialize, ToSchema)]
pub struct ExportedProfile {
    /// Headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub headline: Option<String>,
    /// About me.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub about: Option<String>,
    /// Pronouns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub pronouns: Option<String>,
    /// ISO 3166-1 country.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6)]
    pub region: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub city: Option<String>,
    /// IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub time_zone: Option<String>,
    /// BCP 47 tags of the languages I work in.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    pub languages: Vec<String>,
    /// National Provider Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 10)]
    pub npi: Option<String>,
    /// NUCC provider codes.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    pub taxonomy_codes: Vec<String>,
    /// Keys of specialties.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    pub specialties: Vec<String>,
    /// Keys of modalities.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    pub modalities: Vec<String>,
    /// Keys of populations.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    pub populations: Vec<String>,
    /// Years in practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub experience: Option<Experience>,
    /// How I work.
    #[schema(max_items = 10, value_type = Vec<text::Keyword>)]
    pub formats: Vec<String>,
    /// When I have time, in local time.
    #[schema(max_items = 1000)]
    pub availability: Vec<ExportedHours>,
    /// What I am open to.
    #[schema(max_items = 10, value_type = Vec<text::Keyword>)]
    pub open_to: Vec<String>,
    /// Who finds me in the directory.
    pub discoverable: Discoverable,
    /// When I first wrote it.
    pub created_at: DateTime<Utc>,
    /// When I last changed it.
    pub updated_at: DateTime<Utc>,
}

impl From<profile::Model> for ExportedProfile {
    fn from(row: profile::Model) -> Self {
        Self {
            headline: row.headline,
            about: row.about,
            pronouns: row.pronouns,
            country: row.country,
            region: row.region,
            city: row.city,
            time_zone: row.time_zone,
            languages: row.languages.0,
            npi: row.npi,
            taxonomy_codes: row.taxonomy_codes.0,
            specialties: row.specialties.0,
            modalities: row.modalities.0,
            populations: row.populations.0,
            experience: row.experience,
            formats: row.formats.0,
            availability: row.availability.0.into_iter().map(Into::into).collect(),
            open_to: row.open_to.0,
            discoverable: row.discoverable,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Hours of one day of the week, in local time.
#[derive(Serialize, ToSchema)]
pub struct ExportedHours {
    /// The day.
    pub weekday: Weekday,
    /// When they begin, `HH:MM`.
    #[schema(max_length = 5)]
    pub from: String,
    /// When they end, `HH:MM`.
    #[schema(max_length = 5)]
    pub to: String,
}

impl From<DayHours> for ExportedHours {
    fn from(hours: DayHours) -> Self {
        Self { weekday: hours.weekday, from: hours.from, to: hours.to }
    }
}
