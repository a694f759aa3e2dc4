//! What is derived from an action and its log, and from a tie.

use chrono::NaiveDate;

use super::cadence::{self, end_of, period_of};
use crate::entities::{
    Cadence,
    support_action::{self, SupportActionStatus},
    support_tie,
};

/// How far an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub times_done: usize,
    pub last_done_on: Option<NaiveDate>,
    /// Of an action with a cadence that has been active.
    pub streaks: Option<cadence::Streaks>,
    pub next_due_on: Option<NaiveDate>,
    pub overdue: bool,
}

/// When a tie wants to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TieProgress {
    pub due_on: Option<NaiveDate>,
    pub overdue: bool,
}

/// How far an action is on `today`.
pub fn progress(action: &support_action::Content, today: NaiveDate) -> Progress {
    let periods = action.cadence.zip(action.active_since);
    let next_due_on = next_due_on(action, periods);
    Progress {
        times_done: action.done.len(),
        last_done_on: action.done.last().copied(),
        streaks: periods.map(|(cadence, first)| cadence::streaks(cadence, first, &action.done, today)),
        next_due_on,
        overdue: next_due_on.is_some_and(|due| due < today),
    }
}

/// Of an open action with a day: that day. Of an active one with a cadence: the last day of the first period, since it
/// became active, that comes after the last time. So it is overdue exactly when a whole period has passed with nothing done.
fn next_due_on(action: &support_action::Content, periods: Option<(Cadence, NaiveDate)>) -> Option<NaiveDate> {
    match (action.status, periods) {
        (SupportActionStatus::Active, Some((cadence, first))) => {
            let after = action.done.last().map_or(0, |day| period_of(cadence, first, *day) + 1);
            Some(end_of(cadence, first, after.max(0)))
        }
        (SupportActionStatus::Planned | SupportActionStatus::Active, _) => action.due_on,
        _ => None,
    }
}

/// When a tie wants to be met: one cadence after the last contact, or after it was added.
pub fn tie_progress(tie: &support_tie::Content, today: NaiveDate) -> TieProgress {
    let since = tie.last_contact_on.unwrap_or(tie.added_on);
    let due_on = tie.cadence.map(|cadence| cadence::day_after(cadence, since));
    TieProgress { due_on, overdue: due_on.is_some_and(|due| due < today) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::{CadenceUnit, support_tie::SupportTieKind};

    const WEEKLY: Cadence = Cadence { every: 1, unit: CadenceUnit::Weeks };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn action(status: SupportActionStatus, cadence: Option<Cadence>, done: &[&str]) -> support_action::Content {
        support_action::Content {
            avenue: "friendships".into(),
            what: "Call Ruth".into(),
            challenge: None,
            status,
            cadence,
            due_on: None,
            active_since: (status != SupportActionStatus::Planned).then(|| day("2026-11-02")),
            done: done.iter().map(|text| day(text)).collect(),
        }
    }

    #[test]
    fn what_recurs_is_due_at_the_end_of_the_period_after_the_last_time() {
        use SupportActionStatus::{Active, Done, Dropped, Planned};
        for (status, done, today, due, overdue) in [
            (Planned, &[][..], "2026-12-31", None, false),
            (Active, &[], "2026-11-02", Some("2026-11-08"), false),
            (Active, &[], "2026-11-08", Some("2026-11-08"), false),
            (Active, &[], "2026-11-09", Some("2026-11-08"), true),
            (Active, &["2026-11-02"], "2026-11-02", Some("2026-11-15"), false),
            (Active, &["2026-11-02"], "2026-11-15", Some("2026-11-15"), false),
            (Active, &["2026-11-02"], "2026-11-16", Some("2026-11-15"), true),
            // Done before it was active.
            (Active, &["2026-10-01"], "2026-11-03", Some("2026-11-08"), false),
            (Done, &["2026-11-02"], "2026-12-31", None, false),
            (Dropped, &["2026-11-02"], "2026-12-31", None, false),
        ] {
            let found = progress(&action(status, Some(WEEKLY), done), day(today));
            assert_eq!((found.next_due_on, found.overdue), (due.map(day), overdue), "{status:?} {done:?} on {today}");
            if status == Active {
                let broken = found.streaks.is_none_or(|streaks| streaks.current == 0);
                assert!(!found.overdue || broken, "{done:?} on {today}: overdue with a streak");
            }
        }
    }

    #[test]
    fn what_has_a_day_is_due_on_it_while_it_is_open() {
        use SupportActionStatus::{Active, Done, Dropped, Planned};
        for (status, today, due, overdue) in [
            (Planned, "2026-12-01", Some("2026-12-01"), false),
            (Planned, "2026-12-02", Some("2026-12-01"), true),
            (Active, "2026-12-02", Some("2026-12-01"), true),
            (Done, "2026-12-02", None, false),
            (Dropped, "2026-12-02", None, false),
        ] {
            let dated = support_action::Content { due_on: Some(day("2026-12-01")), ..action(status, None, &[]) };
            let found = progress(&dated, day(today));
            assert_eq!((found.next_due_on, found.overdue), (due.map(day), overdue), "{status:?} on {today}");
            assert_eq!(found.streaks, None);
        }
    }

    #[test]
    fn a_tie_is_due_one_cadence_after_the_last_contact() {
        for (cadence, last, today, due, overdue) in [
            (None, None, "2027-11-02", None, false),
            (Some(WEEKLY), None, "2026-11-09", Some("2026-11-09"), false),
            (Some(WEEKLY), None, "2026-11-10", Some("2026-11-09"), true),
            (Some(WEEKLY), Some("2026-11-09"), "2026-11-10", Some("2026-11-16"), false),
            (Some(WEEKLY), Some("2026-10-01"), "2026-11-02", Some("2026-10-08"), true),
        ] {
            let tie = support_tie::Content {
                label: "Ruth".into(),
                kind: SupportTieKind::Person,
                avenue: "friendships".into(),
                cadence,
                last_contact_on: last.map(day),
                note: None,
                added_on: day("2026-11-02"),
            };
            let due_on = due.map(day);
            assert_eq!(tie_progress(&tie, day(today)), TieProgress { due_on, overdue }, "{last:?} on {today}");
        }
    }
}
