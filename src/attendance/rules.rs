//! Who records what of a meeting and until when, what a record may say, and what it comes to. No input or output.

use std::collections::HashSet;

use chrono::{DateTime, Months, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    consultation_groups::rules::GroupStatus,
    entities::{
        meeting::StoredMeetingStatus,
        meeting_attendance::{self, AttendanceStatus},
        meeting_attendance_change::StoredAttendance,
    },
    schedule::rules::{MeetingStatus, Occurrence},
};

/// For so long after it was closed the record of a meeting can be amended and disputed.
pub const AMENDABLE: TimeDelta = TimeDelta::days(14);
/// A rate of no-shows says something from so many meetings on.
const ENOUGH: i64 = 3;
/// It looks back so far.
const BACK: Months = Months::new(12);

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's standing does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The group is not in a state that goes with it.
    GroupIs(GroupStatus),
    /// The meeting is not in a state that goes with it.
    MeetingIs(MeetingStatus),
    /// The meeting is to come.
    NotBegun,
    /// The meeting was not closed yet.
    NotClosed,
    /// The meeting was closed too long ago.
    TooLate,
    /// These members have no record yet.
    Missing(Vec<Uuid>),
    /// It was disputed, and that waits for an answer.
    Disputed,
    /// Nothing waits for an answer.
    NotDisputed,
}

/// How a record is written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The meeting is not closed.
    Recording,
    /// The meeting is closed: a change is an amendment, and gives its reason.
    Amending,
}

/// Whether the record of a meeting can be written at `now`.
pub fn phase(meeting: &Occurrence, group: GroupStatus, now: DateTime<Utc>) -> Result<Phase, Refusal> {
    meets(group)?;
    // Nobody asks how many said yes: a meeting that has begun may be recorded however it stands.
    match (meeting.stored_status(), meeting.status_at(0, 0, now)) {
        (_, status @ (MeetingStatus::Cancelled | MeetingStatus::Unrecorded)) => Err(Refusal::MeetingIs(status)),
        (_, MeetingStatus::Held) if closed_lately(meeting, now) => Ok(Phase::Amending),
        (_, MeetingStatus::Held) => Err(Refusal::TooLate),
        (StoredMeetingStatus::InProgress, _) => Ok(Phase::Recording),
        _ if meeting.starts_at <= now => Ok(Phase::Recording),
        _ => Err(Refusal::NotBegun),
    }
}

/// A group that has begun and not ended.
pub fn meets(group: GroupStatus) -> Result<(), Refusal> {
    match group.goes_on() && group != GroupStatus::Draft {
        true => Ok(()),
        false => Err(Refusal::GroupIs(group)),
    }
}

fn closed_lately(meeting: &Occurrence, now: DateTime<Utc>) -> bool {
    amendable_until(meeting).is_some_and(|until| now <= until)
}

/// Until when the record of a closed meeting can be amended and disputed.
pub fn amendable_until(meeting: &Occurrence) -> Option<DateTime<Utc>> {
    meeting.row.as_ref()?.closed_at.map(|closed| closed + AMENDABLE)
}

/// What is said of one member, before it is checked.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    pub status: AttendanceStatus,
    pub minutes: Option<i64>,
    pub recused_minutes: Option<i64>,
    pub presenting_minutes: Option<i64>,
}

/// A member that is not as it must be: which, the key of the fault, what it must be.
pub type MemberFault = (&'static str, &'static str, String);

/// What a record of a meeting of this length says.
pub fn measured(claim: &Claim, duration: i64) -> Result<StoredAttendance, Vec<MemberFault>> {
    let mut faults = Vec::new();
    let given = [
        ("minutes", claim.minutes),
        ("recused_minutes", claim.recused_minutes),
        ("presenting_minutes", claim.presenting_minutes),
    ];
    if !claim.status.came() {
        let surplus = given.iter().filter(|(_, minutes)| minutes.is_some_and(|minutes| minutes != 0));
        faults.extend(
            surplus.map(|(member, _)| (*member, "out_of_range", "must be 0 for somebody who was not there".into())),
        );
    }
    let minutes = match (claim.status, claim.minutes) {
        (AttendanceStatus::Excused | AttendanceStatus::Absent, _) => 0,
        (AttendanceStatus::Present, None) => duration,
        (_, None) => {
            faults.push(("minutes", "missing_member", "must be given for somebody who was there in part".into()));
            duration
        }
        (_, Some(minutes)) => {
            if !(1..=duration).contains(&minutes) {
                let detail = format!("must be between 1 and the {duration} minutes of the meeting");
                faults.push(("minutes", "out_of_range", detail));
            }
            minutes
        }
    };
    let [recused_minutes, presenting_minutes] =
        [claim.recused_minutes, claim.presenting_minutes].map(Option::unwrap_or_default);
    if faults.is_empty() && recused_minutes > minutes {
        faults.push((
            "recused_minutes",
            "out_of_range",
            format!("must be at most the {minutes} minutes that they were there"),
        ));
    } else if faults.is_empty() && presenting_minutes > minutes - recused_minutes {
        let detail = format!("must be at most the {} minutes that they took part", minutes - recused_minutes);
        faults.push(("presenting_minutes", "out_of_range", detail));
    }
    match faults.is_empty() {
        true => Ok(StoredAttendance { status: claim.status, minutes, recused_minutes, presenting_minutes }),
        false => Err(faults),
    }
}

