//! One-time tokens, sent by mail: single-use, expiring, bound to an address and replaced by newer ones.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{event, find_by_email, get, update};
use crate::{
    accounts::mails,
    audit,
    crypto::opaque,
    db::{inserts::Inserts, oldest_id},
    entities::{
        account,
        one_time_token::{self, TokenPurpose},
    },
    mail,
    problem::{Problem, ProblemCode, Result},
    state::State,
};

/// How long a token of a verification mail is good.
const VERIFICATION: TimeDelta = TimeDelta::hours(24);
/// How long a token of a password reset is good.
const RESET: TimeDelta = TimeDelta::hours(1);

/// Sends a verification mail to `email`. Where that is not the account's address, confirming it makes it so.
pub async fn send_verification(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    email: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    send(tx, app, account_id, email, TokenPurpose::EmailVerification, now).await
}

/// Sends a verification mail to the address of an account that has not confirmed it yet.
///
/// # Errors
/// 409 when it is confirmed already.
pub async fn send_verification_again(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let account = get(tx, account_id).await?;
    match account.email_verified_at {
        Some(_) => Err(Problem::new(ProblemCode::InvalidTransition, "the address is confirmed already")),
        None => send_verification(tx, app, account_id, &account.email, now).await,
    }
}

/// Sends a fresh token in place of those that were sent before for the same purpose.
async fn send(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    email: &str,
    purpose: TokenPurpose,
    now: DateTime<Utc>,
) -> Result<()> {
    void(tx, account_id, Some(purpose), now).await?;
    let mut inserts = Inserts::default();
    add(&mut inserts, app, account_id, email, purpose, now)?;
    inserts.run(tx).await
}

/// Adds a token and the mail that it is sent with to what is put in.
pub fn add(
    inserts: &mut Inserts,
    app: &State,
    account_id: Uuid,
    email: &str,
    purpose: TokenPurpose,
    now: DateTime<Utc>,
) -> Result<()> {
    let token = opaque::generate()?;
    let settings = &app.config.mail;
    let (lifetime, mail) = match purpose {
        TokenPurpose::EmailVerification => (VERIFICATION, mails::verification(settings, email, &token)),
        TokenPurpose::PasswordReset => (RESET, mails::password_reset(settings, email, &token)),
    };
    inserts.add(one_time_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account_id),
        purpose: Set(purpose),
        email_key: Set(super::email_key(email)),
        email: Set(Some(email.to_owned())),
        token_hash: Set(opaque::hash(&token)),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
        used_at: Set(None),
    });
    mail::add(inserts, &app.master_key, now, &mail)
}

/// Makes the outstanding tokens of an account useless: those for one purpose, or all.
pub async fn void(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    purpose: Option<TokenPurpose>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut outstanding = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::UsedAt, Expr::value(now))
        .filter(one_time_token::COLUMN.account_id.eq(account_id))
        .filter(one_time_token::COLUMN.used_at.is_null());
    if let Some(purpose) = purpose {
        outstanding = outstanding.filter(one_time_token::COLUMN.purpose.eq(purpose));
    }
    outstanding.exec(tx).await?;
    Ok(())
}

/// Forgets tokens that expired weeks ago. Their ids, which tell when they were made, find them.
pub async fn forget_old(app: &State) -> Result<()> {
    let before = oldest_id(app.clock.now() - TimeDelta::days(30));
    app.db
        .write(async |tx| {
            one_time_token::Entity::delete_many().filter(one_time_token::COLUMN.id.lt(before)).exec(tx).await?;
            Ok(())
        })
        .await
}

/// The live token behind `token`, and its account.
///
/// # Errors
/// 404 for one that never was, 410 for one that is used, replaced or expired.
pub async fn find(
    db: &impl ConnectionTrait,
    token: &SecretString,
    purpose: TokenPurpose,
    now: DateTime<Utc>,
) -> Result<(one_time_token::Model, account::Model)> {
    let found = one_time_token::Entity::find()
        .filter(one_time_token::COLUMN.token_hash.eq(opaque::hash(token)))
        .filter(one_time_token::COLUMN.purpose.eq(purpose))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    if found.used_at.is_some() || found.expires_at <= now {
        return Err(ProblemCode::TokenExpired.into());
    }
    let account = get(db, found.account_id).await?;
    Ok((found, account))
}

/// Confirms the address that `token` was sent to. Where the account wished to change to it, it changes now.
/// Answers whose address it is.
pub async fn confirm_email(app: &State, token: &SecretString) -> Result<Uuid> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (token, account) = find(tx, token, TokenPurpose::EmailVerification, now).await?;
            let id = account.id;
            let mut change = account::ActiveModel { email_verified_at: Set(Some(now)), ..Default::default() };
            let action = if account.email_key.as_ref() == Some(&token.email_key) {
                void(tx, id, Some(TokenPurpose::EmailVerification), now).await?;
                "account.verify_email"
            } else {
                if find_by_email(tx, &token.email_key).await?.is_some() {
                    return Err(Problem::new(ProblemCode::TokenExpired, "the address has another account by now"));
                }
                // What was sent to the old address is void.
                void(tx, id, None, now).await?;
                change.email = Set(token.email.unwrap_or_else(|| token.email_key.clone()));
                change.email_key = Set(Some(token.email_key));
                "account.change_email"
            };
            update(tx, account, change, now).await?;
            audit::record(tx, now, event(action, id, Some(id))).await?;
            Ok(id)
        })
        .await
}

/// Sends a mail that lets the owner of `email` choose a new password. Where there is no account, or the mail would be
/// one too many (`quiet`), as much work is done and nothing sent.
pub async fn request_reset(app: &State, email: &str, quiet: bool) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(async |tx| match find_by_email(tx, email).await?.filter(|_| !quiet) {
            Some(account) => send(tx, app, account.id, &account.email, TokenPurpose::PasswordReset, now).await,
            None => {
                let mail = mails::password_reset(&app.config.mail, email, &opaque::generate()?);
                mail::pretend(tx, &app.master_key, now, &mail).await
            }
        })
        .await
}
