use actix_web::{delete, get, put};

use crate::{
    accounts,
    events::{
        schema::{EventRegistration, EventRegistrationFilter, EventRegistrationPage},
        store,
    },
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::{Problem, Result},
    state::App,
};

/// Get my registration
///
/// Whether I have a place in an event, or where in the line I wait. 404 once it was withdrawn.
#[utoipa::path(operation_id = "getEventRegistration", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event.")),
    security(("bearerAuth" = ["events:read"])),
    responses((status = 200, description = "My registration.", body = EventRegistration)))]
#[get("/events/:event_id/registration")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let db = app.db.read();
    let mine = store::registration_of(&store::to_take_part(db, &caller, id.0, app.clock.now()).await?)?;
    let name = accounts::store::of_caller(db, caller.account_id).await?.display_name;
    let (version, place) = (mine.version, store::place_of(db, &mine).await?);
    Answer::ok(version, &EventRegistration::new(mine, name, place))
}

/// Register for an event
///
/// I get a place, or the end of the line when none is free; whoever waits longest moves up when one is, and is told by mail.
/// Registering again changes nothing, but after a withdrawal it is at the end of the line.
#[utoipa::path(operation_id = "joinEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["events:write"])),
    responses((status = 200, description = "My registration, which stood already.", body = EventRegistration),
        (status = 201, description = "My registration, which is new.", body = EventRegistration),
        (status = 409, description = "There is no place and no waitlist (`event_full`), or the event takes no \
            registrations: it is over, cancelled or a draft, registration is closed, or the organization is archived.")))]
#[put("/events/:event_id/registration")]
pub async fn join(app: App, caller: Caller, id: Id, version: IfMatch, _body: Body<Nothing>) -> Result<Answer> {
    let now = app.clock.now();
    let name = accounts::store::of_caller(app.db.read(), caller.account_id).await?.display_name;
    let registered = app
        .db
        .write(async |tx| {
            caller.confirm(tx).await?;
            let seen = store::to_take_part(tx, &caller, id.0, now).await?;
            let (row, place, is_new) = store::register(tx, &app, seen, caller.account_id, &version, now).await?;
            let (version, body) = (row.version, EventRegistration::new(row, name.clone(), place));
            let answer = match is_new {
                true => Answer::created(format!("/v1/events/{}/registration", id.0), version, &body)?,
                false => Answer::ok(version, &body)?,
            };
            Ok(answer.private())
        })
        .await?;
    app.mail_waits.notify_one();
    Ok(registered)
}

/// Withdraw from an event
///
/// Until it is over. My place goes to whoever waits longest.
#[utoipa::path(operation_id = "leaveEvent", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), IfMatch),
    security(("bearerAuth" = ["events:write"])),
    responses((status = 204, description = "It is withdrawn."),
        (status = 404, description = "I have none, or may not know of the event."),
        (status = 409, description = "The event is over.")))]
#[delete("/events/:event_id/registration")]
pub async fn leave(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let seen = store::to_take_part(tx, &caller, id.0, now).await?;
            let mine = store::registration_of(&seen)?;
            version.check(mine.version)?;
            store::withdraw(tx, &app, seen, mine, now).await
        })
        .await?;
    app.mail_waits.notify_one();
    Ok(Answer::no_content())
}

/// List the registrations for an event
///
/// For the owners and stewards of the organization, and for nobody else: who goes where is personal. In the order in which
/// people registered.
#[utoipa::path(operation_id = "listEventRegistrations", tag = "Events",
    params(("event_id" = Uuid, Path, description = "Which event."), PageParams, EventRegistrationFilter),
    security(("bearerAuth" = ["events:read"])),
    responses((status = 200, description = "One page.", body = EventRegistrationPage)))]
#[get("/events/:event_id/registrations")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<EventRegistrationFilter>,
    paging: Paging,
) -> Result<Page<EventRegistration>> {
    let db = app.db.read();
    let (seen, standing) = store::visible_to(db, &caller.into(), id.0, app.clock.now()).await?;
    Problem::forbid_unless(standing.sees_who_takes_part, "an owner or a steward of the organization may read it")?;
    let rows = store::roster(db, seen.event.id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, EventRegistration::from)
}
