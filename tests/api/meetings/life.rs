use serde_json::{Value, json};

use crate::support::{TestApp, meeting_path};

#[actix_web::test]
async fn a_meeting_is_called_off_and_held_after_all() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[1].clone();
    let to = |of: &str| meeting_path(&one, of);
    let body = json!({"reason": "Two of us are away."});
    let off = circle.owner.post(&to("/cancel"), body).await.expect(200);
    assert_eq!((&off["status"], &off["cancel_reason"]), (&json!("cancelled"), &json!("Two of us are away.")));
    let mail = app.mail.saying(&ben.email, "called off").await;
    assert!(!mail.text.contains("away"), "{}", mail.text);
    for (path, body) in [("/cancel", json!({})), ("/start", json!({}))] {
        circle.owner.post(&to(path), body).await.refused(409, "invalid_transition");
    }
    circle.owner.patch(&to(""), json!({"place": "Room 4"})).await.refused(409, "invalid_transition");
    ben.put(&to("/rsvp"), json!({"answer": "yes"})).await.refused(409, "invalid_transition");
    // It is in the list, and its time is free.
    assert_eq!(circle.meetings().await[1]["status"], "cancelled");
    let other = json!({"starts_local": "2026-11-03T12:00"});
    let other = circle.owner.post(&circle.path("meetings"), other).await.expect(201);
    circle.owner.post(&to("/reinstate"), json!({})).await.invalid_at("#/starts_local", "collides");
    circle.owner.post(&meeting_path(&other, "/cancel"), json!({})).await.expect(200);
    let on = circle.owner.post(&to("/reinstate"), json!({})).await.expect(200);
    assert_eq!((&on["status"], &on["cancel_reason"]), (&json!("scheduled"), &Value::Null));
    circle.owner.post(&to("/reinstate"), json!({})).await.refused(409, "invalid_transition");
    let long = json!({"reason": "a".repeat(501)});
    circle.owner.post(&meeting_path(&other, "/cancel"), long).await.invalid_at("#/reason", "too_long");
}

#[actix_web::test]
async fn a_meeting_is_started_when_its_time_comes() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[0].clone();
    let to = |of: &str| meeting_path(&one, of);
    circle.owner.post(&to("/start"), json!({})).await.refused(409, "invalid_transition");
    app.at("2026-10-20T18:00:00Z");
    let circle = app.circle_again(&circle).await;
    let begun = circle.owner.post(&to("/start"), json!({})).await.expect(200);
    assert_eq!(begun["status"], "in_progress");
    assert!(begun["started_at"].as_str().unwrap().starts_with("2026-10-20T18:0"), "{begun}");
    circle.owner.patch(&to(""), json!({"starts_local": "2026-10-21T12:00"})).await.refused(409, "invalid_transition");
    circle.owner.post(&to("/cancel"), json!({})).await.refused(409, "invalid_transition");
    // A change of all that is to come leaves it alone.
    let series = format!("/v1/series/{}", one["series_id"].as_str().unwrap());
    circle.owner.patch(&series, json!({"starts_local": "2026-11-03T13:00"})).await.expect(200);
    let seen = circle.meetings().await;
    assert_eq!((&seen[0]["status"], &seen[0]["starts_local"]), (&json!("in_progress"), &json!("2026-10-20T12:00")));
    assert_eq!(seen[1]["starts_local"], "2026-11-03T13:00");
}

#[actix_web::test]
async fn a_group_is_told_how_it_meets() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), (chi, _), (dee, _)]) = app.circle_in_october().await;
    let signs = async |circle: &crate::support::Circle| -> Vec<Value> {
        circle.card().await["health"].as_array().unwrap().iter().map(|sign| sign["sign"].clone()).collect()
    };
    assert_eq!(signs(&circle).await, ["no_future_meeting"]);
    circle.meets_fortnightly().await;
    assert!(signs(&circle).await.is_empty());
    let meetings = circle.meetings().await;
    // Nobody says yes to the first, enough to the second, too few to the third and the fourth.
    for person in [&ben, &chi, &dee] {
        person.says(&meetings[1], "yes").await;
    }
    ben.says(&meetings[2], "yes").await;
    for (now, expected) in [
        ("2026-10-21T00:00:00Z", &[][..]),
        ("2026-11-04T00:00:00Z", &[]),
        ("2026-11-18T00:00:00Z", &["quorum_failed_twice"]),
    ] {
        app.at(now);
        assert_eq!(signs(&app.circle_again(&circle).await).await, expected, "{now}");
    }
}
