use crate::http::openapi::Routes;
use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use crate::{
    consultation_groups::{
        rules::status_at,
        store::{FoundMeeting, of_member, visible_meeting},
    },
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
    meetings::{
        rules,
        schema::{
            EditScope, Meeting, MeetingCancellation, MeetingCreate, MeetingEdit, MeetingPage, MeetingPatch,
            MeetingWindow,
        },
        store::{self, meetings, series},
    },
    problem::{Problem, Result},
    schedule::rules::{Occurrence, meeting_id, occurrence},
    state::{App, State},
};

pub fn routes(service: &mut Routes) {
    service
        .service(list)
        .service(list_mine)
        .service(create)
        .service(get)
        .service(update)
        .service(cancel)
        .service(reinstate)
        .service(start);
}

/// List the meetings of a group
///
/// For its members: those that lie in part between `from` and `to`, the earliest first.
#[utoipa::path(operation_id = "listGroupMeetings", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, MeetingWindow),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = MeetingPage)))]
#[get("/consultation-groups/:consultation_group_id/meetings")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    window: Query<MeetingWindow>,
    paging: Paging,
) -> Result<Page<Meeting>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, _) = of_member(db, &caller, id.0, now).await?;
    let rows = store::list(db, &caller, store::of_group(group.id), &window.0, &paging.0, now).await?;
    paging.page(&app, rows, Meeting::from)
}

/// List my meetings
///
/// Of all groups in which I am a member in good standing: those that lie in part between `from` and `to`, the earliest
/// first.
#[utoipa::path(operation_id = "listMyMeetings", tag = "Meetings", params(PageParams, MeetingWindow),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = MeetingPage)))]
#[get("/me/meetings")]
pub async fn list_mine(
    app: App,
    caller: Caller,
    window: Query<MeetingWindow>,
    paging: Paging,
) -> Result<Page<Meeting>> {
    let rows = store::list(app.db.read(), &caller, |_| true, &window.0, &paging.0, app.clock.now()).await?;
    paging.page(&app, rows, Meeting::from)
}

/// Plan a single meeting
///
/// Facilitators and owners may.
#[utoipa::path(operation_id = "createMeeting", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")), request_body = MeetingCreate,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 201, description = "The meeting.", body = Meeting),
        (status = 409, description = "The group is archived, or has too many meetings to come.")))]
#[post("/consultation-groups/:consultation_group_id/meetings")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<MeetingCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (group, standing) = of_member(tx, &caller, id.0, now).await?;
        rules::plans(&standing, status_at(&group, now))?;
        let (title, only) = (body.0.title.clone(), body.0.rule(&group));
        let starts = only.starts;
        let made = rules::new_series(group.id, caller.account_id, title, only, Vec::new(), now)?;
        let made = series::create(tx, caller.account_id, made, now).await?;
        let id = meeting_id(made.meeting_key, starts);
        let made = occurrence(&made, id).ok_or_else(Problem::not_found)?;
        let seen = store::look_at(tx, caller.account_id, made, now).await?;
        Answer::created(format!("/v1/meetings/{id}"), 1, &Meeting::from(seen))
    })
    .await
}

/// Get a meeting
///
/// For members of its group, with what they said and what else I have at that time.
#[utoipa::path(operation_id = "getMeeting", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The meeting.", body = Meeting)))]
#[get("/meetings/:meeting_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = visible_meeting(db, &caller, id.0, now).await?;
    let seen = store::look_at(db, caller.account_id, found.meeting, now).await?;
    Answer::ok(seen.meeting.version(), &Meeting::from(seen))
}

/// Change a meeting
///
/// Facilitators and owners may, while it is to come: it alone, it and those that follow, or all of its series that are to
/// come. Its id stays when it is moved alone; answers were for the other time and have to be given anew. Where a wider
/// change moves it, its place in the series is the new time, and so is its id. Members get a mail when times change.
#[utoipa::path(operation_id = "updateMeeting", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), MeetingEdit, IfMatch),
    request_body(content = MeetingPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The meeting as it now stands.", body = Meeting),
        (status = 409, description = "It has begun or was called off, or its group is archived.")))]
#[patch("/meetings/:meeting_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    edit: Query<MeetingEdit>,
    version: IfMatch,
    body: Body<MeetingPatch>,
) -> Result<Answer> {
    let (now, actor) = (app.clock.now(), caller.account_id);
    let changed = app.db.write(async |tx| {
        let found = visible_meeting(tx, &caller, id.0, now).await?;
        version.check(found.meeting.version())?;
        rules::plans(&found.standing, status_at(&found.group, now))?;
        let next = match edit.0.scope.unwrap_or_default() {
            scope if scope != EditScope::This && found.meeting.recurring => {
                let all = scope == EditScope::All;
                series::revise_from(tx, &app, actor, &found, all, &body.0.change(), now).await?
            }
            _ => meetings::alter(tx, &app, actor, &found, &body.0.alteration(), now).await?,
        };
        answer(tx, &caller, next, now).await
    });
    let changed = changed.await;
    app.mail_waits.notify_one();
    changed
}

/// Call a meeting off
///
/// Who leads it may: facilitators, owners, and the member whose turn it is. Members get a mail.
#[utoipa::path(operation_id = "cancelMeeting", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = MeetingCancellation, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The meeting, called off.", body = Meeting)))]
#[post("/meetings/:meeting_id/cancel")]
pub async fn cancel(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<MeetingCancellation>,
) -> Result<Answer> {
    let reason = body.0.reason.clone();
    lead(&app, &caller, &once, id, &version, async |tx, found, now| {
        meetings::cancel(tx, &app, caller.account_id, found, reason.clone(), now).await
    })
    .await
}

/// Hold a meeting after all
///
/// Who leads it may, until its time has come. Members get a mail.
#[utoipa::path(operation_id = "reinstateMeeting", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The meeting, to be held.", body = Meeting)))]
#[post("/meetings/:meeting_id/reinstate")]
pub async fn reinstate(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    lead(&app, &caller, &once, id, &version, async |tx, found, now| {
        meetings::reinstate(tx, &app, caller.account_id, found, now).await
    })
    .await
}

/// Start a meeting
///
/// Who leads it may, from an hour before its start on.
#[utoipa::path(operation_id = "startMeeting", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The meeting, in progress.", body = Meeting)))]
#[post("/meetings/:meeting_id/start")]
pub async fn start(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    lead(&app, &caller, &once, id, &version, async |tx, found, now| {
        meetings::start(tx, caller.account_id, found, now).await
    })
    .await
}

/// One transition of a meeting by somebody who leads it.
async fn lead(
    app: &State,
    caller: &Caller,
    once: &Once,
    id: Id,
    version: &IfMatch,
    change: impl AsyncFn(&DatabaseTransaction, &FoundMeeting, DateTime<Utc>) -> Result<Occurrence>,
) -> Result<Answer> {
    let now = app.clock.now();
    let changed = once.write(async |tx| {
        let found = visible_meeting(tx, caller, id.0, now).await?;
        let leads = store::leads(tx, caller, &found, now).await?;
        version.check(found.meeting.version())?;
        rules::may_lead(leads, status_at(&found.group, now))?;
        let next = change(tx, &found, now).await?;
        answer(tx, caller, next, now).await
    });
    let changed = changed.await;
    app.mail_waits.notify_one();
    changed
}

async fn answer(tx: &DatabaseTransaction, caller: &Caller, meeting: Occurrence, now: DateTime<Utc>) -> Result<Answer> {
    let seen = store::look_at(tx, caller.account_id, meeting, now).await?;
    Answer::ok(seen.meeting.version(), &Meeting::from(seen))
}
