//! How a membership begins when somebody asks for it.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::{
    Case, Next, Place, Refusal,
    terms::{is_plausible, term_from},
};
use crate::{
    entities::{
        membership::{self, EndReason, MembershipRole, MembershipStatus},
        membership_type,
        organization::{self, JoinPolicy},
    },
    organizations::rules::is_joinable,
};

/// Days in which a declined request cannot be repeated.
const COOLDOWN: TimeDelta = TimeDelta::days(30);

/// What the applicant says.
#[derive(Clone, Debug, Default)]
pub struct Application {
    pub category: Option<String>,
    pub member_number: Option<String>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub note: Option<String>,
}

/// Joins, or asks to. `membership` of the case is blank; `latest` the newest one that the account had here.
pub fn join(case: &Case, latest: Option<&membership::Model>, application: Application) -> Result<Next, Refusal> {
    let Place::Organization { organization, terms, .. } = case.place else { return Err(Refusal::NotJoinable) };
    takes_members(organization)?;
    may_ask(case, latest)?;
    let policy = organization.join_policy;
    if policy == JoinPolicy::Invitation {
        return Err(Refusal::InvitationOnly);
    }
    let mut next = case.membership.clone();
    if policy == JoinPolicy::SelfReported {
        next.category = application.category;
        next.member_number = application.member_number;
        next.starts_on = application.starts_on;
        next.ends_on = application.ends_on;
        check_dates(&next)?;
    } else {
        let stated = [
            ("/category", application.category.is_some()),
            ("/member_number", application.member_number.is_some()),
            ("/starts_on", application.starts_on.is_some()),
            ("/ends_on", application.ends_on.is_some()),
        ];
        let stated: Vec<_> = stated.iter().filter(|(_, given)| *given).map(|(pointer, _)| *pointer).collect();
        if !stated.is_empty() {
            return Err(Refusal::MembersNotAllowed(stated));
        }
    }
    next.request_note = application.note;
    next.requested_at = case.now;
    next.status = MembershipStatus::Requested;
    if policy == JoinPolicy::Approval {
        return Ok(Next { membership: next, action: "membership.request", reason_code: None });
    }
    next.status = MembershipStatus::Active;
    next.joined_at = Some(case.now);
    begin_term(&mut next, terms, case.today())?;
    Ok(Next { membership: next, action: "membership.join", reason_code: None })
}

/// Whether anybody can become a member now, by asking or by invitation.
pub fn takes_members(organization: &organization::Model) -> Result<(), Refusal> {
    match is_joinable(organization.status, organization.kind, organization.accepts_memberships) {
        true => Ok(()),
        false => Err(Refusal::NotJoinable),
    }
}

/// Admits somebody who was invited: `membership` of the case is what they have asked for, or blank. An invitation
/// stands above the join policy and the cooldown.
pub fn invited(case: &Case, role: MembershipRole, inviter: Uuid) -> Result<Next, Refusal> {
    let Place::Organization { organization, terms, .. } = case.place else { return Err(Refusal::NotJoinable) };
    takes_members(organization)?;
    if case.membership.status != MembershipStatus::Requested {
        return Err(Refusal::AlreadyMember);
    }
    let mut next = membership::Model {
        status: MembershipStatus::Active,
        role,
        joined_at: Some(case.now),
        decided_by: Some(inviter),
        ..case.membership.clone()
    };
    begin_term(&mut next, terms, case.today())?;
    Ok(Next { membership: next, action: "membership.join", reason_code: Some("invited") })
}

/// Gives a membership whose end nobody stated the term of its type.
pub(super) fn begin_term(
    membership: &mut membership::Model,
    terms: Option<&membership_type::Model>,
    today: NaiveDate,
) -> Result<(), Refusal> {
    if let Some(terms) = terms.filter(|_| membership.ends_on.is_none()) {
        let term = term_from(terms, membership.starts_on.unwrap_or(today)).ok_or(TOO_LONG)?;
        membership.starts_on = term.starts_on;
        membership.ends_on = term.ends_on;
    }
    Ok(())
}

