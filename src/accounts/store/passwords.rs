//! Changing and resetting a password.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use secrecy::SecretString;
use uuid::Uuid;

use super::{end_sessions, event, of_caller, tokens, update};
use crate::{
    accounts::mails,
    audit,
    entities::{account, one_time_token::TokenPurpose},
    http::{caller::Caller, conditional::IfMatch},
    mail,
    problem::{Problem, Result},
    state::State,
};

/// Gives an account the password behind `hash` in place of the one behind `known`, and ends its other sessions.
///
/// # Errors
/// 412 when the account has another version; 422 when its password is no longer the one that was checked.
pub async fn change(
    app: &State,
    caller: &Caller,
    version: &IfMatch,
    known: &str,
    hash: &str,
) -> Result<account::Model> {
    let now = app.clock.now();
    let changed = app
        .db
        .write(async |tx| {
            let account = of_caller(tx, caller.account_id).await?;
            version.check(account.version)?;
            if account.password_hash.as_deref() != Some(known) {
                return Err(wrong_password());
            }
            let change = account::ActiveModel { password_hash: Set(Some(hash.to_owned())), ..Default::default() };
            let account = update(tx, account, change, now).await?;
            settle(tx, app, &account, Some(caller.session_id), "password.change", now).await?;
            Ok(account)
        })
        .await?;
    app.sessions.forget_account(caller.account_id);
    Ok(changed)
}

/// Gives the account that a reset token was sent for the password behind `hash`, and ends all its sessions. Whoever
/// holds the token reads the mail of the address, so the address is confirmed too.
///
/// # Errors
/// As [`tokens::find`].
pub async fn reset(app: &State, token: &SecretString, hash: &str) -> Result<()> {
    let now = app.clock.now();
    let id = app
        .db
        .write(async |tx| {
            let (_, account) = tokens::find(tx, token, TokenPurpose::PasswordReset, now).await?;
            let change = account::ActiveModel {
                password_hash: Set(Some(hash.to_owned())),
                email_verified_at: Set(account.email_verified_at.or(Some(now))),
                ..Default::default()
            };
            let account = update(tx, account, change, now).await?;
            settle(tx, app, &account, None, "password.reset", now).await?;
            Ok(account.id)
        })
        .await?;
    app.sessions.forget_account(id);
    Ok(())
}

/// What follows from a new password: sessions end, the owner is told, and what somebody else may have set off before is
/// void: resets, and a change of address that waits to be confirmed.
async fn settle(
    tx: &DatabaseTransaction,
    app: &State,
    account: &account::Model,
    spared: Option<Uuid>,
    action: &'static str,
    now: DateTime<Utc>,
) -> Result<()> {
    end_sessions(tx, account.id, spared, now).await?;
    let purpose = match account.email_verified_at {
        Some(_) => None,
        None => Some(TokenPurpose::PasswordReset),
    };
    tokens::void(tx, account.id, purpose, now).await?;
    audit::record(tx, now, event(action, account.id, Some(account.id))).await?;
    mail::enqueue(tx, &app.master_key, now, &mails::password_changed(&account.email)).await
}

/// The current password that was given is not the one. 401 would make clients sign their user out.
pub fn wrong_password() -> Problem {
    Problem::invalid_at("/current_password", "wrong_password", "must be the password of this account")
}
