//! The logs of actions.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    actions::{self, Opened as OpenedAction},
    not_in_future,
};
use crate::{
    crypto::data_keys::DataKey,
    db::page::{Key, PageRequest, Rows},
    entities::{
        support_action::SupportActionStatus,
        support_action_entry::{self, Content},
    },
    problem::{Problem, ProblemCode, Result},
    state::State,
    support_plan::{rules, schema::SupportActionEntryCreate},
};

/// An entry, and what it says.
pub type Opened = (support_action_entry::Model, Content);

fn log_of(account_id: Uuid, action_id: Uuid) -> Select<support_action_entry::Entity> {
    support_action_entry::Entity::find()
        .filter(support_action_entry::COLUMN.account_id.eq(account_id))
        .filter(support_action_entry::COLUMN.action_id.eq(action_id))
}

fn open(key: &DataKey, row: support_action_entry::Model) -> Result<Opened> {
    let content = key.open(&row.content, &row.place())?;
    Ok((row, content))
}

async fn find(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    action_id: Uuid,
    id: Uuid,
) -> Result<support_action_entry::Model> {
    let found = log_of(account_id, action_id).filter(support_action_entry::COLUMN.id.eq(id)).one(db).await?;
    found.ok_or_else(Problem::not_found)
}

/// An entry in the log of an action of an account.
///
/// # Errors
/// 404 when there is none.
pub async fn get(app: &State, account_id: Uuid, action_id: Uuid, id: Uuid) -> Result<Opened> {
    let row = find(app.db.read(), account_id, action_id, id).await?;
    open(&*app.data_key(account_id).await?, row)
}

/// One page of the log of an action, what was written last coming first.
///
/// # Errors
/// 404 when the account has no such action.
pub async fn list(app: &State, account_id: Uuid, action_id: Uuid, page: &PageRequest) -> Result<Rows<Opened>> {
    use support_action_entry::Column;
    let db = app.db.read();
    actions::find(db, account_id, action_id).await?;
    let query = log_of(account_id, action_id);
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::CreatedAt, Column::Id].map(Expr::col);
    let rows = page.apply(query, &columns, true).all(db).await?;
    let rows = page.finish(rows, |row| vec![Key::Instant(row.created_at), Key::Id(row.id)]);
    let key = app.data_key(account_id).await?;
    let opened = rows.rows.into_iter().map(|row| open(&key, row)).collect::<Result<_>>()?;
    Ok(Rows { rows: opened, next: rows.next, total })
}

/// Every entry of an account, in the order in which they were written; `most` at most.
pub async fn all(app: &State, account_id: Uuid, most: u64) -> Result<Vec<Opened>> {
    let rows = support_action_entry::Entity::find()
        .filter(support_action_entry::COLUMN.account_id.eq(account_id))
        .order_by_asc(support_action_entry::COLUMN.id)
        .limit(most)
        .all(app.db.read())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = app.data_key(account_id).await?;
    rows.into_iter().map(|row| open(&key, row)).collect()
}

/// Writes down that an action was done. One that was planned is active from now on.
///
/// # Errors
/// 409 when the action is done or dropped, and `plan_full` when its log has no room; 422 for a day in the future.
pub async fn create(
    tx: &DatabaseTransaction,
    app: &State,
    (action, mut content): OpenedAction,
    body: &SupportActionEntryCreate,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    if !rules::is_open(content.status) {
        return Err(actions::closed(content.status));
    }
    if content.done.len() >= rules::MOST_ENTRIES {
        return Err(Problem::new(ProblemCode::PlanFull, "the log holds 1,000 entries"));
    }
    not_in_future("/done_on", body.done_on, today)?;
    let done_on = body.done_on.unwrap_or(today);
    let entry = Content { done_on, note: body.note.clone(), helpful: body.helpful };
    let (id, account_id) = (Uuid::now_v7(), action.account_id);
    let mut row =
        support_action_entry::Model { id, action_id: action.id, account_id, content: Vec::new(), created_at: now };
    row.content = app.data_key_to_write(tx, account_id).await?.seal(&entry, &row.place())?;
    support_action_entry::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    actions::go(&mut content, SupportActionStatus::Active, today);
    let at = content.done.partition_point(|day| *day <= done_on);
    content.done.insert(at, done_on);
    actions::save(tx, app, action, content, now).await?;
    Ok((row, entry))
}

/// Takes an entry out of the log of an action.
///
/// # Errors
/// 404 when there is none; 409 when the action is done or dropped.
pub async fn delete(
    tx: &DatabaseTransaction,
    app: &State,
    (action, mut content): OpenedAction,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = find(tx, action.account_id, action.id, id).await?;
    if !rules::is_open(content.status) {
        return Err(actions::closed(content.status));
    }
    let (_, entry) = open(&*app.data_key_to_write(tx, action.account_id).await?, row)?;
    support_action_entry::Entity::delete_by_id(id).exec(tx).await?;
    if let Ok(at) = content.done.binary_search(&entry.done_on) {
        content.done.remove(at);
    }
    actions::save(tx, app, action, content, now).await?;
    Ok(())
}
