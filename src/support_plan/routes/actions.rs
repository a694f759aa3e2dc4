use crate::http::openapi::Routes;
use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;

use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::{self, Once},
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::Result,
    state::App,
    support_plan::{
        schema::{SupportAction, SupportActionCreate, SupportActionFilter, SupportActionPage, SupportActionPatch},
        store::{self, actions, actions::Opened},
    },
};

pub fn routes(service: &mut Routes) {
    service.service(list).service(create).service(get).service(update).service(delete);
}

/// List my actions
///
/// What I mean to do for myself, what I planned first coming first. Nobody else sees this.
#[utoipa::path(operation_id = "listSupportActions", tag = "Support Plan", params(PageParams, SupportActionFilter),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "One page.", body = SupportActionPage)))]
#[get("/support-plan/actions")]
pub async fn list(
    app: App,
    caller: Caller,
    filter: Query<SupportActionFilter>,
    paging: Paging,
) -> Result<Page<SupportAction>> {
    let today = store::today(app.db.read(), caller.account_id, app.clock.now()).await?;
    let rows = actions::list(&app, caller.account_id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, |(row, content)| SupportAction::on(today, &row, content))
}

/// Plan an action
///
/// Something to do once, until a day or whenever, or again and again. It may answer a challenge: what `getRecommendations`
/// suggests becomes part of the plan by naming its avenue and its challenge here. A plan holds 200 actions.
#[utoipa::path(operation_id = "createSupportAction", tag = "Support Plan", request_body = SupportActionCreate,
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 201, description = "The action.", body = SupportAction),
        (status = 409, description = "The plan is full."),
        (status = 404, description = "The retry of a request that made what has been deleted since.")))]
#[post("/support-plan/actions")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<SupportActionCreate>) -> Result<Answer> {
    let (id, now) = (caller.account_id, app.clock.now());
    once.write(async |tx| {
        let today = store::today(tx, id, now).await?;
        let (row, content) = actions::create(tx, &app, id, &body.0, today, now).await?;
        let location = format!("/v1/support-plan/actions/{}", row.id);
        Ok(Answer::created(location, row.version, &SupportAction::on(today, &row, content))?.private())
    })
    .await
}

/// Get an action
///
/// One of mine.
#[utoipa::path(operation_id = "getSupportAction", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action.")),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "The action.", body = SupportAction)))]
#[get("/support-plan/actions/:action_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let today = store::today(app.db.read(), caller.account_id, app.clock.now()).await?;
    answer(actions::get(&app, caller.account_id, id.0).await?, today)
}

/// Change an action
///
/// A planned one becomes active, an active one done; either can be dropped, and whatever is done or dropped can be planned
/// or active again. Its periods are then counted anew. While it is done or dropped nothing but its status changes.
#[utoipa::path(operation_id = "updateSupportAction", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action."), IfMatch),
    request_body(content = SupportActionPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 200, description = "The action as it now stands.", body = SupportAction),
        (status = 409, description = "Its status does not allow this.")))]
#[patch("/support-plan/actions/:action_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<SupportActionPatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let action = actions::get_to_write(tx, &app, caller.account_id, id.0).await?;
            version.check(action.0.version)?;
            let today = store::today(tx, caller.account_id, now).await?;
            answer(actions::update(tx, &app, action, &body.0, today, now).await?, today)
        })
        .await
}

/// Delete an action
///
/// With its log, whatever its status.
#[utoipa::path(operation_id = "deleteSupportAction", tag = "Support Plan",
    params(("action_id" = Uuid, Path, description = "Which action."), IfMatch),
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/support-plan/actions/:action_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let (row, _) = actions::get_to_write(tx, &app, caller.account_id, id.0).await?;
            version.check(row.version)?;
            actions::delete(tx, row.id).await?;
            idempotency::forget_about(&app, tx, caller.account_id, row.id).await?;
            Ok(Answer::no_content())
        })
        .await
}

fn answer((row, content): Opened, today: NaiveDate) -> Result<Answer> {
    Ok(Answer::ok(row.version, &SupportAction::on(today, &row, content))?.private())
}