/// What a row of the record says.
pub fn said(row: &meeting_attendance::Model) -> StoredAttendance {
    StoredAttendance {
        status: row.status,
        minutes: row.minutes,
        recused_minutes: row.recused_minutes,
        presenting_minutes: row.presenting_minutes,
    }
}

/// What a record adds to the hours of its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    pub minutes: i64,
    pub presenting_minutes: i64,
    pub recused_minutes: i64,
}

impl Credit {
    pub fn of(record: &StoredAttendance) -> Self {
        Self {
            minutes: record.minutes - record.recused_minutes,
            presenting_minutes: record.presenting_minutes,
            recused_minutes: record.recused_minutes,
        }
    }

    /// What the ledger lacks when `before` stands in it.
    pub fn beyond(self, before: Self) -> Self {
        Self {
            minutes: self.minutes - before.minutes,
            presenting_minutes: self.presenting_minutes - before.presenting_minutes,
            recused_minutes: self.recused_minutes - before.recused_minutes,
        }
    }

    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// Who was expected, and who came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub expected: i64,
    pub present: i64,
}

impl Counts {
    pub fn of(statuses: impl IntoIterator<Item = AttendanceStatus>) -> Self {
        statuses.into_iter().fold(Self { expected: 0, present: 0 }, |sum, status| Self {
            expected: sum.expected + 1,
            present: sum.present + i64::from(status.came()),
        })
    }
}

/// Whether a meeting that stands like this can be closed: it is in progress, and all who were expected (account and
/// membership) have a record.
pub fn may_close(
    status: MeetingStatus,
    group: GroupStatus,
    expected: &[(Uuid, Uuid)],
    recorded: &HashSet<Uuid>,
) -> Result<(), Refusal> {
    meets(group)?;
    if status != MeetingStatus::InProgress {
        return Err(Refusal::MeetingIs(status));
    }
    let missing: Vec<Uuid> =
        expected.iter().filter(|(account, _)| !recorded.contains(account)).map(|(_, membership)| *membership).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::Missing(missing)) }
}

/// Whether somebody may say at `now` that what was recorded of them is not right.
pub fn may_dispute(
    meeting: &Occurrence,
    row: &meeting_attendance::Model,
    group: GroupStatus,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    meets(group)?;
    match meeting.status_at(0, 0, now) {
        MeetingStatus::Held if !closed_lately(meeting, now) => Err(Refusal::TooLate),
        MeetingStatus::Held if row.is_disputed() => Err(Refusal::Disputed),
        MeetingStatus::Held => Ok(()),
        status if status.is_open() => Err(Refusal::NotClosed),
        status => Err(Refusal::MeetingIs(status)),
    }
}

/// Whether a dispute can be answered.
pub fn may_settle(row: &meeting_attendance::Model, group: GroupStatus) -> Result<(), Refusal> {
    meets(group)?;
    if row.is_disputed() { Ok(()) } else { Err(Refusal::NotDisputed) }
}

/// From when on meetings count for the rate of no-shows.
pub fn counted_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_months(BACK).unwrap_or(now)
}

/// How somebody took part in the meetings of a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub present: i64,
    pub late: i64,
    pub left_early: i64,
    pub excused: i64,
    pub absent: i64,
}

impl Tally {
    pub fn of(counts: impl IntoIterator<Item = (AttendanceStatus, i64)>) -> Self {
        let mut tally = Self::default();
        for (status, count) in counts {
            match status {
                AttendanceStatus::Present => tally.present += count,
                AttendanceStatus::Late => tally.late += count,
                AttendanceStatus::LeftEarly => tally.left_early += count,
                AttendanceStatus::Excused => tally.excused += count,
                AttendanceStatus::Absent => tally.absent += count,
            }
        }
        tally
    }

    pub fn expected(self) -> i64 {
        self.present + self.late + self.left_early + self.excused + self.absent
    }

    /// Of the meetings from which they were not excused, the part that they missed; none while there is little to say it
    /// of. It has four decimals.
    pub fn no_show_rate(self) -> Option<f64> {
        let due = self.expected() - self.excused;
        if self.expected() < ENOUGH || due == 0 {
            return None;
        }
        let [absent, due] = [self.absent, due].map(|count| f64::from(i32::try_from(count).unwrap_or(i32::MAX)));
        Some((absent / due * 10_000.0).round() / 10_000.0)
    }
}

#[cfg(test)]
mod tests;
