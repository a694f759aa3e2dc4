//! What a feed shows, and how a calendar is written down (RFC 5545). No input or output.

mod entries;
mod lines;
mod zones;

use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

pub use entries::{Entry, View, entries_of_series, entry_of_event};
use lines::Lines;

use crate::recurrence::zone::instant_of;

/// Feeds of an account at most.
pub const MOST_FEEDS: u64 = 10;
/// So long a calendar shows what is over, and that a meeting was called off.
pub const PAST: TimeDelta = TimeDelta::days(60);
/// So far ahead a calendar shows events.
pub const AHEAD: TimeDelta = TimeDelta::days(731);
/// What a meeting is called where no names are shown. A calendar app may show it to an employer, or to a family.
pub const NAMELESS: &str = "Consultation group";
/// What an event is called where its owner does not ask for names.
pub const NAMELESS_EVENT: &str = "Event";
/// What a calendar is called whose owner gave it no name.
pub const NAMELESS_CALENDAR: &str = "Consultation groups";

/// Until so many years ahead clock changes that follow no rule are listed.
const YEARS_AHEAD: i32 = 12;

/// A calendar and its entries. Whoever has nothing in theirs is told of their time zone, because there has to be something.
pub fn write(name: &str, entries: &[Entry], home: Tz, now: DateTime<Utc>) -> String {
    let mut lines = Lines::default();
    lines.line("BEGIN", "VCALENDAR");
    lines.line("VERSION", "2.0");
    lines.line("PRODID", "-//Support Network//Support Network//EN");
    lines.line("CALSCALE", "GREGORIAN");
    lines.text("NAME", name);
    lines.text("X-WR-CALNAME", name);
    lines.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    lines.line("X-PUBLISHED-TTL", "PT1H");
    let mut zones: Vec<Tz> = entries.iter().map(|entry| entry.zone).collect();
    if zones.is_empty() {
        zones.push(home);
    }
    zones.sort_by_key(|zone| zone.name());
    zones.dedup();
    for zone in zones {
        let starts = entries.iter().filter(|entry| entry.zone == zone).map(|entry| entry.starts.year());
        let first = starts.min().unwrap_or(now.year());
        zones::write(&mut lines, zone, first - 1, now.year() + YEARS_AHEAD);
    }
    for entry in entries {
        write_entry(&mut lines, entry);
    }
    lines.line("END", "VCALENDAR");
    lines.into()
}

fn write_entry(lines: &mut Lines, entry: &Entry) {
    let utc = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    lines.line("BEGIN", "VEVENT");
    lines.line("UID", &entry.uid);
    // It stands for when this was written; nothing here changes without a write.
    lines.line("DTSTAMP", &utc(entry.changed_at));
    if let Some(original) = entry.recurrence_id {
        lines.local("RECURRENCE-ID", entry.zone, &[original]);
    }
    if entry.rrule.is_none() && !entry.is_shown_once() {
        // Apps disagree about times that clocks skip or show twice.
        lines.line("DTSTART", &utc(instant_of(entry.starts, entry.zone)));
    } else {
        lines.local("DTSTART", entry.zone, &[entry.starts]);
    }
    lines.line("DURATION", &format!("PT{}M", entry.minutes));
    if let Some(rule) = &entry.rrule {
        lines.line("RRULE", rule);
    }
    if !entry.exdates.is_empty() {
        lines.local("EXDATE", entry.zone, &entry.exdates);
    }
    lines.line("SEQUENCE", &entry.sequence.to_string());
    lines.line("CREATED", &utc(entry.created_at));
    lines.line("LAST-MODIFIED", &utc(entry.changed_at));
    lines.line("CLASS", "PRIVATE");
    let status = match (entry.cancelled, entry.tentative) {
        (true, _) => "CANCELLED",
        (false, true) => "TENTATIVE",
        (false, false) => "CONFIRMED",
    };
    lines.line("STATUS", status);
    lines.text("SUMMARY", &entry.summary);
    if let Some(place) = &entry.place {
        lines.text("LOCATION", place);
    }
    if let Some(url) = &entry.url {
        lines.line("URL", url);
    }
    lines.line("END", "VEVENT");
}

impl Entry {
    /// Whether clocks show its start exactly once.
    fn is_shown_once(&self) -> bool {
        self.zone.from_local_datetime(&self.starts).single().is_some()
    }
}

#[cfg(test)]
mod tests;
