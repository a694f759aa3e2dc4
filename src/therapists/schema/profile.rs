use chrono::NaiveDate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError, ValidationErrors};

use crate::{
    entities::{
        DayHours, Strings, Weekday, WeeklyHours, licence,
        profile::{self, Discoverable, Experience},
    },
    http::{body::together, text},
    problem::Fault,
    therapists::rules::{self, HoursFault, LicenceStatus},
    vocabularies::{FormatKey, LicenceFamilyKey, ModalityKey, OpenToKey, PopulationKey, SpecialtyKey, TaxonomyCode},
};

/// What I tell colleagues about my work.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"headline": "Trauma work with couples", "country": "US", "region": "US-CA", "time_zone": "America/Los_Angeles", "languages": ["en", "es"], "licences": [{"id": "01936b2f-5f00-7000-8000-000000000007", "family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number_masked": "•••4567", "expires_on": "2027-06-30", "status": "self_reported"}], "npi": "1234567893", "taxonomy_codes": ["106H00000X"], "specialties": ["trauma", "couples"], "modalities": ["emdr"], "populations": ["adults", "couples"], "experience": "senior", "formats": ["online"], "availability": [{"weekday": "friday", "from": "09:00", "to": "12:30"}], "open_to": ["groups", "consults"], "discoverable": "members"}))]
pub struct Profile {
    /// My work in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 120)]
    headline: Option<String>,
    /// My work in my own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    about: Option<String>,
    /// How to speak of me.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 40)]
    pronouns: Option<String>,
    /// ISO 3166-1 alpha-2 country that I work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2)]
    country: Option<String>,
    /// ISO 3166-2 region that I work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6)]
    region: Option<String>,
    /// City that I work in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    city: Option<String>,
    /// IANA time zone of `availability`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    time_zone: Option<String>,
    /// Languages that I work in.
    #[schema(max_items = 20)]
    languages: Vec<LanguageTag>,
    /// My licences to practise.
    #[schema(max_items = 20)]
    licences: Vec<Licence>,
    /// My National Provider Identifier (United States). Nobody else sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 10)]
    npi: Option<String>,
    /// My NUCC provider codes (United States).
    #[schema(max_items = 15)]
    taxonomy_codes: Vec<TaxonomyCode>,
    /// What I know particularly well.
    #[schema(max_items = 20)]
    specialties: Vec<SpecialtyKey>,
    /// My ways of working.
    #[schema(max_items = 20)]
    modalities: Vec<ModalityKey>,
    /// The people whom I work with.
    #[schema(max_items = 20)]
    populations: Vec<PopulationKey>,
    /// How long I have practised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    experience: Option<Experience>,
    /// Where I meet clients.
    #[schema(max_items = 10)]
    formats: Vec<FormatKey>,
    /// When I could meet colleagues, in the wall-clock time of `time_zone`.
    #[schema(max_items = 50)]
    availability: Vec<AvailabilityWindow>,
    /// What I would like to hear from colleagues about.
    #[schema(max_items = 10)]
    open_to: Vec<OpenToKey>,
    /// Who finds me in the directory.
    discoverable: Discoverable,
}

/// A licence to practise, as its holder sees it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000007", "family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number_masked": "•••4567", "expires_on": "2027-06-30", "status": "self_reported"}))]
pub struct Licence {
    /// Its id. Name it when replacing the profile, to keep the number and the verification.
    id: Uuid,
    /// The kind of licence.
    family: LicenceFamilyKey,
    /// The title that it gives.
    #[schema(max_length = 100)]
    title: String,
    /// ISO 3166-2 region that granted it.
    #[schema(max_length = 6)]
    jurisdiction: String,
    /// The end of its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 10)]
    number_masked: Option<String>,
    /// The last day on which it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_on: Option<NaiveDate>,
    /// How far it can be relied on.
    status: LicenceStatus,
}

