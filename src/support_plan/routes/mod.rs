use actix_web::get;

use super::{
    schema::{SupportAction, SupportPlan, SupportTie},
    store,
};
use crate::{
    http::{answer::Answer, caller::Caller},
    problem::Result,
    state::App,
};

pub mod actions;
pub mod log;
pub mod ties;
pub mod ways;

/// Get my support plan
///
/// At a glance: how many actions and ties there are, which are due, what holds me on each avenue, and where nothing does.
/// It is mine alone: no moderator and no administrator reads it.
#[utoipa::path(operation_id = "getSupportPlan", tag = "Support Plan", security(("bearerAuth" = ["support_plan:read"])),
    responses((status = 200, description = "My plan at a glance.", body = SupportPlan)))]
#[get("/support-plan")]
pub async fn overview(app: App, caller: Caller) -> Result<Answer> {
    let id = caller.account_id;
    let today = store::today(app.db.read(), id, app.clock.now()).await?;
    let actions = store::actions::all(&app, id).await?.into_iter();
    let actions = actions.map(|(row, content)| SupportAction::on(today, &row, content)).collect();
    let ties = store::ties::all(&app, id).await?.into_iter();
    let ties = ties.map(|(row, content)| SupportTie::on(today, &row, content)).collect();
    Answer::plain(&SupportPlan::on(today, actions, ties))
}
