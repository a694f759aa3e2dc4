//! Availability against an oracle that knows no better than to count every minute.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{Availability, Calendar, Hours};
use crate::consultation_groups::rules::WeekdayHours;

/// When the clocks of `zone` show a minute of a day, asked of the time zone database itself.
fn shown_at(zone: Tz, day: NaiveDate, minutes: u16) -> i64 {
    let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
    let moment = zone.from_local_datetime(&local).earliest().unwrap_or_else(|| {
        // Moved forward by the gap: as it would be if the clocks had not changed yet.
        let before = zone.from_local_datetime(&(local - TimeDelta::hours(25))).earliest().unwrap();
        let ahead = before.offset().fix();
        ahead.from_local_datetime(&local).unwrap().with_timezone(&zone)
    });
    moment.timestamp() / 60
}

/// Minute by minute: what the best meeting of each week has, and of these the least.
fn by_the_minute(group: &Hours, therapist: &Hours, now: DateTime<Utc>, meeting: i64) -> i64 {
    let zone = group.time_zone.unwrap();
    let today = now.with_timezone(&zone).date_naive();
    let (first, length) = (shown_at(zone, today - Days::new(3), 0), 70 * 24 * 60);
    let free = |hours: &Hours| {
        let mut free = vec![false; length as usize];
        for day in (0..70).map(|day| today - Days::new(4) + Days::new(day)) {
            for window in
                hours.windows.iter().filter(|one| u32::from(one.weekday) == day.weekday().num_days_from_monday())
            {
                let [from, to] = [window.from, window.to].map(|at| shown_at(hours.time_zone.unwrap(), day, at) - first);
                (from.max(0)..to.clamp(0, length)).for_each(|minute| free[minute as usize] = true);
            }
        }
        free
    };
    let (one, other) = (free(group), free(therapist));
    // How many minutes in a row are free for both from each minute on.
    let mut runs = vec![0i64; length as usize + 1];
    for minute in (0..length as usize).rev() {
        runs[minute] = if one[minute] && other[minute] { runs[minute + 1] + 1 } else { 0 };
    }
    let start = |week: u64| (shown_at(zone, today + Days::new(7 * week), 0) - first) as usize;
    (0..8).map(|week| runs[start(week)..start(week + 1)].iter().max().unwrap().min(&meeting).to_owned()).min().unwrap()
}

prop_compose! {
    fn any_window()(weekday in 0u8..7, from in 0u16..1440, length in prop::sample::select(vec![15u16, 60, 95, 480, 1440]))
        -> WeekdayHours {
        WeekdayHours { weekday, from, to: 1440.min(from + length) }
    }
}

prop_compose! {
    fn any_hours()(
        zone in prop::sample::select(vec![
            "America/Los_Angeles", "America/Phoenix", "America/New_York", "Europe/Berlin", "Asia/Kathmandu",
            "Pacific/Apia", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "America/Santiago", "UTC",
        ]),
        windows in prop::collection::vec(any_window(), 1..9),
    ) -> Hours {
        Hours { time_zone: Some(zone.parse().unwrap()), windows }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_is_what_counting_every_minute_gives(
        group in any_hours(),
        therapist in any_hours(),
        hour in 0i64..3 * 365 * 24,
        meeting in prop::sample::select(vec![15i64, 50, 90, 480]),
    ) {
        let now = "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour);
        let expected = by_the_minute(&group, &therapist, now, meeting);
        let by_group = Calendar::of_group(&group, now).with(&therapist, meeting);
        let by_therapist = Calendar::of_therapist(&therapist, now).with(&group, meeting);
        prop_assert_eq!(by_group, by_therapist);
        let Availability::Together(overlap) = by_group else { panic!("{by_group:?}") };
        prop_assert_eq!(overlap.minutes, expected);
    }
}
