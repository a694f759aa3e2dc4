use actix_web::{delete, get, post};
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    mails, rules,
    schema::{Invitation, InvitationCreate, InvitationFilter, InvitationPage},
    store::{self, Name, Seen},
};
use crate::{
    accounts::rules::email_key,
    entities::{
        invitation::{self, InvitationStatus},
        membership::{MembershipRole, Tie},
    },
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::{Caller, Visitor},
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::{Id, Word},
        query::Query,
    },
    mail,
    memberships::schema::Membership,
    problem::{Problem, Result},
    state::{App, State},
};

/// List invitations to me
///
/// Those that wait for an answer at my confirmed address.
#[utoipa::path(operation_id = "listMyInvitations", tag = "Invitations", params(PageParams),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = InvitationPage)))]
#[get("/invitations")]
pub async fn list_mine(app: App, caller: Caller, paging: Paging) -> Result<Page<Invitation>> {
    let now = app.clock.now();
    let recipient = store::recipient(app.db.read(), &caller).await?;
    let rows = store::list_mine(app.db.read(), &recipient, now, &paging.0).await?;
    paging.page(&app, rows, |seen| seen.in_full(now))
}

/// List the invitations of an organization
///
/// For its owners and stewards, and for moderators. Tokens are never listed.
#[utoipa::path(operation_id = "listOrganizationInvitations", tag = "Invitations",
    params(("organization_id" = Uuid, Path, description = "Which organization."), PageParams, InvitationFilter),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = InvitationPage)))]
#[get("/organizations/:organization_id/invitations")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<InvitationFilter>,
    paging: Paging,
) -> Result<Page<Invitation>> {
    list_of(&app, &caller, Tie::Organization(id.0), &filter.0, &paging).await
}

/// List the invitations of a consultation group
///
/// For its owners and facilitators, and for those who run the organization that it belongs to. Tokens are never listed.
#[utoipa::path(operation_id = "listConsultationGroupInvitations", tag = "Invitations",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, InvitationFilter),
    security(("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "One page.", body = InvitationPage)))]
#[get("/consultation-groups/:consultation_group_id/invitations")]
pub async fn list_of_group(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<InvitationFilter>,
    paging: Paging,
) -> Result<Page<Invitation>> {
    list_of(&app, &caller, Tie::ConsultationGroup(id.0), &filter.0, &paging).await
}

async fn list_of(
    app: &State,
    caller: &Caller,
    tie: Tie,
    filter: &InvitationFilter,
    paging: &Paging,
) -> Result<Page<Invitation>> {
    let now = app.clock.now();
    let (_, inviter) = store::place_for(app.db.read(), caller, Some(tie), now).await?;
    inviter.invites()?;
    let rows = store::list(app.db.read(), tie, filter, now, &paging.0).await?;
    paging.page(app, rows, |seen| seen.in_full(now))
}

/// Invite somebody to an organization
///
/// Those who run the roster may; only owners and moderators offer the roles of steward and owner. The address gets a
/// mail with the token, which is also answered here, once. Inviting an address again supersedes the earlier invitation. An
/// invitation ends when whoever made it may no longer. `Idempotency-Key` is ignored: a retry supersedes, too.
#[utoipa::path(operation_id = "createInvitation", tag = "Invitations",
    params(("organization_id" = Uuid, Path, description = "Which organization.")),
    request_body = InvitationCreate, security(("bearerAuth" = ["memberships:write"])),
    extensions(("x-answers-with-secrets" = json!(true))),
    responses((status = 201, description = "The invitation, with its token.", body = Invitation)))]
#[post("/organizations/:organization_id/invitations")]
pub async fn create(app: App, caller: Caller, id: Id, body: Body<InvitationCreate>) -> Result<Answer> {
    invite(&app, &caller, Tie::Organization(id.0), body.0).await
}

/// Invite somebody to a consultation group
///
/// Its owners and facilitators may, and those who run the organization that it belongs to; only its owners offer other
/// roles than that of a member. A seat can be kept free for the recipient. The address gets a mail with the token, which
/// is also answered here, once. Inviting an address again supersedes the earlier invitation. An invitation ends when whoever
/// made it may no longer. `Idempotency-Key` is ignored: a retry supersedes, too.
#[utoipa::path(operation_id = "createConsultationGroupInvitation", tag = "Invitations",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    request_body = InvitationCreate, security(("bearerAuth" = ["memberships:write"])),
    extensions(("x-answers-with-secrets" = json!(true))),
    responses((status = 201, description = "The invitation, with its token.", body = Invitation)))]
