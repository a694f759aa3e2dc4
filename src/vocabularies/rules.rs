use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list of words that the service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vocabulary {
    Specialties,
    Modalities,
    Populations,
    LicenceFamilies,
    TaxonomyCodes,
    Formats,
    OpenTo,
    Challenges,
    Benefits,
    Avenues,
    OrganizationKinds,
    Disciplines,
    Offerings,
    GroupFormats,
    ConsultationFormats,
}

/// Whether an avenue belongs to work or to life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvenueKind {
    /// Among colleagues, about the work.
    Professional,
    /// Apart from the work.
    Personal,
}

/// One word of a vocabulary.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "trauma", "label": "Trauma and PTSD", "description": "What overwhelming events leave behind in body and mind."}))]
pub struct Term {
    /// What requests and answers say.
    #[schema(max_length = 64)]
    pub key: String,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: String,
    /// What it means.
    #[schema(max_length = 300)]
    pub description: String,
    /// Of a licence family: the titles that a licence of it can have. The family without titles takes any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20)]
    pub titles: Vec<LicenceTitle>,
    /// Of an avenue: whether it is professional or personal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<AvenueKind>,
    /// Of an avenue: something to do about it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub action: Option<String>,
    /// Of an avenue: what it could look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub idea: Option<String>,
    /// Out of use: neither listed nor taken.
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    retired: bool,
}

/// The title of a licence, as it stands behind a name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(max_length = 100, example = "LMFT")]
pub struct LicenceTitle(pub String);

/// A file under `reference/vocabularies/`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    label: String,
    description: String,
    terms: Vec<Term>,
}

macro_rules! reference_file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../reference/vocabularies/", $name, ".json")))
    };
}

impl Vocabulary {
    /// In the order in which they are listed.
    pub const ALL: [Self; 15] = [
        Self::Specialties,
        Self::Modalities,
        Self::Populations,
        Self::LicenceFamilies,
        Self::TaxonomyCodes,
        Self::Formats,
        Self::OpenTo,
        Self::Challenges,
        Self::Benefits,
        Self::Avenues,
        Self::OrganizationKinds,
        Self::Disciplines,
        Self::Offerings,
        Self::GroupFormats,
        Self::ConsultationFormats,
    ];

    /// Its name and its file.
    fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::Specialties => reference_file!("specialties"),
            Self::Modalities => reference_file!("modalities"),
            Self::Populations => reference_file!("populations"),
            Self::LicenceFamilies => reference_file!("licence_families"),
            Self::TaxonomyCodes => reference_file!("taxonomy_codes"),
            Self::Formats => reference_file!("formats"),
            Self::OpenTo => reference_file!("open_to"),
            Self::Challenges => reference_file!("challenges"),
            Self::Benefits => reference_file!("benefits"),
            Self::Avenues => reference_file!("avenues"),
            Self::OrganizationKinds => reference_file!("organization_kinds"),
            Self::Disciplines => reference_file!("disciplines"),
            Self::Offerings => reference_file!("offerings"),
            Self::GroupFormats => reference_file!("group_formats"),
            Self::ConsultationFormats => reference_file!("consultation_formats"),
        }
    }

    /// Every file, read once. One that cannot be read is empty here, and fails the tests below.
    fn content(self) -> &'static Content {
        static EMPTY: Content = Content { label: String::new(), description: String::new(), terms: Vec::new() };
        static CONTENTS: LazyLock<HashMap<Vocabulary, Content>> = LazyLock::new(|| {
            let read = |vocabulary: Vocabulary| serde_json::from_str(vocabulary.source().1).unwrap_or_default();
            Vocabulary::ALL.map(|vocabulary| (vocabulary, read(vocabulary))).into()
        });
        CONTENTS.get(&self).unwrap_or(&EMPTY)
    }

    /// What paths and problems call it.
    pub fn name(self) -> &'static str {
        self.source().0
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vocabulary| vocabulary.name() == name)
    }

    pub fn label(self) -> &'static str {
        &self.content().label
    }

    pub fn description(self) -> &'static str {
        &self.content().description
    }

    /// The words in use, in their order.
    pub fn terms(self) -> impl Iterator<Item = &'static Term> {
        self.content().terms.iter().filter(|term| !term.retired)
    }

    /// Whether `key` is a word in use.
    pub fn contains(self, key: &str) -> bool {
        self.terms().any(|term| term.key == key)
    }

    /// Whether `key` was a word and has gone out of use.
    pub fn has_retired(self, key: &str) -> bool {
        self.find(key).is_some_and(|term| term.retired)
    }

    /// A word, also one out of use.
    pub fn find(self, key: &str) -> Option<&'static Term> {
        self.content().terms.iter().find(|term| term.key == key)
    }
}

