//! The schedule of check-ins of an account, and what there is to know for what is due.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::completed;
use crate::{
    accounts::rules::day_in,
    entities::{
        check_in_schedule,
        membership::{self, MembershipStatus},
    },
    http::conditional::next_version,
    problem::{Problem, Result},
    self_assessments::{
        rules::check_ins::{Due, Habit, due},
        schema::check_ins::{CheckInSchedule, CheckInScheduleReplace},
    },
};

/// The schedule of the account.
///
/// # Errors
/// 404 where it has none.
pub async fn get(db: &impl ConnectionTrait, account_id: Uuid) -> Result<check_in_schedule::Model> {
    find(db, account_id).await?.ok_or_else(Problem::not_found)
}

/// The schedule of the account, if it has one.
pub async fn find(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Option<check_in_schedule::Model>> {
    Ok(check_in_schedule::Entity::find_by_id(account_id).one(db).await?)
}

/// The schedule with what is due.
pub async fn seen(
    db: &impl ConnectionTrait,
    row: check_in_schedule::Model,
    time_zone: &str,
    now: DateTime<Utc>,
) -> Result<(i64, CheckInSchedule)> {
    let today = day_in(time_zone, now);
    let last = completed(db, row.account_id, &row.instrument, 1).await?.pop();
    let last_on = last.and_then(|last| last.completed_at).map(|at| day_in(time_zone, at));
    let habit = Habit {
        cadence_days: row.cadence_days,
        starts_on: row.starts_on,
        last_on,
        on_leave_until: on_leave_until(db, row.account_id, today).await?,
    };
    let due: Due = due(habit, today);
    Ok((row.version, CheckInSchedule::new(row, last_on, due)))
}

/// The last day of the longest leave that the account is on.
async fn on_leave_until(db: &impl ConnectionTrait, account_id: Uuid, today: NaiveDate) -> Result<Option<NaiveDate>> {
    let leaves = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::Column::Status.eq(MembershipStatus::OnLeave))
        .filter(membership::COLUMN.leave_until.gte(today))
        .all(db)
        .await?;
    Ok(leaves.into_iter().filter_map(|leave| leave.leave_until).max())
}

/// Puts the schedule in the place of the one before, and whether it is the first.
pub async fn replace(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    before: Option<check_in_schedule::Model>,
    body: &CheckInScheduleReplace,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<check_in_schedule::Model> {
    let row = check_in_schedule::Model {
        account_id,
        instrument: body.instrument.clone(),
        cadence_days: body.cadence_days,
        starts_on: body.starts_on.unwrap_or(today),
        version: next_version(before.as_ref().map(|before| before.version)),
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
    };
    let mut written = row.clone().into_active_model().reset_all();
    match before {
        None => {
            check_in_schedule::Entity::insert(written).exec_without_returning(tx).await?;
        }
        Some(_) => {
            written.account_id = Unchanged(account_id);
            check_in_schedule::Entity::update(written).exec(tx).await?;
        }
    }
    Ok(row)
}

/// Ends the schedule.
pub async fn delete(tx: &DatabaseTransaction, account_id: Uuid) -> Result<()> {
    check_in_schedule::Entity::delete_by_id(account_id).exec(tx).await?;
    Ok(())
}
