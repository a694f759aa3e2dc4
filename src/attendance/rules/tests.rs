use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::*;
use crate::entities::meeting;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// From 18:00 to 19:30 on the 1st.
fn meeting(status: StoredMeetingStatus, closed_at: Option<&str>) -> Occurrence {
    let starts: NaiveDateTime = "2026-12-01T18:00:00".parse().unwrap();
    let bare = Occurrence {
        id: Uuid::from_u128(50),
        series_id: Uuid::from_u128(51),
        group_id: Uuid::from_u128(40),
        recurring: true,
        title: None,
        original: starts,
        starts,
        zone: Tz::UTC,
        starts_at: instant("2026-12-01T18:00:00Z"),
        ends_at: instant("2026-12-01T19:30:00Z"),
        duration_minutes: 90,
        place: None,
        join_url: None,
        previous_at: None,
        row: None,
    };
    let row =
        meeting::Model { status, closed_at: closed_at.map(instant), ..bare.to_row(instant("2026-11-01T00:00:00Z")) };
    bare.with_row(row)
}

fn row(disputed_at: Option<&str>, settled_at: Option<&str>) -> meeting_attendance::Model {
    meeting_attendance::Model {
        meeting_id: Uuid::from_u128(50),
        account_id: Uuid::from_u128(1),
        membership_id: Uuid::from_u128(10),
        consultation_group_id: Uuid::from_u128(40),
        status: AttendanceStatus::Late,
        minutes: 60,
        recused_minutes: 10,
        presenting_minutes: 20,
        recorded_by: Uuid::from_u128(2),
        recorded_at: instant("2026-12-01T19:30:00Z"),
        disputed_at: disputed_at.map(instant),
        dispute_note: None,
        settled_at: settled_at.map(instant),
        version: 1,
    }
}

#[test]
fn a_record_is_written_from_the_start_for_a_week_and_amended_for_a_fortnight() {
    use MeetingStatus::{Cancelled, Unrecorded};
    use StoredMeetingStatus as Stored;
    let open = Ok(Phase::Recording);
    for (status, closed_at, now, expected) in [
        (Stored::Scheduled, None, "2026-12-01T17:59:59Z", Err(Refusal::NotBegun)),
        (Stored::Scheduled, None, "2026-12-01T18:00:00Z", open.clone()),
        (Stored::Scheduled, None, "2026-12-08T19:29:59Z", open.clone()),
        (Stored::Scheduled, None, "2026-12-08T19:30:00Z", Err(Refusal::MeetingIs(Unrecorded))),
        // It was started before its time.
        (Stored::InProgress, None, "2026-12-01T17:50:00Z", open.clone()),
        (Stored::InProgress, None, "2026-12-08T19:29:59Z", open),
        (Stored::InProgress, None, "2026-12-08T19:30:00Z", Err(Refusal::MeetingIs(Unrecorded))),
        (Stored::Cancelled, None, "2026-12-01T18:30:00Z", Err(Refusal::MeetingIs(Cancelled))),
        (Stored::Held, Some("2026-12-03T12:00:00Z"), "2026-12-03T12:00:00Z", Ok(Phase::Amending)),
        (Stored::Held, Some("2026-12-03T12:00:00Z"), "2026-12-17T12:00:00Z", Ok(Phase::Amending)),
        (Stored::Held, Some("2026-12-03T12:00:00Z"), "2026-12-17T12:00:01Z", Err(Refusal::TooLate)),
    ] {
        let found = phase(&meeting(status, closed_at), GroupStatus::Active, instant(now));
        assert_eq!(found, expected, "{status:?} at {now}");
    }
    let begun = meeting(Stored::InProgress, None);
    for (group, open) in [
        (GroupStatus::Draft, false),
        (GroupStatus::Forming, true),
        (GroupStatus::Paused, true),
        (GroupStatus::Dormant, true),
        (GroupStatus::Archived, false),
        (GroupStatus::Dissolved, false),
    ] {
        let found = phase(&begun, group, instant("2026-12-01T19:00:00Z"));
        assert_eq!(found == Ok(Phase::Recording), open, "{group:?}");
        assert!(open || found == Err(Refusal::GroupIs(group)), "{group:?}");
    }
}

