use super::*;
use crate::entities::meeting_series::{LocalTimes, StoredRules};

fn at(text: &str) -> NaiveDateTime {
    read_local(text).unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Every other Tuesday at noon in Los Angeles, across the end of daylight-saving time.
pub fn fortnightly() -> meeting_series::Model {
    let id = Uuid::from_u128(0x0193_6b2f_5f00_7000_8000_0000_0000_0601);
    meeting_series::Model {
        id,
        consultation_group_id: Uuid::from_u128(40),
        meeting_key: key_of(id),
        recurring: true,
        title: None,
        rules: StoredRules(vec![StoredRule {
            from: at("2026-10-20T12:00"),
            until: None,
            starts: at("2026-10-20T12:00"),
            time_zone: "America/Los_Angeles".into(),
            rrule: Some("FREQ=WEEKLY;INTERVAL=2;COUNT=4".into()),
            duration_minutes: 90,
            place: None,
            join_url: None,
        }]),
        exdates: LocalTimes::default(),
        starts_at: instant("2026-10-20T19:00:00Z"),
        ends_at: Some(instant("2026-12-01T21:30:00Z")),
        created_by: Uuid::from_u128(1),
        version: 1,
        created_at: instant("2026-10-01T00:00:00Z"),
        updated_at: instant("2026-10-01T00:00:00Z"),
    }
}

fn starts(series: &meeting_series::Model, moved: &[meeting::Model], from: &str, to: &str) -> Vec<String> {
    let found = occurrences(series, moved, instant(from), instant(to));
    found.iter().map(|one| one.starts_at.format("%m-%dT%H:%MZ").to_string()).collect()
}

#[test]
fn noon_stays_noon_when_the_clocks_change() {
    let series = fortnightly();
    let year = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_eq!(starts(&series, &[], year.0, year.1), ["10-20T19:00Z", "11-03T20:00Z", "11-17T20:00Z", "12-01T20:00Z"]);
    // One that has begun is there until it ends.
    assert_eq!(starts(&series, &[], "2026-10-20T20:29:59Z", "2026-10-21T00:00:00Z"), ["10-20T19:00Z"]);
    assert!(starts(&series, &[], "2026-10-20T20:30:00Z", "2026-11-03T20:00:00Z").is_empty());
    assert_eq!(bounds(&series.rules.0), (series.starts_at, series.ends_at));
}

#[test]
fn an_id_says_which_meeting_it_is() {
    let series = fortnightly();
    for original in ["2000-01-01T00:00", "2026-10-20T12:00", "2100-12-31T23:59"] {
        let id = meeting_id(series.meeting_key, at(original));
        assert_eq!(id.get_version_num(), 8);
        assert_eq!(read_meeting_id(id), Some((series.meeting_key, at(original))));
    }
    assert!(
        meeting_id(series.meeting_key, at("2026-10-20T12:00")) < meeting_id(series.meeting_key, at("2026-11-03T12:00"))
    );
    assert_eq!(read_meeting_id(series.id), None);
    assert_eq!(read_meeting_id(Uuid::nil()), None);
    assert_eq!(read_meeting_id(Uuid::max()), None);
    assert!(occurrence(&series, meeting_id(series.meeting_key, at("2026-11-03T12:00"))).is_some());
    for other in ["2026-10-27T12:00", "2026-11-03T12:01", "2026-12-15T12:00"] {
        assert!(occurrence(&series, meeting_id(series.meeting_key, at(other))).is_none(), "{other}");
    }
    assert!(occurrence(&series, meeting_id(7, at("2026-11-03T12:00"))).is_none());
}

#[test]
fn a_meeting_keeps_its_id_when_it_is_moved_or_left_out() {
    let series = fortnightly();
    let id = meeting_id(series.meeting_key, at("2026-11-03T12:00"));
    let one = occurrence(&series, id).unwrap();
    let moved =
        meeting::Model { moved_to: Some("2026-11-05T17:00".into()), ..one.to_row(instant("2026-10-25T00:00:00Z")) };
    let rows = [moved.clone()];
    let year = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_eq!(
        starts(&series, &rows, year.0, year.1),
        ["10-20T19:00Z", "11-06T01:00Z", "11-17T20:00Z", "12-01T20:00Z"]
    );
    // It is found where it is, not where it was.
    assert!(starts(&series, &rows, "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z").is_empty());
    assert_eq!(starts(&series, &rows, "2026-11-06T00:00:00Z", "2026-11-07T00:00:00Z"), ["11-06T01:00Z"]);
    let found = occurrences(&series, &rows, instant(year.0), instant(year.1));
    assert_eq!((found[1].id, found[1].original, found[1].starts), (id, at("2026-11-03T12:00"), at("2026-11-05T17:00")));

    let without = meeting_series::Model { exdates: LocalTimes(vec![at("2026-11-03T12:00")]), ..fortnightly() };
    assert_eq!(starts(&without, &[], year.0, year.1), ["10-20T19:00Z", "11-17T20:00Z", "12-01T20:00Z"]);
    assert!(occurrence(&without, id).is_none());
}

#[test]
fn a_later_rule_leaves_the_past_alone() {
    let mut series = fortnightly();
    series.rules.0[0].until = Some(at("2026-11-17T12:00"));
    series.rules.0.push(StoredRule {
        from: at("2026-11-17T12:00"),
        starts: at("2026-11-18T08:00"),
        rrule: Some("FREQ=WEEKLY;COUNT=2".into()),
        duration_minutes: 60,
        ..series.rules.0[0].clone()
    });
    series.rules.0[1].until = None;
    assert_eq!(
        starts(&series, &[], "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ["10-20T19:00Z", "11-03T20:00Z", "11-18T16:00Z", "11-25T16:00Z"]
    );
    assert_eq!(bounds(&series.rules.0).1, Some(instant("2026-11-25T17:00:00Z")));
    let next = next_after(&series, instant("2026-11-03T20:00:00Z")).unwrap();
    assert_eq!(next.starts, at("2026-11-18T08:00"));
    assert!(next_after(&series, instant("2026-11-25T16:00:00Z")).is_none());
}

#[test]
fn where_a_meeting_stands_follows_from_the_clock() {
    use MeetingStatus::{AtRisk, Cancelled, Confirmed, Held, InProgress, Scheduled, Unrecorded};
    let series = fortnightly();
    let one = occurrence(&series, meeting_id(series.meeting_key, at("2026-10-20T12:00"))).unwrap();
    for (stored, yes, now, expected) in [
        (StoredMeetingStatus::Scheduled, 3, "2026-10-19T18:59:59Z", Scheduled),
        (StoredMeetingStatus::Scheduled, 0, "2026-10-19T18:59:59Z", Scheduled),
        (StoredMeetingStatus::Scheduled, 3, "2026-10-19T19:00:00Z", Confirmed),
        (StoredMeetingStatus::Scheduled, 2, "2026-10-19T19:00:00Z", AtRisk),
        (StoredMeetingStatus::Scheduled, 3, "2026-10-27T20:29:59Z", Confirmed),
        (StoredMeetingStatus::Scheduled, 3, "2026-10-27T20:30:00Z", Unrecorded),
        (StoredMeetingStatus::InProgress, 0, "2026-10-27T20:29:59Z", InProgress),
        (StoredMeetingStatus::InProgress, 0, "2026-10-27T20:30:00Z", Unrecorded),
        (StoredMeetingStatus::Held, 0, "2027-10-27T20:30:00Z", Held),
        (StoredMeetingStatus::Cancelled, 9, "2026-10-19T19:00:00Z", Cancelled),
        (StoredMeetingStatus::Cancelled, 0, "2027-10-27T20:30:00Z", Cancelled),
    ] {
        let row = meeting::Model { status: stored, ..one.to_row(instant(now)) };
        assert_eq!(one.clone().with_row(row).status_at(yes, 3, instant(now)), expected, "{stored:?} {yes} {now}");
    }
}

#[test]
fn a_member_elsewhere_is_told_when_the_clocks_part() {
    let series = fortnightly();
    for (original, zone, shown, shifted) in [
        ("2026-10-20T12:00", Tz::America__Phoenix, "2026-10-20T12:00", 0),
        ("2026-11-03T12:00", Tz::America__Phoenix, "2026-11-03T13:00", 60),
        ("2026-11-17T12:00", Tz::America__Phoenix, "2026-11-17T13:00", 0),
        ("2026-11-03T12:00", Tz::America__New_York, "2026-11-03T15:00", 0),
        ("2026-11-03T12:00", Tz::America__Los_Angeles, "2026-11-03T12:00", 0),
        ("2026-11-03T12:00", Tz::Europe__London, "2026-11-03T20:00", 0),
    ] {
        let one = occurrence(&series, meeting_id(series.meeting_key, at(original))).unwrap();
        assert_eq!(write_local(local_of(one.starts_at, zone)), shown, "{original} {zone}");
        assert_eq!(one.shifted_minutes(zone), shifted, "{original} {zone}");
    }
}
