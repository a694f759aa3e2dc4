use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    support_plan::rules::{self, Door},
    vocabularies::{AvenueKey, AvenueKind, Term, Vocabulary},
};

/// A way out of isolation, and what can be done about it here.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"key": "local_association", "label": "Local association", "description": "The chapter near you: evenings, lunches and faces that one meets again.", "kind": "professional", "action": "Find the chapter nearest to you and go to its next evening.", "idea": "A monthly lunch at which the same ten people turn up.", "links": [{"label": "Local associations", "href": "/v1/organizations?kind=local_association", "signed_in": false}]}))]
pub struct Avenue {
    /// What requests and answers say.
    pub key: AvenueKey,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// What it is.
    #[schema(max_length = 300)]
    pub description: &'static str,
    /// Whether it is professional or personal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<AvenueKind>,
    /// Something to do about it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub action: Option<&'static str>,
    /// What it could look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300)]
    pub idea: Option<&'static str>,
    /// What can be done about it here.
    #[schema(max_items = 10)]
    pub links: Vec<AvenueLink>,
}

/// Something that can be done here.
#[derive(Serialize, ToSchema)]
pub struct AvenueLink {
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// A path of this API, with its filters, for `GET`.
    #[schema(max_length = 200)]
    pub href: &'static str,
    /// Only for those who are signed in.
    pub signed_in: bool,
}

impl From<&Door> for AvenueLink {
    fn from(door: &Door) -> Self {
        Self { label: door.label, href: door.path, signed_in: door.signed_in }
    }
}

impl From<&'static Term> for Avenue {
    fn from(term: &'static Term) -> Self {
        Self {
            key: AvenueKey(term.key.clone()),
            label: &term.label,
            description: &term.description,
            kind: term.kind,
            action: term.action.as_deref(),
            idea: term.idea.as_deref(),
            links: rules::doors(&term.key).iter().map(AvenueLink::from).collect(),
        }
    }
}

/// Avenues, in the order in which to show them.
#[derive(Serialize, ToSchema)]
pub struct AvenueList {
    /// The avenues.
    #[schema(max_items = 100)]
    pub items: Vec<Avenue>,
}

impl AvenueList {
    /// Those that the filter lets through.
    pub fn of(filter: &AvenueFilter) -> Self {
        let wanted = |term: &&Term| filter.kind.is_none() || term.kind == filter.kind;
        Self { items: Vocabulary::Avenues.terms().filter(wanted).map(Avenue::from).collect() }
    }
}

/// Which avenues are listed.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AvenueFilter {
    /// Professional ones, or personal ones.
    #[param(inline, nullable = false)]
    pub kind: Option<AvenueKind>,
}

/// What wears therapists down, and what may ease it.
#[derive(Serialize, ToSchema)]
pub struct Challenge {
    /// What requests and answers say.
    #[schema(max_length = 64)]
    pub key: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// What it is.
    #[schema(max_length = 300)]
    pub description: &'static str,
    /// Avenues that may ease it, the likeliest first.
    #[schema(max_items = 10)]
    pub avenues: Vec<Avenue>,
    /// Keys of instruments that look closer: `GET /v1/instruments/{key}`.
    #[schema(max_items = 10, value_type = Vec<crate::http::text::Keyword>)]
    pub instruments: &'static [&'static str],
}

impl From<&'static Term> for Challenge {
    fn from(term: &'static Term) -> Self {
        let advice = rules::advice(&term.key);
        let avenues = advice.avenues.iter().filter_map(|key| Vocabulary::Avenues.find(key));
        Self {
            key: &term.key,
            label: &term.label,
            description: &term.description,
            avenues: avenues.map(Avenue::from).collect(),
            instruments: advice.instruments,
        }
    }
}

/// The challenges of the work.
#[derive(Serialize, ToSchema)]
pub struct ChallengeList {
    /// The challenges, in the order in which to show them.
    #[schema(max_items = 100)]
    pub items: Vec<Challenge>,
}

impl ChallengeList {
    pub fn every() -> Self {
        Self { items: Vocabulary::Challenges.terms().map(Challenge::from).collect() }
    }
}

/// What a network of colleagues gives.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"key": "mutual_support", "label": "Mutual support", "description": "Being understood by people who know the work from inside."}))]
pub struct Benefit {
    /// What answers say.
    #[schema(max_length = 64)]
    pub key: &'static str,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// What it is.
    #[schema(max_length = 300)]
    pub description: &'static str,
}

/// What a network of colleagues gives.
#[derive(Serialize, ToSchema)]
pub struct BenefitList {
    /// The benefits, in the order in which to show them.
    #[schema(max_items = 100)]
    pub items: Vec<Benefit>,
}

impl BenefitList {
    pub fn every() -> Self {
        let benefit =
            |term: &'static Term| Benefit { key: &term.key, label: &term.label, description: &term.description };
        Self { items: Vocabulary::Benefits.terms().map(benefit).collect() }
    }
}
