//! What the clocks show where an event is, and when that is.

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::{entities::event, recurrence::zone::instant_of};

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

/// The event with the instants of its local times; nothing where they cannot be read.
pub fn with_instants(event: event::Model) -> Option<event::Model> {
    let zone: Tz = event.time_zone.parse().ok()?;
    let [starts_at, ends_at] = [&event.starts_local, &event.ends_local]
        .map(|local| local_time(local).ok().map(|local| instant_of(local, zone)));
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
    fn instants_follow_from_clocks_and_zone() {
        let moved = event::Model { time_zone: "Europe/Berlin".into(), ..workshop() };
        let found = with_instants(moved).unwrap();
        assert_eq!((found.starts_at, found.ends_at), (at("2027-03-20T09:00:00Z"), at("2027-03-20T12:00:00Z")));
        assert_eq!(with_instants(event::Model { time_zone: "Mars/Olympus".into(), ..workshop() }), None);
        assert_eq!(with_instants(event::Model { ends_local: "soon".into(), ..workshop() }), None);
    }
}
