//! Queries and transactions on calendar feeds, and what a feed shows.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Unchanged,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, SimpleExpr},
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    rules::{self, Entry, View, entries_of_series},
    schema::{CalendarFeedCreate, CalendarFeedPatch},
};
use crate::{
    consultation_groups,
    crypto::opaque,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account, calendar_feed,
        consultation_group::{self, StoredGroupStatus},
        meeting::{self, StoredMeetingStatus},
        meeting_series,
        membership::{self, MembershipStatus},
    },
    events,
    problem::{Problem, ProblemCode, Result},
    schedule,
    state::State,
};

/// A feed, and the seat that it ends with.
pub type Seen = (calendar_feed::Model, Option<membership::Model>);

/// Series that a calendar shows at most.
const MOST_SERIES: u64 = 2_000;

fn feeds_of(account_id: Uuid) -> Select<calendar_feed::Entity> {
    calendar_feed::Entity::find().filter(calendar_feed::COLUMN.account_id.eq(account_id))
}

/// The feed of an account.
///
/// # Errors
/// 404 when the account has none with this id.
pub async fn get(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<Seen> {
    let found = feeds_of(account_id).filter(calendar_feed::COLUMN.id.eq(id)).find_also_related(membership::Entity);
    found.one(db).await?.ok_or_else(Problem::not_found)
}

/// Every feed of an account, oldest first.
pub async fn all(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<Seen>> {
    let found = feeds_of(account_id).find_also_related(membership::Entity);
    Ok(found.order_by_asc(calendar_feed::COLUMN.created_at).limit(rules::MOST_FEEDS).all(db).await?)
}

/// One page of the feeds of an account, oldest first.
pub async fn list(db: &impl ConnectionTrait, account_id: Uuid, page: &PageRequest) -> Result<Rows<Seen>> {
    use calendar_feed::{Column, Entity};
    let query = feeds_of(account_id);
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::CreatedAt, Column::Id].map(|column| Expr::col((Entity, column)));
    let rows = page.apply(query.find_also_related(membership::Entity), &columns, false).all(db).await?;
    let keys = |(feed, _): &Seen| vec![Key::Instant(feed.created_at), Key::Id(feed.id)];
    Ok(Rows { total, ..page.finish(rows, keys) })
}

/// Makes a feed.
///
/// # Errors
/// 409 `limit_reached` when the account has ten; 422 for a group in which it is no member in good standing.
pub async fn create(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    body: &CalendarFeedCreate,
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    if feeds_of(account_id).count(tx).await? >= rules::MOST_FEEDS {
        return Err(Problem::new(ProblemCode::LimitReached, "an account has 10 calendar feeds at most"));
    }
    let seat = match body.consultation_group_id {
        Some(group_id) => Some(seat_in(tx, account_id, group_id, now).await?),
        None => None,
    };
    let body = body.clone();
    let feed = calendar_feed::Model {
        id: Uuid::now_v7(),
        account_id,
        token_hash,
        label: body.label.unwrap_or_else(|| rules::NAMELESS_CALENDAR.to_owned()),
        consultation_group_id: body.consultation_group_id,
        membership_id: seat.as_ref().map(|seat| seat.id),
        show_names: body.show_names.unwrap_or_default(),
        last_fetched_on: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    calendar_feed::Entity::insert(feed.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok((feed, seat))
}

/// The seat of a member in good standing.
async fn seat_in(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    group_id: Uuid,
    now: DateTime<Utc>,
) -> Result<membership::Model> {
    let seat = consultation_groups::store::seat_of(db, account_id, group_id).await?;
    seat.filter(|seat| is_in_good_standing(seat, now)).ok_or_else(|| {
        let detail = "must be a consultation group in which you are a member in good standing";
        Problem::invalid_at("/consultation_group_id", "unknown_group", detail)
    })
}

fn is_in_good_standing(seat: &membership::Model, now: DateTime<Utc>) -> bool {
    let present = matches!(seat.status_at(now), MembershipStatus::Active | MembershipStatus::OnLeave);
    present && !seat.is_overdue(now)
}

/// Changes a feed.
pub async fn update(
    tx: &DatabaseTransaction,
    feed: calendar_feed::Model,
    patch: &CalendarFeedPatch,
    now: DateTime<Utc>,
) -> Result<calendar_feed::Model> {
    let label = patch.label.clone().unwrap_or_else(|| feed.label.clone());
    let show_names = patch.show_names.unwrap_or(feed.show_names);
    save(tx, calendar_feed::Model { label, show_names, ..feed }, now).await
}

/// Gives a feed another token: the one before leads nowhere from now on.
///
/// # Errors
/// 409 for a feed whose seat has ended.
pub async fn rotate(
    tx: &DatabaseTransaction,
    (feed, seat): Seen,
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    if has_ended(seat.as_ref(), now) {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the feed is closed"));
    }
    Ok((save(tx, calendar_feed::Model { token_hash, ..feed }, now).await?, seat))
}

fn has_ended(seat: Option<&membership::Model>, now: DateTime<Utc>) -> bool {
    seat.is_some_and(|seat| seat.status_at(now) == MembershipStatus::Ended)
}

/// Ends a feed.
pub async fn delete(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    calendar_feed::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

async fn save(
    tx: &DatabaseTransaction,
    feed: calendar_feed::Model,
    now: DateTime<Utc>,
) -> Result<calendar_feed::Model> {
    let feed = calendar_feed::Model { version: feed.version + 1, updated_at: now, ..feed };
    let mut changed = feed.clone().into_active_model().reset_all();
    changed.id = Unchanged(feed.id);
    calendar_feed::Entity::update(changed).exec(tx).await?;
    Ok(feed)
}

/// What an app gets that fetches a feed.
pub struct Fetched {
    pub feed: calendar_feed::Model,
    pub time_zone: String,
    pub entries: Vec<Entry>,
}

/// The feed that a token opens, with what it shows at `now`.
///
/// # Errors
/// 404 for a token that opens nothing, or belongs to a suspended account; 410 when the seat has ended.
pub async fn fetch(app: &State, token: &SecretString, now: DateTime<Utc>) -> Result<Fetched> {
    let db = app.db.read();
    let found = calendar_feed::Entity::find()
        .filter(calendar_feed::COLUMN.token_hash.eq(opaque::hash(token)))
        .find_also_related(account::Entity)
        .one(db)
        .await?;
    let (feed, owner) = found.and_then(|(feed, owner)| Some((feed, owner?))).ok_or_else(Problem::not_found)?;
    if owner.suspended_at.is_some() || owner.erased_at.is_some() {
        return Err(Problem::not_found());
    }
    if let Some(seat_id) = feed.membership_id {
        let seat = membership::Entity::find_by_id(seat_id).one(db).await?;
        if has_ended(seat.as_ref(), now) {
            return Err(ProblemCode::TokenExpired.into());
        }
    }
    let host = app.config.public_url.as_ref().and_then(|url| url.host_str()).unwrap_or("support-network");
    let mut entries = entries_of_meetings(db, &feed, host, now).await?;
    if feed.consultation_group_id.is_none() {
        entries.extend(entries_of_events(db, &feed, host, now).await?);
    }
    Ok(Fetched { feed, time_zone: owner.time_zone, entries })
}

/// What its owner registered for, from two months ago on: one query.
async fn entries_of_events(
    db: &impl ConnectionTrait,
    feed: &calendar_feed::Model,
    host: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>> {
    let to = now + rules::AHEAD;
    let attended = events::store::attending(db, feed.account_id, now - rules::PAST, to, now).await?;
    let entry =
        |one: &events::store::Attendance| rules::entry_of_event(&one.event, &one.registration, host, feed.show_names);
    Ok(attended.iter().filter_map(entry).collect())
}

/// The meetings of the groups that the feed is of, where its owner is a member in good standing: three queries.
async fn entries_of_meetings(
    db: &impl ConnectionTrait,
    feed: &calendar_feed::Model,
    host: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>> {
    let since = now - rules::PAST;
    let series = series_since(db, feed, since, now).await?;
    if series.is_empty() {
        return Ok(Vec::new());
    }
    let groups = consultation_group::Entity::find()
        .filter(consultation_group::COLUMN.id.is_in(series.iter().map(|one| one.consultation_group_id)))
        .all(db)
        .await?;
    let over = [StoredGroupStatus::Archived, StoredGroupStatus::Dissolved];
    let running = groups.into_iter().filter(|group| !over.contains(&group.status));
    let names: HashMap<Uuid, String> = running.map(|group| (group.id, group.name)).collect();
    let known = changed_meetings(db, series.iter().map(|one| one.id)).await?;
    let entries = series.iter().filter_map(|one| {
        let name = names.get(&one.consultation_group_id)?;
        let view = View { name: Some(name.as_str()).filter(|_| feed.show_names), host, since };
        let rows = known.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        Some(entries_of_series(one, rows, view))
    });
    Ok(entries.flatten().collect())
}

/// The series of which a meeting may end after `since`.
async fn series_since(
    db: &impl ConnectionTrait,
    feed: &calendar_feed::Model,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<meeting_series::Model>> {
    let own: SimpleExpr = schedule::store::of_member(feed.account_id, now);
    let one = feed.consultation_group_id.map(schedule::store::of_group);
    let found = meeting_series::Entity::find()
        .filter(Condition::all().add(own).add_option(one))
        .filter(
            Condition::any()
                .add(meeting_series::COLUMN.ends_at.is_null())
                .add(meeting_series::COLUMN.ends_at.gt(since)),
        )
        .order_by_asc(meeting_series::COLUMN.starts_at)
        .order_by_asc(meeting_series::COLUMN.id)
        .limit(MOST_SERIES);
    Ok(found.all(db).await?)
}

/// The meetings of these series that differ from what their series says, by series.
async fn changed_meetings(
    db: &impl ConnectionTrait,
    series: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<meeting::Model>>> {
    let rows = meeting::Entity::find()
        .filter(meeting::COLUMN.series_id.is_in(series))
        .filter(
            Condition::any()
                .add(meeting::COLUMN.moved_to.is_not_null())
                .add(meeting::COLUMN.duration_minutes.is_not_null())
                .add(meeting::COLUMN.place.is_not_null())
                .add(meeting::COLUMN.join_url.is_not_null())
                .add(meeting::COLUMN.status.eq(StoredMeetingStatus::Cancelled)),
        )
        .order_by_asc(meeting::COLUMN.original_start)
        .all(db)
        .await?;
    let mut by_series: HashMap<Uuid, Vec<meeting::Model>> = HashMap::new();
    for row in rows {
        by_series.entry(row.series_id).or_default().push(row);
    }
    Ok(by_series)
}

/// Writes down that a feed was fetched: once a day. A database that takes no writes keeps nobody from reading.
pub async fn note_fetch(app: &State, feed: &calendar_feed::Model, today: NaiveDate) {
    if feed.last_fetched_on.is_some_and(|last| last >= today) {
        return;
    }
    let id = feed.id;
    let noted = app.db.write(async |tx| {
        calendar_feed::Entity::update_many()
            .col_expr(calendar_feed::Column::LastFetchedOn, Expr::value(today))
            .filter(calendar_feed::COLUMN.id.eq(id))
            .exec(tx)
            .await?;
        Ok(())
    });
    if let Err(problem) = noted.await {
        tracing::warn!(%problem, "that a calendar was fetched is not written down");
    }
}
