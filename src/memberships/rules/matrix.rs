//! Who × transition, and state × transition, as tables.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::{
    samples::{membership, now, organization, reason, terms},
    *,
};
use crate::{
    entities::{
        membership::{EndReason, MembershipRole, Verification},
        membership_type::DurationUnit,
        organization::{JoinPolicy, OrganizationStatus},
    },
    organizations::rules::Standing,
};

type Transition = fn(&Case) -> Result<Next, Refusal>;

fn in_days(days: i64) -> NaiveDate {
    now().date_naive() + TimeDelta::days(days)
}

/// Every transition with the status that it starts from.
const TRANSITIONS: [(&str, MembershipStatus, Transition); 12] = [
    ("approve", MembershipStatus::Requested, approve),
    ("decline", MembershipStatus::Requested, |case| decline(case, reason())),
    ("withdraw", MembershipStatus::Requested, withdraw),
    ("start-leave", MembershipStatus::Active, |case| start_leave(case, in_days(180))),
    ("end-leave", MembershipStatus::OnLeave, end_leave),
    ("suspend", MembershipStatus::Active, |case| suspend(case, in_days(14), reason())),
    ("reinstate", MembershipStatus::Suspended, reinstate),
    ("leave", MembershipStatus::Active, |case| leave(case, None).map(|(next, _)| next)),
    ("remove", MembershipStatus::Active, |case| remove(case, reason())),
    ("confirm", MembershipStatus::Active, |case| confirm(case, Verification::Confirmed)),
    ("renew", MembershipStatus::Active, renew),
    ("role", MembershipStatus::Active, |case| {
        amend(case, Changes { role: Some(MembershipRole::Steward), ..Changes::default() })
    }),
];

fn transition(name: &str) -> (MembershipStatus, Transition) {
    let found = TRANSITIONS.iter().find(|(known, ..)| *known == name).unwrap();
    (found.1, found.2)
}

/// Runs a transition on `held`, in an organization where others own too.
fn run(
    held: &membership::Model,
    policy: JoinPolicy,
    actor: &Standing,
    transition: Transition,
) -> Result<Next, Refusal> {
    let (year, organization) = (terms(DurationUnit::Years, Some(1)), organization(policy));
    transition(&Case {
        membership: held,
        place: Place::Organization { terms: Some(&year), organization: &organization, standing: actor },
        another_owner: true,
        now: now(),
    })
}

/// What `who` is, seen from a membership with this role.
fn actor(who: &str, own_role: MembershipRole) -> Standing {
    let other = |role| Standing { account_id: Some(Uuid::from_u128(2)), role, ..Standing::default() };
    match who {
        "anonymous" => Standing::default(),
        "stranger" => other(None),
        "member" => other(Some(MembershipRole::Member)),
        "steward" => other(Some(MembershipRole::Steward)),
        "owner" => other(Some(MembershipRole::Owner)),
        "moderator" => Standing { moderates: true, ..other(None) },
        "admin" => Standing { moderates: true, administers: true, ..other(None) },
        "self" => Standing { account_id: Some(membership().account_id), role: Some(own_role), ..Standing::default() },
        _ => panic!("{who}"),
    }
}

#[test]
fn who_may_ask_for_which_transition() {
    use MembershipRole::{Member, Owner, Steward};
    const EVERYBODY: [&str; 8] = ["anonymous", "stranger", "member", "steward", "owner", "moderator", "admin", "self"];
    const ROSTER: &[&str] = &["steward", "owner", "moderator", "admin"];
    const OWNERS: &[&str] = &["owner", "moderator", "admin"];
    const SELF: &[&str] = &["self"];
    // transition, whose membership, who may
    for (name, role, allowed) in [
        ("approve", Member, ROSTER),
        ("decline", Member, ROSTER),
        ("withdraw", Member, SELF),
        ("start-leave", Member, SELF),
        ("start-leave", Owner, SELF),
        ("end-leave", Member, SELF),
        ("end-leave", Owner, SELF),
        ("suspend", Member, ROSTER),
        ("suspend", Steward, ROSTER),
        ("suspend", Owner, OWNERS),
        ("reinstate", Member, ROSTER),
        ("reinstate", Owner, OWNERS),
        ("leave", Member, SELF),
        ("leave", Owner, SELF),
        ("remove", Member, OWNERS),
        ("remove", Steward, OWNERS),
        ("remove", Owner, OWNERS),
        ("confirm", Member, ROSTER),
        ("confirm", Owner, ROSTER),
        ("renew", Member, &["steward", "owner", "moderator", "admin", "self"]),
        ("renew", Steward, &["steward", "owner", "moderator", "admin", "self"]),
        ("role", Member, OWNERS),
        ("role", Steward, OWNERS),
        ("role", Owner, &["owner", "moderator", "admin", "self"]),
    ] {
        let (status, transition) = transition(name);
        for who in EVERYBODY {
            let held = membership::Model { role, status, ..membership() };
            let outcome = run(&held, JoinPolicy::Approval, &actor(who, role), transition);
            let refused = matches!(outcome, Err(Refusal::NotAllowed(_) | Refusal::MembersNotAllowed(_)));
            assert_eq!(!refused, allowed.contains(&who), "{who} {name} {role:?}: {outcome:?}");
            assert_eq!(outcome.is_ok(), !refused, "{who} {name} {role:?}: {outcome:?}");
        }
    }
}

