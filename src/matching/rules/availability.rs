//! For how long a group and a therapist can meet in every one of the next eight weeks.
//!
//! Hours are wall-clock times, so that a change of the clocks in one zone, or on different days in both, moves them
//! against each other: a week counts as it will be, not as it usually is. The weeks are those of the group: seven of its
//! local dates each, the first one starting today. What counts of a week is the longest meeting that can start in it;
//! it may go on past midnight, and past the end of the week.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::clocks::{Clocks, DAY};
use crate::consultation_groups::rules::WeekdayHours;

const WEEKS: i64 = 8;
/// How far around a week its hours, and the changes of the clocks that move them, are looked at: no zone is further
/// than a day from UTC, and no change moves a time by more than a day.
const AROUND: i64 = 2 * DAY;

/// Hours of a week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    pub time_zone: Option<Tz>,
    pub windows: Vec<WeekdayHours>,
}

/// What two people's hours have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    GroupIsSilent,
    TherapistIsSilent,
    Together(Overlap),
}

/// The longest meeting that every week has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Minutes of it, never more than a meeting lasts.
    pub minutes: i64,
    /// Minutes of the best week.
    pub most: i64,
    /// The first day of the first week that has no more than `minutes`.
    pub week: NaiveDate,
    /// The last day of the last week.
    pub until: NaiveDate,
}

impl Availability {
    /// The share of a meeting that every week has room for.
    pub fn value(self, meeting_minutes: i64) -> f64 {
        match self {
            Self::Together(overlap) if meeting_minutes > 0 => overlap.minutes as f64 / meeting_minutes as f64,
            _ => 0.0,
        }
    }
}

/// From a minute (since 1970, UTC) to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span(i64, i64);

/// The clocks of a zone, as far as the eight weeks need them.
fn clocks_around(now: i64, zone: Tz) -> Clocks {
    Clocks::between(now - 2 * AROUND, now + WEEKS * 7 * DAY + 2 * AROUND, zone)
}

/// One of the eight weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Week {
    /// Its first day, counted from 1970.
    day: i64,
    from: i64,
    to: i64,
}

/// The weeks that differ in how the hours of both lie to each other. Of those that are alike, the first.
fn weeks(now: i64, group: &Clocks, therapist: &Clocks) -> Vec<Week> {
    let today = (now + group.ahead_at(now)).div_euclid(DAY);
    let mut seen = Vec::new();
    let all = (0..WEEKS).map(|number| {
        let day = today + 7 * number;
        Week { day, from: group.instant(day * DAY), to: group.instant((day + 7) * DAY) }
    });
    all.filter(|week| {
        let (from, to) = (week.from - AROUND, week.to + AROUND);
        let apart = group.steady(from, to).zip(therapist.steady(from, to)).map(|(one, other)| one - other);
        let is_new = apart.is_none() || !seen.contains(&apart);
        seen.push(apart);
        is_new
    })
    .collect()
}

/// The spans of `windows` around a week, in order; those that touch are one.
fn fill(spans: &mut Vec<Span>, windows: &[WeekdayHours], clocks: &Clocks, week: &Week) {
    spans.clear();
    let (first, last) = ((week.from - AROUND).div_euclid(DAY), (week.to + AROUND).div_euclid(DAY));
    // 1970-01-01 was a Thursday.
    let weekday = (first + 3).rem_euclid(7);
    for window in windows {
        let mut day = first + (i64::from(window.weekday) - weekday).rem_euclid(7);
        while day <= last {
            let at = |minutes: u16| clocks.instant(day * DAY + i64::from(minutes));
            let span = Span(at(window.from), at(window.to));
            if span.0 < span.1 {
                spans.push(span);
            }
            day += 7;
        }
    }
    spans.sort_unstable();
    spans.dedup_by(|next, held| {
        let touches = next.0 <= held.1;
        if touches {
            held.1 = held.1.max(next.1);
        }
        touches
    });
}

