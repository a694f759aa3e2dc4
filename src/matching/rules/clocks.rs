//! What the clocks of a zone show, looked up once and then calculated with. Minutes are counted from 1970, of UTC or of the
//! local clock.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

pub const DAY: i64 = 24 * 60;

/// The clocks of a zone between two minutes.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// Minutes ahead of UTC at first.
    first: i64,
    changes: Vec<Change>,
}

/// A change of the clocks: when, and the minutes ahead of UTC on both sides.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: i64,
    before: i64,
    after: i64,
}

impl Clocks {
    /// Those of `zone` from `from` to `to`. No zone changes its clocks twice within a day.
    pub fn between(from: i64, to: i64, zone: Tz) -> Self {
        let first = minutes_ahead(zone, from);
        let (mut changes, mut before, mut since) = (Vec::new(), first, from);
        while since < to {
            let next = since + DAY;
            let after = minutes_ahead(zone, next);
            if after != before {
                // Between them lies the change: halve until it is found.
                let (mut earlier, mut later) = (since, next);
                while later - earlier > 1 {
                    let middle = earlier.midpoint(later);
                    if minutes_ahead(zone, middle) == before { earlier = middle } else { later = middle }
                }
                changes.push(Change { at: later, before, after });
            }
            (before, since) = (after, next);
        }
        Self { first, changes }
    }

    /// Minutes ahead of UTC at `minute`.
    pub fn ahead_at(&self, minute: i64) -> i64 {
        self.changes.iter().take_while(|change| change.at <= minute).last().map_or(self.first, |change| change.after)
    }

    /// When the clocks show `local`. A time that they jump over is moved forward by the jump; of a time that they show
    /// twice, the first counts.
    pub fn instant(&self, local: i64) -> i64 {
        let next = self.changes.iter().find(|change| local - change.before.max(change.after) < change.at);
        match next {
            Some(change) => local - change.before,
            None => local - self.changes.last().map_or(self.first, |change| change.after),
        }
    }

    /// Minutes ahead of UTC from `from` to `to`, unless they change meanwhile.
    pub fn steady(&self, from: i64, to: i64) -> Option<i64> {
        let changes = self.changes.iter().any(|change| from <= change.at && change.at <= to);
        (!changes).then(|| self.ahead_at(from))
    }
}

fn minutes_ahead(zone: Tz, minute: i64) -> i64 {
    let instant = DateTime::from_timestamp(minute * 60, 0).unwrap_or_default();
    i64::from(zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()).div_euclid(60)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDateTime, Utc};

    use super::*;

    #[test]
    fn local_times_that_never_come_or_come_twice() {
        let at = |time: &str| time.parse::<DateTime<Utc>>().unwrap().timestamp() / 60;
        let between = |from, to| Clocks::between(at(from), at(to), Tz::America__Los_Angeles);
        let autumn = between("2026-10-10T00:00:00Z", "2026-12-10T00:00:00Z");
        let spring = between("2027-02-20T00:00:00Z", "2027-04-20T00:00:00Z");
        let local = |time: &str| time.parse::<NaiveDateTime>().unwrap().and_utc().timestamp() / 60;
        for (clocks, shown, instant) in [
            (&autumn, "2026-10-20T12:00:00", "2026-10-20T19:00:00Z"),
            (&autumn, "2026-11-01T01:30:00", "2026-11-01T08:30:00Z"),
            (&autumn, "2026-11-01T02:00:00", "2026-11-01T10:00:00Z"),
            (&autumn, "2026-11-03T12:00:00", "2026-11-03T20:00:00Z"),
            (&spring, "2027-03-14T01:59:00", "2027-03-14T09:59:00Z"),
            (&spring, "2027-03-14T02:30:00", "2027-03-14T10:30:00Z"),
            (&spring, "2027-03-14T03:00:00", "2027-03-14T10:00:00Z"),
        ] {
            assert_eq!(clocks.instant(local(shown)), at(instant), "{shown}");
        }
    }
}
