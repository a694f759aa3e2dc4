use actix_web::{delete, get, patch, post};

use super::{
    rules,
    schema::{
        SelfAssessment, SelfAssessmentCreate, SelfAssessmentFilter, SelfAssessmentPage, SelfAssessmentPatch,
        SelfAssessmentVoid,
    },
    store::{self, Owner},
};
use crate::{
    entities::self_assessment::{self, StoredStatus},
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        conditional::IfMatch,
        idempotency::{self, Once},
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::{Problem, Result},
    psychometrics::Response,
    state::{App, State},
};

pub mod results;
pub mod schedule;
pub mod shares;

/// List my self-assessments
///
/// Newest first, with their results, without their answers. Nobody else sees them.
#[utoipa::path(operation_id = "listSelfAssessments", tag = "Self Assessments", params(PageParams, SelfAssessmentFilter),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "One page.", body = SelfAssessmentPage)))]
#[get("/self-assessments")]
pub async fn list(
    app: App,
    caller: Caller,
    filter: Query<SelfAssessmentFilter>,
    paging: Paging,
) -> Result<Page<SelfAssessment>> {
    let now = app.clock.now();
    let found = store::list(app.db.read(), caller.account_id, &filter.0, now, &paging.0).await?;
    let rows = store::open(&app, caller.account_id, found.rows).await?;
    paging.page(&app, crate::db::page::Rows { rows, next: found.next, total: found.total }, |opened| {
        SelfAssessment::item(opened, now)
    })
}

/// Start a self-assessment
///
/// Or take it whole in one call, with `submit`. One that is started can be finished within seven days. What is answered is
/// pinned to this version of the instrument. An instrument can be taken at any time; `next_from` says from when on it tells
/// something new.
#[utoipa::path(operation_id = "createSelfAssessment", tag = "Self Assessments", request_body = SelfAssessmentCreate,
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 201, description = "The self-assessment.", body = SelfAssessment),
        (status = 404, description = "The retry of a request that made what has been deleted since.")))]
#[post("/self-assessments")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<SelfAssessmentCreate>) -> Result<Answer> {
    let (form, owner) = (store::form(&app, &body.0).await?, store::owner(&app, caller.account_id).await?);
    let now = app.clock.now();
    once.write(async |tx| {
        let (row, response) = store::create(tx, &app, caller.account_id, &form, &body.0, now).await?;
        let (location, version) = (format!("/v1/self-assessments/{}", row.id), row.version);
        let opened = owner.sees(&app, row, response);
        Ok(Answer::created(location, version, &SelfAssessment::whole(opened, now))?.private())
    })
    .await
}

/// Get a self-assessment
///
/// One of mine, with its answers. Or one that is shared with me, as much of it as the share says: its owner sees that I
/// read it.
#[utoipa::path(operation_id = "getSelfAssessment", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment.")),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The self-assessment.", body = SelfAssessment)))]
#[get("/self-assessments/:self_assessment_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (version, seen) = match store::find_own(app.db.read(), caller.account_id, id.0).await? {
        Some(row) => {
            let opened = store::open(&app, caller.account_id, vec![row]).await?.pop().ok_or_else(Problem::not_found)?;
            (opened.row.version, SelfAssessment::whole(opened, app.clock.now()))
        }
        None => store::shares::read(&app, caller.account_id, id.0).await?,
    };
    Answer::ok(version, &seen)
}

/// Save answers
///
/// Those that are named are added, changed or, with null, taken back, while it is in progress.
#[utoipa::path(operation_id = "updateSelfAssessment", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    request_body(content = SelfAssessmentPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 200, description = "The self-assessment as it now stands.", body = SelfAssessment),
        (status = 409, description = "It is completed, voided or expired.")))]
#[patch("/self-assessments/:self_assessment_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<SelfAssessmentPatch>,
) -> Result<Answer> {
    let (now, owner) = (app.clock.now(), store::owner(&app, caller.account_id).await?);
    app.db
        .write(async |tx| {
            let mut draft = store::draft(tx, &app, caller.account_id, id.0).await?;
            version.check(draft.row.version)?;
            rules::may_answer(draft.row.status_at(now))?;
            let instrument = draft.instrument(&app)?;
            store::merge(&instrument, &mut draft.response, &body.0.answers)?;
            answer(&app, &owner, draft.save(tx, now).await?)
        })
        .await
}

/// Submit a self-assessment
///
/// It is scored, and its answers never change from then on. A scale without enough answers has no score; the others are
/// scored all the same.
#[utoipa::path(operation_id = "submitSelfAssessment", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 200, description = "The self-assessment, with its result.", body = SelfAssessment)))]
#[post("/self-assessments/:self_assessment_id/submit")]
pub async fn submit(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let (now, owner) = (app.clock.now(), store::owner(&app, caller.account_id).await?);
    once.write(async |tx| {
        let mut draft = store::draft(tx, &app, caller.account_id, id.0).await?;
        version.check(draft.row.version)?;
        rules::may_answer(draft.row.status_at(now))?;
        let outcome = draft.instrument(&app)?.score(&draft.response.answers)?;
        draft.response.outcome = Some(outcome);
        (draft.row.status, draft.row.completed_at) = (StoredStatus::Completed, Some(now));
        answer(&app, &owner, draft.save(tx, now).await?)
    })
    .await
}

/// Void a self-assessment
///
/// A completed one is taken out of trends and of what follows from it, and counts nowhere. It stays, with its answers.
#[utoipa::path(operation_id = "voidSelfAssessment", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    request_body = SelfAssessmentVoid, security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 200, description = "The self-assessment, voided.", body = SelfAssessment)))]
#[post("/self-assessments/:self_assessment_id/void")]
pub async fn void(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<SelfAssessmentVoid>,
) -> Result<Answer> {
    let (now, owner) = (app.clock.now(), store::owner(&app, caller.account_id).await?);
    once.write(async |tx| {
        let mut draft = store::draft(tx, &app, caller.account_id, id.0).await?;
        version.check(draft.row.version)?;
        rules::may_void(draft.row.status_at(now))?;
        draft.response.void_reason = Some(body.0.reason.clone());
        (draft.row.status, draft.row.voided_at) = (StoredStatus::Voided, Some(now));
        store::withdraw_contribution(tx, id.0).await?;
        answer(&app, &owner, draft.save(tx, now).await?)
    })
    .await
}

/// Erase a self-assessment
///
/// For good, whatever its state: its answers, its result, and who it was shared with. A retry of a request that answered it
/// is answered 404.
#[utoipa::path(operation_id = "deleteSelfAssessment", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/self-assessments/:self_assessment_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let row = store::own(tx, caller.account_id, id.0).await?;
            version.check(row.version)?;
            store::delete(tx, row.id).await?;
            idempotency::forget_about(&app, tx, caller.account_id, row.id).await?;
            Ok(Answer::no_content())
        })
        .await
}

fn answer(app: &State, owner: &Owner, (row, response): (self_assessment::Model, Response)) -> Result<Answer> {
    let version = row.version;
    let seen = SelfAssessment::whole(owner.sees(app, row, response), app.clock.now());
    Ok(Answer::ok(version, &seen)?.private())
}
