use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::text,
    psychometrics::{Instrument, Kind},
};

/// Which version of an instrument.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionFilter {
    /// Such as `1.0.0`; the newest one when absent.
    #[validate(length(min = 1, max = 20))]
    #[param(nullable = false, min_length = 1, max_length = 20)]
    pub version: Option<String>,
}

/// Which version of an instrument, in which language.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WordedFilter {
    /// Such as `1.0.0`; the newest one when absent.
    #[validate(length(min = 1, max = 20))]
    #[param(nullable = false, min_length = 1, max_length = 20)]
    pub version: Option<String>,
    /// A BCP 47 tag. Where there is no such wording, that of its primary language is answered, else that of the instrument
    /// itself; the answer says which.
    #[validate(length(min = 2, max = 35), custom(function = "text::language"))]
    #[param(nullable = false, min_length = 2, max_length = 35)]
    pub language: Option<String>,
}

/// Where the wording of an instrument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextStatus {
    /// Our own; it ships with the service.
    Bundled,
    /// An administrator imported it, by somebody's leave.
    Imported,
    /// There is none: whoever takes it has the form in hand.
    StructureOnly,
}

/// What an instrument is about.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"key": "who-5", "version": "1.0.0", "title": "WHO-5 Well-Being Index", "description": "How well one has been over the last two weeks, in five items.", "kind": "scale", "item_count": 5, "recall_days": 14, "min_interval_days": 14, "text_status": "structure_only", "languages": []}))]
pub struct InstrumentSummary {
    /// What its path says.
    #[schema(max_length = 40)]
    key: String,
    /// Its newest version.
    #[schema(max_length = 20)]
    version: String,
    /// What people call it.
    #[schema(max_length = 200)]
    title: String,
    /// What it asks after.
    #[schema(max_length = 1000)]
    description: String,
    /// What sort of thing it is.
    kind: Kind,
    /// How many items it has.
    #[schema(minimum = 1, maximum = 100)]
    item_count: usize,
    /// The days that its questions look back on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    recall_days: Option<u32>,
    /// The days that should lie between two.
    #[schema(minimum = 0)]
    min_interval_days: u32,
    /// Where its wording comes from.
    text_status: TextStatus,
    /// The languages in which there is a wording.
    #[schema(max_items = 500)]
    languages: Vec<WordingLanguage>,
}

/// Every instrument.
#[derive(Serialize, ToSchema)]
pub struct InstrumentList {
    /// Our own first, then what others have published.
    #[schema(max_items = 1000)]
    pub items: Vec<InstrumentSummary>,
}

impl InstrumentSummary {
    /// `imported` are the languages in which it was imported.
    pub fn new(instrument: &Instrument, imported: Vec<String>) -> Self {
        let text_status = match (instrument.is_worded(), imported.is_empty()) {
            (true, _) => TextStatus::Bundled,
            (false, false) => TextStatus::Imported,
            (false, true) => TextStatus::StructureOnly,
        };
        Self {
            key: instrument.key.clone(),
            version: instrument.version.clone(),
            title: instrument.title.clone(),
            description: instrument.description.clone(),
            kind: instrument.kind,
            item_count: instrument.items.len(),
            recall_days: instrument.recall_days,
            min_interval_days: instrument.min_interval_days,
            text_status,
            languages: languages(instrument, imported),
        }
    }
}

/// Its own language, and those in which it was imported.
pub(super) fn languages(instrument: &Instrument, imported: Vec<String>) -> Vec<WordingLanguage> {
    let own = instrument.language.clone().filter(|_| instrument.is_worded());
    own.into_iter().chain(imported).map(WordingLanguage).collect()
}

/// A language in which there is a wording: a BCP 47 tag.
#[derive(Serialize, ToSchema)]
#[schema(min_length = 2, max_length = 35, example = "pt-BR")]
pub struct WordingLanguage(pub String);
