use actix_web::{delete, get, patch, post};
use secrecy::{ExposeSecret, SecretString};

use super::{
    rules,
    schema::{CalendarFeed, CalendarFeedCreate, CalendarFeedPage, CalendarFeedPatch, CalendarText},
    store,
};
use crate::{
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        path::{Id, Word},
    },
    problem::{Problem, Result},
    recurrence::zone::zone_of,
    state::{App, State},
};

/// List my calendar feeds
///
/// Oldest first, without their addresses.
#[utoipa::path(operation_id = "listCalendarFeeds", tag = "Calendar Feeds", params(PageParams),
    security(("bearerAuth" = ["calendar:read"])),
    responses((status = 200, description = "One page.", body = CalendarFeedPage)))]
#[get("/me/calendar-feeds")]
pub async fn list(app: App, caller: Caller, paging: Paging) -> Result<Page<CalendarFeed>> {
    let now = app.clock.now();
    let rows = store::list(app.db.read(), caller.account_id, &paging.0).await?;
    paging.page(&app, rows, |seen| CalendarFeed::at(now, seen))
}

/// Make a calendar feed
///
/// An address for calendar apps, answered here once. Whoever has it reads when I meet, so that it tells no names unless I
/// ask for them. With a group it shows that group's meetings and ends with my seat; without one it shows those of every
/// group in which I am a member in good standing. An account has ten at most. `Idempotency-Key` is ignored: a retry makes
/// another.
#[utoipa::path(operation_id = "createCalendarFeed", tag = "Calendar Feeds", request_body = CalendarFeedCreate,
    security(("bearerAuth" = ["calendar:write"])), extensions(("x-answers-with-secrets" = json!(true))),
    responses((status = 201, description = "The feed, with its address.", body = CalendarFeed),
        (status = 409, description = "There are ten (`limit_reached`).")))]
#[post("/me/calendar-feeds")]
pub async fn create(app: App, caller: Caller, body: Body<CalendarFeedCreate>) -> Result<Answer> {
    let (now, (token, token_hash)) = (app.clock.now(), app.new_token()?);
    let made = app.db.write(async |tx| {
        caller.confirm(tx).await?;
        store::create(tx, caller.account_id, &body.0, token_hash.clone(), now).await
    });
    let made = CalendarFeed::at(now, made.await?);
    let (location, version) = (format!("/v1/me/calendar-feeds/{}", made.id), made.version);
    Answer::created(location, version, &with_address(&app, made, &token))
}

/// Get a calendar feed
///
/// One of mine, without its address.
#[utoipa::path(operation_id = "getCalendarFeed", tag = "Calendar Feeds",
    params(("feed_id" = Uuid, Path, description = "Which feed.")),
    security(("bearerAuth" = ["calendar:read"])),
    responses((status = 200, description = "The feed.", body = CalendarFeed)))]
#[get("/me/calendar-feeds/:feed_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let feed = CalendarFeed::at(app.clock.now(), store::get(app.db.read(), caller.account_id, id.0).await?);
    Answer::ok(feed.version, &feed)
}

/// Change a calendar feed
///
/// What I call it, and whether it shows names. Apps show the change when they fetch it next.
#[utoipa::path(operation_id = "updateCalendarFeed", tag = "Calendar Feeds",
    params(("feed_id" = Uuid, Path, description = "Which feed."), IfMatch),
    request_body(content = CalendarFeedPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["calendar:write"])),
    responses((status = 200, description = "The feed as it now stands.", body = CalendarFeed)))]
#[patch("/me/calendar-feeds/:feed_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<CalendarFeedPatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (feed, seat) = store::get(tx, caller.account_id, id.0).await?;
            version.check(feed.version)?;
            let feed = CalendarFeed::at(now, (store::update(tx, feed, &body.0, now).await?, seat));
            Answer::ok(feed.version, &feed)
        })
        .await
}

/// Delete a calendar feed
///
/// Its address leads nowhere from now on.
#[utoipa::path(operation_id = "deleteCalendarFeed", tag = "Calendar Feeds",
    params(("feed_id" = Uuid, Path, description = "Which feed."), IfMatch),
    security(("bearerAuth" = ["calendar:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/me/calendar-feeds/:feed_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let (feed, _) = store::get(tx, caller.account_id, id.0).await?;
            version.check(feed.version)?;
            store::delete(tx, feed.id).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Give a calendar feed another address
///
/// For when somebody has it who should not. The address before leads nowhere from now on; the new one is answered here
/// once. `Idempotency-Key` is ignored: a retry makes another.
#[utoipa::path(operation_id = "rotateCalendarFeed", tag = "Calendar Feeds",
    params(("feed_id" = Uuid, Path, description = "Which feed."), IfMatch), request_body = Nothing,
    security(("bearerAuth" = ["calendar:write"])), extensions(("x-answers-with-secrets" = json!(true))),
    responses((status = 200, description = "The feed, with its new address.", body = CalendarFeed),
        (status = 409, description = "It is closed.")))]
#[post("/me/calendar-feeds/:feed_id/rotate")]
pub async fn rotate(app: App, caller: Caller, _body: Body<Nothing>, id: Id, version: IfMatch) -> Result<Answer> {
    let (now, (token, token_hash)) = (app.clock.now(), app.new_token()?);
    let rotated = app.db.write(async |tx| {
        let seen = store::get(tx, caller.account_id, id.0).await?;
        version.check(seen.0.version)?;
        store::rotate(tx, seen, token_hash.clone(), now).await
    });
    let rotated = CalendarFeed::at(now, rotated.await?);
    Answer::ok(rotated.version, &with_address(&app, rotated, &token))
}

/// Fetch a calendar
///
/// For calendar apps: the meetings that a feed shows, as RFC 5545 has them, from 60 days ago on. Series come as rules, what
/// was moved or called off as exceptions to them. Nobody is named, and while the feed shows no names, no group, place or
/// address is either.
#[utoipa::path(operation_id = "getCalendar", tag = "Calendar Feeds", security(()),
    params(("calendar_file" = String, Path, max_length = 100, description = "The secret of the feed, and `.ics`.")),
    responses((status = 200, description = "The calendar.", body = CalendarText, content_type = "text/calendar"),
        (status = 410, description = "The seat that it was for has ended (`token_expired`).")))]
#[get("/calendar/:calendar_file")]
pub async fn calendar(app: App, file: Word) -> Result<Answer> {
    let token: SecretString = file.0.strip_suffix(".ics").ok_or_else(Problem::not_found)?.into();
    let now = app.clock.now();
    let fetched = store::fetch(&app, &token, now).await?;
    store::note_fetch(&app, &fetched.feed, now.date_naive()).await;
    let text = rules::write(&fetched.feed.label, &fetched.entries, zone_of(&fetched.time_zone), now);
    Answer::text("text/calendar; charset=utf-8", text)
}

fn with_address(app: &State, feed: CalendarFeed, token: &SecretString) -> CalendarFeed {
    let url = format!("{}/calendar/{}.ics", app.config.public_url(), token.expose_secret());
    CalendarFeed { url: Some(url), ..feed }
}
