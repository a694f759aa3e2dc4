//! Many at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestApp, took_part, was_there};

#[actix_web::test]
async fn of_many_who_close_a_meeting_one_does() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let meeting = app.running_meeting_of(&circle).await;
    circle.owner.records(&meeting, json!([took_part(&own, "present")])).await.expect(200);
    let closed = join_all((0..20).map(|_| circle.owner.closes(&meeting))).await;
    let statuses: Vec<_> = closed.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    assert_eq!(circle.owner.hours().await["minutes"], 90, "once");
}

#[actix_web::test]
async fn the_first_record_is_written_once_by_whoever_is_first() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    // It has no row yet: each would make it.
    let meeting = app.meeting_of(&circle, -30).await;
    let entry = |minutes: i64| json!([was_there(&own, "late", minutes, 0, 0)]);
    let written = join_all((1..=20).map(|minutes| circle.owner.records(&meeting, entry(minutes)))).await;
    assert!(written.iter().all(|answer| answer.status == 200), "{written:?}");
    let sheet = circle.owner.attendance_of(&meeting).await;
    assert_eq!((&sheet["version"], sheet["items"].as_array().unwrap().len()), (&json!(20), 1), "{sheet}");
    let log: Vec<Value> = circle.owner.all(&format!("{meeting}/attendance/changes")).await;
    assert_eq!(log.len(), 20);
}

#[actix_web::test]
async fn however_many_amend_the_ledger_says_what_the_record_says() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat)] = circle.seats_all(&app, ["ben"]).await;
    let entries = json!([took_part(&own, "present"), took_part(&seat, "absent")]);
    let meeting = app.held_meeting_of(&circle, entries).await;
    let amend =
        |minutes: i64| circle.owner.amends(&meeting, json!([was_there(&seat, "late", minutes, 0, 0)]), "Again.");
    let amended = join_all((1..=20).map(|step| {
        let amend = &amend;
        async move { amend(step * 4).await }
    }))
    .await;
    assert!(amended.iter().all(|answer| answer.status == 200), "{amended:?}");
    let recorded = ben.attendance_of(&meeting).await["items"][0]["minutes"].clone();
    assert_eq!(ben.hours().await["minutes"], recorded);
    assert_eq!(ben.all("/v1/me/hours").await.len(), 20);
}