#[post("/consultation-groups/:consultation_group_id/invitations")]
pub async fn create_for_group(app: App, caller: Caller, id: Id, body: Body<InvitationCreate>) -> Result<Answer> {
    invite(&app, &caller, Tie::ConsultationGroup(id.0), body.0).await
}

async fn invite(app: &State, caller: &Caller, tie: Tie, body: InvitationCreate) -> Result<Answer> {
    let now = app.clock.now();
    let (token, token_hash) = app.new_token()?;
    let offer = offer(caller, tie, body, token_hash, now)?;
    let issued = app
        .db
        .write(async |tx| {
            caller.confirm(tx).await?;
            let (place, inviter) = store::place_for(tx, caller, Some(tie), now).await?;
            inviter.may_offer(offer.role)?;
            let issued = store::issue(tx, &place, offer.clone(), now).await?;
            post(app, tx, &issued, &token, now).await?;
            Ok(issued)
        })
        .await?;
    app.mail_waits.notify_one();
    let (location, version) = (format!("/v1/invitations/{}", issued.invitation.id), issued.invitation.version);
    Answer::created(location, version, &with_token(issued, &token, now))
}

fn offer(
    caller: &Caller,
    tie: Tie,
    body: InvitationCreate,
    token_hash: Vec<u8>,
    now: DateTime<Utc>,
) -> Result<invitation::Model> {
    let expires_at = rules::expiry(now, body.expires_in_days, body.expires_at).ok_or_else(|| {
        let detail = format!("must lie in the future, at most {} days away", rules::LONGEST_DAYS);
        Problem::invalid_at("/expires_at", "out_of_range", detail)
    })?;
    Ok(invitation::Model {
        id: Uuid::now_v7(),
        kind: tie.kind(),
        organization_id: tie.organization_id(),
        consultation_group_id: tie.consultation_group_id(),
        email_key: email_key(&body.email),
        email: body.email,
        role: body.role.unwrap_or(MembershipRole::Member),
        message: body.message,
        token_hash,
        status: InvitationStatus::Pending,
        invited_by: caller.account_id,
        reserve_seat: body.reserve_seat,
        membership_id: None,
        decided_at: None,
        expires_at,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Get an invitation
///
/// By its token anyone reads its card, until it is void (410). By its id those who run the roster read it, and the
/// account that has confirmed its address.
#[utoipa::path(operation_id = "getInvitation", tag = "Invitations",
    params(("invitation" = String, Path, max_length = 100, description = "The token or the id of the invitation.")),
    security((), ("bearerAuth" = ["memberships:read"])),
    responses((status = 200, description = "The invitation.", body = Invitation),
        (status = 410, description = "It has expired, or was revoked or superseded.")))]
#[get("/invitations/:invitation")]
pub async fn get(app: App, visitor: Visitor, name: Word) -> Result<Answer> {
    let seen = store::visible_to(app.db.read(), &visitor, &Name::read(name.0), app.clock.now()).await?;
    Ok(Answer::ok(seen.version, &seen)?.private())
}

/// Accept an invitation
///
/// By the account that has confirmed the address. It makes an active membership of an organization with the role that was
/// offered, whatever the join policy; a request that waits becomes active. In a consultation group it gives a seat to sign
/// for, or a place on the waitlist when none is free. Accepting again answers the same.
#[utoipa::path(operation_id = "acceptInvitation", tag = "Invitations",
    params(("invitation" = String, Path, max_length = 100, description = "The token or the id of the invitation."),
        IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The membership.", body = Membership),
        (status = 403, description = "It is for another address (`invitation_for_another_address`), or the address is \
            not confirmed (`email_not_verified`)."),
        (status = 410, description = "It has expired, or was declined, revoked or superseded.")))]
