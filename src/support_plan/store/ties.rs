//! Ties of a plan.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::not_in_future;
use crate::{
    crypto::data_keys::DataKey,
    db::page::{PageRequest, Rows},
    entities::support_tie::{self, Content},
    problem::{Problem, ProblemCode, Result},
    state::State,
    support_plan::{
        rules,
        schema::{SupportTieCreate, SupportTieFilter, SupportTiePatch},
    },
};

/// A tie, and what it says.
pub type Opened = (support_tie::Model, Content);

fn ties_of(account_id: Uuid) -> Select<support_tie::Entity> {
    support_tie::Entity::find().filter(support_tie::COLUMN.account_id.eq(account_id))
}

async fn find(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<support_tie::Model> {
    let found = ties_of(account_id).filter(support_tie::COLUMN.id.eq(id)).one(db).await?;
    found.ok_or_else(Problem::not_found)
}

fn open(key: &DataKey, row: support_tie::Model) -> Result<Opened> {
    let content = key.open(&row.content, &row.place())?;
    Ok((row, content))
}

/// The tie of an account.
///
/// # Errors
/// 404 when the account has none with this id.
pub async fn get(app: &State, account_id: Uuid, id: Uuid) -> Result<Opened> {
    let row = find(app.db.read(), account_id, id).await?;
    open(&*app.data_key(account_id).await?, row)
}

/// The same, to be changed within a transaction.
pub async fn get_to_write(tx: &DatabaseTransaction, app: &State, account_id: Uuid, id: Uuid) -> Result<Opened> {
    let row = find(tx, account_id, id).await?;
    open(&*app.data_key_to_write(tx, account_id).await?, row)
}

/// Every tie of an account, those added first coming first.
pub async fn all(app: &State, account_id: Uuid) -> Result<Vec<Opened>> {
    let rows = ties_of(account_id)
        .order_by_asc(support_tie::COLUMN.created_at)
        .order_by_asc(support_tie::COLUMN.id)
        .limit(rules::MOST_TIES)
        .all(app.db.read())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = app.data_key(account_id).await?;
    rows.into_iter().map(|row| open(&key, row)).collect()
}

/// One page of the ties of an account.
pub async fn list(
    app: &State,
    account_id: Uuid,
    filter: &SupportTieFilter,
    page: &PageRequest,
) -> Result<Rows<Opened>> {
    let mut ties = all(app, account_id).await?;
    ties.retain(|(_, content)| filter.takes(content));
    Ok(page.of(ties, |(row, _)| (row.created_at, row.id)))
}

/// Adds a tie.
///
/// # Errors
/// 409 `plan_full` when there is no room; 422 for a contact in the future.
pub async fn create(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    body: &SupportTieCreate,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    if ties_of(account_id).count(tx).await? >= rules::MOST_TIES {
        return Err(Problem::new(ProblemCode::PlanFull, "the plan holds 200 ties"));
    }
    not_in_future("/last_contact_on", body.last_contact_on, today)?;
    let body = body.clone();
    let content = Content {
        label: body.label,
        kind: body.kind,
        avenue: body.avenue.0,
        cadence: body.cadence.map(Into::into),
        last_contact_on: body.last_contact_on,
        note: body.note,
        added_on: today,
    };
    let id = Uuid::now_v7();
    let mut row =
        support_tie::Model { id, account_id, content: Vec::new(), version: 1, created_at: now, updated_at: now };
    row.content = app.data_key_to_write(tx, account_id).await?.seal(&content, &row.place())?;
    support_tie::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok((row, content))
}

/// Changes a tie.
///
/// # Errors
/// 422 for a contact in the future.
pub async fn update(
    tx: &DatabaseTransaction,
    app: &State,
    (row, mut content): Opened,
    patch: &SupportTiePatch,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    let patch = patch.clone();
    not_in_future("/last_contact_on", patch.last_contact_on.flatten(), today)?;
    content.label = patch.label.unwrap_or(content.label);
    content.kind = patch.kind.unwrap_or(content.kind);
    content.avenue = patch.avenue.map_or(content.avenue, |key| key.0);
    content.cadence = patch.cadence.map_or(content.cadence, |given| given.map(Into::into));
    content.last_contact_on = patch.last_contact_on.unwrap_or(content.last_contact_on);
    content.note = patch.note.unwrap_or(content.note);
    save(tx, app, row, content, now).await
}

/// Marks a contact. An earlier one than the last changes nothing of when that was.
///
/// # Errors
/// 422 for one in the future.
pub async fn meet(
    tx: &DatabaseTransaction,
    app: &State,
    (row, mut content): Opened,
    contact_on: Option<NaiveDate>,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    not_in_future("/contact_on", contact_on, today)?;
    content.last_contact_on = content.last_contact_on.max(Some(contact_on.unwrap_or(today)));
    save(tx, app, row, content, now).await
}

/// Deletes a tie.
pub async fn delete(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    support_tie::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Seals what a tie says now.
async fn save(
    tx: &DatabaseTransaction,
    app: &State,
    mut row: support_tie::Model,
    content: Content,
    now: DateTime<Utc>,
) -> Result<Opened> {
    row.content = app.data_key_to_write(tx, row.account_id).await?.seal(&content, &row.place())?;
    row.version += 1;
    row.updated_at = now;
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    support_tie::Entity::update(changed).exec(tx).await?;
    Ok((row, content))
}
