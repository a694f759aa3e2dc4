use actix_web::{delete, get, patch, post};

use super::{
    rules::{self, Standing},
    schema::{
        Organization, OrganizationCreate, OrganizationFilter, OrganizationMerge, OrganizationPage, OrganizationPatch,
        OwnerAppointment,
    },
    store,
};
use crate::{
    db::{items::Item, readers::Readers},
    entities::organization,
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::{Caller, Visitor},
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        public_answers::Public,
        query::Query,
    },
    problem::{Problem, ProblemCode, Result},
    state::App,
};

/// List organizations
///
/// Published ones, unless `status` asks for others. Proposals are seen by their proposer and by moderators.
#[utoipa::path(operation_id = "listOrganizations", tag = "Organizations", params(PageParams, OrganizationFilter),
    security((), ("bearerAuth" = ["organizations:read"])),
    responses((status = 200, description = "One page.", body = OrganizationPage)))]
#[get("/organizations")]
pub async fn list(app: App, visitor: Visitor, filter: Query<OrganizationFilter>, paging: Paging) -> Result<Page<Item>> {
    let rows = store::list(app.db.read(), &app.organization_items, &visitor, &filter.0, &paging.0).await?;
    paging.page(&app, rows, |item| item)
}

/// Propose an organization
///
/// A moderator publishes it. Until then only you and moderators see it.
#[utoipa::path(operation_id = "createOrganization", tag = "Organizations", request_body = OrganizationCreate,
    security(("bearerAuth" = ["organizations:write"])),
    responses((status = 201, description = "The proposal.", body = Organization)))]
#[post("/organizations")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<OrganizationCreate>) -> Result<Answer> {
    let now = app.clock.now();
    if body.0.parent_id.is_none() {
        let proposed = async |db: &Readers| {
            let (row, inserts) = store::create(db, caller.account_id, &body.0, now).await?;
            Ok((answer_new(row)?, inserts))
        };
        return once.insert(proposed).await;
    }
    // The parent may be merged meanwhile.
    once.write(async |tx| {
        let (row, inserts) = store::create(tx, caller.account_id, &body.0, now).await?;
        inserts.run(tx).await?;
        answer_new(row)
    })
    .await
}

/// Get an organization
///
/// One that was merged says into which.
#[utoipa::path(operation_id = "getOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization.")),
    security((), ("bearerAuth" = ["organizations:read"])),
    responses((status = 200, description = "The organization.", body = Organization)))]
#[get("/organizations/:organization_id")]
pub async fn get(app: App, visitor: Visitor, id: Id, public: Public) -> Result<Answer> {
    let row = store::shown_to(&app.db, &visitor, id.0).await?;
    let for_everyone = rules::is_visible(row.status, row.visibility, &Standing::default());
    let answer = answer(row)?;
    Ok(if for_everyone { public.keep(answer) } else { answer })
}

/// Change an organization
///
/// Its owners, its stewards and moderators may; its proposer, while it is a proposal.
#[utoipa::path(operation_id = "updateOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    request_body(content = OrganizationPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The organization as it now stands.", body = Organization),
        (status = 409, description = "Another published organization has the name, or this one is archived.")))]
#[patch("/organizations/:organization_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<OrganizationPatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (row, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
            Problem::forbid_unless(standing.may_edit(row.status), "an owner, a steward or a moderator may change it")?;
            version.check(row.version)?;
            store::refuse_archived(&row)?;
            answer(store::update(tx, caller.account_id, row, &body.0, now).await?)
        })
        .await
}

/// Withdraw a proposal
///
/// Its proposer and moderators may. What has been published is archived instead.
#[utoipa::path(operation_id = "deleteOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    security(("bearerAuth" = ["organizations:write"])),
    responses((status = 204, description = "It is gone."), (status = 409, description = "It is not a proposal.")))]
#[delete("/organizations/:organization_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (row, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
            Problem::forbid_unless(standing.may_delete(), "its proposer or a moderator may withdraw it")?;
            version.check(row.version)?;
            store::delete(tx, caller.account_id, &row, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Publish an organization
///
/// Moderators may. It publishes a proposal, or brings back what was archived; a proposer who speaks for it becomes its
/// owner.
#[utoipa::path(operation_id = "publishOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The published organization.", body = Organization)))]
#[post("/organizations/:organization_id/publish")]
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
        let (row, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        curate(&standing, &version, &row)?;
        answer(store::publish(tx, caller.account_id, row, now).await?)
    })
    .await
}

/// Archive an organization
///
/// Moderators may. It stays readable; nobody can join it any more, nor register for its events.
#[utoipa::path(operation_id = "archiveOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The archived organization.", body = Organization)))]
#[post("/organizations/:organization_id/archive")]
pub async fn archive(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (row, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        curate(&standing, &version, &row)?;
        answer(store::archive(tx, caller.account_id, row, now).await?)
    })
    .await
}

/// Merge an organization into another
///
/// Moderators may. Open memberships, membership types, events and chapters move; the old id goes on answering, with
/// `merged_into_id`.
#[utoipa::path(operation_id = "mergeOrganization", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    request_body = OrganizationMerge, security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The organization that was merged.", body = Organization)))]
#[post("/organizations/:organization_id/merge")]
pub async fn merge(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<OrganizationMerge>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let visitor: Visitor = caller.clone().into();
        let (row, standing) = store::visible_to(tx, &visitor, id.0, now.date_naive()).await?;
        curate(&standing, &version, &row)?;
        let unknown = || Problem::invalid_at("/into_id", "unknown_organization", "must be the id of an organization");
        let into =
            store::visible_to(tx, &visitor, body.0.into_id, now.date_naive()).await.map_err(|problem| match problem
                .code
            {
                ProblemCode::NotFound => unknown(),
                _ => problem,
            })?;
        answer(store::merge(tx, caller.account_id, row, into.0, now).await?)
    })
    .await
}

/// Appoint an owner
///
/// Moderators may, for a published organization that has no owner.
#[utoipa::path(operation_id = "appointOrganizationOwner", tag = "Organizations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), IfMatch),
    request_body = OwnerAppointment, security(("bearerAuth" = ["organizations:write"])),
    responses((status = 200, description = "The organization.", body = Organization)))]
#[post("/organizations/:organization_id/appoint-owner")]
pub async fn appoint_owner(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<OwnerAppointment>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (row, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        curate(&standing, &version, &row)?;
        answer(store::appoint_owner(tx, caller.account_id, row, body.0.account_id, now).await?)
    })
    .await
}

fn answer(row: organization::Model) -> Result<Answer> {
    Answer::ok(row.version, &Organization::from(row))
}

fn answer_new(row: organization::Model) -> Result<Answer> {
    Answer::created(format!("/v1/organizations/{}", row.id), row.version, &Organization::from(row))
}

fn curate(standing: &Standing, version: &IfMatch, row: &organization::Model) -> Result<()> {
    Problem::forbid_unless(standing.curates(), "a moderator may do this")?;
    version.check(row.version)
}
