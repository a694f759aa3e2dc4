use actix_web::{HttpRequest, HttpResponse, Responder, get};

use crate::{
    http::{accept::Accept, answer::Answer, caller::Caller, path::Id, query::Query},
    problem::{Problem, Result},
    self_assessments::{
        rules::trends::Taken,
        schema::{
            chart, fhir,
            trends::{TrendFilter, Trends},
        },
        store,
    },
    state::App,
};

/// See how my scores change
///
/// The scores of one instrument, oldest first, voided ones left out, with what each change means. `Accept: image/svg+xml`
/// draws them, the bands shaded.
#[utoipa::path(operation_id = "getSelfAssessmentTrends", tag = "Self Assessments", params(TrendFilter),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The trend of each scale.",
        content((Trends = "application/json"), (chart::Picture = "image/svg+xml")))))]
#[get("/self-assessments/trends")]
pub async fn trends(
    app: App,
    caller: Caller,
    request: HttpRequest,
    accept: Accept,
    filter: Query<TrendFilter>,
) -> Result<HttpResponse> {
    let instrument = app.instruments.newest(&filter.0.instrument).ok_or_else(|| {
        let detail = "must be the key of one of /v1/instruments";
        Problem::invalid_parameter("instrument", "unknown_instrument", detail)
    })?;
    let opened = store::trend(&app, caller.account_id, &instrument.key).await?;
    let taken: Vec<_> = opened.iter().filter_map(Taken::of).collect();
    let trends = Trends::new(instrument, &taken);
    match accept.prefers("image/svg+xml", "application/json") {
        true => Ok(HttpResponse::Ok().content_type("image/svg+xml").body(chart::draw(&trends))),
        false => Ok(Answer::plain(&trends)?.respond_to(&request)),
    }
}

/// Export a self-assessment as FHIR
///
/// A FHIR R4 Bundle of a QuestionnaireResponse and, once it was submitted, an Observation for each scale. Nobody is named
/// in it.
#[utoipa::path(operation_id = "exportSelfAssessmentFhir", tag = "Self Assessments",
    params(("self_assessment_id" = Uuid, Path, description = "Which self-assessment.")),
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The Bundle.", body = fhir::FhirBundle, content_type = "application/fhir+json")))]
#[get("/self-assessments/:self_assessment_id/fhir")]
pub async fn export_fhir(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let row = store::own(app.db.read(), caller.account_id, id.0).await?;
    let opened = store::open(&app, caller.account_id, vec![row]).await?.pop().ok_or_else(Problem::not_found)?;
    Answer::fhir(&fhir::bundle(&opened, &app.config.public_url(), app.clock.now()))
}
