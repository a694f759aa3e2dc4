//! The file of an instrument, as it is spelt. Places are kept, so that a fault can name its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::instrument::{Kind, Method, TextStatus};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInstrument {
    pub key: Spanned<String>,
    pub version: Spanned<String>,
    pub title: Spanned<String>,
    pub description: Spanned<String>,
    pub note: Option<Spanned<String>>,
    pub kind: Kind,
    pub language: Option<Spanned<String>>,
    pub recall_days: Option<u32>,
    pub min_interval_days: u32,
    pub source: RawSource,
    pub licence: RawLicence,
    /// Sets of answers, by a name that items use.
    pub options: BTreeMap<String, Spanned<Vec<RawOption>>>,
    pub items: Spanned<Vec<RawItem>>,
    pub scales: Vec<Spanned<RawScale>>,
    #[serde(default)]
    pub norms: Vec<RawNorm>,
    #[serde(default)]
    pub reliable_change: Vec<RawReliableChange>,
    #[serde(default)]
    pub customary_change: Vec<RawCustomaryChange>,
    pub support: Option<RawSupport>,
    #[serde(default)]
    pub examples: Vec<Spanned<RawExample>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub citation: Spanned<String>,
    pub url: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLicence {
    pub statement: Spanned<String>,
    pub url: Option<Spanned<String>>,
    pub text_status: Spanned<TextStatus>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOption {
    pub value: i64,
    pub label: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawItem {
    pub name: Spanned<String>,
    pub options: Spanned<String>,
    /// What counts, option by option; the values themselves when absent.
    pub weights: Option<Spanned<Vec<i64>>>,
    pub asked_if: Option<Spanned<String>>,
    pub text: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScale {
    pub key: Spanned<String>,
    pub title: Spanned<String>,
    pub items: Spanned<Vec<Spanned<String>>>,
    pub method: Method,
    #[serde(default = "one")]
    pub factor: f64,
    pub min_answered: Option<Spanned<usize>>,
    pub higher_is_better: bool,
    #[serde(default)]
    pub bands: Vec<Spanned<RawBand>>,
    pub band_source: Option<Spanned<String>>,
    #[serde(default)]
    pub provisional: bool,
    pub note: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    pub key: Spanned<String>,
    /// The lowest score of the band.
    pub from: Option<f64>,
    /// The score above which it begins.
    pub above: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNorm {
    pub scale: Spanned<String>,
    pub mean: f64,
    pub sd: Spanned<f64>,
    pub sample: Spanned<String>,
    pub source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReliableChange {
    pub scale: Spanned<String>,
    pub sd: Option<f64>,
    pub reliability: Option<f64>,
    #[serde(default)]
    pub provisional: bool,
    pub source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCustomaryChange {
    pub scale: Spanned<String>,
    pub points: Spanned<f64>,
    pub source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSupport {
    pub scale: Spanned<String>,
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExample {
    pub case: Spanned<String>,
    /// In the order of the items, blanks between; `_` where there is none.
    pub answers: Spanned<String>,
    /// Those of scales that have one; the others must have none. So with bands and T scores.
    #[serde(default)]
    pub scores: BTreeMap<String, f64>,
    #[serde(default)]
    pub bands: BTreeMap<String, String>,
    #[serde(default)]
    pub t_scores: BTreeMap<String, f64>,
    #[serde(default)]
    pub straight_line: bool,
    #[serde(default)]
    pub ranking: Vec<String>,
    #[serde(default)]
    pub support: bool,
}

fn one() -> f64 {
    1.0
}
