//! Passing a role on to somebody who agrees.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Course, Planned, Refusal, Roles, by};
use crate::entities::{meeting_role::MeetingRole, role_swap::StoredSwapStatus};

/// Where a swap stands. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RoleSwapStatus)]
pub enum SwapStatus {
    /// Not answered yet.
    Asked,
    /// The role has changed hands.
    Accepted,
    Declined,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody answered before the meeting, or the one in exchange, began or was called off.
    Lapsed,
}

impl SwapStatus {
    fn refusal(self) -> Refusal {
        Refusal::WrongState(match self {
            Self::Asked => "the swap is asked",
            Self::Accepted => "the swap is accepted",
            Self::Declined => "the swap is declined",
            Self::Withdrawn => "the swap is withdrawn",
            Self::Lapsed => "the swap is lapsed",
        })
    }
}

/// Where a swap stands, when one of its meetings is over or running, or none is.
pub fn swap_status(stored: StoredSwapStatus, is_over: bool) -> SwapStatus {
    match stored {
        StoredSwapStatus::Asked if is_over => SwapStatus::Lapsed,
        StoredSwapStatus::Asked => SwapStatus::Asked,
        StoredSwapStatus::Accepted => SwapStatus::Accepted,
        StoredSwapStatus::Declined => SwapStatus::Declined,
        StoredSwapStatus::Withdrawn => SwapStatus::Withdrawn,
    }
}

/// A role that `from` has at a meeting and `with` is to take; in exchange `from` takes the same role at another.
#[derive(Clone, Copy)]
pub struct Swap<'a> {
    pub course: &'a Course,
    pub role: MeetingRole,
    pub from: Uuid,
    pub with: Uuid,
    pub meeting: &'a Planned,
    pub roles: &'a Roles,
    pub exchange: Option<(&'a Planned, &'a Roles)>,
}

/// What stands in the way of a swap.
enum Obstacle {
    /// Who is to give it away does not have the role.
    NotTheirs,
    /// Who is to take it is not there, or has said no.
    Away,
    /// Who is to take it has a role already.
    Busy,
}

impl Swap<'_> {
    fn obstacle(&self, meeting: &Planned, roles: &Roles, giver: Uuid, taker: Uuid) -> Option<Obstacle> {
        if roles.role_of(giver) != Some(self.role) {
            Some(Obstacle::NotTheirs)
        } else if !self.course.is_available(meeting, taker) {
            Some(Obstacle::Away)
        } else if roles.role_of(taker).is_some() {
            Some(Obstacle::Busy)
        } else {
            None
        }
    }

    fn at_meeting(&self) -> Option<Obstacle> {
        self.obstacle(self.meeting, self.roles, self.from, self.with)
    }

    fn in_exchange(&self) -> Option<Obstacle> {
        self.exchange.and_then(|(meeting, roles)| self.obstacle(meeting, roles, self.with, self.from))
    }
}

/// Whether the swap can be asked for.
pub fn ask(swap: &Swap) -> Result<(), Refusal> {
    if swap.meeting.has_begun {
        return Err(Refusal::WrongState("the meeting has begun"));
    }
    by(swap.roles.role_of(swap.from) == Some(swap.role), "only who has the role may pass it on")?;
    let with = |code, detail| Err(Refusal::invalid("/with_membership_id", code, detail));
    if swap.with == swap.from {
        return with("own_membership", "must be somebody else");
    }
    if !swap.course.members.iter().any(|member| member.id == swap.with) {
        return with("not_a_member", "must be the id of a membership of this group");
    }
    match swap.at_meeting() {
        Some(Obstacle::Busy) => return with("has_a_role", "must be somebody who has no role at this meeting"),
        Some(_) => return with("not_available", "must be an active member who has not said no to this meeting"),
        None => {}
    }
    let exchange = |code, detail| Err(Refusal::invalid("/in_exchange_for_meeting_id", code, detail));
    match swap.exchange {
        Some((other, _)) if other.has_begun || other.meeting_id == swap.meeting.meeting_id => {
            return Err(no_exchange());
        }
        _ => {}
    }
    match swap.in_exchange() {
        Some(Obstacle::NotTheirs) => exchange("not_their_turn", "must be a meeting at which they have the same role"),
        Some(Obstacle::Away) => exchange("not_available", "must be a meeting that you come to"),
        Some(Obstacle::Busy) => exchange("has_a_role", "must be a meeting at which you have no role"),
        None => Ok(()),
    }
}

/// The refusal of an exchange for what is no meeting to come of the group.
pub fn no_exchange() -> Refusal {
    let detail = "must be another meeting of this group that is to come";
    Refusal::invalid("/in_exchange_for_meeting_id", "unknown_meeting", detail)
}

