//! Places given to those who wait, in the transaction that frees them.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    entities::{
        account, event,
        event_registration::{self, Column, EventRegistrationStatus},
        organization::OrganizationStatus,
    },
    events::{mails, rules},
    mail::{self, Mail},
    problem::Result,
    state::State,
};

/// Rows that one statement names.
const AT_ONCE: usize = 500;

/// Writes down how many take part and wait. The version is left alone: who changes the event has seen it all the same.
pub(super) async fn write_counts(tx: &DatabaseTransaction, event: &event::Model) -> Result<()> {
    event::Entity::update_many()
        .col_expr(event::Column::RegisteredCount, Expr::value(event.registered_count))
        .col_expr(event::Column::WaitlistedCount, Expr::value(event.waitlisted_count))
        .col_expr(event::Column::NextNumber, Expr::value(event.next_number))
        .filter(event::COLUMN.id.eq(event.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives the free places of an event to whoever waits longest, and tells them. Call it after each write that may free one, and
/// write the counts after it.
pub(super) async fn move_up(
    tx: &DatabaseTransaction,
    app: &State,
    event: event::Model,
    organization: OrganizationStatus,
    now: DateTime<Utc>,
) -> Result<event::Model> {
    let places = rules::moving_up(&event, organization, now);
    if places == 0 {
        return Ok(event);
    }
    let first = event_registration::Entity::find()
        .find_also_related(account::Entity)
        .filter(event_registration::COLUMN.event_id.eq(event.id))
        .filter(event_registration::COLUMN.status.eq(EventRegistrationStatus::Waitlisted))
        .order_by_asc(event_registration::COLUMN.number)
        .limit(u64::try_from(places).unwrap_or_default())
        .all(tx)
        .await?;
    let people: Vec<Uuid> = first.iter().map(|(row, _)| row.account_id).collect();
    for some in people.chunks(AT_ONCE) {
        event_registration::Entity::update_many()
            .col_expr(Column::Status, Expr::value(EventRegistrationStatus::Registered))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(event_registration::COLUMN.event_id.eq(event.id))
            .filter(event_registration::COLUMN.account_id.is_in(some.to_vec()))
            .exec(tx)
            .await?;
    }
    let moved = i64::try_from(people.len()).unwrap_or(places);
    let event = event::Model {
        registered_count: event.registered_count + moved,
        waitlisted_count: event.waitlisted_count - moved,
        ..event
    };
    let told = first.iter().filter_map(|(_, holder)| Some(mails::place_freed(&event, &holder.as_ref()?.email)));
    mail::enqueue_all(tx, &app.master_key, now, &told.collect::<Vec<_>>()).await?;
    Ok(event)
}

/// Writes to everybody who has a place or waits for one.
pub(super) async fn tell_everybody(
    tx: &DatabaseTransaction,
    app: &State,
    event: &event::Model,
    what: fn(&event::Model, &str) -> Mail,
    now: DateTime<Utc>,
) -> Result<()> {
    let addresses: Vec<String> = event_registration::Entity::find()
        .inner_join(account::Entity)
        .select_only()
        .column(account::Column::Email)
        .filter(event_registration::COLUMN.event_id.eq(event.id))
        .filter(event_registration::COLUMN.status.is_in(EventRegistrationStatus::LIVE))
        .into_tuple()
        .all(tx)
        .await?;
    let mails: Vec<Mail> = addresses.iter().map(|address| what(event, address)).collect();
    mail::enqueue_all(tx, &app.master_key, now, &mails).await
}
