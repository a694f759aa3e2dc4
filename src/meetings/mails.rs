//! What members are told. No mail names the group: others may see the inbox.

use chrono_tz::Tz;

use crate::{recurrence::zone::local_of, schedule::rules::Occurrence};

fn time(one: &Occurrence, zone: Tz) -> String {
    format!("{} ({})", local_of(one.starts_at, zone).format("%A, %-d %B %Y, %H:%M"), zone.name())
}

pub fn moved(from: &Occurrence, to: &Occurrence, zone: Tz) -> (&'static str, String) {
    let (from, to) = (time(from, zone), time(to, zone));
    let body = format!(
        "Hello,\n\nA meeting of your consultation group has been moved.\n\nIt was: {from}\nIt is:  {to}\n\n\
         If you had said whether you come, please say so again: your answer was for the other time.\n"
    );
    ("A meeting has been moved", body)
}

pub fn cancelled(one: &Occurrence, zone: Tz) -> (&'static str, String) {
    let at = time(one, zone);
    let body = format!(
        "Hello,\n\nA meeting of your consultation group has been called off.\n\nIt would have been: {at}\n\n\
         Where a reason was given, you find it with the meeting.\n"
    );
    ("A meeting has been called off", body)
}

pub fn reinstated(one: &Occurrence, zone: Tz) -> (&'static str, String) {
    let at = time(one, zone);
    let body = format!(
        "Hello,\n\nA meeting of your consultation group that had been called off takes place after all.\n\nIt is: {at}\n"
    );
    ("A meeting takes place after all", body)
}

pub fn series_changed(zone: Tz, next: Option<&Occurrence>) -> (&'static str, String) {
    let next = match next {
        Some(next) => format!("The next meeting is: {}\n", time(next, zone)),
        None => "No more of these meetings are to come.\n".to_owned(),
    };
    let body = format!("Hello,\n\nYour consultation group has changed when it meets.\n\n{next}");
    ("Your group meets at other times", body)
}
