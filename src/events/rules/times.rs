//! What the clocks show where an event is, and when that is.

use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::entities::event;

/// How long an event lasts at most.
pub const LONGEST: TimeDelta = TimeDelta::days(92);

/// Why a text is no time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// It is not written as it must be, or no calendar has it.
    NoTime,
    /// Outside of the years 2000 to 2100.
    TooFar,
}

/// Reads `YYYY-MM-DDTHH:MM`.
pub fn local_time(text: &str) -> Result<NaiveDateTime, TimeFault> {
    let fits = |(shape, byte): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let shape = b"0000-00-00T00:00";
    if text.len() != shape.len() || !shape.iter().copied().zip(text.bytes()).all(fits) {
        return Err(TimeFault::NoTime);
    }
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map_err(|_| TimeFault::NoTime)?;
    match (2000..=2100).contains(&time.year()) {
        true => Ok(time),
        false => Err(TimeFault::TooFar),
    }
}

/// When the clocks of a zone show `local`. A time that they jump over is read by the clocks before the jump; of a time that
/// they show twice, the first counts.
pub fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let found = match zone.from_local_datetime(&local) {
        LocalResult::Single(one) => Some(one),
        LocalResult::Ambiguous(first, _) => Some(first),
        LocalResult::None => None,
    };
    if let Some(found) = found {
        return found.to_utc();
    }
    // The longest jump that there ever was left out a day.
    let mut before = (1..=48).filter_map(|hours| zone.from_local_datetime(&(local - TimeDelta::hours(hours))).latest());
    let ahead = before
        .next()
        .map_or(TimeDelta::zero(), |before| TimeDelta::seconds(before.offset().fix().local_minus_utc().into()));
    (local - ahead).and_utc()
}

/// The event with the instants of its local times; nothing where they cannot be read.
pub fn with_instants(event: event::Model) -> Option<event::Model> {
    let zone: Tz = event.time_zone.parse().ok()?;
    let [starts_at, ends_at] =
        [&event.starts_local, &event.ends_local].map(|local| local_time(local).ok().map(|local| instant(local, zone)));
    Some(event::Model { starts_at: starts_at?, ends_at: ends_at?, ..event })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::rules::samples::{at, workshop};

    #[test]
    fn a_local_time_is_written_in_one_way() {
        for (text, fault) in [
            ("2027-03-14T02:30", None),
            ("2000-01-01T00:00", None),
            ("2100-12-31T23:59", None),
            ("1999-12-31T23:59", Some(TimeFault::TooFar)),
            ("2101-01-01T00:00", Some(TimeFault::TooFar)),
            ("0000-01-01T00:00", Some(TimeFault::TooFar)),
            ("2027-02-29T10:00", Some(TimeFault::NoTime)),
            ("2027-13-01T10:00", Some(TimeFault::NoTime)),
            ("2027-03-14T24:00", Some(TimeFault::NoTime)),
            ("2027-03-14T10:60", Some(TimeFault::NoTime)),
            ("2027-03-14 10:00", Some(TimeFault::NoTime)),
            ("2027-03-14T10:00:00", Some(TimeFault::NoTime)),
            ("2027-03-14T10:00Z", Some(TimeFault::NoTime)),
            ("2027-3-14T10:00", Some(TimeFault::NoTime)),
            ("+027-03-14T10:00", Some(TimeFault::NoTime)),
            ("２027-03-14T10:0", Some(TimeFault::NoTime)),
            ("", Some(TimeFault::NoTime)),
        ] {
            assert_eq!(local_time(text).err(), fault, "{text}");
        }
    }

    #[test]
    fn clocks_that_jump_and_clocks_that_repeat() {
        for (local, zone, expected) in [
            ("2026-10-20T12:00", "America/Los_Angeles", "2026-10-20T19:00:00Z"),
            ("2026-11-03T12:00", "America/Los_Angeles", "2026-11-03T20:00:00Z"),
            // Jumped over.
            ("2027-03-14T01:59", "America/Los_Angeles", "2027-03-14T09:59:00Z"),
            ("2027-03-14T02:30", "America/Los_Angeles", "2027-03-14T10:30:00Z"),
            ("2027-03-14T03:00", "America/Los_Angeles", "2027-03-14T10:00:00Z"),
            ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"),
            ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00:00Z"),
            // Shown twice.
            ("2026-11-01T01:30", "America/Los_Angeles", "2026-11-01T08:30:00Z"),
            ("2026-11-01T02:00", "America/Los_Angeles", "2026-11-01T10:00:00Z"),
            ("2026-11-01T01:30", "UTC", "2026-11-01T01:30:00Z"),
            ("2026-06-01T09:00", "Asia/Kathmandu", "2026-06-01T03:15:00Z"),
        ] {
            let found = instant(local_time(local).unwrap(), zone.parse().unwrap());
            assert_eq!(found, at(expected), "{local} {zone}");
        }
    }

    #[test]
    fn instants_follow_from_clocks_and_zone() {
        let moved = event::Model { time_zone: "Europe/Berlin".into(), ..workshop() };
        let found = with_instants(moved).unwrap();
        assert_eq!((found.starts_at, found.ends_at), (at("2027-03-20T09:00:00Z"), at("2027-03-20T12:00:00Z")));
        assert_eq!(with_instants(event::Model { time_zone: "Mars/Olympus".into(), ..workshop() }), None);
        assert_eq!(with_instants(event::Model { ends_local: "soon".into(), ..workshop() }), None);
    }
}