/// Whether the swap can be made: nothing has changed hands since it was asked for. `caller` is the membership of
/// whoever says so.
pub fn accept(swap: &Swap, status: SwapStatus, caller: Uuid) -> Result<(), Refusal> {
    answer(status, caller == swap.with)?;
    match [swap.at_meeting(), swap.in_exchange()].into_iter().flatten().next() {
        None => Ok(()),
        Some(Obstacle::NotTheirs) => Err(Refusal::WrongState("the role has changed hands meanwhile")),
        Some(Obstacle::Away) => Err(Refusal::WrongState("who would take the role cannot come")),
        Some(Obstacle::Busy) => Err(Refusal::WrongState("who would take the role has one already")),
    }
}

/// Whether a swap can still be answered, or taken back, by whoever is asked, or asks.
pub fn answer(status: SwapStatus, is_theirs: bool) -> Result<(), Refusal> {
    by(is_theirs, "whoever is asked accepts or declines, and whoever asks withdraws")?;
    match status {
        SwapStatus::Asked => Ok(()),
        status => Err(status.refusal()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rotation::rules::samples::{ANA, BEN, CHI, DEE, course};

    fn code(outcome: Result<(), Refusal>) -> &'static str {
        match outcome {
            Ok(()) => "fine",
            Err(Refusal::Invalid { code, .. }) => code,
            Err(Refusal::NotAllowed(_)) => "not allowed",
            Err(Refusal::WrongState(state)) => state,
        }
    }

    fn swap<'a>(
        course: &'a Course,
        forecast: &'a [Roles],
        from: Uuid,
        with: Uuid,
        exchange: Option<usize>,
    ) -> Swap<'a> {
        let at = |number: usize| (&course.meetings[number], &forecast[number]);
        let ((meeting, roles), exchange) = (at(0), exchange.map(at));
        Swap { course, role: MeetingRole::Facilitator, from, with, meeting, roles, exchange }
    }

    #[test]
    fn only_who_has_the_role_passes_it_on_to_somebody_who_is_free() {
        // ana leads, then dee, then chi.
        let mut course = course();
        course.meetings[0].declined = HashSet::from([BEN]);
        course.meetings[2].declined = HashSet::from([ANA]);
        let forecast = course.forecast();
        for (from, with, exchange, expected) in [
            (ANA, DEE, None, "fine"),
            (ANA, DEE, Some(1), "fine"),
            (DEE, CHI, None, "not allowed"),
            (ANA, ANA, None, "own_membership"),
            (ANA, BEN, None, "not_available"),
            (ANA, Uuid::from_u128(9), None, "not_a_member"),
            (ANA, CHI, Some(1), "not_their_turn"),
            (ANA, DEE, Some(0), "unknown_meeting"),
            (ANA, CHI, Some(2), "not_available"),
        ] {
            let found = code(ask(&swap(&course, &forecast, from, with, exchange)));
            assert_eq!(found, expected, "{from} {with} {exchange:?}");
        }
        course.meetings[0].has_begun = true;
        assert_eq!(code(ask(&swap(&course, &forecast, ANA, DEE, None))), "the meeting has begun");
    }

    #[test]
    fn it_is_accepted_by_whoever_is_asked_while_nothing_has_changed_hands() {
        let mut course = course();
        let forecast = course.forecast();
        let asked = swap(&course, &forecast, ANA, DEE, Some(1));
        for (status, caller, expected) in [
            (SwapStatus::Asked, DEE, "fine"),
            (SwapStatus::Asked, ANA, "not allowed"),
            (SwapStatus::Declined, DEE, "the swap is declined"),
            (SwapStatus::Lapsed, DEE, "the swap is lapsed"),
            (SwapStatus::Accepted, DEE, "the swap is accepted"),
        ] {
            assert_eq!(code(accept(&asked, status, caller)), expected, "{status:?} {caller}");
        }
        // dee has said no to the second: chi leads it.
        course.meetings[1].declined = HashSet::from([DEE]);
        let forecast = course.forecast();
        let asked = swap(&course, &forecast, ANA, DEE, Some(1));
        assert_eq!(code(accept(&asked, SwapStatus::Asked, DEE)), "the role has changed hands meanwhile");
        // dee has said no to the first.
        course.meetings[0].declined = HashSet::from([DEE]);
        let forecast = course.forecast();
        let asked = swap(&course, &forecast, ANA, DEE, None);
        assert_eq!(code(accept(&asked, SwapStatus::Asked, DEE)), "who would take the role cannot come");
    }

    #[test]
    fn what_nobody_answered_in_time_has_lapsed() {
        use StoredSwapStatus::{Accepted, Asked, Declined, Withdrawn};
        for (stored, over, expected) in [
            (Asked, false, SwapStatus::Asked),
            (Asked, true, SwapStatus::Lapsed),
            (Accepted, true, SwapStatus::Accepted),
            (Declined, true, SwapStatus::Declined),
            (Withdrawn, false, SwapStatus::Withdrawn),
        ] {
            assert_eq!(swap_status(stored, over), expected);
        }
    }
}