#[post("/invitations/:invitation/accept")]
pub async fn accept(
    app: App,
    caller: Caller,
    once: Once,
    name: Word,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let (name, now) = (Name::read(name.0), app.clock.now());
    once.write(async |tx| {
        let recipient = store::recipient(tx, &caller).await?;
        let seen = store::to_answer(tx, &recipient, &name).await?;
        version.check(seen.invitation.version)?;
        let membership = store::accept(tx, &app, &caller, &recipient, seen.invitation, now).await?;
        Answer::ok(membership.membership.version, &membership.at(now))
    })
    .await
}

/// Decline an invitation
///
/// By the account that has confirmed the address.
#[utoipa::path(operation_id = "declineInvitation", tag = "Invitations",
    params(("invitation" = String, Path, max_length = 100, description = "The token or the id of the invitation."),
        IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    responses((status = 200, description = "The invitation, declined.", body = Invitation),
        (status = 403, description = "It is for another address (`invitation_for_another_address`), or the address is \
            not confirmed (`email_not_verified`)."),
        (status = 410, description = "It has expired, or was answered, revoked or superseded.")))]
#[post("/invitations/:invitation/decline")]
pub async fn decline(
    app: App,
    caller: Caller,
    once: Once,
    name: Word,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let (name, now) = (Name::read(name.0), app.clock.now());
    once.write(async |tx| {
        let recipient = store::recipient(tx, &caller).await?;
        let seen = store::to_answer(tx, &recipient, &name).await?;
        version.check(seen.invitation.version)?;
        let declined = store::decline(tx, &app, &caller, seen, now).await?;
        Answer::ok(declined.invitation.version, &declined.in_full(now))
    })
    .await
}

/// Send an invitation again
///
/// Those who may make it may. It gets a new token and another 14 days; the token before is superseded. `Idempotency-Key` is
/// ignored: a retry makes another token.
#[utoipa::path(operation_id = "resendInvitation", tag = "Invitations",
    params(("invitation" = Uuid, Path, description = "The id of the invitation."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["memberships:write"])),
    extensions(("x-answers-with-secrets" = json!(true))),
    responses((status = 200, description = "The invitation, with its new token.", body = Invitation)))]
#[post("/invitations/:invitation/resend")]
pub async fn resend(app: App, caller: Caller, _body: Body<Nothing>, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    let (token, token_hash) = app.new_token()?;
    let expires_at = rules::expiry(now, None, None).ok_or_else(|| Problem::internal("an offer without end"))?;
    let issued = app
        .db
        .write(async |tx| {
            let (seen, place, inviter) = store::to_manage(tx, &caller, id.0, now).await?;
            version.check(seen.invitation.version)?;
            inviter.may_offer(seen.invitation.role)?;
            rules::is_unanswered(&seen.invitation, now)?;
            let (actor, hash) = (caller.account_id, token_hash.clone());
            let issued = store::reissue(tx, &place, seen.invitation, actor, hash, expires_at, now).await?;
            post(&app, tx, &issued, &token, now).await?;
            Ok(issued)
        })
        .await?;
    app.mail_waits.notify_one();
    Answer::ok(issued.invitation.version, &with_token(issued, &token, now))
}

/// Revoke an invitation
///
/// Those who run the roster may, while it waits for an answer.
#[utoipa::path(operation_id = "deleteInvitation", tag = "Invitations",
    params(("invitation" = Uuid, Path, description = "The id of the invitation."), IfMatch),
    security(("bearerAuth" = ["memberships:write"])),
    responses((status = 204, description = "It is revoked."),
        (status = 409, description = "It was answered, or superseded.")))]
#[delete("/invitations/:invitation")]
pub async fn revoke(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (seen, ..) = store::to_manage(tx, &caller, id.0, now).await?;
            version.check(seen.invitation.version)?;
            store::revoke(tx, &app, &caller, seen.invitation, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Puts the mail with the token into the outbox.
async fn post(
    app: &State,
    tx: &DatabaseTransaction,
    issued: &Seen,
    token: &SecretString,
    now: DateTime<Utc>,
) -> Result<()> {
    let (place, inviter) = (issued.place(), &issued.inviter.display_name);
    let mail = mails::invitation(&app.config.mail, &issued.invitation, place, inviter, token);
    mail::enqueue(tx, &app.master_key, now, &mail).await
}

fn with_token(issued: Seen, token: &SecretString, now: DateTime<Utc>) -> Invitation {
    Invitation { token: Some(token.expose_secret().to_owned()), ..issued.in_full(now) }
}
