//! Writing down who came, and amending it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use support_network::entities::meeting::StoredMeetingStatus;

use crate::support::{TestApp, took_part, was_there};

fn names(sheet: &Value) -> Vec<&str> {
    sheet["items"].as_array().unwrap().iter().map(|item| item["display_name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn whoever_leads_records_and_others_see_themselves() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat_of_ben), (chi, seat_of_chi)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let fay = app.therapist("fay").await;
    let seat_of_fay = circle.seats_as(&fay, "facilitator").await;
    let meeting = app.meeting_of(&circle, -30).await;

    let empty = circle.owner.attendance_of(&meeting).await;
    assert_eq!((&empty["items"], &empty["version"], &empty["duration_minutes"]), (&json!([]), &json!(0), &json!(90)));
    assert_eq!(empty["missing"], json!([own["id"], seat_of_ben["id"], seat_of_chi["id"], seat_of_fay["id"]]));
    assert_eq!(ben.attendance_of(&meeting).await.get("missing"), None);

    let entries = json!([took_part(&own, "present"), was_there(&seat_of_ben, "late", 60, 10, 20)]);
    let sheet = circle.owner.records(&meeting, entries.clone()).await.expect(200);
    assert_eq!(names(&sheet), ["ben", "owner"]);
    let late = &sheet["items"][0];
    let minutes = ["minutes", "recused_minutes", "presenting_minutes", "version"].map(|member| late[member].as_i64());
    assert_eq!((minutes, &late["recorded_by"]), ([60, 10, 20, 1].map(Some), &json!(circle.owner.id)));
    assert_eq!(sheet["items"][1]["minutes"], 90, "the whole meeting");
    assert_eq!((&sheet["missing"], &sheet["version"]), (&json!([seat_of_chi["id"], seat_of_fay["id"]]), &json!(2)));

    // A facilitator adds the others; who is not named stays.
    let rest = json!([took_part(&seat_of_fay, "present"), took_part(&seat_of_chi, "excused")]);
    let sheet = fay.records(&meeting, rest).await.expect(200);
    assert_eq!(names(&sheet), ["ben", "chi", "fay", "owner"]);
    assert_eq!((&sheet["missing"], &sheet["items"][0]), (&json!([]), late));
    // The same again changes nothing.
    assert_eq!(circle.owner.records(&meeting, entries).await.expect(200), sheet);

    let seen = ben.attendance_of(&meeting).await;
    assert_eq!((names(&seen), &seen["items"][0]), (vec!["ben"], late));
    assert_eq!(names(&chi.attendance_of(&meeting).await), ["chi"]);
    let denied = ben.records(&meeting, json!([took_part(&seat_of_ben, "present")])).await;
    denied.refused(403, "forbidden");

    // What was done stands in the log: all of it for those who lead, one's own for others.
    let log = format!("{meeting}/attendance/changes");
    let all = fay.all(&log).await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|line| line["event"] == "recorded" && line.get("before").is_none()), "{all:?}");
    let own = ben.all(&log).await;
    assert_eq!((own.len(), &own[0]["membership_id"]), (1, &seat_of_ben["id"]));
    assert_eq!(
        own[0]["after"],
        json!({"status": "late", "minutes": 60, "recused_minutes": 10, "presenting_minutes": 20})
    );
    assert_eq!(fay.all(&format!("{log}?limit=3")).await, all, "page by page");
}

