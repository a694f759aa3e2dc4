//! The score of a group and a therapist, and the parts that it is made of.

use chrono_tz::Tz;
use sea_orm::ActiveEnum;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Availability, Hours};
use crate::{
    consultation_groups::rules::{MatchingKey, Words, families_fit, weekday_hours},
    entities::{
        Strings, WeeklyHours,
        consultation_group::GroupFormat,
        profile::{self, Experience},
    },
};

/// What is compared. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// How much of a meeting fits into the hours of both, in every week of the next eight.
    Availability,
    /// How many specialties are shared, of all that either names.
    Specialty,
    /// How many ways of working are shared, of all that either names.
    Modality,
    /// How many of the people worked with are shared, of all that either names.
    Population,
    /// How near the experience of the therapist is to that which the group is meant for.
    Experience,
    /// Whether the group meets in a way that the therapist works in.
    Format,
}

impl Part {
    pub const ALL: [Self; 6] =
        [Self::Availability, Self::Specialty, Self::Modality, Self::Population, Self::Experience, Self::Format];

    /// What it counts of a hundred.
    pub fn weight(self) -> f64 {
        match self {
            Self::Availability => 35.0,
            Self::Specialty => 25.0,
            Self::Modality => 15.0,
            Self::Population | Self::Experience => 10.0,
            Self::Format => 5.0,
        }
    }
}

/// What matching reads of a therapist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Therapist {
    pub specialties: Strings,
    pub modalities: Strings,
    pub populations: Strings,
    pub experience: Option<Experience>,
    pub formats: Strings,
    pub hours: Hours,
}

impl From<profile::Model> for Therapist {
    fn from(profile: profile::Model) -> Self {
        Self {
            specialties: profile.specialties,
            modalities: profile.modalities,
            populations: profile.populations,
            experience: profile.experience,
            formats: profile.formats,
            hours: Hours::of(profile.time_zone.as_deref(), &profile.availability),
        }
    }
}

impl Hours {
    /// Hours as they are stored.
    pub fn of(time_zone: Option<&str>, availability: &WeeklyHours) -> Self {
        Self { time_zone: zone(time_zone), windows: weekday_hours(availability).collect() }
    }

    /// The hours of a group, in the place of those that stood here.
    pub fn read(&mut self, group: &MatchingKey) {
        self.time_zone = zone(Some(group.time_zone));
        self.windows.clear();
        self.windows.extend(group.hours());
    }
}

fn zone(name: Option<&str>) -> Option<Tz> {
    name.and_then(|name| name.parse().ok())
}

