use crate::http::openapi::Routes;
use actix_web::{get, post};

use crate::{
    consultation_groups::store::visible_meeting,
    entities::role_swap::StoredSwapStatus,
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::Result,
    rotation::{
        schema::{RoleSwap, RoleSwapCreate, RoleSwapFilter, RoleSwapPage},
        store,
    },
    state::{App, State},
};

pub fn routes(service: &mut Routes) {
    service
        .service(propose)
        .service(list_of_meeting)
        .service(list_mine)
        .service(get)
        .service(accept)
        .service(decline)
        .service(withdraw);
}

/// Ask somebody to take a role
///
/// Whoever has a role at a meeting may, before it begins. They are told by mail, and nothing changes unless they
/// accept. Several can be asked; the first who accepts takes it.
#[utoipa::path(operation_id = "createRoleSwap", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    request_body = RoleSwapCreate, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 201, description = "The swap, asked.", body = RoleSwap),
        (status = 409, description = "The meeting has begun or was called off, or you have asked them already.")))]
#[post("/meetings/:meeting_id/swaps")]
pub async fn propose(app: App, caller: Caller, once: Once, id: Id, body: Body<RoleSwapCreate>) -> Result<Answer> {
    let now = app.clock.now();
    let asked = once
        .write(async |tx| {
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            let swap = store::propose(tx, &app, &found, &caller, &body.0, now).await?;
            Answer::created(format!("/v1/role-swaps/{}", swap.id), swap.version, &swap)
        })
        .await;
    app.mail_waits.notify_one();
    asked
}

/// List the swaps of a meeting
///
/// Those that I asked for or am asked for, and those by which a role has changed hands, the newest first.
#[utoipa::path(operation_id = "listMeetingSwaps", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), PageParams, RoleSwapFilter),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = RoleSwapPage)))]
#[get("/meetings/:meeting_id/swaps")]
pub async fn list_of_meeting(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<RoleSwapFilter>,
    paging: Paging,
) -> Result<Page<RoleSwap>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = visible_meeting(db, &caller, id.0, now).await?;
    let rows = store::list_of_meeting(db, &found, &caller, &filter.0, now, &paging.0).await?;
    paging.page(&app, rows, |swap| swap)
}

/// List my swaps
///
/// What I asked of others and what they ask of me, in all of my groups, the newest first.
#[utoipa::path(operation_id = "listMySwaps", tag = "Rotation", params(PageParams, RoleSwapFilter),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = RoleSwapPage)))]
#[get("/me/swaps")]
pub async fn list_mine(
    app: App,
    caller: Caller,
    filter: Query<RoleSwapFilter>,
    paging: Paging,
) -> Result<Page<RoleSwap>> {
    let rows = store::list_mine(app.db.read(), &caller, &filter.0, app.clock.now(), &paging.0).await?;
    paging.page(&app, rows, |swap| swap)
}

/// Get a swap
///
/// One of mine, or one by which a role in my group has changed hands.
#[utoipa::path(operation_id = "getRoleSwap", tag = "Rotation",
    params(("role_swap_id" = Uuid, Path, description = "Which swap.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The swap.", body = RoleSwap)))]
#[get("/role-swaps/:role_swap_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let swap = store::swap(app.db.read(), &caller, id.0, app.clock.now()).await?;
    Answer::ok(swap.version, &swap)
}

/// Accept a swap
///
/// Whoever is asked may. The role changes hands at once, and so does the one in exchange, unless either has changed
/// hands meanwhile.
#[utoipa::path(operation_id = "acceptRoleSwap", tag = "Rotation",
    params(("role_swap_id" = Uuid, Path, description = "Which swap."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The swap, accepted.", body = RoleSwap),
        (status = 409, description = "It is answered or has lapsed, or a role has changed hands meanwhile.")))]
#[post("/role-swaps/:role_swap_id/accept")]
pub async fn accept(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    answer(&app, &caller, &once, id, &version, StoredSwapStatus::Accepted).await
}

/// Decline a swap
///
/// Whoever is asked may. Everything stays as it is.
#[utoipa::path(operation_id = "declineRoleSwap", tag = "Rotation",
    params(("role_swap_id" = Uuid, Path, description = "Which swap."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The swap, declined.", body = RoleSwap)))]
#[post("/role-swaps/:role_swap_id/decline")]
pub async fn decline(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    answer(&app, &caller, &once, id, &version, StoredSwapStatus::Declined).await
}

/// Withdraw a swap
///
/// Whoever asked may, until it is answered.
#[utoipa::path(operation_id = "withdrawRoleSwap", tag = "Rotation",
    params(("role_swap_id" = Uuid, Path, description = "Which swap."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The swap, withdrawn.", body = RoleSwap)))]
#[post("/role-swaps/:role_swap_id/withdraw")]
pub async fn withdraw(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    answer(&app, &caller, &once, id, &version, StoredSwapStatus::Withdrawn).await
}

async fn answer(
    app: &State,
    caller: &Caller,
    once: &Once,
    id: Id,
    version: &IfMatch,
    to: StoredSwapStatus,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let check = |current| version.check(current);
        let swap = store::answer(tx, caller, id.0, to, check, now).await?;
        Answer::ok(swap.version, &swap)
    })
    .await
}
