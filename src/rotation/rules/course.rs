//! How the roles of a group go on from meeting to meeting.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asked, Lasts, Turn, facilitator, in_order};
use crate::entities::{
    meeting_role::{MeetingRole, RoleSource},
    membership::{self, MembershipStatus},
};

/// What the roles of a meeting rest on. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RolesBasis)]
pub enum Basis {
    /// The meeting has begun: they stay as they are.
    Fact,
    /// What the rotation says now. It changes when members answer, leave, come, or swap.
    Forecast,
    /// The meeting lies too far ahead: what was agreed on, and nothing else.
    Agreed,
    /// The meeting was called off, or nobody recorded it: nobody has a role.
    CalledOff,
}

/// Somebody who has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub membership_id: Uuid,
    pub role: MeetingRole,
    pub source: RoleSource,
}

/// A meeting that is to come, or has begun and is not recorded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub meeting_id: Uuid,
    pub starts_at: DateTime<Utc>,
    pub has_begun: bool,
    /// Its roles have been written down.
    pub is_fact: bool,
    /// Too far ahead to foresee.
    pub is_far: bool,
    /// How many can present.
    pub slots: usize,
    /// What was agreed on or has come to pass.
    pub kept: Vec<Holder>,
    /// Who said that they will not come.
    pub declined: HashSet<Uuid>,
    /// Who has passed a role of theirs on.
    pub passed: HashSet<(MeetingRole, Uuid)>,
}

/// Who has which role at a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    pub meeting_id: Uuid,
    pub basis: Basis,
    pub facilitator: Option<Holder>,
    pub presenters: Vec<Holder>,
}

impl Roles {
    /// Everybody who has one.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.facilitator.iter().chain(&self.presenters)
    }

    pub fn role_of(&self, membership_id: Uuid) -> Option<MeetingRole> {
        self.holders().find(|holder| holder.membership_id == membership_id).map(|holder| holder.role)
    }

    /// Those that were written down for a meeting.
    pub fn written(meeting_id: Uuid, basis: Basis, kept: &[Holder]) -> Self {
        let of = |role| kept.iter().copied().filter(move |holder| holder.role == role);
        let facilitator = of(MeetingRole::Facilitator).next();
        Self { meeting_id, basis, facilitator, presenters: of(MeetingRole::Presenter).collect() }
    }
}

/// All that the rotation of a group rests on.
#[derive(Clone, Debug)]
pub struct Course {
    /// Those who have a place, present or not.
    pub members: Vec<membership::Model>,
    pub lasts: HashMap<Uuid, Lasts>,
    pub queue: Vec<Asked>,
    /// The earliest first.
    pub meetings: Vec<Planned>,
    pub now: DateTime<Utc>,
}

impl Course {
    /// Whether a member can take a role at a meeting: there then, in good standing now, and not saying no.
    pub fn is_available(&self, meeting: &Planned, membership_id: Uuid) -> bool {
        let member = self.members.iter().find(|member| member.id == membership_id);
        member.is_some_and(|member| self.comes(meeting, member))
    }

    fn comes(&self, meeting: &Planned, member: &membership::Model) -> bool {
        let then = meeting.starts_at.max(self.now);
        member.status_at(then) == MembershipStatus::Active
            && !member.is_overdue(self.now)
            && !meeting.declined.contains(&member.id)
    }

    /// The roles of each meeting, as if those before it went as foreseen.
    pub fn forecast(&self) -> Vec<Roles> {
        let (mut lasts, mut queue) = (self.lasts.clone(), self.queue.clone());
        let mut all = Vec::new();
        for meeting in &self.meetings {
            let roles = self.roles_at(meeting, &lasts, &queue);
            for holder in roles.holders() {
                let last = lasts.entry(holder.membership_id).or_default();
                match holder.role {
                    MeetingRole::Facilitator => last.facilitated_at = last.facilitated_at.max(Some(meeting.starts_at)),
                    MeetingRole::Presenter => last.presented_at = last.presented_at.max(Some(meeting.starts_at)),
                }
            }
            let presents = |asked: &Asked| roles.presenters.iter().any(|one| one.membership_id == asked.membership_id);
            queue.retain(|asked| !presents(asked));
            all.push(roles);
        }
        all
    }

