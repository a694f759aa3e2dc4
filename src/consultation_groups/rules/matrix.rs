//! Who × change, and state × change, as tables.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{samples::group, *};
use crate::entities::{
    consultation_group::{self, GroupPurpose, StoredGroupStatus},
    membership::{MembershipRole, MembershipStatus, samples::now},
};

fn in_days(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

fn changes() -> [(&'static str, Change); 8] {
    [
        ("publish", Change::Publish),
        ("activate", Change::Activate),
        ("pause", Change::Pause(in_days(30).date_naive())),
        ("resume", Change::Resume),
        ("keep", Change::Keep),
        ("revive", Change::Revive),
        ("archive", Change::Archive),
        ("dissolve", Change::Dissolve("Harbor Circle".into())),
    ]
}

fn seated(role: MembershipRole, status: MembershipStatus) -> Standing {
    let seat = Some(Seat { role, status, overdue: false });
    Standing { account_id: Some(Uuid::from_u128(1)), seat, ..Standing::default() }
}

/// A group in this state at [`now`].
fn in_state(status: GroupStatus) -> consultation_group::Model {
    let stored = |status| consultation_group::Model { status, ..group() };
    match status {
        GroupStatus::Draft => stored(StoredGroupStatus::Draft),
        GroupStatus::Forming => stored(StoredGroupStatus::Forming),
        GroupStatus::Active => group(),
        GroupStatus::Paused => {
            let paused_until = Some(in_days(10).date_naive());
            consultation_group::Model { status: StoredGroupStatus::Paused, paused_until, ..group() }
        }
        GroupStatus::Dormant => consultation_group::Model { dormant_at: Some(now()), ..group() },
        GroupStatus::Archived => stored(StoredGroupStatus::Archived),
        GroupStatus::Dissolved => stored(StoredGroupStatus::Dissolved),
    }
}

fn decide(
    group: &consultation_group::Model,
    actor: &Standing,
    change: &Change,
) -> Result<consultation_group::Model, Refusal> {
    after(&Case { group, actor, active_members: 4, has_owner: true, now: now() }, change)
}

#[test]
fn which_change_starts_from_which_state() {
    use GroupStatus::{Active, Archived, Dissolved, Dormant, Draft, Forming, Paused};
    let owner = seated(MembershipRole::Owner, MembershipStatus::Active);
    let states = [Draft, Forming, Active, Paused, Dormant, Archived, Dissolved];
    for (name, next) in [
        ("publish", [Some(Forming), None, None, None, None, None, None]),
        ("activate", [None, Some(Active), None, None, None, None, None]),
        ("pause", [None, None, Some(Paused), None, None, None, None]),
        ("resume", [None, None, None, Some(Active), None, None, None]),
        ("keep", [None, Some(Forming), Some(Active), Some(Paused), None, None, None]),
        ("revive", [None, None, None, None, Some(Active), None, None]),
        ("archive", [Some(Archived), Some(Archived), Some(Archived), Some(Archived), Some(Archived), None, None]),
        ("dissolve", [Some(Dissolved); 6].into_iter().chain([None]).collect::<Vec<_>>().try_into().unwrap()),
    ] {
        let change = &changes().into_iter().find(|(known, _)| *known == name).unwrap().1;
        for (state, next) in states.into_iter().zip(next) {
            let found = decide(&in_state(state), &owner, change);
            let expected = next.ok_or(Refusal::WrongState(state));
            assert_eq!(found.map(|group| status_at(&group, now())), expected, "{name} from {state:?}");
        }
    }
}

#[test]
fn who_may_ask_for_which_change() {
    use MembershipRole::{Facilitator, Member, Owner};
    use MembershipStatus::{Active, OnLeave, Requested, Suspended};
    let moderator = Standing { moderates: true, ..Standing::default() };
    for (who, actor, allowed) in [
        ("anonymous", Standing::default(), ""),
        ("applicant", seated(Member, Requested), ""),
        ("member", seated(Member, Active), "keep revive"),
        ("member on leave", seated(Member, OnLeave), "keep revive"),
        ("suspended member", seated(Member, Suspended), ""),
        ("facilitator", seated(Facilitator, Active), "keep revive"),
        ("steward of its organization", Standing { runs_organization: true, ..Standing::default() }, ""),
        ("owner", seated(Owner, Active), "publish activate pause resume keep revive archive dissolve"),
        ("owner on leave", seated(Owner, OnLeave), "keep revive"),
        ("moderator", moderator, ""),
        ("moderator on report", Standing { before_moderators: true, ..moderator }, ""),
    ] {
        let starts = [
            GroupStatus::Draft,
            GroupStatus::Forming,
            GroupStatus::Active,
            GroupStatus::Paused,
            GroupStatus::Active,
            GroupStatus::Dormant,
            GroupStatus::Active,
            GroupStatus::Active,
        ];
        let may = changes().into_iter().zip(starts);
        let may = may.filter(|((_, change), state)| decide(&in_state(*state), &actor, change).is_ok());
        let may: Vec<_> = may.map(|((name, _), _)| name).collect();
        assert_eq!(may.join(" "), allowed, "{who}");
    }
    let orphan = Case { group: &group(), actor: &moderator, active_members: 0, has_owner: false, now: now() };
    assert!(after(&orphan, &Change::Dissolve("Harbor Circle".into())).is_ok(), "a moderator, where nobody owns it");
}

#[test]
fn what_is_missing_is_named() {
    let owner = seated(MembershipRole::Owner, MembershipStatus::Active);
    let bare = consultation_group::Model { description: None, agreement_number: None, ..in_state(GroupStatus::Draft) };
    let Err(Refusal::Incomplete(missing)) = decide(&bare, &owner, &Change::Publish) else { panic!("it was published") };
    assert_eq!(missing.iter().map(|(at, _)| *at).collect::<Vec<_>>(), ["/description", "/agreement_number"]);

    let forming = in_state(GroupStatus::Forming);
    let few = Case { group: &forming, actor: &owner, active_members: 3, has_owner: true, now: now() };
    assert_eq!(after(&few, &Change::Activate), Err(Refusal::TooFew(4)));

    for (until, fine) in [(0, false), (1, true), (90, true), (91, false)] {
        let paused = decide(&group(), &owner, &Change::Pause(in_days(until).date_naive()));
        assert_eq!(paused.is_ok(), fine, "for {until} days");
    }
    let misspelt = decide(&group(), &owner, &Change::Dissolve("harbor circle".into()));
    assert!(matches!(misspelt, Err(Refusal::Invalid { pointer: "/confirm_name", .. })));
}

#[test]
fn a_group_that_shows_no_life_becomes_dormant_by_itself() {
    let owner = seated(MembershipRole::Owner, MembershipStatus::Active);
    let at = |group: &consultation_group::Model, days: i64, seconds: i64| {
        status_at(group, in_days(days) + TimeDelta::seconds(seconds))
    };
    let fresh = with_dormancy(group());
    assert_eq!((at(&fresh, 42, -1), at(&fresh, 42, 0)), (GroupStatus::Active, GroupStatus::Dormant));

    let kept = {
        let case = Case { group: &fresh, actor: &owner, active_members: 4, has_owner: true, now: in_days(35) };
        after(&case, &Change::Keep).unwrap()
    };
    assert_eq!((at(&kept, 49, -1), at(&kept, 49, 0)), (GroupStatus::Active, GroupStatus::Dormant));

    let paused = {
        let until = in_days(90).date_naive();
        let case = Case { group: &fresh, actor: &owner, active_members: 4, has_owner: true, now: in_days(1) };
        after(&case, &Change::Pause(until)).unwrap()
    };
    let midnight = TimeDelta::hours(12).num_seconds();
    assert_eq!(at(&paused, 90, midnight - 1), GroupStatus::Paused, "through its last day");
    assert_eq!(at(&paused, 90, midnight), GroupStatus::Active, "then it goes on by itself");
    assert_eq!(
        (at(&paused, 104, midnight - 1), at(&paused, 104, midnight)),
        (GroupStatus::Active, GroupStatus::Dormant)
    );

    let dormant = in_state(GroupStatus::Dormant);
    let revived = decide(&dormant, &seated(MembershipRole::Member, MembershipStatus::Active), &Change::Revive).unwrap();
    assert_eq!((at(&revived, 42, -1), at(&revived, 42, 0)), (GroupStatus::Active, GroupStatus::Dormant));
}

#[test]
fn dissolving_takes_the_texts_and_leaves_what_proves() {
    let owner = seated(MembershipRole::Owner, MembershipStatus::Active);
    let gone = decide(&group(), &owner, &Change::Dissolve("Harbor Circle".into())).unwrap();
    assert_eq!((gone.description, gone.join_questions.0.len(), gone.search_text.as_str()), (None, 0, ""));
    assert_eq!((gone.agreement_number, gone.name.as_str()), (Some(1), "Harbor Circle"));
}

#[test]
fn sizes_have_their_bounds() {
    // purpose, min, max, quorum, seats taken, members at fault
    for (purpose, min_size, max_size, quorum, taken, expected) in [
        (GroupPurpose::PeerConsultation, 4, 8, 3, 0, &[][..]),
        (GroupPurpose::PeerConsultation, 2, 12, 12, 12, &[]),
        (GroupPurpose::PeerConsultation, 2, 13, 3, 0, &["/max_size"]),
        (GroupPurpose::Interest, 2, 30, 30, 0, &[]),
        (GroupPurpose::Study, 2, 31, 3, 0, &["/max_size"]),
        (GroupPurpose::PeerConsultation, 1, 8, 3, 0, &["/min_size"]),
        (GroupPurpose::PeerConsultation, 9, 8, 9, 0, &["/min_size", "/quorum"]),
        (GroupPurpose::PeerConsultation, 2, 1, 2, 0, &["/max_size"]),
        (GroupPurpose::PeerConsultation, 2, 4, 2, 5, &["/max_size"]),
        (GroupPurpose::PeerConsultation, 2, 4, 1, 4, &["/quorum"]),
    ] {
        let sized = consultation_group::Model { purpose, min_size, max_size, quorum, ..group() };
        let found: Vec<_> = size_faults(&sized, taken).into_iter().map(|(at, ..)| at).collect();
        assert_eq!(found, expected, "{purpose:?} {min_size} {max_size} {quorum} {taken}");
    }
}
