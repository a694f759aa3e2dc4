use actix_web::{delete, get, put};

use super::{
    schema::{Contribution, ContributionReplace, InsightFilter, Insights},
    store,
};
use crate::{
    entities::membership::Tie,
    http::{answer::Answer, body::Body, caller::Caller, conditional::IfMatch, path::Id, query::Query},
    problem::{Problem, Result},
    self_assessments,
    state::{App, State},
};

/// Get a contribution
///
/// Where a self-assessment of mine counts.
#[utoipa::path(operation_id = "getContribution", tag = "Insights",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment.")),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The contribution.", body = Contribution),
        (status = 404, description = "It counts nowhere.")))]
#[get("/self-assessments/:self_assessment_id/contribution")]
pub async fn get_contribution(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let row = store::contribution_of(app.db.read(), caller.account_id, id.0).await?;
    Answer::ok(row.version, &Contribution::from(row))
}

/// Contribute a self-assessment
///
/// A completed one of mine counts in the anonymous aggregate of one organization or consultation group of which I am a
/// member, in the quarter in which it was completed, as long as that is not over.
#[utoipa::path(operation_id = "replaceContribution", tag = "Insights",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    request_body = ContributionReplace, security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 200, description = "The contribution as it now stands.", body = Contribution),
        (status = 201, description = "The contribution.", body = Contribution),
        (status = 409, description = "It is not completed, or its quarter is over.")))]
#[put("/self-assessments/:self_assessment_id/contribution")]
pub async fn contribute(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<ContributionReplace>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (row, is_new) = store::contribute(tx, &caller, id.0, &version, &body.0, now).await?;
            let (version, contribution) = (row.version, Contribution::from(row));
            match is_new {
                true => Answer::created(format!("/v1/self-assessments/{}/contribution", id.0), version, &contribution),
                false => Answer::ok(version, &contribution),
            }
        })
        .await
}

/// Withdraw a contribution
///
/// The self-assessment counts nowhere. What a quarter came to stays, but is told of no more once fewer than five of those
/// who contributed to it are left.
#[utoipa::path(operation_id = "withdrawContribution", tag = "Insights",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment."), IfMatch),
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 204, description = "It counts nowhere."), (status = 404, description = "It counted nowhere.")))]
#[delete("/self-assessments/:self_assessment_id/contribution")]
pub async fn withdraw(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let row = store::contribution_of(tx, caller.account_id, id.0).await?;
            version.check(row.version)?;
            self_assessments::store::withdraw_contribution(tx, row.self_assessment_id).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Get the insights of an organization
///
/// What the self-assessments that its members contribute come to, for members. It tells of nobody, and of no fewer than five
/// others than me.
#[utoipa::path(operation_id = "getOrganizationInsights", tag = "Insights",
    params(("organization_id" = Uuid, Path, description = "Which organization."), InsightFilter),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The insights.", body = Insights)))]
#[get("/organizations/:organization_id/insights")]
pub async fn of_organization(app: App, caller: Caller, id: Id, filter: Query<InsightFilter>) -> Result<Answer> {
    insights(&app, &caller, Tie::Organization(id.0), &filter.0).await
}

/// Get the insights of a consultation group
///
/// What the self-assessments that its members contribute come to, for members. It tells of nobody, and of no fewer than five
/// others than me: a group of five or fewer never gets one on itself.
#[utoipa::path(operation_id = "getConsultationGroupInsights", tag = "Insights",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), InsightFilter),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The insights.", body = Insights)))]
#[get("/consultation-groups/:consultation_group_id/insights")]
pub async fn of_group(app: App, caller: Caller, id: Id, filter: Query<InsightFilter>) -> Result<Answer> {
    insights(&app, &caller, Tie::ConsultationGroup(id.0), &filter.0).await
}

async fn insights(app: &State, caller: &Caller, tie: Tie, filter: &InsightFilter) -> Result<Answer> {
    let belongs = store::belongs_to(app.db.read(), caller, tie, app.clock.now()).await?;
    Problem::forbid_unless(belongs, "a member may read what the self-assessments of its members come to")?;
    let told: Insights = store::told(app, caller.account_id, tie, filter).await?;
    Answer::plain(&told)
}
