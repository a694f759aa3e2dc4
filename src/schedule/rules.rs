//! Meetings of a series, their ids, and where they stand. No input or output.

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entities::{
        meeting::{self, StoredMeetingStatus},
        meeting_series::{self, StoredRule},
    },
    recurrence::{
        Rule,
        zone::{earliest, instant_of, latest, local_of, read_local, write_local, zone_of},
    },
};

/// So long before its start it shows whether enough will come.
const FORECAST: TimeDelta = TimeDelta::hours(24);
/// So long after its end a meeting can be recorded.
pub const RECORDING_DAYS: TimeDelta = TimeDelta::days(7);
/// So far back the meeting before is looked for.
const LOOK_BACK: Days = Days::new(62);
/// The bits of an id that say which series it is of.
const KEY: u128 = (1 << 62) - 1;

/// Where a meeting stands. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingStatus {
    /// It is to come.
    Scheduled,
    /// It begins within 24 hours or should have begun, and as many as the quorum said yes.
    Confirmed,
    /// It begins within 24 hours or should have begun, and fewer than the quorum said yes.
    AtRisk,
    /// It has been started.
    InProgress,
    /// It took place, and who came is recorded.
    Held,
    /// It was called off.
    Cancelled,
    /// Nobody recorded it within 7 days after its end: it counts for nothing.
    Unrecorded,
}

impl MeetingStatus {
    /// As it goes over the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Confirmed => "confirmed",
            Self::AtRisk => "at_risk",
            Self::InProgress => "in_progress",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::Unrecorded => "unrecorded",
        }
    }

    /// Neither begun nor called off.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Confirmed | Self::AtRisk)
    }
}

/// A meeting as its series and its own row, where it has one, make it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    pub id: Uuid,
    pub series_id: Uuid,
    pub group_id: Uuid,
    pub recurring: bool,
    pub title: Option<String>,
    /// What its series says of its start. It stays when the meeting is moved.
    pub original: NaiveDateTime,
    /// When it starts by the wall clock of `zone`.
    pub starts: NaiveDateTime,
    pub zone: Tz,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub duration_minutes: i64,
    pub place: Option<String>,
    pub join_url: Option<String>,
    /// When the meeting of the series before it starts, as the series has it; none where there is none close by.
    pub previous_at: Option<DateTime<Utc>>,
    pub row: Option<meeting::Model>,
}

impl Occurrence {
    fn new(series: &meeting_series::Model, rule: &StoredRule, original: NaiveDateTime) -> Self {
        let zone = zone_of(&rule.time_zone);
        let starts_at = instant_of(original, zone);
        Self {
            id: meeting_id(series.meeting_key, original),
            series_id: series.id,
            group_id: series.consultation_group_id,
            recurring: series.recurring,
            title: series.title.clone(),
            original,
            starts: original,
            zone,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(rule.duration_minutes),
            duration_minutes: rule.duration_minutes,
            place: rule.place.clone(),
            join_url: rule.join_url.clone(),
            previous_at: None,
            row: None,
        }
    }

    /// How many minutes later its start shows on the clocks of `zone` than that of the meeting before, because the clocks
    /// of that zone and of the meeting's own did not change alike; fewer than none where it shows earlier.
    pub fn shifted_minutes(&self, zone: Tz) -> i64 {
        let ahead = |at: DateTime<Utc>| (local_of(at, zone) - local_of(at, self.zone)).num_minutes();
        self.previous_at.map_or(0, |previous| ahead(self.starts_at) - ahead(previous))
    }

    /// The meeting as its row has it.
    pub fn with_row(mut self, row: meeting::Model) -> Self {
        if let Some(moved) = row.moved_to.as_deref().and_then(read_local) {
            self.starts = moved;
            self.starts_at = instant_of(moved, self.zone);
        }
        self.duration_minutes = row.duration_minutes.unwrap_or(self.duration_minutes);
        self.ends_at = self.starts_at + TimeDelta::minutes(self.duration_minutes);
        self.place = row.place.clone().or(self.place);
        self.join_url = row.join_url.clone().or(self.join_url);
        self.row = Some(row);
        self
    }

    pub fn stored_status(&self) -> StoredMeetingStatus {
        self.row.as_ref().map_or(StoredMeetingStatus::Scheduled, |row| row.status)
    }

    pub fn is_cancelled(&self) -> bool {
        self.stored_status() == StoredMeetingStatus::Cancelled
    }

