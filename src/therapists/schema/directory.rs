use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::profile::{AvailabilityWindow, LanguageTag};
use crate::{
    entities::{
        licence,
        profile::{self, Experience},
    },
    http::{page::Page, text},
    therapists::rules::{self, LicenceStatus},
    vocabularies::{FormatKey, LicenceFamilyKey, ModalityKey, OpenToKey, PopulationKey, SpecialtyKey, TaxonomyCode},
};

pub type TherapistPage = Page<Therapist>;

/// A colleague, as the directory shows them.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000002", "display_name": "Ana Ruiz", "headline": "Trauma work with couples", "country": "US", "region": "US-CA", "time_zone": "America/Los_Angeles", "languages": ["en", "es"], "licences": [{"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "status": "self_reported"}], "taxonomy_codes": ["106H00000X"], "specialties": ["trauma", "couples"], "modalities": ["emdr"], "populations": ["adults", "couples"], "experience": "senior", "formats": ["online"], "availability": [{"weekday": "friday", "from": "09:00", "to": "12:30"}], "open_to": ["groups", "consults"]}))]
pub struct Therapist {
    /// The id of the account.
    id: Uuid,
    /// What they are called.
    #[schema(max_length = 100)]
    display_name: String,
    /// Their work in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    headline: Option<String>,
    /// Their work in their own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    about: Option<String>,
    /// How to speak of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 40)]
    pronouns: Option<String>,
    /// ISO 3166-1 alpha-2 country that they work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2)]
    country: Option<String>,
    /// ISO 3166-2 region that they work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6)]
    region: Option<String>,
    /// City that they work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    city: Option<String>,
    /// IANA time zone of `availability`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    time_zone: Option<String>,
    /// Languages that they work in.
    #[schema(max_items = 20)]
    languages: Vec<LanguageTag>,
    /// Their licences to practise.
    #[schema(max_items = 20)]
    licences: Vec<TherapistLicence>,
    /// Their NUCC provider codes (United States).
    #[schema(max_items = 15)]
    taxonomy_codes: Vec<TaxonomyCode>,
    /// What they know particularly well.
    #[schema(max_items = 20)]
    specialties: Vec<SpecialtyKey>,
    /// Their ways of working.
    #[schema(max_items = 20)]
    modalities: Vec<ModalityKey>,
    /// The people whom they work with.
    #[schema(max_items = 20)]
    populations: Vec<PopulationKey>,
    /// How long they have practised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    experience: Option<Experience>,
    /// Where they meet clients.
    #[schema(max_items = 10)]
    formats: Vec<FormatKey>,
    /// When they could meet colleagues, in the wall-clock time of `time_zone`.
    #[schema(max_items = 50)]
    availability: Vec<AvailabilityWindow>,
    /// What they would like to hear from colleagues about.
    #[schema(max_items = 10)]
    open_to: Vec<OpenToKey>,
}

/// A licence to practise, as colleagues see it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "status": "self_reported"}))]
pub struct TherapistLicence {
    /// The kind of licence.
    family: LicenceFamilyKey,
    /// The title that it gives.
    #[schema(max_length = 100)]
    title: String,
    /// ISO 3166-2 region that granted it.
    #[schema(max_length = 6)]
    jurisdiction: String,
    /// How far it can be relied on.
    status: LicenceStatus,
}

/// What to look for. The same parameter given twice means either; different ones all hold.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TherapistFilter {
    /// Words of the name, the headline, the text, the city, the specialties and the like. All must be found.
    #[validate(length(max = 200))]
    #[param(nullable = false, max_length = 200)]
    pub q: Option<String>,
    /// Knows one of these particularly well.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub specialty: Vec<SpecialtyKey>,
    /// Works in one of these ways.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub modality: Vec<ModalityKey>,
    /// Works with one of these.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub population: Vec<PopulationKey>,
    /// Works in one of these languages. `pt` finds `pt-BR` too.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub language: Vec<LanguageTag>,
    /// Meets clients in one of these ways.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub format: Vec<FormatKey>,
    /// Would like to hear about one of these.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub open_to: Vec<OpenToKey>,
    /// Has a licence of one of these kinds.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[param(max_items = 50, required = false)]
    pub licence_family: Vec<LicenceFamilyKey>,
    /// Has a licence of one of these ISO 3166-2 regions.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::regions"))]
    #[param(max_items = 50, required = false, value_type = Vec<text::RegionCode>)]
    pub jurisdiction: Vec<String>,
    /// Works in one of these ISO 3166-1 alpha-2 countries.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::countries"))]
    #[param(max_items = 50, required = false, value_type = Vec<text::CountryCode>)]
    pub country: Vec<String>,
    /// Works in one of these ISO 3166-2 regions.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::regions"))]
    #[param(max_items = 50, required = false, value_type = Vec<text::RegionCode>)]
    pub region: Vec<String>,
    /// Has practised this long.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[param(max_items = 50, required = false)]
    pub experience: Vec<Experience>,
    /// The order; by how well the words of `q` fit when absent, and by name without `q`.
    #[param(inline, nullable = false)]
    pub sort: Option<TherapistSort>,
}

/// An order of therapists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum TherapistSort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

impl Therapist {
    pub fn new(display_name: String, row: profile::Model, licences: Vec<licence::Model>, today: NaiveDate) -> Self {
        let shown = |licence: licence::Model| TherapistLicence {
            status: rules::licence_status(licence.expires_on, licence.verified_at, today),
            family: LicenceFamilyKey(licence.family),
            title: licence.title,
            jurisdiction: licence.jurisdiction,
        };
        Self {
            id: row.account_id,
            display_name,
            headline: row.headline,
            about: row.about,
            pronouns: row.pronouns,
            country: row.country,
            region: row.region,
            city: row.city,
            time_zone: row.time_zone,
            languages: LanguageTag::list(row.languages),
            licences: licences.into_iter().map(shown).collect(),
            taxonomy_codes: TaxonomyCode::list(row.taxonomy_codes),
            specialties: SpecialtyKey::list(row.specialties),
            modalities: ModalityKey::list(row.modalities),
            populations: PopulationKey::list(row.populations),
            experience: row.experience,
            formats: FormatKey::list(row.formats),
            availability: AvailabilityWindow::list(row.availability),
            open_to: OpenToKey::list(row.open_to),
        }
    }
}
