use actix_web::{delete, get, post};

use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::Result,
    self_assessments::{
        schema::shares::{
            SelfAssessmentShare, SelfAssessmentShareCreate, SelfAssessmentShareFilter, SelfAssessmentSharePage,
            SelfAssessmentShareRead, SelfAssessmentShareReadPage,
        },
        store::{self, shares},
    },
    state::App,
};

/// Share a self-assessment
///
/// A completed one of mine, with one account, for a while. They read it with `getSelfAssessment`, no more of it than the
/// scope says, and I see when they did. Sharing it again with the same account puts the new grant in the place of the old.
#[utoipa::path(operation_id = "createSelfAssessmentShare", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment.")),
    request_body = SelfAssessmentShareCreate, security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 201, description = "The grant.", body = SelfAssessmentShare)))]
#[post("/self-assessments/:self_assessment_id/shares")]
pub async fn create(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    body: Body<SelfAssessmentShareCreate>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let seen = shares::create(tx, caller.account_id, id.0, &body.0, now).await?;
        let (location, version) = (format!("/v1/shares/{}", seen.0.id), seen.0.version);
        Ok(Answer::created(location, version, &SelfAssessmentShare::new(seen, now))?.private())
    })
    .await
}

/// List the shares of a self-assessment
///
/// Of one of mine, newest first, also those that have ended.
#[utoipa::path(operation_id = "listSelfAssessmentShares", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), PageParams),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "One page.", body = SelfAssessmentSharePage)))]
#[get("/self-assessments/:self_assessment_id/shares")]
pub async fn list_of_one(app: App, caller: Caller, id: Id, paging: Paging) -> Result<Page<SelfAssessmentShare>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let row = store::own(db, caller.account_id, id.0).await?;
    let rows = shares::on(db, row.id, &paging.0).await?;
    paging.page(&app, rows, |seen| SelfAssessmentShare::new(seen, now))
}

/// List shares
///
/// What others let me read now, or what I let others read and let them before, newest first.
#[utoipa::path(operation_id = "listShares", tag = "Self Assessments", params(PageParams, SelfAssessmentShareFilter),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "One page.", body = SelfAssessmentSharePage)))]
#[get("/shares")]
pub async fn list(
    app: App,
    caller: Caller,
    filter: Query<SelfAssessmentShareFilter>,
    paging: Paging,
) -> Result<Page<SelfAssessmentShare>> {
    let now = app.clock.now();
    let rows =
        shares::of(app.db.read(), caller.account_id, filter.0.direction.unwrap_or_default(), now, &paging.0).await?;
    paging.page(&app, rows, |seen| SelfAssessmentShare::new(seen, now))
}

/// Get a share
///
/// One that I gave, or one that lets me read now.
#[utoipa::path(operation_id = "getShare", tag = "Self Assessments",
    params(("share_id" = Uuid, Path, description = "Which share.")),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The share.", body = SelfAssessmentShare)))]
#[get("/shares/:share_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let now = app.clock.now();
    let seen = shares::get(app.db.read(), caller.account_id, id.0, now).await?;
    Answer::ok(seen.0.version, &SelfAssessmentShare::new(seen, now))
}

/// List the reads of a share
///
/// When whom I let read a self-assessment did so, newest first.
#[utoipa::path(operation_id = "listShareReads", tag = "Self Assessments",
    params(("share_id" = Uuid, Path, description = "Which share."), PageParams),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "One page.", body = SelfAssessmentShareReadPage)))]
#[get("/shares/:share_id/reads")]
pub async fn list_reads(app: App, caller: Caller, id: Id, paging: Paging) -> Result<Page<SelfAssessmentShareRead>> {
    let db = app.db.read();
    let share = shares::given(db, caller.account_id, id.0).await?;
    paging.page(&app, shares::reads(db, share.id, &paging.0).await?, SelfAssessmentShareRead::from)
}

/// Revoke a share
///
/// From now on it cannot be read. That it was, and when, stays.
#[utoipa::path(operation_id = "revokeShare", tag = "Self Assessments",
    params(("share_id" = Uuid, Path, description = "Which share."), IfMatch),
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 204, description = "It is revoked."),
        (status = 404, description = "There is none of mine, or it was revoked before.")))]
#[delete("/shares/:share_id")]
pub async fn revoke(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let share = shares::given(tx, caller.account_id, id.0).await?;
            version.check(share.version)?;
            shares::revoke(tx, share.id, now).await?;
            Ok(Answer::no_content())
        })
        .await
}
