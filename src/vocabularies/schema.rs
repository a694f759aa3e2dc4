use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use validator::{Validate, ValidationErrors};

use super::rules::{Term, Vocabulary};
use crate::{entities::Strings, http::text::fault};

/// What a vocabulary is about.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"name": "specialties", "label": "Specialties", "description": "What a therapist, or a group, knows particularly well.", "term_count": 41}))]
pub struct VocabularySummary {
    /// What its path says.
    #[schema(max_length = 64)]
    name: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    label: &'static str,
    /// What its words are for.
    #[schema(max_length = 300)]
    description: &'static str,
    /// How many words it has.
    #[schema(minimum = 1, maximum = 100)]
    term_count: usize,
}

/// Every vocabulary.
#[derive(Serialize, ToSchema)]
pub struct VocabularyList {
    /// The vocabularies, in the order in which one meets them.
    #[schema(max_items = 100)]
    items: Vec<VocabularySummary>,
}

/// A vocabulary and its words.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"name": "formats", "label": "Formats", "description": "Where a therapist meets clients.", "terms": [{"key": "online", "label": "Online", "description": "By video or telephone."}, {"key": "in_person", "label": "In person", "description": "In the consulting room."}]}))]
pub struct VocabularyDetail {
    /// What its path says.
    #[schema(max_length = 64)]
    name: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    label: &'static str,
    /// What its words are for.
    #[schema(max_length = 300)]
    description: &'static str,
    /// The words, in the order in which to show them.
    #[schema(max_items = 100)]
    terms: Vec<&'static Term>,
}

impl VocabularyList {
    pub fn every() -> Self {
        Self { items: Vocabulary::ALL.into_iter().map(VocabularySummary::from).collect() }
    }
}

impl From<Vocabulary> for VocabularySummary {
    fn from(vocabulary: Vocabulary) -> Self {
        Self {
            name: vocabulary.name(),
            label: vocabulary.label(),
            description: vocabulary.description(),
            term_count: vocabulary.terms().count(),
        }
    }
}

impl From<Vocabulary> for VocabularyDetail {
    fn from(vocabulary: Vocabulary) -> Self {
        Self {
            name: vocabulary.name(),
            label: vocabulary.label(),
            description: vocabulary.description(),
            terms: vocabulary.terms().collect(),
        }
    }
}

/// The fault of a key that is not a word in use, or nothing.
fn check(vocabulary: Vocabulary, key: &str) -> Result<(), ValidationErrors> {
    if vocabulary.contains(key) {
        return Ok(());
    }
    let name = vocabulary.name();
    let fault = match vocabulary.has_retired(key) {
        true => fault("retired_key", format!("is out of use; must be a key of /v1/vocabularies/{name}")),
        false => fault("unknown_key", format!("must be a key of /v1/vocabularies/{name}")),
    };
    let mut faults = ValidationErrors::new();
    faults.add("__all__", fault);
    Err(faults)
}

/// A member of a body, or a query parameter, that holds a key of one vocabulary. In a list under
/// `#[validate(nested)]`, each key that is not in use is a fault at its own place.
macro_rules! key_of {
    ($vocabulary:ident, $name:ident) => {
        #[doc = concat!("A key of [`Vocabulary::", stringify!($vocabulary), "`].")]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name(pub String);

        impl $name {
            /// Keys as they are stored.
            pub fn stored(keys: &[Self]) -> Strings {
                Strings(keys.iter().map(|key| key.0.clone()).collect())
            }

            /// Keys that were stored.
            pub fn list(stored: Strings) -> Vec<Self> {
                stored.0.into_iter().map(Self).collect()
            }
        }

        impl Validate for $name {
            fn validate(&self) -> Result<(), ValidationErrors> {
                check(Vocabulary::$vocabulary, &self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let name = Vocabulary::$vocabulary.name();
                let examples = Vocabulary::$vocabulary.terms().take(1).map(|term| term.key.clone());
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(64))
                    .description(Some(format!("A key of `/v1/vocabularies/{name}`. New ones may appear.")))
                    .examples(examples)
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

key_of!(Specialties, SpecialtyKey);
key_of!(Modalities, ModalityKey);
key_of!(Populations, PopulationKey);
key_of!(LicenceFamilies, LicenceFamilyKey);
key_of!(TaxonomyCodes, TaxonomyCode);
key_of!(Formats, FormatKey);
key_of!(OpenTo, OpenToKey);
key_of!(Challenges, ChallengeKey);
key_of!(Avenues, AvenueKey);
key_of!(Disciplines, DisciplineKey);
key_of!(Offerings, OfferingKey);
key_of!(ConsultationFormats, ConsultationFormatKey);
