use actix_web::{get, post};

use super::{answer, answer_new};
use crate::{
    consultation_groups,
    entities::membership::Tie,
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    memberships::{
        rules,
        schema::{AgreementSigning, Membership, MembershipPage, SeatFilter, SeatRequest},
        store::{self, HeldPlace},
    },
    problem::{Problem, Result},
    state::App,
};

/// Ask for a seat in a consultation group
///
/// Where the group is open you get a free seat at once, to sign for within 14 days; where it approves members the
/// request waits for a decision. When no seat is free you are on the waitlist.
#[utoipa::path(operation_id = "joinConsultationGroup", tag = "Memberships",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    request_body = SeatRequest, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 201, description = "The membership.", body = Membership)))]
#[post("/consultation-groups/:consultation_group_id/memberships")]
pub async fn join_group(app: App, caller: Caller, once: Once, id: Id, body: Body<SeatRequest>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let visitor = caller.clone().into();
        let (group, standing) = consultation_groups::store::visible_to(tx, &visitor, id.0, now).await?;
        consultation_groups::store::offer_free_seats(tx, &app, &group, now).await?;
        let tie = Tie::ConsultationGroup(group.id);
        let latest = store::open_of(tx, caller.account_id, tie).await?;
        let applicant = store::applicant(tx, caller.account_id, group.id, &body.0, now).await?;
        let blank = store::blank(tx, caller.account_id, tie, None, now).await?;
        let held = store::application(blank, HeldPlace::group(tx, group, standing, now).await?);
        let next = rules::request_seat(&held.case(now), latest.as_ref(), applicant)?;
        answer_new(store::begin(tx, held.seen, next, caller.account_id, now).await?, now)
    })
    .await
}

/// List the seats of a consultation group
///
/// Its members see who sits there; its owners and facilitators also who asks, waits and has left; those who run the
/// organization that it belongs to see who asks. Others see counts, on the card of the group.
#[utoipa::path(operation_id = "listConsultationGroupMemberships", tag = "Memberships",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, SeatFilter),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = MembershipPage)))]
#[get("/consultation-groups/:consultation_group_id/memberships")]
pub async fn roster_of_group(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<SeatFilter>,
    paging: Paging,
) -> Result<Page<Membership>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, standing) = consultation_groups::store::visible_to(db, &caller.into(), id.0, now).await?;
    let allowed = standing.sees_roster() || standing.admits();
    Problem::forbid_unless(allowed, "a member of the group may read who sits in it")?;
    let rows = store::seats(db, group.id, &standing, &filter.0, now, &paging.0).await?;
    paging.page(&app, rows, |seen| seen.at(now))
}

/// Sign the agreement of a consultation group
///
/// With the number and the hash of the agreement in force, which show that it is the one that was read; another one is
/// 409 `agreement_changed`. Signing gives the seat that awaits it, and lifts the restriction of a member who had not
/// signed a newer version in time. Signatures are never changed.
#[utoipa::path(operation_id = "signMembershipAgreement", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = AgreementSigning, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/sign")]
pub async fn sign(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<AgreementSigning>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let held = store::to_change(tx, &caller, id.0, now).await?;
        version.check(held.seen.membership.version)?;
        let (number, sha256, agreement_id) = store::agreement_in_force(tx, &held.place).await?;
        let signed = (body.0.agreement_version, body.0.sha256.as_str());
        let next = rules::sign(&held.case(now), (number, &sha256), signed)?;
        store::keep_signature(tx, &next.membership, agreement_id, &body.0, now).await?;
        answer(store::apply(tx, &app, held, next, caller.account_id, now).await?, now)
    })
    .await
}
