//! Queries and transactions on blocks. Each starts from the blocks of one account.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect, QueryTrait, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    accounts,
    db::page::{Key, PageRequest, Rows},
    entities::{account, account_block},
    problem::{Problem, ProblemCode, Result},
};

/// A block and whom it is against.
pub type Seen = (account_block::Model, account::Model);

fn blocks_of(account_id: Uuid) -> Select<account_block::Entity> {
    account_block::Entity::find().filter(account_block::COLUMN.blocker_id.eq(account_id))
}

async fn find(db: &impl ConnectionTrait, account_id: Uuid, blocked_id: Uuid) -> Result<Option<Seen>> {
    let found = blocks_of(account_id).filter(account_block::COLUMN.blocked_id.eq(blocked_id));
    let found = found.find_also_related(account::Entity).one(db).await?;
    Ok(found.and_then(|(block, blocked)| Some((block, blocked?))))
}

/// The block of `account_id` against `blocked_id`.
///
/// # Errors
/// 404 when there is none.
pub async fn get(db: &impl ConnectionTrait, account_id: Uuid, blocked_id: Uuid) -> Result<Seen> {
    find(db, account_id, blocked_id).await?.ok_or_else(Problem::not_found)
}

/// The condition that no block stands between the account that `column` names and another.
pub fn none_between(column: impl ColumnTrait, account_id: Uuid) -> Condition {
    use account_block::Column::{BlockedId, BlockerId};
    let blocked = |who: account_block::Column, by: account_block::Column| {
        let rows = account_block::Entity::find().select_only().column(who).filter(by.eq(account_id));
        column.not_in_subquery(rows.into_query())
    };
    Condition::all().add(blocked(BlockedId, BlockerId)).add(blocked(BlockerId, BlockedId))
}

/// One page of the blocks of an account, newest first.
pub async fn list(db: &impl ConnectionTrait, account_id: Uuid, page: &PageRequest) -> Result<Rows<Seen>> {
    use account_block::{Column, Entity};
    let query = blocks_of(account_id);
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::CreatedAt, Column::BlockedId].map(|column| Expr::col((Entity, column)));
    let rows = page.apply(query.find_also_related(account::Entity), &columns, true).all(db).await?;
    let rows = rows.into_iter().filter_map(|(block, blocked)| Some((block, blocked?))).collect();
    let keys = |(block, _): &Seen| vec![Key::Instant(block.created_at), Key::Id(block.blocked_id)];
    Ok(Rows { total, ..page.finish(rows, keys) })
}

/// Blocks `blocked_id`, and whether that is new: who is blocked already stays so since then.
///
/// # Errors
/// 422 for oneself and for an account that does not exist.
pub async fn create(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    blocked_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Seen, bool)> {
    if blocked_id == account_id {
        return Err(Problem::invalid_at("/account_id", "own_account", "must not be your own account"));
    }
    let blocked = accounts::store::get(tx, blocked_id).await.map_err(|problem| match problem.code {
        ProblemCode::NotFound => Problem::invalid_at("/account_id", "unknown_account", "must be an account"),
        _ => problem,
    })?;
    if let Some(known) = find(tx, account_id, blocked_id).await? {
        return Ok((known, false));
    }
    let row =
        account_block::ActiveModel { blocker_id: Set(account_id), blocked_id: Set(blocked_id), created_at: Set(now) };
    account_block::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(((account_block::Model { blocker_id: account_id, blocked_id, created_at: now }, blocked), true))
}

/// Takes a block away.
///
/// # Errors
/// 404 when there is none.
pub async fn delete(tx: &DatabaseTransaction, account_id: Uuid, blocked_id: Uuid) -> Result<()> {
    let gone = account_block::Entity::delete_by_id((account_id, blocked_id)).exec(tx).await?;
    if gone.rows_affected == 0 { Err(Problem::not_found()) } else { Ok(()) }
}
