use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};

use super::{
    rules::{self, Change, Seats},
    schema::{
        ConsultationGroup, ConsultationGroupCreate, ConsultationGroupFilter, ConsultationGroupPage,
        ConsultationGroupPatch, Dissolution, GroupPause, not_in_this_state,
    },
    store,
};
use crate::{
    entities::consultation_group::{self, StoredGroupStatus},
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::{Caller, Visitor},
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    problem::{Problem, ProblemCode, Result},
    state::{App, State},
};

/// List consultation groups
///
/// Those whose card you may see; hidden ones you belong to are among them. Drafts, dormant, archived and dissolved groups
/// are listed when `status` asks for them.
#[utoipa::path(operation_id = "listConsultationGroups", tag = "Consultation Groups",
    params(PageParams, ConsultationGroupFilter),
    security((), ("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "One page.", body = ConsultationGroupPage)))]
#[get("/consultation-groups")]
pub async fn list(
    app: App,
    visitor: Visitor,
    filter: Query<ConsultationGroupFilter>,
    paging: Paging,
) -> Result<Page<ConsultationGroup>> {
    if filter.0.ownerless.is_some() && !visitor.moderates() {
        return Err(Problem::new(ProblemCode::Forbidden, "a moderator may ask for groups without an owner"));
    }
    let rows = store::list(app.db.read(), &visitor, &filter.0, app.clock.now(), &paging.0).await?;
    paging.page(&app, rows, |card| card)
}

/// Found a consultation group
///
/// It is a draft, and you are its owner. Write its agreement, publish that, then publish the group.
#[utoipa::path(operation_id = "createConsultationGroup", tag = "Consultation Groups",
    request_body = ConsultationGroupCreate, security(("bearerAuth" = ["groups:write"])),
    responses((status = 201, description = "The draft.", body = ConsultationGroup)))]
#[post("/consultation-groups")]
pub async fn create(app: App, caller: Caller, once: Once, body: Body<ConsultationGroupCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let group = store::create(tx, caller.account_id, &body.0, now).await?;
        let seats = store::seats_of(tx, group.id, group.max_size, now).await?;
        let (location, version) = (format!("/v1/consultation-groups/{}", group.id), group.version);
        Answer::created(location, version, &ConsultationGroup::at(now, group, &seats))
    })
    .await
}

/// Get a consultation group
///
/// Its card, with seats counted. Members also see how it fares.
#[utoipa::path(operation_id = "getConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")),
    security((), ("bearerAuth" = ["groups:read"])),
    responses((status = 200, description = "The group.", body = ConsultationGroup)))]
#[get("/consultation-groups/:consultation_group_id")]
pub async fn get(app: App, visitor: Visitor, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, standing) = store::visible_to(db, &visitor, id.0, now).await?;
    let seats = store::seats_of(db, group.id, group.max_size, now).await?;
    let vitals = match standing.sees_roster() {
        true => Some(store::vitals(db, &group, seats, now).await?),
        false => None,
    };
    let (version, card) = (group.version, ConsultationGroup::at(now, group, &seats));
    match vitals {
        Some(vitals) => Answer::ok(version, &card.with_health(rules::signs(&vitals, now))),
        None => Answer::ok(version, &card),
    }
}

/// Change a consultation group
///
/// Its owners may, until it is archived. Seats that are added are offered to the waitlist at once.
#[utoipa::path(operation_id = "updateConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body(content = ConsultationGroupPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group as it now stands.", body = ConsultationGroup),
        (status = 409, description = "It is archived or dissolved.")))]
#[patch("/consultation-groups/:consultation_group_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<ConsultationGroupPatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (group, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            Problem::forbid_unless(standing.owns(), "an owner may change it")?;
            version.check(group.version)?;
            let status = rules::status_at(&group, now);
            if !status.goes_on() {
                return Err(not_in_this_state(status));
            }
            answer(store::update(tx, &app, caller.account_id, group, &body.0, now).await?, now)
        })
        .await
}

/// Delete a draft
///
/// Its owner may. A group that was published is archived or dissolved instead.
#[utoipa::path(operation_id = "deleteConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    security(("bearerAuth" = ["groups:write"])),
    responses((status = 204, description = "It is gone."), (status = 409, description = "It is no draft.")))]
#[delete("/consultation-groups/:consultation_group_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let (group, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            Problem::forbid_unless(standing.owns(), "an owner may delete it")?;
            version.check(group.version)?;
            if group.status != StoredGroupStatus::Draft {
                return Err(not_in_this_state(rules::status_at(&group, now)));
            }
            store::delete(tx, caller.account_id, &group, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Publish a consultation group
///
/// Its owner may, once it has a description and an agreement. It gathers its members then.
#[utoipa::path(operation_id = "publishConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, forming.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/publish")]
pub async fn publish(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Publish).await
}

/// Start a consultation group
///
/// Its owner may, once it has `min_size` active members.
#[utoipa::path(operation_id = "activateConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, active.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/activate")]
pub async fn activate(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Activate).await
}

/// Pause a consultation group
///
/// Its owner may, for at most 90 days. It goes on by itself after `until`; nobody gets a seat meanwhile.
#[utoipa::path(operation_id = "pauseConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = GroupPause, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, paused.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/pause")]
pub async fn pause(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<GroupPause>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Pause(body.0.until)).await
}

/// Resume a consultation group
///
/// Its owner may, before the pause is over. Free seats are offered to the waitlist.
#[utoipa::path(operation_id = "resumeConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, active.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/resume")]
pub async fn resume(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Resume).await
}

/// Keep a consultation group
///
/// Any member may say that the group goes on, though it does not meet: it is left in peace for 14 days.
#[utoipa::path(operation_id = "keepConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/keep")]
pub async fn keep(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Keep).await
}

/// Revive a dormant consultation group
///
/// Any member may. It is as it was before.
#[utoipa::path(operation_id = "reviveConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, as it was.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/revive")]
pub async fn revive(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Revive).await
}

/// Archive a consultation group
///
/// Its owner may. It is read-only from then on: members read, export and leave.
#[utoipa::path(operation_id = "archiveConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, archived.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/archive")]
pub async fn archive(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Archive).await
}

/// Dissolve a consultation group
///
/// Its owner may, or a moderator when nobody owns it. Memberships and invitations end, texts are erased; signatures and their
/// hashes stay. There is no way back.
#[utoipa::path(operation_id = "dissolveConsultationGroup", tag = "Consultation Groups",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), IfMatch),
    request_body = Dissolution, security(("bearerAuth" = ["groups:write"])),
    responses((status = 200, description = "The group, dissolved.", body = ConsultationGroup)))]
#[post("/consultation-groups/:consultation_group_id/dissolve")]
pub async fn dissolve(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<Dissolution>,
) -> Result<Answer> {
    change(&app, &caller, &once, id, &version, Change::Dissolve(body.0.confirm_name.clone())).await
}

/// One change of status.
async fn change(
    app: &State,
    caller: &Caller,
    once: &Once,
    id: Id,
    version: &IfMatch,
    change: Change,
) -> Result<Answer> {
    let now = app.clock.now();
    let changed = once
        .write(async |tx| {
            let (group, standing) = store::visible_to(tx, &caller.clone().into(), id.0, now).await?;
            version.check(group.version)?;
            answer(store::change(tx, app, &group, &standing, &change, now).await?, now)
        })
        .await;
    app.mail_waits.notify_one();
    changed
}

fn answer((group, seats): (consultation_group::Model, Seats), now: DateTime<Utc>) -> Result<Answer> {
    Answer::ok(group.version, &ConsultationGroup::at(now, group, &seats))
}
