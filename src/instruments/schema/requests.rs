use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    http::text,
    instruments::rules::{Draft, DraftItem, DraftLabel},
};

/// The wording of an instrument in one language.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"permission": "By the holder of the rights, in a letter of 2 November 2026.", "title": "Bienestar", "items": [{"item": "1", "text": "El texto de la primera pregunta.", "options": [{"value": 5, "label": "Todo el tiempo"}]}], "options": [{"value": 0, "label": "Nunca"}]}))]
pub struct InstrumentWordingReplace {
    /// Who permits that the wording is used here, and how. Everyone can read it.
    #[validate(length(min = 3, max = 500), custom(function = "text::prose"))]
    #[schema(min_length = 3, max_length = 500)]
    pub permission: String,
    /// What the instrument is called in this language.
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// What the items ask: every item of the instrument, each once.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<ItemWording>,
    /// What answers are called, for items without `options` of their own.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(required = false, max_items = 50)]
    pub options: Vec<OptionWording>,
}

/// What an item asks.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"item": "1", "text": "El texto de la primera pregunta.", "options": [{"value": 5, "label": "Todo el tiempo"}]}))]
pub struct ItemWording {
    /// Which item.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub item: String,
    /// The question or statement.
    #[validate(length(min = 1, max = 500), custom(function = "text::prose"))]
    #[schema(min_length = 1, max_length = 500)]
    pub text: String,
    /// What the answers to this item are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 11), nested)]
    #[schema(required = false, max_items = 11)]
    pub options: Vec<OptionWording>,
}

/// What an answer is called.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": 0, "label": "Nunca"}))]
pub struct OptionWording {
    /// Which answer.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub value: i64,
    /// Its words.
    #[validate(length(min = 1, max = 200), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
}

impl From<InstrumentWordingReplace> for Draft {
    fn from(body: InstrumentWordingReplace) -> Self {
        let item = |(at, item): (usize, ItemWording)| DraftItem {
            options: labels(item.options, &format!("/items/{at}/options")),
            place: format!("/items/{at}/item"),
            item: item.item,
            text: item.text,
        };
        Self {
            title: body.title,
            permission: body.permission,
            items: body.items.into_iter().enumerate().map(item).collect(),
            options: labels(body.options, "/options"),
            place: "/items",
        }
    }
}

fn labels(options: Vec<OptionWording>, place: &str) -> Vec<DraftLabel> {
    let label = |(at, option): (usize, OptionWording)| DraftLabel {
        value: option.value,
        label: option.label,
        place: format!("{place}/{at}/value"),
    };
    options.into_iter().enumerate().map(label).collect()
}
