//! Seats in groups: who × transition, state × transition, and how one is asked for, as tables.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    samples::{now, reason},
    *,
};
use crate::{
    consultation_groups::rules::{GroupStatus, Seat, Seats, Standing, samples::group},
    entities::{
        Strings,
        consultation_group::{GroupJoinPolicy, StoredGroupStatus, StoredQuestion, StoredQuestions},
        membership::{EndReason, StoredAnswer, StoredAnswers, Verification, samples::seat},
    },
};

use MembershipStatus::{Active, AwaitingSignature, Ended, OnLeave, Requested, Suspended, Waitlisted};

fn in_days(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

const FREE: Seats = Seats { all: 8, taken: 3, reserved: 0, waiting: 0, members: 3, active: 3, owners: 1 };
const FULL: Seats = Seats { taken: 8, ..FREE };
const HASH: &str = "hash of the second version";

type Transition = fn(&Case) -> Result<Next, Refusal>;

/// Every transition with a status that it starts from.
const TRANSITIONS: [(&str, MembershipStatus, Transition); 11] = [
    ("approve", Requested, approve),
    ("decline", Requested, |case| decline(case, reason())),
    ("withdraw", Requested, withdraw),
    ("sign", AwaitingSignature, |case| sign(case, (2, HASH), (2, HASH))),
    ("start-leave", Active, |case| start_leave(case, in_days(180).date_naive())),
    ("end-leave", OnLeave, end_leave),
    ("suspend", Active, |case| suspend(case, in_days(14).date_naive(), reason())),
    ("reinstate", Suspended, reinstate),
    ("leave", Active, |case| leave(case, None).map(|(next, _)| next)),
    ("remove", Active, |case| remove(case, reason())),
    ("role", Active, |case| amend(case, Changes { role: Some(MembershipRole::Facilitator), ..Changes::default() })),
];

/// A seat of this status that is still in time to sign.
fn held(role: MembershipRole, status: MembershipStatus) -> membership::Model {
    membership::Model {
        role,
        status,
        signature_due_at: (status == AwaitingSignature).then(|| in_days(1)),
        waitlisted_at: (status == Waitlisted).then(now),
        leave_until: (status == OnLeave).then(|| in_days(3).date_naive()),
        suspended_until: (status == Suspended).then(|| in_days(3).date_naive()),
        ..seat()
    }
}

/// What `who` is to the group, seen from a seat with this role and status.
fn actor(who: &str, held: &membership::Model) -> Standing {
    let other = Standing { account_id: Some(Uuid::from_u128(2)), ..Standing::default() };
    let seated = |role, overdue| Standing { seat: Some(Seat { role, status: Active, overdue }), ..other };
    match who {
        "anonymous" => Standing::default(),
        "stranger" => other,
        "member" => seated(MembershipRole::Member, false),
        "restricted owner" => seated(MembershipRole::Owner, true),
        "facilitator" => seated(MembershipRole::Facilitator, false),
        "owner" => seated(MembershipRole::Owner, false),
        "steward" => Standing { runs_organization: true, ..other },
        "moderator" => Standing { moderates: true, ..other },
        "moderator on report" => Standing { moderates: true, before_moderators: true, ..other },
        "admin" => Standing { moderates: true, administers: true, ..other },
        "self" => {
            let seat = Seat { role: held.role, status: held.status_at(now()), overdue: held.is_overdue(now()) };
            Standing { account_id: Some(held.account_id), seat: Some(seat), ..Standing::default() }
        }
        _ => panic!("{who}"),
    }
}

fn run(held: &membership::Model, standing: &Standing, seats: Seats, transition: Transition) -> Result<Next, Refusal> {
    let group = group();
    let place = Place::Group { group: &group, standing, seats };
    transition(&Case { membership: held, place, another_owner: true, now: now() })
}

#[test]
fn who_may_ask_for_which_transition_of_a_seat() {
    use MembershipRole::{Facilitator, Member, Owner};
    const EVERYBODY: [&str; 11] = [
        "anonymous",
        "stranger",
        "member",
        "restricted owner",
        "facilitator",
        "owner",
        "steward",
        "moderator",
        "moderator on report",
        "admin",
        "self",
    ];
    for (name, role, allowed) in [
        ("approve", Member, &["facilitator", "owner", "steward"][..]),
        ("decline", Member, &["facilitator", "owner", "steward"]),
        ("withdraw", Member, &["self"]),
        ("sign", Member, &["self"]),
        ("start-leave", Member, &["self"]),
        ("end-leave", Member, &["self"]),
        ("suspend", Member, &["facilitator", "owner", "moderator on report"]),
        ("suspend", Facilitator, &["facilitator", "owner", "moderator on report"]),
        ("suspend", Owner, &["owner", "moderator on report"]),
        ("reinstate", Member, &["facilitator", "owner", "moderator on report"]),
        ("leave", Member, &["self"]),
        ("leave", Owner, &["self"]),
        ("remove", Member, &["owner", "moderator on report"]),
        ("remove", Owner, &["owner", "moderator on report"]),
        ("role", Member, &["owner"]),
        ("role", Owner, &["owner", "self"]),
    ] {
        let (_, status, transition) = TRANSITIONS.iter().find(|(known, ..)| *known == name).unwrap();
        let held = membership::Model { agreement_version_signed: Some(1), ..held(role, *status) };
        for who in EVERYBODY {
            let outcome = run(&held, &actor(who, &held), FREE, *transition);
            let refused = matches!(outcome, Err(Refusal::NotAllowed(_) | Refusal::MembersNotAllowed(_)));
            assert_eq!(!refused, allowed.contains(&who), "{who} {name} {role:?}: {outcome:?}");
            assert_eq!(outcome.is_ok(), !refused, "{who} {name} {role:?}: {outcome:?}");
        }
    }
}

#[test]
fn each_transition_of_a_seat_starts_from_its_states_only() {
    const PLACED: &[MembershipStatus] = &[Active, OnLeave, Suspended];
    for (name, who, starts_from, leads_to, ends) in [
        ("approve", "facilitator", &[Requested][..], Some(AwaitingSignature), None),
        ("decline", "facilitator", &[Requested], Some(Ended), Some(EndReason::Declined)),
        ("withdraw", "self", &[Requested, Waitlisted, AwaitingSignature], Some(Ended), Some(EndReason::Withdrawn)),
        ("sign", "self", &[AwaitingSignature, Active, OnLeave, Suspended], None, None),
        ("start-leave", "self", &[Active], Some(OnLeave), None),
        ("end-leave", "self", &[OnLeave], Some(Active), None),
        ("suspend", "owner", &[Active], Some(Suspended), None),
        ("reinstate", "owner", &[Suspended], Some(Active), None),
        ("leave", "self", PLACED, Some(Ended), Some(EndReason::Left)),
        ("remove", "owner", PLACED, Some(Ended), Some(EndReason::Removed)),
        ("role", "owner", &[Active], Some(Active), None),
    ] {
        let (.., transition) = TRANSITIONS.iter().find(|(known, ..)| *known == name).unwrap();
        for status in [Requested, Waitlisted, AwaitingSignature, Active, OnLeave, Suspended, Ended] {
            let held = held(MembershipRole::Member, status);
            match run(&held, &actor(who, &held), FREE, *transition) {
                Ok(Next { membership: next, .. }) => {
                    assert!(starts_from.contains(&status), "{name} from {status:?}");
                    let signed = if status == AwaitingSignature { Active } else { status };
                    assert_eq!(next.status, leads_to.unwrap_or(signed), "{name} from {status:?}");
                    assert_eq!((next.end_reason, next.ended_at.is_some()), (ends, ends.is_some()), "{name}");
                    let due = next.status == AwaitingSignature;
                    assert_eq!((next.signature_due_at.is_some(), next.waitlisted_at), (due, None), "{name}");
                }
                Err(refusal) => {
                    assert!(!starts_from.contains(&status), "{name} from {status:?}: {refusal:?}");
                    assert_eq!(refusal, Refusal::WrongState(status), "{name}");
                }
            }
        }
        let overdue =
            membership::Model { signature_due_at: Some(now()), ..held(MembershipRole::Member, AwaitingSignature) };
        let outcome = run(&overdue, &actor(who, &overdue), FREE, *transition);
        assert_eq!(outcome, Err(Refusal::WrongState(Ended)), "{name} of a seat that time took");
    }
}

#[test]
fn what_the_state_of_the_group_forbids() {
    for (stored, status) in
        [(StoredGroupStatus::Archived, GroupStatus::Archived), (StoredGroupStatus::Dissolved, GroupStatus::Dissolved)]
    {
        let closed = consultation_group::Model { status: stored, ..group() };
        for (name, from, transition) in TRANSITIONS {
            let who = match name {
                "withdraw" | "sign" | "start-leave" | "end-leave" | "leave" => "self",
                _ => "owner",
            };
            let held = held(MembershipRole::Member, from);
            let standing = actor(who, &held);
            let place = Place::Group { group: &closed, standing: &standing, seats: FREE };
            let outcome = transition(&Case { membership: &held, place, another_owner: true, now: now() });
            let ends = ["decline", "withdraw", "leave", "remove"].contains(&name);
            assert_eq!(outcome.is_ok(), ends, "{name} {status:?}: {outcome:?}");
            assert!(ends || outcome == Err(Refusal::GroupIs(status)), "{name}: {outcome:?}");
        }
    }
    let dormant = consultation_group::Model { dormant_at: Some(now()), ..group() };
    let asked = held(MembershipRole::Member, Requested);
    let owner = actor("owner", &asked);
    let place = Place::Group { group: &dormant, standing: &owner, seats: FREE };
    let outcome = approve(&Case { membership: &asked, place, another_owner: true, now: now() });
    assert_eq!(outcome, Err(Refusal::GroupIs(GroupStatus::Dormant)));
}

#[test]
fn whoever_is_approved_gets_a_seat_or_waits_for_one() {
    let asked = held(MembershipRole::Member, Requested);
    let owner = actor("owner", &asked);
    for (seats, status) in [
        (FREE, AwaitingSignature),
        (FULL, Waitlisted),
        (Seats { reserved: 5, ..FREE }, Waitlisted),
        (Seats { waiting: 1, ..FREE }, Waitlisted),
    ] {
        let next = run(&asked, &owner, seats, approve).unwrap().membership;
        assert_eq!((next.status, next.joined_at), (status, asked.joined_at), "{seats:?}");
    }
}

#[test]
fn what_is_signed_is_the_agreement_in_force() {
    let other = "hash of another text";
    for (status, signed_before, signed, expected) in [
        (AwaitingSignature, None, (2, HASH), Ok(Active)),
        (Active, Some(1), (2, HASH), Ok(Active)),
        (Suspended, Some(1), (2, HASH), Ok(Suspended)),
        (AwaitingSignature, None, (1, HASH), Err(Refusal::AgreementChanged)),
        (AwaitingSignature, None, (2, other), Err(Refusal::AgreementChanged)),
        (AwaitingSignature, None, (3, HASH), Err(Refusal::AgreementChanged)),
        (Active, Some(2), (2, HASH), Err(Refusal::Impossible("the agreement in force is signed already"))),
    ] {
        let held = membership::Model {
            agreement_version_signed: signed_before,
            joined_at: signed_before.map(|_| in_days(-30)),
            ..held(MembershipRole::Member, status)
        };
        let (own, group) = (actor("self", &held), group());
        let place = Place::Group { group: &group, standing: &own, seats: FREE };
        let case = Case { membership: &held, place, another_owner: true, now: now() };
        let next = sign(&case, (2, HASH), signed).map(|next| next.membership);
        assert_eq!(next.clone().map(|next| next.status), expected, "{status:?} {signed:?}");
        if let Ok(next) = next {
            assert_eq!((next.agreement_version_signed, next.signature_due_at), (Some(2), None));
            assert_eq!(next.joined_at, held.joined_at.or(Some(now())), "{status:?}");
        }
    }
}

#[test]
fn a_member_who_has_not_signed_in_time_signs_or_leaves_and_nothing_else() {
    let overdue = membership::Model { signature_due_at: Some(now()), ..held(MembershipRole::Member, Active) };
    for (name, allowed) in [("sign", true), ("leave", true), ("start-leave", false)] {
        let (.., transition) = TRANSITIONS.iter().find(|(known, ..)| *known == name).unwrap();
        let outcome = run(&overdue, &actor("self", &overdue), FREE, *transition);
        assert_eq!(outcome.is_ok(), allowed, "{name}: {outcome:?}");
    }
}

#[test]
fn a_seat_has_a_role_and_nothing_else_to_edit() {
    let held = held(MembershipRole::Member, Active);
    let owner = actor("owner", &held);
    let edit = |changes: Changes| {
        let group = group();
        let place = Place::Group { group: &group, standing: &owner, seats: FREE };
        amend(&Case { membership: &held, place, another_owner: true, now: now() }, changes)
    };
    let category = Changes { category: Some(Some("full".into())), ..Changes::default() };
    assert_eq!(edit(category), Err(Refusal::NotOfThisKind(vec!["/category"])));
    let steward = edit(Changes { role: Some(MembershipRole::Steward), ..Changes::default() });
    assert!(matches!(steward, Err(Refusal::Invalid { pointer: "/role", .. })), "{steward:?}");
    let group = group();
    let place = Place::Group { group: &group, standing: &owner, seats: FREE };
    let case = Case { membership: &held, place, another_owner: true, now: now() };
    for outcome in [renew(&case), confirm(&case, Verification::Confirmed)] {
        assert!(matches!(outcome, Err(Refusal::Impossible(_))), "{outcome:?}");
    }
}

fn ask(
    group: &consultation_group::Model,
    seats: Seats,
    latest: Option<&membership::Model>,
    applicant: Applicant,
) -> Result<MembershipStatus, Refusal> {
    let blank = membership::Model {
        joined_at: None,
        agreement_version_signed: None,
        ..held(MembershipRole::Member, Requested)
    };
    let standing = Standing { account_id: Some(blank.account_id), ..Standing::default() };
    let place = Place::Group { group, standing: &standing, seats };
    let case = Case { membership: &blank, place, another_owner: false, now: now() };
    request_seat(&case, latest, applicant).map(|next| next.membership.status)
}

#[test]
fn the_policy_decides_how_a_seat_is_got() {
    for (join_policy, seats, expected) in [
        (GroupJoinPolicy::Open, FREE, Ok(AwaitingSignature)),
        (GroupJoinPolicy::Open, FULL, Ok(Waitlisted)),
        (GroupJoinPolicy::Approval, FREE, Ok(Requested)),
        (GroupJoinPolicy::Approval, FULL, Ok(Requested)),
        (GroupJoinPolicy::Invitation, FREE, Err(Refusal::InvitationOnly)),
    ] {
        let group = consultation_group::Model { join_policy, ..group() };
        assert_eq!(ask(&group, seats, None, Applicant::default()), expected, "{join_policy:?}");
    }
}

#[test]
fn what_stands_in_the_way_of_a_seat() {
    let open = consultation_group::Model { join_policy: GroupJoinPolicy::Open, ..group() };
    let blocked = Applicant { blocked: true, ..Applicant::default() };
    assert_eq!(ask(&open, FREE, None, blocked), Err(Refusal::GroupNotJoinable));
    let until = Some(in_days(5).date_naive());
    for closed in [
        consultation_group::Model { status: StoredGroupStatus::Draft, ..open.clone() },
        consultation_group::Model { status: StoredGroupStatus::Paused, paused_until: until, ..open.clone() },
        consultation_group::Model { status: StoredGroupStatus::Archived, ..open.clone() },
        consultation_group::Model { dormant_at: Some(now()), ..open.clone() },
    ] {
        let outcome = ask(&closed, FREE, None, Applicant::default());
        assert_eq!(outcome, Err(Refusal::GroupNotJoinable), "{:?}", closed.status);
    }
    let declined = membership::Model {
        end_reason: Some(EndReason::Declined),
        ended_at: Some(in_days(-29)),
        ..held(MembershipRole::Member, Ended)
    };
    let overdue =
        membership::Model { signature_due_at: Some(now()), ..held(MembershipRole::Member, AwaitingSignature) };
    for (latest, expected) in [
        (held(MembershipRole::Member, Waitlisted), Err(Refusal::AlreadyMember)),
        (held(MembershipRole::Member, Active), Err(Refusal::AlreadyMember)),
        (declined.clone(), Err(Refusal::CooldownRunning(in_days(1).date_naive()))),
        (membership::Model { ended_at: Some(in_days(-30)), ..declined }, Ok(AwaitingSignature)),
        (overdue, Ok(AwaitingSignature)),
    ] {
        assert_eq!(ask(&open, FREE, Some(&latest), Applicant::default()), expected, "{:?}", latest.status);
    }
    let licensed = consultation_group::Model { licence_families: Strings(vec!["mft".into()]), ..open };
    for (families, expected) in [
        (&[][..], Err(Refusal::LicenceRequired)),
        (&["psychology"], Err(Refusal::LicenceRequired)),
        (&["psychology", "mft"], Ok(AwaitingSignature)),
    ] {
        let licence_families = families.iter().map(|family| (*family).to_owned()).collect();
        let applicant = Applicant { licence_families, ..Applicant::default() };
        assert_eq!(ask(&licensed, FREE, None, applicant), expected, "{families:?}");
    }
}

#[test]
fn questions_are_answered() {
    let question = |key: &str, required| StoredQuestion { key: key.into(), question: "?".into(), required };
    let asks = consultation_group::Model {
        join_questions: StoredQuestions(vec![question("hope", true), question("fear", false)]),
        ..group()
    };
    for (keys, faults) in [
        (&["hope"][..], &[][..]),
        (&["fear", "hope"], &[]),
        (&["fear"], &["/answers"]),
        (&[], &["/answers"]),
        (&["hope", "joy"], &["/answers/1/key"]),
        (&["hope", "hope"], &["/answers/1/key"]),
        (&["joy"], &["/answers/0/key", "/answers"]),
    ] {
        let answer = |key: &&str| StoredAnswer { key: (*key).into(), answer: "!".into() };
        let answers = StoredAnswers(keys.iter().map(answer).collect());
        let outcome = ask(&asks, FREE, None, Applicant { answers, ..Applicant::default() });
        let found: Vec<String> = match outcome {
            Err(Refusal::Answers(faults)) => faults.into_iter().map(|(at, ..)| at).collect(),
            outcome => outcome.map(|_| Vec::new()).unwrap(),
        };
        assert_eq!(found, faults, "{keys:?}");
    }
}

#[test]
fn an_invitation_gives_a_seat_whatever_the_policy() {
    let closed = consultation_group::Model { join_policy: GroupJoinPolicy::Invitation, ..group() };
    let inviter = Uuid::from_u128(9);
    let waiting = Seats { taken: 7, reserved: 1, waiting: 2, ..FREE };
    for (status, seats, kept, blocked, expected) in [
        (Requested, FREE, false, false, Ok(AwaitingSignature)),
        (Requested, FULL, false, false, Ok(Waitlisted)),
        (Requested, waiting, false, false, Ok(Waitlisted)),
        (Requested, waiting, true, false, Ok(AwaitingSignature)),
        (Waitlisted, waiting, true, false, Ok(AwaitingSignature)),
        (Requested, FREE, false, true, Err(Refusal::GroupNotJoinable)),
        (Active, FREE, false, false, Err(Refusal::AlreadyMember)),
        (AwaitingSignature, FREE, false, false, Err(Refusal::AlreadyMember)),
        (Suspended, FREE, false, false, Err(Refusal::AlreadyMember)),
    ] {
        let asked = held(MembershipRole::Member, status);
        let own = actor("self", &asked);
        let place = Place::Group { group: &closed, standing: &own, seats };
        let case = Case { membership: &asked, place, another_owner: false, now: now() };
        let offered = Offered { role: MembershipRole::Facilitator, inviter, kept };
        let next = take_offered_seat(&case, offered, blocked).map(|next| next.membership);
        assert_eq!(next.clone().map(|next| next.status), expected, "{status:?} {seats:?} {kept}");
        if let Ok(next) = next {
            assert_eq!((next.role, next.decided_by), (MembershipRole::Facilitator, Some(inviter)));
        }
    }
    let earlier = Some(in_days(-5));
    let waits = membership::Model { waitlisted_at: earlier, ..held(MembershipRole::Member, Waitlisted) };
    let own = actor("self", &waits);
    let place = Place::Group { group: &closed, standing: &own, seats: FULL };
    let case = Case { membership: &waits, place, another_owner: false, now: now() };
    let offered = Offered { role: MembershipRole::Member, inviter, kept: false };
    assert_eq!(take_offered_seat(&case, offered, false).unwrap().membership.waitlisted_at, earlier, "keeps the place");
}

#[test]
fn how_much_is_seen_of_a_seat() {
    use Sight::{Card, Full, Nothing};
    // who, of an applicant, of a member, of one who has left
    for (who, expected) in [
        ("anonymous", [Nothing, Nothing, Nothing]),
        ("stranger", [Nothing, Nothing, Nothing]),
        ("member", [Nothing, Card, Nothing]),
        ("restricted owner", [Nothing, Nothing, Nothing]),
        ("facilitator", [Full, Full, Full]),
        ("owner", [Full, Full, Full]),
        ("steward", [Full, Nothing, Nothing]),
        ("moderator", [Nothing, Nothing, Nothing]),
        ("moderator on report", [Nothing, Card, Nothing]),
        ("admin", [Nothing, Nothing, Nothing]),
        ("self", [Full, Full, Full]),
    ] {
        let found = [Requested, Active, Ended].map(|status| {
            let held = held(MembershipRole::Member, status);
            let (standing, group) = (actor(who, &held), group());
            sight(&held, Place::Group { group: &group, standing: &standing, seats: FREE }, now())
        });
        assert_eq!(found, expected, "{who}");
    }
}
