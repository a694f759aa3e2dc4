//! Who asks, who answers, and what the answers come to.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    consultation_groups::rules::Standing,
    entities::{
        slot_poll::{self, StoredPollStatus},
        slot_poll_answer::{Fit, StoredFit, StoredFits},
    },
    recurrence::zone::{instant_of, zone_of},
};

/// Where a poll stands. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollStatus {
    /// Members answer.
    Open,
    /// Its time is over: nobody answers any more, and one of its times can be chosen.
    Closed,
    /// One of its times was chosen, and the series moved there.
    Chosen,
    /// It was taken back.
    Withdrawn,
}

impl PollStatus {
    /// As it goes over the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Chosen => "chosen",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The status at `now`.
pub fn status_at(poll: &slot_poll::Model, now: DateTime<Utc>) -> PollStatus {
    match poll.status {
        StoredPollStatus::Open if poll.closes_at <= now => PollStatus::Closed,
        StoredPollStatus::Open => PollStatus::Open,
        StoredPollStatus::Chosen => PollStatus::Chosen,
        StoredPollStatus::Withdrawn => PollStatus::Withdrawn,
    }
}

/// Whether somebody may ask for another time.
pub fn may_ask(standing: &Standing, quorum_failed_twice: bool) -> bool {
    standing.facilitates() || quorum_failed_twice && standing.is_active_member()
}

/// Whether somebody may take a poll back.
pub fn may_withdraw(standing: &Standing, poll: &slot_poll::Model) -> bool {
    standing.facilitates() || standing.account_id == Some(poll.created_by) && standing.is_active_member()
}

/// How one option suits the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub starts: NaiveDateTime,
    pub starts_at: DateTime<Utc>,
    pub yes: i64,
    pub if_need_be: i64,
    pub no: i64,
}

/// How each option suits, in the order in which they were proposed.
pub fn tally(poll: &slot_poll::Model, answers: &[StoredFits]) -> Vec<Tally> {
    let zone = zone_of(&poll.time_zone);
    let of = |starts: NaiveDateTime| {
        let count = |fit: Fit| {
            let said = answers.iter().flat_map(|answer| &answer.0).filter(|one| one.starts == starts && one.fit == fit);
            i64::try_from(said.count()).unwrap_or(i64::MAX)
        };
        Tally {
            starts,
            starts_at: instant_of(starts, zone),
            yes: count(Fit::Yes),
            if_need_be: count(Fit::IfNeedBe),
            no: count(Fit::No),
        }
    };
    poll.options.0.iter().map(|starts| of(*starts)).collect()
}

/// The option that suits best: most can come, then most gladly, then the earliest. None while nobody could.
pub fn best(tallies: &[Tally]) -> Option<NaiveDateTime> {
    let can = tallies.iter().filter(|tally| tally.yes + tally.if_need_be > 0);
    can.max_by_key(|tally| (tally.yes + tally.if_need_be, tally.yes, std::cmp::Reverse(tally.starts_at)))
        .map(|tally| tally.starts)
}

/// What an answer lacks: a time that is no option of the poll, by its place.
pub fn not_an_option(poll: &slot_poll::Model, fits: &[StoredFit]) -> Option<usize> {
    fits.iter().position(|fit| !poll.options.0.contains(&fit.starts))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{entities::meeting_series::LocalTimes, recurrence::zone::read_local};

    fn at(text: &str) -> NaiveDateTime {
        read_local(text).unwrap()
    }

    fn poll() -> slot_poll::Model {
        let now = "2026-11-01T00:00:00Z".parse().unwrap();
        slot_poll::Model {
            id: Uuid::from_u128(70),
            consultation_group_id: Uuid::from_u128(40),
            series_id: Uuid::from_u128(60),
            time_zone: "America/Los_Angeles".into(),
            options: LocalTimes(vec![at("2026-11-18T12:00"), at("2026-11-17T18:00"), at("2026-11-19T08:00")]),
            status: StoredPollStatus::Open,
            closes_at: "2026-11-08T00:00:00Z".parse().unwrap(),
            chosen: None,
            created_by: Uuid::from_u128(1),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn answer(fits: [Fit; 3]) -> StoredFits {
        let options = poll().options.0;
        StoredFits(options.into_iter().zip(fits).map(|(starts, fit)| StoredFit { starts, fit }).collect())
    }

    #[test]
    fn the_time_that_most_can_make_is_best() {
        use Fit::{IfNeedBe, No, Yes};
        for (answers, expected) in [
            (vec![], None),
            (vec![[No, No, No]], None),
            (vec![[Yes, No, No], [No, IfNeedBe, No], [No, Yes, No]], Some("2026-11-17T18:00")),
            (vec![[Yes, IfNeedBe, No], [Yes, Yes, No]], Some("2026-11-18T12:00")),
            // As many, as gladly: the earliest.
            (vec![[Yes, Yes, Yes]], Some("2026-11-17T18:00")),
        ] {
            let answers: Vec<_> = answers.into_iter().map(answer).collect();
            assert_eq!(best(&tally(&poll(), &answers)), expected.map(at), "{answers:?}");
        }
        let counted = tally(&poll(), &[answer([Yes, IfNeedBe, No])]);
        let counts: Vec<_> = counted.iter().map(|one| (one.yes, one.if_need_be, one.no)).collect();
        assert_eq!(counts, [(1, 0, 0), (0, 1, 0), (0, 0, 1)]);
        assert_eq!(not_an_option(&poll(), &answer([Yes, Yes, Yes]).0), None);
        assert_eq!(not_an_option(&poll(), &[StoredFit { starts: at("2026-11-20T08:00"), fit: Yes }]), Some(0));
    }

    #[test]
    fn a_poll_closes_by_itself() {
        use StoredPollStatus::{Chosen, Open, Withdrawn};
        for (stored, now, expected) in [
            (Open, "2026-11-07T23:59:59Z", PollStatus::Open),
            (Open, "2026-11-08T00:00:00Z", PollStatus::Closed),
            (Chosen, "2026-11-08T00:00:00Z", PollStatus::Chosen),
            (Withdrawn, "2026-11-01T00:00:00Z", PollStatus::Withdrawn),
        ] {
            let poll = slot_poll::Model { status: stored, ..poll() };
            assert_eq!(status_at(&poll, now.parse().unwrap()), expected, "{stored:?} {now}");
        }
    }
}
