//! What matching reads of a group, packed into one short text: thousands of groups are compared at the price of one
//! column each, and none of them is copied to be read.

use std::fmt::Write;

use sea_orm::ActiveEnum;

use crate::{
    entities::{
        Strings, Weekday, WeeklyHours,
        consultation_group::{self, GroupFormat},
    },
    therapists::rules::minutes,
};

/// Hours of a weekday, 0 for Monday, as minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekdayHours {
    pub weekday: u8,
    pub from: u16,
    pub to: u16,
}

/// The hours of a week, those that can be read.
pub fn weekday_hours(hours: &WeeklyHours) -> impl Iterator<Item = WeekdayHours> {
    hours.0.iter().filter_map(|hours| {
        let clock = |time: &str| minutes(time).and_then(|minutes| u16::try_from(minutes).ok());
        Some(WeekdayHours { weekday: weekday(hours.weekday), from: clock(&hours.from)?, to: clock(&hours.to)? })
    })
}

fn weekday(weekday: Weekday) -> u8 {
    match weekday {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}

/// Specialties, modalities, populations, languages, families of licences, bands of experience, format, minutes of a
/// meeting, time zone, hours: apart by `|`, the words of a list by a space, an hour as `weekday:from-to`. Keys hold
/// neither.
pub fn matching_key(group: &consultation_group::Model) -> String {
    let lists = [
        &group.specialties,
        &group.modalities,
        &group.populations,
        &group.languages,
        &group.licence_families,
        &group.experience,
    ];
    let mut key = lists.map(|list: &Strings| list.0.join(" ")).join("|");
    // Writing to a string cannot fail.
    write!(key, "|{}|{}|{}|", group.format.to_value(), group.meeting_minutes, group.time_zone).ok();
    for (at, WeekdayHours { weekday, from, to }) in weekday_hours(&group.availability).enumerate() {
        let gap = if at == 0 { "" } else { " " };
        write!(key, "{gap}{weekday}:{from}-{to}").ok();
    }
    key
}

/// A list of words, as it was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// A [`matching_key`], taken apart again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchingKey<'a> {
    pub specialties: Words<'a>,
    pub modalities: Words<'a>,
    pub populations: Words<'a>,
    pub languages: Words<'a>,
    pub licence_families: Words<'a>,
    pub experience: Words<'a>,
    pub format: GroupFormat,
    pub meeting_minutes: i64,
    pub time_zone: &'a str,
    hours: Words<'a>,
}

impl<'a> MatchingKey<'a> {
    /// Nothing where `text` is no such key: a dissolved group has none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.split('|');
        let mut words = || fields.next().map(Words);
        Some(Self {
            specialties: words()?,
            modalities: words()?,
            populations: words()?,
            languages: words()?,
            licence_families: words()?,
            experience: words()?,
            format: match words()?.0 {
                "online" => GroupFormat::Online,
                "in_person" => GroupFormat::InPerson,
                "hybrid" => GroupFormat::Hybrid,
                _ => return None,
            },
            meeting_minutes: words()?.0.parse().ok()?,
            time_zone: words()?.0,
            hours: words()?,
        })
    }

    /// When the group meets or could meet, local to its zone.
    pub fn hours(&self) -> impl Iterator<Item = WeekdayHours> {
        self.hours.iter().filter_map(|hours| {
            let (weekday, times) = hours.split_once(':')?;
            let (from, to) = times.split_once('-')?;
            Some(WeekdayHours { weekday: weekday.parse().ok()?, from: from.parse().ok()?, to: to.parse().ok()? })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{consultation_groups::rules::samples::group, entities::DayHours};

    fn words(words: &[&str]) -> Strings {
        Strings(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn everything_that_is_matched_is_in_it() {
        let hours = |weekday, from: &str, to: &str| DayHours { weekday, from: from.into(), to: to.into() };
        let group = consultation_group::Model {
            specialties: words(&["trauma", "grief"]),
            modalities: words(&["emdr"]),
            languages: words(&["en", "pt-BR"]),
            licence_families: words(&["mft"]),
            experience: words(&["senior"]),
            time_zone: "America/Los_Angeles".into(),
            availability: WeeklyHours(vec![
                hours(Weekday::Tuesday, "12:00", "13:30"),
                hours(Weekday::Sunday, "00:00", "24:00"),
            ]),
            ..group()
        };
        let expected = "trauma grief|emdr||en pt-BR|mft|senior|online|90|America/Los_Angeles|1:720-810 6:0-1440";
        assert_eq!(matching_key(&group), expected);
    }

    #[test]
    fn what_is_no_key_is_not_read() {
        for text in ["", "|||||||||", "a|b|c", "||||||online|ninety|UTC|", "||||||by_letter|90|UTC|"] {
            assert_eq!(MatchingKey::parse(text), None, "{text}");
        }
    }

    prop_compose! {
        fn any_words()(words in prop::collection::vec("[a-z][a-zA-Z_-]{0,9}", 0..4)) -> Strings { Strings(words) }
    }

    prop_compose! {
        fn any_hours()(weekday in 0u8..7, from in 0u32..1440, length in 1u32..1440) -> DayHours {
            use Weekday::*;
            let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
            let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            DayHours {
                weekday: days[usize::from(weekday)], from: clock(from), to: clock(1440.min(from + length)),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            lists in prop::array::uniform6(any_words()),
            hours in prop::collection::vec(any_hours(), 0..5),
            format in prop::sample::select(vec![GroupFormat::Online, GroupFormat::InPerson, GroupFormat::Hybrid]),
            meeting_minutes in 15i64..480,
            time_zone in prop::sample::select(vec!["UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]),
        ) {
            let [specialties, modalities, populations, languages, licence_families, experience] = lists;
            let group = consultation_group::Model {
                specialties, modalities, populations, languages, licence_families, experience, format,
                meeting_minutes, time_zone: time_zone.into(), availability: WeeklyHours(hours), ..group()
            };
            let packed = matching_key(&group);
            let read = MatchingKey::parse(&packed).unwrap();
            for (words, list) in [
                (read.specialties, &group.specialties), (read.modalities, &group.modalities),
                (read.populations, &group.populations), (read.languages, &group.languages),
                (read.licence_families, &group.licence_families), (read.experience, &group.experience),
            ] {
                prop_assert!(words.iter().eq(list.0.iter()));
                prop_assert_eq!(words.is_empty(), list.0.is_empty());
            }
            prop_assert_eq!((read.format, read.meeting_minutes), (format, meeting_minutes));
            prop_assert_eq!(read.time_zone, time_zone);
            prop_assert!(read.hours().eq(weekday_hours(&group.availability)));
        }
    }
}