/// The refusal of a term that would never end.
pub(super) const TOO_LONG: Refusal = Refusal::Impossible("the term would end after the year 2199");

/// The dates can be meant, and are in order.
pub(super) fn check_dates(membership: &membership::Model) -> Result<(), Refusal> {
    let invalid =
        |pointer, detail: &str| Err(Refusal::Invalid { pointer, code: "out_of_range", detail: detail.into() });
    for (pointer, date) in [("/starts_on", membership.starts_on), ("/ends_on", membership.ends_on)] {
        if date.is_some_and(|date| !is_plausible(date)) {
            return invalid(pointer, "must be in the years 1900 to 2199");
        }
    }
    match (membership.starts_on, membership.ends_on) {
        (Some(start), Some(end)) if end < start => invalid("/ends_on", "must not be before starts_on"),
        _ => Ok(()),
    }
}

/// Whether an account whose newest membership here is `latest` may ask for another: not while that one is open, nor soon
/// after it was declined.
pub(super) fn may_ask(case: &Case, latest: Option<&membership::Model>) -> Result<(), Refusal> {
    let Some(latest) = latest else { return Ok(()) };
    if latest.status_at(case.now) != MembershipStatus::Ended {
        return Err(Refusal::AlreadyMember);
    }
    let declined = latest.ended_at.filter(|_| latest.end_reason == Some(EndReason::Declined));
    match declined.map(|declined_at| declined_at + COOLDOWN) {
        Some(over_at) if case.now < over_at => Err(Refusal::CooldownRunning(over_at.date_naive())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entities::{
            membership_type::DurationUnit,
            organization::{OrganizationKind, OrganizationStatus},
        },
        memberships::rules::samples::{membership, now, organization, terms},
        organizations::rules::Standing,
    };

    fn apply(
        organization: &organization::Model,
        latest: Option<&membership::Model>,
        application: Application,
    ) -> Result<Next, Refusal> {
        let blank = membership::Model { status: MembershipStatus::Requested, joined_at: None, ..membership() };
        let year = terms(DurationUnit::Years, Some(1));
        let actor = Standing { account_id: Some(blank.account_id), ..Standing::default() };
        let case = Case {
            membership: &blank,
            place: Place::Organization { terms: Some(&year), organization, standing: &actor },
            another_owner: false,
            now: now(),
        };
        join(&case, latest, application)
    }

    #[test]
    fn the_policy_decides_how_a_membership_begins() {
        for (policy, expected) in [
            (JoinPolicy::SelfReported, Ok(MembershipStatus::Active)),
            (JoinPolicy::Open, Ok(MembershipStatus::Active)),
            (JoinPolicy::Approval, Ok(MembershipStatus::Requested)),
            (JoinPolicy::Invitation, Err(Refusal::InvitationOnly)),
        ] {
            let next = apply(&organization(policy), None, Application::default());
            assert_eq!(next.clone().map(|next| next.membership.status), expected, "{policy:?}");
            if let Ok(next) = next {
                let is_active = next.membership.status.holds_place();
                assert_eq!(next.membership.joined_at.is_some(), is_active);
                assert_eq!(next.membership.starts_on, is_active.then(|| now().date_naive()), "{policy:?}");
            }
        }
    }

    #[test]
    fn own_dates_are_for_self_reported_memberships() {
        let stated = Application {
            category: Some("associate".into()),
            starts_on: "2020-01-01".parse().ok(),
            ends_on: "2026-12-31".parse().ok(),
            ..Application::default()
        };
        let next = apply(&organization(JoinPolicy::SelfReported), None, stated.clone()).unwrap().membership;
        assert_eq!((next.category, next.starts_on), (stated.category.clone(), stated.starts_on));
        let refused = apply(&organization(JoinPolicy::Open), None, stated.clone());
        assert_eq!(refused, Err(Refusal::MembersNotAllowed(vec!["/category", "/starts_on", "/ends_on"])));
        let backwards = Application { ends_on: "2019-12-31".parse().ok(), ..stated.clone() };
        let refused = apply(&organization(JoinPolicy::SelfReported), None, backwards);
        assert!(matches!(refused, Err(Refusal::Invalid { pointer: "/ends_on", .. })), "{refused:?}");
        let antique = Application { starts_on: "1899-12-31".parse().ok(), ..stated };
        let refused = apply(&organization(JoinPolicy::SelfReported), None, antique);
        assert!(matches!(refused, Err(Refusal::Invalid { pointer: "/starts_on", .. })), "{refused:?}");
    }

    #[test]
    fn what_stands_in_the_way_of_joining() {
        let open = organization(JoinPolicy::Open);
        let ended = |reason, days_ago| membership::Model {
            status: MembershipStatus::Ended,
            end_reason: Some(reason),
            ended_at: Some(now() - TimeDelta::days(days_ago)),
            ..membership()
        };
        let cooldown = Err(Refusal::CooldownRunning("2026-06-16".parse().unwrap()));
        for (latest, expected) in [
            (membership(), Err(Refusal::AlreadyMember)),
            (membership::Model { status: MembershipStatus::Requested, ..membership() }, Err(Refusal::AlreadyMember)),
            (membership::Model { status: MembershipStatus::Suspended, ..membership() }, Err(Refusal::AlreadyMember)),
            (ended(EndReason::Declined, 29), cooldown),
            (ended(EndReason::Declined, 30), Ok(MembershipStatus::Active)),
            (ended(EndReason::Left, 0), Ok(MembershipStatus::Active)),
            (ended(EndReason::Withdrawn, 0), Ok(MembershipStatus::Active)),
        ] {
            let next = apply(&open, Some(&latest), Application::default());
            assert_eq!(next.map(|next| next.membership.status), expected, "{latest:?}");
        }
        for closed in [
            organization::Model { accepts_memberships: false, ..open.clone() },
            organization::Model { kind: OrganizationKind::GovernmentAgency, ..open.clone() },
            organization::Model { kind: OrganizationKind::Directory, ..open.clone() },
            organization::Model { status: OrganizationStatus::Proposed, ..open.clone() },
            organization::Model { status: OrganizationStatus::Archived, ..open.clone() },
        ] {
            assert_eq!(apply(&closed, None, Application::default()), Err(Refusal::NotJoinable), "{closed:?}");
        }
    }

    #[test]
    fn an_invitation_opens_what_the_policy_keeps_closed() {
        let organization = organization(JoinPolicy::Invitation);
        let inviter = Uuid::from_u128(9);
        for (status, admitted) in [
            (MembershipStatus::Requested, true),
            (MembershipStatus::Active, false),
            (MembershipStatus::OnLeave, false),
            (MembershipStatus::Suspended, false),
        ] {
            let held = membership::Model { status, joined_at: None, ..membership() };
            let actor = Standing { account_id: Some(held.account_id), ..Standing::default() };
            let case = Case {
                membership: &held,
                place: Place::Organization { terms: None, organization: &organization, standing: &actor },
                another_owner: false,
                now: now(),
            };
            match invited(&case, MembershipRole::Steward, inviter) {
                Ok(Next { membership: next, .. }) => {
                    assert!(admitted, "{status:?}");
                    assert_eq!((next.status, next.role), (MembershipStatus::Active, MembershipRole::Steward));
                    assert_eq!((next.joined_at, next.decided_by), (Some(now()), Some(inviter)));
                }
                Err(refusal) => assert!(!admitted && refusal == Refusal::AlreadyMember, "{status:?}: {refusal:?}"),
            }
        }
    }
}
