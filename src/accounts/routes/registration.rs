//! What somebody does who has no access token: registering, confirming an address, resetting a password.

use actix_web::post;

use super::check_guessability;
use crate::{
    accounts::{
        rules::mailbox,
        schema::{
            Account, AccountCreate, EmailVerification, EmailVerificationConfirm, MailFollows, PasswordResetConfirm,
            PasswordResetCreate,
        },
        store::{self, NewAccount, Registered, passwords, tokens},
    },
    config::Registration,
    entities::one_time_token::TokenPurpose,
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        idempotency::Once,
        limits::Address,
    },
    problem::{ProblemCode, Result},
    state::App,
};

/// Register an account
///
/// A mail goes to the address, to confirm it. Where this service requires confirmed addresses
/// (`accounts.email_verification`), the answer is always 202 with the same body, so that nobody learns which addresses
/// have accounts; otherwise it is 201 with the account, or 409 `email_taken`. Where registration is by invitation, only
/// addresses that an invitation waits for are taken.
#[utoipa::path(
    operation_id = "createAccount", tag = "Accounts", security(()), request_body = AccountCreate,
    responses(
        (status = 201, description = "The new account.", body = Account),
        (status = 202, description = "The owner of the address gets a mail.", body = MailFollows),
        (status = 403, description = "`registration_closed`: new accounts are not taken, or by invitation only."),
        (status = 409, description = "`email_taken`: the address has an account."),
    ))]
#[post("/accounts")]
pub async fn create_account(app: App, address: Address, body: Body<AccountCreate>) -> Result<Answer> {
    let Body(body) = body;
    app.limits.registrations.take(&address.key())?;
    if app.config.accounts.registration == Registration::Closed {
        return Err(ProblemCode::RegistrationClosed.into());
    }
    let tells_by_mail = app.config.accounts.requires_verification();
    let quiet = tells_by_mail && app.limits.mails_to_address.take(&mailbox("registration", &body.email)).is_err();
    check_guessability("/password", &body.password.0, [&body.email, &body.display_name]).await?;
    let new = NewAccount {
        email: body.email,
        display_name: body.display_name,
        locale: body.locale,
        time_zone: body.time_zone,
        password_hash: app.passwords.hash(&body.password.0).await?,
    };
    let registered = store::register(&app, &new, quiet).await?;
    app.mail_waits.notify_one();
    if tells_by_mail {
        return Answer::accepted(&MailFollows::default());
    }
    match registered {
        Registered::Created(account) => Answer::created("/v1/me", account.version, &Account::from(*account)),
        Registered::Taken => Err(ProblemCode::EmailTaken.into()),
        Registered::Uninvited => Err(ProblemCode::RegistrationClosed.into()),
    }
}

/// Send the verification mail again
///
/// The token of the mail before is void then. 409 `invalid_transition` when my address is confirmed already.
#[utoipa::path(
    operation_id = "requestEmailVerification", tag = "Accounts", security(("bearerAuth" = ["account:write"])),
    request_body = Nothing,
    responses((status = 202, description = "The mail is on its way.", body = MailFollows)))]
#[post("/email-verifications")]
pub async fn request_verification(
    app: App,
    caller: Caller,
    address: Address,
    once: Once,
    _: Body<Nothing>,
) -> Result<Answer> {
    let account = store::of_caller(app.db.read(), caller.account_id).await?;
    app.limits.registrations.take(&address.key())?;
    app.limits.mails_to_address.take(&mailbox("verification", &account.email))?;
    let now = app.clock.now();
    let answer = once
        .write(async |tx| {
            tokens::send_verification_again(tx, &app, caller.account_id, now).await?;
            Answer::accepted(&MailFollows::default())
        })
        .await?;
    app.mail_waits.notify_one();
    Ok(answer)
}

/// Confirm an e-mail address
///
/// Takes the token of a verification mail: good for 24 hours, once, and only until a newer one is sent. Where it was
/// sent to the address that an account wished to change to, the address changes now.
#[utoipa::path(
    operation_id = "confirmEmail", tag = "Accounts", security(()), request_body = EmailVerificationConfirm,
    responses(
        (status = 200, description = "The address is confirmed.", body = EmailVerification),
        (status = 404, description = "There is no such token."),
        (status = 410, description = "`token_expired`: the token was used or replaced, or has expired."),
    ))]
#[post("/email-verifications/confirm")]
pub async fn confirm_email(app: App, body: Body<EmailVerificationConfirm>) -> Result<Answer> {
    let account_id = tokens::confirm_email(&app, &body.0.token.0).await?;
    app.sessions.forget_account(account_id);
    Answer::plain(&EmailVerification { email_verified: true })
}

/// Ask for a new password
///
/// Where the address has an account, its owner gets a mail with a token that is good for one hour, once, and only until
/// a newer one is sent. The answer is the same where it has none.
#[utoipa::path(
    operation_id = "requestPasswordReset", tag = "Accounts", security(()), request_body = PasswordResetCreate,
    responses((status = 202, description = "The owner of the address gets a mail, if there is one.", body = MailFollows)))]
#[post("/password-resets")]
pub async fn request_password_reset(app: App, address: Address, body: Body<PasswordResetCreate>) -> Result<Answer> {
    let email = &body.0.email;
    app.limits.registrations.take(&address.key())?;
    let quiet = app.limits.mails_to_address.take(&mailbox("reset", email)).is_err();
    tokens::request_reset(&app, email, quiet).await?;
    app.mail_waits.notify_one();
    Answer::accepted(&MailFollows::default())
}

/// Choose a new password
///
/// Takes the token of the mail. Every session of the account ends, and its address counts as confirmed, because its mail
/// was read.
#[utoipa::path(
    operation_id = "resetPassword", tag = "Accounts", security(()), request_body = PasswordResetConfirm,
    responses(
        (status = 204, description = "The password is changed: sign in with it."),
        (status = 404, description = "There is no such token."),
        (status = 410, description = "`token_expired`: the token was used or replaced, or has expired."),
    ))]
#[post("/password-resets/confirm")]
pub async fn reset_password(app: App, body: Body<PasswordResetConfirm>) -> Result<Answer> {
    let PasswordResetConfirm { token, password } = body.0;
    let (_, account) = tokens::find(app.db.read(), &token.0, TokenPurpose::PasswordReset, app.clock.now()).await?;
    check_guessability("/password", &password.0, [&account.email, &account.display_name]).await?;
    let hash = app.passwords.hash(&password.0).await?;
    passwords::reset(&app, &token.0, &hash).await?;
    app.mail_waits.notify_one();
    Ok(Answer::no_content())
}
