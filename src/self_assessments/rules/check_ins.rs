//! When the next check-in is due.

use chrono::{NaiveDate, TimeDelta};

/// What somebody means to do, and what they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    pub cadence_days: i64,
    /// The first day on which one is due.
    pub starts_on: NaiveDate,
    /// When the instrument was last completed.
    pub last_on: Option<NaiveDate>,
    /// The last day of a leave that runs.
    pub on_leave_until: Option<NaiveDate>,
}

/// When the next check-in is due, and whether it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub on: NaiveDate,
    pub is_due: bool,
    /// The last day on which nothing is asked, while somebody is on leave.
    pub quiet_until: Option<NaiveDate>,
}

/// One is due a cadence after the last, not before the schedule starts, and not while its owner is on leave: what would
/// fall into a leave waits until the day after it.
pub fn due(habit: Habit, today: NaiveDate) -> Due {
    let after_the_last = habit.last_on.map_or(habit.starts_on, |last| last + TimeDelta::days(habit.cadence_days));
    let quiet_until = habit.on_leave_until.filter(|until| *until >= today);
    let on = after_the_last.max(habit.starts_on);
    let on = quiet_until.map_or(on, |until| on.max(until + TimeDelta::days(1)));
    Due { on, is_due: on <= today, quiet_until }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        format!("2026-{text}").parse().unwrap()
    }

    #[test]
    fn one_is_due_a_cadence_after_the_last_and_never_on_leave() {
        // starts, last, leave until, then today: due on, whether it is
        for (starts, last, leave, today, on, is_due) in [
            ("06-01", None, None, "05-30", "06-01", false),
            ("06-01", None, None, "06-01", "06-01", true),
            ("06-01", None, None, "06-20", "06-01", true),
            ("06-01", Some("06-01"), None, "06-07", "06-08", false),
            ("06-01", Some("06-01"), None, "06-08", "06-08", true),
            ("06-01", Some("05-01"), None, "06-01", "06-01", true),
            ("06-01", Some("05-30"), None, "06-01", "06-06", false),
            ("06-01", Some("06-01"), Some("06-20"), "06-10", "06-21", false),
            ("06-01", Some("06-01"), Some("06-20"), "06-20", "06-21", false),
            ("06-01", Some("06-01"), Some("06-20"), "06-21", "06-08", true),
            ("06-01", Some("06-18"), Some("06-20"), "06-19", "06-25", false),
        ] {
            let habit = Habit {
                cadence_days: 7,
                starts_on: day(starts),
                last_on: last.map(day),
                on_leave_until: leave.map(day),
            };
            let due = due(habit, day(today));
            assert_eq!((due.on, due.is_due), (day(on), is_due), "{habit:?} on {today}");
            assert_eq!(due.quiet_until.is_some(), leave.is_some_and(|until| day(until) >= day(today)));
        }
    }
}
