use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::requests::{ItemWording, OptionWording};
use crate::{
    entities::instrument_wording::{Model, StoredItem},
    http::page::Page,
};

pub type InstrumentWordingPage = Page<InstrumentWordingSummary>;

/// A language in which an instrument has been imported.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"instrument": "who-5", "instrument_version": "1.0.0", "language": "es", "permission": "By the holder of the rights, in a letter of 2 November 2026.", "imported_at": "2026-11-23T18:00:00Z"}))]
pub struct InstrumentWordingSummary {
    /// The key of the instrument.
    #[schema(max_length = 40)]
    pub instrument: String,
    /// The version of the instrument that it words.
    #[schema(max_length = 20)]
    pub instrument_version: String,
    /// The language, as a BCP 47 tag.
    #[schema(max_length = 35)]
    pub language: String,
    /// Who permits its use, and how.
    #[schema(max_length = 500)]
    pub permission: String,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
}

impl From<Model> for InstrumentWordingSummary {
    fn from(row: Model) -> Self {
        Self {
            instrument: row.instrument_key,
            instrument_version: row.instrument_version,
            language: row.language,
            permission: row.permission,
            imported_at: row.updated_at,
        }
    }
}

/// The wording of an instrument in one language, as it was imported.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"instrument": "mini-z-1", "instrument_version": "1.0.0", "language": "es", "permission": "By the holder of the rights, in a letter of 2 November 2026.", "items": [{"item": "1", "text": "El texto de la primera pregunta.", "options": [{"value": 1, "label": "Nada"}]}], "version": 1, "imported_at": "2026-11-23T18:00:00Z"}))]
pub struct InstrumentWording {
    /// The key of the instrument.
    #[schema(max_length = 40)]
    pub instrument: String,
    /// The version of the instrument that it words.
    #[schema(max_length = 20)]
    pub instrument_version: String,
    /// The language, as a BCP 47 tag.
    #[schema(max_length = 35)]
    pub language: String,
    /// What the instrument is called in this language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub title: Option<String>,
    /// Who permits its use, and how.
    #[schema(max_length = 500)]
    pub permission: String,
    /// What the items ask, in the order of the instrument.
    #[schema(max_items = 100)]
    pub items: Vec<ItemWording>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
}

impl From<Model> for InstrumentWording {
    fn from(row: Model) -> Self {
        let item = |StoredItem { item, text, options }: StoredItem| ItemWording {
            item,
            text,
            options: options.into_iter().map(|one| OptionWording { value: one.value, label: one.label }).collect(),
        };
        Self {
            instrument: row.instrument_key,
            instrument_version: row.instrument_version,
            language: row.language,
            title: row.title,
            permission: row.permission,
            items: row.items.0.into_iter().map(item).collect(),
            version: row.version,
            imported_at: row.updated_at,
        }
    }
}
