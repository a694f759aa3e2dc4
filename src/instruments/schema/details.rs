use serde::Serialize;
use utoipa::ToSchema;

use super::summary::{TextStatus, WordingLanguage, languages};
use crate::{
    http::text,
    instruments::rules::Wording,
    psychometrics::{self, Instrument, Item, Kind, Method, Scale},
};

/// An instrument: what it asks, how it is scored, on what terms it may be used.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"key": "mini-z-1", "version": "1.0.0", "versions": ["1.0.0"], "title": "Mini Z single-item burnout measure", "description": "Burnout in a single item.", "kind": "scale", "source": {"citation": "Dolan et al. (2015)."}, "licence": {"statement": "Only its structure ships with this service.", "text_status": "structure_only"}, "languages": [], "min_interval_days": 7, "items": [{"item": "1", "options": [{"value": 1, "weight": 1}, {"value": 2, "weight": 2}]}], "scales": [{"scale": "level", "title": "Level", "items": ["1"], "method": "sum", "factor": 1.0, "min_answered": 1, "minimum": 1.0, "maximum": 5.0, "higher_is_better": false, "bands": [{"band": "no_burnout", "from": 1.0, "exclusive": false}, {"band": "burnout", "from": 3.0, "exclusive": false}], "band_source": "Dolan et al. (2015).", "provisional": false}], "norms": [], "reliable_change": [], "customary_change": [], "support": {"scale": "level", "at_least": 5.0}, "rules_sha256": "4238b23504d87e56ff7e70676486c54b7c2762c540714357998214cbbee26d18"}))]
pub struct InstrumentDetail {
    /// What its path says.
    #[schema(max_length = 40)]
    key: String,
    /// This version. A version never changes: a correction is a new one.
    #[schema(max_length = 20)]
    version: String,
    /// Every version that there is, the newest last.
    #[schema(max_items = 1000)]
    versions: Vec<VersionNumber>,
    /// What people call it.
    #[schema(max_length = 200)]
    title: String,
    /// What it asks after.
    #[schema(max_length = 1000)]
    description: String,
    /// What to bear in mind with its results.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    note: Option<String>,
    /// What sort of thing it is.
    kind: Kind,
    /// Where it was published.
    source: InstrumentSource,
    /// On what terms it may be used.
    licence: InstrumentLicence,
    /// The language of the wording that is answered; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 35)]
    language: Option<String>,
    /// The languages in which there is a wording.
    #[schema(max_items = 500)]
    languages: Vec<WordingLanguage>,
    /// The days that its questions look back on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    recall_days: Option<u32>,
    /// The days that should lie between two.
    #[schema(minimum = 0)]
    min_interval_days: u32,
    /// What it asks, in this order.
    #[schema(max_items = 100)]
    items: Vec<InstrumentItem>,
    /// What answers add up to.
    #[schema(max_items = 40)]
    scales: Vec<InstrumentScale>,
    /// How samples have scored.
    #[schema(max_items = 40)]
    norms: Vec<InstrumentNorm>,
    /// What a reliable change is reckoned from.
    #[schema(max_items = 40)]
    reliable_change: Vec<InstrumentReliableChange>,
    /// What is taken for a change by custom.
    #[schema(max_items = 40)]
    customary_change: Vec<InstrumentCustomaryChange>,
    /// When a result comes with where to find help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    support: Option<InstrumentSupport>,
    /// SHA-256 in hexadecimal over the canonical JSON of all that decides a score. Results name it.
    #[schema(min_length = 64, max_length = 64)]
    rules_sha256: String,
}

/// The number of a version.
#[derive(Serialize, ToSchema)]
#[schema(max_length = 20, example = "1.0.0")]
pub struct VersionNumber(pub String);

/// Where an instrument was published.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"citation": "Dolan et al. (2015)."}))]
pub struct InstrumentSource {
    /// The publication.
    #[schema(max_length = 500)]
    citation: String,
    /// Where it can be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500, format = Uri)]
    url: Option<String>,
}

/// On what terms an instrument may be used.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"statement": "Only its structure ships with this service.", "text_status": "structure_only"}))]
pub struct InstrumentLicence {
    /// The terms, in our words.
    #[schema(max_length = 1000)]
    statement: String,
    /// Where the form, or its terms, can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500, format = Uri)]
    url: Option<String>,
    /// Where the wording that is answered comes from.
    text_status: TextStatus,
    /// Who permits the use of a wording that was imported, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    permission: Option<String>,
}

