use crate::http::openapi::Routes;
use actix_web::{delete, get, put};

use crate::{
    consultation_groups::{rules::status_at, store::visible_meeting},
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        path::Id,
    },
    meetings::{
        rules,
        schema::{MeetingAnswer, MeetingAnswerPage, MyMeetingAnswer, MyMeetingAnswerReplace},
        store::{self, answers},
    },
    problem::Result,
    state::App,
};

pub fn routes(service: &mut Routes) {
    service.service(get).service(replace).service(delete).service(list);
}

/// Get my answer
///
/// Whether I said that I come, for the time at which the meeting is now.
#[utoipa::path(operation_id = "getMyMeetingAnswer", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "My answer.", body = MyMeetingAnswer)))]
#[get("/meetings/:meeting_id/rsvp")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let db = app.db.read();
    let found = visible_meeting(db, &caller, id.0, app.clock.now()).await?;
    let answer = answers::get(db, caller.account_id, &found.meeting).await?;
    Answer::ok(answer.version, &MyMeetingAnswer::from(answer))
}

/// Say whether I come
///
/// Until the meeting is over. It holds for the time at which the meeting is now: once that is moved, it is asked anew.
#[utoipa::path(operation_id = "replaceMyMeetingAnswer", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch), request_body = MyMeetingAnswerReplace,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "My answer, changed.", body = MyMeetingAnswer),
        (status = 201, description = "My answer, the first for this time.", body = MyMeetingAnswer),
        (status = 409, description = "The meeting is over or was called off.")))]
#[put("/meetings/:meeting_id/rsvp")]
pub async fn replace(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<MyMeetingAnswerReplace>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            rules::may_answer(&found.standing, status_at(&found.group, now), &found.meeting, now)?;
            let (row, new) = answers::put(tx, &found.meeting, caller.account_id, &version, &body.0, now).await?;
            let (version, answer) = (row.version, MyMeetingAnswer::from(row));
            Ok(match new {
                true => Answer::created(format!("/v1/meetings/{}/rsvp", id.0), version, &answer)?,
                false => Answer::ok(version, &answer)?,
            }
            .private())
        })
        .await
}

/// Take my answer back
///
/// Until the meeting is over.
#[utoipa::path(operation_id = "deleteMyMeetingAnswer", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 204, description = "It is as if I had said nothing."),
        (status = 409, description = "The meeting is over or was called off.")))]
#[delete("/meetings/:meeting_id/rsvp")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            rules::may_answer(&found.standing, status_at(&found.group, now), &found.meeting, now)?;
            let held = answers::get(tx, caller.account_id, &found.meeting).await?;
            version.check(held.version)?;
            answers::delete(tx, caller.account_id, found.meeting.id).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// List the answers to a meeting
///
/// Of those who are still in the group, for the time at which the meeting is now. Notes are for those who lead it.
#[utoipa::path(operation_id = "listMeetingAnswers", tag = "Meetings",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), PageParams),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = MeetingAnswerPage)))]
#[get("/meetings/:meeting_id/answers")]
pub async fn list(app: App, caller: Caller, id: Id, paging: Paging) -> Result<Page<MeetingAnswer>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = visible_meeting(db, &caller, id.0, now).await?;
    let leads = store::leads(db, &caller, &found, now).await?;
    let rows = answers::list(db, &found.meeting, &paging.0).await?;
    paging.page(&app, rows, |given| MeetingAnswer::shown(given, caller.account_id, leads))
}
