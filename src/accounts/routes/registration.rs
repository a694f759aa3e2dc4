use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::check_guessability;
use crate::{
    accounts::{
        rules::email_key,
        schema::{Account, AccountCreate, EmailVerification, EmailVerificationConfirm, MailFollows},
        store::{self, NewAccount, Registered, tokens},
    },
    config::{self, Registration},
    http::{answer::Answer, body::Body, limits::Address},
    problem::{ProblemCode, Result},
    state::App,
};

pub fn routes(service: &mut ServiceConfig) {
    service.service(create_account).service(confirm_email);
}

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
async fn create_account(app: App, address: Address, body: Body<AccountCreate>) -> Result<Answer> {
    let Body(body) = body;
    app.limits.registrations.take(&address.key())?;
    if app.config.accounts.registration == Registration::Closed {
        return Err(ProblemCode::RegistrationClosed.into());
    }
    let quiet = app.limits.mails_to_address.take(&email_key(&body.email)).is_err();
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
    if app.config.accounts.email_verification == config::EmailVerification::Required {
        return Answer::accepted(&MailFollows::default());
    }
    match registered {
        Registered::Created(account) => Answer::created("/v1/me", account.version, &Account::from(account)),
        Registered::Taken => Err(ProblemCode::EmailTaken.into()),
        Registered::Uninvited => Err(ProblemCode::RegistrationClosed.into()),
    }
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
async fn confirm_email(app: App, body: Body<EmailVerificationConfirm>) -> Result<Answer> {
    let account_id = tokens::confirm_email(&app, &body.0.token.0).await?;
    app.sessions.forget_account(account_id);
    Answer::plain(&EmailVerification { email_verified: true })
}