#[test]
fn where_memberships_are_self_reported_their_holders_state_them() {
    let own = actor("self", MembershipRole::Member);
    let state: Transition =
        |case| amend(case, Changes { category: Some(Some("associate".into())), ..Changes::default() });
    for (policy, allowed) in
        [(JoinPolicy::SelfReported, true), (JoinPolicy::Open, false), (JoinPolicy::Approval, false)]
    {
        let outcome = run(&membership(), policy, &own, state);
        assert_eq!(outcome.is_ok(), allowed, "{policy:?} {outcome:?}");
        let renewed = run(&membership(), policy, &own, renew);
        let verification = renewed.as_ref().map(|next| next.membership.verification);
        assert_eq!(verification, Ok(Verification::SelfReported), "{policy:?} {renewed:?}");
    }
}

#[test]
fn each_transition_starts_from_its_states_only() {
    use MembershipStatus::{Active, Ended, OnLeave, Requested, Suspended};
    const PLACED: &[MembershipStatus] = &[Active, OnLeave, Suspended];
    for (name, who, starts_from, leads_to, ends) in [
        ("approve", "steward", &[Requested][..], Active, None),
        ("decline", "steward", &[Requested], Ended, Some(EndReason::Declined)),
        ("withdraw", "self", &[Requested], Ended, Some(EndReason::Withdrawn)),
        ("start-leave", "self", &[Active], OnLeave, None),
        ("end-leave", "self", &[OnLeave], Active, None),
        ("suspend", "steward", &[Active], Suspended, None),
        ("reinstate", "steward", &[Suspended], Active, None),
        ("leave", "self", PLACED, Ended, Some(EndReason::Left)),
        ("remove", "owner", PLACED, Ended, Some(EndReason::Removed)),
        ("confirm", "steward", &[Active], Active, None),
        ("renew", "steward", &[Active], Active, None),
        ("role", "owner", &[Active], Active, None),
    ] {
        let (_, transition) = transition(name);
        for status in [Requested, Active, OnLeave, Suspended, Ended] {
            let held = membership::Model {
                status,
                leave_until: Some(in_days(3)).filter(|_| status == OnLeave),
                suspended_until: Some(in_days(3)).filter(|_| status == Suspended),
                ..membership()
            };
            let outcome = run(&held, JoinPolicy::Approval, &actor(who, MembershipRole::Member), transition);
            match outcome {
                Ok(Next { membership: next, action, .. }) => {
                    assert!(starts_from.contains(&status), "{name} from {status:?}");
                    assert_eq!((next.status, next.end_reason), (leads_to, ends), "{name} from {status:?}");
                    assert_eq!(next.ended_at.is_some(), leads_to == Ended, "{name}");
                    assert_eq!(next.leave_until.is_some(), leads_to == OnLeave, "{name}");
                    assert_eq!(next.suspended_until.is_some(), leads_to == Suspended, "{name}");
                    assert_eq!(next.joined_at, Some(now()), "{name}");
                    assert!(action.starts_with("membership."));
                }
                Err(refusal) => {
                    assert!(!starts_from.contains(&status), "{name} from {status:?}: {refusal:?}");
                    assert_eq!(refusal, Refusal::WrongState(status), "{name}");
                }
            }
        }
        // What has ended by itself counts as active.
        for (status, over) in [(OnLeave, in_days(-1)), (Suspended, in_days(-1))] {
            let held = membership::Model {
                status,
                leave_until: Some(over).filter(|_| status == OnLeave),
                suspended_until: Some(over).filter(|_| status == Suspended),
                ..membership()
            };
            let outcome = run(&held, JoinPolicy::Approval, &actor(who, MembershipRole::Member), transition);
            assert_eq!(outcome.is_ok(), starts_from.contains(&Active), "{name} after {status:?}: {outcome:?}");
        }
    }
}

#[test]
fn in_an_archived_organization_memberships_only_end() {
    for (name, status, transition) in TRANSITIONS {
        let who = if ["withdraw", "start-leave", "end-leave", "leave"].contains(&name) { "self" } else { "owner" };
        let held = membership::Model { status, ..membership() };
        let archived =
            organization::Model { status: OrganizationStatus::Archived, ..organization(JoinPolicy::Approval) };
        let outcome = transition(&Case {
            membership: &held,
            place: Place::Organization {
                terms: None,
                organization: &archived,
                standing: &actor(who, MembershipRole::Member),
            },
            another_owner: true,
            now: now(),
        });
        let ends = ["decline", "withdraw", "leave", "remove"].contains(&name);
        assert_eq!(outcome.is_ok(), ends, "{name}: {outcome:?}");
        assert!(ends || outcome == Err(Refusal::Impossible("the organization is archived")), "{name}: {outcome:?}");
    }
}

