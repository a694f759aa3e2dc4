use actix_web::get;

use super::{schema::Fairness, store};
use crate::{
    consultation_groups::store::of_member,
    http::{answer::Answer, caller::Caller, path::Id},
    problem::Result,
    state::App,
};

pub mod meetings;
pub mod queue;
pub mod swaps;

/// Get the fairness of a group
///
/// How often each active member has led and presented in the last twelve months, and whether that goes round. Its
/// members may.
#[utoipa::path(operation_id = "getFairness", tag = "Rotation",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The counts.", body = Fairness)))]
#[get("/consultation-groups/:consultation_group_id/fairness")]
pub async fn fairness(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, _) = of_member(db, &caller, id.0, now).await?;
    Answer::plain(&store::fairness(db, &group, now).await?)
}
