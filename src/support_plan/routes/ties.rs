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
        schema::{SupportContact, SupportTie, SupportTieCreate, SupportTieFilter, SupportTiePage, SupportTiePatch},
        store::{self, ties, ties::Opened},
    },
};

pub fn routes(service: &mut Routes) {
    service.service(list).service(create).service(get).service(update).service(delete).service(meet);
}

/// List my ties
///
/// The people and places that hold me, what I added first coming first. Nobody else sees this.
#[utoipa::path(operation_id = "listSupportTies", tag = "Support Plan", params(PageParams, SupportTieFilter),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "One page.", body = SupportTiePage)))]
#[get("/support-plan/ties")]
pub async fn list(
    app: App,
    caller: Caller,
    filter: Query<SupportTieFilter>,
    paging: Paging,
) -> Result<Page<SupportTie>> {
    let today = store::today(app.db.read(), caller.account_id, app.clock.now()).await?;
    let rows = ties::list(&app, caller.account_id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, |(row, content)| SupportTie::on(today, &row, content))
}

/// Add a tie
///
/// Somebody or something that holds me, on one of the avenues. They need not be here, and are told nothing. A plan holds
/// 200 ties.
#[utoipa::path(operation_id = "createSupportTie", tag = "Support Plan", request_body = SupportTieCreate,
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 201, description = "The tie.", body = SupportTie),
        (status = 409, description = "The plan is full."),
        (status = 404, description = "The retry of a request that made what has been deleted since.")))]
#[post("/support-plan/ties")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<SupportTieCreate>) -> Result<Answer> {
    let (id, now) = (caller.account_id, app.clock.now());
    once.write(async |tx| {
        let today = store::today(tx, id, now).await?;
        let (row, content) = ties::create(tx, &app, id, &body.0, today, now).await?;
        let location = format!("/v1/support-plan/ties/{}", row.id);
        Ok(Answer::created(location, row.version, &SupportTie::on(today, &row, content))?.private())
    })
    .await
}

/// Get a tie
///
/// One of mine.
#[utoipa::path(operation_id = "getSupportTie", tag = "Support Plan",
    params(("tie_id" = Uuid, Path, description = "Which tie.")),
    security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "The tie.", body = SupportTie)))]
#[get("/support-plan/ties/:tie_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let today = store::today(app.db.read(), caller.account_id, app.clock.now()).await?;
    answer(ties::get(&app, caller.account_id, id.0).await?, today)
}

/// Change a tie
///
/// Also when we were last in touch.
#[utoipa::path(operation_id = "updateSupportTie", tag = "Support Plan",
    params(("tie_id" = Uuid, Path, description = "Which tie."), IfMatch),
    request_body(content = SupportTiePatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 200, description = "The tie as it now stands.", body = SupportTie)))]
#[patch("/support-plan/ties/:tie_id")]
pub async fn update(app: App, caller: Caller, id: Id, version: IfMatch, body: Body<SupportTiePatch>) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let tie = ties::get_to_write(tx, &app, caller.account_id, id.0).await?;
            version.check(tie.0.version)?;
            let today = store::today(tx, caller.account_id, now).await?;
            answer(ties::update(tx, &app, tie, &body.0, today, now).await?, today)
        })
        .await
}

/// Delete a tie
///
/// It no longer holds me, or I keep it elsewhere.
#[utoipa::path(operation_id = "deleteSupportTie", tag = "Support Plan",
    params(("tie_id" = Uuid, Path, description = "Which tie."), IfMatch),
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/support-plan/ties/:tie_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let (row, _) = ties::get_to_write(tx, &app, caller.account_id, id.0).await?;
            version.check(row.version)?;
            ties::delete(tx, row.id).await?;
            idempotency::forget_about(&app, tx, caller.account_id, row.id).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Mark a contact
///
/// We were in touch, today or on another day. An earlier day than the last contact leaves that as it is.
#[utoipa::path(operation_id = "confirmSupportContact", tag = "Support Plan",
    params(("tie_id" = Uuid, Path, description = "Which tie."), IfMatch), request_body = SupportContact,
    security(("bearerAuth" = ["support_plan:write"])),
    responses((status = 200, description = "The tie as it now stands.", body = SupportTie)))]
#[post("/support-plan/ties/:tie_id/contacts")]
pub async fn meet(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<SupportContact>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let tie = ties::get_to_write(tx, &app, caller.account_id, id.0).await?;
        version.check(tie.0.version)?;
        let today = store::today(tx, caller.account_id, now).await?;
        answer(ties::meet(tx, &app, tie, body.0.contact_on, today, now).await?, today)
    })
    .await
}

fn answer((row, content): Opened, today: NaiveDate) -> Result<Answer> {
    Ok(Answer::ok(row.version, &SupportTie::on(today, &row, content))?.private())
}
