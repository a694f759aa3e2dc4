use actix_web::get;

use super::{
    schema::{AuditEvent, AuditEventFilter, AuditEventPage, AuditVerification, AuditVerificationFilter},
    store,
};
use crate::{
    http::{
        answer::Answer,
        caller::Caller,
        page::{Page, PageParams, Paging},
        query::Query,
    },
    problem::Result,
    state::App,
};

/// List audit events
///
/// Newest first: those that I caused or that concern me; with `organization_id` all of an organization that I run, with
/// `consultation_group_id` all of a group that I own. Moderators see those of the whole platform; those of a group while
/// it is reported or has no owner.
#[utoipa::path(operation_id = "listAuditEvents", tag = "Audit", params(PageParams, AuditEventFilter),
    security(("bearerAuth" = ["audit:read"])),
    responses((status = 200, description = "One page.", body = AuditEventPage)))]
#[get("/audit-events")]
pub async fn list(
    app: App,
    caller: Caller,
    filter: Query<AuditEventFilter>,
    paging: Paging,
) -> Result<Page<AuditEvent>> {
    let rows = store::list(app.db.read(), &caller, &filter.0, app.clock.now(), &paging.0).await?;
    paging.page(&app, rows, AuditEvent::from)
}

/// Verify a chain of audit events
///
/// Each event holds the hash of the one before it, so a change shows. It checks my own chain, that of an organization for
/// those who run it and for moderators, or that of a consultation group for its owners, and for moderators while it is
/// reported or has no owner.
#[utoipa::path(operation_id = "verifyAuditEvents", tag = "Audit", params(AuditVerificationFilter),
    security(("bearerAuth" = ["audit:read"])),
    responses((status = 200, description = "What was found.", body = AuditVerification),
        (status = 404, description = "There is no such trail that I may read.")))]
#[get("/audit-events/verify")]
pub async fn verify(app: App, caller: Caller, filter: Query<AuditVerificationFilter>) -> Result<Answer> {
    let from = filter.0.from_sequence.unwrap_or(1);
    let chain = store::chain_of(app.db.read(), &caller, &filter.0, app.clock.now()).await?;
    Answer::plain(&store::verify(app.db.read(), &chain, from).await?)
}