/// The longest meeting that can start in `week`, up to `meeting` minutes.
fn longest(one: &[Span], other: &[Span], week: &Week, meeting: i64) -> i64 {
    let (mut ones, mut others) = (one.iter(), other.iter());
    let (mut one, mut other) = (ones.next(), others.next());
    let mut longest = 0;
    while let (Some(a), Some(b)) = (one, other) {
        let (from, to) = (a.0.max(b.0).max(week.from), a.1.min(b.1));
        if from >= week.to {
            break;
        }
        longest = longest.max(to - from);
        if a.1 < b.1 {
            one = ones.next();
        } else {
            other = others.next();
        }
    }
    longest.min(meeting)
}

/// Whose hours are compared with those of many others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fixed {
    Group,
    Therapist,
}

/// What is the same for everybody in a zone: its clocks, and the weeks with the spans of the fixed hours in each.
struct Plan {
    clocks: Clocks,
    weeks: Vec<(Week, Vec<Span>)>,
    until: i64,
}

/// One week's hours, ready to be compared with those of thousands of others.
pub struct Calendar<'a> {
    now: i64,
    fixed: Fixed,
    hours: &'a Hours,
    plans: HashMap<Tz, Plan>,
    /// Kept from one to the next.
    spans: Vec<Span>,
}

impl<'a> Calendar<'a> {
    /// To compare the hours of a group with those of therapists.
    pub fn of_group(hours: &'a Hours, now: DateTime<Utc>) -> Self {
        Self::new(Fixed::Group, hours, now)
    }

    /// To compare the hours of a therapist with those of groups.
    pub fn of_therapist(hours: &'a Hours, now: DateTime<Utc>) -> Self {
        Self::new(Fixed::Therapist, hours, now)
    }

    fn new(fixed: Fixed, hours: &'a Hours, now: DateTime<Utc>) -> Self {
        let now = now.timestamp().div_euclid(60);
        Self { now, fixed, hours, plans: HashMap::new(), spans: Vec::new() }
    }

    /// What the fixed hours and `other` have in common, for meetings of `meeting` minutes.
    pub fn with(&mut self, other: &Hours, meeting: i64) -> Availability {
        let (here, there) = (usable(self.hours), usable(other));
        let silent = match self.fixed {
            Fixed::Group => [here.is_none(), there.is_none()],
            Fixed::Therapist => [there.is_none(), here.is_none()],
        };
        match (here, there, silent) {
            (Some(here), Some(there), _) => self.together(here, there, &other.windows, meeting),
            (_, _, [true, _]) => Availability::GroupIsSilent,
            _ => Availability::TherapistIsSilent,
        }
    }

    fn together(&mut self, here: Tz, there: Tz, windows: &[WeekdayHours], meeting: i64) -> Availability {
        let plan = match self.plans.entry(there) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Plan::new(self.now, self.fixed, here, &self.hours.windows, there)),
        };
        let (mut least, mut most, mut day) = (i64::MAX, 0, 0);
        for (week, fixed) in &plan.weeks {
            fill(&mut self.spans, windows, &plan.clocks, week);
            let minutes = longest(fixed, &self.spans, week, meeting);
            most = most.max(minutes);
            if minutes < least {
                (least, day) = (minutes, week.day);
            }
        }
        Availability::Together(Overlap { minutes: least, most, week: date(day), until: date(plan.until) })
    }
}

impl Plan {
    fn new(now: i64, fixed: Fixed, here: Tz, windows: &[WeekdayHours], there: Tz) -> Self {
        let (own, clocks) = (clocks_around(now, here), clocks_around(now, there));
        let (group, weeks) = match fixed {
            Fixed::Group => (&own, weeks(now, &own, &clocks)),
            Fixed::Therapist => (&clocks, weeks(now, &clocks, &own)),
        };
        let until = (now + group.ahead_at(now)).div_euclid(DAY) + 7 * WEEKS - 1;
        let with_spans = |week: Week| {
            let mut spans = Vec::new();
            fill(&mut spans, windows, &own, &week);
            (week, spans)
        };
        Self { weeks: weeks.into_iter().map(with_spans).collect(), clocks, until }
    }
}

