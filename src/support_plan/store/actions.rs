//! Actions of a plan.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::{
    crypto::data_keys::DataKey,
    db::page::{PageRequest, Rows},
    entities::support_action::{self, Content, SupportActionStatus},
    problem::{Problem, ProblemCode, Result},
    state::State,
    support_plan::{
        rules,
        schema::{SupportActionCreate, SupportActionFilter, SupportActionPatch, SupportActionStart},
    },
};

/// An action, and what it says.
pub type Opened = (support_action::Model, Content);

fn actions_of(account_id: Uuid) -> Select<support_action::Entity> {
    support_action::Entity::find().filter(support_action::COLUMN.account_id.eq(account_id))
}

/// The sealed action of an account.
///
/// # Errors
/// 404 when the account has none with this id.
pub(super) async fn find(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<support_action::Model> {
    let found = actions_of(account_id).filter(support_action::COLUMN.id.eq(id)).one(db).await?;
    found.ok_or_else(Problem::not_found)
}

fn open(key: &DataKey, row: support_action::Model) -> Result<Opened> {
    let content = key.open(&row.content, &row.place())?;
    Ok((row, content))
}

/// The action of an account.
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

/// Every action of an account, those made first coming first.
pub async fn all(app: &State, account_id: Uuid) -> Result<Vec<Opened>> {
    let rows = actions_of(account_id)
        .order_by_asc(support_action::COLUMN.created_at)
        .order_by_asc(support_action::COLUMN.id)
        .limit(rules::MOST_ACTIONS)
        .all(app.db.read())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = app.data_key(account_id).await?;
    rows.into_iter().map(|row| open(&key, row)).collect()
}

/// One page of the actions of an account.
pub async fn list(
    app: &State,
    account_id: Uuid,
    filter: &SupportActionFilter,
    page: &PageRequest,
) -> Result<Rows<Opened>> {
    let mut actions = all(app, account_id).await?;
    actions.retain(|(_, content)| filter.takes(content));
    Ok(page.of(actions, |(row, _)| (row.created_at, row.id)))
}

/// Adds an action.
///
/// # Errors
/// 409 `plan_full` when there is no room; 422 when its members do not fit together.
pub async fn create(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    body: &SupportActionCreate,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    if actions_of(account_id).count(tx).await? >= rules::MOST_ACTIONS {
        return Err(Problem::new(ProblemCode::PlanFull, "the plan holds 200 actions"));
    }
    let body = body.clone();
    let status = match body.status {
        Some(SupportActionStart::Active) => SupportActionStatus::Active,
        Some(SupportActionStart::Planned) | None => SupportActionStatus::Planned,
    };
    let content = Content {
        avenue: body.avenue.0,
        what: body.what,
        challenge: body.challenge.map(|key| key.0),
        status,
        cadence: body.cadence.map(Into::into),
        due_on: body.due_on,
        active_since: (status == SupportActionStatus::Active).then_some(today),
        done: Vec::new(),
    };
    check(&content)?;
    let id = Uuid::now_v7();
    let mut row =
        support_action::Model { id, account_id, content: Vec::new(), version: 1, created_at: now, updated_at: now };
    row.content = app.data_key_to_write(tx, account_id).await?.seal(&content, &row.place())?;
    support_action::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok((row, content))
}

/// Changes an action.
///
/// # Errors
/// 409 for a way that it cannot go, and for words of one that is done or dropped; 422 when its members do not fit together.
pub async fn update(
    tx: &DatabaseTransaction,
    app: &State,
    (row, mut content): Opened,
    patch: &SupportActionPatch,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    let patch = patch.clone();
    let next = patch.status.unwrap_or(content.status);
    let stays_closed = !rules::is_open(content.status) && !rules::is_open(next);
    if !rules::allows(content.status, next) || stays_closed && patch.changes_words() {
        return Err(closed(content.status));
    }
    go(&mut content, next, today);
    content.avenue = patch.avenue.map_or(content.avenue, |key| key.0);
    content.what = patch.what.unwrap_or(content.what);
    content.challenge = patch.challenge.map_or(content.challenge, |given| given.map(|key| key.0));
    content.cadence = patch.cadence.map_or(content.cadence, |given| given.map(Into::into));
    content.due_on = patch.due_on.unwrap_or(content.due_on);
    check(&content)?;
    save(tx, app, row, content, now).await
}

/// Lets an action go on to `next`; from the day on which it becomes active its periods are counted.
pub(super) fn go(content: &mut Content, next: SupportActionStatus, today: NaiveDate) {
    if next == SupportActionStatus::Active && content.status != next {
        content.active_since = Some(today);
    }
    content.status = next;
}

/// What the status does not allow.
pub(super) fn closed(status: SupportActionStatus) -> Problem {
    Problem::new(ProblemCode::InvalidTransition, format!("the action is {}", rules::name(status)))
}

/// Deletes an action and its log.
pub async fn delete(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    support_action::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Seals what an action says now.
pub(super) async fn save(
    tx: &DatabaseTransaction,
    app: &State,
    mut row: support_action::Model,
    content: Content,
    now: DateTime<Utc>,
) -> Result<Opened> {
    row.content = app.data_key_to_write(tx, row.account_id).await?.seal(&content, &row.place())?;
    row.version += 1;
    row.updated_at = now;
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    support_action::Entity::update(changed).exec(tx).await?;
    Ok((row, content))
}

fn check(content: &Content) -> Result<()> {
    match content.cadence.is_some() && content.due_on.is_some() {
        true => Err(Problem::invalid_at("/due_on", "unexpected", "must be absent where there is a cadence")),
        false => Ok(()),
    }
}
