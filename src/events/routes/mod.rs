use actix_web::{delete, get, patch, post};

use super::{
    rules,
    schema::{Event, EventCancellation, EventCreate, EventFilter, EventPage, EventPatch, OrganizationEventFilter},
    store::{self, Seen},
};
use crate::{
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::{Caller, Visitor},
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    organizations,
    problem::Result,
    state::{App, State},
};

pub mod registrations;

/// List events
///
/// Those that are coming or running, the next one first, unless `from` or `sort` ask for others. Public ones are for
/// everybody; others for those who are signed in, or for the members of the organization that holds them. Drafts are listed
/// for those who run its events (`status=draft`).
#[utoipa::path(operation_id = "listEvents", tag = "Events", params(PageParams, EventFilter),
    security((), ("bearerAuth" = ["events:read"])),
    responses((status = 200, description = "One page.", body = EventPage)))]
#[get("/events")]
pub async fn list(app: App, visitor: Visitor, filter: Query<EventFilter>, paging: Paging) -> Result<Page<Event>> {
    list_by(&app, &visitor, &filter.0, &paging).await
}

/// List the events of an organization
///
/// Those that are coming or running, the next one first, unless `from` or `sort` ask for others. Of an archived organization
/// they are listed for those who run its events or take part.
#[utoipa::path(operation_id = "listOrganizationEvents", tag = "Events",
    params(("organization_id" = Uuid, Path, description = "Which organization."), PageParams, OrganizationEventFilter),
    security((), ("bearerAuth" = ["events:read"])),
    responses((status = 200, description = "One page.", body = EventPage)))]
#[get("/organizations/:organization_id/events")]
pub async fn list_of_organization(
    app: App,
    visitor: Visitor,
    id: Id,
    filter: Query<OrganizationEventFilter>,
    paging: Paging,
) -> Result<Page<Event>> {
    let organization = organizations::store::readable_by(app.db.read(), &visitor, id.0).await?;
    list_by(&app, &visitor, &filter.0.of(organization.id), &paging).await
}

async fn list_by(app: &State, visitor: &Visitor, filter: &EventFilter, paging: &Paging) -> Result<Page<Event>> {
    let now = app.clock.now();
    let rows = store::list(app.db.read(), visitor, filter, now, &paging.0).await?;
    paging.page(app, rows, |seen| seen.at(now))
}

/// Draft an event
///
/// The owners and stewards of a published organization may, and moderators. Nobody else sees it until it is published.
#[utoipa::path(operation_id = "createEvent", tag = "Events",
    params(("organization_id" = Uuid, Path, description = "Which organization.")),
    request_body = EventCreate, security(("bearerAuth" = ["events:write"])),
    responses((status = 201, description = "The draft.", body = Event),
        (status = 409, description = "The organization is not published.")))]
#[post("/organizations/:organization_id/events")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<EventCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (organization, there) =
            organizations::store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        rules::may_create(&rules::Standing::at(&there), organization.status)?;
        let event = store::create(tx, caller.account_id, &organization, &body.0, now).await?;
        let (location, version) = (format!("/v1/events/{}", event.id), event.version);
        Answer::created(location, version, &Seen { event, organization, mine: None }.at(now))
    })
    .await
}

/// Get an event
///
/// Also one that is over or cancelled.
#[utoipa::path(operation_id = "getEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event.")),
    security((), ("bearerAuth" = ["events:read"])),
    responses((status = 200, description = "The event.", body = Event)))]
#[get("/events/:event_id")]
pub async fn get(app: App, visitor: Visitor, id: Id) -> Result<Answer> {
    let now = app.clock.now();
    answer(store::visible_to(app.db.read(), &visitor, id.0, now).await?.0, now)
}

/// Change an event
///
/// Those who run the events of the organization may, until it is over or cancelled. Whoever waits gets the places that a
/// larger capacity adds; whoever registered is told of another time or place by mail.
#[utoipa::path(operation_id = "updateEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    request_body(content = EventPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["events:write"])),
    responses((status = 200, description = "The event as it now stands.", body = Event),
        (status = 409, description = "It is over or cancelled, or the organization is archived.")))]
#[patch("/events/:event_id")]
pub async fn update(app: App, caller: Caller, id: Id, version: IfMatch, body: Body<EventPatch>) -> Result<Answer> {
    let now = app.clock.now();
    let changed = app
        .db
        .write(async |tx| {
            let (seen, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            version.check(seen.event.version)?;
            rules::may_change(&seen.event, &standing, seen.organization.status, now)?;
            answer(store::update(tx, &app, caller.account_id, seen, &body.0, now).await?, now)
        })
        .await?;
    app.mail_waits.notify_one();
    Ok(changed)
}

/// Delete a draft of an event
///
/// Those who run the events of the organization may. What was published is cancelled instead.
#[utoipa::path(operation_id = "deleteEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    security(("bearerAuth" = ["events:write"])),
    responses((status = 204, description = "It is gone."), (status = 409, description = "It is no draft.")))]
#[delete("/events/:event_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (seen, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            version.check(seen.event.version)?;
            rules::may_delete(&seen.event, &standing)?;
            store::delete(tx, caller.account_id, &seen.event, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Publish an event
///
/// Those who run the events of the organization may, before it is over. From then on people can register.
#[utoipa::path(operation_id = "publishEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["events:write"])),
    responses((status = 200, description = "The published event.", body = Event)))]
#[post("/events/:event_id/publish")]
pub async fn publish(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (seen, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
        version.check(seen.event.version)?;
        answer(store::publish(tx, caller.account_id, seen, &standing, now).await?, now)
    })
    .await
}

/// Cancel an event
///
/// Those who run the events of the organization may, before it is over, also where the organization is archived. Everybody
/// who has a place or waits for one is told why by mail.
#[utoipa::path(operation_id = "cancelEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    request_body = EventCancellation, security(("bearerAuth" = ["events:write"])),
    responses((status = 200, description = "The event, cancelled.", body = Event)))]
#[post("/events/:event_id/cancel")]
pub async fn cancel(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<EventCancellation>,
) -> Result<Answer> {
    let now = app.clock.now();
    let cancelled = once
        .write(async |tx| {
            let (seen, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            version.check(seen.event.version)?;
            let actor = caller.account_id;
            answer(store::cancel(tx, &app, actor, seen, &standing, &body.0.reason, now).await?, now)
        })
        .await?;
    app.mail_waits.notify_one();
    Ok(cancelled)
}

fn answer(seen: Seen, now: chrono::DateTime<chrono::Utc>) -> Result<Answer> {
    Answer::ok(seen.event.version, &seen.at(now))
}
