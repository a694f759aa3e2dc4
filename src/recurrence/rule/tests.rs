use proptest::prelude::*;

use super::super::zone::{read_local, write_local};
use super::*;

const LOS_ANGELES: Tz = Tz::America__Los_Angeles;

fn at(text: &str) -> NaiveDateTime {
    read_local(text).unwrap()
}

fn rule(text: &str) -> Rule {
    Rule::parse(text, LOS_ANGELES).unwrap()
}

#[test]
fn a_rule_gives_its_starts() {
    for (text, starts, from, to, expected) in [
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
            "2026-10-20T12:00",
            "2026-10-01T00:00",
            "2027-12-01T00:00",
            "10-20 11-03 11-17 12-01",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-10-20T12:00", "2026-11-03T12:00", "2026-11-17T12:00", "11-03"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-10-19T09:00", "2026-10-20T00:00", "2026-10-30T00:00", "10-22 10-26 10-29"),
        ("FREQ=MONTHLY", "2026-01-31T09:00", "2026-01-01T00:00", "2026-08-01T00:00", "01-31 03-31 05-31 07-31"),
        ("FREQ=MONTHLY;BYDAY=2TU", "2026-10-13T09:00", "2026-10-01T00:00", "2027-01-01T00:00", "10-13 11-10 12-08"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-10-30T09:00", "2026-10-01T00:00", "2027-01-01T00:00", "10-30 11-27 12-25"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2026-10-30T09:00",
            "2026-10-01T00:00",
            "2027-01-01T00:00",
            "10-30 11-30 12-31",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=3",
            "2026-01-15T09:00",
            "2099-01-01T00:00",
            "2100-01-01T00:00",
            "01-15 04-15 07-15 10-15",
        ),
        ("FREQ=WEEKLY;UNTIL=20261103", "2026-10-20T12:00", "2026-10-01T00:00", "2027-12-01T00:00", "10-20 10-27 11-03"),
        (
            "FREQ=WEEKLY;UNTIL=20261103T200000Z",
            "2026-10-20T12:00",
            "2026-10-01T00:00",
            "2027-12-01T00:00",
            "10-20 10-27 11-03",
        ),
        (
            "FREQ=WEEKLY;UNTIL=20261103T115959",
            "2026-10-20T12:00",
            "2026-10-01T00:00",
            "2027-12-01T00:00",
            "10-20 10-27",
        ),
    ] {
        let starts = rule(text).starts_between(at(starts), at(from), at(to));
        let days: Vec<_> = starts.iter().map(|start| start.format("%m-%d").to_string()).collect();
        assert_eq!(days.join(" "), expected, "{text}");
    }
}

