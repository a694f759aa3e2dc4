//! Accounts: registration here; what follows it in the files beside.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use support_network::{
    config::{EmailVerification, Registration},
    entities::{
        invitation::{self, InvitationStatus},
        membership::{MembershipKind, MembershipRole},
        organization,
    },
};
use uuid::Uuid;

use crate::support::{PASSWORD, TestApp};

mod addresses;
mod enumeration;
mod erasure;
mod me;
mod moderation;
mod passwords;
mod secrets;

fn registration(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "display_name": "Ana"})
}

async fn where_verification_is_required() -> TestApp {
    TestApp::spawn_with(|config| config.accounts.email_verification = EmailVerification::Required).await
}

/// Puts an invitation for `email` into the database, from `inviter`.
async fn invite(app: &TestApp, email: &str, inviter: &str, expires_in: TimeDelta) {
    let now = app.clock.now();
    let inviter: Uuid = inviter.parse().unwrap();
    let organization = organization::Entity::find().one(app.state.db.read()).await.unwrap().unwrap();
    let write = app.state.db.write(async |tx| {
        let row = invitation::ActiveModel {
            id: Set(Uuid::now_v7()),
            kind: Set(MembershipKind::Organization),
            consultation_group_id: Set(None),
            reserve_seat: Set(false),
            organization_id: Set(Some(organization.id)),
            email: Set(email.to_owned()),
            email_key: Set(email.to_lowercase()),
            role: Set(MembershipRole::Member),
            message: Set(None),
            token_hash: Set(Uuid::new_v4().as_bytes().to_vec()),
            status: Set(InvitationStatus::Pending),
            invited_by: Set(inviter),
            membership_id: Set(None),
            decided_at: Set(None),
            expires_at: Set(now + expires_in),
            version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        };
        invitation::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

#[actix_web::test]
async fn a_therapist_registers_signs_in_and_reads_the_account() {
    let app = TestApp::spawn().await;
    let body = json!({
        "email": "Ana@Example.org", "password": PASSWORD, "display_name": "Ana Reyes",
        "locale": "es-MX", "time_zone": "America/Los_Angeles"
    });
    let answer = app.anonymous().post("/v1/accounts", body).await;
    assert_eq!(answer.header("location"), Some("/v1/me"));
    let account = answer.expect(201);
    assert_eq!((account["email"].as_str(), account["version"].as_i64()), (Some("Ana@Example.org"), Some(1)));
    assert!(account.get("email_verified_at").is_none());
    let ana = app.sign_in(account["id"].as_str().unwrap(), "ana@example.ORG").await;
    let me = ana.get("/v1/me").await;
    let etag = me.etag();
    assert_eq!(me.expect(200), account);
    let again = ana.request(reqwest::Method::GET, "/v1/me").header("if-none-match", &etag).send().await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    app.anonymous().get("/v1/me").await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn every_fault_of_a_registration_is_pointed_at() {
    let app = TestApp::spawn().await;
    let long = |length: usize| "a".repeat(length);
    for (member, value, code) in [
        ("email", json!("ana"), "invalid_email"),
        ("email", json!("ana@"), "invalid_email"),
        ("email", json!("ana@exa mple.org"), "invalid_email"),
        ("email", json!("ana@münchen.example"), "invalid_email"),
        ("email", json!("ana@example.org\r\nBcc: all@example.org"), "invalid_email"),
        ("email", json!("Ana <ana@example.org>"), "invalid_email"),
        ("email", json!("ana@example.org\u{0}"), "invalid_characters"),
        ("email", json!(7), "wrong_type"),
        ("password", json!("short words"), "too_short"),
        ("password", json!(long(129)), "too_long"),
        ("password", json!("password1234"), "guessable"),
        ("password", json!("qwertyuiop12"), "guessable"),
        ("password", json!(long(128)), "guessable"),
        ("password", json!("ana@example.org"), "guessable"),
        ("password", json!("ReyesMontalvo"), "guessable"),
        ("display_name", json!(" Ana"), "blank"),
        ("display_name", json!("Ana\u{202e}"), "invalid_characters"),
        ("display_name", json!(long(101)), "too_long"),
        ("locale", json!("english"), "invalid_language"),
        ("time_zone", json!("Mars/Olympus"), "invalid_time_zone"),
        ("id", json!("01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b"), "unknown_member"),
        ("platform_role", json!("admin"), "unknown_member"),
        ("email_verified_at", json!("2026-01-01T00:00:00Z"), "unknown_member"),
        ("version", json!(7), "unknown_member"),
    ] {
        let mut body = json!({"email": "ana@example.org", "password": PASSWORD, "display_name": "Reyes Montalvo"});
        body[member] = value;
        let answer = app.anonymous().post("/v1/accounts", body.clone()).await;
        assert!(!answer.text.contains("Montalvo"), "{body} is echoed: {}", answer.text);
        answer.invalid_at(&format!("#/{member}"), code);
    }
    let long_email = format!("{}@example.org", long(250));
    app.anonymous().post("/v1/accounts", registration(&long_email)).await.refused(422, "validation_failed");
    let nothing = app.anonymous().post("/v1/accounts", json!({})).await;
    nothing.invalid_at("#/email", "missing_member");
    app.anonymous().post("/v1/accounts", registration("ana@example.org")).await.expect(201);
}

#[actix_web::test]
async fn an_address_has_one_account_whoever_comes_first() {
    let app = TestApp::spawn().await;
    let attempts = join_all((0..8).map(|number| {
        let email = if number % 2 == 0 { "ana@example.org" } else { "ANA@example.org" };
        let client = app.anonymous();
        async move { client.post("/v1/accounts", registration(email)).await }
    }))
    .await;
    let mut statuses: Vec<u16> = attempts.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let late = app.anonymous().post("/v1/accounts", registration("Ana@Example.Org")).await;
    late.refused(409, "email_taken");
}

#[actix_web::test]
async fn where_verification_is_required_nobody_learns_who_has_an_account() {
    let app = where_verification_is_required().await;
    let register = async || app.anonymous().post("/v1/accounts", registration("ana@example.org")).await;
    let (new, known) = (register().await, register().await);
    assert_eq!((new.status, known.status), (202, 202));
    assert_eq!(new.text, known.text);
    assert_eq!(new.header("location"), None);
    let token = app.mail.to("ana@example.org").await.token();
    assert!(app.mail.nth_to("ana@example.org", 2).await.text.contains("You already have an account"));

    let sign_in = async |password: &str| {
        let body = json!({"email": "ana@example.org", "password": password});
        app.anonymous().post("/v1/sessions", body).await
    };
    sign_in("not the right password").await.refused(401, "invalid_credentials");
    sign_in(PASSWORD).await.refused(403, "email_not_verified");
    let newer = app.mail.nth_to("ana@example.org", 3).await.token();
    let confirm =
        async |token: &str| app.anonymous().post("/v1/email-verifications/confirm", json!({"token": token})).await;
    confirm(&token).await.refused(410, "token_expired");
    assert_eq!(confirm(&newer).await.expect(200), json!({"email_verified": true}));
    sign_in(PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn a_closed_service_takes_nobody() {
    let app = TestApp::spawn_with(|config| config.accounts.registration = Registration::Closed).await;
    app.anonymous().post("/v1/accounts", registration("ana@example.org")).await.refused(403, "registration_closed");
}

#[actix_web::test]
async fn registration_by_invitation_takes_addresses_that_one_waits_for() {
    let open = TestApp::spawn().await;
    let inviter = open.therapist("inviter").await;
    let app = open.sibling(|config| config.accounts.registration = Registration::Invitation).await;
    let register = async |email: &str| app.anonymous().post("/v1/accounts", registration(email)).await;
    register("ana@example.org").await.refused(403, "registration_closed");
    invite(&app, "Ana@example.org", &inviter.id, TimeDelta::days(14)).await;
    invite(&app, "ben@example.org", &inviter.id, TimeDelta::zero()).await;
    register("ana@example.org").await.expect(201);
    register("ben@example.org").await.refused(403, "registration_closed");

    let quiet = open
        .sibling(|config| {
            config.accounts.registration = Registration::Invitation;
            config.accounts.email_verification = EmailVerification::Required;
        })
        .await;
    let answer = quiet.anonymous().post("/v1/accounts", registration("chi@example.org")).await;
    answer.expect(202);
    assert!(quiet.mail.to("chi@example.org").await.text.contains("by invitation"));
}

#[actix_web::test]
async fn registrations_from_one_address_are_limited() {
    let app = TestApp::spawn_with(|config| {
        config.limits.registrations_per_hour = 2;
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let register = async |from: &str, name: &str| {
        let request = app.anonymous().request(reqwest::Method::POST, "/v1/accounts");
        request.header("x-forwarded-for", from).json(&registration(&format!("{name}@example.org"))).send().await
    };
    register("198.51.100.1", "a").await.expect(201);
    register("198.51.100.1", "b").await.expect(201);
    let third = register("198.51.100.1", "c").await;
    assert!(third.header("retry-after").is_some());
    third.refused(429, "too_many_requests");
    register("198.51.100.2", "c").await.expect(201);
    let reset = app.anonymous().request(reqwest::Method::POST, "/v1/password-resets");
    let reset = reset.header("x-forwarded-for", "198.51.100.1").json(&json!({"email": "a@example.org"})).send().await;
    reset.refused(429, "too_many_requests");
}

#[actix_web::test]
async fn the_command_line_grants_roles_to_known_addresses_only() {
    use support_network::{accounts::store::grant, entities::account::PlatformRole};
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let now = app.clock.now();
    grant(&app.state.db, "ANA@example.org", PlatformRole::Moderator, now).await.unwrap();
    app.state.sessions.forget_account(ana.id.parse().unwrap());
    assert_eq!(ana.get("/v1/me").await.expect(200)["platform_role"], "moderator");
    let refused = grant(&app.state.db, "nobody@example.org", PlatformRole::Admin, now).await.unwrap_err();
    assert_eq!(refused.to_string(), "Not found: no account has the address nobody@example.org; register it first");
}