    /// Where it stands at `now`, when so many said yes.
    pub fn status_at(&self, yes: i64, quorum: i64, now: DateTime<Utc>) -> MeetingStatus {
        match self.stored_status() {
            StoredMeetingStatus::Cancelled => MeetingStatus::Cancelled,
            StoredMeetingStatus::Held => MeetingStatus::Held,
            _ if self.ends_at + RECORDING_DAYS <= now => MeetingStatus::Unrecorded,
            StoredMeetingStatus::InProgress => MeetingStatus::InProgress,
            StoredMeetingStatus::Scheduled if now < self.starts_at - FORECAST => MeetingStatus::Scheduled,
            StoredMeetingStatus::Scheduled if yes >= quorum => MeetingStatus::Confirmed,
            StoredMeetingStatus::Scheduled => MeetingStatus::AtRisk,
        }
    }

    /// Whether it lies in part between these.
    pub fn overlaps(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        self.starts_at < to && self.ends_at > from
    }

    /// What holds for it in the column of its row that says so; a new row where there is none.
    pub fn to_row(&self, now: DateTime<Utc>) -> meeting::Model {
        self.row.clone().unwrap_or_else(|| meeting::Model {
            id: self.id,
            series_id: self.series_id,
            consultation_group_id: self.group_id,
            original_start: write_local(self.original),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            moved_to: None,
            duration_minutes: None,
            place: None,
            join_url: None,
            status: StoredMeetingStatus::Scheduled,
            cancel_reason: None,
            cancelled_at: None,
            started_at: None,
            closed_at: None,
            expected_count: None,
            present_count: None,
            sequence: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// Of its row; 1 while it has none.
    pub fn version(&self) -> i64 {
        self.row.as_ref().map_or(1, |row| row.version)
    }
}

/// The key of a series in the ids of its meetings: the last 62 bits of its own, which are random in a UUIDv7.
pub fn key_of(series_id: Uuid) -> i64 {
    i64::try_from(series_id.as_u128() & KEY).unwrap_or_default()
}

/// The id of the meeting of a series with this original start: a UUIDv8 (RFC 9562, 5.8) of the minutes since the year
/// 2000 and the key of the series.
pub fn meeting_id(key: i64, original: NaiveDateTime) -> Uuid {
    let minutes = u128::try_from((original - earliest()).num_minutes()).unwrap_or_default();
    let key = u128::try_from(key).unwrap_or_default() & KEY;
    uuid::Builder::from_custom_bytes((minutes << 80 | key).to_be_bytes()).into_uuid()
}

/// The key and the original start that an id of a meeting is made of.
pub fn read_meeting_id(id: Uuid) -> Option<(i64, NaiveDateTime)> {
    let minutes = i64::try_from(id.as_u128() >> 80).ok()?;
    let original = earliest().checked_add_signed(TimeDelta::try_minutes(minutes)?)?;
    let key = i64::try_from(id.as_u128() & KEY).ok()?;
    (meeting_id(key, original) == id).then_some((key, original))
}

/// The original starts of a series from `from` on and before `to`, by the wall clock, each with the rule that it is of.
fn originals(
    series: &meeting_series::Model,
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> impl Iterator<Item = (&StoredRule, NaiveDateTime)> {
    series.rules.0.iter().flat_map(move |rule| {
        let from = from.max(rule.from);
        let to = rule.until.map_or(to, |until| until.min(to));
        let starts = match &rule.rrule {
            None if (from..to).contains(&rule.starts) => vec![rule.starts],
            None => Vec::new(),
            // One that can no longer be read gives nothing; none such is ever stored.
            Some(text) => Rule::parse(text, zone_of(&rule.time_zone))
                .map(|parsed| parsed.starts_between(rule.starts, from, to))
                .unwrap_or_default(),
        };
        starts.into_iter().filter(|start| !series.exdates.0.contains(start)).map(move |start| (rule, start))
    })
}

/// The meetings of a series that lie in part between `from` and `to`, the earliest first. `moved` are the rows of those
/// of its meetings that do not stand where the series has them.
pub fn occurrences(
    series: &meeting_series::Model,
    moved: &[meeting::Model],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<Occurrence> {
    // Clocks differ from UTC by less than a day, and no meeting lasts longer than one.
    let early = from.naive_utc().checked_sub_days(LOOK_BACK).unwrap_or(earliest());
    let late = to.naive_utc().checked_add_days(Days::new(1)).unwrap_or(latest());
    let mut previous_at = None;
    let mut found: Vec<Occurrence> = originals(series, early, late)
        .map(|(rule, original)| {
            let one = Occurrence { previous_at, ..Occurrence::new(series, rule, original) };
            previous_at = Some(one.starts_at);
            one
        })
        .filter(|one| !moved.iter().any(|row| row.id == one.id))
        .chain(moved.iter().filter_map(|row| occurrence(series, row.id).map(|one| one.with_row(row.clone()))))
        .filter(|one| one.overlaps(from, to))
        .collect();
    found.sort_by_key(|one| (one.starts_at, one.id));
    found
}

/// The meeting of a series that has this id, as the series has it.
pub fn occurrence(series: &meeting_series::Model, id: Uuid) -> Option<Occurrence> {
    let (_, original) = read_meeting_id(id).filter(|(key, _)| *key == series.meeting_key)?;
    let next = original.checked_add_signed(TimeDelta::minutes(1))?;
    let early = original.checked_sub_days(LOOK_BACK).unwrap_or(earliest());
    let (mut previous_at, mut found) = (None, None);
    for (rule, start) in originals(series, early, next) {
        previous_at = found.as_ref().map(|one: &Occurrence| one.starts_at);
        found = Some(Occurrence::new(series, rule, start));
    }
    let found = found.filter(|one| one.original == original);
    found.map(|one| Occurrence { previous_at, ..one })
}

/// The first meeting that begins after `now`, as the series has it.
pub fn next_after(series: &meeting_series::Model, now: DateTime<Utc>) -> Option<Occurrence> {
    // A monthly rule that needs a fifth weekday is silent for some months, one of every second year for two years.
    let mut from = now;
    for days in [31, 92, 366, 1830] {
        let to = now.checked_add_days(Days::new(days))?;
        let found = occurrences(series, &[], from, to).into_iter().find(|one| one.starts_at > now);
        if found.is_some() {
            return found;
        }
        from = to;
    }
    None
}

/// How many of those who are there gave which answer, for the time at which the meeting is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub yes: i64,
    pub no: i64,
    pub tentative: i64,
}

/// How a group has met lately, and whether it will again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// A meeting is to come that was not called off.
    pub has_next: bool,
    /// The last two meetings that say anything came to nothing because too few would come or came.
    pub quorum_failed_twice: bool,
    /// Fewer than half of those who were expected came to the last meetings.
    pub attendance_below_half: bool,
    /// The same people lead again and again; see [`is_uneven`].
    pub uneven_rotation: bool,
}

/// Whether a meeting came to nothing because too few would come or came; nothing where it says neither.
pub fn quorum_failed(one: &Occurrence, yes: i64, quorum: i64, now: DateTime<Utc>) -> Option<bool> {
    let row = one.row.as_ref();
    match one.status_at(yes, quorum, now) {
        MeetingStatus::Held => row.and_then(|row| row.present_count).map(|present| present < quorum),
        // Called off in good time, it says nothing.
        MeetingStatus::Cancelled => {
            let late = row.and_then(|row| row.cancelled_at).is_some_and(|at| at >= one.starts_at - FORECAST);
            (late && yes < quorum).then_some(true)
        }
        MeetingStatus::InProgress => None,
        _ if one.ends_at <= now && yes < quorum => Some(true),
        _ => None,
    }
}

/// The instants between which all meetings of a series lie; it has no last one where it goes on.
pub fn bounds(rules: &[StoredRule]) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let starts = rules.first().map(|rule| instant_of(rule.starts.max(rule.from), zone_of(&rule.time_zone)));
    let ends = rules.last().and_then(|rule| {
        let zone = zone_of(&rule.time_zone);
        let last = match &rule.rrule {
            None => Some(rule.starts),
            Some(text) => Rule::parse(text, zone).ok().and_then(|parsed| parsed.last(rule.starts)),
        };
        let last = match (last, rule.until) {
            (Some(last), Some(until)) => Some(last.min(until)),
            (last, until) => last.or(until),
        };
        last.map(|last| instant_of(last, zone) + TimeDelta::minutes(rule.duration_minutes))
    });
    (starts.unwrap_or_default(), ends)
}

/// Meetings that say whether roles go round.
const ENOUGH: usize = 4;

/// Whether the same people lead again and again: of two active members, one has led at least twice more than the
/// other among the meetings that were held since both of them are there, and there are four of those or more.
/// `joined` says since when each member is there, `held` when each meeting was and who led it.
pub fn is_uneven(joined: &[(Uuid, DateTime<Utc>)], held: &[(DateTime<Utc>, Option<Uuid>)]) -> bool {
    let differ = |(one, since): &(Uuid, DateTime<Utc>), (other, other_since): &(Uuid, DateTime<Utc>)| {
        let both = || held.iter().filter(|(at, _)| at >= since.max(other_since));
        let led = |who: &Uuid| both().filter(|(_, leader)| leader.as_ref() == Some(who)).count();
        both().count() >= ENOUGH && led(one).abs_diff(led(other)) > 1
    };
    joined.iter().enumerate().any(|(at, one)| joined.iter().skip(at + 1).any(|other| differ(one, other)))
}

#[cfg(test)]
mod tests;
