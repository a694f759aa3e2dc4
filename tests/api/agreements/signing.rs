//! Signing: for a seat, and anew.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestApp, agreement_path, clauses};

#[actix_web::test]
async fn a_seat_is_given_for_the_agreement_in_force_and_no_other() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let ana = app.therapist("ana").await;
    let offered = circle.admits(&ana).await;
    assert_eq!((&offered["status"], offered["seat"].get("agreement_status")), (&json!("awaiting_signature"), None));
    let old = circle.agreement().await;
    let new = circle.publishes(json!({"clauses": clauses(), "material": false})).await;
    let forged = json!("0".repeat(64));
    for (number, sha256) in [
        (&new["number"], &forged),
        (&new["number"], &old["sha256"]),
        (&old["number"], &old["sha256"]),
        (&old["number"], &new["sha256"]),
        (&json!(3), &new["sha256"]),
    ] {
        ana.signs_version(&offered, number, sha256).await.refused(409, "agreement_changed");
    }
    circle.owner.signs(&offered).await.refused(403, "forbidden");
    assert_eq!(ana.reads(&offered).await.expect(200), offered);
    let signed = ana.signs(&offered).await.expect(200);
    assert_eq!(signed["status"], "active");
    assert_eq!(signed["seat"], json!({"agreement_version_signed": 2, "agreement_status": "current"}));
    ana.signs(&offered).await.refused(409, "invalid_transition");
    ana.signs_version(&offered, &old["number"], &old["sha256"]).await.refused(409, "invalid_transition");
    let signatures = ana.all(&agreement_path(&new, "/signatures")).await;
    let expected = json!([{"membership_id": signed["id"], "account_id": ana.id, "display_name": "ana",
        "typed_name": "ana Reyes", "sha256": new["sha256"], "signed_at": signatures[0]["signed_at"]}]);
    assert_eq!(json!(signatures), expected);
    assert_eq!(circle.owner.all(&agreement_path(&old, "/signatures")).await.len(), 1);
}

#[actix_web::test]
async fn a_member_who_does_not_sign_in_time_is_restricted_until_they_do() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ana, seat), (_, other)] = circle.seats_all(&app, ["ana", "other"]).await;
    circle.publishes(json!({"clauses": clauses()})).await;
    app.later(TimeDelta::days(13));
    let (ana, circle) = (app.again(&ana).await, app.circle_again(&circle).await);
    assert_eq!(ana.reads(&seat).await.expect(200)["seat"]["agreement_status"], "stale");
    ana.get(&circle.path("memberships")).await.expect(200);
    // The owner signs in time.
    circle.owner.signs(&circle.membership_of(&circle.owner).await).await.expect(200);
    app.later(TimeDelta::days(1) + TimeDelta::hours(1));
    let (ana, circle) = (app.again(&ana).await, app.circle_again(&circle).await);
    let held = ana.reads(&seat).await.expect(200);
    assert_eq!((&held["status"], &held["seat"]["agreement_status"]), (&json!("active"), &json!("restricted")));

    // Refused: everything that members do.
    let version = circle.agreement().await;
    let until = app.clock.today() + TimeDelta::days(3);
    ana.get(&circle.path("memberships")).await.refused(403, "forbidden");
    ana.reads(&other).await.refused(404, "not_found");
    ana.get(&agreement_path(&version, "/signatures")).await.refused(403, "forbidden");
    ana.decides(&seat, "start-leave", json!({"until": until})).await.refused(403, "forbidden");
    ana.post(&circle.path("keep"), json!({})).await.refused(403, "forbidden");
    let card = format!("/v1/consultation-groups/{}", circle.id);
    ana.patch(&card, json!({"name": "Mine"})).await.refused(403, "forbidden");
    assert_eq!(ana.get(&card).await.expect(200)["health"], Value::Null);
    assert_eq!(circle.card().await["health"].as_array().map(Vec::is_empty), Some(false));

    // Allowed: to read, export, sign.
    let read = ana.get(&agreement_path(&version, "")).await.expect(200);
    assert_eq!((&read["number"], &read["signature_count"]), (&json!(2), &Value::Null));
    let export = ana.get(&agreement_path(&version, "/export")).await.expect(200);
    assert_eq!((&export["my_signatures"], &export["signatures"]), (&json!([]), &Value::Null));
    let signed = ana.signs(&seat).await.expect(200);
    assert_eq!((&signed["status"], &signed["seat"]["agreement_status"]), (&json!("active"), &json!("current")));
    ana.get(&circle.path("memberships")).await.expect(200);
    ana.decides(&seat, "start-leave", json!({"until": until})).await.expect(200);
}

