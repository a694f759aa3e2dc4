use actix_web::get;

use super::{schema::Recommendations, store};
use crate::{
    http::{answer::Answer, caller::Caller},
    problem::Result,
    state::App,
};

/// Get my recommendations
///
/// From my latest Challenge Check that I have not voided: the challenges that weigh on me, the heaviest first, each with why
/// it may ease, the avenues that may ease it, and up to three groups, three organizations and three coming events that I
/// could join today. To follow one, plan an action with its avenue and its challenge (`createSupportAction`).
///
/// What is missing for more stands in `needs`: without a Challenge Check there is nothing to recommend yet, and without a
/// profile no group can be matched.
#[utoipa::path(operation_id = "getRecommendations", tag = "Recommendations",
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "What I could do, and what it rests on.", body = Recommendations)))]
#[get("/recommendations")]
pub async fn get(app: App, caller: Caller) -> Result<Answer> {
    let check = store::latest_check(&app, caller.account_id).await?;
    Answer::plain(&store::recommend(&app, caller.account_id, check).await?)
}
