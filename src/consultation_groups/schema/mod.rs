//! Consultation groups on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::{self, GroupStatus, HealthSign, Refusal, Seats};
use crate::{
    entities::{
        consultation_group::{
            self, GroupFormat, GroupJoinPolicy, GroupPurpose, GroupVisibility, StoredQuestion, StoredQuestions,
        },
        profile::Experience,
    },
    http::page::Page,
    problem::{Fault, Problem, ProblemCode},
    therapists::schema::{AvailabilityWindow, LanguageTag},
    vocabularies::{ConsultationFormatKey, LicenceFamilyKey, ModalityKey, PopulationKey, SpecialtyKey},
};

mod requests;

pub use requests::{
    ConsultationGroupCreate, ConsultationGroupFilter, ConsultationGroupPatch, ConsultationGroupSort, Dissolution,
    GroupPause, JoinQuestion,
};

pub type ConsultationGroupPage = Page<ConsultationGroup>;

/// A small group of therapists who consult one another. Who sits in it is for its members to know; others see counts.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000501", "name": "Harbor Circle", "slug": "harbor-circle", "purpose": "peer_consultation", "description": "Fortnightly peer consultation on trauma work.", "specialties": ["trauma", "grief"], "modalities": ["emdr"], "populations": ["adults"], "languages": ["en"], "experience": ["established", "senior"], "licence_families": ["mft"], "format": "online", "time_zone": "America/Los_Angeles", "availability": [{"weekday": "tuesday", "from": "12:00", "to": "13:30"}], "meeting_minutes": 90, "cadence_days": 14, "consultation_format": "balint", "min_size": 4, "max_size": 8, "quorum": 3, "join_policy": "approval", "join_questions": [{"key": "hope", "question": "What do you hope for?", "required": true}], "visibility": "public", "status": "forming", "open_seats": 5, "member_count": 3, "waitlist_length": 0, "agreement_number": 1, "health": [], "version": 4, "created_at": "2026-11-23T18:00:00Z", "updated_at": "2026-11-23T18:00:00Z"}))]
pub struct ConsultationGroup {
    /// Its id.
    pub id: Uuid,
    /// Its name. Others may have the same.
    #[schema(max_length = 120)]
    pub name: String,
    /// Its name for addresses, unique.
    #[schema(max_length = 120)]
    pub slug: String,
    /// What it is for.
    pub purpose: GroupPurpose,
    /// What it does and whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4000)]
    pub description: Option<String>,
    /// What it is about.
    #[schema(max_items = 20)]
    pub specialties: Vec<SpecialtyKey>,
    /// The ways of working that it shares.
    #[schema(max_items = 20)]
    pub modalities: Vec<ModalityKey>,
    /// The people whom its members work with.
    #[schema(max_items = 20)]
    pub populations: Vec<PopulationKey>,
    /// Languages that it meets in.
    #[schema(max_items = 20)]
    pub languages: Vec<LanguageTag>,
    /// The experience that it is meant for; any, where there is none.
    #[schema(max_items = 5)]
    pub experience: Vec<Experience>,
    /// Members hold a licence of one of these families; any or none, where there are none.
    #[schema(max_items = 20)]
    pub licence_families: Vec<LicenceFamilyKey>,
    /// Where it meets.
    pub format: GroupFormat,
    /// ISO 3166-1 alpha-2 country.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2)]
    pub country: Option<String>,
    /// ISO 3166-2 region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6)]
    pub region: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub city: Option<String>,
    /// IANA time zone of `availability`.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// When it meets or could meet, in the wall-clock time of `time_zone`.
    #[schema(max_items = 50)]
    pub availability: Vec<AvailabilityWindow>,
    /// How long a meeting lasts, in minutes.
    #[schema(minimum = 15, maximum = 480)]
    pub meeting_minutes: i64,
    /// Days from one meeting to the next.
    #[schema(minimum = 1, maximum = 92)]
    pub cadence_days: i64,
    /// How it works on what somebody brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_format: Option<ConsultationFormatKey>,
    /// With fewer active members it does not start.
    #[schema(minimum = 2, maximum = 30)]
    pub min_size: i64,
    /// How many seats it has.
    #[schema(minimum = 2, maximum = 30)]
    pub max_size: i64,
    /// With fewer it does not meet.
    #[schema(minimum = 2, maximum = 30)]
    pub quorum: i64,
    /// How one gets a seat.
    pub join_policy: GroupJoinPolicy,
    /// What applicants are asked.
    #[schema(max_items = 10)]
    pub join_questions: Vec<JoinQuestion>,
    /// Who may see this card.
    pub visibility: GroupVisibility,
    /// The organization that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// Where it stands in its life now.
    pub status: GroupStatus,
    /// The last day of the pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub paused_until: Option<NaiveDate>,
    /// When it becomes dormant by itself unless it shows life before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub dormant_at: Option<DateTime<Utc>>,
    /// Seats that can be taken now: neither held, nor offered, nor kept for somebody who is invited.
    #[schema(minimum = 0, maximum = 30)]
    pub open_seats: i64,
    /// Members: active, on leave or suspended.
    #[schema(minimum = 0, maximum = 30)]
    pub member_count: i64,
    /// How many wait for a seat.
    #[schema(minimum = 0)]
    pub waitlist_length: i64,
    /// The number of the agreement in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub agreement_number: Option<i64>,
    /// What it suffers from, with a step that would help. Shown to its members, by `getConsultationGroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 10)]
    pub health: Option<Vec<GroupHealth>>,
    /// Rises with each change; the `ETag` starts with it.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was founded.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Something that a group suffers from.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"sign": "below_min_size", "suggestion": "Invite a colleague, or look through the therapists who fit the group."}))]
pub struct GroupHealth {
    /// What it is.
    pub sign: HealthSign,
    /// A step that would help.
    #[schema(value_type = String, max_length = 300)]
    pub suggestion: &'static str,
}

impl ConsultationGroup {
    /// The card of `group` as it stands at `now`.
    pub fn at(now: DateTime<Utc>, group: consultation_group::Model, seats: &Seats) -> Self {
        let status = rules::status_at(&group, now);
        let runs = matches!(status, GroupStatus::Forming | GroupStatus::Active | GroupStatus::Paused);
        Self {
            id: group.id,
            name: group.name,
            slug: group.slug,
            purpose: group.purpose,
            description: group.description,
            specialties: SpecialtyKey::list(group.specialties),
            modalities: ModalityKey::list(group.modalities),
            populations: PopulationKey::list(group.populations),
            languages: LanguageTag::list(group.languages),
            experience: requests::bands(&group.experience),
            licence_families: LicenceFamilyKey::list(group.licence_families),
            format: group.format,
            country: group.country,
            region: group.region,
            city: group.city,
            time_zone: group.time_zone,
            availability: AvailabilityWindow::list(group.availability),
            meeting_minutes: group.meeting_minutes,
            cadence_days: group.cadence_days,
            consultation_format: group.consultation_format.map(ConsultationFormatKey),
            min_size: group.min_size,
            max_size: group.max_size,
            quorum: group.quorum,
            join_policy: group.join_policy,
            join_questions: group.join_questions.0.into_iter().map(JoinQuestion::from).collect(),
            visibility: group.visibility,
            organization_id: group.organization_id,
            status,
            paused_until: group.paused_until.filter(|_| status == GroupStatus::Paused),
            dormant_at: group.dormant_at.filter(|_| runs),
            open_seats: seats.free(),
            member_count: seats.members,
            waitlist_length: seats.waiting,
            agreement_number: group.agreement_number,
            health: None,
            version: group.version,
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }

    /// With what its members see of its health.
    pub fn with_health(self, signs: Vec<(HealthSign, &'static str)>) -> Self {
        let signs = signs.into_iter().map(|(sign, suggestion)| GroupHealth { sign, suggestion });
        Self { health: Some(signs.collect()), ..self }
    }
}

impl From<StoredQuestion> for JoinQuestion {
    fn from(stored: StoredQuestion) -> Self {
        Self { key: stored.key, question: stored.question, required: stored.required }
    }
}

impl From<Vec<JoinQuestion>> for StoredQuestions {
    fn from(questions: Vec<JoinQuestion>) -> Self {
        let stored =
            |one: JoinQuestion| StoredQuestion { key: one.key, question: one.question, required: one.required };
        Self(questions.into_iter().map(stored).collect())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotAllowed(who) => Self::new(ProblemCode::Forbidden, who),
            Refusal::WrongState(status) => not_in_this_state(status),
            Refusal::Incomplete(missing) => {
                let faults = missing.into_iter().map(|(at, why)| Fault::at(at, "missing_member", why)).collect();
                let detail = "the group is draft, and something is missing before it can be published";
                Self::new(ProblemCode::InvalidTransition, detail).with_errors(faults)
            }
            Refusal::Invalid { pointer, code, detail } => Self::invalid_at(pointer, code, detail),
            Refusal::TooFew(needed) => {
                let detail = format!("the group is forming, and {needed} active members are needed");
                Self::new(ProblemCode::InvalidTransition, detail)
            }
        }
    }
}

/// The refusal of what does not go together with the state of a group.
pub fn not_in_this_state(status: GroupStatus) -> Problem {
    Problem::new(ProblemCode::InvalidTransition, format!("the group is {}", status.word()))
}
