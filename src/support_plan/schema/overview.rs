use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::{SupportAction, SupportTie};
use crate::{
    entities::support_action::SupportActionStatus,
    support_plan::rules::{self, AvenueStanding},
    vocabularies::{AvenueKey, AvenueKind},
};

/// What is due within this many days is shown.
const AHEAD: Days = Days::new(7);

/// My plan at a glance.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"actions": {"planned": 1, "active": 2, "done": 4, "dropped": 0}, "tie_count": 5, "due_actions": [], "due_ties": [], "avenues": [{"avenue": "friendships", "label": "Friendships", "kind": "personal", "tie_count": 2, "overdue_tie_count": 0, "active_action_count": 1, "is_gap": false}], "gaps": ["clinical_supervision"]}))]
pub struct SupportPlan {
    /// How many actions there are of each status.
    pub actions: SupportActionCounts,
    /// How many ties there are.
    #[schema(minimum = 0, maximum = 200)]
    pub tie_count: usize,
    /// Actions that are overdue, or due within seven days; the most urgent first.
    #[schema(max_items = 200)]
    pub due_actions: Vec<SupportAction>,
    /// Ties that are overdue, or due within seven days; the most urgent first.
    #[schema(max_items = 200)]
    pub due_ties: Vec<SupportTie>,
    /// Every avenue, and what holds me on it.
    #[schema(max_items = 100)]
    pub avenues: Vec<AvenueInPlan>,
    /// Avenues on which nothing holds me: no tie, and no active action.
    #[schema(max_items = 100)]
    pub gaps: Vec<AvenueKey>,
}

/// How many actions there are of each status.
#[derive(Serialize, ToSchema)]
pub struct SupportActionCounts {
    /// Meant to be done.
    #[schema(minimum = 0, maximum = 200)]
    pub planned: usize,
    /// Being done.
    #[schema(minimum = 0, maximum = 200)]
    pub active: usize,
    /// Done.
    #[schema(minimum = 0, maximum = 200)]
    pub done: usize,
    /// Given up.
    #[schema(minimum = 0, maximum = 200)]
    pub dropped: usize,
}

/// What holds me on one avenue.
#[derive(Serialize, ToSchema)]
pub struct AvenueInPlan {
    /// The avenue.
    pub avenue: AvenueKey,
    /// What people read.
    #[schema(max_length = 100)]
    pub label: &'static str,
    /// Whether it is professional or personal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<AvenueKind>,
    /// Ties on it.
    #[schema(minimum = 0, maximum = 200)]
    pub tie_count: usize,
    /// Of these, those that are overdue.
    #[schema(minimum = 0, maximum = 200)]
    pub overdue_tie_count: usize,
    /// Actions on it that are active.
    #[schema(minimum = 0, maximum = 200)]
    pub active_action_count: usize,
    /// Nothing holds me here.
    pub is_gap: bool,
}

impl From<&AvenueStanding> for AvenueInPlan {
    fn from(standing: &AvenueStanding) -> Self {
        Self {
            avenue: AvenueKey(standing.avenue.key.clone()),
            label: &standing.avenue.label,
            kind: standing.avenue.kind,
            tie_count: standing.ties,
            overdue_tie_count: standing.overdue_ties,
            active_action_count: standing.active_actions,
            is_gap: standing.is_gap(),
        }
    }
}

impl SupportPlan {
    /// The plan as it stands on `today`.
    pub fn on(today: NaiveDate, actions: Vec<SupportAction>, ties: Vec<SupportTie>) -> Self {
        let count = |status| actions.iter().filter(|action| action.status == status).count();
        let counts = SupportActionCounts {
            planned: count(SupportActionStatus::Planned),
            active: count(SupportActionStatus::Active),
            done: count(SupportActionStatus::Done),
            dropped: count(SupportActionStatus::Dropped),
        };
        let held: Vec<_> = ties.iter().map(|tie| (tie.avenue.0.as_str(), tie.overdue)).collect();
        let active = actions.iter().filter(|action| action.status == SupportActionStatus::Active);
        let active: Vec<_> = active.map(|action| action.avenue.0.as_str()).collect();
        let standings = rules::standings(&held, &active);
        Self {
            actions: counts,
            tie_count: ties.len(),
            avenues: standings.iter().map(AvenueInPlan::from).collect(),
            gaps: standings.iter().filter(|one| one.is_gap()).map(|one| AvenueKey(one.avenue.key.clone())).collect(),
            due_actions: due(actions, today, |action| action.next_due_on),
            due_ties: due(ties, today, |tie| tie.due_on),
        }
    }
}

/// What is due soon, the most urgent first.
fn due<T>(items: Vec<T>, today: NaiveDate, day: impl Fn(&T) -> Option<NaiveDate>) -> Vec<T> {
    let until = today.checked_add_days(AHEAD).unwrap_or(today);
    let mut items: Vec<T> = items.into_iter().filter(|item| day(item).is_some_and(|day| day <= until)).collect();
    items.sort_by_key(day);
    items
}
