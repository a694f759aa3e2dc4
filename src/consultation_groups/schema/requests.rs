use chrono::NaiveDate;
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::{
    consultation_groups::rules::{GroupStatus, LARGEST_CIRCLE, SMALLEST},
    entities::{
        Strings,
        consultation_group::{GroupFormat, GroupJoinPolicy, GroupPurpose, GroupVisibility},
        profile::Experience,
    },
    http::{
        body::{clearable, given},
        text,
    },
    therapists::schema::{AvailabilityWindow, LanguageTag},
    vocabularies::{ConsultationFormatKey, LicenceFamilyKey, ModalityKey, PopulationKey, SpecialtyKey},
};

/// Bands of experience as they were stored.
pub fn bands(stored: &Strings) -> Vec<Experience> {
    stored.0.iter().filter_map(|band| Experience::try_from_value(band).ok()).collect()
}

/// A question that applicants answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "hope", "question": "What do you hope for?", "required": true}))]
pub struct JoinQuestion {
    /// What answers refer to it by: lower case letters, digits and underscores.
    #[validate(length(max = 40), custom(function = "text::key"))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_]+$")]
    pub key: String,
    /// The question.
    #[validate(length(min = 1, max = 300), custom(function = "text::line"))]
    #[schema(min_length = 1, max_length = 300)]
    pub question: String,
    /// Nobody applies without an answer.
    #[serde(default)]
    pub required: bool,
}

fn keys_differ(questions: &[JoinQuestion]) -> Result<(), ValidationError> {
    text::distinct(&questions.iter().map(|question| &question.key).collect::<Vec<_>>())
}

/// A group that is founded. It is a draft until it is published.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Harbor Circle", "purpose": "peer_consultation", "description": "Fortnightly peer consultation on trauma work.", "specialties": ["trauma", "grief"], "modalities": ["emdr"], "populations": ["adults"], "languages": ["en"], "experience": ["established", "senior"], "format": "online", "time_zone": "America/Los_Angeles", "availability": [{"weekday": "tuesday", "from": "12:00", "to": "13:30"}], "max_size": 6, "join_policy": "approval", "join_questions": [{"key": "hope", "question": "What do you hope for?", "required": true}]}))]
pub struct ConsultationGroupCreate {
    /// Its name.
    #[validate(length(min = 2, max = 120), custom(function = "text::line"))]
    #[schema(min_length = 2, max_length = 120)]
    pub name: String,
    /// What it is for.
    pub purpose: GroupPurpose,
    /// What it does and whom it is for. It is published with one only.
    #[validate(length(min = 1, max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// What it is about.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub specialties: Vec<SpecialtyKey>,
    /// The ways of working that it shares.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub modalities: Vec<ModalityKey>,
    /// The people whom its members work with.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub populations: Vec<PopulationKey>,
    /// Languages that it meets in.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub languages: Vec<LanguageTag>,
    /// The experience that it is meant for; any, where there is none.
    #[serde(default)]
    #[validate(length(max = 5), custom(function = "text::distinct"))]
    #[schema(max_items = 5)]
    pub experience: Vec<Experience>,
    /// Members hold a licence of one of these families; any or none, where there are none.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(max_items = 20)]
    pub licence_families: Vec<LicenceFamilyKey>,
    /// Where it meets; `online` when absent.
    #[schema(nullable = false)]
    pub format: Option<GroupFormat>,
    /// ISO 3166-1 alpha-2 country.
    #[validate(custom(function = "text::country"))]
    #[schema(nullable = false, min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region, within the country.
    #[validate(custom(function = "text::region"))]
    #[schema(nullable = false, min_length = 4, max_length = 6)]
    pub region: Option<String>,
    /// City.
    #[validate(length(max = 100), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub city: Option<String>,
    /// IANA time zone of `availability`; that of your account when absent.
    #[validate(custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// When it meets or could meet, in the wall-clock time of `time_zone`. Hours of one day do not overlap.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub availability: Vec<AvailabilityWindow>,
    /// How long a meeting lasts, in minutes; 90 when absent.
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub meeting_minutes: Option<i64>,
    /// Days from one meeting to the next; 14 when absent.
    #[validate(range(min = 1, max = 92))]
    #[schema(nullable = false, minimum = 1, maximum = 92)]
    pub cadence_days: Option<i64>,
    /// How it works on what somebody brings.
    #[validate(nested)]
    #[schema(nullable = false)]
    pub consultation_format: Option<ConsultationFormatKey>,
    /// With fewer active members it does not start; 4 when absent.
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub min_size: Option<i64>,
    /// How many seats it has: at most 12, or 30 for interest and study; 8 when absent.
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub max_size: Option<i64>,
    /// With fewer it does not meet; 3 when absent.
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub quorum: Option<i64>,
    /// How one gets a seat; `approval` when absent.
    #[schema(nullable = false)]
    pub join_policy: Option<GroupJoinPolicy>,
    /// What applicants are asked.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = "keys_differ"), nested)]
    #[schema(max_items = 10)]
    pub join_questions: Vec<JoinQuestion>,
    /// Who may see its card; `members` when absent.
    #[schema(nullable = false)]
    pub visibility: Option<GroupVisibility>,
    /// The organization that it belongs to, in which you are an active member. Its owners and stewards decide about
    /// applicants too.
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
}

