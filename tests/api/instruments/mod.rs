//! Instruments over HTTP: what anybody reads, and the wording that administrators import.

mod fhir;
mod reading;
mod wordings;

use serde_json::{Value, json};

/// A wording of an instrument that others have published, invented by us.
pub fn wording(items: usize) -> Value {
    let item = |number: usize| json!({"item": number.to_string(), "text": format!("Invented question {number}")});
    json!({
        "permission": "By its author, in a letter of 2 November 2026.",
        "title": "An invented title",
        "items": (1..=items).map(item).collect::<Vec<_>>(),
        "options": [{"value": 1, "label": "Hardly"}, {"value": 2, "label": "At times"}, {"value": 3, "label": "Often"}],
    })
}
