//! One rule: how it is read, which starts it gives, and how it is written.

use std::fmt::{self, Display};

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Weekday};
use chrono_tz::Tz;
use rrule::{NWeekday, RRule};

use super::zone::{earliest, instant_of, latest, local_of};

/// The largest `COUNT`: ten years of weekly meetings.
const MOST_OCCURRENCES: u32 = 520;
/// How long is searched for a first start.
const SEARCH_MONTHS: u32 = 60;
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

/// What a rule counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Weekly,
    Monthly,
}

/// When a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    Count(u32),
    /// By the wall clock, this start included.
    Until(NaiveDateTime),
}

/// A rule of weeks or months (RFC 5545, 3.3.10), of the parts `FREQ`, `INTERVAL`, `BYDAY`, `BYSETPOS`, and `COUNT` or
/// `UNTIL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: u16,
    days: Vec<NWeekday>,
    positions: Vec<i32>,
    end: End,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    pub code: &'static str,
    pub detail: String,
}

fn fault<T>(code: &'static str, detail: impl Into<String>) -> Result<T, RuleFault> {
    Err(RuleFault { code, detail: detail.into() })
}

impl Rule {
    /// Reads the value of an `RRULE`. `UNTIL` is a date, or a time by the wall clock of `zone`, or with `Z` in UTC.
    ///
    /// # Errors
    /// Says which part is at fault, and what it may be.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, RuleFault> {
        let (mut frequency, mut interval, mut count, mut until) = (None, None, None, None);
        let (mut days, mut positions) = (Vec::new(), Vec::new());
        let mut seen: Vec<String> = Vec::new();
        let text = text.strip_prefix("RRULE:").unwrap_or(text).to_ascii_uppercase();
        for part in text.split(';') {
            let Some((name, value)) = part.split_once('=') else {
                return fault("invalid_rule", "must be parts such as FREQ=WEEKLY;INTERVAL=2;BYDAY=TU");
            };
            if seen.iter().any(|seen| seen == name) {
                return fault("invalid_rule", "must have each part once");
            }
            seen.push(name.to_owned());
            match name {
                "FREQ" => frequency = Some(read_frequency(value)?),
                "INTERVAL" => interval = Some(read_number(value, 1, 52, "INTERVAL")?),
                "COUNT" => count = Some(read_number(value, 1, MOST_OCCURRENCES, "COUNT")?),
                "UNTIL" => until = Some(read_until(value, zone)?),
                "BYDAY" => days = value.split(',').map(read_day).collect::<Result<_, _>>()?,
                "BYSETPOS" => positions = value.split(',').map(read_position).collect::<Result<_, _>>()?,
                "WKST" if value == "MO" => {}
                _ => {
                    let parts = "must have no other parts than FREQ, INTERVAL, BYDAY, BYSETPOS, COUNT or UNTIL";
                    return fault("invalid_rule", parts);
                }
            }
        }
        let Some(frequency) = frequency else { return fault("invalid_rule", "must say FREQ=WEEKLY or FREQ=MONTHLY") };
        let interval = u16::try_from(interval.unwrap_or(1)).unwrap_or(u16::MAX);
        if frequency == Frequency::Monthly && interval > 24 {
            return fault("out_of_range", "must have an INTERVAL of 24 months at most");
        }
        let end = match (count, until) {
            (Some(_), Some(_)) => return fault("invalid_rule", "must have COUNT or UNTIL, not both"),
            (Some(count), None) => End::Count(count),
            (None, Some(until)) => End::Until(until),
            (None, None) => End::Never,
        };
        let rule = Self { frequency, interval, days, positions, end };
        rule.check_days()?;
        Ok(rule)
    }

    fn check_days(&self) -> Result<(), RuleFault> {
        let numbered = self.days.iter().any(|day| matches!(day, NWeekday::Nth(..)));
        if numbered && self.frequency == Frequency::Weekly {
            return fault("invalid_rule", "must have days such as TU in BYDAY: numbers go with FREQ=MONTHLY");
        }
        let distinct = self.days.iter().enumerate().all(|(at, day)| !self.days.iter().take(at).any(|one| one == day));
        if !distinct || self.days.len() > 35 {
            return fault("invalid_rule", "must name each day once in BYDAY");
        }
        // So many starts a week or a month can have at most.
        let most: usize = match self.frequency {
            Frequency::Weekly => self.days.len(),
            Frequency::Monthly => {
                self.days.iter().map(|day| if matches!(day, NWeekday::Nth(..)) { 1 } else { 5 }).sum()
            }
        };
        if !self.positions.is_empty() && self.days.is_empty() {
            return fault("invalid_rule", "must have BYDAY with BYSETPOS");
        }
        let fits = |position: &i32| usize::try_from(position.unsigned_abs()).is_ok_and(|at| (1..=most).contains(&at));
        match self.positions.iter().all(fits) {
            true => Ok(()),
            false => fault("never_fires", format!("must have positions from 1 to {most} in BYSETPOS, or from the end")),
        }
    }

    /// Whether `starts` is the first start that the rule gives.
    ///
    /// # Errors
    /// Names the first start, or says that there is none.
    pub fn check_start(&self, starts: NaiveDateTime) -> Result<(), RuleFault> {
        let until = starts.checked_add_months(Months::new(SEARCH_MONTHS)).unwrap_or(latest());
        let endless = Self { end: End::Never, ..self.clone() };
        match endless.starts_between(starts, starts, until).first() {
            None => fault("never_fires", "must give a meeting within five years of its start"),
            Some(first) if *first != starts => {
                let first = super::zone::write_local(*first);
                fault("not_an_occurrence", format!("must give the start itself; the first after it is {first}"))
            }
            Some(_) if matches!(self.end, End::Until(until) if until < starts) => {
                fault("never_fires", "must not end before its start")
            }
            Some(_) => Ok(()),
        }
    }

    /// The starts from `from` on and before `to` of a series that starts with `starts`.
    pub fn starts_between(&self, starts: NaiveDateTime, from: NaiveDateTime, to: NaiveDateTime) -> Vec<NaiveDateTime> {
        let (from, to) = (from.max(starts).max(earliest()), to.min(latest()));
        if from >= to {
            return Vec::new();
        }
        let frequency = match self.frequency {
            Frequency::Weekly => rrule::Frequency::Weekly,
            Frequency::Monthly => rrule::Frequency::Monthly,
        };
        let mut rule = RRule::new(frequency).interval(self.interval).by_set_pos(self.positions.clone());
        rule = match (self.frequency, self.days.as_slice()) {
            (Frequency::Weekly, []) => rule.by_weekday(vec![NWeekday::Every(starts.weekday())]),
            (Frequency::Monthly, []) => rule.by_month_day(vec![i8::try_from(starts.day()).unwrap_or(i8::MAX)]),
            (_, days) => rule.by_weekday(days.to_vec()),
        };
        rule = match self.end {
            End::Never => rule,
            End::Count(count) => rule.count(count),
            End::Until(until) if until < from => return Vec::new(),
            End::Until(until) => rule.until(floating(until)),
        };
        let Ok(set) = rule.build(floating(self.anchor(starts, from))) else { return Vec::new() };
        let set = set.limit().after(floating(from)).before(floating(to));
        let found = set.into_iter().map(|start| start.naive_utc());
        found.skip_while(|start| *start < from).take_while(|start| *start < to).collect()
    }

    /// A start from which the rule gives the same as from `starts`, close before `from`: what lies between need not be
    /// unrolled. Those that are counted have to be.
    fn anchor(&self, starts: NaiveDateTime, from: NaiveDateTime) -> NaiveDateTime {
        if matches!(self.end, End::Count(_)) {
            return starts;
        }
        let interval = i64::from(self.interval);
        let anchored = match self.frequency {
            Frequency::Weekly => {
                let periods = (from - starts).num_days() / (7 * interval) - 1;
                u64::try_from(periods * 7 * interval).ok().and_then(|days| starts.checked_add_days(Days::new(days)))
            }
            Frequency::Monthly => {
                let month = |at: NaiveDateTime| i64::from(at.year()) * 12 + i64::from(at.month0());
                let periods = (month(from) - month(starts)) / interval - 1;
                let months = u32::try_from(periods * interval).ok().filter(|months| *months > 0);
                months.and_then(|months| starts.with_day(1)?.checked_add_months(Months::new(months)))
            }
        };
        anchored.unwrap_or(starts)
    }

    /// The last start, where the rule stops.
    pub fn last(&self, starts: NaiveDateTime) -> Option<NaiveDateTime> {
        match self.end {
            End::Never => None,
            End::Count(_) => self.starts_between(starts, starts, latest()).last().copied(),
            End::Until(until) => Some(until),
        }
    }

    /// The rule for what follows after `passed` starts of it.
    pub fn after(&self, passed: usize) -> Self {
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        match self.end {
            End::Count(count) => Self { end: End::Count(count.saturating_sub(passed).max(1)), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// Whether the rule counts its starts.
    pub fn counts(&self) -> bool {
        matches!(self.end, End::Count(_))
    }

    /// The rule for a series whose start moves from one day to another: the day that it names moves along. One that names
    /// several days, or a position among them, stays as it is.
    pub fn moved(&self, from: NaiveDate, to: NaiveDate) -> Self {
        let days = match (self.days.as_slice(), self.positions.is_empty()) {
            ([NWeekday::Every(day)], true) if *day == from.weekday() => vec![NWeekday::Every(to.weekday())],
            ([NWeekday::Nth(number, day)], true) if *day == from.weekday() => {
                let last = to.checked_add_days(Days::new(7)).is_none_or(|later| later.month() != to.month());
                let number = if *number < 0 && last { -1 } else { i16::try_from(to.day0() / 7 + 1).unwrap_or(1) };
                vec![NWeekday::Nth(number, to.weekday())]
            }
            (days, _) => days.to_vec(),
        };
        Self { days, ..self.clone() }
    }

    /// As calendars read it: `UNTIL` in UTC, because the start names its time zone.
    pub fn for_calendars(&self, zone: Tz) -> String {
        match self.end {
            End::Until(until) => {
                let until = instant_of(until, zone).format("%Y%m%dT%H%M%SZ");
                format!("{};UNTIL={until}", Self { end: End::Never, ..self.clone() })
            }
            _ => self.to_string(),
        }
    }

    /// The same rule that stops with this start.
    pub fn until(&self, last: NaiveDateTime) -> Self {
        Self { end: End::Until(last), ..self.clone() }
    }
}

impl Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.frequency {
            Frequency::Weekly => "FREQ=WEEKLY",
            Frequency::Monthly => "FREQ=MONTHLY",
        })?;
        if self.interval > 1 {
            write!(out, ";INTERVAL={}", self.interval)?;
        }
        if !self.days.is_empty() {
            let days: Vec<_> = self.days.iter().map(|day| write_day(*day)).collect();
            write!(out, ";BYDAY={}", days.join(","))?;
        }
        if !self.positions.is_empty() {
            let positions: Vec<_> = self.positions.iter().map(i32::to_string).collect();
            write!(out, ";BYSETPOS={}", positions.join(","))?;
        }
        match self.end {
            End::Never => Ok(()),
            End::Count(count) => write!(out, ";COUNT={count}"),
            End::Until(until) => write!(out, ";UNTIL={}", until.format("%Y%m%dT%H%M%S")),
        }
    }
}