/// The minutes that are credited, or the places of the faults.
type Credited = Result<[i64; 3], &'static [&'static str]>;

#[test]
fn what_a_record_may_say() {
    use AttendanceStatus::{Absent, Excused, Late, LeftEarly, Present};
    // Status, minutes, recused, presenting; then minutes, recused and presenting as recorded, or the members at fault.
    type Given = (AttendanceStatus, Option<i64>, Option<i64>, Option<i64>);
    let cases: [(Given, Credited); 20] = [
        ((Present, None, None, None), Ok([90, 0, 0])),
        ((Present, Some(80), None, None), Ok([80, 0, 0])),
        ((Present, None, Some(20), Some(30)), Ok([90, 20, 30])),
        ((Present, None, Some(90), None), Ok([90, 90, 0])),
        ((Present, None, Some(91), None), Err(&["recused_minutes"])),
        ((Present, None, Some(60), Some(31)), Err(&["presenting_minutes"])),
        ((Present, Some(0), None, None), Err(&["minutes"])),
        ((Present, Some(91), None, None), Err(&["minutes"])),
        ((Late, Some(1), None, None), Ok([1, 0, 0])),
        ((Late, Some(90), None, Some(90)), Ok([90, 0, 90])),
        ((Late, Some(30), Some(31), None), Err(&["recused_minutes"])),
        ((Late, None, None, None), Err(&["minutes"])),
        ((LeftEarly, Some(45), Some(5), None), Ok([45, 5, 0])),
        ((LeftEarly, Some(0), None, None), Err(&["minutes"])),
        ((LeftEarly, None, Some(100), None), Err(&["minutes"])),
        ((Excused, None, None, None), Ok([0, 0, 0])),
        ((Excused, Some(0), Some(0), Some(0)), Ok([0, 0, 0])),
        ((Excused, Some(1), None, Some(1)), Err(&["minutes", "presenting_minutes"])),
        ((Absent, None, None, None), Ok([0, 0, 0])),
        ((Absent, None, Some(5), None), Err(&["recused_minutes"])),
    ];
    for ((status, minutes, recused_minutes, presenting_minutes), expected) in cases {
        let claim = Claim { status, minutes, recused_minutes, presenting_minutes };
        let found = measured(&claim, 90);
        let found = found.map(|said| [said.minutes, said.recused_minutes, said.presenting_minutes]);
        let found = found.map_err(|faults| faults.iter().map(|(member, ..)| *member).collect::<Vec<_>>());
        assert_eq!(found, expected.map_err(<[_]>::to_vec), "{claim:?}");
    }
}

#[test]
fn the_ledger_gets_what_it_lacks() {
    let before = Credit::of(&said(&row(None, None)));
    assert_eq!(before, Credit { minutes: 50, presenting_minutes: 20, recused_minutes: 10 });
    let absent =
        StoredAttendance { status: AttendanceStatus::Absent, minutes: 0, recused_minutes: 0, presenting_minutes: 0 };
    let less = Credit::of(&absent).beyond(before);
    assert_eq!(less, Credit { minutes: -50, presenting_minutes: -20, recused_minutes: -10 });
    assert!(before.beyond(before).is_nothing() && !less.is_nothing());
}

