//! Dates: how long a term lasts, what renewing does, and how a membership stands on a day.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::{
    entities::{
        membership::{self, MembershipStanding},
        membership_type::{self, DurationUnit, Period},
    },
    membership_types::rules::day_of_year,
};

/// Grace and newness of a term that follows no type.
pub const DEFAULT_GRACE_DAYS: i64 = 30;
pub const DEFAULT_NEW_DAYS: i64 = 90;

/// A term, both days included. A lifetime has no end; a start may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Term {
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

/// The term of somebody who joins on `day`. A fixed period counts from the calendar: the term ends with the period
/// that runs on that day, and from the rollover day on with the one that starts next. None: it would end after 2199.
pub fn term_from(terms: &membership_type::Model, day: NaiveDate) -> Option<Term> {
    let Some(length) = Length::of(terms)? else { return Some(Term { starts_on: Some(day), ends_on: None }) };
    let ends_on = match (terms.period, terms.fixed_start.as_deref().and_then(day_of_year)) {
        (Period::Fixed, Some(fixed_start)) => {
            let begun = latest(fixed_start, day)?;
            let next = begun.with_year(begun.year() + 1)?;
            let rollover = terms.rollover.as_deref().and_then(day_of_year);
            let rolls_over = rollover.is_some_and(|rollover| latest(rollover, day).is_some_and(|date| date > begun));
            // A period shorter than a year repeats until the next fixed start.
            let base = if rolls_over { next } else { begun };
            let mut end = length.last_day(base)?;
            while end < day {
                end = length.last_day(end.succ_opt()?)?;
            }
            end
        }
        _ => length.last_day(day)?,
    };
    is_plausible(ends_on).then_some(Term { starts_on: Some(day), ends_on: Some(ends_on) })
}

/// The term after renewing on `today`: before its grace is over the start stays and the length is added to the old end
/// (the added part is a term that starts the day after); later it is a new term from today.
pub fn renewed(terms: &membership_type::Model, held: Term, today: NaiveDate) -> Option<Term> {
    let grace = days(terms.grace_days);
    match (held.ends_on, Length::of(terms)?) {
        (Some(old_end), Some(length)) if today <= old_end.checked_add_days(grace)? => {
            let ends_on = length.last_day(old_end.succ_opt()?)?;
            is_plausible(ends_on).then_some(Term { ends_on: Some(ends_on), ..held })
        }
        _ => term_from(terms, today),
    }
}

/// How `membership` stands on `today`; the first match wins.
pub fn standing(
    membership: &membership::Model,
    terms: Option<&membership_type::Model>,
    today: NaiveDate,
) -> MembershipStanding {
    let is_live = membership.standing_override_until.is_none_or(|until| today <= until);
    if let Some(standing) = membership.standing_override.filter(|_| is_live) {
        return standing;
    }
    let (grace, new) = match terms {
        Some(terms) => (days(terms.grace_days), days(terms.new_days)),
        None => (days(DEFAULT_GRACE_DAYS), days(DEFAULT_NEW_DAYS)),
    };
    let before = |day: NaiveDate, span: Days| day.checked_add_days(span).is_none_or(|limit| today < limit);
    let (starts_on, ends_on) = (membership.starts_on, membership.ends_on);
    if starts_on.is_some_and(|start| today < start) {
        MembershipStanding::Scheduled
    } else if ends_on.is_none_or(|end| today <= end) {
        match starts_on {
            Some(start) if before(start, new) => MembershipStanding::New,
            _ => MembershipStanding::Current,
        }
    } else if ends_on.is_some_and(|end| end.checked_add_days(grace).is_none_or(|last| today <= last)) {
        MembershipStanding::Grace
    } else {
        MembershipStanding::Expired
    }
}

/// Whether somebody with this standing is a member in the eyes of the organization.
pub fn counts_as_member(standing: MembershipStanding) -> bool {
    matches!(standing, MembershipStanding::New | MembershipStanding::Current | MembershipStanding::Grace)
}

/// Whether a date can be meant: both databases compare it, and no term runs longer.
pub fn is_plausible(day: NaiveDate) -> bool {
    (1900..=2199).contains(&day.year())
}

/// The length of a term; a year is twelve months.
#[derive(Clone, Copy)]
enum Length {
    Days(Days),
    Months(Months),
}

