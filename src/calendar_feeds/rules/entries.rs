//! The entries of a series: one for each of its rules, and one for each meeting that differs from its rule.

use chrono::{DateTime, Months, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{NAMELESS, NAMELESS_EVENT};
use crate::{
    entities::{
        event::{self, EventStatus},
        event_registration::{self, EventRegistrationStatus},
        meeting::{self, StoredMeetingStatus},
        meeting_series::{self, StoredRule},
    },
    recurrence::{
        Rule,
        zone::{instant_of, latest, read_local, zone_of},
    },
    schedule::rules::{Occurrence, meeting_id, occurrence},
};

/// How long is searched for the first start that a changed rule gives.
const SEARCH_MONTHS: u32 = 60;

/// What calendars call an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for as long as it is the same thing, and for all meetings of one rule.
    pub uid: String,
    /// Of a meeting that differs from its rule: what the rule says of its start.
    pub recurrence_id: Option<NaiveDateTime>,
    /// By the wall clock of `zone`.
    pub starts: NaiveDateTime,
    pub zone: Tz,
    pub minutes: i64,
    pub rrule: Option<String>,
    pub exdates: Vec<NaiveDateTime>,
    pub cancelled: bool,
    /// It is not certain that whoever reads the calendar takes part.
    pub tentative: bool,
    pub sequence: i64,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub summary: String,
    pub place: Option<String>,
    pub url: Option<String>,
}

/// How a series is shown.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Of the group, where its owner asks for names.
    pub name: Option<&'a str>,
    /// What unique ids end with.
    pub host: &'a str,
    /// What ended before is left out, and what was called off before is no longer told.
    pub since: DateTime<Utc>,
}

/// The first and the last start that a rule gives, and the rule that gives them from the first on.
struct Span {
    first: NaiveDateTime,
    last: Option<NaiveDateTime>,
    rrule: Option<String>,
}

impl Span {
    /// None where it gives nothing.
    fn of(rule: &StoredRule, zone: Tz) -> Option<Self> {
        let until = rule.until.unwrap_or_else(latest);
        let Some(text) = &rule.rrule else {
            let first = Some(rule.starts).filter(|starts| (rule.from..until).contains(starts))?;
            return Some(Self { first, last: Some(first), rrule: None });
        };
        let parsed = Rule::parse(text, zone).ok()?;
        let first = match rule.from <= rule.starts {
            true => rule.starts,
            false => {
                let search = rule.from.checked_add_months(Months::new(SEARCH_MONTHS))?;
                parsed.starts_between(rule.starts, rule.from, search.min(until)).first().copied()?
            }
        };
        if first >= until {
            return None;
        }
        let last = match rule.until {
            Some(_) => Some(parsed.starts_between(rule.starts, first, until).last().copied()?),
            None => parsed.last(rule.starts),
        };
        let from_first = match rule.until.and(last) {
            Some(last) => parsed.until(last),
            None if parsed.counts() && first > rule.starts => {
                parsed.after(parsed.starts_between(rule.starts, rule.starts, first).len())
            }
            None => parsed,
        };
        Some(Self { first, last, rrule: Some(from_first.for_calendars(zone)) })
    }
}

/// The entries of a series. `rows` are those of its meetings of which more is known than the series says.
pub fn entries_of_series(series: &meeting_series::Model, rows: &[meeting::Model], view: View<'_>) -> Vec<Entry> {
    let known: Vec<(&meeting::Model, Occurrence)> =
        rows.iter().filter_map(|row| Some((row, occurrence(series, row.id)?.with_row(row.clone())))).collect();
    let numbered = series.rules.0.iter().enumerate();
    numbered.flat_map(|(number, rule)| entries_of_rule(series, number, rule, &known, view)).collect()
}

