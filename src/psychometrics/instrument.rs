//! What an instrument is, once its file has been read and found sound.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::outcome::{Answers, Outcome};

/// One version of an instrument.
#[derive(Clone, Debug)]
pub struct Instrument {
    pub key: String,
    /// Such as `1.0.0`. `(key, version)` never changes.
    pub version: String,
    pub title: String,
    /// What it asks after, in our words.
    pub description: String,
    /// What to bear in mind with its results.
    pub note: Option<String>,
    pub source: Source,
    pub licence: Licence,
    /// Of the wording in the file, where there is one.
    pub language: Option<String>,
    /// The days that its questions look back on.
    pub recall_days: Option<u32>,
    /// The days that should lie between two, for them to tell something new.
    pub min_interval_days: u32,
    pub kind: Kind,
    pub items: Vec<Item>,
    pub scales: Vec<Scale>,
    pub norms: Vec<Norm>,
    pub reliable_change: Vec<ReliableChange>,
    pub customary_change: Vec<CustomaryChange>,
    /// When a result is answered with where to find help.
    pub support: Option<SupportRule>,
    pub examples: Vec<Example>,
    /// Hexadecimal, over the canonical JSON (RFC 8785) of all that decides a score.
    pub rules_sha256: String,
}

/// What sort of thing an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A list that helps to take stock; its figures are no measurement.
    Checklist,
    /// Items that add up to scales.
    Scale,
}

/// Where an instrument comes from.
#[derive(Clone, Debug)]
pub struct Source {
    pub citation: String,
    pub url: Option<String>,
}

/// On what terms an instrument may be used.
#[derive(Clone, Debug)]
pub struct Licence {
    /// In our words.
    pub statement: String,
    /// Where the form, or its terms, can be had.
    pub url: Option<String>,
    pub text_status: TextStatus,
}

/// Where the wording in the file comes from. One that an administrator has imported is not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextStatus {
    /// The file holds it.
    Bundled,
    /// The file has structure and scoring alone.
    StructureOnly,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Item {
    pub name: String,
    pub text: Option<String>,
    pub choices: Vec<Choice>,
    /// The item whose answer 0 makes this one moot: it is not asked then, and does not count if it is answered.
    pub asked_if: Option<String>,
}

/// One possible answer to an item.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is answered.
    pub value: i64,
    /// What counts: in a reversed item not the value.
    pub weight: i64,
    pub label: Option<String>,
}

/// How the items of a scale are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sum,
    /// Of those that were answered.
    Mean,
    /// How often times how much: such scales are ranked against one another.
    Product,
}

/// A figure that answers add up to.
#[derive(Clone, Debug)]
pub struct Scale {
    pub key: String,
    pub title: String,
    pub items: Vec<String>,
    pub method: Method,
    pub factor: f64,
    /// With fewer answers there is no score. Moot items neither count nor are missed.
    pub min_answered: usize,
    /// The lowest score that can be had, for charts and aggregates.
    pub minimum: f64,
    /// The highest score that can be had.
    pub maximum: f64,
    pub higher_is_better: bool,
    /// From the lowest up, without holes.
    pub bands: Vec<Band>,
    pub band_source: Option<String>,
    /// The bands are customary, not validated; `note` says more.
    pub provisional: bool,
    pub note: Option<String>,
}

/// A stretch of a scale that has a name, up to where the next one begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub key: String,
    pub from: f64,
    /// `from` itself still belongs to the band below.
    pub exclusive: bool,
}

/// How a sample scored on a scale.
#[derive(Clone, Debug)]
pub struct Norm {
    pub scale: String,
    pub mean: f64,
    pub sd: f64,
    /// Names the sample, as results do.
    pub sample: String,
    pub source: String,
}

/// What a reliable change of a scale is reckoned from (Jacobson & Truax 1991).
#[derive(Clone, Debug)]
pub struct ReliableChange {
    pub scale: String,
    pub sd: Option<f64>,
    pub reliability: Option<f64>,
    /// Not both are published and confirmed: a change cannot be told from chance.
    pub provisional: bool,
    pub source: String,
}

/// A change that is taken for one by custom: a mark, not a reckoning.
#[derive(Clone, Debug)]
pub struct CustomaryChange {
    pub scale: String,
    pub points: f64,
    pub source: String,
}

/// From which score on a result is answered with where to find help.
#[derive(Clone, Debug)]
pub struct SupportRule {
    pub scale: String,
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

/// A worked case.
#[derive(Clone, Debug)]
pub struct Example {
    pub case: String,
    pub answers: Answers,
    pub expected: Outcome,
}

impl Instrument {
    /// Results are compared within one of these.
    pub fn major(&self) -> u64 {
        major(&self.version)
    }

    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.name == name)
    }

    pub fn scale(&self, key: &str) -> Option<&Scale> {
        self.scales.iter().find(|scale| scale.key == key)
    }

    pub fn norm(&self, scale: &str) -> Option<&Norm> {
        self.norms.iter().find(|norm| norm.scale == scale)
    }

    /// Whether the wording of every item is in the file.
    pub fn is_worded(&self) -> bool {
        self.licence.text_status == TextStatus::Bundled
    }
}

impl Item {
    pub fn choice(&self, value: i64) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.value == value)
    }

    /// Whether some of its answers count for another value than they have.
    pub fn is_reversed(&self) -> bool {
        self.choices.iter().any(|choice| choice.weight != choice.value)
    }

    /// The lowest and the highest weight.
    pub fn range(&self) -> (i64, i64) {
        let weights = || self.choices.iter().map(|choice| choice.weight);
        (weights().min().unwrap_or_default(), weights().max().unwrap_or_default())
    }
}

impl Scale {
    /// The band that a score lies in.
    pub fn band(&self, score: f64) -> Option<&Band> {
        self.bands.iter().rev().find(|band| band.begins_at_or_below(score))
    }
}

impl Band {
    fn begins_at_or_below(&self, score: f64) -> bool {
        if self.exclusive { score > self.from } else { score >= self.from }
    }
}

impl SupportRule {
    pub fn applies_to(&self, score: f64) -> bool {
        self.at_least.is_some_and(|bound| score >= bound) || self.at_most.is_some_and(|bound| score <= bound)
    }
}

/// The first number of a version: results are compared within one.
pub fn major(version: &str) -> u64 {
    numbers(version).map_or(0, |(major, ..)| major)
}

/// The three numbers of a version.
pub(super) fn numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.split('.').map(|part| {
        let digits = !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let numbers = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(numbers)
}
