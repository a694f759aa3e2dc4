//! Why a part fits as well as it does, in words.

use super::{Availability, Overlap, Part, Therapist, score};
use crate::{
    consultation_groups::rules::{MatchingKey, Words},
    entities::{Strings, consultation_group::GroupFormat, profile::Experience},
};

/// Why `part` of a group and a therapist fits as well as it does.
pub fn reason(part: Part, group: &MatchingKey, therapist: &Therapist, availability: Availability) -> String {
    match part {
        Part::Availability => hours(group.meeting_minutes, availability),
        Part::Specialty => words(group.specialties, &therapist.specialties, "specialties"),
        Part::Modality => words(group.modalities, &therapist.modalities, "modalities"),
        Part::Population => words(group.populations, &therapist.populations, "populations"),
        Part::Experience => experience(group.experience, therapist.experience),
        Part::Format => format(group.format, &therapist.formats),
    }
}

fn hours(meeting: i64, availability: Availability) -> String {
    match availability {
        Availability::GroupIsSilent => "the group states no hours".into(),
        Availability::TherapistIsSilent => "the profile states no hours".into(),
        Availability::Together(Overlap { most: 0, until, .. }) => format!("no hours are shared up to {until}"),
        Availability::Together(Overlap { minutes, most, until, .. }) if minutes == most => {
            format!("{minutes} of {meeting} minutes, in every week to {until}")
        }
        Availability::Together(Overlap { minutes: 0, week, .. }) => {
            format!("the week of {week} has no shared hours, because the clocks change")
        }
        Availability::Together(Overlap { minutes, week, .. }) => {
            format!("the week of {week} has only {minutes} of {meeting} minutes, because the clocks change")
        }
    }
}

fn words(group: Words, therapist: &Strings, what: &str) -> String {
    let (both, either) = score::shared(group, therapist);
    if group.is_empty() {
        return format!("the group names no {what}");
    }
    if therapist.0.is_empty() {
        return format!("the profile names no {what}");
    }
    if both == 0 {
        return format!("none of {either} {what} is shared");
    }
    let mut shared: Vec<&str> = group.iter().filter(|word| therapist.0.iter().any(|own| own == word)).collect();
    shared.sort_unstable();
    let are = if both == 1 { "is" } else { "are" };
    format!("{both} of {either} {what} {are} shared: {}", shared.join(", "))
}

fn experience(group: Words, own: Option<Experience>) -> String {
    let Some(own) = own else {
        let silent = "the profile names no experience";
        return if group.is_empty() { "the group takes any experience".into() } else { silent.into() };
    };
    match score::nearest_band(group, own) {
        None => "the group takes any experience".into(),
        Some((band, 0)) => format!("the group is meant for {}", name(band)),
        Some((band, away)) => {
            let bands = if away == 1 { "band" } else { "bands" };
            format!("{} is {away} {bands} away from {}, which the group is meant for", name(own), name(band))
        }
    }
}

fn name(band: Experience) -> &'static str {
    match band {
        Experience::PreLicensed => "pre-licensed",
        Experience::Early => "early",
        Experience::Established => "established",
        Experience::Senior => "senior",
        Experience::Veteran => "veteran",
    }
}

fn format(group: GroupFormat, formats: &Strings) -> String {
    let meets = match group {
        GroupFormat::Online => "the group meets online",
        GroupFormat::InPerson => "the group meets in person",
        GroupFormat::Hybrid => "the group meets both online and in person",
    };
    match (formats.0.is_empty(), score::format_fits(group, formats)) {
        (true, _) => "the profile names no format".into(),
        (_, true) => format!("{meets}, which the profile names"),
        (_, false) => format!("{meets}, which the profile does not name"),
    }
}