fn entries_of_rule(
    series: &meeting_series::Model,
    number: usize,
    rule: &StoredRule,
    known: &[(&meeting::Model, Occurrence)],
    view: View<'_>,
) -> Vec<Entry> {
    let zone = zone_of(&rule.time_zone);
    let Some(Span { first, last, rrule }) = Span::of(rule, zone) else { return Vec::new() };
    let of_rule = |start: &NaiveDateTime| *start >= rule.from && rule.until.is_none_or(|until| *start < until);
    let known: Vec<_> = known.iter().filter(|(_, one)| of_rule(&one.original)).collect();
    let last_ends = last.map(|last| instant_of(last, zone) + TimeDelta::minutes(rule.duration_minutes));
    if last_ends.is_some_and(|end| end < view.since) && known.iter().all(|(_, one)| one.ends_at < view.since) {
        return Vec::new();
    }
    let entry = Entry {
        uid: match rrule.is_some() {
            true => format!("{}-{number}@{}", series.id, view.host),
            false => format!("{}@{}", meeting_id(series.meeting_key, first), view.host),
        },
        recurrence_id: None,
        starts: first,
        zone,
        minutes: rule.duration_minutes,
        rrule,
        exdates: Vec::new(),
        cancelled: false,
        tentative: false,
        sequence: series.version - 1,
        created_at: series.created_at,
        changed_at: series.updated_at,
        summary: summary(view.name, series.title.as_deref()),
        place: rule.place.clone().filter(|_| view.name.is_some()),
        url: rule.join_url.clone().filter(|_| view.name.is_some()),
    };
    let forgotten = |row: &meeting::Model| row.cancelled_at.is_some_and(|at| at < view.since);
    if entry.rrule.is_none() {
        // What its series leaves out is not there.
        let left_out = series.exdates.0.contains(&first);
        return match known.first() {
            _ if left_out => Vec::new(),
            None => vec![entry],
            Some((row, _)) if forgotten(row) => Vec::new(),
            Some((row, one)) => vec![Entry { recurrence_id: None, ..exception(&entry, row, one, view) }],
        };
    }
    let mut exdates: Vec<_> = series.exdates.0.iter().copied().filter(of_rule).collect();
    exdates.extend(known.iter().filter(|(row, _)| forgotten(row)).map(|(_, one)| one.original));
    exdates.sort();
    exdates.dedup();
    let told = known.iter().filter(|(row, _)| !forgotten(row) && differs(row, view));
    let exceptions: Vec<_> = told.map(|(row, one)| exception(&entry, row, one, view)).collect();
    let whole = Entry { exdates, ..entry };
    std::iter::once(whole).chain(exceptions).collect()
}

/// The entry of an event that its owner registered for, or waits for a place in; nothing where its times cannot be read.
/// What it is stands there where the owner asks for names.
pub fn entry_of_event(
    event: &event::Model,
    registration: &event_registration::Model,
    host: &str,
    show_names: bool,
) -> Option<Entry> {
    let named = |text: &Option<String>| text.clone().filter(|_| show_names);
    let withdrawn = registration.status == EventRegistrationStatus::Cancelled;
    Some(Entry {
        uid: format!("{}@{host}", event.id),
        recurrence_id: None,
        starts: read_local(&event.starts_local)?,
        zone: zone_of(&event.time_zone),
        minutes: (event.ends_at - event.starts_at).num_minutes(),
        rrule: None,
        exdates: Vec::new(),
        cancelled: withdrawn || event.status == EventStatus::Cancelled,
        tentative: registration.status == EventRegistrationStatus::Waitlisted,
        sequence: event.sequence + registration.version,
        created_at: event.created_at,
        changed_at: event.updated_at.max(registration.cancelled_at.unwrap_or(registration.registered_at)),
        summary: if show_names { event.title.clone() } else { NAMELESS_EVENT.to_owned() },
        place: named(&event.place),
        url: named(&event.url),
    })
}

/// Whether a calendar shows something else of it than of its series.
fn differs(row: &meeting::Model, view: View<'_>) -> bool {
    let elsewhere = row.place.is_some() || row.join_url.is_some();
    let timed = row.moved_to.is_some() || row.duration_minutes.is_some();
    timed || row.status == StoredMeetingStatus::Cancelled || view.name.is_some() && elsewhere
}

fn exception(whole: &Entry, row: &meeting::Model, one: &Occurrence, view: View<'_>) -> Entry {
    Entry {
        recurrence_id: Some(one.original),
        starts: one.starts,
        minutes: one.duration_minutes,
        rrule: None,
        exdates: Vec::new(),
        cancelled: row.status == StoredMeetingStatus::Cancelled,
        sequence: whole.sequence + row.sequence,
        changed_at: whole.changed_at.max(row.updated_at),
        place: one.place.clone().filter(|_| view.name.is_some()),
        url: one.join_url.clone().filter(|_| view.name.is_some()),
        ..whole.clone()
    }
}

fn summary(group: Option<&str>, title: Option<&str>) -> String {
    match (group, title) {
        (None, _) => NAMELESS.to_owned(),
        (Some(group), None) => group.to_owned(),
        (Some(group), Some(title)) => format!("{group}: {title}"),
    }
}
