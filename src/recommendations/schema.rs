//! Recommendations on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::{self, Burden, Candidate};
use crate::{
    http::text::Keyword,
    support_plan::{rules::advice, schema::Avenue},
    vocabularies::{AvenueKey, ChallengeKey, Vocabulary},
};

/// What I could do, and what it rests on.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"based_on": {"self_assessment_id": "5f0c9d2e-3c1b-4a57-9a43-0d5a3a0f2b11", "completed_at": "2026-11-23T18:00:00Z"}, "items": [{"challenge": "professional_isolation", "label": "Professional isolation", "burden": 9, "band": "high", "why": "This weighs heavily on you: days full of talk need some in which somebody asks how you are.", "avenues": [], "instruments": [], "options": [{"type": "organization", "id": "01936b2f-5f00-7000-8000-000000000005", "name": "Bay Area Trauma Therapists", "avenue": "local_association", "why": "A local association that takes members, in your region.", "link": "/v1/organizations/01936b2f-5f00-7000-8000-000000000005"}]}], "needs": [{"need": "profile", "why": "With a profile, groups that fit you stand here too.", "link": "/v1/me/profile"}]}))]
pub struct Recommendations {
    /// The Challenge Check that they rest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub based_on: Option<RecommendationBasis>,
    /// The challenges that weigh on me, the heaviest first.
    #[schema(max_items = 40)]
    pub items: Vec<Recommendation>,
    /// What is missing for more.
    #[schema(max_items = 2)]
    pub needs: Vec<RecommendationNeed>,
}

/// The Challenge Check that recommendations rest on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecommendationBasis {
    /// The self-assessment.
    pub self_assessment_id: Uuid,
    /// When I completed it.
    pub completed_at: DateTime<Utc>,
}

/// What may ease one challenge.
#[derive(Serialize, ToSchema)]
pub struct Recommendation {
    /// The challenge.
    pub challenge: ChallengeKey,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// How often times how much.
    #[schema(minimum = 1, maximum = 16)]
    pub burden: i64,
    /// How heavy that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub band: Option<String>,
    /// Why to do something about it.
    #[schema(max_length = 300)]
    pub why: String,
    /// What may ease it, the likeliest first.
    #[schema(max_items = 10)]
    pub avenues: Vec<Avenue>,
    /// Keys of instruments that look closer: `GET /v1/instruments/{key}`.
    #[schema(max_items = 10, value_type = Vec<Keyword>)]
    pub instruments: &'static [&'static str],
    /// What I could join today: up to three groups that fit my profile, then up to three organizations that take members,
    /// then up to three coming events with a free place. Those that I am in, or have asked, are left out.
    #[schema(max_items = 10)]
    pub options: Vec<RecommendedOption>,
}

/// What an option is. More kinds may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecommendedOptionType {
    ConsultationGroup,
    Organization,
    Event,
}

/// Something that I could join today.
#[derive(Serialize, ToSchema)]
pub struct RecommendedOption {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: RecommendedOptionType,
    /// Its id.
    pub id: Uuid,
    /// Its name, or its title.
    #[schema(max_length = 200)]
    pub name: String,
    /// The avenue that it lies on.
    pub avenue: AvenueKey,
    /// Why it is here.
    #[schema(max_length = 2200)]
    pub why: String,
    /// Its path, for `GET`.
    #[schema(max_length = 200)]
    pub link: String,
}

impl RecommendedOption {
    fn new(kind: RecommendedOptionType, candidate: &Candidate) -> Self {
        let Candidate { id, avenue, name, why } = candidate;
        let link = match kind {
            RecommendedOptionType::ConsultationGroup => format!("/v1/consultation-groups/{id}"),
            RecommendedOptionType::Organization => format!("/v1/organizations/{id}"),
            RecommendedOptionType::Event => format!("/v1/events/{id}"),
        };
        let avenue = AvenueKey((*avenue).to_owned());
        Self { kind, id: *id, name: name.clone(), avenue, why: why.clone(), link }
    }
}

/// What recommendations may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum RecommendationNeedKey {
    /// A Challenge Check: the key of an instrument.
    #[serde(rename = "challenge-check")]
    ChallengeCheck,
    /// A profile.
    #[serde(rename = "profile")]
    Profile,
}

/// Something that is missing for more.
#[derive(Serialize, ToSchema)]
pub struct RecommendationNeed {
    /// What is missing.
    pub need: RecommendationNeedKey,
    /// What it would bring.
    #[schema(max_length = 200)]
    pub why: &'static str,
    /// The path at which it begins.
    #[schema(max_length = 200)]
    pub link: &'static str,
}

impl From<RecommendationNeedKey> for RecommendationNeed {
    fn from(need: RecommendationNeedKey) -> Self {
        let (why, link) = match need {
            RecommendationNeedKey::ChallengeCheck => (
                "Recommendations rest on a Challenge Check. Take one with POST, its instrument being challenge-check.",
                "/v1/instruments/challenge-check",
            ),
            RecommendationNeedKey::Profile => {
                ("With a profile, groups that fit you stand here too. Write it with PUT.", "/v1/me/profile")
            }
        };
        Self { need, why, link }
    }
}

impl Recommendation {
    /// What may ease a challenge, with what can be joined of these.
    pub fn new(burden: Burden, groups: &[Candidate], organizations: &[Candidate], events: &[Candidate]) -> Self {
        let Burden { challenge, burden, band } = burden;
        let advice = advice(&challenge);
        let options = |kind, candidates| {
            rules::few(&challenge, candidates).into_iter().map(move |one| RecommendedOption::new(kind, one))
        };
        Self {
            label: Vocabulary::Challenges.find(&challenge).map_or("", |term| &term.label),
            burden,
            why: rules::why(&challenge, band.as_deref()),
            band,
            avenues: advice.avenues.iter().filter_map(|key| Vocabulary::Avenues.find(key)).map(Avenue::from).collect(),
            instruments: advice.instruments,
            options: options(RecommendedOptionType::ConsultationGroup, groups)
                .chain(options(RecommendedOptionType::Organization, organizations))
                .chain(options(RecommendedOptionType::Event, events))
                .collect(),
            challenge: ChallengeKey(challenge),
        }
    }
}