#[test]
fn the_last_owner_stays() {
    let owner = membership::Model { role: MembershipRole::Owner, ..membership() };
    let guild = organization(JoinPolicy::Open);
    for (name, who) in [
        ("start-leave", "self"),
        ("suspend", "moderator"),
        ("leave", "self"),
        ("remove", "moderator"),
        ("role", "self"),
    ] {
        let (_, transition) = transition(name);
        let actor = actor(who, MembershipRole::Owner);
        let case = Case {
            membership: &owner,
            place: Place::Organization { terms: None, organization: &guild, standing: &actor },
            another_owner: false,
            now: now(),
        };
        assert_eq!(transition(&case), Err(Refusal::SoleOwner), "{name}");
        assert!(transition(&Case { another_owner: true, ..case }).is_ok(), "{name}");
    }
}

#[test]
fn a_successor_is_another_active_member() {
    let (own, guild) = (actor("self", MembershipRole::Owner), organization(JoinPolicy::Open));
    let owner = membership::Model { role: MembershipRole::Owner, ..membership() };
    let heir = membership::Model { id: Uuid::from_u128(11), account_id: Uuid::from_u128(3), ..membership() };
    let case = Case {
        membership: &owner,
        place: Place::Organization { terms: None, organization: &guild, standing: &own },
        another_owner: false,
        now: now(),
    };
    let (left, succeeded) = leave(&case, Some(&heir)).unwrap();
    assert_eq!(left.membership.status, MembershipStatus::Ended);
    assert_eq!(
        succeeded.map(|next| (next.membership.id, next.membership.role)),
        Some((heir.id, MembershipRole::Owner))
    );
    for unfit in [
        owner.clone(),
        membership::Model { status: MembershipStatus::Requested, ..heir.clone() },
        membership::Model { status: MembershipStatus::OnLeave, leave_until: Some(in_days(1)), ..heir.clone() },
        membership::Model { organization_id: Some(Uuid::from_u128(21)), ..heir.clone() },
    ] {
        let outcome = leave(&case, Some(&unfit));
        assert!(matches!(outcome, Err(Refusal::Invalid { pointer: "/successor_id", .. })), "{outcome:?}");
    }
    let member = membership();
    let outcome = leave(&Case { membership: &member, ..case }, Some(&heir));
    assert!(matches!(outcome, Err(Refusal::NotAllowed(_))), "{outcome:?}");
}

#[test]
fn leaves_and_suspensions_have_their_bounds() {
    let [own, steward, owner, moderator] =
        ["self", "steward", "owner", "moderator"].map(|who| actor(who, MembershipRole::Member));
    let guild = organization(JoinPolicy::Open);
    let held = membership();
    for (actor, is_leave, days, allowed) in [
        (&own, true, 0, false),
        (&own, true, 1, true),
        (&own, true, 180, true),
        (&own, true, 181, false),
        (&steward, false, 0, false),
        (&steward, false, 14, true),
        (&steward, false, 15, false),
        (&owner, false, 90, true),
        (&owner, false, 91, false),
        (&moderator, false, 90, true),
        (&moderator, false, 91, false),
    ] {
        let case = Case {
            membership: &held,
            place: Place::Organization { terms: None, organization: &guild, standing: actor },
            another_owner: true,
            now: now(),
        };
        let until = in_days(days);
        let outcome = if is_leave { start_leave(&case, until) } else { suspend(&case, until, reason()) };
        assert_eq!(outcome.is_ok(), allowed, "{actor:?} {days}");
        assert!(allowed || matches!(outcome, Err(Refusal::Invalid { pointer: "/until", .. })), "{outcome:?}");
    }
}

#[test]
fn what_a_change_takes_away() {
    use MembershipRole::{Facilitator, Member, Owner, Steward};
    for (before, after, lost) in [
        (Member, Member, Loss::Nothing),
        (Member, Owner, Loss::Nothing),
        (Steward, Owner, Loss::Nothing),
        (Owner, Steward, Loss::Ownership),
        (Owner, Facilitator, Loss::Ownership),
        (Owner, Member, Loss::Office),
        (Steward, Member, Loss::Office),
        (Facilitator, Member, Loss::Office),
    ] {
        let held = |role| membership::Model { role, ..membership() };
        assert_eq!(loses(&held(before), &held(after)), lost, "{before:?} to {after:?}");
        let ended = membership::Model { status: MembershipStatus::Ended, ..held(after) };
        assert_eq!(loses(&held(before), &ended), Loss::Membership, "{before:?}");
    }
}
