use actix_web::delete;

use super::store;
use crate::{
    http::{answer::Answer, caller::Caller, conditional::IfMatch},
    problem::Result,
    state::App,
};

/// Delete my account
///
/// At once and for good. My profile, licences, hours, sessions, blocks, invitations, calendar feeds and registrations for events are
/// gone;
/// certificates that are good go on being so, without a trace of me; my memberships end, and my seats and places go to
/// whoever waits. Where I am the last owner, the longest-serving steward of the organization, or facilitator or else
/// member of the group, follows me; drafts of groups are gone. What others keep stays, under "Former member".
#[utoipa::path(
    operation_id = "deleteMe", tag = "Accounts", params(IfMatch), security(("bearerAuth" = ["account:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/me")]
pub async fn erase_me(app: App, caller: Caller, version: IfMatch) -> Result<Answer> {
    store::erase(&app, &caller, &version).await?;
    app.mail_waits.notify_one();
    Ok(Answer::no_content())
}