/// My profile as it is to be, whole: what is absent is cleared.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_together", skip_on_field_errors = false))]
#[schema(example = json!({"headline": "Trauma work with couples", "country": "US", "region": "US-CA", "time_zone": "America/Los_Angeles", "languages": ["en", "es"], "licences": [{"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567", "expires_on": "2027-06-30"}], "npi": "1234567893", "taxonomy_codes": ["106H00000X"], "specialties": ["trauma", "couples"], "modalities": ["emdr"], "populations": ["adults", "couples"], "experience": "senior", "formats": ["online"], "availability": [{"weekday": "friday", "from": "09:00", "to": "12:30"}], "open_to": ["groups", "consults"], "discoverable": "members"}))]
pub struct ProfileReplace {
    /// My work in one line.
    #[validate(length(max = 120), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 120)]
    pub headline: Option<String>,
    /// My work in my own words.
    #[validate(length(max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub about: Option<String>,
    /// How to speak of me.
    #[validate(length(max = 40), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 40)]
    pub pronouns: Option<String>,
    /// ISO 3166-1 alpha-2 country that I work in.
    #[validate(custom(function = "text::country"))]
    #[schema(nullable = false, min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region that I work in, within the country.
    #[validate(custom(function = "text::region"))]
    #[schema(nullable = false, min_length = 4, max_length = 6)]
    pub region: Option<String>,
    /// City that I work in.
    #[validate(length(max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub city: Option<String>,
    /// IANA time zone of `availability`, which needs one.
    #[validate(custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// Languages that I work in.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub languages: Vec<LanguageTag>,
    /// My licences to practise, in the order in which to show them.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub licences: Vec<LicenceReplace>,
    /// My National Provider Identifier (United States): ten digits that pass their check. Nobody else sees it.
    #[validate(custom(function = "is_npi"))]
    #[schema(nullable = false, min_length = 10, max_length = 10, pattern = "^[12][0-9]{9}$")]
    pub npi: Option<String>,
    /// My NUCC provider codes (United States).
    #[serde(default)]
    #[validate(length(max = 15), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 15)]
    pub taxonomy_codes: Vec<TaxonomyCode>,
    /// What I know particularly well.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub specialties: Vec<SpecialtyKey>,
    /// My ways of working.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub modalities: Vec<ModalityKey>,
    /// The people whom I work with.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub populations: Vec<PopulationKey>,
    /// How long I have practised.
    #[schema(nullable = false)]
    pub experience: Option<Experience>,
    /// Where I meet clients.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 10)]
    pub formats: Vec<FormatKey>,
    /// When I could meet colleagues, in the wall-clock time of `time_zone`. Hours of one day do not overlap.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub availability: Vec<AvailabilityWindow>,
    /// What I would like to hear from colleagues about.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 10)]
    pub open_to: Vec<OpenToKey>,
    /// Who finds me in the directory; `nobody` when absent.
    #[schema(nullable = false)]
    pub discoverable: Option<Discoverable>,
}

/// A licence of a profile that is replaced.
// `validator` counts a list by serialising it.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567", "expires_on": "2027-06-30"}))]
pub struct LicenceReplace {
    /// Of a licence that the profile has already: its number and verification stay while family, title and jurisdiction
    /// stay, and no other number is given.
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// The kind of licence.
    #[validate(nested)]
    pub family: LicenceFamilyKey,
    /// The title that it gives: one of the family's titles; any, where the family has none.
    #[validate(length(max = 100), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 100)]
    pub title: String,
    /// ISO 3166-2 region that granted it.
    #[validate(custom(function = "text::region"))]
    #[schema(min_length = 4, max_length = 6)]
    pub jurisdiction: String,
    /// Its number. It is kept sealed; only its end is ever shown, and only to its holder.
    #[validate(nested)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 40, write_only)]
    pub number: Option<LicenceNumber>,
    /// The last day on which it is good.
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
}

/// The number of a licence: one line of at most 40 characters.
#[derive(Debug, Deserialize)]
pub struct LicenceNumber(pub SecretString);

/// Hours of one day of the week.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"weekday": "friday", "from": "09:00", "to": "12:30"}))]
pub struct AvailabilityWindow {
    /// The day.
    weekday: Weekday,
    /// When they start, `HH:MM`.
    #[validate(custom(function = "is_clock_time"))]
    #[schema(min_length = 5, max_length = 5, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: String,
    /// When they end, `HH:MM`, after they start. 24:00 is the end of the day.
    #[validate(custom(function = "is_clock_time"))]
    #[schema(min_length = 5, max_length = 5, pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    to: String,
}

/// A BCP 47 language tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(min_length = 2, max_length = 35, example = "pt-BR")]
pub struct LanguageTag(pub String);

impl Validate for LanguageTag {
    fn validate(&self) -> std::result::Result<(), ValidationErrors> {
        text::whole(text::language(&self.0))
    }
}

impl Serialize for LicenceNumber {
    /// Hidden, wherever it ends up.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl Validate for LicenceNumber {
    fn validate(&self) -> std::result::Result<(), ValidationErrors> {
        let number = self.0.expose_secret();
        text::whole(match number.chars().count() {
            0..=40 => text::line(number),
            _ => Err(text::fault("too_long", "must have at most 40 characters")),
        })
    }
}

fn is_npi(npi: &str) -> std::result::Result<(), ValidationError> {
    match rules::npi_is_valid(npi) {
        true => Ok(()),
        false => {
            Err(text::fault("invalid_npi", "must be a National Provider Identifier: ten digits that pass their check"))
        }
    }
}

