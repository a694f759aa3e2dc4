//! What a profile may say, and what follows from it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    entities::{DayHours, Weekday},
    vocabularies::licence_titles,
};

/// How far a licence can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenceStatus {
    /// Its holder says so.
    SelfReported,
    /// Somebody has checked it.
    Verified,
    /// The day on which it expires is over.
    Lapsed,
}

/// A licence is good through the day on which it expires; once lapsed, it matters no more that it was checked.
pub fn licence_status(
    expires_on: Option<NaiveDate>,
    verified_at: Option<DateTime<Utc>>,
    today: NaiveDate,
) -> LicenceStatus {
    match (expires_on, verified_at) {
        (Some(expires_on), _) if expires_on < today => LicenceStatus::Lapsed,
        (_, Some(_)) => LicenceStatus::Verified,
        (_, None) => LicenceStatus::SelfReported,
    }
}

/// Whether a licence of `family` can have `title`. The family without titles takes any.
pub fn title_fits(family: &str, title: &str) -> bool {
    licence_titles(family).is_none_or(|titles| titles.iter().any(|known| known.0 == title))
}

/// What is shown of a licence number: its last four characters, and never more than half of it.
pub fn mask(number: &str) -> String {
    let length = number.chars().count();
    let shown = (length / 2).min(4);
    "•••".chars().chain(number.chars().skip(length - shown)).collect()
}

