//! Roles that somebody asks somebody else to take.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use super::{
    Deed, FoundMeeting, Loaded, meeting_is_over, record,
    roles::{give, load_to_write, take, touch},
};
use crate::{
    consultation_groups::store::visible_meeting,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account, consultation_group,
        meeting::{self, StoredMeetingStatus},
        meeting_role::RoleSource,
        role_swap::{self, StoredSwapStatus},
    },
    http::caller::Caller,
    mail,
    problem::{Problem, ProblemCode, Result},
    recurrence::zone::write_local,
    rotation::{
        mails,
        rules::{self, Swap, SwapStatus},
        schema::{RoleParty, RoleSwap, RoleSwapCreate, RoleSwapFilter, SwapDirection},
    },
    schedule::{self, rules::Occurrence},
    state::State,
};

/// Whether a meeting has begun or was called off, so that nobody swaps a role at it any more.
fn is_over(row: &meeting::Model, now: DateTime<Utc>) -> bool {
    row.status != StoredMeetingStatus::Scheduled || row.starts_at <= now
}

/// [`is_over`] as a condition on swaps, of either of their meetings.
fn has_lapsed(now: DateTime<Utc>) -> SimpleExpr {
    let id = || Expr::col((meeting::Entity, meeting::Column::Id));
    let either = id()
        .equals((role_swap::Entity, role_swap::Column::MeetingId))
        .or(id().equals((role_swap::Entity, role_swap::Column::ExchangeMeetingId)));
    let over = Condition::any()
        .add(Expr::col((meeting::Entity, meeting::Column::Status)).ne(StoredMeetingStatus::Scheduled))
        .add(Expr::col((meeting::Entity, meeting::Column::StartsAt)).lte(now));
    let meetings = meeting::Entity::find().select_only().column(meeting::Column::Id).filter(either).filter(over);
    Expr::exists(meetings.into_query())
}

/// [`rules::swap_status`] as a condition.
fn has_status(statuses: &[SwapStatus], now: DateTime<Utc>) -> Option<Condition> {
    let stored = |status| Condition::all().add(role_swap::COLUMN.status.eq(status));
    let of = |status: &SwapStatus| match status {
        SwapStatus::Asked => stored(StoredSwapStatus::Asked).add(has_lapsed(now).not()),
        SwapStatus::Lapsed => stored(StoredSwapStatus::Asked).add(has_lapsed(now)),
        SwapStatus::Accepted => stored(StoredSwapStatus::Accepted),
        SwapStatus::Declined => stored(StoredSwapStatus::Declined),
        SwapStatus::Withdrawn => stored(StoredSwapStatus::Withdrawn),
    };
    (!statuses.is_empty()).then(|| statuses.iter().fold(Condition::any(), |any, status| any.add(of(status))))
}

/// Those that the account asked for, or is asked for.
fn mine(account_id: Uuid, direction: Option<SwapDirection>) -> Condition {
    let outgoing = role_swap::COLUMN.from_account_id.eq(account_id);
    let incoming = role_swap::COLUMN.with_account_id.eq(account_id);
    match direction {
        Some(SwapDirection::Outgoing) => Condition::all().add(outgoing),
        Some(SwapDirection::Incoming) => Condition::all().add(incoming),
        None => Condition::any().add(outgoing).add(incoming),
    }
}

/// Those that a member may know of: their own, and what has changed hands.
fn seen_by(account_id: Uuid) -> Condition {
    mine(account_id, None).add(role_swap::COLUMN.status.eq(StoredSwapStatus::Accepted))
}

