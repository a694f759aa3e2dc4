//! Accounts in the database: what several parts of the feature do with them.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::rules::email_key;
use crate::{
    audit::{self, Event},
    db::{Db, search::sort_name},
    entities::{
        account::{self, PlatformRole},
        refresh_token, session,
    },
    problem::{Problem, ProblemCode, Result},
};

pub mod me;
pub mod moderation;
pub mod passwords;
mod registration;
pub mod tokens;

pub use registration::{NewAccount, Registered, register};

/// The account with this id, unless it was erased.
///
/// # Errors
/// 404 when there is none.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<account::Model> {
    let found = account::Entity::find_by_id(id).one(db).await?;
    found.filter(|account| account.erased_at.is_none()).ok_or_else(Problem::not_found)
}

/// The account of a caller.
///
/// # Errors
/// 401 when it was erased after its token was looked at.
pub async fn of_caller(db: &impl ConnectionTrait, id: Uuid) -> Result<account::Model> {
    get(db, id).await.map_err(|problem| match problem.code {
        ProblemCode::NotFound => ProblemCode::InvalidToken.into(),
        _ => problem,
    })
}

/// The account with this e-mail address.
pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::COLUMN.email_key.eq(email_key(email))).one(db).await?)
}

/// Gives the account with this e-mail address a platform role.
///
/// # Errors
/// 404 in words for the command line when no account has the address.
pub async fn grant(db: &Db, email: &str, role: PlatformRole, now: DateTime<Utc>) -> Result<()> {
    db.write(async |tx| {
        let account = find_by_email(tx, email).await?.ok_or_else(|| {
            Problem::new(ProblemCode::NotFound, format!("no account has the address {email}; register it first"))
        })?;
        set_role(tx, account, role, None, now).await?;
        Ok(())
    })
    .await
}

/// Gives `account` a platform role; `actor` is nobody where the command line does it.
pub async fn set_role(
    tx: &DatabaseTransaction,
    account: account::Model,
    role: PlatformRole,
    actor: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let change = account::ActiveModel { platform_role: Set(role), ..Default::default() };
    let account = update(tx, account, change, now).await?;
    let reason_code = match role {
        PlatformRole::Member => "member",
        PlatformRole::Moderator => "moderator",
        PlatformRole::Admin => "admin",
    };
    let reason_code = Some(reason_code);
    audit::record(tx, now, Event { reason_code, ..event("account.grant_role", account.id, actor) }).await?;
    Ok(account)
}

/// Writes `change` to `account` and raises its version.
pub async fn update(
    tx: &DatabaseTransaction,
    account: account::Model,
    change: account::ActiveModel,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let mut change =
        account::ActiveModel { id: Set(account.id), version: Set(account.version + 1), updated_at: Set(now), ..change };
    if let Set(name) = &change.display_name {
        change.sort_name = Set(sort_name(name));
    }
    Ok(account::Entity::update(change).exec(tx).await?)
}

/// Ends every session of an account but `spared`. Its refresh tokens go with it.
/// Call [`crate::http::caller::SessionCache::forget_account`] after the transaction.
pub async fn end_sessions(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    spared: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let sessions = session::Entity::find()
        .filter(session::COLUMN.account_id.eq(account_id))
        .filter(session::COLUMN.ended_at.is_null())
        .all(tx)
        .await?;
    let ending: Vec<Uuid> = sessions.iter().map(|session| session.id).filter(|id| Some(*id) != spared).collect();
    if ending.is_empty() {
        return Ok(());
    }
    refresh_token::Entity::delete_many()
        .filter(refresh_token::COLUMN.session_id.is_in(ending.clone()))
        .exec(tx)
        .await?;
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::COLUMN.id.is_in(ending))
        .exec(tx)
        .await?;
    Ok(())
}

/// An event about an account, for the audit trail.
pub fn event(action: &'static str, account_id: Uuid, actor_id: Option<Uuid>) -> Event {
    Event {
        action,
        actor_id,
        subject_type: "account",
        subject_id: account_id,
        account_id: Some(account_id),
        ..Default::default()
    }
}
