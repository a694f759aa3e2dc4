//! Registration.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::{event, find_by_email, tokens};
use crate::{
    accounts::{mails, rules::email_key},
    audit,
    db::{inserts::Inserts, search::sort_name},
    entities::{
        account::{self, PlatformRole},
        invitation::{self, InvitationStatus},
        one_time_token::TokenPurpose,
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
/// also when there is no new account, unless `quiet`: too many went there already. Either way it is one look and one
/// statement that puts rows in, so that nobody learns from the clock which it was.
pub async fn register(app: &State, new: &NewAccount, quiet: bool) -> Result<Registered> {
    let now = app.clock.now();
    let tells_by_mail = app.config.accounts.requires_verification();
    let by_invitation = app.config.accounts.takes_invited_only();
    app.db
        .insert(async |db| {
            let is_invited = !by_invitation || is_invited(db, &new.email, now).await?;
            let (outcome, mail) = if find_by_email(db, &new.email).await?.is_some() {
                (Registered::Taken, mails::already_registered(&new.email))
            } else if !is_invited {
                (Registered::Uninvited, mails::not_invited(&new.email))
            } else {
                let (account, inserts) = create(app, new, now)?;
                return Ok((Registered::Created(Box::new(account)), inserts));
            };
            let mut inserts = Inserts::default();
            if tells_by_mail && !quiet {
                mail::add(&mut inserts, &app.master_key, now, &mail)?;
            }
            Ok((outcome, inserts))
        })
        .await
}

/// A new account, and what is to be put in for it.
fn create(app: &State, new: &NewAccount, now: DateTime<Utc>) -> Result<(account::Model, Inserts)> {
    let account = account::Model {
        id: Uuid::now_v7(),
        email: new.email.clone(),
        email_key: Some(email_key(&new.email)),
        display_name: new.display_name.clone(),
        sort_name: sort_name(&new.display_name),
        locale: new.locale.clone(),
        time_zone: new.time_zone.clone(),
        password_hash: Some(new.password_hash.clone()),
        platform_role: PlatformRole::Member,
        email_verified_at: None,
        suspended_at: None,
        erased_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let mut inserts = Inserts::default();
    inserts.add(account.clone().into_active_model().reset_all());
    tokens::add(&mut inserts, app, account.id, &account.email, TokenPurpose::EmailVerification, now)?;
    audit::first(&mut inserts, now, event("account.create", account.id, Some(account.id)))?;
    Ok((account, inserts))
}

async fn is_invited(db: &impl ConnectionTrait, email: &str, now: DateTime<Utc>) -> Result<bool> {
    let invitation = invitation::Entity::find()
        .filter(invitation::COLUMN.email_key.eq(email_key(email)))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .filter(invitation::COLUMN.expires_at.gt(now))
        .one(db)
        .await?;
    Ok(invitation.is_some())
}
