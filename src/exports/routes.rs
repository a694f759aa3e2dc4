use actix_web::{Responder, get, http::header};

use super::{schema::AccountExport, store};
use crate::{
    http::{answer::Answer, caller::Caller},
    problem::Result,
    state::App,
};

/// Export everything about me
///
/// All that this service holds about me, as one document: from my account and profile to my self-assessments, and what the
/// audit trail says of me. It is as of this moment, so it has no `ETag`.
#[utoipa::path(
    operation_id = "exportMe", tag = "Accounts", security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "Everything about me.", body = AccountExport)))]
#[get("/me/export")]
pub async fn export_me(app: App, caller: Caller) -> Result<impl Responder> {
    let everything = store::everything(&app, &caller).await?;
    let answer = Answer::plain(&AccountExport::new(app.clock.now(), everything))?.without_etag();
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"support-network-export.json\"");
    Ok(answer.customize().insert_header(disposition))
}
