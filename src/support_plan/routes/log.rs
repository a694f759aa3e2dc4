use crate::http::openapi::Routes;
use actix_web::{delete, get, post};

use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::{self, Once},
        page::{Page, PageParams, Paging},
        path::{Id, Ids},
    },
    problem::Result,
    state::App,
    support_plan::{
        schema::{SupportActionEntry, SupportActionEntryCreate, SupportActionEntryPage},
        store::{self, actions, log},
    },
};

/// An entry is there or it is not; it never changes.
const VERSION: i64 = 1;

pub fn routes(service: &mut Routes) {
    service.service(list).service(create).service(get).service(delete);
}

/// List the log of an action
///
/// Each time I did it, what I wrote down last coming first.
#[utoipa::path(operation_id = "listSupportActionEntries", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action."), PageParams),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "One page.", body = SupportActionEntryPage)))]
#[get("/support-plan/actions/:action_id/log")]
pub async fn list(app: App, caller: Caller, id: Id, paging: Paging) -> Result<Page<SupportActionEntry>> {
    let rows = log::list(&app, caller.account_id, id.0, &paging.0).await?;
    paging.page(&app, rows, SupportActionEntry::from)
}

/// Log that I did it
///
/// A planned action becomes active by it. One that is done or dropped takes none. A log holds 1,000 entries.
#[utoipa::path(operation_id = "createSupportActionEntry", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action.")), request_body = SupportActionEntryCreate,
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 201, description = "The entry.", body = SupportActionEntry),
        (status = 409, description = "The action is done or dropped, or its log is full.")))]
#[post("/support-plan/actions/:action_id/log")]
pub async fn create(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    body: Body<SupportActionEntryCreate>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let action = actions::get_to_write(tx, &app, caller.account_id, id.0).await?;
        let today = store::today(tx, caller.account_id, now).await?;
        let made = log::create(tx, &app, action, &body.0, today, now).await?;
        let location = format!("/v1/support-plan/actions/{}/log/{}", id.0, made.0.id);
        Ok(Answer::created(location, VERSION, &SupportActionEntry::from(made))?.private())
    })
    .await
}

/// Get a log entry
///
/// One time that I did it.
#[utoipa::path(operation_id = "getSupportActionEntry", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action."),
        ("entry_id" = Uuid, Path, description = "Which entry.")),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "The entry.", body = SupportActionEntry)))]
#[get("/support-plan/actions/:action_id/log/:entry_id")]
pub async fn get(app: App, caller: Caller, ids: Ids) -> Result<Answer> {
    let found = log::get(&app, caller.account_id, ids.0, ids.1).await?;
    Answer::ok(VERSION, &SupportActionEntry::from(found))
}

/// Delete a log entry
///
/// While the action is neither done nor dropped. It no longer counts for the streak.
#[utoipa::path(operation_id = "deleteSupportActionEntry", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action."),
        ("entry_id" = Uuid, Path, description = "Which entry."), IfMatch),
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "The action is done or dropped.")))]
#[delete("/support-plan/actions/:action_id/log/:entry_id")]
pub async fn delete(app: App, caller: Caller, ids: Ids, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let action = actions::get_to_write(tx, &app, caller.account_id, ids.0).await?;
            version.check(VERSION)?;
            log::delete(tx, &app, action, ids.1, now).await?;
            idempotency::forget_about(&app, tx, caller.account_id, ids.1).await?;
            Ok(Answer::no_content())
        })
        .await
}