#[actix_web::test]
async fn a_restricted_member_can_leave_and_a_restricted_owner_can_only_sign() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ana, seat)] = circle.seats_all(&app, ["ana"]).await;
    circle.publishes(json!({"clauses": clauses()})).await;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    app.later(TimeDelta::days(14));
    let (ana, circle) = (app.again(&ana).await, app.circle_again(&circle).await);
    let owner = &circle.owner;
    owner.get(&agreement_path(&draft, "")).await.refused(404, "not_found");
    owner.post(&circle.path("agreements"), json!({"clauses": clauses()})).await.refused(403, "forbidden");
    owner.post(&circle.path("archive"), json!({})).await.refused(403, "forbidden");
    owner.signs(&circle.membership_of(owner).await).await.expect(200);
    owner.get(&agreement_path(&draft, "")).await.expect(200);
    assert_eq!(ana.decides(&seat, "leave", json!({})).await.expect(200)["end_reason"], "left");
    assert_eq!(circle.card().await["member_count"], 1);
    // Who has left no longer takes part, and their signature stays.
    let first = circle.owner.all(&circle.path("agreements")).await[0].clone();
    ana.get(&agreement_path(&first, "/export")).await.refused(403, "forbidden");
    assert_eq!(circle.owner.all(&agreement_path(&first, "/signatures")).await.len(), 2);
}

#[actix_web::test]
async fn a_suspended_member_may_sign_and_stays_suspended() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ana, seat)] = circle.seats_all(&app, ["ana"]).await;
    let until = app.clock.today() + TimeDelta::days(10);
    circle.owner.decides(&seat, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    circle.publishes(json!({"clauses": clauses()})).await;
    let signed = ana.signs(&seat).await.expect(200);
    assert_eq!((&signed["status"], &signed["seat"]["agreement_status"]), (&json!("suspended"), &json!("current")));
    ana.get(&circle.path("memberships")).await.refused(403, "forbidden");
    let version = circle.agreement().await;
    let export = ana.get(&agreement_path(&version, "/export")).await.expect(200);
    assert_eq!(export["my_signatures"][0]["typed_name"], "ana Reyes");
}

#[actix_web::test]
async fn a_seat_that_is_not_signed_for_in_time_is_free() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"max_size": 2, "min_size": 2, "quorum": 2})).await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let offered = circle.admits(&ana).await;
    assert_eq!(circle.admits(&ben).await["status"], "waitlisted");
    assert_eq!(circle.card().await["open_seats"], 0);
    app.later(TimeDelta::days(14));
    let (ana, ben, circle) = (app.again(&ana).await, app.again(&ben).await, app.circle_again(&circle).await);
    assert_eq!(circle.card().await["open_seats"], 1);
    let expired = ana.reads(&offered).await.expect(200);
    assert_eq!((&expired["status"], &expired["end_reason"]), (&json!("ended"), &json!("expired")));
    ana.signs(&offered).await.refused(409, "invalid_transition");
    // The next write to the group offers the seat on; publishing an agreement is one.
    let version = circle.publishes(json!({"clauses": clauses(), "material": false})).await;
    let seat = circle.membership_of(&ben).await;
    assert_eq!(seat["status"], "awaiting_signature");
    let mails = app.mail.all();
    assert!(mails.iter().all(|mail| !mail.text.contains("A seat is yours") || mail.to == ben.email));
    ben.signs_version(&seat, &version["number"], &version["sha256"]).await.expect(200);
    assert_eq!(circle.card().await["member_count"], 2);
    // Who let it expire may ask again.
    assert_eq!(circle.admits(&ana).await["status"], "waitlisted");
}
