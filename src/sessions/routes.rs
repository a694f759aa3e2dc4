//! Signing in, staying signed in, signing out.

use actix_web::{delete, get, post};
use secrecy::ExposeSecret;

use super::{
    rules,
    schema::{Session, SessionCreate, SessionRefresh, SessionTokens},
    store::{self, Opened},
};
use crate::{
    accounts::{self, guesses::Guesses, rules::mailbox, store::tokens},
    crypto::access_tokens,
    entities::account,
    http::{
        answer::Answer,
        body::Body,
        caller::{Caller, EVERYTHING},
        conditional::IfMatch,
        limits::Address,
        page::{Page, PageParams, Paging},
        path::Id,
    },
    problem::{ProblemCode, Result},
    state::{App, State},
};

pub type SessionPage = Page<Session>;

/// Sign in
///
/// Answers the tokens of a new session. An unknown address and a wrong password are the same 401. Ten wrong passwords
/// for an account or from an address within 15 minutes are followed by 429; a request that carries an access token of
/// the same account is counted by its session instead, so that nobody is locked out by somebody else's guesses.
#[utoipa::path(
    operation_id = "createSession", tag = "Sessions", security(()), request_body = SessionCreate,
    extensions(("x-answers-with-secrets" = json!(true))),
    responses(
        (status = 201, description = "The tokens of the new session.", body = SessionTokens),
        (status = 401, description = "`invalid_credentials`: the address or the password is wrong."),
        (status = 403, description = "The password is right, but the account is suspended (`account_suspended`), or \
            its address has to be confirmed first (`email_not_verified`): the mail is sent again."),
    ))]
#[post("/sessions")]
pub async fn create_session(
    app: App,
    address: Address,
    caller: Option<Caller>,
    body: Body<SessionCreate>,
) -> Result<Answer> {
    let Body(body) = body;
    let account = accounts::store::find_by_email(app.db.read(), &body.email).await?;
    let own = caller.filter(|caller| account.as_ref().is_some_and(|account| account.id == caller.account_id));
    let guesses = match own {
        Some(caller) => Guesses::by_session(&app, caller.session_id),
        None => Guesses::by_stranger(&app, &body.email, &address),
    };
    guesses.check()?;
    let hash = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let right = app.passwords.verify(&body.password.0, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        guesses.count_one()?;
        return Err(ProblemCode::InvalidCredentials.into());
    };
    // Guesses that ran at the same time may have used up what was left.
    guesses.check()?;
    check_standing(&app, &account).await?;
    let opened = store::open(&app, &account, body.device_label).await?;
    let location = format!("/v1/sessions/{}", opened.session_id);
    Answer::created(location, 1, &tokens_of(&app, opened)?)
}

/// Whether an account may sign in. One that has to confirm its address first is sent the mail again.
async fn check_standing(app: &State, account: &account::Model) -> Result<()> {
    if account.suspended_at.is_some() {
        return Err(ProblemCode::AccountSuspended.into());
    }
    if account.email_verified_at.is_some() || !app.config.accounts.requires_verification() {
        return Ok(());
    }
    if app.limits.mails_to_address.take(&mailbox("verification", &account.email)).is_ok() {
        let now = app.clock.now();
        app.db.write(async |tx| tokens::send_verification_again(tx, app, account.id, now).await).await?;
        app.mail_waits.notify_one();
    }
    Err(ProblemCode::EmailNotVerified.into())
}

/// Refresh a session
///
/// Answers new tokens; the refresh token that was sent is used up. One that comes back within 10 seconds is refused with
/// 409 and the session goes on with the newer token, because two requests may have met; one that comes back later ends
/// the session. A session that is not refreshed for 30 days is over, and so is one that is 180 days old.
#[utoipa::path(
    operation_id = "refreshSession", tag = "Sessions", security(()), request_body = SessionRefresh,
    extensions(("x-answers-with-secrets" = json!(true))),
    responses(
        (status = 200, description = "New tokens of the session.", body = SessionTokens),
        (status = 401, description = "`invalid_refresh_token`: it is unknown or was replayed, or the session is over."),
        (status = 409, description = "`refresh_token_just_used`: another request used it within the last 10 seconds."),
    ))]
#[post("/sessions/refresh")]
pub async fn refresh_session(app: App, body: Body<SessionRefresh>) -> Result<Answer> {
    let opened = store::refresh(&app, &body.0.refresh_token.0).await?;
    Answer::plain(&tokens_of(&app, opened)?)
}

fn tokens_of(app: &State, opened: Opened) -> Result<SessionTokens> {
    let now = app.clock.now();
    Ok(SessionTokens {
        session_id: opened.session_id,
        access_token: app.access_tokens.issue(opened.account_id, opened.session_id, EVERYTHING, now)?,
        token_type: "Bearer",
        expires_in: access_tokens::LIFETIME.num_seconds(),
        refresh_token: opened.refresh_token.expose_secret().to_owned(),
    })
}

/// List my sessions
///
/// The devices that are signed in, oldest first.
#[utoipa::path(
    operation_id = "listSessions", tag = "Sessions", params(PageParams), security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "One page of my sessions.", body = SessionPage)))]
#[get("/sessions")]
pub async fn list_sessions(app: App, caller: Caller, paging: Paging) -> Result<Page<Session>> {
    let rows = store::list(&app.db, caller.account_id, &paging.0, app.clock.now()).await?;
    paging.page(&app, rows, |row| Session::new(row, caller.session_id))
}

/// Get a session
///
/// One of the devices that are signed in.
#[utoipa::path(
    operation_id = "getSession", tag = "Sessions", params(("session_id" = Uuid, Path, description = "The session.")),
    security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "The session.", body = Session)))]
#[get("/sessions/:session_id")]
pub async fn get_session(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let row = store::own(app.db.read(), caller.account_id, id.0, app.clock.now()).await?;
    Answer::ok(rules::version(&row), &Session::new(row, caller.session_id))
}

/// Sign out
///
/// Ends the session that the request belongs to. Its tokens stop working at once.
#[utoipa::path(
    operation_id = "endCurrentSession", tag = "Sessions", security(("bearerAuth" = ["account:write"])),
    responses((status = 204, description = "It has ended.")))]
#[delete("/sessions/current")]
pub async fn end_current_session(app: App, caller: Caller) -> Result<Answer> {
    store::end_own(&app, caller.account_id, caller.session_id, &IfMatch::Anything).await?;
    Ok(Answer::no_content())
}

/// Sign out everywhere
///
/// Ends every session of mine, this one too.
#[utoipa::path(
    operation_id = "endAllSessions", tag = "Sessions", security(("bearerAuth" = ["account:write"])),
    responses((status = 204, description = "They have ended.")))]
#[delete("/sessions")]
pub async fn end_all_sessions(app: App, caller: Caller) -> Result<Answer> {
    store::end_all(&app, caller.account_id).await?;
    Ok(Answer::no_content())
}

/// Sign out a device
///
/// Ends one of my sessions. Its tokens stop working here at once, and on other instances within seconds.
#[utoipa::path(
    operation_id = "endSession", tag = "Sessions",
    params(("session_id" = Uuid, Path, description = "The session."), IfMatch),
    security(("bearerAuth" = ["account:write"])),
    responses((status = 204, description = "It has ended.")))]
#[delete("/sessions/:session_id")]
pub async fn end_session(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    store::end_own(&app, caller.account_id, id.0, &version).await?;
    Ok(Answer::no_content())
}