/// The titles of a licence family. None where any title is taken.
pub fn licence_titles(family: &str) -> Option<&'static [LicenceTitle]> {
    let titles = Vocabulary::LicenceFamilies.find(family).map(|term| term.titles.as_slice());
    titles.filter(|titles| !titles.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sea_orm::Iterable;

    use super::*;
    use crate::entities::organization::OrganizationKind;

    fn keys(vocabulary: Vocabulary) -> Vec<&'static str> {
        vocabulary.terms().map(|term| term.key.as_str()).collect()
    }

    #[test]
    fn every_file_can_be_read_and_keeps_the_published_bounds() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/reference/vocabularies")).unwrap();
        assert_eq!(files.count(), Vocabulary::ALL.len(), "a file that no vocabulary reads");
        for vocabulary in Vocabulary::ALL {
            let name = vocabulary.name();
            let content: Content = serde_json::from_str(vocabulary.source().1).unwrap_or_else(|error| {
                panic!("reference/vocabularies/{name}.json: {error}");
            });
            assert!(!content.label.is_empty() && content.label.len() <= 100, "{name}");
            assert!(!content.description.is_empty() && content.description.len() <= 300, "{name}");
            assert!((1..=100).contains(&content.terms.len()), "{name}");
            let mut seen = HashSet::new();
            for term in &content.terms {
                assert!(seen.insert(&term.key), "{name}: {} stands twice", term.key);
                assert!((2..=64).contains(&term.key.len()), "{name}: {}", term.key);
                assert!(!term.label.is_empty() && term.label.len() <= 100, "{name}: {}", term.key);
                assert!(!term.description.is_empty() && term.description.len() <= 300, "{name}: {}", term.key);
                assert!(term.titles.len() <= 20 && term.titles.iter().all(|title| title.0.len() <= 100), "{name}");
                let words = [&term.action, &term.idea];
                assert!(words.into_iter().flatten().all(|text| (1..=300).contains(&text.len())), "{name}");
            }
        }
    }

    #[test]
    fn keys_are_lower_snake_case_and_taxonomy_codes_have_their_own_form() {
        for vocabulary in Vocabulary::ALL {
            let well_formed = |key: &str| match vocabulary {
                Vocabulary::TaxonomyCodes => {
                    key.len() == 10 && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                }
                _ => key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            };
            vocabulary.content().terms.iter().for_each(|term| assert!(well_formed(&term.key), "{}", term.key));
        }
    }

    #[test]
    fn challenges_and_benefits_are_complete_and_in_order() {
        let challenges = [
            "professional_isolation",
            "decision_making_complexity",
            "caseload_pressure",
            "administrative_demands",
            "trauma_exposure",
            "personal_matters",
        ];
        assert_eq!(keys(Vocabulary::Challenges), challenges);
        let benefits = ["mutual_support", "knowledge_exchange", "preventing_burnout", "career_growth"];
        assert_eq!(keys(Vocabulary::Benefits), benefits);
    }

    #[test]
    fn seven_avenues_are_professional_and_nine_personal_each_with_an_action_and_an_idea() {
        let of = |kind| Vocabulary::Avenues.terms().filter(move |term| term.kind == Some(kind));
        assert_eq!((of(AvenueKind::Professional).count(), of(AvenueKind::Personal).count()), (7, 9));
        assert!(Vocabulary::Avenues.terms().all(|term| term.action.is_some() && term.idea.is_some()));
        assert_eq!(Vocabulary::Avenues.terms().count(), 16);
    }

    #[test]
    fn organization_kinds_are_those_that_organizations_can_have() {
        let kinds: Vec<_> = OrganizationKind::iter().map(|kind| serde_json::to_value(kind).unwrap()).collect();
        assert_eq!(keys(Vocabulary::OrganizationKinds), kinds.iter().map(|k| k.as_str().unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn a_retired_word_is_known_but_neither_listed_nor_taken() {
        for code in ["103GC0700X", "103TE1000X", "103TM1700X"] {
            let codes = Vocabulary::TaxonomyCodes;
            assert!(codes.has_retired(code) && !codes.contains(code) && !keys(codes).contains(&code), "{code}");
        }
        assert_eq!(keys(Vocabulary::TaxonomyCodes).len(), 26);
        assert!(!Vocabulary::TaxonomyCodes.has_retired("101Y00000X"));
        assert!(!Vocabulary::TaxonomyCodes.has_retired("999Z99999X"));
    }

    #[test]
    fn licence_families_have_titles_but_for_the_last() {
        let families = keys(Vocabulary::LicenceFamilies);
        let (last, named) = families.split_last().unwrap();
        assert!(named.iter().all(|family| licence_titles(family).is_some()));
        assert_eq!((*last, licence_titles(last).is_none()), ("other", true));
        assert!(licence_titles("mft").unwrap().iter().any(|title| title.0 == "LMFT"));
    }
}