/// A wall-clock time as if there were no zones.
fn floating(local: NaiveDateTime) -> chrono::DateTime<rrule::Tz> {
    local.and_utc().with_timezone(&rrule::Tz::UTC)
}

fn read_frequency(text: &str) -> Result<Frequency, RuleFault> {
    match text {
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        _ => fault("invalid_rule", "must have a FREQ of WEEKLY or MONTHLY"),
    }
}

fn read_number(text: &str, least: u32, most: u32, part: &str) -> Result<u32, RuleFault> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    match number.filter(|_| digits) {
        Some(number) => Ok(number),
        None => fault("out_of_range", format!("must have {part} between {least} and {most}")),
    }
}

fn read_until(text: &str, zone: Tz) -> Result<NaiveDateTime, RuleFault> {
    let (local, in_utc) = match text.strip_suffix('Z') {
        Some(local) => (local, true),
        None => (text, false),
    };
    let day = NaiveDate::parse_from_str(local, "%Y%m%d").ok().filter(|_| local.len() == 8 && !in_utc);
    let until = match day {
        Some(day) => day.and_hms_opt(23, 59, 59),
        None => NaiveDateTime::parse_from_str(local, "%Y%m%dT%H%M%S").ok().filter(|_| local.len() == 15),
    };
    let until = until.map(|until| if in_utc { local_of(until.and_utc(), zone) } else { until });
    match until {
        None => fault("invalid_rule", "must have UNTIL as YYYYMMDD or YYYYMMDDTHHMMSS"),
        Some(until) if (2000..=2100).contains(&until.year()) => Ok(until),
        Some(_) => fault("out_of_range", "must end between the years 2000 and 2100"),
    }
}

