//! Wall-clock times and instants.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// How wall-clock times are written: without seconds.
const FORMAT: &str = "%Y-%m-%dT%H:%M";

/// The instant at which clocks in `zone` show `local`. A time that they skip is read with the offset from before, one
/// that they show twice is the first of the two (RFC 5545, 3.3.5).
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return instant.with_timezone(&Utc);
    }
    // The longest jump on record left out a whole day (Samoa, 2011).
    let before = (1..=50).find_map(|steps| {
        let earlier = local.checked_sub_signed(TimeDelta::minutes(30 * steps))?;
        zone.from_local_datetime(&earlier).latest()
    });
    let offset = before.map_or(0, |before| before.offset().fix().local_minus_utc());
    Utc.from_utc_datetime(&(local - TimeDelta::seconds(offset.into())))
}

/// What clocks in `zone` show at `instant`.
pub fn local_of(instant: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    instant.with_timezone(&zone).naive_local()
}

/// The zone of this name; UTC for one that is no longer known, which nobody can write but an older release may have.
pub fn zone_of(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// Reads `YYYY-MM-DDTHH:MM`, in the years 2000 to 2100.
pub fn read_local(text: &str) -> Option<NaiveDateTime> {
    let local = NaiveDateTime::parse_from_str(text, FORMAT).ok()?;
    let exact = write_local(local) == text;
    (exact && (earliest()..=latest()).contains(&local)).then_some(local)
}

pub fn write_local(local: NaiveDateTime) -> String {
    local.format(FORMAT).to_string()
}

/// The first moment of the years that anybody here plans in.
pub fn earliest() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN)
}

/// The last one.
pub fn latest() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2101, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN) - TimeDelta::minutes(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_jump_give_one_instant() {
        for (local, zone, expected) in [
            ("2026-10-20T12:00", "America/Los_Angeles", "2026-10-20T19:00:00Z"),
            ("2026-11-03T12:00", "America/Los_Angeles", "2026-11-03T20:00:00Z"),
            // Skipped.
            ("2027-03-14T02:30", "America/Los_Angeles", "2027-03-14T10:30:00Z"),
            ("2027-03-14T02:00", "America/Los_Angeles", "2027-03-14T10:00:00Z"),
            ("2027-03-14T03:00", "America/Los_Angeles", "2027-03-14T10:00:00Z"),
            ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00:00Z"),
            ("2026-10-04T02:10", "Australia/Lord_Howe", "2026-10-03T15:40:00Z"),
            // Shown twice.
            ("2026-11-01T01:30", "America/Los_Angeles", "2026-11-01T08:30:00Z"),
            ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
            ("2026-07-01T12:00", "Asia/Kathmandu", "2026-07-01T06:15:00Z"),
            ("2026-07-01T12:00", "UTC", "2026-07-01T12:00:00Z"),
        ] {
            let instant = instant_of(read_local(local).unwrap(), zone.parse().unwrap());
            assert_eq!(instant, expected.parse::<DateTime<Utc>>().unwrap(), "{local} {zone}");
        }
    }

    #[test]
    fn a_wall_clock_time_is_written_in_one_way() {
        for text in ["2026-10-20T12:00", "2000-01-01T00:00", "2100-12-31T23:59"] {
            assert_eq!(read_local(text).map(write_local).as_deref(), Some(text));
        }
        for text in [
            "",
            "2026-10-20",
            "2026-10-20T12:00:00",
            "2026-10-20T12:00Z",
            "2026-10-20 12:00",
            "2026-10-20T24:00",
            "2026-02-30T12:00",
            "1999-12-31T23:59",
            "2101-01-01T00:00",
            "+2026-10-20T12:00",
            "2026-1-2T03:04",
        ] {
            assert_eq!(read_local(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_shows_on_the_clocks_of_a_zone() {
        let instant = "2026-11-03T20:00:00Z".parse().unwrap();
        for (zone, expected) in [("America/Los_Angeles", "2026-11-03T12:00"), ("America/Phoenix", "2026-11-03T13:00")] {
            assert_eq!(write_local(local_of(instant, zone_of(zone))), expected);
        }
    }
}
