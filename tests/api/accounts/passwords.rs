//! Changing and resetting a password.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp};

const ANOTHER: &str = "seven slow barges upstream";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous().post("/v1/sessions", json!({"email": email, "password": password})).await
}

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.anonymous().post("/v1/password-resets", json!({"email": email})).await
}

async fn choose(app: &TestApp, token: &str, password: &str) -> Answer {
    app.anonymous().post("/v1/password-resets/confirm", json!({"token": token, "password": password})).await
}

#[actix_web::test]
async fn a_reset_gives_a_new_password_and_ends_every_session() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let other = app.sign_in(&ana.id, &ana.email).await;
    ask(&app, "ANA@example.org").await.expect(202);
    let token = app.mail.nth_to(&ana.email, 2).await.token();
    choose(&app, &token, "password1234").await.invalid_at("#/password", "guessable");
    choose(&app, &token, "too short").await.invalid_at("#/password", "too_short");
    choose(&app, &token, ANOTHER).await.expect(204);
    choose(&app, &token, "four wet lanterns inland").await.refused(410, "token_expired");
    for person in [&ana, &other] {
        person.get("/v1/me").await.refused(401, "invalid_token");
        let body = json!({"refresh_token": person.refresh_token});
        app.anonymous().post("/v1/sessions/refresh", body).await.refused(401, "invalid_refresh_token");
    }
    sign_in(&app, &ana.email, PASSWORD).await.refused(401, "invalid_credentials");
    let session = sign_in(&app, &ana.email, ANOTHER).await.expect(201);
    let me = app.with_token(session["access_token"].as_str().unwrap()).get("/v1/me").await.expect(200);
    assert!(me["email_verified_at"].is_string(), "who resets has read the mail: {me}");
    assert!(app.mail.nth_to(&ana.email, 3).await.text.contains("was changed"));
}

#[actix_web::test]
async fn nobody_learns_from_a_reset_who_has_an_account() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (known, unknown) = (ask(&app, &ana.email).await, ask(&app, "nobody@example.org").await);
    assert_eq!((known.status, unknown.status), (202, 202));
    assert_eq!(known.text, unknown.text);
    // Past the mailbox's quota the answer stays the same and no mail goes out.
    for _ in 0..8 {
        let answer = ask(&app, &ana.email).await;
        assert_eq!((answer.status, &answer.text), (202, &unknown.text));
    }
    app.mail.nth_to(&ana.email, 6).await;
    let marker = app.therapist("marker").await;
    app.mail.to(&marker.email).await;
    assert_eq!(
        app.mail.all().iter().filter(|mail| mail.to == ana.email).count(),
        6,
        "a verification mail and five resets"
    );
    assert!(app.mail.all().iter().all(|mail| mail.to != "nobody@example.org"));
}

#[actix_web::test]
async fn a_reset_token_lasts_an_hour_and_until_a_newer_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let verification = app.mail.to(&ana.email).await.token();
    ask(&app, &ana.email).await.expect(202);
    ask(&app, &ana.email).await.expect(202);
    let older = app.mail.nth_to(&ana.email, 2).await.token();
    let newer = app.mail.nth_to(&ana.email, 3).await.token();
    choose(&app, &older, ANOTHER).await.refused(410, "token_expired");
    choose(&app, "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh", ANOTHER).await.refused(404, "not_found");
    // A token for one purpose is none for another.
    choose(&app, &verification, ANOTHER).await.refused(404, "not_found");
    let confirmed = app.anonymous().post("/v1/email-verifications/confirm", json!({"token": newer})).await;
    confirmed.refused(404, "not_found");
    app.later(TimeDelta::hours(1));
    choose(&app, &newer, ANOTHER).await.refused(410, "token_expired");
    sign_in(&app, &ana.email, PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn a_reset_token_is_used_once_however_many_try() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ask(&app, &ana.email).await.expect(202);
    let token = app.mail.nth_to(&ana.email, 2).await.token();
    let attempts = (0..6).map(|number| {
        let (app, token) = (&app, &token);
        async move { choose(app, token, &format!("{ANOTHER} {number}")).await.status }
    });
    let mut statuses = futures_util::future::join_all(attempts).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410, 410, 410, 410, 410]);
}

#[actix_web::test]
async fn changing_the_password_ends_the_other_sessions() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let other = app.sign_in(&ana.id, &ana.email).await;
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let put = async |body: Value| ana.put("/v1/me/password", body).await;
    put(change("not the right one", ANOTHER)).await.invalid_at("#/current_password", "wrong_password");
    put(change(PASSWORD, "password1234")).await.invalid_at("#/new_password", "guessable");
    put(change(PASSWORD, "short")).await.invalid_at("#/new_password", "too_short");
    let stale = ana.request(reqwest::Method::PUT, "/v1/me/password").header("if-match", "\"7.x\"");
    stale.json(&change(PASSWORD, ANOTHER)).send().await.refused(412, "stale_version");
    other.get("/v1/me").await.expect(200);
    assert_eq!(put(change(PASSWORD, ANOTHER)).await.expect(200)["version"], 2);
    ana.get("/v1/me").await.expect(200);
    other.get("/v1/me").await.refused(401, "invalid_token");
    let refresh =
        async |token: &str| app.anonymous().post("/v1/sessions/refresh", json!({"refresh_token": token})).await;
    refresh(&other.refresh_token).await.refused(401, "invalid_refresh_token");
    refresh(&ana.refresh_token).await.expect(200);
    sign_in(&app, &ana.email, PASSWORD).await.refused(401, "invalid_credentials");
    sign_in(&app, &ana.email, ANOTHER).await.expect(201);
    app.anonymous().put("/v1/me/password", change(ANOTHER, PASSWORD)).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_stolen_session_does_not_guess_the_password() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let guess = json!({"current_password": "not the right one", "new_password": ANOTHER});
    for _ in 0..10 {
        ana.put("/v1/me/password", guess.clone()).await.invalid_at("#/current_password", "wrong_password");
    }
    let right = json!({"current_password": PASSWORD, "new_password": ANOTHER});
    ana.put("/v1/me/password", right).await.refused(429, "too_many_requests");
    let email = json!({"email": "ana@new.example", "current_password": PASSWORD});
    ana.patch("/v1/me", email).await.refused(429, "too_many_requests");
    // Its owner is not locked out.
    sign_in(&app, &ana.email, PASSWORD).await.expect(201);
}
