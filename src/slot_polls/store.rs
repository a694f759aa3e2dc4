//! Queries and transactions on polls. Each starts from a group that the caller is a member of.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    mails,
    rules::{self, PollStatus},
    schema::{Seen, SlotPollFilter, not_in_this_state},
};
use crate::{
    consultation_groups::{self, rules::Standing},
    db::page::{Key, PageRequest, Rows},
    entities::{
        consultation_group,
        meeting_series::{self, LocalTimes},
        membership::{self, MembershipStatus},
        slot_poll::{self, StoredPollStatus},
        slot_poll_answer::{self, StoredFit, StoredFits},
    },
    http::caller::Caller,
    meetings::{
        rules::Change,
        store::{series, telling::tell_members},
    },
    problem::{Problem, ProblemCode, Result},
    recurrence::zone::{instant_of, write_local, zone_of},
    state::State,
};

/// A poll, its group, and what the caller is to that.
pub struct Found {
    pub poll: slot_poll::Model,
    pub group: consultation_group::Model,
    pub standing: Standing,
}

/// The poll, if the caller may know of it.
///
/// # Errors
/// 404 where there is none, or the caller is no member in good standing of its group.
pub async fn visible_to(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Found> {
    let poll = slot_poll::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
    let visitor = caller.clone().into();
    let (group, standing) =
        consultation_groups::store::visible_to(db, &visitor, poll.consultation_group_id, now).await?;
    match standing.is_member() {
        true => Ok(Found { poll, group, standing }),
        false => Err(Problem::not_found()),
    }
}

/// One page of the polls of a group, the newest first: two queries, whatever their number.
pub async fn list(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    group_id: Uuid,
    filter: &SlotPollFilter,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    use slot_poll::{COLUMN, Column, Entity};
    let query = Entity::find().filter(COLUMN.consultation_group_id.eq(group_id)).filter(
        Condition::all().add_option(filter.series_id.map(|id| COLUMN.series_id.eq(id))).add_option(
            filter.undecided.map(|wanted| match wanted {
                true => COLUMN.status.eq(StoredPollStatus::Open),
                false => COLUMN.status.ne(StoredPollStatus::Open),
            }),
        ),
    );
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::CreatedAt, Column::Id].map(|column| Expr::col((Entity, column)));
    let rows = page.apply(query, &columns, true).all(db).await?;
    let keys = |row: &slot_poll::Model| vec![Key::Instant(row.created_at), Key::Id(row.id)];
    let Rows { rows, next, .. } = page.finish(rows, keys);
    Ok(Rows { rows: with_answers(db, account_id, rows).await?, next, total })
}

/// The polls with the answers of those who are in the group.
async fn with_answers(db: &impl ConnectionTrait, account_id: Uuid, polls: Vec<slot_poll::Model>) -> Result<Vec<Seen>> {
    let answers = slot_poll_answer::Entity::find()
        .inner_join(membership::Entity)
        .filter(slot_poll_answer::COLUMN.slot_poll_id.is_in(polls.iter().map(|poll| poll.id)))
        .filter(membership::COLUMN.status.is_in(MembershipStatus::PLACED))
        .all(db)
        .await?;
    let see = |poll: slot_poll::Model| {
        let of = || answers.iter().filter(|answer| answer.slot_poll_id == poll.id);
        let mine = of().find(|answer| answer.account_id == account_id).map(|answer| answer.fits.clone());
        Seen { answers: of().map(|answer| answer.fits.clone()).collect(), mine, poll }
    };
    Ok(polls.into_iter().map(see).collect())
}

/// One poll as the caller sees it.
pub async fn look_at(db: &impl ConnectionTrait, account_id: Uuid, poll: slot_poll::Model) -> Result<Seen> {
    let seen = with_answers(db, account_id, vec![poll]).await?.into_iter().next();
    seen.ok_or_else(Problem::not_found)
}

