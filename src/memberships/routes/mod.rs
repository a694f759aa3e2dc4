mod seats;

pub use seats::{join_group, roster_of_group, sign};

use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};

use super::{
    rules::{self, Case, Next, Reason, Refusal},
    schema::{
        Membership, MembershipConfirmation, MembershipCreate, MembershipDecline, MembershipDeparture, MembershipFilter,
        MembershipLeaveStart, MembershipPage, MembershipPatch, MembershipRemoval, MembershipSuspension, RosterFilter,
    },
    store::{self, HeldPlace, Seen},
};
use crate::{
    entities::membership::Tie,
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
    organizations,
    problem::{Problem, ProblemCode, Result},
    state::App,
};

/// List my memberships
///
/// Open ones and ended ones, oldest first unless `sort` says otherwise.
#[utoipa::path(operation_id = "listMyMemberships", tag = "Memberships", params(PageParams, MembershipFilter),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = MembershipPage)))]
#[get("/memberships")]
pub async fn list_mine(
    app: App,
    caller: Caller,
    filter: Query<MembershipFilter>,
    paging: Paging,
) -> Result<Page<Membership>> {
    let now = app.clock.now();
    let rows = store::list_mine(app.db.read(), caller.account_id, &filter.0, now, &paging.0).await?;
    paging.page(&app, rows, |seen| seen.at(now))
}

/// Join an organization
///
/// The membership is active at once where the organization is open or where memberships are self-reported, and waits
/// for a decision where it approves members.
#[utoipa::path(operation_id = "createMembership", tag = "Memberships",
    params(("organization_id" = Uuid, Path, description = "Which organization.")),
    request_body = MembershipCreate, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 201, description = "The membership.", body = Membership)))]
#[post("/organizations/:organization_id/memberships")]
pub async fn join(app: App, caller: Caller, once: Once, id: Id, body: Body<MembershipCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (organization, standing) =
            organizations::store::visible_to(tx, &caller.clone().into(), id.0, now.date_naive()).await?;
        let terms = store::chosen_type(tx, Some(organization.id), body.0.membership_type_id).await?;
        let tie = Tie::Organization(organization.id);
        let latest = store::open_of(tx, caller.account_id, tie).await?;
        let blank = store::blank(tx, caller.account_id, tie, terms, now).await?;
        let held = store::application(blank, HeldPlace::organization(organization, standing));
        let next = rules::join(&held.case(now), latest.as_ref(), body.0.clone().into())?;
        answer_new(store::begin(tx, held.seen, next, caller.account_id, now).await?, now)
    })
    .await
}

/// List the roster of an organization
///
/// For its owners and stewards, and for moderators.
#[utoipa::path(operation_id = "listOrganizationMemberships", tag = "Memberships",
    params(("organization_id" = Uuid, Path, description = "Which organization."), PageParams, RosterFilter),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = MembershipPage)))]
#[get("/organizations/:organization_id/memberships")]
pub async fn roster(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<RosterFilter>,
    paging: Paging,
) -> Result<Page<Membership>> {
    let (now, visitor) = (app.clock.now(), caller.into());
    let (organization, standing) =
        organizations::store::visible_to(app.db.read(), &visitor, id.0, now.date_naive()).await?;
    if !standing.runs_roster() {
        return Err(Problem::new(ProblemCode::Forbidden, "an owner, a steward or a moderator may read the roster"));
    }
    let rows = store::roster(app.db.read(), organization.id, &filter.0, now, &paging.0).await?;
    paging.page(&app, rows, |seen| seen.at(now))
}

/// Get a membership
///
/// Mine, or one of a roster that I run. In a consultation group, members see who sits there.
#[utoipa::path(operation_id = "getMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership.")),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "The membership.", body = Membership)))]
#[get("/memberships/:membership_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let now = app.clock.now();
    answer(store::visible_to(app.db.read(), &caller, id.0, now).await?, now)
}

/// Change a membership
///
/// Owners decide the role; those who run the roster change the rest; where memberships are self-reported, their holders
/// change category, number and dates. Other dates or another category have to be checked anew.
#[utoipa::path(operation_id = "updateMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body(content = MembershipPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership),
        (status = 409, description = "It has ended, or it is the last owner's.")))]
#[patch("/memberships/:membership_id")]
pub async fn update(app: App, caller: Caller, id: Id, version: IfMatch, body: Body<MembershipPatch>) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let held = store::to_change(tx, &caller, id.0, now).await?;
            version.check(held.seen.membership.version)?;
            let changes = store::to_changes(tx, &held, &body.0).await?;
            let next = rules::amend(&held.case(now), changes)?;
            answer(store::apply(tx, &app, held, next, caller.account_id, now).await?, now)
        })
        .await
}

/// Approve a request to join
///
/// Those who run the roster may. In an organization the term of the membership's type begins today; in a consultation
/// group the applicant gets a free seat to sign for, or a place on the waitlist.
#[utoipa::path(operation_id = "approveMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/approve")]
pub async fn approve(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, rules::approve).await
}

