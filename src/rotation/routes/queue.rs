use crate::http::openapi::Routes;
use actix_web::{delete, get, post};

use crate::{
    consultation_groups::store::of_member,
    http::{answer::Answer, body::Body, caller::Caller, conditional::IfMatch, idempotency::Once, path::Id},
    problem::Result,
    rotation::{
        schema::{PresenterQueue, PresenterRequest, PresenterRequestCreate},
        store,
    },
    state::App,
};

pub fn routes(service: &mut Routes) {
    service.service(queue).service(ask).service(get).service(withdraw);
}

/// Get the presenter queue of a group
///
/// Who wishes to present, in the order of their turns: what is urgent first, then whoever has not presented for
/// longest, then whoever asked first. Its members may.
#[utoipa::path(operation_id = "getPresenterQueue", tag = "Rotation",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The queue.", body = PresenterQueue)))]
#[get("/consultation-groups/:consultation_group_id/presenter-queue")]
pub async fn queue(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, _) = of_member(db, &caller, id.0, now).await?;
    Answer::plain(&store::queue(db, &group, now).await?)
}

/// Ask to present
///
/// Its members may, each for one turn at a time. Say nothing about a client here: what you bring is told at the
/// meeting.
#[utoipa::path(operation_id = "createPresenterRequest", tag = "Rotation",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    request_body = PresenterRequestCreate, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 201, description = "The request.", body = PresenterRequest),
        (status = 409, description = "You are in the queue already, or the group is archived.")))]
#[post("/consultation-groups/:consultation_group_id/presenter-queue")]
pub async fn ask(app: App, caller: Caller, once: Once, id: Id, body: Body<PresenterRequestCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (group, _) = of_member(tx, &caller, id.0, now).await?;
        let request = store::ask(tx, &group, &caller, body.0.urgent, now).await?;
        Answer::created(format!("/v1/presenter-requests/{}", request.id), request.version, &request)
    })
    .await
}

/// Get a request to present
///
/// Members of its group may. It vanishes when it is withdrawn, and with the seat of whoever asked.
#[utoipa::path(operation_id = "getPresenterRequest", tag = "Rotation",
    params(("presenter_request_id" = Uuid, Path, description = "Which request.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The request.", body = PresenterRequest)))]
#[get("/presenter-requests/:presenter_request_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let request = store::request(app.db.read(), &caller, id.0, app.clock.now()).await?;
    Answer::ok(request.version, &request)
}

/// Withdraw a request to present
///
/// Whoever asked may, until the meeting begins at which its turn is.
#[utoipa::path(operation_id = "withdrawPresenterRequest", tag = "Rotation",
    params(("presenter_request_id" = Uuid, Path, description = "Which request."), IfMatch),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 204, description = "It is withdrawn."),
        (status = 409, description = "The meeting at which its turn is has begun.")))]
#[delete("/presenter-requests/:presenter_request_id")]
pub async fn withdraw(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            store::withdraw(tx, &caller, id.0, |current| version.check(current), now).await?;
            Ok(Answer::no_content())
        })
        .await
}
