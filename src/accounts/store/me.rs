//! What an account changes of itself.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr};

use super::{email_key, event, find_by_email, of_caller, tokens, update};
use crate::{
    accounts::mails,
    audit,
    db::search::{fold, sort_name},
    entities::{account, profile},
    http::{caller::Caller, conditional::IfMatch},
    mail,
    problem::{ProblemCode, Result},
    state::State,
};

/// What changes of an account.
#[derive(Default)]
pub struct Changes {
    pub display_name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub email: Option<String>,
}

/// Changes the caller's account.
///
/// # Errors
/// 412 when it has another version; 409 when the address is taken and the service says so.
pub async fn change(app: &State, caller: &Caller, version: &IfMatch, changes: &Changes) -> Result<account::Model> {
    let now = app.clock.now();
    let changed = app
        .db
        .write(async |tx| {
            let account = of_caller(tx, caller.account_id).await?;
            version.check(account.version)?;
            let mut change = account::ActiveModel::default();
            if let Some(name) = &changes.display_name {
                change.display_name = Set(name.clone());
                rename_profile(tx, &account, name).await?;
            }
            if let Some(locale) = &changes.locale {
                change.locale = Set(locale.clone());
            }
            if let Some(time_zone) = &changes.time_zone {
                change.time_zone = Set(time_zone.clone());
            }
            if let Some(email) = &changes.email {
                change_email(tx, app, &account, email, &mut change, now).await?;
            }
            let account = update(tx, account, change, now).await?;
            audit::record(tx, now, event("account.update", account.id, Some(account.id))).await?;
            Ok(account)
        })
        .await?;
    app.sessions.forget_account(caller.account_id);
    Ok(changed)
}

/// Where confirmed addresses are required, the account keeps its address until the new one is confirmed, so that nobody
/// is locked out by a slip of the pen, and an address that is taken is answered like one that is free. Otherwise the
/// address changes now, and counts as not confirmed.
async fn change_email(
    tx: &DatabaseTransaction,
    app: &State,
    account: &account::Model,
    email: &str,
    change: &mut account::ActiveModel,
    now: DateTime<Utc>,
) -> Result<()> {
    let key = email_key(email);
    if account.email_key.as_ref() == Some(&key) {
        change.email = Set(email.to_owned());
        return Ok(());
    }
    let taken = find_by_email(tx, email).await?.is_some();
    mail::enqueue(tx, &app.master_key, now, &mails::email_changing(&account.email)).await?;
    if app.config.accounts.requires_verification() {
        return match taken {
            true => mail::enqueue(tx, &app.master_key, now, &mails::already_registered(email)).await,
            false => tokens::send_verification(tx, app, account.id, email, now).await,
        };
    }
    if taken {
        return Err(ProblemCode::EmailTaken.into());
    }
    // What was sent to the old address is void.
    tokens::void(tx, account.id, None, now).await?;
    tokens::send_verification(tx, app, account.id, email, now).await?;
    audit::record(tx, now, event("account.change_email", account.id, Some(account.id))).await?;
    change.email = Set(email.to_owned());
    change.email_key = Set(Some(key));
    change.email_verified_at = Set(None);
    Ok(())
}

/// The directory sorts and searches by the name.
async fn rename_profile(tx: &DatabaseTransaction, account: &account::Model, name: &str) -> Result<()> {
    profile::Entity::update_many()
        .col_expr(profile::Column::SortName, Expr::value(sort_name(name)))
        .col_expr(profile::Column::SearchName, Expr::value(fold(name)))
        .filter(profile::COLUMN.account_id.eq(account.id))
        .exec(tx)
        .await?;
    Ok(())
}
