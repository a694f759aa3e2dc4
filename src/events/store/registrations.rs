use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Seen,
    places::{move_up, write_counts},
};
use crate::{
    db::page::{Key, PageRequest, Rows},
    entities::{
        account,
        event::{self, EventStatus},
        event_registration::{self, Column, EventRegistrationStatus},
        organization,
    },
    events::{
        rules,
        schema::{EventRegistration, EventRegistrationFilter},
    },
    http::conditional::IfMatch,
    problem::{Problem, Result},
    state::State,
};

/// For how long calendars are told that something does not take place.
const TOLD_FOR: TimeDelta = TimeDelta::days(60);

/// Events that [`attending`] answers at most.
const MOST_ATTENDED: u64 = 1_000;

/// A registration with whose it is and where it stands in the line.
pub struct Registration {
    pub row: event_registration::Model,
    pub display_name: String,
    pub waitlist_position: Option<i64>,
}

impl From<Registration> for EventRegistration {
    fn from(found: Registration) -> Self {
        Self::new(found.row, found.display_name, found.waitlist_position)
    }
}

/// An event and what somebody has to do with it.
#[derive(Clone, Debug)]
pub struct Attendance {
    pub event: event::Model,
    pub registration: event_registration::Model,
}

/// The caller's registration, unless it was withdrawn.
///
/// # Errors
/// 404 where there is none.
pub fn registration_of(seen: &Seen) -> Result<event_registration::Model> {
    let live = seen.mine.clone().filter(|mine| mine.status != EventRegistrationStatus::Cancelled);
    live.ok_or_else(Problem::not_found)
}

/// Where a registration stands in the line; nothing where it does not wait.
pub async fn place_of(db: &impl ConnectionTrait, row: &event_registration::Model) -> Result<Option<i64>> {
    match row.status {
        EventRegistrationStatus::Waitlisted => Ok(Some(position(db, row.event_id, row.number).await?)),
        EventRegistrationStatus::Registered | EventRegistrationStatus::Cancelled => Ok(None),
    }
}

/// Where in the line of an event the number stands; 1 is next.
async fn position(db: &impl ConnectionTrait, event_id: Uuid, number: i64) -> Result<i64> {
    let before = event_registration::Entity::find()
        .filter(event_registration::COLUMN.event_id.eq(event_id))
        .filter(event_registration::COLUMN.status.eq(EventRegistrationStatus::Waitlisted))
        .filter(event_registration::COLUMN.number.lte(number));
    Ok(i64::try_from(before.count(db).await?).unwrap_or(i64::MAX))
}

/// Registers an account: the registration, where it stands in the line, and whether it is new. Who is registered already
/// stays so.
///
/// # Errors
/// 409 where the event takes nobody, or has no place and no waitlist; 412 when the registration has another version.
pub async fn register(
    tx: &DatabaseTransaction,
    app: &State,
    seen: Seen,
    account_id: Uuid,
    version: &IfMatch,
    now: DateTime<Utc>,
) -> Result<(event_registration::Model, Option<i64>, bool)> {
    let Seen { event, organization, mine } = seen;
    let waited = event.waitlisted_count;
    let event = move_up(tx, app, event, organization.status, now).await?;
    let mine = match event.waitlisted_count == waited {
        true => mine,
        // It may have been the caller who moved up.
        false => event_registration::Entity::find_by_id((event.id, account_id)).one(tx).await?,
    };
    let live = mine.as_ref().filter(|mine| mine.status != EventRegistrationStatus::Cancelled);
    version.check_held(live.map(|live| live.version))?;
    if let Some(live) = live.filter(|_| event.status != EventStatus::Cancelled) {
        if event.waitlisted_count != waited {
            write_counts(tx, &event).await?;
        }
        return Ok((live.clone(), place_of(tx, live).await?, false));
    }
    let status = rules::admitted(&event, organization.status, now)?;
    let row = event_registration::Model {
        event_id: event.id,
        account_id,
        number: event.next_number,
        status,
        registered_at: now,
        cancelled_at: None,
        version: mine.as_ref().map_or(0, |mine| mine.version) + 1,
    };
    match mine {
        Some(_) => write(tx, &row).await?,
        None => {
            let new = row.clone().into_active_model().reset_all();
            event_registration::Entity::insert(new).exec_without_returning(tx).await?;
        }
    }
    let event = event::Model { next_number: event.next_number + 1, ..counted(event, status, 1) };
    write_counts(tx, &event).await?;
    // Whoever comes now is the last of the line.
    let last = (status == EventRegistrationStatus::Waitlisted).then_some(event.waitlisted_count);
    Ok((row, last, true))
}

/// Takes a registration back. A place that it frees goes to whoever waits longest.
///
/// # Errors
/// 409 once the event is over.
pub async fn withdraw(
    tx: &DatabaseTransaction,
    app: &State,
    seen: Seen,
    mine: event_registration::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    rules::may_withdraw(&seen.event, now)?;
    let event = counted(seen.event, mine.status, -1);
    let gone = event_registration::Model {
        status: EventRegistrationStatus::Cancelled,
        cancelled_at: Some(now),
        version: mine.version + 1,
        ..mine
    };
    write(tx, &gone).await?;
    let event = move_up(tx, app, event, seen.organization.status, now).await?;
    write_counts(tx, &event).await
}