/// The zone of hours that can be met in.
fn usable(hours: &Hours) -> Option<Tz> {
    hours.time_zone.filter(|_| !hours.windows.is_empty())
}

fn date(day: i64) -> NaiveDate {
    NaiveDate::default() + TimeDelta::days(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(weekday: u8, from: u16, to: u16) -> WeekdayHours {
        WeekdayHours { weekday, from, to }
    }

    fn hours(zone: &str, windows: &[(u8, u16, u16)]) -> Hours {
        let windows = windows.iter().map(|(weekday, from, to)| window(*weekday, *from, *to)).collect();
        Hours { time_zone: Some(zone.parse().unwrap()), windows }
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    /// Minutes, those of the best week, and the first of the worst weeks.
    fn together(group: &Hours, therapist: &Hours, now: &str, meeting: i64) -> (i64, i64, String) {
        let by_therapist = Calendar::of_therapist(therapist, at(now)).with(group, meeting);
        let by_group = Calendar::of_group(group, at(now)).with(therapist, meeting);
        assert_eq!(by_therapist, by_group, "whoever is compared with whom");
        let Availability::Together(overlap) = by_group else { panic!("{by_group:?}") };
        (overlap.minutes, overlap.most, overlap.week.to_string())
    }

    const NOON: u16 = 12 * 60;
    const TUESDAY_NOON: (u8, u16, u16) = (1, NOON, NOON + 90);

    #[test]
    fn clocks_that_change_move_hours_against_each_other() {
        let los_angeles = hours("America/Los_Angeles", &[TUESDAY_NOON]);
        let berlin = hours("Europe/Berlin", &[(2, 18 * 60, 19 * 60 + 30)]);
        for (name, group, therapist, now, expected) in [
            // Phoenix shows what Los Angeles shows in summer, and an hour more in winter.
            (
                "summer",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2026-07-01T12:00:00Z",
                (90, 90, "2026-07-01"),
            ),
            (
                "autumn",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2026-10-20T12:00:00Z",
                (30, 90, "2026-11-03"),
            ),
            (
                "winter",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2026-11-24T12:00:00Z",
                (30, 30, "2026-11-24"),
            ),
            (
                "spring",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2027-02-20T12:00:00Z",
                (30, 90, "2027-02-20"),
            ),
            (
                "an hour later in winter",
                &los_angeles,
                hours("America/Phoenix", &[(1, NOON + 60, NOON + 150)]),
                "2026-10-20T12:00:00Z",
                (30, 90, "2026-10-20"),
            ),
            // The change is within the eight weeks only just, or just not.
            (
                "last week",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2026-09-12T12:00:00Z",
                (30, 90, "2026-10-31"),
            ),
            (
                "not yet",
                &los_angeles,
                hours("America/Phoenix", &[TUESDAY_NOON]),
                "2026-09-05T12:00:00Z",
                (90, 90, "2026-09-05"),
            ),
            // Berlin leaves summer time on 2026-10-25, New York on 2026-11-01: for one week they are five hours apart.
            (
                "apart by five",
                &berlin,
                hours("America/New_York", &[(2, 12 * 60, 13 * 60 + 30)]),
                "2026-10-14T12:00:00Z",
                (30, 90, "2026-10-28"),
            ),
            (
                "apart by six",
                &berlin,
                hours("America/New_York", &[(2, 12 * 60, 13 * 60 + 30)]),
                "2026-11-10T12:00:00Z",
                (90, 90, "2026-11-10"),
            ),
            // New York begins on 2027-03-14, Berlin on 2027-03-28: for two weeks.
            (
                "spring, apart by five",
                &berlin,
                hours("America/New_York", &[(2, 12 * 60, 13 * 60 + 30)]),
                "2027-02-10T12:00:00Z",
                (30, 90, "2027-03-17"),
            ),
            // 5:45 ahead of UTC.
            (
                "three quarters",
                &hours("UTC", &[(0, 600, 690)]),
                hours("Asia/Kathmandu", &[(0, 945, 1035)]),
                "2026-11-24T12:00:00Z",
                (90, 90, "2026-11-24"),
            ),
            (
                "a quarter off",
                &hours("UTC", &[(0, 600, 690)]),
                hours("Asia/Kathmandu", &[(0, 960, 1050)]),
                "2026-11-24T12:00:00Z",
                (75, 75, "2026-11-24"),
            ),
            // 13 hours ahead: Tuesday morning there is Monday there.
            (
                "the day before",
                &hours("Pacific/Apia", &[(1, 540, 630)]),
                hours("America/Los_Angeles", &[(0, NOON, NOON + 90)]),
                "2026-12-01T00:00:00Z",
                (90, 90, "2026-12-01"),
            ),
            // The end of 2011 had no 30 December in Apia: its Friday is Saturday.
            (
                "a lost day",
                &hours("Pacific/Apia", &[(4, 540, 630)]),
                hours("UTC", &[(4, 0, 1440), (3, 0, 1440)]),
                "2011-11-28T12:00:00Z",
                (90, 90, "2011-11-28"),
            ),
        ] {
            let (minutes, most, week) = together(group, &therapist, now, 90);
            assert_eq!((minutes, most, week.as_str()), expected, "{name}");
        }
    }

    #[test]
    fn hours_that_touch_are_one() {
        let utc = |windows: &[(u8, u16, u16)]| hours("UTC", windows);
        let whole_week: Vec<_> = (0..7).map(|day| (day, 0, 1440)).collect();
        for (name, group, therapist, expected) in [
            ("midnight", utc(&[(1, 1380, 1440), (2, 0, 30)]), utc(&[(1, 1380, 1440), (2, 0, 30)]), 90),
            // 2026-11-24 is a Tuesday: the weeks start on Tuesdays.
            ("the end of the week", utc(&[(0, 1380, 1440), (1, 0, 30)]), utc(&whole_week), 90),
            ("Sunday to Monday", utc(&[(6, 1380, 1440), (0, 0, 60)]), utc(&[(6, 0, 1440), (0, 0, 30)]), 90),
            ("noon", utc(&[(3, 600, 660), (3, 660, 720)]), utc(&[(3, 630, 690), (3, 690, 780)]), 90),
            ("a minute between", utc(&[(3, 600, 659), (3, 660, 700)]), utc(&whole_week), 59),
            ("never apart", utc(&whole_week), utc(&whole_week), 90),
            ("touching is no overlap", utc(&[(3, 600, 690)]), utc(&[(3, 690, 780)]), 0),
            ("other days", utc(&[(3, 600, 690)]), utc(&[(4, 600, 690)]), 0),
            ("the longest counts", utc(&[(3, 600, 630), (5, 600, 660)]), utc(&whole_week), 60),
        ] {
            let (minutes, most, _) = together(&group, &therapist, "2026-11-24T23:59:59Z", 90);
            assert_eq!((minutes, most), (expected, expected), "{name}");
        }
    }

    #[test]
    fn who_states_no_hours_is_named() {
        let (stated, none) = (hours("UTC", &[TUESDAY_NOON]), Hours::default());
        let nowhere = Hours { time_zone: None, ..stated.clone() };
        let now = at("2026-11-24T12:00:00Z");
        for silent in [&none, &nowhere] {
            assert_eq!(Calendar::of_group(silent, now).with(&stated, 90), Availability::GroupIsSilent);
            assert_eq!(Calendar::of_group(&stated, now).with(silent, 90), Availability::TherapistIsSilent);
            assert_eq!(Calendar::of_therapist(silent, now).with(&stated, 90), Availability::TherapistIsSilent);
            assert_eq!(Calendar::of_therapist(&stated, now).with(silent, 90), Availability::GroupIsSilent);
            assert_eq!(Calendar::of_therapist(silent, now).with(silent, 90), Availability::GroupIsSilent);
        }
    }
}
