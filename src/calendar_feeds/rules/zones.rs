//! Time zones as a calendar tells them (RFC 5545, 3.6.5): since when which offset holds.
//!
//! What follows a rule up to the last year that is looked at is told as one that goes on; all else is listed.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

use super::lines::{Lines, locals};

/// Years that have to follow a rule before it is believed. In eleven years a weekday falls on every day of a span of
/// seven.
const YEARS_OF_A_RULE: usize = 11;

/// An offset from UTC, in seconds, and whether it is that of summer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Phase {
    offset: i32,
    daylight: bool,
}

impl Phase {
    fn at(zone: Tz, instant: DateTime<Utc>) -> Self {
        let offset = zone.offset_from_utc_datetime(&instant.naive_utc());
        Self { offset: offset.fix().local_minus_utc(), daylight: offset.dst_offset() > TimeDelta::zero() }
    }
}

/// The moment from which on another offset holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Onset {
    /// What clocks show when it comes, before they are changed.
    local: NaiveDateTime,
    from: i32,
    to: Phase,
    name: String,
}

impl Onset {
    fn new(zone: Tz, instant: DateTime<Utc>, from: i32) -> Self {
        let (offset, to) = (zone.offset_from_utc_datetime(&instant.naive_utc()), Phase::at(zone, instant));
        Self {
            local: instant.naive_utc() + TimeDelta::seconds(from.into()),
            from,
            to,
            name: offset.abbreviation().map_or_else(|| written(to.offset), ToOwned::to_owned),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.from, self.to, &self.name) == (other.from, other.to, &other.name)
    }
}

/// Tells what holds in `zone` from the beginning of one year to the end of another.
pub fn write(lines: &mut Lines, zone: Tz, first_year: i32, last_year: i32) {
    lines.line("BEGIN", "VTIMEZONE");
    lines.line("TZID", zone.name());
    let start = new_year(first_year);
    let holds = Phase::at(zone, start);
    write_onsets(lines, &[Onset::new(zone, start, holds.offset)], None);
    let mut rest = onsets(zone, start, new_year(last_year.saturating_add(1)));
    while let Some(first) = rest.first().cloned() {
        let (alike, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|one| one.is_like(&first));
        let ruled = ruled(&alike, last_year);
        let (listed, ruled) = alike.split_at(alike.len() - ruled);
        write_onsets(lines, listed, None);
        write_onsets(lines, ruled, rule_of(ruled));
        rest = others;
    }
    lines.line("END", "VTIMEZONE");
}

fn write_onsets(lines: &mut Lines, onsets: &[Onset], rule: Option<String>) {
    let Some((first, others)) = onsets.split_first() else { return };
    let kind = if first.to.daylight { "DAYLIGHT" } else { "STANDARD" };
    lines.line("BEGIN", kind);
    lines.line("DTSTART", &locals(&[first.local]));
    if let Some(rule) = &rule {
        lines.line("RRULE", rule);
    } else if !others.is_empty() {
        lines.line("RDATE", &locals(&others.iter().map(|one| one.local).collect::<Vec<_>>()));
    }
    lines.line("TZOFFSETFROM", &written(first.from));
    lines.line("TZOFFSETTO", &written(first.to.offset));
    lines.text("TZNAME", &first.name);
    lines.line("END", kind);
}

fn new_year(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN).and_utc()
}

