use actix_web::{delete, get, patch, post};

use super::{
    schema::{MembershipType, MembershipTypeCreate, MembershipTypeFilter, MembershipTypePage, MembershipTypePatch},
    store,
};
use crate::{
    entities::membership_type,
    http::{
        answer::Answer,
        body::Body,
        caller::{Caller, Visitor},
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    organizations::{self, rules::Standing},
    problem::{Problem, Result},
    state::App,
};

/// List the membership types of an organization
///
/// Everyone who sees the organization sees its terms.
#[utoipa::path(operation_id = "listMembershipTypes", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), PageParams, MembershipTypeFilter),
    security((), ("bearerAuth" = ["organizations:read"])),
    responses((status = 200, description = "One page.", body = MembershipTypePage)))]
#[get("/organizations/:organization_id/membership-types")]
pub async fn list(
    app: App,
    visitor: Visitor,
    id: Id,
    filter: Query<MembershipTypeFilter>,
    paging: Paging,
) -> Result<Page<MembershipType>> {
    let organization = organizations::store::readable_by(app.db.read(), &visitor, id.0).await?;
    let rows = store::list(app.db.read(), organization.id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, MembershipType::from)
}

/// Add a membership type
///
/// Owners and stewards of the organization and moderators may.
#[utoipa::path(operation_id = "createMembershipType", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization.")),
    request_body = MembershipTypeCreate, security(("bearerAuth" = ["organizations:write"])),
    responses((status = 201, description = "The new membership type.", body = MembershipType)))]
#[post("/organizations/:organization_id/membership-types")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<MembershipTypeCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (organization, standing) =
            organizations::store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        allow(&standing)?;
        organizations::store::refuse_archived(&organization)?;
        let row = store::create(tx, caller.account_id, organization.id, &body.0, now).await?;
        let location = format!("/v1/membership-types/{}", row.id);
        Answer::created(location, row.version, &MembershipType::from(row))
    })
    .await
}

/// Get a membership type
///
/// Everyone who sees the organization sees its terms.
#[utoipa::path(operation_id = "getMembershipType", tag = "Organizations",
    params(("membership_type_id" = Uuid, Path, description = "Which membership type.")),
    security((), ("bearerAuth" = ["organizations:read"])),
    responses((status = 200, description = "The membership type.", body = MembershipType)))]
#[get("/membership-types/:membership_type_id")]
pub async fn get(app: App, visitor: Visitor, id: Id) -> Result<Answer> {
    answer(store::visible_to(app.db.read(), &visitor, id.0, app.clock.today()).await?.0)
}

/// Change a membership type
///
/// Owners and stewards of the organization and moderators may. Terms that have been granted stay as they are; the next
/// renewal takes the new ones.
#[utoipa::path(operation_id = "updateMembershipType", tag = "Organizations",
    params(("membership_type_id" = Uuid, Path, description = "Which membership type."), IfMatch),
    request_body(content = MembershipTypePatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The membership type as it now stands.", body = MembershipType),
        (status = 409, description = "The organization has another type of this name.")))]
#[patch("/membership-types/:membership_type_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<MembershipTypePatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (row, organization, standing) =
                store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
            allow(&standing)?;
            version.check(row.version)?;
            organizations::store::refuse_archived(&organization)?;
            answer(store::update(tx, caller.account_id, row, &body.0, now).await?)
        })
        .await
}

/// Delete a membership type
///
/// Owners and stewards of the organization and moderators may, while no membership was granted on it.
#[utoipa::path(operation_id = "deleteMembershipType", tag = "Organizations",
    params(("membership_type_id" = Uuid, Path, description = "Which membership type."), IfMatch),
    security(("bearerAuth" = ["organizations:write"])),
    responses((status = 204, description = "It is gone."), (status = 409, description = "Memberships depend on it.")))]
#[delete("/membership-types/:membership_type_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (row, organization, standing) =
                store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
            allow(&standing)?;
            version.check(row.version)?;
            organizations::store::refuse_archived(&organization)?;
            store::delete(tx, caller.account_id, &row, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

fn answer(row: membership_type::Model) -> Result<Answer> {
    Answer::ok(row.version, &MembershipType::from(row))
}

fn allow(standing: &Standing) -> Result<()> {
    Problem::forbid_unless(standing.runs_roster(), "an owner, a steward or a moderator may do this")
}