#[actix_web::test]
async fn each_entry_that_is_not_as_it_must_be_is_pointed_to() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let [(_, seat)] = circle.seats_all(&app, ["ben"]).await;
    let elsewhere = app.circle_of(&circle.owner, "Elsewhere").await;
    let foreign = elsewhere.membership_of(&circle.owner).await;
    let asks = app.therapist("asks").await;
    let awaiting = circle.admits(&asks).await;
    let meeting = app.meeting_of(&circle, -30).await;
    let record = async |entry: Value| circle.owner.records(&meeting, json!([took_part(&own, "present"), entry])).await;
    for (entry, member, code) in [
        (took_part(&foreign, "present"), "membership_id", "unknown_membership"),
        (took_part(&awaiting, "present"), "membership_id", "unknown_membership"),
        (took_part(&json!({"id": uuid::Uuid::now_v7()}), "present"), "membership_id", "unknown_membership"),
        (took_part(&own, "absent"), "membership_id", "duplicate"),
        (took_part(&seat, "late"), "minutes", "missing_member"),
        (took_part(&seat, "left_early"), "minutes", "missing_member"),
        (took_part(&seat, "asleep"), "status", "unknown_value"),
        (was_there(&seat, "late", 0, 0, 0), "minutes", "out_of_range"),
        (was_there(&seat, "left_early", 91, 0, 0), "minutes", "out_of_range"),
        (was_there(&seat, "present", 91, 0, 0), "minutes", "out_of_range"),
        (was_there(&seat, "present", 90, 91, 0), "recused_minutes", "out_of_range"),
        (was_there(&seat, "present", 90, 60, 31), "presenting_minutes", "out_of_range"),
        (was_there(&seat, "excused", 1, 0, 0), "minutes", "out_of_range"),
        (was_there(&seat, "absent", 0, 5, 0), "recused_minutes", "out_of_range"),
        (was_there(&seat, "absent", 0, 0, 5), "presenting_minutes", "out_of_range"),
        (was_there(&seat, "present", -1, 0, 0), "minutes", "out_of_range"),
        (was_there(&seat, "present", 1441, 0, 0), "minutes", "out_of_range"),
        (json!({"membership_id": seat["id"], "status": "present", "version": 1}), "version", "unknown_member"),
        (
            json!({"membership_id": seat["id"], "status": "present", "account_id": asks.id}),
            "account_id",
            "unknown_member",
        ),
    ] {
        record(entry).await.invalid_at(&format!("#/entries/1/{member}"), code);
    }
    // All of them at once.
    let entries = json!([took_part(&foreign, "late"), was_there(&seat, "absent", 5, 5, 5)]);
    let faults = circle.owner.records(&meeting, entries).await.refused(422, "validation_failed");
    let places: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    let expected = ["0/membership_id", "1/minutes", "1/presenting_minutes", "1/recused_minutes"]
        .map(|at| format!("#/entries/{at}"));
    assert_eq!(places, expected);
    circle.owner.records(&meeting, json!([])).await.invalid_at("#/entries", "too_short");
    assert_eq!(circle.owner.attendance_of(&meeting).await["items"], json!([]), "nothing was written");
}

#[actix_web::test]
async fn a_meeting_is_recorded_from_its_start_for_a_week() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let entries = json!([took_part(&own, "present")]);
    let says = async |meeting: &str, detail: &str| {
        let answer = circle.owner.records(meeting, entries.clone()).await;
        assert_eq!(answer.json["detail"], detail);
        answer.refused(409, "invalid_transition");
    };
    let coming = app.meeting_of(&circle, 30).await;
    says(&coming, "the meeting has not begun").await;
    // It was started before its time.
    app.sets_status(&coming, StoredMeetingStatus::InProgress).await;
    circle.owner.records(&coming, entries.clone()).await.expect(200);
    let cancelled = app.meeting_of(&circle, -30).await;
    app.sets_status(&cancelled, StoredMeetingStatus::Cancelled).await;
    says(&cancelled, "the meeting is cancelled").await;
    assert_eq!(circle.owner.attendance_of(&cancelled).await.get("missing"), None);
    let old = app.meeting_of(&circle, -90 - 7 * 24 * 60).await;
    says(&old, "the meeting is unrecorded").await;
    let just_in_time = app.meeting_of(&circle, -85 - 7 * 24 * 60).await;
    circle.owner.records(&just_in_time, entries.clone()).await.expect(200);
    let forgotten = app.running_meeting_of(&circle).await;
    circle.owner.post(&circle.path("archive"), json!({})).await.expect(200);
    says(&forgotten, "the group is archived").await;
}