impl Length {
    /// `Some(None)` is a lifetime; None a length that no calendar holds.
    fn of(terms: &membership_type::Model) -> Option<Option<Self>> {
        let count =
            terms.duration_count.map_or(Some(1), |count| u32::try_from(count).ok().filter(|count| *count > 0))?;
        Some(match terms.duration_unit {
            DurationUnit::Lifetime => None,
            DurationUnit::Days => Some(Self::Days(Days::new(count.into()))),
            DurationUnit::Months => Some(Self::Months(Months::new(count))),
            DurationUnit::Years => Some(Self::Months(Months::new(count.checked_mul(12)?))),
        })
    }

    /// The last day of a term that begins on `start`. Where its last month is too short for that day of the month, it
    /// ends with the month.
    fn last_day(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(count) => start.checked_add_days(count)?.pred_opt(),
            Self::Months(count) => {
                let anniversary = start.checked_add_months(count)?;
                if anniversary.day() == start.day() { anniversary.pred_opt() } else { Some(anniversary) }
            }
        }
    }
}

fn days(count: i64) -> Days {
    Days::new(u64::try_from(count).unwrap_or(0))
}

/// The latest such day, which every year has, that is not after `today`.
fn latest((month, day): (u32, u32), today: NaiveDate) -> Option<NaiveDate> {
    let this_year = NaiveDate::from_ymd_opt(today.year(), month, day)?;
    if this_year <= today { Some(this_year) } else { this_year.with_year(today.year() - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memberships::rules::samples::{membership, terms};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn fixed(start: &str, rollover: Option<&str>) -> membership_type::Model {
        membership_type::Model {
            period: Period::Fixed,
            fixed_start: Some(start.into()),
            rollover: rollover.map(Into::into),
            ..terms(DurationUnit::Years, Some(1))
        }
    }

    #[test]
    fn terms_end_as_the_design_says() {
        let calendar_year = fixed("01-01", Some("09-01"));
        for (terms, joined, ends) in [
            (terms(DurationUnit::Months, Some(12)), "2026-02-10", "2027-02-09"),
            (terms(DurationUnit::Months, Some(1)), "2026-01-31", "2026-02-28"),
            (terms(DurationUnit::Months, Some(12)), "2028-02-29", "2029-02-28"),
            (calendar_year.clone(), "2018-01-01", "2018-12-31"),
            (calendar_year.clone(), "2018-08-31", "2018-12-31"),
            (calendar_year.clone(), "2018-09-01", "2019-12-31"),
            (calendar_year, "2018-12-31", "2019-12-31"),
        ] {
            let expected = Term { starts_on: Some(day(joined)), ends_on: Some(day(ends)) };
            assert_eq!(term_from(&terms, day(joined)), Some(expected), "{joined}");
        }
    }

    #[test]
    fn terms_end_in_the_other_cases_too() {
        let april = fixed("04-01", Some("02-01"));
        let quarters = membership_type::Model {
            duration_unit: DurationUnit::Months,
            duration_count: Some(3),
            ..fixed("01-01", None)
        };
        let two_years = membership_type::Model { duration_count: Some(2), ..fixed("01-01", Some("09-01")) };
        for (terms, joined, ends) in [
            (terms(DurationUnit::Years, Some(1)), "2026-02-10", "2027-02-09"),
            (terms(DurationUnit::Days, Some(1)), "2026-02-10", "2026-02-10"),
            (terms(DurationUnit::Days, Some(365)), "2026-01-01", "2026-12-31"),
            (terms(DurationUnit::Months, Some(1)), "2026-02-28", "2026-03-27"),
            (fixed("01-01", None), "2018-12-31", "2018-12-31"),
            (april.clone(), "2026-04-01", "2027-03-31"),
            (april.clone(), "2027-01-31", "2027-03-31"),
            (april, "2027-02-01", "2028-03-31"),
            (quarters.clone(), "2026-03-31", "2026-03-31"),
            (quarters, "2026-05-10", "2026-06-30"),
            (two_years.clone(), "2018-08-31", "2019-12-31"),
            (two_years, "2018-09-01", "2020-12-31"),
        ] {
            assert_eq!(term_from(&terms, day(joined)).and_then(|term| term.ends_on), Some(day(ends)), "{joined}");
        }
        let life = terms(DurationUnit::Lifetime, None);
        assert_eq!(term_from(&life, day("2026-02-10")).map(|term| term.ends_on), Some(None));
        for endless in [terms(DurationUnit::Years, Some(200)), terms(DurationUnit::Days, Some(i64::MAX))] {
            assert_eq!(term_from(&endless, day("2026-02-10")), None);
        }
    }

    #[test]
    fn renewing_adds_to_what_runs_and_starts_anew_after_it() {
        let rolling = terms(DurationUnit::Months, Some(12));
        let monthly = terms(DurationUnit::Months, Some(1));
        let calendar_year = fixed("01-01", Some("09-01"));
        let year_2026 = ("2026-01-01", "2026-12-31");
        // terms, held, renewed on, starts, ends
        for (terms, held, today, starts, ends) in [
            (&rolling, year_2026, "2025-12-31", "2026-01-01", "2027-12-31"), // scheduled
            (&rolling, year_2026, "2026-02-01", "2026-01-01", "2027-12-31"), // new
            (&rolling, year_2026, "2026-11-01", "2026-01-01", "2027-12-31"), // current
            (&rolling, year_2026, "2027-01-30", "2026-01-01", "2027-12-31"), // in grace
            (&rolling, year_2026, "2027-01-31", "2027-01-31", "2028-01-30"), // expired
            (&rolling, ("2026-02-10", "2027-02-09"), "2027-02-01", "2026-02-10", "2028-02-09"),
            (&monthly, ("2026-01-31", "2026-02-28"), "2026-02-28", "2026-01-31", "2026-03-31"),
            (&calendar_year, year_2026, "2026-10-01", "2026-01-01", "2027-12-31"),
            (&calendar_year, year_2026, "2027-10-01", "2027-10-01", "2028-12-31"),
        ] {
            let held = Term { starts_on: Some(day(held.0)), ends_on: Some(day(held.1)) };
            let expected = Term { starts_on: Some(day(starts)), ends_on: Some(day(ends)) };
            assert_eq!(renewed(terms, held, day(today)), Some(expected), "{today}");
        }
        let today = day("2026-02-10");
        assert_eq!(renewed(&rolling, Term::default(), today), term_from(&rolling, today));
        let unknown_start = Term { starts_on: None, ends_on: Some(day("2026-12-31")) };
        let longer = Term { starts_on: None, ends_on: Some(day("2027-12-31")) };
        assert_eq!(renewed(&rolling, unknown_start, today), Some(longer));
        let far = Term { starts_on: Some(today), ends_on: Some(day("2199-06-01")) };
        assert_eq!(renewed(&rolling, far, today), None);
    }

    #[test]
    fn standing_follows_the_days() {
        use MembershipStanding::{Current, Expired, Grace, New, Scheduled};
        let terms = terms(DurationUnit::Years, Some(1));
        let held =
            membership::Model { starts_on: Some(day("2026-01-01")), ends_on: Some(day("2026-12-31")), ..membership() };
        for (today, expected) in [
            ("2025-12-31", Scheduled),
            ("2026-01-01", New),
            ("2026-03-31", New),
            ("2026-04-01", Current),
            ("2026-12-31", Current),
            ("2027-01-01", Grace),
            ("2027-01-30", Grace),
            ("2027-01-31", Expired),
        ] {
            assert_eq!(standing(&held, Some(&terms), day(today)), expected, "{today}");
            // Without a type the defaults hold, and they are the same.
            assert_eq!(standing(&held, None, day(today)), expected, "{today}");
            assert_eq!(counts_as_member(expected), matches!(expected, New | Current | Grace));
        }
    }

    #[test]
    fn standing_knows_missing_dates_and_overrides() {
        use MembershipStanding::{Current, Expired, Grace, New, Scheduled};
        let today = day("2026-06-15");
        let dates = |starts: Option<&str>, ends: Option<&str>| membership::Model {
            starts_on: starts.map(day),
            ends_on: ends.map(day),
            ..membership()
        };
        let over = |until: Option<&str>| membership::Model {
            standing_override: Some(Expired),
            standing_override_until: until.map(day),
            ..membership()
        };
        for (held, expected) in [
            (dates(None, None), Current),
            (dates(Some("2026-06-16"), None), Scheduled),
            (dates(Some("2026-06-01"), None), New),
            (dates(Some("2020-06-01"), None), Current),
            (dates(None, Some("2026-06-15")), Current),
            (dates(None, Some("2026-06-14")), Grace),
            (dates(None, Some("2026-05-15")), Expired),
            (over(None), Expired),
            (over(Some("2026-06-15")), Expired),
            (over(Some("2026-06-14")), Current),
        ] {
            assert_eq!(standing(&held, None, today), expected, "{held:?}");
        }
    }
}
