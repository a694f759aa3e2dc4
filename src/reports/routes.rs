use actix_web::{delete, get, post};

use super::{
    rules::{self, Decision, Sight},
    schema::{Report, ReportConclusion, ReportCreate, ReportFilter, ReportPage},
    store,
};
use crate::{
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
    state::App,
};

/// List reports
///
/// Newest first: those that I wrote; for moderators all, but none that touches themselves.
#[utoipa::path(operation_id = "listReports", tag = "Reports", params(PageParams, ReportFilter),
    security(("bearerAuth" = ["reports:read"])),
    responses((status = 200, description = "One page.", body = ReportPage)))]
#[get("/reports")]
pub async fn list(app: App, caller: Caller, filter: Query<ReportFilter>, paging: Paging) -> Result<Page<Report>> {
    let rows = store::list(app.db.read(), &caller, &filter.0, app.clock.now(), &paging.0).await?;
    paging.page(&app, rows, Report::from)
}

/// Report something
///
/// An account, a consultation group or an organization that you may see. Moderators read it; whom it is about learns
/// neither of it nor of you. A group that is reported is open to moderators until they have decided.
#[utoipa::path(operation_id = "createReport", tag = "Reports", request_body = ReportCreate,
    security(("bearerAuth" = ["reports:write"])),
    responses((status = 201, description = "The report.", body = Report),
        (status = 409, description = "`already_reported`: a report of yours on this for this reason is not decided.")))]
#[post("/reports")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<ReportCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let row = store::create(tx, &caller, &body.0, now).await?;
        Answer::created(format!("/v1/reports/{}", row.id), row.version, &Report::from(row))
    })
    .await
}

/// Get a report
///
/// One that I wrote, with what became of it. Moderators also see who decided what and why.
#[utoipa::path(operation_id = "getReport", tag = "Reports",
    params(("report_id" = Uuid, Path, description = "Which report.")),
    security(("bearerAuth" = ["reports:read"])),
    responses((status = 200, description = "The report.", body = Report)))]
#[get("/reports/:report_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let db = app.db.read();
    let (row, sight) = store::visible_to(db, &caller, id.0, app.clock.now()).await?;
    let (id, version, report) = (row.id, row.version, Report::from(row));
    match sight {
        Sight::Reporter => Answer::ok(version, &report),
        Sight::Moderator => Answer::ok(version, &report.with_decisions(store::decisions(db, id).await?)),
    }
}

/// Withdraw a report
///
/// Whoever wrote it may, until a moderator looks into it.
#[utoipa::path(operation_id = "withdrawReport", tag = "Reports",
    params(("report_id" = Uuid, Path, description = "Which report."), IfMatch),
    security(("bearerAuth" = ["reports:write"])),
    responses((status = 204, description = "It is gone."), (status = 409, description = "It is not open any more.")))]
#[delete("/reports/:report_id")]
pub async fn withdraw(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (report, sight) = store::visible_to(tx, &caller, id.0, now).await?;
            version.check(report.version)?;
            rules::withdraw(&report, sight)?;
            store::withdraw(tx, &caller, &report, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Review a report
///
/// A moderator looks into it. Nobody decides about a report that they wrote or that touches them.
#[utoipa::path(operation_id = "reviewReport", tag = "Reports",
    params(("report_id" = Uuid, Path, description = "Which report."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["reports:write"])),
    responses((status = 200, description = "The report, in review.", body = Report)))]
#[post("/reports/:report_id/review")]
pub async fn review(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    decide(&app, &caller, &once, id, &version, Decision::Review).await
}

/// Resolve a report
///
/// A moderator has done something about it.
#[utoipa::path(operation_id = "resolveReport", tag = "Reports",
    params(("report_id" = Uuid, Path, description = "Which report."), IfMatch),
    request_body = ReportConclusion, security(("bearerAuth" = ["reports:write"])),
    responses((status = 200, description = "The report, resolved.", body = Report)))]
#[post("/reports/:report_id/resolve")]
pub async fn resolve(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<ReportConclusion>,
) -> Result<Answer> {
    decide(&app, &caller, &once, id, &version, Decision::Resolve(body.0.note)).await
}

/// Dismiss a report
///
/// A moderator finds that nothing is to be done about it.
#[utoipa::path(operation_id = "dismissReport", tag = "Reports",
    params(("report_id" = Uuid, Path, description = "Which report."), IfMatch),
    request_body = ReportConclusion, security(("bearerAuth" = ["reports:write"])),
    responses((status = 200, description = "The report, dismissed.", body = Report)))]
#[post("/reports/:report_id/dismiss")]
pub async fn dismiss(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<ReportConclusion>,
) -> Result<Answer> {
    decide(&app, &caller, &once, id, &version, Decision::Dismiss(body.0.note)).await
}

/// One decision of a moderator.
async fn decide(
    app: &App,
    caller: &Caller,
    once: &Once,
    id: Id,
    version: &IfMatch,
    decision: Decision,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (report, sight) = store::visible_to(tx, caller, id.0, now).await?;
        version.check(report.version)?;
        let decided = rules::after(&report, sight, &decision, now)?;
        let decided = store::decide(tx, caller, decided, &decision, now).await?;
        let (id, version) = (decided.id, decided.version);
        Answer::ok(version, &Report::from(decided).with_decisions(store::decisions(tx, id).await?))
    })
    .await
}