#[actix_web::test]
async fn a_closed_record_is_amended_with_a_reason_for_a_fortnight() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat)] = circle.seats_all(&app, ["ben"]).await;
    let entries = json!([took_part(&own, "present"), was_there(&seat, "present", 90, 20, 30)]);
    let meeting = app.held_meeting_of(&circle, entries).await;
    let credited = json!({"meetings": 1, "minutes": 70, "presenting_minutes": 30, "recused_minutes": 20});
    assert_eq!(ben.hours().await, credited);

    let absent = json!([took_part(&seat, "absent")]);
    circle.owner.records(&meeting, absent.clone()).await.invalid_at("#/reason", "missing_member");
    let amended = circle.owner.amends(&meeting, absent.clone(), "I had mixed up two names.").await.expect(200);
    assert_eq!((&amended["items"][0]["status"], &amended["items"][0]["version"]), (&json!("absent"), &json!(2)));
    let nothing = json!({"meetings": 0, "minutes": 0, "presenting_minutes": 0, "recused_minutes": 0});
    assert_eq!(ben.hours().await, nothing);
    circle.owner.amends(&meeting, absent, "Once more.").await.expect(200);
    circle.owner.amends(&meeting, json!([was_there(&seat, "late", 45, 0, 5)]), "He came late.").await.expect(200);
    assert_eq!(ben.hours().await, json!({"meetings": 1, "minutes": 45, "presenting_minutes": 5, "recused_minutes": 0}));
    assert_eq!(circle.owner.hours().await["minutes"], 90, "hers stay as they are");

    // The ledger has a line for each, and none was changed.
    let lines = ben.all("/v1/me/hours").await;
    let told: Vec<_> =
        lines.iter().rev().map(|line| (line["kind"].as_str().unwrap(), line["minutes"].as_i64().unwrap())).collect();
    assert_eq!(told, [("recorded", 70), ("amended", -70), ("amended", 45)]);
    // Who is concerned reads why.
    let log = ben.all(&format!("{meeting}/attendance/changes")).await;
    let told: Vec<_> = log.iter().map(|line| (line["event"].as_str().unwrap(), line["reason"].as_str())).collect();
    let expected =
        [("recorded", None), ("amended", Some("I had mixed up two names.")), ("amended", Some("He came late."))];
    assert_eq!((told.as_slice(), &log[1]["before"]["status"]), (&expected[..], &json!("present")));
    let events =
        circle.owner.all(&format!("/v1/audit-events?consultation_group_id={}&subject_type=meeting", circle.id)).await;
    let actions: Vec<_> = events.iter().rev().map(|event| event["action"].as_str().unwrap()).collect();
    let amended = "meeting.amend_attendance";
    assert_eq!(actions, ["meeting.record_attendance", "meeting.close", amended, amended]);
    assert_eq!(events[0]["account_id"], ben.id);

    app.later(TimeDelta::days(14) - TimeDelta::minutes(5));
    let circle = app.circle_again(&circle).await;
    circle.owner.amends(&meeting, json!([took_part(&seat, "present")]), "In time.").await.expect(200);
    app.later(TimeDelta::minutes(6));
    let late = circle.owner.amends(&meeting, json!([took_part(&seat, "absent")]), "Too late.").await;
    assert_eq!(late.json["detail"], "the meeting is held, and was closed more than 14 days ago");
    late.refused(409, "invalid_transition");
    assert_eq!(app.again(&ben).await.hours().await["minutes"], 90);
}

#[actix_web::test]
async fn a_stale_record_is_not_overwritten() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let meeting = app.meeting_of(&circle, -30).await;
    let path = format!("{meeting}/attendance");
    let first = circle.owner.get(&path).await;
    assert!(first.etag().starts_with("\"0."), "{}", first.etag());
    let put = async |status: &str, tag: &str| {
        let body = json!({"entries": [was_there(&own, status, 30, 0, 0)]});
        circle.owner.request(reqwest::Method::PUT, &path).header("If-Match", tag).json(&body).send().await
    };
    let second = put("late", &first.etag()).await;
    assert_eq!(second.status, 200);
    put("left_early", &first.etag()).await.refused(412, "stale_version");
    put("left_early", &second.etag()).await.expect(200);
    let held = circle.owner.get(&path).await;
    let unchanged =
        circle.owner.request(reqwest::Method::GET, &path).header("If-None-Match", &held.etag()).send().await;
    assert_eq!(unchanged.status, 304);
}

#[actix_web::test]
async fn who_left_since_is_still_corrected() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat), (chi, gone)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let entries = json!([took_part(&own, "present"), took_part(&seat, "absent"), took_part(&gone, "absent")]);
    let meeting = app.held_meeting_of(&circle, entries).await;
    ben.decides(&seat, "leave", json!({})).await.expect(200);
    chi.delete("/v1/me").await.expect(204);
    circle.owner.amends(&meeting, json!([took_part(&seat, "present")]), "He was there.").await.expect(200);
    assert_eq!(ben.hours().await["minutes"], 90);
    let erased = circle.owner.amends(&meeting, json!([took_part(&gone, "present")]), "And she.").await;
    erased.invalid_at("#/entries/0/membership_id", "unknown_membership");
    let sheet = circle.owner.attendance_of(&meeting).await;
    assert_eq!(names(&sheet), ["ben", "Former member", "owner"]);
    // Whoever left reads it no more.
    ben.get(&format!("{meeting}/attendance")).await.refused(404, "not_found");
}
