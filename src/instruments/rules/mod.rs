//! What decides about instruments: which language is answered, what makes a wording whole, what FHIR says of them.

mod fhir;
mod language;
mod wording;

pub use fhir::{canonical, questionnaire};
pub use language::{Origin, canonical as canonical_language, choose};
pub use wording::{Draft, DraftItem, DraftLabel, Wording, checked};