/// A question.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"item": "1", "options": [{"value": 1, "weight": 1}]}))]
pub struct InstrumentItem {
    /// Its number or its name.
    #[schema(max_length = 64)]
    item: String,
    /// What it asks; absent without a wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    text: Option<String>,
    /// The item that decides whether this one is asked: not if that is answered with 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    asked_if: Option<String>,
    /// What can be answered.
    #[schema(max_items = 11)]
    options: Vec<InstrumentOption>,
}

/// A possible answer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"value": 1, "weight": 5}))]
pub struct InstrumentOption {
    /// What is answered.
    #[schema(minimum = 0, maximum = 100)]
    value: i64,
    /// What counts: in a reversed item not the value.
    #[schema(minimum = 0, maximum = 100)]
    weight: i64,
    /// What it is called; absent without a wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    label: Option<String>,
}

/// A figure that answers add up to.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"scale": "level", "title": "Level", "items": ["1"], "method": "sum", "factor": 1.0, "min_answered": 1, "minimum": 1.0, "maximum": 5.0, "higher_is_better": false, "bands": [{"band": "no_burnout", "from": 1.0, "exclusive": false}], "band_source": "Dolan et al. (2015).", "provisional": false}))]
pub struct InstrumentScale {
    /// Its key, as results have it.
    #[schema(max_length = 64)]
    scale: String,
    /// What people call it.
    #[schema(max_length = 100)]
    title: String,
    /// The items that count.
    #[schema(max_items = 100, value_type = Vec<text::Keyword>)]
    items: Vec<String>,
    /// How they are put together.
    method: Method,
    /// What that is multiplied by.
    factor: f64,
    /// How many of them must be answered, of those that are asked.
    #[schema(minimum = 1, maximum = 100)]
    min_answered: usize,
    /// The lowest score that can be had.
    minimum: f64,
    /// The highest score that can be had.
    maximum: f64,
    /// Which way is the good one.
    higher_is_better: bool,
    /// From the lowest up, without holes.
    #[schema(max_items = 10)]
    bands: Vec<InstrumentBand>,
    /// Where the bands come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    band_source: Option<String>,
    /// The bands are customary, not validated.
    provisional: bool,
    /// What to bear in mind with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 500)]
    note: Option<String>,
}

/// A stretch of a scale that has a name, up to where the next one begins.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"band": "low", "from": 28.0, "exclusive": true}))]
pub struct InstrumentBand {
    /// Its key, as results have it.
    #[schema(max_length = 64)]
    band: String,
    /// Where it begins.
    from: f64,
    /// Whether that very score still belongs to the band below.
    exclusive: bool,
}

/// How a sample scored on a scale.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"scale": "burnout", "mean": 22.8, "sd": 5.4, "sample": "De La Rosa et al. 2018, N = 5,612", "source": "De La Rosa et al. (2018)."}))]
pub struct InstrumentNorm {
    /// Which scale.
    #[schema(max_length = 64)]
    scale: String,
    /// The mean of the sample.
    mean: f64,
    /// Its standard deviation.
    sd: f64,
    /// The sample, as results name it.
    #[schema(max_length = 200)]
    sample: String,
    /// Where that was published.
    #[schema(max_length = 500)]
    source: String,
}

/// What a reliable change of a scale is reckoned from (Jacobson & Truax 1991).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"scale": "compassion_satisfaction", "sd": 6.5, "reliability": 0.88, "provisional": false, "source": "De La Rosa et al. (2018)."}))]
pub struct InstrumentReliableChange {
    /// Which scale.
    #[schema(max_length = 64)]
    scale: String,
    /// The standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sd: Option<f64>,
    /// The reliability.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reliability: Option<f64>,
    /// Not both are published and confirmed, so that no change is interpreted.
    provisional: bool,
    /// Where they were published, or what is missing.
    #[schema(max_length = 500)]
    source: String,
}

/// What is taken for a change by custom.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"scale": "percent", "points": 10.0, "source": "Topp et al. (2015)."}))]
pub struct InstrumentCustomaryChange {
    /// Which scale.
    #[schema(max_length = 64)]
    scale: String,
    /// So many points, either way.
    points: f64,
    /// Where the custom comes from.
    #[schema(max_length = 500)]
    source: String,
}

/// When a result comes with where to find help.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"scale": "percent", "at_most": 28.0}))]
pub struct InstrumentSupport {
    /// On which scale.
    #[schema(max_length = 64)]
    scale: String,
    /// From this score up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    at_least: Option<f64>,
    /// From this score down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    at_most: Option<f64>,
}