/// Every change of the offset between two instants. Clocks are never changed twice within a week.
fn onsets(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Onset> {
    let mut found = Vec::new();
    let (mut at, mut holds) = (from, Phase::at(zone, from));
    while let Some(next) = at.checked_add_days(Days::new(7)).filter(|_| at < to) {
        let then = Phase::at(zone, next);
        if then != holds {
            let (mut before, mut after) = (at, next);
            while after - before > TimeDelta::seconds(1) {
                let middle = before + (after - before) / 2;
                let middle = middle - TimeDelta::nanoseconds(middle.timestamp_subsec_nanos().into());
                if Phase::at(zone, middle) == holds { before = middle } else { after = middle }
            }
            found.push(Onset::new(zone, after, holds.offset));
        }
        (at, holds) = (next, then);
    }
    found
}

/// How many of these, from the last one backwards, follow one rule: a year apart, in the same month, on the same weekday
/// at the same time, within seven days. None, where they do not go on to `last_year`, or are too few.
fn ruled(onsets: &[Onset], last_year: i32) -> usize {
    let Some(last) = onsets.last().filter(|last| last.local.year() == last_year) else { return 0 };
    let same = |one: &Onset| (one.local.month(), one.local.weekday(), one.local.time());
    let (mut least, mut most) = (last.local.day(), last.local.day());
    let mut year = last_year + 1;
    let fits = |one: &&Onset| {
        (least, most) = (least.min(one.local.day()), most.max(one.local.day()));
        year -= 1;
        same(one) == same(last) && one.local.year() == year && most - least < 7
    };
    let count = onsets.iter().rev().take_while(fits).count();
    if count >= YEARS_OF_A_RULE && rule_of(onsets.split_at(onsets.len() - count).1).is_some() { count } else { 0 }
}

/// The rule that these follow, where they show all of it.
fn rule_of(onsets: &[Onset]) -> Option<String> {
    let first = onsets.first()?.local;
    let days = || onsets.iter().map(|one| one.local.day());
    let (least, most) = (days().min()?, days().max()?);
    let month = first.month();
    let longest =
        NaiveDate::from_ymd_opt(2000, month + 1, 1).and_then(|next| next.pred_opt()).map_or(31, |day| day.day());
    let weekday = weekday(first.weekday());
    let on = match (least, most) {
        (least, most) if most - least != 6 => return None,
        (_, most) if most == longest && month != 2 => format!("BYDAY=-1{weekday}"),
        (least, _) if least % 7 == 1 => format!("BYDAY={}{weekday}", least / 7 + 1),
        (least, most) => {
            let days: Vec<_> = (least..=most).map(|day| day.to_string()).collect();
            format!("BYMONTHDAY={};BYDAY={weekday}", days.join(","))
        }
    };
    Some(format!("FREQ=YEARLY;BYMONTH={month};{on}"))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

/// As `+0545`; seconds only where there are any.
fn written(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (minutes, rest) = (seconds.abs() / 60, seconds.abs() % 60);
    let text = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
    if rest == 0 { text } else { format!("{text}{rest:02}") }
}

#[cfg(test)]
mod tests {
    use rrule::RRuleSet;

    use super::*;

    /// When which offset begins, read back from a calendar: the lines alone are asked.
    fn read_back(text: &str, until: i32) -> Vec<(NaiveDateTime, i32)> {
        let text = text.replace("\r\n ", "");
        let mut found = Vec::new();
        for part in text.split("BEGIN:").filter(|part| part.starts_with("STANDARD") || part.starts_with("DAYLIGHT")) {
            let value = |name: &str| part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let seconds = |text: &str| {
                let digits = |at: std::ops::Range<usize>| text.get(at).map_or(0, |two| two.parse::<i32>().unwrap());
                let size = digits(1..3) * 3600 + digits(3..5) * 60 + digits(5..7);
                if text.starts_with('-') { -size } else { size }
            };
            let (from, to) = (seconds(value("TZOFFSETFROM").unwrap()), seconds(value("TZOFFSETTO").unwrap()));
            let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap();
            let start = value("DTSTART").unwrap();
            let mut all = vec![local(start)];
            all.extend(value("RDATE").into_iter().flat_map(|list| list.split(',')).map(local));
            if let Some(rule) = value("RRULE") {
                let set: RRuleSet = format!("DTSTART:{start}Z\nRRULE:{rule}").parse().unwrap();
                let last = NaiveDate::from_ymd_opt(until, 12, 31).unwrap();
                let starts = set.into_iter().map(|at| at.naive_utc()).take_while(|at| at.date() <= last);
                all = starts.collect();
            }
            found.extend(all.into_iter().map(|at| (at - TimeDelta::seconds(from.into()), to)));
        }
        found.sort();
        found
    }

    fn told(zone: Tz, first: i32, last: i32) -> String {
        let mut lines = Lines::default();
        write(&mut lines, zone, first, last);
        lines.into()
    }

    #[test]
    fn every_zone_is_told_as_it_is() {
        for zone in chrono_tz::TZ_VARIANTS {
            let text = told(zone, 2018, 2038);
            let read = read_back(&text, 2038);
            for pair in onsets(zone, new_year(2018), new_year(2039)) {
                let at = pair.local - TimeDelta::seconds(pair.from.into());
                assert!(read.contains(&(at, pair.to.offset)), "{zone} changes at {at}: {text}");
            }
            // Between changes too, and before the first.
            for day in (0..7600).step_by(5) {
                let at = new_year(2018) + TimeDelta::days(day);
                let holds = read.iter().rev().find(|(since, _)| *since <= at.naive_utc()).map(|(_, offset)| *offset);
                assert_eq!(holds, Some(Phase::at(zone, at).offset), "{zone} {at}: {text}");
            }
        }
    }

    #[test]
    fn rules_go_on_and_exceptions_are_listed() {
        for (zone, parts, count) in [
            (
                "America/Los_Angeles",
                &["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "BYMONTH=11;BYDAY=1SU", "TZNAME:PDT"][..],
                3,
            ),
            ("Europe/Berlin", &["BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU", "TZOFFSETTO:+0200"], 3),
            ("Australia/Lord_Howe", &["TZOFFSETFROM:+1030", "TZOFFSETTO:+1100", "BYMONTH=4;BYDAY=1SU"], 3),
            ("America/Santiago", &["BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU"], 5),
            ("Asia/Kathmandu", &["BEGIN:STANDARD", "TZOFFSETTO:+0545", "TZNAME:+0545"], 1),
            ("America/Phoenix", &["TZOFFSETTO:-0700", "TZNAME:MST"], 1),
            ("UTC", &["TZOFFSETTO:+0000", "TZNAME:UTC"], 1),
            ("Africa/Casablanca", &["RDATE:"], 3),
        ] {
            let text = told(zone.parse().unwrap(), 2025, 2038);
            for part in parts {
                assert!(text.replace("\r\n ", "").contains(part), "{part} is missing in {text}");
            }
            assert!(text.matches("TZOFFSETFROM").count() <= count, "{text}");
        }
        // Mexico has not changed its clocks since 2022, and Samoa skipped a day in 2011.
        let mexico = told("America/Mexico_City".parse().unwrap(), 2020, 2038);
        assert!(!mexico.contains("RRULE") && mexico.contains("20221030T020000"), "{mexico}");
        let samoa = told("Pacific/Apia".parse().unwrap(), 2011, 2038);
        assert!(samoa.contains("TZOFFSETFROM:-1000\r\nTZOFFSETTO:+1400"), "{samoa}");
    }
}
