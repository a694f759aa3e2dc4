//! What moderators and administrators do with accounts.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use uuid::Uuid;

use super::{end_sessions, event, get, set_role, update};
use crate::{
    accounts::{
        rules,
        schema::{AccountFilter, AccountStatus},
    },
    audit,
    db::page::{Key, PageRequest, Rows},
    entities::account::{self, PlatformRole},
    http::{caller::Caller, conditional::IfMatch},
    problem::{Problem, ProblemCode, Result},
};

/// Every account but the erased ones, oldest first.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<Rows<account::Model>> {
    let mut accounts = account::Entity::find().filter(account::COLUMN.erased_at.is_null());
    if !filter.platform_role.is_empty() {
        accounts = accounts.filter(account::Column::PlatformRole.is_in(filter.platform_role.clone()));
    }
    if !filter.status.is_empty() {
        let either = filter.status.iter().map(|status| match status {
            AccountStatus::Active => account::COLUMN.suspended_at.is_null(),
            AccountStatus::Suspended => account::COLUMN.suspended_at.is_not_null(),
        });
        accounts = accounts.filter(either.fold(Condition::any(), Condition::add));
    }
    let total = match page.include_total {
        true => Some(accounts.clone().count(db).await?),
        false => None,
    };
    // Ids tell the order of creation.
    let rows = page.apply(accounts, &[account::Column::Id.into_expr()], false).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Id(row.id)]) })
}

/// Suspends an account and ends its sessions.
///
/// # Errors
/// 403 when the caller may not; 409 when it is suspended already; 412 when it has another version.
pub async fn suspend(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let account = subject_of(tx, caller, id, version).await?;
    if account.suspended_at.is_some() {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the account is suspended already"));
    }
    let change = account::ActiveModel { suspended_at: Set(Some(now)), ..Default::default() };
    let account = update(tx, account, change, now).await?;
    end_sessions(tx, id, None, now).await?;
    audit::record(tx, now, event("account.suspend", id, Some(caller.account_id))).await?;
    Ok(account)
}

/// Lifts a suspension.
///
/// # Errors
/// 403 when the caller may not; 409 when it is not suspended; 412 when it has another version.
pub async fn reinstate(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let account = subject_of(tx, caller, id, version).await?;
    if account.suspended_at.is_none() {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the account is active"));
    }
    let change = account::ActiveModel { suspended_at: Set(None), ..Default::default() };
    let account = update(tx, account, change, now).await?;
    audit::record(tx, now, event("account.reinstate", id, Some(caller.account_id))).await?;
    Ok(account)
}

/// Gives an account another platform role.
///
/// # Errors
/// 403 unless an administrator asks; 409 when no administrator would be left; 412 when it has another version.
pub async fn change_role(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    role: PlatformRole,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    if role_now(tx, caller).await? != PlatformRole::Admin {
        return Err(Problem::new(ProblemCode::Forbidden, "an administrator may do this"));
    }
    let account = get(tx, id).await?;
    version.check(account.version)?;
    if account.platform_role == PlatformRole::Admin && role != PlatformRole::Admin {
        let others = account::Entity::find()
            .filter(account::Column::PlatformRole.eq(PlatformRole::Admin))
            .filter(account::COLUMN.suspended_at.is_null())
            .filter(account::COLUMN.id.ne(id));
        if others.one(tx).await?.is_none() {
            return Err(Problem::new(ProblemCode::InvalidTransition, "the last administrator cannot step down"));
        }
    }
    set_role(tx, account, role, Some(caller.account_id), now).await
}

/// The account that the caller is about to suspend or reinstate.
async fn subject_of(tx: &DatabaseTransaction, caller: &Caller, id: Uuid, version: &IfMatch) -> Result<account::Model> {
    let actor = (caller.account_id, role_now(tx, caller).await?);
    let forbidden = |who: &'static str| Problem::new(ProblemCode::Forbidden, who);
    // Whoever moderates nothing is not told which accounts there are.
    rules::may_suspend(actor, (Uuid::nil(), PlatformRole::Member)).map_err(forbidden)?;
    let account = get(tx, id).await?;
    rules::may_suspend(actor, (account.id, account.platform_role)).map_err(forbidden)?;
    version.check(account.version)?;
    Ok(account)
}

/// The caller's role as it stands in this transaction, which a cached one may no longer be.
async fn role_now(tx: &DatabaseTransaction, caller: &Caller) -> Result<PlatformRole> {
    let account = get(tx, caller.account_id).await?;
    match account.suspended_at {
        Some(_) => Err(ProblemCode::AccountSuspended.into()),
        None => Ok(account.platform_role),
    }
}