impl InstrumentDetail {
    /// `versions` are all there are of it, `imported` the languages in which this one was imported.
    pub fn new(
        instrument: &Instrument,
        versions: Vec<VersionNumber>,
        imported: Vec<String>,
        wording: Option<&Wording>,
    ) -> Self {
        let text_status = match wording {
            Some(wording) if wording.imported => TextStatus::Imported,
            Some(_) => TextStatus::Bundled,
            None => TextStatus::StructureOnly,
        };
        let permission = wording.and_then(|wording| wording.permission.clone());
        let titled = wording.and_then(|wording| wording.title.clone());
        let psychometrics::Source { citation, url } = instrument.source.clone();
        let psychometrics::Licence { statement, url: terms, .. } = instrument.licence.clone();
        Self {
            key: instrument.key.clone(),
            version: instrument.version.clone(),
            versions,
            title: titled.unwrap_or_else(|| instrument.title.clone()),
            description: instrument.description.clone(),
            note: instrument.note.clone(),
            kind: instrument.kind,
            source: InstrumentSource { citation, url },
            licence: InstrumentLicence { statement, url: terms, text_status, permission },
            language: wording.map(|wording| wording.language.clone()),
            languages: languages(instrument, imported),
            recall_days: instrument.recall_days,
            min_interval_days: instrument.min_interval_days,
            items: instrument.items.iter().map(|item| InstrumentItem::new(item, wording)).collect(),
            scales: instrument.scales.iter().map(InstrumentScale::from).collect(),
            norms: instrument.norms.iter().cloned().map(InstrumentNorm::from).collect(),
            reliable_change: instrument.reliable_change.iter().cloned().map(Into::into).collect(),
            customary_change: instrument.customary_change.iter().cloned().map(Into::into).collect(),
            support: instrument.support.clone().map(InstrumentSupport::from),
            rules_sha256: instrument.rules_sha256.clone(),
        }
    }
}

impl InstrumentItem {
    fn new(item: &Item, wording: Option<&Wording>) -> Self {
        let label = |value| wording.and_then(|wording| wording.label(&item.name, value)).map(ToOwned::to_owned);
        let options = item.choices.iter().map(|choice| InstrumentOption {
            value: choice.value,
            weight: choice.weight,
            label: label(choice.value),
        });
        Self {
            item: item.name.clone(),
            text: wording.and_then(|wording| wording.text(&item.name)).map(ToOwned::to_owned),
            asked_if: item.asked_if.clone(),
            options: options.collect(),
        }
    }
}

impl From<&Scale> for InstrumentScale {
    fn from(scale: &Scale) -> Self {
        let bands = scale.bands.iter().cloned();
        Self {
            scale: scale.key.clone(),
            title: scale.title.clone(),
            items: scale.items.clone(),
            method: scale.method,
            factor: scale.factor,
            min_answered: scale.min_answered,
            minimum: scale.minimum,
            maximum: scale.maximum,
            higher_is_better: scale.higher_is_better,
            bands: bands
                .map(|band| InstrumentBand { band: band.key, from: band.from, exclusive: band.exclusive })
                .collect(),
            band_source: scale.band_source.clone(),
            provisional: scale.provisional,
            note: scale.note.clone(),
        }
    }
}

impl From<psychometrics::Norm> for InstrumentNorm {
    fn from(norm: psychometrics::Norm) -> Self {
        let psychometrics::Norm { scale, mean, sd, sample, source } = norm;
        Self { scale, mean, sd, sample, source }
    }
}

impl From<psychometrics::ReliableChange> for InstrumentReliableChange {
    fn from(change: psychometrics::ReliableChange) -> Self {
        let psychometrics::ReliableChange { scale, sd, reliability, provisional, source } = change;
        Self { scale, sd, reliability, provisional, source }
    }
}

impl From<psychometrics::CustomaryChange> for InstrumentCustomaryChange {
    fn from(change: psychometrics::CustomaryChange) -> Self {
        let psychometrics::CustomaryChange { scale, points, source } = change;
        Self { scale, points, source }
    }
}

impl From<psychometrics::SupportRule> for InstrumentSupport {
    fn from(rule: psychometrics::SupportRule) -> Self {
        let psychometrics::SupportRule { scale, at_least, at_most } = rule;
        Self { scale, at_least, at_most }
    }
}