    /// Those who present are chosen first, so that whoever leads is none of them.
    fn roles_at(&self, meeting: &Planned, lasts: &HashMap<Uuid, Lasts>, queue: &[Asked]) -> Roles {
        if meeting.is_fact {
            return Roles::written(meeting.meeting_id, Basis::Fact, &meeting.kept);
        }
        // What was agreed with somebody who cannot come after all no longer holds.
        let kept: Vec<_> =
            meeting.kept.iter().copied().filter(|holder| self.is_available(meeting, holder.membership_id)).collect();
        let basis = if meeting.has_begun { Basis::Fact } else { Basis::Forecast };
        let mut roles = Roles::written(meeting.meeting_id, basis, &kept);
        if meeting.is_far {
            return Roles { basis: Basis::Agreed, ..roles };
        }
        let last = |id| lasts.get(&id).copied().unwrap_or_default();
        let by_rotation = |membership_id, role| Holder { membership_id, role, source: RoleSource::Rotation };
        for asked in in_order(queue, |id| last(id).presented_at) {
            let id = asked.membership_id;
            let free = roles.role_of(id).is_none() && !meeting.passed.contains(&(MeetingRole::Presenter, id));
            if roles.presenters.len() < meeting.slots && free && self.is_available(meeting, id) {
                roles.presenters.push(by_rotation(id, MeetingRole::Presenter));
            }
        }
        if roles.facilitator.is_none() {
            let may_lead = |member: &&membership::Model| {
                let passed = meeting.passed.contains(&(MeetingRole::Facilitator, member.id));
                self.comes(meeting, member) && !passed && roles.role_of(member.id).is_none()
            };
            let turns = self.members.iter().filter(may_lead).map(|member| Turn {
                membership_id: member.id,
                joined_at: member.joined_at.unwrap_or(member.requested_at),
                facilitated_at: last(member.id).facilitated_at,
            });
            roles.facilitator = facilitator(turns).map(|id| by_rotation(id, MeetingRole::Facilitator));
        }
        roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::rules::samples::{ANA, BEN, CHI, DEE, at, course, seat};

    /// Who leads and who presents at each meeting.
    fn shown(course: &Course) -> Vec<(Option<Uuid>, Vec<Uuid>)> {
        let ids = |roles: &Roles| roles.presenters.iter().map(|holder| holder.membership_id).collect();
        let leads = |roles: &Roles| roles.facilitator.map(|holder| holder.membership_id);
        course.forecast().iter().map(|roles| (leads(roles), ids(roles))).collect()
    }

    fn leaders(course: &Course) -> Vec<Uuid> {
        shown(course).into_iter().filter_map(|(leader, _)| leader).collect()
    }

    fn asks(id: Uuid, urgent: bool) -> Asked {
        Asked { request_id: id, membership_id: id, urgent, asked_at: at("2026-06-10") }
    }

    #[test]
    fn each_meeting_is_foreseen_as_if_those_before_went_so() {
        assert_eq!(leaders(&course()), [ANA, DEE, CHI]);
        // ana presents first, so that dee leads; at the second ana leads.
        let mut presenting = course();
        presenting.queue = vec![asks(ANA, false)];
        assert_eq!(shown(&presenting), [(Some(DEE), vec![ANA]), (Some(ANA), vec![]), (Some(CHI), vec![])]);
        // Both who never led are out.
        let mut out = course();
        out.meetings[0].declined = HashSet::from([ANA, DEE]);
        assert_eq!(leaders(&out), [CHI, ANA, DEE]);
    }

    #[test]
    fn the_queue_moves_on_from_meeting_to_meeting() {
        let mut course = course();
        course.queue = vec![asks(BEN, false), asks(CHI, false), asks(DEE, true)];
        assert_eq!(shown(&course), [(Some(ANA), vec![DEE]), (Some(DEE), vec![BEN]), (Some(BEN), vec![CHI])]);
        course.meetings[0].slots = 2;
        assert_eq!(shown(&course)[0], (Some(ANA), vec![DEE, BEN]));
        // A round: everybody has a turn.
        course.meetings.iter_mut().for_each(|meeting| meeting.slots = 0);
        assert!(shown(&course).iter().all(|(_, presenters)| presenters.is_empty()));
        // All four present at once, and nobody is left to lead.
        course.meetings[0].slots = 9;
        course.queue.push(asks(ANA, false));
        assert_eq!(shown(&course)[0].0, None);
    }

    #[test]
    fn who_is_away_then_or_barred_now_has_no_role() {
        use MembershipStatus::{Ended, OnLeave, Suspended};
        let on = |status, until: &str| {
            let mut course = course();
            let until = Some(until.parse().unwrap());
            let ana =
                membership::Model { status, leave_until: until, suspended_until: until, ..seat(ANA, "2026-01-05") };
            course.members[1] = ana;
            course
        };
        // Meetings are on 06-21, 06-28 and 07-05.
        assert_eq!(leaders(&on(OnLeave, "2026-06-20")), [ANA, DEE, CHI], "back by then");
        assert_eq!(leaders(&on(OnLeave, "2026-06-21")), [DEE, ANA, CHI]);
        assert_eq!(leaders(&on(Suspended, "2026-12-01")), [DEE, CHI, BEN]);
        assert_eq!(leaders(&on(Ended, "2026-06-20")), [DEE, CHI, BEN]);
        let mut overdue = course();
        overdue.members[1].signature_due_at = Some(at("2026-06-20"));
        assert_eq!(leaders(&overdue), [DEE, CHI, BEN], "has not signed in time");
        overdue.members[1].signature_due_at = Some(at("2026-06-25"));
        assert_eq!(leaders(&overdue), [ANA, DEE, CHI], "has time to sign");
    }

    #[test]
    fn what_was_agreed_holds_unless_they_cannot_come() {
        let holder = |membership_id, role| Holder { membership_id, role, source: RoleSource::Swap };
        let mut course = course();
        course.meetings[0].kept = vec![holder(BEN, MeetingRole::Facilitator)];
        assert_eq!(leaders(&course), [BEN, ANA, DEE]);
        course.queue = vec![asks(BEN, true)];
        assert_eq!(shown(&course)[0], (Some(BEN), vec![]), "who leads does not present");
        course.meetings[0].declined = HashSet::from([BEN]);
        assert_eq!(leaders(&course)[0], ANA);
        course.meetings[0].passed = HashSet::from([(MeetingRole::Facilitator, ANA)]);
        assert_eq!(leaders(&course)[..2], [DEE, ANA], "who passed it on does not get it back");
        // A slot that was passed on is taken; the other goes by the queue, and not to whoever passed.
        let mut course = super::super::samples::course();
        course.queue = vec![asks(ANA, true), asks(CHI, false)];
        course.meetings[0].slots = 2;
        course.meetings[0].kept = vec![holder(DEE, MeetingRole::Presenter)];
        course.meetings[0].passed = HashSet::from([(MeetingRole::Presenter, ANA)]);
        assert_eq!(shown(&course)[..2], [(Some(ANA), vec![DEE, CHI]), (Some(DEE), vec![ANA])]);
    }

    #[test]
    fn what_came_to_pass_stays_and_what_is_far_is_open() {
        let holder = |membership_id, role| Holder { membership_id, role, source: RoleSource::Rotation };
        let mut course = course();
        course.queue = vec![asks(CHI, false)];
        course.meetings[0].is_fact = true;
        course.meetings[0].kept = vec![holder(BEN, MeetingRole::Facilitator), holder(CHI, MeetingRole::Presenter)];
        course.meetings[0].declined = HashSet::from([BEN, CHI]);
        course.meetings[2].is_far = true;
        course.meetings[2].kept = vec![holder(CHI, MeetingRole::Facilitator)];
        assert_eq!(shown(&course), [(Some(BEN), vec![CHI]), (Some(ANA), vec![]), (Some(CHI), vec![])]);
        let bases: Vec<_> = course.forecast().iter().map(|roles| roles.basis).collect();
        assert_eq!(bases, [Basis::Fact, Basis::Forecast, Basis::Agreed]);
        course.meetings[2].kept.clear();
        assert_eq!(shown(&course)[2], (None, vec![]));
    }
}
