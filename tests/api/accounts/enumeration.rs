//! Who has an account is nobody else's business. Answers about an address that has one and about one that has none are
//! the same, and so is the work behind them: what is counted here is nearly all that a clock could tell. The clock itself
//! is read by `cargo bench --bench load -- enumeration`.

use serde_json::{Value, json};
use support_network::config::{EmailVerification, Registration};

use super::{registration, where_verification_is_required};
use crate::support::TestApp;

/// What an answer says, and what it took to give it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    said: Value,
    hashes: u64,
    statements: u64,
}

async fn seen(app: &TestApp, path: &str, body: Value) -> Seen {
    let (hashes, statements) = (app.state.passwords.computed(), app.statements().await);
    let answer = app.anonymous().post(path, body).await;
    let mut said = answer.json;
    if let Some(members) = said.as_object_mut() {
        // Each request has its own.
        members.remove("instance");
    }
    Seen {
        status: answer.status,
        said,
        hashes: app.state.passwords.computed() - hashes,
        statements: app.statements().await - statements,
    }
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_the_same() {
    let app = TestApp::spawn().await;
    let (ana, moderator) = (app.therapist("ana").await, app.moderator("mo").await);
    let suspended = app.therapist("sue").await;
    moderator.post(&format!("/v1/accounts/{}/suspend", suspended.id), json!({})).await.expect(200);
    let sign_in = async |email: &str| {
        seen(&app, "/v1/sessions", json!({"email": email, "password": "not the right password"})).await
    };
    let unknown = sign_in("nobody@example.org").await;
    assert_eq!((unknown.status, &unknown.said["code"]), (401, &json!("invalid_credentials")));
    assert_eq!(unknown.hashes, 1);
    for email in [&ana.email, &suspended.email] {
        assert_eq!(sign_in(email).await, unknown, "{email}");
    }
}

#[actix_web::test]
async fn a_reset_is_the_same_with_and_without_an_account() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let ask = async |email: &str| seen(&app, "/v1/password-resets", json!({"email": email})).await;
    let unknown = ask("nobody@example.org").await;
    assert_eq!((unknown.status, unknown.hashes), (202, 0));
    assert!(unknown.statements > 0);
    // The last of them is one too many for the mailbox.
    for number in 1..=6 {
        assert_eq!(ask(&ana.email).await, unknown, "{number}");
    }
}

#[actix_web::test]
async fn a_registration_is_the_same_with_and_without_an_account() {
    let app = where_verification_is_required().await;
    let register = async |email: &str| seen(&app, "/v1/accounts", registration(email)).await;
    let new = register("ana@example.org").await;
    assert_eq!((new.status, new.hashes), (202, 1));
    for number in 1..=5 {
        assert_eq!(register("ana@example.org").await, new, "{number}");
    }
    // The mailbox is full. By now the address has an account in any case.
    let quiet = register("ana@example.org").await;
    assert_eq!((quiet.status, quiet.said, quiet.hashes), (new.status, new.said, new.hashes));
}

#[actix_web::test]
async fn a_registration_without_an_invitation_is_the_same_with_and_without_an_account() {
    let open = TestApp::spawn().await;
    open.therapist("ana").await;
    let app = open
        .sibling(|config| {
            config.accounts.registration = Registration::Invitation;
            config.accounts.email_verification = EmailVerification::Required;
        })
        .await;
    let register = async |email: &str| seen(&app, "/v1/accounts", registration(email)).await;
    let known = register("ana@example.org").await;
    assert_eq!((known.status, known.hashes), (202, 1));
    // The last of them is one too many for the mailbox.
    for number in 1..=6 {
        let (known, unknown) = (register("ana@example.org").await, register("nobody@example.org").await);
        assert_eq!(known, unknown, "{number}");
    }
}