/// One page of the swaps that the caller asked for or is asked for, where they are a member in good standing, newest
/// first.
pub async fn list_mine(
    db: &impl ConnectionTrait,
    caller: &Caller,
    filter: &RoleSwapFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<RoleSwap>> {
    let groups = schedule::store::groups_of(caller.account_id, now);
    let query = role_swap::Entity::find()
        .filter(mine(caller.account_id, filter.direction))
        .filter(role_swap::COLUMN.consultation_group_id.in_subquery(groups))
        .filter(Condition::all().add_option(has_status(&filter.status, now)));
    list(db, query, now, page).await
}

/// One page of the swaps of a meeting that the caller may know of, newest first.
pub async fn list_of_meeting(
    db: &impl ConnectionTrait,
    found: &FoundMeeting,
    caller: &Caller,
    filter: &RoleSwapFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<RoleSwap>> {
    let id = found.meeting.id;
    let at = role_swap::COLUMN.meeting_id.eq(id).or(role_swap::COLUMN.exchange_meeting_id.eq(id));
    let query = role_swap::Entity::find()
        .filter(at)
        .filter(seen_by(caller.account_id))
        .filter(Condition::all().add_option(filter.direction.map(|which| mine(caller.account_id, Some(which)))))
        .filter(Condition::all().add_option(has_status(&filter.status, now)));
    list(db, query, now, page).await
}

async fn list(
    db: &impl ConnectionTrait,
    query: Select<role_swap::Entity>,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<RoleSwap>> {
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns =
        [role_swap::Column::AskedAt, role_swap::Column::Id].map(|column| Expr::col((role_swap::Entity, column)));
    let rows = page.apply(query, &columns, true).all(db).await?;
    let Rows { rows, next, .. } = page.finish(rows, |row| vec![Key::Instant(row.asked_at), Key::Id(row.id)]);
    Ok(Rows { rows: shown(db, rows, now).await?, next, total })
}

/// Swaps with their meetings and names: two queries, however many there are.
async fn shown(db: &impl ConnectionTrait, rows: Vec<role_swap::Model>, now: DateTime<Utc>) -> Result<Vec<RoleSwap>> {
    let meetings: Vec<Uuid> =
        rows.iter().flat_map(|row| [Some(row.meeting_id), row.exchange_meeting_id]).flatten().collect();
    let meetings = meeting::Entity::find().filter(meeting::COLUMN.id.is_in(meetings)).all(db).await?;
    let meetings: HashMap<Uuid, meeting::Model> = meetings.into_iter().map(|row| (row.id, row)).collect();
    let accounts: Vec<Uuid> = rows.iter().flat_map(|row| [row.from_account_id, row.with_account_id]).collect();
    let names: Vec<(Uuid, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::DisplayName])
        .filter(account::COLUMN.id.is_in(accounts))
        .into_tuple()
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    let party = |membership_id, account_id| RoleParty {
        membership_id,
        account_id,
        display_name: names.get(&account_id).cloned().unwrap_or_default(),
    };
    let show = |row: role_swap::Model| {
        let at = meetings.get(&row.meeting_id);
        let both = [at, row.exchange_meeting_id.and_then(|id| meetings.get(&id))];
        let over = both.into_iter().flatten().any(|row| is_over(row, now));
        RoleSwap {
            id: row.id,
            consultation_group_id: row.consultation_group_id,
            meeting_id: row.meeting_id,
            meeting_starts_at: at.map_or(row.asked_at, |at| at.starts_at),
            role: row.role,
            asked_by: party(row.from_membership_id, row.from_account_id),
            asked_of: party(row.with_membership_id, row.with_account_id),
            in_exchange_for_meeting_id: row.exchange_meeting_id,
            status: rules::swap_status(row.status, over),
            asked_at: row.asked_at,
            answered_at: row.answered_at,
            version: row.version,
        }
    };
    Ok(rows.into_iter().map(show).collect())
}

async fn one_shown(db: &impl ConnectionTrait, row: role_swap::Model, now: DateTime<Utc>) -> Result<RoleSwap> {
    shown(db, vec![row], now).await?.pop().ok_or_else(Problem::not_found)
}

/// A swap and its meeting, if the caller may know of it.
async fn find(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(role_swap::Model, FoundMeeting)> {
    let row = role_swap::Entity::find_by_id(id).filter(seen_by(caller.account_id)).one(db).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let found = visible_meeting(db, caller, row.meeting_id, now).await?;
    Ok((row, found))
}

/// A swap.
///
/// # Errors
/// 404 where there is none or it is not the caller's to know.
pub async fn swap(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<RoleSwap> {
    let (row, _) = find(db, caller, id, now).await?;
    one_shown(db, row, now).await
}

/// The meeting of a group that is offered in exchange.
async fn exchange_meeting(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    id: Option<Uuid>,
) -> Result<Option<Occurrence>> {
    let Some(id) = id else { return Ok(None) };
    let found = schedule::store::find(db, id).await?.filter(|one| one.group_id == group.id);
    Ok(Some(found.ok_or_else(rules::no_exchange)?))
}

/// What both sides have at their meetings.
fn swap_of<'a>(
    loaded: &'a Loaded,
    found: &FoundMeeting,
    row: &role_swap::Model,
    exchange: Option<&Occurrence>,
    now: DateTime<Utc>,
) -> Result<Swap<'a>> {
    let (meeting, roles) = loaded.at(found.meeting.id).ok_or_else(|| meeting_is_over(&found.meeting, now))?;
    let exchange = exchange.map(|one| loaded.at(one.id).ok_or_else(rules::no_exchange)).transpose()?;
    let (from, with) = (row.from_membership_id, row.with_membership_id);
    Ok(Swap { course: &loaded.course, role: row.role, from, with, meeting, roles, exchange })
}

/// Asks somebody to take a role of the caller, and tells them by mail.
///
/// # Errors
/// 403 unless the caller has the role; 409 once the meeting has begun, or for what is asked already; 422 for somebody
/// who cannot take it.
pub async fn propose(
    tx: &DatabaseTransaction,
    app: &State,
    found: &FoundMeeting,
    caller: &Caller,
    body: &RoleSwapCreate,
    now: DateTime<Utc>,
) -> Result<RoleSwap> {
    let exchange = exchange_meeting(tx, &found.group, body.in_exchange_for_meeting_id).await?;
    let include: Vec<_> = std::iter::once(&found.meeting).chain(&exchange).collect();
    let loaded = load_to_write(tx, &found.group, &include, now).await?;
    let row = role_swap::Model {
        id: Uuid::now_v7(),
        consultation_group_id: found.group.id,
        meeting_id: found.meeting.id,
        role: body.role,
        from_membership_id: loaded.own(caller)?.id,
        from_account_id: caller.account_id,
        with_membership_id: body.with_membership_id,
        with_account_id: loaded.account_of(body.with_membership_id),
        exchange_meeting_id: body.in_exchange_for_meeting_id,
        status: StoredSwapStatus::Asked,
        asked_at: now,
        answered_at: None,
        version: 1,
    };
    rules::ask(&swap_of(&loaded, found, &row, exchange.as_ref(), now)?)?;
    let same = role_swap::Entity::find()
        .filter(role_swap::COLUMN.meeting_id.eq(row.meeting_id))
        .filter(role_swap::COLUMN.role.eq(row.role))
        .filter(role_swap::COLUMN.from_membership_id.eq(row.from_membership_id))
        .filter(role_swap::COLUMN.with_membership_id.eq(row.with_membership_id))
        .filter(role_swap::COLUMN.status.eq(StoredSwapStatus::Asked));
    if same.one(tx).await?.is_some() {
        return Err(Problem::new(ProblemCode::InvalidTransition, "you have asked them already"));
    }
    schedule::store::kept(tx, &found.meeting, now).await?;
    if let Some(exchange) = &exchange {
        schedule::store::kept(tx, exchange, now).await?;
    }
    role_swap::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    if let Some(asked) = account::Entity::find_by_id(row.with_account_id).one(tx).await? {
        let said = |one: &Occurrence| format!("{} ({})", write_local(one.starts).replace('T', " "), one.zone.name());
        let exchange = exchange.as_ref().map(said);
        let mail = mails::swap_asked(&found.group, row.role, &said(&found.meeting), exchange.as_deref(), &asked.email);
        mail::enqueue(tx, &app.master_key, now, &mail).await?;
    }
    let deed = Deed {
        action: "role_swap.ask",
        subject_type: "role_swap",
        subject_id: row.id,
        account_id: row.with_account_id,
    };
    record(tx, caller, found.group.id, deed, now).await?;
    one_shown(tx, row, now).await
}

/// Answers a swap, or takes it back. Accepted, the roles change hands in the same transaction.
///
/// # Errors
/// 404; 403 for the other side; 409 once it is answered or has lapsed, or when a role has changed hands meanwhile; 412.
pub async fn answer(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    to: StoredSwapStatus,
    check_version: impl Fn(i64) -> Result<()>,
    now: DateTime<Utc>,
) -> Result<RoleSwap> {
    let (row, found) = find(tx, caller, id, now).await?;
    let status = one_shown(tx, row.clone(), now).await?.status;
    let (action, theirs, other) = match to {
        StoredSwapStatus::Withdrawn => ("role_swap.withdraw", row.from_account_id, row.with_account_id),
        StoredSwapStatus::Declined => ("role_swap.decline", row.with_account_id, row.from_account_id),
        _ => ("role_swap.accept", row.with_account_id, row.from_account_id),
    };
    rules::answer(status, theirs == caller.account_id)?;
    check_version(row.version)?;
    if to == StoredSwapStatus::Accepted {
        change_hands(tx, &row, &found, status, now).await?;
    }
    let answered = role_swap::Model { status: to, answered_at: Some(now), version: row.version + 1, ..row };
    let changed = role_swap::ActiveModel {
        id: Unchanged(answered.id),
        status: Set(answered.status),
        answered_at: Set(answered.answered_at),
        version: Set(answered.version),
        ..Default::default()
    };
    role_swap::Entity::update(changed).exec(tx).await?;
    let deed = Deed { action, subject_type: "role_swap", subject_id: answered.id, account_id: other };
    record(tx, caller, found.group.id, deed, now).await?;
    one_shown(tx, answered, now).await
}

/// Gives both roles to those who take them.
async fn change_hands(
    tx: &DatabaseTransaction,
    row: &role_swap::Model,
    found: &FoundMeeting,
    status: SwapStatus,
    now: DateTime<Utc>,
) -> Result<()> {
    let exchange = exchange_meeting(tx, &found.group, row.exchange_meeting_id).await?;
    let include: Vec<_> = std::iter::once(&found.meeting).chain(&exchange).collect();
    let loaded = load_to_write(tx, &found.group, &include, now).await?;
    rules::accept(&swap_of(&loaded, found, row, exchange.as_ref(), now)?, status, row.with_membership_id)?;
    let swapped = |membership_id| (membership_id, row.role, RoleSource::Swap);
    let (from, with) = (row.from_membership_id, row.with_membership_id);
    take(tx, found.meeting.id, from).await?;
    give(tx, &loaded, &found.meeting, swapped(with), now).await?;
    touch(tx, &found.meeting, now).await?;
    if let Some(exchange) = &exchange {
        take(tx, exchange.id, with).await?;
        give(tx, &loaded, exchange, swapped(from), now).await?;
        touch(tx, exchange, now).await?;
    }
    Ok(())
}
