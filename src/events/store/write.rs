use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Unchanged, DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::{
    Seen,
    places::{move_up, tell_everybody, write_counts},
};
use crate::{
    audit,
    db::search::{fold_all, sort_name},
    entities::{
        event::{self, EventStatus, EventVisibility},
        organization,
    },
    events::{
        mails,
        rules::{self, Standing},
        schema::{EventCreate, EventPatch, quarters, refuse},
    },
    problem::{Problem, Result},
    state::State,
};

/// Drafts an event.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: Uuid,
    organization: &organization::Model,
    body: &EventCreate,
    now: DateTime<Utc>,
) -> Result<event::Model> {
    let body = body.clone();
    let event = event::Model {
        id: Uuid::now_v7(),
        organization_id: organization.id,
        kind: body.kind,
        title: body.title,
        description: body.description,
        starts_local: body.starts_local,
        ends_local: body.ends_local,
        time_zone: body.time_zone,
        starts_at: now,
        ends_at: now,
        format: body.format,
        place: body.place,
        url: body.url,
        capacity: body.capacity,
        waitlist: body.waitlist.unwrap_or(true),
        ce_quarters: body.ce_hours.map(quarters),
        registration_closes_at: body.registration_closes_at.map(|closes| closes.trunc_subsecs(0)),
        visibility: body.visibility.unwrap_or(EventVisibility::Public),
        status: EventStatus::Draft,
        cancel_reason: None,
        cancelled_at: None,
        registered_count: 0,
        waitlisted_count: 0,
        next_number: 1,
        sequence: 0,
        sort_name: String::new(),
        search_name: String::new(),
        search_text: String::new(),
        created_by: actor,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let event = with_derived(event)?;
    refuse(rules::faults(&event, now))?;
    event::Entity::insert(event.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, now, "event.create", actor, &event).await?;
    Ok(event)
}

/// Applies a patch. Places that it adds go to those who wait; of another time or place everybody who registered is told.
pub async fn update(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    seen: Seen,
    patch: &EventPatch,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let (patch, before) = (patch.clone(), seen.event);
    let mut event = before.clone();
    event.kind = patch.kind.unwrap_or(event.kind);
    event.title = patch.title.unwrap_or(event.title);
    event.description = patch.description.unwrap_or(event.description);
    event.starts_local = patch.starts_local.unwrap_or(event.starts_local);
    event.ends_local = patch.ends_local.unwrap_or(event.ends_local);
    event.time_zone = patch.time_zone.unwrap_or(event.time_zone);
    event.format = patch.format.unwrap_or(event.format);
    event.place = patch.place.unwrap_or(event.place);
    event.url = patch.url.unwrap_or(event.url);
    event.capacity = patch.capacity.unwrap_or(event.capacity);
    event.waitlist = patch.waitlist.unwrap_or(event.waitlist);
    if let Some(hours) = patch.ce_hours {
        event.ce_quarters = hours.map(quarters);
    }
    if let Some(closes) = patch.registration_closes_at {
        event.registration_closes_at = closes.map(|closes| closes.trunc_subsecs(0));
    }
    event.visibility = patch.visibility.unwrap_or(event.visibility);
    let mut event = with_derived(event)?;
    refuse(rules::faults(&event, now))?;
    let moved = rules::moved(&before, &event);
    event.sequence += i64::from(moved);
    let event = save(tx, event, now).await?;
    record(tx, now, "event.update", actor, &event).await?;
    if moved {
        tell_everybody(tx, app, &event, mails::moved, now).await?;
    }
    let waited = event.waitlisted_count;
    let event = move_up(tx, app, event, seen.organization.status, now).await?;
    if event.waitlisted_count != waited {
        write_counts(tx, &event).await?;
    }
    Ok(Seen { event, ..seen })
}

/// Publishes a draft.
pub async fn publish(
    tx: &DatabaseTransaction,
    actor: Uuid,
    seen: Seen,
    standing: &Standing,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let next = rules::published(seen.event, standing, seen.organization.status, now)?;
    let event = save(tx, next, now).await?;
    record(tx, now, "event.publish", actor, &event).await?;
    Ok(Seen { event, ..seen })
}

/// Calls an event off, and tells everybody who registered.
pub async fn cancel(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    seen: Seen,
    standing: &Standing,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let next = rules::cancelled(seen.event, standing, reason, now)?;
    let event = save(tx, next, now).await?;
    record(tx, now, "event.cancel", actor, &event).await?;
    tell_everybody(tx, app, &event, mails::cancelled, now).await?;
    Ok(Seen { event, ..seen })
}

/// Takes a draft away.
pub async fn delete(tx: &DatabaseTransaction, actor: Uuid, event: &event::Model, now: DateTime<Utc>) -> Result<()> {
    event::Entity::delete_by_id(event.id).exec(tx).await?;
    record(tx, now, "event.delete", actor, event).await
}

/// Writes an event down, one version on.
async fn save(tx: &DatabaseTransaction, event: event::Model, now: DateTime<Utc>) -> Result<event::Model> {
    let event = event::Model { version: event.version + 1, updated_at: now, ..event };
    let mut changed = event.clone().into_active_model().reset_all();
    changed.id = Unchanged(event.id);
    event::Entity::update(changed).exec(tx).await?;
    Ok(event)
}

fn with_derived(event: event::Model) -> Result<event::Model> {
    let event = rules::with_instants(event).ok_or_else(|| Problem::internal("a time that cannot be read"))?;
    Ok(event::Model {
        sort_name: sort_name(&event.title),
        search_name: fold_all([event.title.as_str()]),
        search_text: fold_all(event.description.as_deref().into_iter().chain(event.place.as_deref())),
        ..event
    })
}

async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    event: &event::Model,
) -> Result<()> {
    let happened = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "event",
        subject_id: event.id,
        organization_id: Some(event.organization_id),
        ..Default::default()
    };
    audit::record(tx, now, happened).await
}
