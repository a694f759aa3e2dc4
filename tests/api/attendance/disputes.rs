//! Saying that a record is not right.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestApp, took_part, was_there};

#[actix_web::test]
async fn a_dispute_is_upheld_or_the_record_amended() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat), (chi, seat_of_chi)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let meeting = app.running_meeting_of(&circle).await;
    let note = "I was there from the beginning.";
    ben.disputes(&meeting, note).await.refused(404, "not_found");
    let entries =
        json!([took_part(&own, "present"), was_there(&seat, "late", 30, 0, 0), took_part(&seat_of_chi, "present")]);
    circle.owner.records(&meeting, entries).await.expect(200);
    let early = ben.disputes(&meeting, note).await;
    assert_eq!(early.json["detail"], "the meeting is in_progress");
    early.refused(409, "invalid_transition");
    circle.owner.closes(&meeting).await.expect(200);

    let settle = format!("{meeting}/attendance/{}/settle", seat["id"].as_str().unwrap());
    let upheld = json!({"outcome": "upheld", "note": "Two of us noted the time."});
    circle.owner.post(&settle, upheld.clone()).await.refused(409, "invalid_transition");
    ben.disputes(&meeting, "").await.refused(422, "validation_failed");
    let disputed = ben.disputes(&meeting, note).await.expect(200);
    assert_eq!((&disputed["dispute_note"], disputed.get("settled_at")), (&json!(note), None));
    assert_eq!((&disputed["minutes"], &disputed["version"]), (&json!(30), &json!(2)), "it stays as it is");
    let again = ben.disputes(&meeting, note).await;
    assert_eq!(again.json["detail"], "the record is disputed already");
    again.refused(409, "invalid_transition");
    assert_eq!(circle.owner.attendance_of(&meeting).await["items"][0]["dispute_note"], note);
    let seen = chi.attendance_of(&meeting).await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "a fellow member sees nothing of it");

    ben.post(&settle, upheld.clone()).await.refused(403, "forbidden");
    chi.post(&settle, upheld.clone()).await.refused(403, "forbidden");
    circle.owner.post(&settle, json!({"outcome": "torn up"})).await.invalid_at("#/outcome", "unknown_value");
    let stranger = format!("{meeting}/attendance/{}/settle", uuid::Uuid::now_v7());
    circle.owner.post(&stranger, upheld.clone()).await.refused(404, "not_found");
    let settled = circle.owner.post(&settle, upheld.clone()).await.expect(200);
    assert!(settled["settled_at"].is_string(), "{settled}");
    assert_eq!((&settled["status"], &settled["version"]), (&json!("late"), &json!(3)));
    circle.owner.post(&settle, upheld).await.refused(409, "invalid_transition");

    // Again, and this time it is amended.
    let disputed = ben.disputes(&meeting, "Ask Chi.").await.expect(200);
    assert_eq!(disputed.get("settled_at"), None);
    let amended =
        circle.owner.amends(&meeting, json!([took_part(&seat, "present")]), "Chi remembers.").await.expect(200);
    assert!(amended["items"][0]["settled_at"].is_string(), "{amended}");
    assert_eq!(ben.hours().await["minutes"], 90);
    let log = ben.all(&format!("{meeting}/attendance/changes")).await;
    let told: Vec<_> = log.iter().map(|line| (line["event"].as_str().unwrap(), line["reason"].as_str())).collect();
    let expected = [
        ("recorded", None),
        ("disputed", Some(note)),
        ("upheld", Some("Two of us noted the time.")),
        ("disputed", Some("Ask Chi.")),
        ("amended", Some("Chi remembers.")),
    ];
    assert_eq!(told, expected);
    assert_eq!(chi.all(&format!("{meeting}/attendance/changes")).await.len(), 1);

    app.later(TimeDelta::days(14) + TimeDelta::minutes(1));
    let late = app.again(&chi).await.disputes(&meeting, "It was longer.").await;
    assert_eq!(late.json["detail"], "the meeting is held, and was closed more than 14 days ago");
    late.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn what_was_said_goes_with_the_group_and_with_the_account() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat_of_ben), (chi, seat_of_chi)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let entries =
        json!([took_part(&own, "present"), took_part(&seat_of_ben, "absent"), took_part(&seat_of_chi, "absent")]);
    let meeting = app.held_meeting_of(&circle, entries).await;
    ben.disputes(&meeting, "Planted word of Ben.").await.expect(200);
    chi.disputes(&meeting, "Planted word of Chi.").await.expect(200);
    ben.delete("/v1/me").await.expect(204);
    let notes = async || {
        let log = circle.owner.all(&format!("{meeting}/attendance/changes")).await;
        log.iter().filter_map(|line| line["reason"].as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(notes().await, ["Planted word of Chi."]);
    let sheet = circle.owner.attendance_of(&meeting).await;
    let noted = sheet["items"].as_array().unwrap().iter().filter(|item| item.get("dispute_note").is_some()).count();
    assert_eq!(noted, 1);
    circle.owner.post(&circle.path("dissolve"), json!({"confirm_name": circle.name})).await.expect(200);
    let mine = chi.get("/v1/me/export").await.expect(200);
    assert_eq!((mine["attendance"].as_array().unwrap().len(), mine["attendance"][0].get("dispute_note")), (1, None));
    assert_eq!(circle.owner.hours().await["minutes"], 90, "hours stay");
    circle.owner.get(&format!("{meeting}/attendance")).await.refused(404, "not_found");
}
