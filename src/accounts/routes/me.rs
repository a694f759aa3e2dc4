//! What somebody does with their own account.

use actix_web::{get, patch, put};
use secrecy::SecretString;

use super::check_guessability;
use crate::{
    accounts::{
        guesses::Guesses,
        rules::mailbox,
        schema::{Account, AccountPatch, PasswordChange},
        store::{self, me, passwords},
    },
    entities::account,
    http::{answer::Answer, body::Body, caller::Caller, conditional::IfMatch, limits::Address},
    problem::Result,
    state::{App, State},
};

/// Read my account
///
/// Nobody else can read it like this; the address is shown to me alone.
#[utoipa::path(
    operation_id = "getMe", tag = "Accounts", security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "My account.", body = Account)))]
#[get("/me")]
pub async fn get_me(app: App, caller: Caller) -> Result<Answer> {
    let account = store::of_caller(app.db.read(), caller.account_id).await?;
    Answer::ok(account.version, &Account::from(account))
}

/// Change my account
///
/// Another `email` takes `current_password`. A verification mail goes to the new address and a notice to the old one,
/// and what was sent to the old one is void. The address changes at once and has to be confirmed again, or is refused
/// with 409 `email_taken`. Where this service requires confirmed addresses, the account keeps its address until the new
/// one is confirmed, and nobody learns whether the new one has an account.
#[utoipa::path(
    operation_id = "updateMe", tag = "Accounts", params(IfMatch), security(("bearerAuth" = ["account:write"])),
    request_body = AccountPatch,
    responses(
        (status = 200, description = "My account as it is now.", body = Account),
        (status = 409, description = "`email_taken`: the address has an account."),
    ))]
#[patch("/me")]
pub async fn update_me(
    app: App,
    caller: Caller,
    address: Address,
    version: IfMatch,
    body: Body<AccountPatch>,
) -> Result<Answer> {
    let AccountPatch { display_name, locale, time_zone, email, current_password } = body.0;
    if let (Some(email), Some(password)) = (&email, &current_password) {
        app.limits.registrations.take(&address.key())?;
        app.limits.mails_to_address.take(&mailbox("change", email))?;
        let account = store::of_caller(app.db.read(), caller.account_id).await?;
        check_password(&app, &caller, &account, &password.0).await?;
    }
    let account = me::change(&app, &caller, &version, &me::Changes { display_name, locale, time_zone, email }).await?;
    app.mail_waits.notify_one();
    Answer::ok(account.version, &Account::from(account))
}

/// Change my password
///
/// My other sessions end, resets under way are void, and a notice goes to my address.
#[utoipa::path(
    operation_id = "changePassword", tag = "Accounts", params(IfMatch), security(("bearerAuth" = ["account:write"])),
    request_body = PasswordChange,
    responses((status = 200, description = "My account as it is now.", body = Account)))]
#[put("/me/password")]
pub async fn change_password(app: App, caller: Caller, version: IfMatch, body: Body<PasswordChange>) -> Result<Answer> {
    let PasswordChange { current_password, new_password } = body.0;
    let account = store::of_caller(app.db.read(), caller.account_id).await?;
    let known = check_password(&app, &caller, &account, &current_password.0).await?;
    check_guessability("/new_password", &new_password.0, [&account.email, &account.display_name]).await?;
    let hash = app.passwords.hash(&new_password.0).await?;
    let account = passwords::change(&app, &caller, &version, known, &hash).await?;
    app.mail_waits.notify_one();
    Answer::ok(account.version, &Account::from(account))
}

/// Checks the password of somebody who is signed in, and answers the hash that it was checked against.
///
/// # Errors
/// 422 when it is wrong, 429 when it was wrong too often in this session.
async fn check_password<'a>(
    app: &State,
    caller: &Caller,
    account: &'a account::Model,
    password: &SecretString,
) -> Result<&'a str> {
    let guesses = Guesses::by_session(app, caller.session_id);
    guesses.check()?;
    match account.password_hash.as_deref() {
        Some(hash) if app.passwords.verify(password, Some(hash)).await? => {
            guesses.check()?;
            Ok(hash)
        }
        _ => {
            guesses.count_one()?;
            Err(passwords::wrong_password())
        }
    }
}