/// Decline a request to join
///
/// Those who run the roster may. The applicant reads the reason as `decision_note`, and can ask again after 30 days.
#[utoipa::path(operation_id = "declineMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipDecline, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/decline")]
pub async fn decline(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipDecline>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, |case| {
        rules::decline(case, Reason::new(&body.0.reason, body.0.reason_code))
    })
    .await
}

/// Withdraw my request to join
///
/// While nobody has decided, while I wait for a seat, or instead of signing the agreement.
#[utoipa::path(operation_id = "withdrawMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/withdraw")]
pub async fn withdraw(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, rules::withdraw).await
}

/// Go on leave
///
/// For at most 180 days; the membership is active again by itself after `until`. The last owner stays.
#[utoipa::path(operation_id = "startMembershipLeave", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipLeaveStart, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/start-leave")]
pub async fn start_leave(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipLeaveStart>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, |case| rules::start_leave(case, body.0.until)).await
}

/// Come back from leave
///
/// Before its last day.
#[utoipa::path(operation_id = "endMembershipLeave", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/end-leave")]
pub async fn end_leave(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, rules::end_leave).await
}

/// Suspend a member
///
/// Owners and moderators may for at most 90 days, stewards and facilitators for 14 and not an owner. The membership is active again by
/// itself after `until`; meanwhile its holder can only leave.
#[utoipa::path(operation_id = "suspendMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipSuspension, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/suspend")]
pub async fn suspend(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipSuspension>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, |case| {
        rules::suspend(case, body.0.until, Reason::new(&body.0.reason, body.0.reason_code))
    })
    .await
}

/// Lift a suspension
///
/// Who may suspend the member may.
#[utoipa::path(operation_id = "reinstateMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/reinstate")]
pub async fn reinstate(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, rules::reinstate).await
}

/// Leave an organization or group
///
/// The last owner names a successor, who becomes owner in the same moment.
#[utoipa::path(operation_id = "leaveMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipDeparture, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership, ended.", body = Membership)))]
#[post("/memberships/:membership_id/leave")]
pub async fn leave(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipDeparture>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let held = store::to_change(tx, &caller, id.0, now).await?;
        version.check(held.seen.membership.version)?;
        let successor = match body.0.successor_id {
            Some(successor) => Some(store::successor(tx, &held, successor).await?),
            None => None,
        };
        let heir = successor.as_ref().map(|seen| &seen.membership);
        let (left, succeeded) = rules::leave(&held.case(now), heir)?;
        if let Some((seen, next)) = successor.zip(succeeded) {
            store::write(tx, seen, next, caller.account_id, now).await?;
        }
        answer(store::apply(tx, &app, held, left, caller.account_id, now).await?, now)
    })
    .await
}

/// Remove a member
///
/// Owners and moderators may. An owner is removed only while another remains. What the member offered in the
/// organization's name is revoked.
#[utoipa::path(operation_id = "removeMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipRemoval, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/remove")]
pub async fn remove(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipRemoval>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, |case| {
        rules::remove(case, Reason::new(&body.0.reason, body.0.reason_code))
    })
    .await
}

/// Note that a membership was checked
///
/// Those who run the roster may, for others than themselves.
#[utoipa::path(operation_id = "confirmMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = MembershipConfirmation, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/confirm")]
pub async fn confirm(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MembershipConfirmation>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, |case| rules::confirm(case, body.0.verification.into())).await
}

/// Renew a membership
///
/// Its holder may, and those who run the roster. Before its grace is over the length of its type is added to the old end;
/// later a new term begins today. The new dates have to be checked anew.
#[utoipa::path(operation_id = "renewMembership", tag = "Memberships",
    params(("membership_id" = Uuid, Path, description = "Which membership."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership as it now stands.", body = Membership)))]
#[post("/memberships/:membership_id/renew")]
pub async fn renew(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, rules::renew).await
}

/// One transition, decided by `decide`.
async fn change(
    app: &App,
    caller: &Caller,
    once: &Once,
    id: Id,
    version: &IfMatch,
    decide: impl Fn(&Case) -> std::result::Result<Next, Refusal>,
) -> Result<Answer> {
    let now = app.clock.now();
    let changed = once
        .write(async |tx| {
            let held = store::to_change(tx, caller, id.0, now).await?;
            version.check(held.seen.membership.version)?;
            let next = decide(&held.case(now))?;
            answer(store::apply(tx, app, held, next, caller.account_id, now).await?, now)
        })
        .await;
    app.mail_waits.notify_one();
    changed
}

fn answer(seen: Seen, now: DateTime<Utc>) -> Result<Answer> {
    Answer::ok(seen.membership.version, &seen.at(now))
}

fn answer_new(seen: Seen, now: DateTime<Utc>) -> Result<Answer> {
    let (location, version) = (format!("/v1/memberships/{}", seen.membership.id), seen.membership.version);
    Answer::created(location, version, &seen.at(now))
}
