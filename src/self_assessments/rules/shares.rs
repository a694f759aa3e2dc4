//! To whom a self-assessment may be shown, for how long, and how much of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    entities::self_assessment_share::{self, ShareScope},
    psychometrics::{Outcome, Response},
};

/// How long a grant lasts, where nothing is said.
pub const USUAL: TimeDelta = TimeDelta::days(30);
/// How long a grant can last.
pub const LONGEST: TimeDelta = TimeDelta::days(90);

/// Where a grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareStatus {
    Live,
    Expired,
    Revoked,
}

/// Where a grant stands at `now`.
pub fn status(share: &self_assessment_share::Model, now: DateTime<Utc>) -> ShareStatus {
    match (share.revoked_at, share.is_live(now)) {
        (Some(_), _) => ShareStatus::Revoked,
        (None, true) => ShareStatus::Live,
        (None, false) => ShareStatus::Expired,
    }
}

/// When a grant ends that was asked for until `wanted`.
///
/// # Errors
/// When that lies in the past, or more than 90 days ahead.
pub fn ends_at(wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, OutOfRange> {
    let ends_at = wanted.unwrap_or(now + USUAL);
    if ends_at > now && ends_at <= now + LONGEST { Ok(ends_at) } else { Err(OutOfRange) }
}

/// It ends too early or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

/// What of a response somebody may read. Why it was voided is its owner's alone, and so is whether it asks for help.
pub fn visible(response: Response, scope: ShareScope) -> Response {
    let outcome = response.outcome.map(|outcome| match scope {
        ShareScope::Band => bands_of(outcome),
        ShareScope::Score | ShareScope::Full => Outcome { support: false, ..outcome },
    });
    let answers = if scope == ShareScope::Full { response.answers } else { Default::default() };
    Response { answers, outcome, void_reason: None }
}

/// Bands without scores. An order of burdens would tell of them too.
fn bands_of(outcome: Outcome) -> Outcome {
    let mut scales = outcome.scales;
    for scale in &mut scales {
        (scale.score, scale.t_score, scale.norm) = (None, None, None);
    }
    Outcome { scales, flags: Vec::new(), ranking: Vec::new(), support: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psychometrics::{Flag, Ranked, ScaleScore};

    fn now() -> DateTime<Utc> {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_grant_lasts_ninety_days_at_most() {
        for (days, seconds, fine) in [(0, 0, false), (0, 1, true), (-1, 0, false), (90, 0, true), (90, 1, false)] {
            let wanted = now() + TimeDelta::days(days) + TimeDelta::seconds(seconds);
            assert_eq!(ends_at(Some(wanted), now()).is_ok(), fine, "{days} days and {seconds} seconds");
        }
        assert_eq!(ends_at(None, now()), Ok(now() + TimeDelta::days(30)));
    }

    #[test]
    fn each_scope_shows_what_it_names_and_no_more() {
        let scale = ScaleScore {
            scale: "burnout".into(),
            score: Some(25.0),
            band: Some("moderate".into()),
            t_score: Some(54.1),
            norm: Some("a sample".into()),
        };
        let ranking = vec![Ranked { challenge: "c".into(), burden: 9, band: None, impact: 3 }];
        let outcome = Outcome { scales: vec![scale.clone()], flags: vec![Flag::StraightLine], ranking, support: true };
        let response = Response {
            answers: [("1".to_owned(), 2)].into(),
            outcome: Some(outcome.clone()),
            void_reason: Some("why".into()),
        };
        let band = visible(response.clone(), ShareScope::Band);
        let bare = ScaleScore { score: None, t_score: None, norm: None, ..scale };
        let only_bands = Outcome { scales: vec![bare], flags: vec![], ranking: vec![], support: false };
        assert_eq!(band, Response { answers: Default::default(), outcome: Some(only_bands), void_reason: None });
        let score = visible(response.clone(), ShareScope::Score);
        let scored = Some(Outcome { support: false, ..outcome });
        assert_eq!(score, Response { answers: Default::default(), outcome: scored.clone(), void_reason: None });
        let full = visible(response.clone(), ShareScope::Full);
        assert_eq!(full, Response { answers: response.answers, outcome: scored, void_reason: None });
    }
}
