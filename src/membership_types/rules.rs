//! What makes a membership type sound.

use chrono::NaiveDate;

use crate::entities::membership_type::{DurationUnit, Period};

/// The members that must fit together.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub unit: DurationUnit,
    pub count: Option<i64>,
    pub period: Period,
    pub fixed_start: Option<&'a str>,
    pub rollover: Option<&'a str>,
    pub renewable: bool,
}

/// A member that does not fit: where, which code, what it must be.
pub type Misfit = (&'static str, &'static str, &'static str);

/// Everything in which the terms do not fit together.
pub fn misfits(terms: &Terms) -> Vec<Misfit> {
    let lifetime = terms.unit == DurationUnit::Lifetime;
    let fixed = terms.period == Period::Fixed;
    let rules: [(bool, Misfit); 6] = [
        (lifetime && terms.count.is_some(), ("/duration/count", "unexpected", "must be absent for a lifetime")),
        (
            !lifetime && terms.count.is_none(),
            ("/duration/count", "missing_member", "must be given unless it is a lifetime"),
        ),
        (
            fixed && !matches!(terms.unit, DurationUnit::Months | DurationUnit::Years),
            ("/duration/unit", "not_fixed", "must be months or years for a fixed period"),
        ),
        (fixed && terms.fixed_start.is_none(), ("/fixed_start", "missing_member", "must be given for a fixed period")),
        (!fixed && terms.fixed_start.is_some(), ("/fixed_start", "unexpected", "must be absent for a rolling period")),
        (!fixed && terms.rollover.is_some(), ("/rollover", "unexpected", "must be absent for a rolling period")),
    ];
    let renewal = (lifetime && terms.renewable, ("/renewable", "unexpected", "must be false for a lifetime"));
    rules.into_iter().chain([renewal]).filter(|(broken, _)| *broken).map(|(_, misfit)| misfit).collect()
}

/// A day that every year has, as month and day.
pub fn day_of_year(text: &str) -> Option<(u32, u32)> {
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (month, day) = text.split_once('-').filter(|(month, day)| two_digits(month) && two_digits(day))?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // 2023 has no 29 February.
    NaiveDate::from_ymd_opt(2023, month, day).map(|_| (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLING: Terms = Terms {
        unit: DurationUnit::Months,
        count: Some(12),
        period: Period::Rolling,
        fixed_start: None,
        rollover: None,
        renewable: true,
    };

    #[test]
    fn terms_fit_together() {
        let fixed = Terms { period: Period::Fixed, fixed_start: Some("01-01"), rollover: Some("09-01"), ..ROLLING };
        let lifetime = Terms { unit: DurationUnit::Lifetime, count: None, renewable: false, ..ROLLING };
        for (terms, places) in [
            (ROLLING, &[][..]),
            (fixed, &[]),
            (lifetime, &[]),
            (Terms { count: None, ..ROLLING }, &["/duration/count"]),
            (Terms { count: Some(1), ..lifetime }, &["/duration/count"]),
            (Terms { renewable: true, ..lifetime }, &["/renewable"]),
            (Terms { fixed_start: None, ..fixed }, &["/fixed_start"]),
            (Terms { unit: DurationUnit::Days, ..fixed }, &["/duration/unit"]),
            (Terms { period: Period::Rolling, ..fixed }, &["/fixed_start", "/rollover"]),
        ] {
            let found: Vec<_> = misfits(&terms).into_iter().map(|(place, ..)| place).collect();
            assert_eq!(found, places, "{terms:?}");
        }
    }

    #[test]
    fn days_of_the_year() {
        for (text, day) in [
            ("01-01", Some((1, 1))),
            ("12-31", Some((12, 31))),
            ("02-29", None),
            ("13-01", None),
            ("1-1", None),
            ("0101", None),
            ("+1-01", None),
        ] {
            assert_eq!(day_of_year(text), day, "{text}");
        }
    }
}