/// Takes every registration of an account away, and frees its places.
pub async fn leave_all(tx: &DatabaseTransaction, app: &State, account_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let own = event_registration::COLUMN.account_id.eq(account_id);
    let live = event_registration::Entity::find()
        .find_also_related(event::Entity)
        .filter(own.clone())
        .filter(event_registration::COLUMN.status.is_in(EventRegistrationStatus::LIVE))
        .all(tx)
        .await?;
    event_registration::Entity::delete_many().filter(own).exec(tx).await?;
    for (row, event) in live {
        let Some(event) = event else { continue };
        let event = counted(event, row.status, -1);
        let holder = organization::Entity::find_by_id(event.organization_id).one(tx).await?;
        let holder = holder.ok_or_else(Problem::not_found)?;
        let event = move_up(tx, app, event, holder.status, now).await?;
        write_counts(tx, &event).await?;
    }
    Ok(())
}

/// The event with so many more people of a status.
fn counted(event: event::Model, status: EventRegistrationStatus, by: i64) -> event::Model {
    match status {
        EventRegistrationStatus::Registered => event::Model { registered_count: event.registered_count + by, ..event },
        EventRegistrationStatus::Waitlisted => event::Model { waitlisted_count: event.waitlisted_count + by, ..event },
        EventRegistrationStatus::Cancelled => event,
    }
}

async fn write(tx: &DatabaseTransaction, row: &event_registration::Model) -> Result<()> {
    let mut changed = row.clone().into_active_model().reset_all();
    (changed.event_id, changed.account_id) = (Unchanged(row.event_id), Unchanged(row.account_id));
    event_registration::Entity::update(changed).exec(tx).await?;
    Ok(())
}

/// One page of who takes part and who waits, in the order in which they registered.
pub async fn roster(
    db: &impl ConnectionTrait,
    event_id: Uuid,
    filter: &EventRegistrationFilter,
    page: &PageRequest,
) -> Result<Rows<Registration>> {
    let statuses =
        EventRegistrationStatus::LIVE.into_iter().filter(|one| filter.status.is_none_or(|only| only == *one));
    let query = event_registration::Entity::find()
        .filter(event_registration::COLUMN.event_id.eq(event_id))
        .filter(event_registration::COLUMN.status.is_in(statuses));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let order = [Expr::col((event_registration::Entity, Column::Number))];
    let found = page.apply(query.find_also_related(account::Entity), &order, false).all(db).await?;
    let Rows { rows, next, .. } = page.finish(found, |(row, _)| vec![Key::Number(row.number)]);
    // Those who wait stand on the page one after another, so that one position tells the others.
    let waits = |row: &event_registration::Model| row.status == EventRegistrationStatus::Waitlisted;
    let mut place = match rows.iter().find(|(row, _)| waits(row)) {
        Some((first, _)) => position(db, event_id, first.number).await?,
        None => 0,
    };
    let placed = |(row, holder): (event_registration::Model, Option<account::Model>)| {
        let waitlist_position = waits(&row).then_some(place);
        place += i64::from(waits(&row));
        Some(Registration { row, display_name: holder?.display_name, waitlist_position })
    };
    Ok(Rows { rows: rows.into_iter().filter_map(placed).collect(), next, total })
}

/// What somebody registered for between two instants, in the order in which it takes place: for calendars and reminders.
/// What was cancelled, or withdrawn from, stays in for 60 days, so that calendars learn of it.
pub async fn attending(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Attendance>> {
    let lately = now - TOLD_FOR;
    let stands = Condition::all().add(event_registration::COLUMN.status.is_in(EventRegistrationStatus::LIVE)).add(
        Condition::any()
            .add(event::COLUMN.status.eq(EventStatus::Published))
            .add(event::COLUMN.cancelled_at.gt(lately)),
    );
    let withdrawn = Condition::all()
        .add(event_registration::COLUMN.status.eq(EventRegistrationStatus::Cancelled))
        .add(event_registration::COLUMN.cancelled_at.gt(lately));
    let found = event_registration::Entity::find()
        .find_also_related(event::Entity)
        .filter(event_registration::COLUMN.account_id.eq(account_id))
        .filter(event::COLUMN.ends_at.gt(from))
        .filter(event::COLUMN.starts_at.lt(to))
        .filter(Condition::any().add(stands).add(withdrawn))
        .order_by_asc(event::COLUMN.starts_at)
        .order_by_asc(event::COLUMN.id)
        .limit(MOST_ATTENDED)
        .all(db)
        .await?;
    let attendance = |(registration, event): (event_registration::Model, Option<event::Model>)| {
        Some(Attendance { event: event?, registration })
    };
    Ok(found.into_iter().filter_map(attendance).collect())
}
