//! Consultation formats on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{self, Format, Phase, Speaks};
use crate::vocabularies::{ConsultationFormatKey, Vocabulary};

/// How a group works on what somebody brings.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"key": "balint", "label": "Balint group", "description": "One tells of a client from memory; the others imagine what happens between the two.", "minutes": 40, "per_person": false, "phases": [{"key": "telling", "label": "Telling", "minutes": 20, "speaks": "presenter", "rule": "One tells of a client from memory."}, {"key": "imagining", "label": "Imagining", "minutes": 15, "speaks": "group", "rule": "The presenter sits back and listens."}, {"key": "coming_back", "label": "Coming back", "minutes": 5, "speaks": "presenter", "rule": "The presenter says what rang true."}]}))]
pub struct ConsultationFormat {
    /// What groups say that they use.
    pub key: ConsultationFormatKey,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// What it is.
    #[schema(max_length = 300)]
    pub description: &'static str,
    /// How long one run takes, without phases that take what time is left.
    #[schema(minimum = 1, maximum = 480)]
    pub minutes: i64,
    /// Everybody has a turn of it, so that nobody presents.
    pub per_person: bool,
    /// Its phases, one after the other.
    #[schema(min_items = 1, max_items = 10)]
    pub phases: Vec<ConsultationPhase>,
}

/// A step of a consultation format.
#[derive(Serialize, ToSchema)]
pub struct ConsultationPhase {
    /// Its name for programs.
    #[schema(max_length = 64)]
    pub key: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// How long it takes. Absent: what time is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 60)]
    pub minutes: Option<i64>,
    /// Who speaks.
    pub speaks: Speaks,
    /// What holds in it.
    #[schema(max_length = 300)]
    pub rule: &'static str,
}

impl ConsultationFormat {
    /// A format with the words of its vocabulary; nothing for one that the vocabulary does not know.
    pub fn of(format: &'static Format) -> Option<Self> {
        let term = Vocabulary::ConsultationFormats.find(&format.key)?;
        Some(Self {
            key: ConsultationFormatKey(format.key.clone()),
            label: &term.label,
            description: &term.description,
            minutes: format.minutes(),
            per_person: format.per_person,
            phases: format.phases.iter().map(ConsultationPhase::from).collect(),
        })
    }
}

impl From<&'static Phase> for ConsultationPhase {
    fn from(phase: &'static Phase) -> Self {
        Self { key: &phase.key, label: &phase.label, minutes: phase.minutes, speaks: phase.speaks, rule: &phase.rule }
    }
}

/// Ways to work on what somebody brings.
#[derive(Serialize, ToSchema)]
pub struct ConsultationFormatList {
    /// The formats, in the order in which to show them.
    #[schema(max_items = 100)]
    pub items: Vec<ConsultationFormat>,
}

impl ConsultationFormatList {
    pub fn every() -> Self {
        Self { items: rules::all().iter().filter_map(ConsultationFormat::of).collect() }
    }
}