/// Asks the members of a group.
///
/// # Errors
/// 409 `in_use` while the series has an undecided poll; 422 for a series that is none of the group's or has ended, and for
/// times of the past.
pub async fn create(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    group: &consultation_group::Model,
    series_id: Uuid,
    (options, days): (Vec<NaiveDateTime>, i64),
    now: DateTime<Utc>,
) -> Result<slot_poll::Model> {
    let series = meeting_series::Entity::find_by_id(series_id).one(tx).await?;
    let Some(series) = series.filter(|series| series.consultation_group_id == group.id && series.recurring) else {
        return Err(Problem::invalid_at("/series_id", "unknown_series", "must be a series of this group"));
    };
    series::first_to_come(tx, &series, now).await?;
    let undecided = slot_poll::Entity::find()
        .filter(slot_poll::COLUMN.series_id.eq(series_id))
        .filter(slot_poll::COLUMN.status.eq(StoredPollStatus::Open));
    if undecided.one(tx).await?.is_some() {
        return Err(Problem::new(ProblemCode::InUse, "the series has a poll that is not decided yet"));
    }
    let time_zone = series.rules.0.last().map_or_else(|| group.time_zone.clone(), |rule| rule.time_zone.clone());
    let zone = zone_of(&time_zone);
    if let Some(at) = options.iter().position(|starts| instant_of(*starts, zone) <= now) {
        return Err(Problem::invalid_at(format!("/options/{at}"), "in_the_past", "must lie in the future"));
    }
    let poll = slot_poll::Model {
        id: Uuid::now_v7(),
        consultation_group_id: group.id,
        series_id,
        time_zone,
        options: LocalTimes(options),
        status: StoredPollStatus::Open,
        closes_at: now + TimeDelta::days(days),
        chosen: None,
        created_by: actor,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    slot_poll::Entity::insert(poll.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    tell_members(tx, app, actor, group, |zone| mails::asked(poll.closes_at, zone), now).await?;
    Ok(poll)
}

/// Writes down how the times suit a member, which is a change of the poll.
///
/// # Errors
/// 409 once its time is over; 422 for a time that it does not offer.
pub async fn answer(
    tx: &DatabaseTransaction,
    found: &Found,
    account_id: Uuid,
    fits: Vec<StoredFit>,
    now: DateTime<Utc>,
) -> Result<slot_poll::Model> {
    match rules::status_at(&found.poll, now) {
        PollStatus::Open => {}
        status => return Err(not_in_this_state(status)),
    }
    if let Some(at) = rules::not_an_option(&found.poll, &fits) {
        let place = format!("/fits/{at}/starts_local");
        return Err(Problem::invalid_at(place, "not_an_option", "must be one of the times of the poll"));
    }
    let seat = consultation_groups::store::seat_of(tx, account_id, found.group.id).await?;
    let seat = seat.ok_or_else(Problem::not_found)?;
    let row = slot_poll_answer::Model {
        slot_poll_id: found.poll.id,
        account_id,
        membership_id: seat.id,
        fits: StoredFits(fits),
        answered_at: now,
    };
    slot_poll_answer::Entity::delete_by_id((row.slot_poll_id, account_id)).exec(tx).await?;
    slot_poll_answer::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    save(tx, found.poll.clone(), now).await
}

/// Moves the series to one of the times.
///
/// # Errors
/// 409 once it is decided; 422 for a time that it does not offer, has come, or is taken.
pub async fn choose(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &Found,
    starts: NaiveDateTime,
    now: DateTime<Utc>,
) -> Result<slot_poll::Model> {
    if found.poll.status != StoredPollStatus::Open {
        return Err(not_in_this_state(rules::status_at(&found.poll, now)));
    }
    if !found.poll.options.0.contains(&starts) {
        let detail = "must be one of the times of the poll";
        return Err(Problem::invalid_at("/starts_local", "not_an_option", detail));
    }
    let of = meeting_series::Entity::find_by_id(found.poll.series_id).one(tx).await?.ok_or_else(Problem::not_found)?;
    let from = series::first_to_come(tx, &of, now).await?;
    let zone = zone_of(&found.poll.time_zone);
    let change = Change { starts: Some(starts), zone: Some(zone), ..Change::default() };
    series::revise(tx, app, actor, (&of, &found.group), from, &change, now).await?;
    let chosen = Some(write_local(starts));
    save(tx, slot_poll::Model { status: StoredPollStatus::Chosen, chosen, ..found.poll.clone() }, now).await
}

/// Takes a poll back.
///
/// # Errors
/// 404 once it is decided: there is nothing left to take back.
pub async fn withdraw(tx: &DatabaseTransaction, found: &Found, now: DateTime<Utc>) -> Result<()> {
    if found.poll.status != StoredPollStatus::Open {
        return Err(Problem::not_found());
    }
    save(tx, slot_poll::Model { status: StoredPollStatus::Withdrawn, ..found.poll.clone() }, now).await?;
    Ok(())
}

/// Writes a poll down, one version on.
async fn save(tx: &DatabaseTransaction, poll: slot_poll::Model, now: DateTime<Utc>) -> Result<slot_poll::Model> {
    let poll = slot_poll::Model { version: poll.version + 1, updated_at: now, ..poll };
    let mut changed = poll.clone().into_active_model().reset_all();
    changed.id = Unchanged(poll.id);
    slot_poll::Entity::update(changed).exec(tx).await?;
    Ok(poll)
}
