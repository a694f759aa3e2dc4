//! Who wishes to present.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::{Loaded, load, roles::load_to_write};
use crate::{
    consultation_groups::store::of_member,
    entities::{
        consultation_group,
        meeting::{self, StoredMeetingStatus},
        presenter_request::{self, StoredRequestStatus},
    },
    http::caller::Caller,
    problem::{Problem, ProblemCode, Result},
    rotation::{
        rules::{self, in_order},
        schema::{PresenterQueue, PresenterRequest, RoleParty},
    },
};

/// Who wishes to present in a group, in the order of their turns.
pub async fn queue(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<PresenterQueue> {
    let loaded = load(db, group, &[], now).await?;
    let presented_at = |id: Uuid| loaded.course.lasts.get(&id).and_then(|lasts| lasts.presented_at);
    let order = in_order(&loaded.course.queue, presented_at);
    let of = |id: Uuid| loaded.requests.iter().find(|request| request.id == id);
    let mut items: Vec<_> =
        order.iter().filter_map(|asked| of(asked.request_id)).map(|request| seen(&loaded, request, None)).collect();
    // Those without a turn come last; the sort keeps the order among equals.
    items.sort_by_key(|item| (item.meeting_starts_at.is_none(), item.meeting_starts_at));
    Ok(PresenterQueue { items })
}

/// A request as its group sees it; `at` is the meeting at which its turn came.
fn seen(loaded: &Loaded, request: &presenter_request::Model, at: Option<&meeting::Model>) -> PresenterRequest {
    let held = at.filter(|row| row.status == StoredMeetingStatus::Held);
    let turn = match held {
        Some(row) => Some((row.id, row.starts_at)),
        None => loaded.turn_of(request.membership_id).map(|planned| (planned.meeting_id, planned.starts_at)),
    };
    let status = rules::request_status(request, at.map(|row| row.status), turn.is_some());
    let RoleParty { membership_id, account_id, display_name } = loaded.party(request.membership_id);
    PresenterRequest {
        id: request.id,
        consultation_group_id: request.consultation_group_id,
        membership_id,
        account_id,
        display_name,
        urgent: request.urgent,
        status,
        meeting_id: turn.map(|(id, _)| id),
        meeting_starts_at: turn.map(|(_, at)| at),
        asked_at: request.asked_at,
        version: request.version,
    }
}

/// A request, the meeting at which its turn came, and its group, if the caller is a member in good standing there.
///
/// # Errors
/// 404 where there is none, it was withdrawn, or it is not theirs to know.
async fn find(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(presenter_request::Model, Option<meeting::Model>, consultation_group::Model)> {
    let found = presenter_request::Entity::find_by_id(id)
        .filter(presenter_request::COLUMN.status.ne(StoredRequestStatus::Withdrawn))
        .find_also_related(meeting::Entity)
        .one(db)
        .await?;
    let (request, at) = found.ok_or_else(Problem::not_found)?;
    match of_member(db, caller, request.consultation_group_id, now).await {
        Ok((group, _)) => Ok((request, at, group)),
        Err(problem) if problem.code == ProblemCode::Forbidden => Err(Problem::not_found()),
        Err(problem) => Err(problem),
    }
}

/// A request, for the members of its group. It vanishes with the seat of whoever asked.
///
/// # Errors
/// 404 where there is none or it is not theirs to know.
pub async fn request(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<PresenterRequest> {
    let (request, at, group) = find(db, caller, id, now).await?;
    let loaded = load(db, &group, &[], now).await?;
    loaded.member(request.membership_id).ok_or_else(Problem::not_found)?;
    Ok(seen(&loaded, &request, at.as_ref()))
}

/// Puts the caller into the queue.
///
/// # Errors
/// 409 for who is in it already; 422 for what is urgent again too early.
pub async fn ask(
    tx: &DatabaseTransaction,
    group: &consultation_group::Model,
    caller: &Caller,
    urgent: bool,
    now: DateTime<Utc>,
) -> Result<PresenterRequest> {
    let loaded = load_to_write(tx, group, &[], now).await?;
    let own = loaded.own(caller)?;
    let waiting = presenter_request::Entity::find()
        .filter(presenter_request::COLUMN.membership_id.eq(own.id))
        .filter(presenter_request::COLUMN.status.eq(StoredRequestStatus::Waiting))
        .find_also_related(meeting::Entity)
        .one(tx)
        .await?;
    match waiting {
        Some((before, Some(at))) if at.status == StoredMeetingStatus::Held => {
            let presented_at = at.closed_at.unwrap_or(now);
            close(tx, &before, StoredRequestStatus::Presented, presented_at).await?;
        }
        Some(_) => return Err(Problem::new(ProblemCode::InvalidTransition, "you are in the queue already")),
        None => {}
    }
    if urgent {
        let last = presenter_request::Entity::find()
            .filter(presenter_request::COLUMN.account_id.eq(caller.account_id))
            .filter(presenter_request::COLUMN.consultation_group_id.eq(group.id))
            .filter(presenter_request::COLUMN.urgent.eq(true))
            .filter(presenter_request::COLUMN.status.ne(StoredRequestStatus::Withdrawn))
            .order_by_desc(presenter_request::COLUMN.asked_at)
            .one(tx)
            .await?;
        if let Some(day) = rules::urgent_again_on(last.map(|last| last.asked_at), now) {
            let detail = format!("is good once in 90 days: again from {day} on");
            return Err(Problem::invalid_at("/urgent", "too_early", detail));
        }
    }
    let row = presenter_request::Model {
        id: Uuid::now_v7(),
        consultation_group_id: group.id,
        membership_id: own.id,
        account_id: caller.account_id,
        urgent,
        status: StoredRequestStatus::Waiting,
        meeting_id: None,
        asked_at: now,
        closed_at: None,
        version: 1,
    };
    presenter_request::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(seen(&load(tx, group, &[], now).await?, &row, None))
}

/// Takes a request of the caller out of the queue.
///
/// # Errors
/// 404, 403 for another's, 409 once its meeting has begun, 412.
pub async fn withdraw(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
    check_version: impl Fn(i64) -> Result<()>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (request, at, group) = find(tx, caller, id, now).await?;
    let loaded = load_to_write(tx, &group, &[], now).await?;
    loaded.member(request.membership_id).ok_or_else(Problem::not_found)?;
    let shown = seen(&loaded, &request, at.as_ref());
    let has_begun = loaded.turn_of(request.membership_id).is_some_and(|planned| planned.has_begun);
    rules::may_withdraw(request.account_id == caller.account_id, shown.status, has_begun)?;
    check_version(request.version)?;
    close(tx, &request, StoredRequestStatus::Withdrawn, now).await
}

async fn close(
    tx: &DatabaseTransaction,
    request: &presenter_request::Model,
    status: StoredRequestStatus,
    at: DateTime<Utc>,
) -> Result<()> {
    let closed = presenter_request::ActiveModel {
        id: Unchanged(request.id),
        status: Set(status),
        closed_at: Set(Some(at)),
        version: Set(request.version + 1),
        ..Default::default()
    };
    presenter_request::Entity::update(closed).exec(tx).await?;
    Ok(())
}
