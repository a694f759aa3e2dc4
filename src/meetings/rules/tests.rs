use chrono_tz::Tz;
use uuid::Uuid;

use super::*;
use crate::{
    consultation_groups::rules::Seat,
    entities::{
        meeting_series::StoredRule,
        membership::{MembershipRole, MembershipStatus},
    },
    recurrence::zone::read_local,
    schedule::rules::{meeting_id, occurrences},
};

fn at(text: &str) -> NaiveDateTime {
    read_local(text).unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn early() -> DateTime<Utc> {
    instant("2026-10-01T00:00:00Z")
}

fn rule(starts: &str, rrule: Option<&str>) -> StoredRule {
    StoredRule {
        from: at(starts),
        until: None,
        starts: at(starts),
        time_zone: "America/Los_Angeles".into(),
        rrule: rrule.map(Into::into),
        duration_minutes: 90,
        place: None,
        join_url: None,
    }
}

fn planned(starts: &str, rrule: Option<&str>) -> Result<meeting_series::Model, Refusal> {
    new_series(Uuid::from_u128(40), Uuid::from_u128(1), None, rule(starts, rrule), Vec::new(), early())
}

/// Every other Tuesday at noon in Los Angeles.
fn fortnightly() -> meeting_series::Model {
    planned("2026-10-20T12:00", Some("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")).unwrap()
}

fn one(series: &meeting_series::Model, original: &str) -> Occurrence {
    occurrence(series, meeting_id(series.meeting_key, at(original))).unwrap()
}

fn standing(role: MembershipRole, status: MembershipStatus) -> Standing {
    Standing {
        account_id: Some(Uuid::from_u128(1)),
        seat: Some(Seat { role, status, overdue: false }),
        ..Standing::default()
    }
}

fn shown(series: &meeting_series::Model) -> Vec<String> {
    let found = occurrences(series, &[], early(), instant("2027-02-01T00:00:00Z"));
    found.iter().map(|one| one.starts.format("%m-%dT%H:%M").to_string()).collect()
}

fn invalid(refused: Result<meeting_series::Model, Refusal>) -> (&'static str, &'static str) {
    match refused.unwrap_err() {
        Refusal::Invalid { pointer, code, .. } => (pointer, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_plans_and_who_leads() {
    use MembershipRole::{Facilitator, Member, Owner};
    use MembershipStatus::{Active, OnLeave, Suspended};
    let nobody = Standing::default();
    let moderator = Standing { moderates: true, before_moderators: true, ..nobody };
    // who, plans, leads, leads when it is their turn
    for (standing, expected) in [
        (nobody, "..."),
        (moderator, "..."),
        (standing(Member, Active), "..t"),
        (standing(Member, OnLeave), "..."),
        (standing(Facilitator, Active), "plt"),
        (standing(Facilitator, OnLeave), "..."),
        (standing(Facilitator, Suspended), "..."),
        (standing(Owner, Active), "plt"),
    ] {
        let flags = [
            ('p', plans(&standing, GroupStatus::Active).is_ok()),
            ('l', may_lead(leads(&standing, false), GroupStatus::Active).is_ok()),
            ('t', may_lead(leads(&standing, true), GroupStatus::Active).is_ok()),
        ];
        let shown: String = flags.iter().map(|(flag, set)| if *set { *flag } else { '.' }).collect();
        assert_eq!(shown, expected, "{standing:?}");
        for status in [GroupStatus::Archived, GroupStatus::Dissolved] {
            assert!(plans(&standing, status).is_err() && may_lead(true, status).is_err());
        }
    }
}

#[test]
fn a_series_begins_in_the_future_with_a_start_that_its_rule_gives() {
    for (starts, rrule, expected) in [
        ("2026-09-29T12:00", Some("FREQ=WEEKLY"), ("/starts_local", "in_the_past")),
        ("2026-09-29T12:00", None, ("/starts_local", "in_the_past")),
        ("2026-10-20T12:00", Some("FREQ=WEEKLY;BYDAY=WE"), ("/rrule", "not_an_occurrence")),
        ("2026-10-20T12:00", Some("FREQ=DAILY"), ("/rrule", "invalid_rule")),
        ("2026-10-20T12:00", Some("FREQ=WEEKLY;COUNT=1000000"), ("/rrule", "out_of_range")),
    ] {
        assert_eq!(invalid(planned(starts, rrule)), expected, "{starts} {rrule:?}");
    }
    let series = fortnightly();
    assert_eq!((series.recurring, series.ends_at), (true, None));
    let single = planned("2026-10-20T12:00", None).unwrap();
    assert_eq!((single.recurring, single.ends_at), (false, Some(instant("2026-10-20T20:30:00Z"))));
}

#[test]
fn a_change_leaves_the_past_alone() {
    let series = fortnightly();
    let now = instant("2026-11-10T00:00:00Z");
    let revised = |change: Change| revise(&series, at("2026-11-17T12:00"), &change, now);
    let to = |starts: &str| Change { starts: Some(at(starts)), ..Change::default() };
    assert_eq!(
        shown(&revised(to("2026-11-17T13:00")).unwrap()),
        [
            "10-20T12:00",
            "11-03T12:00",
            "11-17T13:00",
            "12-01T13:00",
            "12-15T13:00",
            "12-29T13:00",
            "01-12T13:00",
            "01-26T13:00"
        ]
    );
    // The day that the rule names moves along.
    assert_eq!(
        shown(&revised(to("2026-11-18T12:00")).unwrap())[..4],
        ["10-20T12:00", "11-03T12:00", "11-18T12:00", "12-02T12:00"]
    );
    // Earlier, but not into the meeting before.
    assert_eq!(shown(&revised(to("2026-11-12T12:00")).unwrap())[..3], ["10-20T12:00", "11-03T12:00", "11-12T12:00"]);
    assert_eq!(
        invalid(revise(&series, at("2026-11-17T12:00"), &to("2026-11-03T12:00"), early())),
        ("/starts_local", "out_of_range")
    );
    assert_eq!(invalid(revised(to("2026-11-09T12:00"))), ("/starts_local", "in_the_past"));
    // Another rule.
    let monthly = Change { rrule: Some("FREQ=MONTHLY;BYDAY=3TU".into()), ..Change::default() };
    assert_eq!(
        shown(&revised(monthly.clone()).unwrap()),
        ["10-20T12:00", "11-03T12:00", "11-17T12:00", "12-15T12:00", "01-19T12:00"]
    );
    // What is counted is not counted again.
    let counted = planned("2026-10-20T12:00", Some("FREQ=WEEKLY;INTERVAL=2;COUNT=4")).unwrap();
    let later = revise(&counted, at("2026-11-17T12:00"), &to("2026-11-17T13:00"), now).unwrap();
    assert_eq!(shown(&later), ["10-20T12:00", "11-03T12:00", "11-17T13:00", "12-01T13:00"]);
    // A place splits nothing that can be seen, and keeps the ids.
    let place = Change { place: Some(Some("Room 4".into())), ..Change::default() };
    let elsewhere = revised(place).unwrap();
    assert_eq!(shown(&elsewhere), shown(&series));
    assert_eq!(one(&elsewhere, "2026-11-03T12:00").place, None);
    assert_eq!(one(&elsewhere, "2026-11-17T12:00").place.as_deref(), Some("Room 4"));
    // Before its first meeting a series has no past to keep.
    let whole = revise(&series, at("2026-10-20T12:00"), &to("2026-10-21T09:00"), early()).unwrap();
    assert_eq!((whole.rules.0.len(), shown(&whole)[0].as_str()), (1, "10-21T09:00"));
    // A single meeting has no rule.
    let single = planned("2026-10-20T12:00", None).unwrap();
    assert_eq!(invalid(revise(&single, at("2026-10-20T12:00"), &monthly, early())), ("/rrule", "not_recurring"));
}

#[test]
fn what_is_left_out_was_a_start() {
    let series = fortnightly();
    let now = instant("2026-11-10T00:00:00Z");
    let without =
        |texts: &[&str]| Change { exdates: Some(texts.iter().map(|text| at(text)).collect()), ..Change::default() };
    let revised = |change: Change| revise(&series, at("2026-11-17T12:00"), &change, now);
    let shorter = revised(without(&["2026-12-29T12:00"])).unwrap();
    assert_eq!(shorter.rules, series.rules);
    assert_eq!(shown(&shorter)[4..], ["12-15T12:00", "01-12T12:00", "01-26T12:00"]);
    // The past is not left out afterwards.
    assert_eq!(shown(&revised(without(&["2026-11-03T12:00"])).unwrap()), shown(&series));
    assert_eq!(invalid(revised(without(&["2026-12-30T12:00"]))), ("/exdates", "not_an_occurrence"));
}

#[test]
fn a_series_ends_where_it_is_cut() {
    let series = fortnightly();
    assert_eq!(shown(&cut(&series, at("2026-11-17T12:00")).unwrap()), ["10-20T12:00", "11-03T12:00"]);
    assert_eq!(shown(&cut(&series, at("2026-11-03T12:01")).unwrap()), ["10-20T12:00", "11-03T12:00"]);
    assert_eq!(cut(&series, at("2026-10-20T12:00")), None);
}

#[test]
fn a_meeting_is_moved_while_it_is_to_come() {
    let series = fortnightly();
    let one = one(&series, "2026-11-03T12:00");
    let to = |starts: &str| Alteration { starts: Some(at(starts)), ..Alteration::default() };
    let moved = alter(&one, &to("2026-11-05T17:00"), early()).unwrap();
    assert_eq!((moved.moved_to.as_deref(), moved.sequence), (Some("2026-11-05T17:00"), 1));
    let moved = settled(&series, moved).unwrap();
    assert_eq!((moved.id, moved.starts_at), (one.id, instant("2026-11-06T01:00:00Z")));
    // And back.
    let back = alter(&moved, &to("2026-11-03T12:00"), early()).unwrap();
    assert_eq!((back.moved_to.as_deref(), back.sequence), (None, 2));
    assert_eq!(settled(&series, back).unwrap().starts_at, one.starts_at);
    for (starts, now, expected) in [
        ("2027-02-04T12:00", early(), "out_of_range"),
        ("2026-11-01T12:00", instant("2026-11-02T00:00:00Z"), "in_the_past"),
    ] {
        let refused = alter(&one, &to(starts), now).unwrap_err();
        assert!(matches!(&refused, Refusal::Invalid { code, .. } if *code == expected), "{refused:?}");
    }
    assert_eq!(alter(&one, &to("2026-11-05T17:00"), one.starts_at), Err(Refusal::HasBegun));
    let wide = spanning(planned("2026-10-20T12:00", None).unwrap(), &[moved]);
    assert_eq!(wide.ends_at, Some(instant("2026-11-06T02:30:00Z")));
}

#[test]
fn a_meeting_goes_its_way() {
    use StoredMeetingStatus::{Cancelled, Held, InProgress, Scheduled};
    let series = fortnightly();
    let one = one(&series, "2026-11-03T12:00");
    let with = |status| {
        let row = one.to_row(early());
        one.clone().with_row(meeting::Model { status, ..row })
    };
    let refused = |what: Result<meeting::Model, Refusal>| {
        what.map(|row| row.status).map_err(|why| match why {
            Refusal::MeetingIs(status) => status.word(),
            Refusal::NotBefore(_) => "not before",
            Refusal::HasBegun => "has begun",
            _ => "other",
        })
    };
    let (before, hour, after) = ("2026-11-03T18:59:59Z", "2026-11-03T19:00:00Z", "2026-11-10T21:30:00Z");
    for (status, now, cancelled, again, started) in [
        (Scheduled, before, Ok(Cancelled), Err("at_risk"), Err("not before")),
        (Scheduled, hour, Ok(Cancelled), Err("at_risk"), Ok(InProgress)),
        (Scheduled, after, Err("unrecorded"), Err("unrecorded"), Err("unrecorded")),
        (InProgress, hour, Err("in_progress"), Err("in_progress"), Err("in_progress")),
        (Held, hour, Err("held"), Err("held"), Err("held")),
        (Cancelled, before, Err("cancelled"), Ok(Scheduled), Err("cancelled")),
        (Cancelled, after, Err("cancelled"), Err("has begun"), Err("cancelled")),
    ] {
        let (one, now) = (with(status), instant(now));
        let words = |word: &'static str| if word == "at_risk" { "confirmed" } else { word };
        assert_eq!(refused(cancel(&one, None, now)), cancelled, "cancel {status:?} {now}");
        assert_eq!(refused(reinstate(&one, now)), again.map_err(words), "reinstate {status:?} {now}");
        assert_eq!(refused(start(&one, now)), started, "start {status:?} {now}");
    }
}

#[test]
fn two_meetings_are_not_at_once() {
    let series = fortnightly();
    let one = one(&series, "2026-11-03T12:00");
    let other = |starts: &str| {
        let single = planned(starts, None).unwrap();
        occurrence(&single, meeting_id(single.meeting_key, at(starts))).unwrap()
    };
    for (starts, collides) in [
        ("2026-11-03T10:30", false),
        ("2026-11-03T10:31", true),
        ("2026-11-03T13:29", true),
        ("2026-11-03T13:30", false),
    ] {
        let others = [one.clone()];
        assert_eq!(collision(&[other(starts)], &others).is_some(), collides, "{starts}");
    }
    let off = one.clone().with_row(cancel(&one, None, early()).unwrap());
    assert!(collision(&[other("2026-11-03T12:00")], &[off]).is_none());
    assert!(collision(std::slice::from_ref(&one), std::slice::from_ref(&one)).is_none());
    assert_eq!(one.zone, Tz::America__Los_Angeles);
}
