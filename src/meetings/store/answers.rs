//! Who said whether they would come.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use uuid::Uuid;

use crate::{
    consultation_groups,
    db::page::{PageRequest, Rows},
    entities::{
        account, meeting_answer,
        membership::{self, MembershipStatus},
    },
    http::conditional::{IfMatch, next_version},
    meetings::schema::MyMeetingAnswerReplace,
    problem::{Problem, Result},
    schedule::{self, rules::Occurrence},
};

/// An answer and who gave it.
pub type Given = (meeting_answer::Model, String);

/// The answers of one account to these meetings.
pub async fn of_account(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    meetings: &[Uuid],
) -> Result<HashMap<Uuid, meeting_answer::Model>> {
    let own = meeting_answer::Entity::find()
        .filter(meeting_answer::COLUMN.account_id.eq(account_id))
        .filter(meeting_answer::COLUMN.meeting_id.is_in(meetings.iter().copied()))
        .all(db)
        .await?;
    Ok(own.into_iter().map(|answer| (answer.meeting_id, answer)).collect())
}

/// The answer of one account that holds for the time at which the meeting is.
///
/// # Errors
/// 404 when there is none.
pub async fn get(db: &impl ConnectionTrait, account_id: Uuid, one: &Occurrence) -> Result<meeting_answer::Model> {
    let held = of_account(db, account_id, &[one.id]).await?.remove(&one.id);
    held.filter(|answer| answer.answered_for == one.starts_at).ok_or_else(Problem::not_found)
}

/// One page of the answers to a meeting for the time at which it is, of those who are still in the group.
pub async fn list(db: &impl ConnectionTrait, one: &Occurrence, page: &PageRequest) -> Result<Rows<Given>> {
    let placed = Condition::all().add(membership::COLUMN.status.is_in(MembershipStatus::PLACED));
    let given = meeting_answer::Entity::find()
        .find_also_related(membership::Entity)
        .and_also_related(account::Entity)
        .filter(meeting_answer::COLUMN.meeting_id.eq(one.id))
        .filter(meeting_answer::COLUMN.answered_for.eq(one.starts_at))
        .filter(placed)
        .all(db)
        .await?;
    let mut given: Vec<Given> =
        given.into_iter().filter_map(|(answer, _, account)| Some((answer, account?.display_name))).collect();
    given.sort_by_key(|(answer, _)| (answer.answered_at, answer.membership_id));
    Ok(page.of(given, |(answer, _)| (answer.answered_at, answer.membership_id)))
}

/// Writes an answer down; whether there was none before that held.
///
/// # Errors
/// 412 when the one that holds has another version.
pub async fn put(
    tx: &DatabaseTransaction,
    one: &Occurrence,
    account_id: Uuid,
    version: &IfMatch,
    body: &MyMeetingAnswerReplace,
    now: DateTime<Utc>,
) -> Result<(meeting_answer::Model, bool)> {
    let before = of_account(tx, account_id, &[one.id]).await?.remove(&one.id);
    let held = before.as_ref().filter(|before| before.answered_for == one.starts_at).map(|held| held.version);
    version.check_held(held)?;
    let seat = consultation_groups::store::seat_of(tx, account_id, one.group_id).await?;
    let seat = seat.ok_or_else(Problem::not_found)?;
    schedule::store::kept(tx, one, now).await?;
    let row = meeting_answer::Model {
        meeting_id: one.id,
        account_id,
        membership_id: seat.id,
        answer: body.answer,
        note: body.note.clone(),
        answered_for: one.starts_at,
        answered_at: now,
        version: next_version(before.map(|before| before.version)),
    };
    delete(tx, account_id, one.id).await?;
    meeting_answer::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok((row, held.is_none()))
}

/// Takes an answer back.
pub async fn delete(tx: &DatabaseTransaction, account_id: Uuid, meeting_id: Uuid) -> Result<()> {
    meeting_answer::Entity::delete_by_id((meeting_id, account_id)).exec(tx).await?;
    Ok(())
}
