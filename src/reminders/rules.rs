//! What reminds whom, and when. No input or output.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    consultation_groups::rules::GroupStatus,
    entities::{
        meeting::StoredMeetingStatus,
        meeting_answer::{self, Answer},
    },
    schedule::rules::Occurrence,
};

/// How long before a meeting somebody is reminded of it who never said otherwise, in minutes.
pub const USUAL_LEAD: i64 = 1440;
/// The longest time before.
pub const LONGEST_LEAD: i64 = 10_080;
/// Groups that meet. One that rests does not, and one that has not met for long still may.
pub const GROUPS_THAT_MEET: [GroupStatus; 3] = [GroupStatus::Forming, GroupStatus::Active, GroupStatus::Dormant];

/// What to do about it. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReminderStep {
    /// Say whether I come.
    Answer,
    /// Say yes or no: I said perhaps.
    Decide,
    /// Come.
    Attend,
}

/// How somebody wishes to be reminded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    pub mail: bool,
    pub lead_minutes: i64,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { mail: true, lead_minutes: USUAL_LEAD }
    }
}

/// What an answer says of the meeting as it is now: one for another time says nothing.
pub fn holds(answer: &meeting_answer::Model, meeting: &Occurrence) -> Option<Answer> {
    (answer.answered_for == meeting.starts_at).then_some(answer.answer)
}

/// Whether a meeting reminds somebody at `now` who answered this: it is to come within so many minutes, and they did not
/// decline.
pub fn reminds(meeting: &Occurrence, answer: Option<Answer>, lead_minutes: i64, now: DateTime<Utc>) -> bool {
    let is_near = meeting.starts_at - TimeDelta::minutes(lead_minutes) <= now && now < meeting.starts_at;
    is_near && meeting.stored_status() == StoredMeetingStatus::Scheduled && answer != Some(Answer::No)
}

pub fn step(answer: Option<Answer>) -> ReminderStep {
    match answer {
        Some(Answer::Yes) => ReminderStep::Attend,
        Some(Answer::Tentative) => ReminderStep::Decide,
        Some(Answer::No) | None => ReminderStep::Answer,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{entities::meeting, recurrence::zone::read_local, schedule::rules::meeting_id};

    /// At noon of 20 October in Los Angeles, 19:00 in UTC.
    fn noon(status: Option<StoredMeetingStatus>) -> Occurrence {
        let original = read_local("2026-10-20T12:00").unwrap();
        let starts_at = "2026-10-20T19:00:00Z".parse().unwrap();
        let one = Occurrence {
            id: meeting_id(7, original),
            series_id: Uuid::from_u128(7),
            group_id: Uuid::from_u128(40),
            recurring: true,
            title: None,
            original,
            starts: original,
            zone: chrono_tz::America::Los_Angeles,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(90),
            duration_minutes: 90,
            place: None,
            join_url: None,
            previous_at: None,
            row: None,
        };
        match status {
            Some(status) => {
                let row = meeting::Model { status, ..one.to_row(starts_at) };
                one.with_row(row)
            }
            None => one,
        }
    }

    #[test]
    fn a_meeting_reminds_from_its_lead_until_it_begins() {
        use Answer::{No, Tentative, Yes};
        use StoredMeetingStatus::{Cancelled, Held, InProgress, Scheduled};
        // now, minutes before, what became of it, what was answered, whether it reminds
        for (now, lead, status, answer, expected) in [
            ("2026-10-19T18:59:59Z", 1440, None, None, false),
            ("2026-10-19T19:00:00Z", 1440, None, None, true),
            ("2026-10-20T18:44:59Z", 15, None, None, false),
            ("2026-10-20T18:45:00Z", 15, None, None, true),
            ("2026-10-13T19:00:00Z", 10_080, None, None, true),
            ("2026-10-20T18:59:59Z", 1440, None, None, true),
            ("2026-10-20T19:00:00Z", 1440, None, None, false),
            ("2026-10-21T00:00:00Z", 1440, None, None, false),
            ("2026-10-20T12:00:00Z", 1440, Some(Scheduled), Some(Yes), true),
            ("2026-10-20T12:00:00Z", 1440, Some(Scheduled), Some(Tentative), true),
            ("2026-10-20T12:00:00Z", 1440, Some(Scheduled), Some(No), false),
            ("2026-10-20T12:00:00Z", 1440, Some(Cancelled), None, false),
            ("2026-10-20T12:00:00Z", 1440, Some(InProgress), Some(Yes), false),
            ("2026-10-20T12:00:00Z", 1440, Some(Held), Some(Yes), false),
        ] {
            let found = reminds(&noon(status), answer, lead, now.parse().unwrap());
            assert_eq!(found, expected, "{now} {lead} {status:?} {answer:?}");
        }
    }

    #[test]
    fn an_answer_holds_for_its_time() {
        let one = noon(None);
        for (answered_for, expected) in [("2026-10-20T19:00:00Z", Some(Answer::No)), ("2026-10-21T19:00:00Z", None)] {
            let answer = meeting_answer::Model {
                version: 1,
                meeting_id: one.id,
                account_id: Uuid::from_u128(1),
                membership_id: Uuid::from_u128(10),
                answer: Answer::No,
                note: None,
                answered_for: answered_for.parse().unwrap(),
                answered_at: one.starts_at,
            };
            assert_eq!(holds(&answer, &one), expected);
        }
        let steps = [None, Some(Answer::Yes), Some(Answer::Tentative)].map(step);
        assert_eq!(steps, [ReminderStep::Answer, ReminderStep::Attend, ReminderStep::Decide]);
    }
}