fn is_clock_time(time: &str) -> std::result::Result<(), ValidationError> {
    match rules::minutes(time) {
        Some(_) => Ok(()),
        None => Err(text::fault("invalid_time", "must be a time such as 09:30, from 00:00 to 24:00")),
    }
}

/// What is wrong with a region beside a country, where each is sound in itself.
pub fn region_fault(of_region: Option<&str>, of_country: Option<&str>) -> Option<Fault> {
    match (of_region, of_country) {
        (Some(_), None) => Some(Fault::at("/country", "missing_member", "must be given with a region")),
        (Some(code), Some(land))
            if code.split('-').next() != Some(land) && text::region(code).is_ok() && text::country(land).is_ok() =>
        {
            Some(Fault::at("/region", "wrong_country", "must lie in the country"))
        }
        _ => None,
    }
}

fn fits_together(profile: &ProfileReplace) -> std::result::Result<(), ValidationError> {
    let mut faults = Vec::new();
    faults.extend(region_fault(profile.region.as_deref(), profile.country.as_deref()));
    if !profile.availability.is_empty() && profile.time_zone.is_none() {
        faults.push(Fault::at("/time_zone", "missing_member", "must be given with availability"));
    }
    faults.extend(AvailabilityWindow::faults(&profile.availability));
    for (at, licence) in profile.licences.iter().enumerate() {
        if !rules::title_fits(&licence.family.0, &licence.title) {
            let detail = "must be one of the family's titles in /v1/vocabularies/licence_families";
            faults.push(Fault::at(format!("/licences/{at}/title"), "unknown_title", detail));
        }
        let named_before = profile.licences.iter().take(at).any(|before| before.id == licence.id);
        if licence.id.is_some() && named_before {
            faults.push(Fault::at(format!("/licences/{at}/id"), "duplicate", "must stand once"));
        }
    }
    together(faults)
}

impl ProfileReplace {
    pub fn hours(&self) -> WeeklyHours {
        AvailabilityWindow::stored(&self.availability)
    }
}

impl From<AvailabilityWindow> for DayHours {
    fn from(window: AvailabilityWindow) -> Self {
        Self { weekday: window.weekday, from: window.from, to: window.to }
    }
}

impl AvailabilityWindow {
    /// A week as it is stored.
    pub fn stored(week: &[Self]) -> WeeklyHours {
        WeeklyHours(week.iter().cloned().map(DayHours::from).collect())
    }

    /// What is wrong with the hours of a week, which stand in the member `availability`.
    pub fn faults(week: &[Self]) -> Vec<Fault> {
        let fault = |(at, fault)| match fault {
            HoursFault::EndsBeforeItStarts => {
                Fault::at(format!("/availability/{at}/to"), "not_after_from", "must be later than from")
            }
            HoursFault::OverlapsAnother => {
                Fault::at(format!("/availability/{at}"), "overlap", "must not overlap other hours of the day")
            }
        };
        rules::hours_faults(&Self::stored(week).0).into_iter().map(fault).collect()
    }

    pub fn list(week: WeeklyHours) -> Vec<Self> {
        let window = |DayHours { weekday, from, to }| Self { weekday, from, to };
        week.0.into_iter().map(window).collect()
    }
}

impl LanguageTag {
    pub fn list(stored: Strings) -> Vec<Self> {
        stored.0.into_iter().map(Self).collect()
    }
}

impl Licence {
    fn new(row: licence::Model, today: NaiveDate) -> Self {
        Self {
            status: rules::licence_status(row.expires_on, row.verified_at, today),
            id: row.id,
            family: LicenceFamilyKey(row.family),
            title: row.title,
            jurisdiction: row.jurisdiction,
            number_masked: row.number_masked,
            expires_on: row.expires_on,
        }
    }
}

impl Profile {
    pub fn new(row: profile::Model, licences: Vec<licence::Model>, today: NaiveDate) -> Self {
        Self {
            headline: row.headline,
            about: row.about,
            pronouns: row.pronouns,
            country: row.country,
            region: row.region,
            city: row.city,
            time_zone: row.time_zone,
            languages: LanguageTag::list(row.languages),
            licences: licences.into_iter().map(|licence| Licence::new(licence, today)).collect(),
            npi: row.npi,
            taxonomy_codes: TaxonomyCode::list(row.taxonomy_codes),
            specialties: SpecialtyKey::list(row.specialties),
            modalities: ModalityKey::list(row.modalities),
            populations: PopulationKey::list(row.populations),
            experience: row.experience,
            formats: FormatKey::list(row.formats),
            availability: AvailabilityWindow::list(row.availability),
            open_to: OpenToKey::list(row.open_to),
            discoverable: row.discoverable,
        }
    }
}
