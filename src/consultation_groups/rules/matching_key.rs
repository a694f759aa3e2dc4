//! What matching reads of a group, packed into one short text: thousands of groups are compared at the price of one
//! column each.

use std::fmt::Write;

use crate::{
    entities::{
        Weekday, WeeklyHours,
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

/// Specialties, modalities, populations, bands of experience, format, minutes of a meeting, time zone, hours: apart by
/// `|`, the words of a list by a space, an hour as `weekday:from-to`. Keys hold neither.
pub fn matching_key(group: &consultation_group::Model) -> String {
    let format = match group.format {
        GroupFormat::Online => "online",
        GroupFormat::InPerson => "in_person",
        GroupFormat::Hybrid => "hybrid",
    };
    let lists = [&group.specialties, &group.modalities, &group.populations, &group.experience];
    let [specialties, modalities, populations, experience] = lists.map(|list| list.0.join(" "));
    let mut key = format!(
        "{specialties}|{modalities}|{populations}|{experience}|{format}|{}|{}|",
        group.meeting_minutes, group.time_zone
    );
    for (at, WeekdayHours { weekday, from, to }) in weekday_hours(&group.availability).enumerate() {
        let gap = if at == 0 { "" } else { " " };
        // Writing to a string cannot fail.
        write!(key, "{gap}{weekday}:{from}-{to}").ok();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consultation_groups::rules::samples::group,
        entities::{DayHours, Strings},
    };

    #[test]
    fn everything_that_is_matched_is_in_it() {
        let words = |words: &[&str]| Strings(words.iter().map(|word| (*word).to_owned()).collect());
        let hours = |weekday, from: &str, to: &str| DayHours { weekday, from: from.into(), to: to.into() };
        let group = consultation_group::Model {
            specialties: words(&["trauma", "grief"]),
            modalities: words(&["emdr"]),
            experience: words(&["senior"]),
            time_zone: "America/Los_Angeles".into(),
            availability: WeeklyHours(vec![
                hours(Weekday::Tuesday, "12:00", "13:30"),
                hours(Weekday::Sunday, "00:00", "24:00"),
            ]),
            ..group()
        };
        let expected = "trauma grief|emdr||senior|online|90|America/Los_Angeles|1:720-810 6:0-1440";
        assert_eq!(matching_key(&group), expected);
    }
}
