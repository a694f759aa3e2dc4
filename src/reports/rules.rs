//! How much somebody sees of a report, and what may become of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::entities::report::{self, ReportReason, ReportStatus};

/// How much the caller sees of a report that they may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// What they wrote themselves, and what became of it.
    Reporter,
    /// Also who decided what, and why.
    Moderator,
}

/// A moderator who wrote a report sees it as anybody who wrote one, and does not decide about it.
pub fn sight(report: &report::Model, account_id: Uuid) -> Sight {
    if report.reporter_id == account_id { Sight::Reporter } else { Sight::Moderator }
}

/// What a moderator decides about a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Looks into it.
    Review,
    /// Something was done about it; the words say what.
    Resolve(String),
    /// Nothing is to be done about it; the words say why.
    Dismiss(String),
}

impl Decision {
    /// What the report becomes.
    pub fn status(&self) -> ReportStatus {
        match self {
            Self::Review => ReportStatus::InReview,
            Self::Resolve(_) => ReportStatus::Resolved,
            Self::Dismiss(_) => ReportStatus::Dismissed,
        }
    }

    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Review => None,
            Self::Resolve(note) | Self::Dismiss(note) => Some(note),
        }
    }

    /// What the audit trail calls it.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Review => "report.review",
            Self::Resolve(_) => "report.resolve",
            Self::Dismiss(_) => "report.dismiss",
        }
    }
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The words say who may.
    NotAllowed(&'static str),
    /// It does not start from this status.
    WrongState(ReportStatus),
}

/// The report after `decision`. It is looked into once, and decided once.
pub fn after(
    report: &report::Model,
    sight: Sight,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<report::Model, Refusal> {
    use ReportStatus::{Dismissed, InReview, Open, Resolved};
    if sight != Sight::Moderator {
        return Err(Refusal::NotAllowed("a moderator who did not write the report may do this"));
    }
    match (report.status, decision) {
        (Open, Decision::Review) => Ok(report::Model { status: InReview, ..report.clone() }),
        (Open | InReview, Decision::Resolve(_) | Decision::Dismiss(_)) => {
            Ok(report::Model { status: decision.status(), closed_at: Some(now), ..report.clone() })
        }
        (InReview | Resolved | Dismissed, _) => Err(Refusal::WrongState(report.status)),
    }
}

/// Whether whoever sees the report like this may take it back: its writer, until somebody looks into it.
pub fn withdraw(report: &report::Model, sight: Sight) -> Result<(), Refusal> {
    match (sight, report.status) {
        (Sight::Moderator, _) => Err(Refusal::NotAllowed("whoever wrote the report may withdraw it")),
        (Sight::Reporter, ReportStatus::Open) => Ok(()),
        (Sight::Reporter, status) => Err(Refusal::WrongState(status)),
    }
}

/// A reason as the audit trail names it.
pub fn reason_code(reason: ReportReason) -> &'static str {
    match reason {
        ReportReason::Spam => "spam",
        ReportReason::ConfidentialityBreach => "confidentiality_breach",
        ReportReason::ImpairmentConcern => "impairment_concern",
        ReportReason::DualRelationship => "dual_relationship",
        ReportReason::Other => "other",
    }
}

/// A status as it goes over the wire.
pub fn word(status: ReportStatus) -> &'static str {
    match status {
        ReportStatus::Open => "open",
        ReportStatus::InReview => "in_review",
        ReportStatus::Resolved => "resolved",
        ReportStatus::Dismissed => "dismissed",
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveEnum, Iterable};

    use super::*;
    use crate::entities::report::ReportSubject;
    use ReportStatus::{Dismissed, InReview, Open, Resolved};

    fn now() -> DateTime<Utc> {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    fn report(status: ReportStatus) -> report::Model {
        report::Model {
            id: Uuid::from_u128(1),
            reporter_id: Uuid::from_u128(2),
            subject_type: ReportSubject::Account,
            account_id: Some(Uuid::from_u128(3)),
            consultation_group_id: None,
            organization_id: None,
            reason: ReportReason::Other,
            description: None,
            status,
            closed_at: None,
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn each_decision_starts_from_its_states() {
        let (resolve, dismiss) = (Decision::Resolve("done".into()), Decision::Dismiss("nothing".into()));
        // status, then what review, resolve and dismiss make of it
        for (status, expected) in [
            (Open, [Some(InReview), Some(Resolved), Some(Dismissed)]),
            (InReview, [None, Some(Resolved), Some(Dismissed)]),
            (Resolved, [None; 3]),
            (Dismissed, [None; 3]),
        ] {
            for (decision, expected) in [&Decision::Review, &resolve, &dismiss].into_iter().zip(expected) {
                let outcome = after(&report(status), Sight::Moderator, decision, now());
                match expected {
                    Some(expected) => {
                        let next = outcome.unwrap();
                        assert_eq!((next.status, decision.status()), (expected, expected), "{decision:?}");
                        assert_eq!(next.closed_at.is_some(), expected != InReview, "{decision:?} from {status:?}");
                    }
                    None => assert_eq!(outcome, Err(Refusal::WrongState(status)), "{decision:?}"),
                }
                let own = after(&report(status), Sight::Reporter, decision, now());
                assert!(matches!(own, Err(Refusal::NotAllowed(_))), "{decision:?}: {own:?}");
            }
        }
    }

    #[test]
    fn it_is_taken_back_by_its_writer_while_nobody_looks_into_it() {
        for status in [Open, InReview, Resolved, Dismissed] {
            let expected = if status == Open { Ok(()) } else { Err(Refusal::WrongState(status)) };
            assert_eq!(withdraw(&report(status), Sight::Reporter), expected);
            assert!(matches!(withdraw(&report(status), Sight::Moderator), Err(Refusal::NotAllowed(_))));
        }
        assert_eq!(sight(&report(Open), Uuid::from_u128(2)), Sight::Reporter);
        assert_eq!(sight(&report(Open), Uuid::from_u128(4)), Sight::Moderator);
    }

    #[test]
    fn words_are_those_of_the_wire() {
        ReportStatus::iter().for_each(|status| assert_eq!(word(status), status.to_value()));
        ReportReason::iter().for_each(|reason| assert_eq!(reason_code(reason), reason.to_value()));
    }
}
