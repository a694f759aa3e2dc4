//! Registration.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{event, find_by_email, tokens};
use crate::{
    accounts::{mails, rules::email_key},
    audit,
    db::search::sort_name,
    entities::{
        account::{self, PlatformRole},
        invitation::{self, InvitationStatus},
    },
    mail,
    problem::Result,
    state::State,
};

/// What is stored of a registration.
pub struct NewAccount {
    pub email: String,
    pub display_name: String,
    pub locale: String,
    pub time_zone: String,
    pub password_hash: String,
}

/// What came of a registration.
pub enum Registered {
    Created(Box<account::Model>),
    /// The address has an account.
    Taken,
    /// Registration is by invitation, and none waits for the address.
    Uninvited,
}

/// Registers an account. Its address gets a verification mail. Where verification is required the address gets a mail
/// also when there is no new account, unless `quiet`: too many went there already.
pub async fn register(app: &State, new: &NewAccount, quiet: bool) -> Result<Registered> {
    let now = app.clock.now();
    let tells_by_mail = app.config.accounts.requires_verification();
    let by_invitation = app.config.accounts.takes_invited_only();
    app.db
        .write(async |tx| {
            let (outcome, mail) = if find_by_email(tx, &new.email).await?.is_some() {
                (Registered::Taken, mails::already_registered(&new.email))
            } else if by_invitation && !is_invited(tx, &new.email, now).await? {
                (Registered::Uninvited, mails::not_invited(&new.email))
            } else {
                return Ok(Registered::Created(Box::new(create(tx, app, new, now).await?)));
            };
            match (tells_by_mail, quiet) {
                (true, false) => mail::enqueue(tx, &app.master_key, now, &mail).await?,
                (true, true) => mail::pretend(tx, &app.master_key, now, &mail).await?,
                (false, _) => {}
            }
            Ok(outcome)
        })
        .await
}

async fn create(tx: &DatabaseTransaction, app: &State, new: &NewAccount, now: DateTime<Utc>) -> Result<account::Model> {
    let row = account::ActiveModel {
        id: Set(Uuid::now_v7()),
        email: Set(new.email.clone()),
        email_key: Set(Some(email_key(&new.email))),
        display_name: Set(new.display_name.clone()),
        sort_name: Set(sort_name(&new.display_name)),
        locale: Set(new.locale.clone()),
        time_zone: Set(new.time_zone.clone()),
        password_hash: Set(Some(new.password_hash.clone())),
        platform_role: Set(PlatformRole::Member),
        email_verified_at: Set(None),
        suspended_at: Set(None),
        erased_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let account = account::Entity::insert(row).exec_with_returning(tx).await?;
    tokens::send_verification(tx, app, account.id, &account.email, now).await?;
    audit::record(tx, now, event("account.create", account.id, Some(account.id))).await?;
    Ok(account)
}

async fn is_invited(tx: &DatabaseTransaction, email: &str, now: DateTime<Utc>) -> Result<bool> {
    let invitation = invitation::Entity::find()
        .filter(invitation::COLUMN.email_key.eq(email_key(email)))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .filter(invitation::COLUMN.expires_at.gt(now))
        .one(tx)
        .await?;
    Ok(invitation.is_some())
}