#[test]
fn a_rule_that_cannot_be_is_refused() {
    for (text, code) in [
        ("", "invalid_rule"),
        ("FREQ", "invalid_rule"),
        ("FREQ=DAILY", "invalid_rule"),
        ("FREQ=SECONDLY", "invalid_rule"),
        ("BYDAY=TU", "invalid_rule"),
        ("FREQ=WEEKLY;FREQ=WEEKLY", "invalid_rule"),
        ("FREQ=WEEKLY;BYMONTH=2", "invalid_rule"),
        ("FREQ=WEEKLY;WKST=SU", "invalid_rule"),
        ("FREQ=WEEKLY;BYDAY=2TU", "invalid_rule"),
        ("FREQ=WEEKLY;BYDAY=", "invalid_rule"),
        ("FREQ=WEEKLY;BYDAY=XX", "invalid_rule"),
        ("FREQ=WEEKLY;BYDAY=TU,TU", "invalid_rule"),
        ("FREQ=MONTHLY;BYDAY=6TU", "invalid_rule"),
        ("FREQ=MONTHLY;BYSETPOS=1", "invalid_rule"),
        ("FREQ=WEEKLY;BYDAY=TU;BYSETPOS=0", "invalid_rule"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20301231", "invalid_rule"),
        ("FREQ=WEEKLY;UNTIL=2030-12-31", "invalid_rule"),
        ("FREQ=WEEKLY;UNTIL=20301231Z", "invalid_rule"),
        ("FREQ=WEEKLY;UNTIL=21010101", "out_of_range"),
        ("FREQ=WEEKLY;UNTIL=19991231", "out_of_range"),
        ("FREQ=WEEKLY;COUNT=0", "out_of_range"),
        ("FREQ=WEEKLY;COUNT=521", "out_of_range"),
        ("FREQ=WEEKLY;COUNT=1000000", "out_of_range"),
        ("FREQ=WEEKLY;COUNT=+3", "out_of_range"),
        ("FREQ=WEEKLY;INTERVAL=0", "out_of_range"),
        ("FREQ=WEEKLY;INTERVAL=53", "out_of_range"),
        ("FREQ=MONTHLY;INTERVAL=25", "out_of_range"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", "never_fires"),
        ("FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=-2", "never_fires"),
    ] {
        assert_eq!(Rule::parse(text, LOS_ANGELES).unwrap_err().code, code, "{text}");
    }
}

#[test]
fn a_series_starts_with_its_first_start() {
    for (text, starts, expected) in [
        ("FREQ=WEEKLY;BYDAY=TU", "2026-10-20T12:00", None),
        ("FREQ=WEEKLY;BYDAY=WE", "2026-10-20T12:00", Some("not_an_occurrence")),
        ("FREQ=MONTHLY;BYDAY=5MO;INTERVAL=12", "2026-02-01T12:00", Some("never_fires")),
        ("FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=1", "2026-11-30T12:00", None),
        ("FREQ=WEEKLY;UNTIL=20261019", "2026-10-20T12:00", Some("never_fires")),
        ("FREQ=WEEKLY;UNTIL=20261020", "2026-10-20T12:00", None),
        ("FREQ=WEEKLY", "2100-12-31T12:00", None),
    ] {
        let found = rule(text).check_start(at(starts));
        assert_eq!(found.err().map(|fault| fault.code), expected, "{text} {starts}");
    }
}

#[test]
fn a_rule_is_written_in_one_way() {
    for (text, expected) in [
        ("freq=weekly;interval=1;byday=tu", "FREQ=WEEKLY;BYDAY=TU"),
        ("RRULE:BYDAY=-1FR,2TU;FREQ=MONTHLY;WKST=MO", "FREQ=MONTHLY;BYDAY=-1FR,2TU"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;INTERVAL=2;COUNT=7",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU;BYSETPOS=-1;COUNT=7",
        ),
        ("FREQ=WEEKLY;UNTIL=20261103", "FREQ=WEEKLY;UNTIL=20261103T235959"),
        ("FREQ=WEEKLY;UNTIL=20261103T200000Z", "FREQ=WEEKLY;UNTIL=20261103T120000"),
    ] {
        assert_eq!(rule(text).to_string(), expected);
        assert_eq!(rule(expected).to_string(), expected);
    }
    assert_eq!(
        rule("FREQ=WEEKLY;UNTIL=20261103T120000").for_calendars(LOS_ANGELES),
        "FREQ=WEEKLY;UNTIL=20261103T200000Z"
    );
}

#[test]
fn a_rule_moves_with_its_day() {
    for (text, from, to, expected) in [
        ("FREQ=WEEKLY;BYDAY=TU", "2026-10-20", "2026-10-21", "FREQ=WEEKLY;BYDAY=WE"),
        ("FREQ=WEEKLY", "2026-10-20", "2026-10-21", "FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYDAY=2TU", "2026-10-13", "2026-10-15", "FREQ=MONTHLY;BYDAY=3TH"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-10-30", "2026-10-29", "FREQ=MONTHLY;BYDAY=-1TH"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-10-30", "2026-10-20", "FREQ=MONTHLY;BYDAY=3TU"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-10-19", "2026-10-20", "FREQ=WEEKLY;BYDAY=MO,TH"),
    ] {
        assert_eq!(rule(text).moved(from.parse().unwrap(), to.parse().unwrap()).to_string(), expected, "{text}");
    }
}

proptest! {
    /// Looking late into a series shows what unrolling all of it shows.
    #[test]
    fn where_one_looks_from_changes_nothing(
        start_day in 0_u64..2_000, looked_after in 0_u64..3_000, interval in 1_u16..9,
        kind in 0_usize..6, count in proptest::option::of(1_u32..200),
    ) {
        let kinds = ["WEEKLY", "WEEKLY;BYDAY=MO,WE,SU", "MONTHLY", "MONTHLY;BYDAY=1MO,-1FR", "MONTHLY;BYDAY=5WE",
            "MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1"];
        let count = count.map_or(String::new(), |count| format!(";COUNT={count}"));
        let text = format!("FREQ={};INTERVAL={interval}{count}", kinds[kind]);
        let rule = rule(&text);
        let starts = at("2020-01-01T18:30").checked_add_days(Days::new(start_day)).unwrap();
        let from = starts.checked_add_days(Days::new(looked_after)).unwrap();
        let to = from.checked_add_days(Days::new(200)).unwrap();
        let mut whole = rule.starts_between(starts, starts, to);
        whole.retain(|start| *start >= from);
        let found = rule.starts_between(starts, from, to);
        prop_assert_eq!(found.iter().map(|start| write_local(*start)).collect::<Vec<_>>(),
            whole.iter().map(|start| write_local(*start)).collect::<Vec<_>>(), "{} from {}", text, starts);
    }
}