#[test]
fn a_meeting_is_closed_once_everybody_has_a_record() {
    let [ana, ben] = [1, 2].map(Uuid::from_u128);
    let [seat_of_ana, seat_of_ben] = [11, 12].map(Uuid::from_u128);
    let expected = [(ana, seat_of_ana), (ben, seat_of_ben)];
    let close = |status, recorded: &[Uuid]| {
        may_close(status, GroupStatus::Forming, &expected, &recorded.iter().copied().collect())
    };
    assert_eq!(close(MeetingStatus::InProgress, &[ana, ben]), Ok(()));
    assert_eq!(close(MeetingStatus::InProgress, &[ben]), Err(Refusal::Missing(vec![seat_of_ana])));
    assert_eq!(close(MeetingStatus::InProgress, &[]), Err(Refusal::Missing(vec![seat_of_ana, seat_of_ben])));
    for status in [
        MeetingStatus::Scheduled,
        MeetingStatus::Confirmed,
        MeetingStatus::AtRisk,
        MeetingStatus::Held,
        MeetingStatus::Cancelled,
        MeetingStatus::Unrecorded,
    ] {
        assert_eq!(close(status, &[ana, ben]), Err(Refusal::MeetingIs(status)));
    }
    let recorded = HashSet::from([ana, ben]);
    let archived = may_close(MeetingStatus::InProgress, GroupStatus::Archived, &expected, &recorded);
    assert_eq!(archived, Err(Refusal::GroupIs(GroupStatus::Archived)));
}

#[test]
fn a_record_is_disputed_once_at_a_time_and_while_it_can_be_amended() {
    use StoredMeetingStatus as Stored;
    let held = meeting(Stored::Held, Some("2026-12-03T12:00:00Z"));
    let (disputed, settled) = (Some("2026-12-04T00:00:00Z"), Some("2026-12-05T00:00:00Z"));
    let dispute = |meeting: &Occurrence, row: meeting_attendance::Model, now| {
        may_dispute(meeting, &row, GroupStatus::Active, instant(now))
    };
    let soon = "2026-12-06T00:00:00Z";
    assert_eq!(dispute(&held, row(None, None), "2026-12-17T12:00:00Z"), Ok(()));
    assert_eq!(dispute(&held, row(None, None), "2026-12-17T12:00:01Z"), Err(Refusal::TooLate));
    assert_eq!(dispute(&held, row(disputed, None), soon), Err(Refusal::Disputed));
    assert_eq!(dispute(&held, row(disputed, settled), soon), Ok(()));
    assert_eq!(dispute(&meeting(Stored::Scheduled, None), row(None, None), soon), Err(Refusal::NotClosed));
    let running = Err(Refusal::MeetingIs(MeetingStatus::InProgress));
    assert_eq!(dispute(&meeting(Stored::InProgress, None), row(None, None), soon), running);
    for (row, expected) in [
        (row(None, None), Err(Refusal::NotDisputed)),
        (row(disputed, None), Ok(())),
        (row(disputed, settled), Err(Refusal::NotDisputed)),
    ] {
        assert_eq!(may_settle(&row, GroupStatus::Active), expected);
    }
}

#[test]
fn a_rate_says_what_was_missed_without_notice() {
    // Present, late, left early, excused, absent; expected; rate.
    for (counts, expected, rate) in [
        ([0, 0, 0, 0, 0], 0, None),
        ([1, 0, 0, 0, 1], 2, None),
        ([2, 0, 0, 0, 1], 3, Some(0.3333)),
        ([1, 1, 1, 0, 1], 4, Some(0.25)),
        ([1, 0, 0, 2, 1], 4, Some(0.5)),
        ([0, 0, 0, 3, 0], 3, None),
        ([0, 0, 0, 2, 1], 3, Some(1.0)),
        ([9, 0, 0, 0, 0], 9, Some(0.0)),
    ] {
        let [present, late, left_early, excused, absent] = counts;
        let tally = Tally { present, late, left_early, excused, absent };
        assert_eq!((tally.expected(), tally.no_show_rate()), (expected, rate), "{counts:?}");
    }
    let tally = Tally::of([(AttendanceStatus::Present, 4), (AttendanceStatus::Absent, 1)]);
    assert_eq!(tally, Tally { present: 4, absent: 1, ..Tally::default() });
    let counts = Counts::of([AttendanceStatus::Present, AttendanceStatus::Excused, AttendanceStatus::LeftEarly]);
    assert_eq!(counts, Counts { expected: 3, present: 2 });
}
