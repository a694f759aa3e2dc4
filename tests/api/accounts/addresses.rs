//! E-mail addresses: confirming them, changing them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::where_verification_is_required;
use crate::support::{Answer, PASSWORD, TestApp};

async fn confirm(app: &TestApp, token: &str) -> Answer {
    app.anonymous().post("/v1/email-verifications/confirm", json!({"token": token})).await
}

fn change(email: &str) -> Value {
    json!({"email": email, "current_password": PASSWORD})
}

#[actix_web::test]
async fn a_verification_token_is_good_once_for_a_day_and_until_a_newer_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let first = app.mail.to(&ana.email).await.token();
    confirm(&app, "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh").await.refused(404, "not_found");
    confirm(&app, &"x".repeat(129)).await.invalid_at("#/token", "too_long");
    ana.post("/v1/email-verifications", json!({})).await.expect(202);
    let second = app.mail.nth_to(&ana.email, 2).await.token();
    confirm(&app, &first).await.refused(410, "token_expired");
    confirm(&app, &second).await.expect(200);
    confirm(&app, &second).await.refused(410, "token_expired");
    assert!(ana.get("/v1/me").await.expect(200)["email_verified_at"].is_string());
    ana.post("/v1/email-verifications", json!({})).await.refused(409, "invalid_transition");
    app.anonymous().post("/v1/email-verifications", json!({})).await.refused(401, "unauthenticated");

    let ben = app.therapist("ben").await;
    let token = app.mail.to(&ben.email).await.token();
    app.later(TimeDelta::hours(24));
    confirm(&app, &token).await.refused(410, "token_expired");
}

#[actix_web::test]
async fn a_mailbox_is_not_flooded() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for _ in 0..5 {
        ana.post("/v1/email-verifications", json!({})).await.expect(202);
    }
    ana.post("/v1/email-verifications", json!({})).await.refused(429, "too_many_requests");
}

#[actix_web::test]
async fn another_address_takes_the_password_and_has_to_be_confirmed() {
    let app = TestApp::spawn().await;
    let ana = app.verified_therapist("ana").await;
    app.anonymous().post("/v1/password-resets", json!({"email": ana.email})).await.expect(202);
    let reset = app.mail.nth_to(&ana.email, 2).await.token();
    app.therapist("ben").await;
    let patch = async |body: Value| ana.patch("/v1/me", body).await;
    patch(json!({"email": "ana@new.example"})).await.invalid_at("#/current_password", "missing_member");
    patch(json!({"email": "ana@new.example", "current_password": "not the right one"}))
        .await
        .invalid_at("#/current_password", "wrong_password");
    patch(json!({"display_name": "Ana", "current_password": PASSWORD}))
        .await
        .invalid_at("#/current_password", "not_needed");
    patch(change("not an address")).await.invalid_at("#/email", "invalid_email");
    patch(change("BEN@example.org")).await.refused(409, "email_taken");
    assert_eq!(ana.get("/v1/me").await.expect(200)["email"], "ana@example.org");

    let changed = patch(change("Ana@New.example")).await.expect(200);
    assert_eq!(changed["email"], "Ana@New.example");
    assert!(changed.get("email_verified_at").is_none());
    assert!(app.mail.nth_to(&ana.email, 3).await.text.contains("being changed"));
    let token = app.mail.to("Ana@New.example").await.token();
    let password = json!({"token": reset, "password": "seven slow barges upstream"});
    app.anonymous().post("/v1/password-resets/confirm", password).await.refused(410, "token_expired");
    confirm(&app, &token).await.expect(200);
    app.sign_in(&ana.id, "ana@new.example").await;
    let old = json!({"email": "ana@example.org", "password": PASSWORD});
    app.anonymous().post("/v1/sessions", old).await.refused(401, "invalid_credentials");
    // The old address is free again.
    app.therapist("ana").await;
}

#[actix_web::test]
async fn what_was_sent_to_the_old_address_confirms_nothing() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let old = app.mail.to(&ana.email).await.token();
    ana.patch("/v1/me", change("ana@new.example")).await.expect(200);
    confirm(&app, &old).await.refused(410, "token_expired");
    assert!(ana.get("/v1/me").await.expect(200).get("email_verified_at").is_none());
    // Another spelling of the same address is no other address.
    let before = app.mail.to("ana@new.example").await.token();
    let spelt = ana.patch("/v1/me", change("Ana@new.example")).await.expect(200);
    assert_eq!(spelt["email"], "Ana@new.example");
    confirm(&app, &before).await.expect(200);
}

#[actix_web::test]
async fn where_verification_is_required_the_address_changes_once_it_is_confirmed() {
    let app = where_verification_is_required().await;
    for name in ["ana", "ben"] {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        app.anonymous().post("/v1/accounts", body).await.expect(202);
        confirm(&app, &app.mail.to(&email).await.token()).await.expect(200);
    }
    let ana = app.sign_in("", "ana@example.org").await;
    let me = ana.get("/v1/me").await.expect(200);
    let taken = ana.patch("/v1/me", change("ben@example.org")).await.expect(200);
    let free = ana.patch("/v1/me", change("Ana@New.example")).await.expect(200);
    for answer in [&taken, &free] {
        assert_eq!((&answer["email"], &answer["email_verified_at"]), (&me["email"], &me["email_verified_at"]));
        assert_eq!(answer.as_object().unwrap().len(), me.as_object().unwrap().len());
    }
    assert!(app.mail.nth_to("ben@example.org", 2).await.text.contains("You already have an account"));
    assert!(app.mail.nth_to("ana@example.org", 2).await.text.contains("being changed"));
    let token = app.mail.to("Ana@New.example").await.token();
    confirm(&app, &token).await.expect(200);
    let me = ana.get("/v1/me").await.expect(200);
    assert_eq!(me["email"], "Ana@New.example");
    assert!(me["email_verified_at"].is_string());

    // An address that somebody registered meanwhile stays theirs.
    ana.patch("/v1/me", change("chi@example.org")).await.expect(200);
    let late = app.mail.to("chi@example.org").await.token();
    let body = json!({"email": "chi@example.org", "password": PASSWORD, "display_name": "Chi"});
    app.anonymous().post("/v1/accounts", body).await.expect(202);
    confirm(&app, &late).await.refused(410, "token_expired");
}