/// A National Provider Identifier: ten digits, the first 1 or 2, whose last one checks the others (45 CFR 162.406: Luhn
/// over the card issuer prefix 80840 and the number).
pub fn npi_is_valid(npi: &str) -> bool {
    let digits: Option<Vec<u32>> = npi.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 10 && matches!(digits.first(), Some(1 | 2))) else {
        return false;
    };
    let prefixed = [8, 0, 8, 4, 0].into_iter().chain(digits);
    let doubled = prefixed.rev().enumerate().map(|(at, digit)| match at % 2 {
        0 => digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    doubled.sum::<u32>().is_multiple_of(10)
}

/// Minutes since midnight of `HH:MM`; 24:00 is the end of the day.
pub fn minutes(clock_time: &str) -> Option<u32> {
    let digits =
        |text: &str| (text.len() == 2).then(|| text.bytes().all(|b| b.is_ascii_digit()))?.then(|| text.parse().ok())?;
    let (hours, minutes): (u32, u32) = clock_time.split_once(':').map(|(h, m)| Some((digits(h)?, digits(m)?)))??;
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

/// What is wrong with hours of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursFault {
    EndsBeforeItStarts,
    OverlapsAnother,
}

/// The faults of a week, each with the index of its hours. Hours that touch do not overlap. Of two that overlap, the
/// later in the list is at fault.
pub fn hours_faults(week: &[DayHours]) -> Vec<(usize, HoursFault)> {
    let mut sound: Vec<(Weekday, u32, u32)> = Vec::with_capacity(week.len());
    let mut faults = Vec::new();
    for (at, hours) in week.iter().enumerate() {
        let (Some(from), Some(to)) = (minutes(&hours.from), minutes(&hours.to)) else { continue };
        if from >= to {
            faults.push((at, HoursFault::EndsBeforeItStarts));
        } else if sound.iter().any(|(weekday, start, end)| *weekday == hours.weekday && from < *end && *start < to) {
            faults.push((at, HoursFault::OverlapsAnother));
        } else {
            sound.push((hours.weekday, from, to));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_npi_checks_itself() {
        for (npi, valid) in [
            ("1234567893", true),
            ("1245319599", true),
            ("2234567891", true),
            ("1234567890", false),
            ("1234567839", false),
            ("3234567899", false),
            ("0234567894", false),
            ("123456789", false),
            ("12345678930", false),
            ("123456789X", false),
            ("１234567893", false),
            ("", false),
        ] {
            assert_eq!(npi_is_valid(npi), valid, "{npi}");
        }
    }

    #[test]
    fn a_licence_lapses_the_day_after_it_expires() {
        use LicenceStatus::{Lapsed, SelfReported, Verified};
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-11-23");
        let checked = Some(day("2026-01-05").and_hms_opt(12, 0, 0).unwrap().and_utc());
        for (expires_on, verified_at, status) in [
            (None, None, SelfReported),
            (None, checked, Verified),
            (Some("2026-11-24"), None, SelfReported),
            (Some("2026-11-24"), checked, Verified),
            (Some("2026-11-23"), checked, Verified),
            (Some("2026-11-22"), checked, Lapsed),
            (Some("2026-11-22"), None, Lapsed),
        ] {
            assert_eq!(
                licence_status(expires_on.map(day), verified_at, today),
                status,
                "{expires_on:?} {verified_at:?}"
            );
        }
    }

    #[test]
    fn a_title_belongs_to_its_family() {
        for (family, title, fits) in [
            ("mft", "LMFT", true),
            ("mft", "LCSW", false),
            ("mft", "lmft", false),
            ("social_work", "LCSW-C", true),
            ("psychology", "PhD", false),
            ("other", "Heilpraktikerin für Psychotherapie", true),
        ] {
            assert_eq!(title_fits(family, title), fits, "{family} {title}");
        }
    }

    #[test]
    fn a_number_shows_its_end_and_never_more_than_half() {
        for (number, shown) in [
            ("LMFT-1234567", "•••4567"),
            ("12345678", "•••5678"),
            ("1234567", "•••567"),
            ("1234", "•••34"),
            ("12", "•••2"),
            ("1", "•••"),
            ("Ä12é", "•••2é"),
        ] {
            assert_eq!(mask(number), shown, "{number}");
        }
    }

    #[test]
    fn clock_times_run_from_midnight_to_midnight() {
        for (text, expected) in [
            ("00:00", Some(0)),
            ("09:30", Some(570)),
            ("23:59", Some(1439)),
            ("24:00", Some(1440)),
            ("24:01", None),
            ("12:60", None),
            ("9:30", None),
            ("+9:30", None),
            ("0930", None),
            ("09:30:00", None),
            ("", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    #[test]
    fn hours_end_after_they_start_and_do_not_overlap_on_one_day() {
        use HoursFault::{EndsBeforeItStarts, OverlapsAnother};
        use Weekday::{Monday, Tuesday};
        let nine_to_noon = (Monday, "09:00", "12:00");
        for (week, faults) in [
            (vec![], vec![]),
            (vec![nine_to_noon, (Tuesday, "09:00", "12:00")], vec![]),
            (vec![nine_to_noon, (Monday, "12:00", "24:00")], vec![]),
            (vec![nine_to_noon, (Monday, "11:59", "13:00")], vec![(1, OverlapsAnother)]),
            (vec![nine_to_noon, (Monday, "08:00", "09:01")], vec![(1, OverlapsAnother)]),
            (vec![nine_to_noon, (Monday, "08:00", "13:00")], vec![(1, OverlapsAnother)]),
            (vec![nine_to_noon, nine_to_noon], vec![(1, OverlapsAnother)]),
            (vec![(Monday, "12:00", "12:00")], vec![(0, EndsBeforeItStarts)]),
            (vec![(Monday, "22:00", "02:00"), nine_to_noon], vec![(0, EndsBeforeItStarts)]),
            (vec![(Monday, "24:00", "24:00")], vec![(0, EndsBeforeItStarts)]),
            (
                vec![nine_to_noon, (Monday, "10:00", "11:00"), (Tuesday, "10:00", "09:00")],
                vec![(1, OverlapsAnother), (2, EndsBeforeItStarts)],
            ),
        ] {
            let hours: Vec<DayHours> = week
                .iter()
                .map(|(weekday, from, to)| DayHours { weekday: *weekday, from: (*from).into(), to: (*to).into() })
                .collect();
            assert_eq!(hours_faults(&hours), faults, "{week:?}");
        }
    }
}