/// Whether a therapist can be in a group at all: a licence that it asks for, and a language that it meets in. A group that
/// names none asks for none. Languages are compared by their first part: who speaks `en-GB` follows `en-US`.
pub fn fits(group: &MatchingKey, languages: &Strings, licence_families: &[String]) -> bool {
    let speaks = |tag| languages.0.iter().any(|own| primary(own).eq_ignore_ascii_case(primary(tag)));
    families_fit(group.licence_families.iter(), licence_families)
        && (group.languages.is_empty() || group.languages.iter().any(speaks))
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The first part of a language tag, as the directory of therapists keeps it.
pub fn primary_language(tag: &str) -> String {
    primary(tag).to_ascii_lowercase()
}

/// How well each part fits, from 0 to 1, in the order of [`Part::ALL`].
pub type Values = [f64; 6];

/// How well each part of a group and a therapist fits.
pub fn values(group: &MatchingKey, therapist: &Therapist, availability: Availability) -> Values {
    [
        availability.value(group.meeting_minutes),
        jaccard(group.specialties, &therapist.specialties),
        jaccard(group.modalities, &therapist.modalities),
        jaccard(group.populations, &therapist.populations),
        experience(group.experience, therapist.experience),
        if format_fits(group.format, &therapist.formats) { 1.0 } else { 0.0 },
    ]
}

/// The score in hundredths, 0 to 10,000.
pub fn score(values: &Values) -> i64 {
    let sum: f64 = Part::ALL.iter().zip(values).map(|(part, value)| part.weight() * value).sum();
    (sum * 100.0).round() as i64
}

/// What a part adds to the score.
pub fn points(part: Part, value: f64) -> f64 {
    part.weight() * value
}

/// How many words are shared, and how many there are.
pub(super) fn shared(group: Words, therapist: &Strings) -> (usize, usize) {
    let (mut both, mut either) = (0, therapist.0.len());
    for word in group.iter() {
        if therapist.0.iter().any(|own| own == word) {
            both += 1;
        } else {
            either += 1;
        }
    }
    (both, either)
}

/// The share of words that both name; nothing where one names none.
fn jaccard(group: Words, therapist: &Strings) -> f64 {
    match shared(group, therapist) {
        (0, _) => 0.0,
        (both, either) => both as f64 / either as f64,
    }
}

/// The bands of experience, from the first on.
const BANDS: [Experience; 5] =
    [Experience::PreLicensed, Experience::Early, Experience::Established, Experience::Senior, Experience::Veteran];

fn band(word: &str) -> Option<Experience> {
    BANDS.into_iter().find(|band| band.to_value() == word)
}

/// The band of a group that lies nearest, and how many bands away. Of two, the lower one.
pub(super) fn nearest_band(group: Words, own: Experience) -> Option<(Experience, u8)> {
    let away = |band: Experience| (band as u8).abs_diff(own as u8);
    group.iter().filter_map(band).map(|band| (band, away(band))).min_by_key(|(band, away)| (*away, *band))
}

fn experience(group: Words, own: Option<Experience>) -> f64 {
    match own.map(|own| nearest_band(group, own)) {
        _ if group.is_empty() => 1.0,
        Some(Some((_, away))) => 1.0 - f64::from(away) / 4.0,
        _ => 0.0,
    }
}

/// A hybrid group takes those who work in either way.
pub(super) fn format_fits(group: GroupFormat, formats: &Strings) -> bool {
    let works = |word: &str| formats.0.iter().any(|own| own == word);
    match group {
        GroupFormat::Online => works("online"),
        GroupFormat::InPerson => works("in_person"),
        GroupFormat::Hybrid => works("online") || works("in_person"),
    }
}

#[cfg(test)]
pub mod samples {
    //! The cases of the design.

    use super::*;

    pub fn strings(words: &[&str]) -> Strings {
        Strings(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// 90 minutes; trauma, grief; EMDR, IFS; adults; senior (band 3); online.
    pub const GROUP: &str = "trauma grief|emdr ifs|adults|en||senior|online|90|UTC|0:540-630";

    pub fn therapist(
        [specialties, modalities, populations]: [&[&str]; 3],
        experience: Experience,
        formats: &[&str],
    ) -> Therapist {
        Therapist {
            specialties: strings(specialties),
            modalities: strings(modalities),
            populations: strings(populations),
            experience: Some(experience),
            formats: strings(formats),
            hours: Hours::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        samples::{GROUP, strings, therapist},
        *,
    };
    use crate::matching::rules::Overlap;
    use Experience::{Established, PreLicensed, Senior};

    fn minutes(minutes: i64) -> Availability {
        let day = chrono::NaiveDate::default();
        Availability::Together(Overlap { minutes, most: minutes, week: day, until: day })
    }

    #[test]
    fn the_worked_cases() {
        let group = MatchingKey::parse(GROUP).unwrap();
        for (shared_minutes, candidate, parts, expected) in [
            (
                90,
                therapist([&["trauma", "grief", "couples"], &["emdr"], &["adults", "teens"]], Established, &["online"]),
                [1.0, 0.6667, 0.5, 0.5, 0.75, 1.0],
                7667,
            ),
            (
                45,
                therapist([&["trauma"], &["cbt"], &["adults"]], Senior, &["in_person"]),
                [0.5, 0.5, 0.0, 1.0, 1.0, 0.0],
                5000,
            ),
            (
                0,
                therapist([&["ocd"], &["erp"], &["children"]], PreLicensed, &["online", "in_person"]),
                [0.0, 0.0, 0.0, 0.0, 0.25, 1.0],
                750,
            ),
        ] {
            let found = values(&group, &candidate, minutes(shared_minutes));
            for (found, expected) in found.iter().zip(parts) {
                assert!((found - expected).abs() < 0.00005, "{found} {expected}");
            }
            assert_eq!(score(&found), expected, "{found:?}");
        }
    }

    #[test]
    fn who_says_nothing_shares_nothing() {
        for (group, own, expected) in [
            ("", &[][..], 0.0),
            ("", &["trauma"], 0.0),
            ("trauma", &[], 0.0),
            ("trauma", &["trauma"], 1.0),
            ("trauma grief", &["grief", "ocd"], 1.0 / 3.0),
        ] {
            let key = format!("{group}||||||online|90|UTC|");
            let key = MatchingKey::parse(&key).unwrap();
            assert_eq!(jaccard(key.specialties, &strings(own)), expected, "{group} {own:?}");
        }
        for silent in [Availability::GroupIsSilent, Availability::TherapistIsSilent, minutes(0)] {
            assert_eq!(silent.value(90), 0.0);
        }
    }

    #[test]
    fn the_nearest_band_counts() {
        use Experience::{Early, Veteran};
        for (group, own, expected) in [
            ("", None, 1.0),
            ("", Some(Early), 1.0),
            ("senior", None, 0.0),
            ("senior", Some(Senior), 1.0),
            ("senior", Some(PreLicensed), 0.25),
            ("veteran", Some(PreLicensed), 0.0),
            ("pre_licensed", Some(Veteran), 0.0),
            ("pre_licensed veteran", Some(Established), 0.5),
            ("early senior veteran", Some(PreLicensed), 0.75),
        ] {
            let key = format!("|||||{group}|online|90|UTC|");
            assert_eq!(experience(MatchingKey::parse(&key).unwrap().experience, own), expected, "{group} {own:?}");
        }
    }

    #[test]
    fn a_hybrid_group_takes_either() {
        use GroupFormat::{Hybrid, InPerson, Online};
        for (formats, expected) in [
            (&[][..], [false, false, false]),
            (&["online"], [true, false, true]),
            (&["in_person"], [false, true, true]),
            (&["in_person", "online"], [true, true, true]),
        ] {
            let found = [Online, InPerson, Hybrid].map(|format| format_fits(format, &strings(formats)));
            assert_eq!(found, expected, "{formats:?}");
        }
    }

    #[test]
    fn licence_and_language_must_fit() {
        for (languages, families, own_languages, own_families, expected) in [
            ("", "", &[][..], &[][..], true),
            ("en", "", &[], &[], false),
            ("en", "", &["en"], &[], true),
            ("en-US", "", &["EN-gb"], &[], true),
            ("es en", "", &["fr", "en"], &[], true),
            ("es", "", &["est"], &[], false),
            ("en", "mft", &["en"], &[], false),
            ("en", "mft social_work", &["en"], &["social_work"], true),
            ("es", "mft", &["en"], &["mft"], false),
        ] {
            let key = format!("|||{languages}|{families}||online|90|UTC|");
            let key = MatchingKey::parse(&key).unwrap();
            let found = fits(&key, &strings(own_languages), &strings(own_families).0);
            assert_eq!(found, expected, "{languages} {families} {own_languages:?} {own_families:?}");
        }
    }
}
