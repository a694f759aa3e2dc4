//! Who leads by appointment, or because they put themselves forward.

use uuid::Uuid;

use super::{Course, Planned, Refusal, Roles, by};
use crate::entities::meeting_role::{MeetingRole, RoleSource};

/// What an appointment rests on.
#[derive(Clone, Copy)]
pub struct Appointment<'a> {
    pub course: &'a Course,
    pub meeting: &'a Planned,
    pub roles: &'a Roles,
    /// The membership of whoever asks.
    pub own: Uuid,
    /// They lead the group, as a facilitator or an owner.
    pub leads_group: bool,
}

/// How `membership_id` comes to lead. Those who lead the group name anybody; any member may put themselves forward
/// where nobody would lead.
pub fn appoint(case: &Appointment, membership_id: Uuid) -> Result<RoleSource, Refusal> {
    let own = membership_id == case.own;
    let may = case.leads_group || own && case.roles.facilitator.is_none();
    by(may, "a facilitator or an owner may do this, or a member who would lead where nobody does")?;
    let refuse = |code, detail| Err(Refusal::invalid("/membership_id", code, detail));
    if !case.course.members.iter().any(|member| member.id == membership_id) {
        return refuse("not_a_member", "must be the id of a membership of this group");
    }
    if !case.course.is_available(case.meeting, membership_id) {
        return refuse("not_available", "must be an active member who has not said no to this meeting");
    }
    if case.roles.role_of(membership_id) == Some(MeetingRole::Presenter) {
        return refuse("presents", "must be somebody who does not present at this meeting");
    }
    Ok(if own { RoleSource::Volunteered } else { RoleSource::Appointed })
}

/// Whether whoever leads by appointment, or put themselves forward, can be left to the rotation again.
pub fn may_return_to_rotation(case: &Appointment) -> Result<(), Refusal> {
    let holder = case.meeting.kept.iter().find(|holder| holder.role == MeetingRole::Facilitator);
    let own = holder.is_some_and(|holder| holder.membership_id == case.own && holder.source == RoleSource::Volunteered);
    by(case.leads_group || own, "a facilitator or an owner may do this, or a member who put themselves forward")?;
    match case.meeting.has_begun {
        true => Err(Refusal::WrongState("the meeting has begun, and whoever leads it does")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rotation::rules::{
        Asked, Holder,
        samples::{ANA, BEN, CHI, DEE, at, course},
    };

    #[test]
    fn who_may_have_somebody_lead() {
        use RoleSource::{Appointed, Volunteered};
        let mut course = course();
        course.queue = vec![Asked { request_id: ANA, membership_id: ANA, urgent: false, asked_at: at("2026-06-10") }];
        course.meetings[0].declined = HashSet::from([CHI]);
        let tried = |course: &Course, own, leads_group, whom| {
            let (meeting, forecast) = (&course.meetings[0], course.forecast());
            let outcome = appoint(&Appointment { course, meeting, roles: &forecast[0], own, leads_group }, whom);
            outcome.map_err(|refusal| match refusal {
                Refusal::Invalid { code, .. } => code,
                Refusal::NotAllowed(_) => "not allowed",
                Refusal::WrongState(_) => "wrong state",
            })
        };
        for (own, leads, whom, expected) in [
            (BEN, true, DEE, Ok(Appointed)),
            (BEN, true, BEN, Ok(Volunteered)),
            (BEN, true, ANA, Err("presents")),
            (BEN, true, CHI, Err("not_available")),
            (BEN, true, Uuid::from_u128(9), Err("not_a_member")),
            (BEN, false, BEN, Err("not allowed")),
            (BEN, false, DEE, Err("not allowed")),
        ] {
            assert_eq!(tried(&course, own, leads, whom), expected, "{own} {leads} {whom}");
        }
        // Nobody is left to lead but somebody who had passed it on.
        course.meetings[0].declined = HashSet::from([CHI, DEE]);
        course.meetings[0].passed = HashSet::from([(MeetingRole::Facilitator, BEN)]);
        assert_eq!(tried(&course, BEN, false, BEN), Ok(Volunteered));
        assert_eq!(tried(&course, ANA, false, BEN), Err("not allowed"));
    }

    #[test]
    fn who_may_leave_it_to_the_rotation_again() {
        let mut course = course();
        let holder = |source| Holder { membership_id: BEN, role: MeetingRole::Facilitator, source };
        for (source, own, leads_group, begun, expected) in [
            (RoleSource::Appointed, ANA, true, false, Ok(())),
            (RoleSource::Appointed, BEN, false, false, Err(false)),
            (RoleSource::Volunteered, BEN, false, false, Ok(())),
            (RoleSource::Volunteered, ANA, false, false, Err(false)),
            (RoleSource::Appointed, ANA, true, true, Err(true)),
        ] {
            course.meetings[0].kept = vec![holder(source)];
            course.meetings[0].has_begun = begun;
            let forecast = course.forecast();
            let case =
                Appointment { course: &course, meeting: &course.meetings[0], roles: &forecast[0], own, leads_group };
            let outcome = may_return_to_rotation(&case).map_err(|it| matches!(it, Refusal::WrongState(_)));
            assert_eq!(outcome, expected, "{source:?} {own} {leads_group} {begun}");
        }
    }
}