/// A merge patch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, example = json!({"description": "Fortnightly peer consultation on trauma and grief.", "max_size": 8}))]
pub struct ConsultationGroupPatch {
    /// Its name.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 2, max = 120), custom(function = "text::line"))]
    #[schema(nullable = false, min_length = 2, max_length = 120)]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub purpose: Option<GroupPurpose>,
    /// What it does and whom it is for.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(min = 1, max = 4000), custom(function = "text::prose"))]
    #[schema(nullable = false, min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// What it is about.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 20)]
    pub specialties: Option<Vec<SpecialtyKey>>,
    /// The ways of working that it shares.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 20)]
    pub modalities: Option<Vec<ModalityKey>>,
    /// The people whom its members work with.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 20)]
    pub populations: Option<Vec<PopulationKey>>,
    /// Languages that it meets in.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 20)]
    pub languages: Option<Vec<LanguageTag>>,
    /// The experience that it is meant for.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 5), custom(function = "text::distinct"))]
    #[schema(nullable = false, max_items = 5)]
    pub experience: Option<Vec<Experience>>,
    /// Members hold a licence of one of these families. Those who are in already stay.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 20), custom(function = "text::distinct"), nested)]
    #[schema(nullable = false, max_items = 20)]
    pub licence_families: Option<Vec<LicenceFamilyKey>>,
    /// Where it meets.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub format: Option<GroupFormat>,
    /// ISO 3166-1 alpha-2 country.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::country"))]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 2)]
    pub country: Option<Option<String>>,
    /// ISO 3166-2 region, within the country.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(custom(function = "text::region"))]
    #[schema(value_type = Option<String>, min_length = 4, max_length = 6)]
    pub region: Option<Option<String>>,
    /// City.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(length(max = 100), custom(function = "text::line"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub city: Option<Option<String>>,
    /// IANA time zone of `availability`.
    #[serde(default, deserialize_with = "given")]
    #[validate(custom(function = "text::time_zone"))]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// When it meets or could meet. The list is replaced whole.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 50), nested)]
    #[schema(nullable = false, max_items = 50)]
    pub availability: Option<Vec<AvailabilityWindow>>,
    /// How long a meeting lasts, in minutes.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 15, max = 480))]
    #[schema(nullable = false, minimum = 15, maximum = 480)]
    pub meeting_minutes: Option<i64>,
    /// Days from one meeting to the next.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = 1, max = 92))]
    #[schema(nullable = false, minimum = 1, maximum = 92)]
    pub cadence_days: Option<i64>,
    /// How it works on what somebody brings.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    #[schema(value_type = Option<ConsultationFormatKey>)]
    pub consultation_format: Option<Option<ConsultationFormatKey>>,
    /// With fewer active members it does not start.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub min_size: Option<i64>,
    /// How many seats it has, not below those that are taken. More seats are offered to the waitlist at once.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub max_size: Option<i64>,
    /// With fewer it does not meet.
    #[serde(default, deserialize_with = "given")]
    #[validate(range(min = SMALLEST, max = LARGEST_CIRCLE))]
    #[schema(nullable = false, minimum = 2, maximum = 30)]
    pub quorum: Option<i64>,
    /// How one gets a seat. Requests that wait are decided as they were made.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub join_policy: Option<GroupJoinPolicy>,
    /// What applicants are asked. The list is replaced whole.
    #[serde(default, deserialize_with = "given")]
    #[validate(length(max = 10), custom(function = "keys_differ"), nested)]
    #[schema(nullable = false, max_items = 10)]
    pub join_questions: Option<Vec<JoinQuestion>>,
    /// Who may see its card.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<GroupVisibility>,
    /// The organization that it belongs to, in which you are an active member.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    pub organization_id: Option<Option<Uuid>>,
}

/// A rest.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until": "2027-01-15"}))]
pub struct GroupPause {
    /// The last day of the rest, at most 90 days from today.
    pub until: NaiveDate,
}

/// The end of a group.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"confirm_name": "Harbor Circle"}))]
pub struct Dissolution {
    /// The name of the group, typed again, letter by letter: there is no way back.
    #[validate(length(min = 1, max = 120))]
    #[schema(min_length = 1, max_length = 120)]
    pub confirm_name: String,
}

/// Which groups are listed, and in which order.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsultationGroupFilter {
    /// Of this status now; repeat it for either. `forming`, `active` and `paused` when absent.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<GroupStatus>,
    /// For this purpose; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub purpose: Vec<GroupPurpose>,
    /// Meeting like this; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub format: Vec<GroupFormat>,
    /// Joined like this; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub join_policy: Vec<GroupJoinPolicy>,
    /// About this; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub specialty: Vec<SpecialtyKey>,
    /// With this way of working; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub modality: Vec<ModalityKey>,
    /// For work with these people; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub population: Vec<PopulationKey>,
    /// Meeting in this language; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub language: Vec<LanguageTag>,
    /// Meant for this experience; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 5))]
    #[param(required = false, max_items = 5)]
    pub experience: Vec<Experience>,
    /// Asking for a licence of this family; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[param(required = false, max_items = 20)]
    pub licence_family: Vec<LicenceFamilyKey>,
    /// In this country; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::countries"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::CountryCode>)]
    pub country: Vec<String>,
    /// In this region; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "text::regions"))]
    #[param(required = false, max_items = 50, value_type = Vec<text::RegionCode>)]
    pub region: Vec<String>,
    /// Belonging to this organization.
    #[param(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// With a seat that can be taken now, or without.
    #[param(nullable = false)]
    pub has_open_seat: Option<bool>,
    /// Without an owner, for moderators: those that need one.
    #[param(nullable = false)]
    pub ownerless: Option<bool>,
    /// In which I have a seat, or have asked for one; or the others.
    #[param(nullable = false)]
    pub mine: Option<bool>,
    /// Words of the name or the description; the best hits come first unless `sort` is given.
    #[validate(length(max = 200))]
    #[param(nullable = false, max_length = 200)]
    pub q: Option<String>,
    /// `name` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<ConsultationGroupSort>,
}

/// What groups are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum ConsultationGroupSort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}
