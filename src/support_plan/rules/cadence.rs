//! Periods of a cadence, and streaks of them.
//!
//! The periods of an action lie end to end, forward and backward, from one day on: period 0 starts on it. Those of months
//! start on the same day of each month, or on its last one where it is shorter.

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use crate::entities::{Cadence, CadenceUnit};

/// How many periods in a row had something done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streaks {
    /// Up to now. The period that is running does not break it; one that passed with nothing done does.
    pub current: i64,
    /// Ever.
    pub longest: i64,
}

/// The day that lies one cadence after `day`.
pub fn day_after(cadence: Cadence, day: NaiveDate) -> NaiveDate {
    start_of(cadence, day, 1)
}

/// The first day of a period.
fn start_of(cadence: Cadence, first: NaiveDate, period: i64) -> NaiveDate {
    let count = cadence.every.saturating_mul(period);
    let days = |days: i64| TimeDelta::try_days(days).and_then(|by| first.checked_add_signed(by));
    let months = |months: i64| {
        let by = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 { first.checked_sub_months(by) } else { first.checked_add_months(by) }
    };
    let day = match cadence.unit {
        CadenceUnit::Days => days(count),
        CadenceUnit::Weeks => days(count.saturating_mul(7)),
        CadenceUnit::Months => months(count),
    };
    day.unwrap_or(if count < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

/// The last day of a period.
pub(super) fn end_of(cadence: Cadence, first: NaiveDate, period: i64) -> NaiveDate {
    start_of(cadence, first, period.saturating_add(1)).pred_opt().unwrap_or(NaiveDate::MIN)
}

/// The period that `day` lies in.
pub(super) fn period_of(cadence: Cadence, first: NaiveDate, day: NaiveDate) -> i64 {
    let every = cadence.every.max(1);
    let days = (day - first).num_days();
    match cadence.unit {
        CadenceUnit::Days => days.div_euclid(every),
        CadenceUnit::Weeks => days.div_euclid(every.saturating_mul(7)),
        CadenceUnit::Months => {
            let month = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
            let period = (month(day) - month(first)).div_euclid(every);
            // The month has come, its day perhaps not yet.
            if start_of(cadence, first, period) > day { period - 1 } else { period }
        }
    }
}

/// The streaks of what was done on these days, the earliest first.
pub fn streaks(cadence: Cadence, first: NaiveDate, done: &[NaiveDate], today: NaiveDate) -> Streaks {
    let (mut run, mut longest, mut last) = (0, 0, None);
    for period in done.iter().map(|day| period_of(cadence, first, *day)) {
        run = match last {
            Some(before) if before == period => run,
            Some(before) if before + 1 == period => run + 1,
            _ => 1,
        };
        (longest, last) = (longest.max(run), Some(period));
    }
    let goes_on = last.is_some_and(|last| last + 1 >= period_of(cadence, first, today));
    Streaks { current: if goes_on { run } else { 0 }, longest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn every(every: i64, unit: CadenceUnit) -> Cadence {
        Cadence { every, unit }
    }

    #[test]
    fn periods_lie_end_to_end_from_the_first_day_on() {
        use CadenceUnit::{Days, Months, Weeks};
        for (count, unit, first, at, period, end) in [
            (1, Days, "2026-11-23", "2026-11-23", 0, "2026-11-23"),
            (3, Days, "2026-11-23", "2026-11-25", 0, "2026-11-25"),
            (3, Days, "2026-11-23", "2026-11-26", 1, "2026-11-28"),
            (3, Days, "2026-11-23", "2026-11-22", -1, "2026-11-22"),
            (1, Weeks, "2026-11-23", "2026-11-29", 0, "2026-11-29"),
            (2, Weeks, "2026-11-23", "2026-12-07", 1, "2026-12-20"),
            (1, Months, "2026-11-23", "2026-12-22", 0, "2026-12-22"),
            (1, Months, "2026-11-23", "2026-12-23", 1, "2027-01-22"),
            (1, Months, "2026-11-23", "2026-11-22", -1, "2026-11-22"),
            (1, Months, "2026-11-23", "2026-10-22", -2, "2026-10-22"),
            // From the 31st on: February starts on its last day, March on its 31st.
            (1, Months, "2027-01-31", "2027-02-27", 0, "2027-02-27"),
            (1, Months, "2027-01-31", "2027-02-28", 1, "2027-03-30"),
            (1, Months, "2027-01-31", "2027-03-30", 1, "2027-03-30"),
            (1, Months, "2027-01-31", "2027-03-31", 2, "2027-04-29"),
            (3, Months, "2026-11-23", "2027-02-22", 0, "2027-02-22"),
            (3, Months, "2026-11-23", "2027-02-23", 1, "2027-05-22"),
            (3, Months, "2026-11-23", "2026-08-22", -2, "2026-08-22"),
        ] {
            let (cadence, first) = (every(count, unit), day(first));
            assert_eq!(period_of(cadence, first, day(at)), period, "{count} {unit:?} from {first}: {at}");
            assert_eq!(end_of(cadence, first, period), day(end), "{count} {unit:?} from {first}: {period}");
        }
    }

    #[test]
    fn a_streak_counts_periods_in_a_row_and_the_running_one_does_not_break_it() {
        // Weeks from Monday 2 November on: 2, 9, 16, 23, 30.
        let weekly = every(1, CadenceUnit::Weeks);
        for (done, today, current, longest) in [
            (&[][..], "2026-11-23", 0, 0),
            (&["2026-11-23"], "2026-11-23", 1, 1),
            // Twice in one week is once.
            (&["2026-11-23", "2026-11-23", "2026-11-24"], "2026-11-24", 1, 1),
            (&["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-18", 3, 3),
            // Not yet this week.
            (&["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-23", 3, 3),
            (&["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-29", 3, 3),
            // A whole week passed without.
            (&["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-30", 0, 3),
            // A gap begins it anew.
            (&["2026-11-02", "2026-11-09", "2026-11-23"], "2026-11-23", 1, 2),
            // The last day of one week and the first of the next.
            (&["2026-11-08", "2026-11-09"], "2026-11-10", 2, 2),
            // Done before the action was active.
            (&["2026-10-26", "2026-11-02"], "2026-11-03", 2, 2),
            // The zone of the account moved west, and today became yesterday.
            (&["2026-11-16", "2026-11-23"], "2026-11-22", 2, 2),
        ] {
            let done: Vec<_> = done.iter().map(|text| day(text)).collect();
            let found = streaks(weekly, day("2026-11-02"), &done, day(today));
            assert_eq!(found, Streaks { current, longest }, "{done:?} on {today}");
        }
        let monthly = every(1, CadenceUnit::Months);
        let done = ["2027-01-31", "2027-02-28", "2027-03-31"].map(day);
        let found = streaks(monthly, day("2027-01-31"), &done, day("2027-05-30"));
        assert_eq!(found, Streaks { current: 3, longest: 3 });
    }

    #[test]
    fn one_cadence_later() {
        for (cadence, from, to) in [
            (every(10, CadenceUnit::Days), "2026-11-23", "2026-12-03"),
            (every(2, CadenceUnit::Weeks), "2026-11-23", "2026-12-07"),
            (every(1, CadenceUnit::Months), "2027-01-31", "2027-02-28"),
        ] {
            assert_eq!(day_after(cadence, day(from)), day(to), "{cadence:?}");
        }
    }
}