fn read_day(text: &str) -> Result<NWeekday, RuleFault> {
    let split = text.len().saturating_sub(2);
    let (number, name) = text.split_at_checked(split).unwrap_or(("", ""));
    let day = DAYS.iter().find(|(_, word)| *word == name).map(|(day, _)| *day);
    let number = match number {
        "" => Some(None),
        number => number.parse::<i16>().ok().filter(|number| (1..=5).contains(&number.abs())).map(Some),
    };
    match day.zip(number) {
        Some((day, number)) => Ok(NWeekday::new(number, day)),
        None => fault("invalid_rule", "must have days in BYDAY such as TU, or 2TU and -1FR with FREQ=MONTHLY"),
    }
}

fn read_position(text: &str) -> Result<i32, RuleFault> {
    match text.parse::<i32>().ok().filter(|position| (1..=35).contains(&position.abs())) {
        Some(position) => Ok(position),
        None => fault("invalid_rule", "must have numbers in BYSETPOS such as 2 or -1"),
    }
}

fn write_day(day: NWeekday) -> String {
    let word = |day: Weekday| DAYS.iter().find(|(one, _)| *one == day).map_or("", |(_, word)| *word);
    match day {
        NWeekday::Every(day) => word(day).to_owned(),
        NWeekday::Nth(number, day) => format!("{number}{}", word(day)),
    }
}

#[cfg(test)]
mod tests;
