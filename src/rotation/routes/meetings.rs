use crate::http::openapi::Routes;
use actix_web::{delete, get, put};

use crate::{
    consultation_groups::store::visible_meeting,
    http::{answer::Answer, body::Body, caller::Caller, conditional::IfMatch, path::Id},
    problem::Result,
    rotation::{
        schema::{FacilitatorAppointment, MeetingAgenda, MeetingRoles},
        store,
    },
    state::App,
};

pub fn routes(service: &mut Routes) {
    service.service(roles).service(appoint).service(leave_to_rotation).service(agenda);
}

/// Get the roles of a meeting
///
/// Who leads it and who presents at it. Of the next three meetings this is foreseen, each as if those before it went as
/// foreseen: whoever has not led for longest leads, unless they present, are on leave, or said no; the queue gives the
/// presenters. Once a meeting has begun, its roles stay as they are. Members of its group may.
#[utoipa::path(operation_id = "getMeetingRoles", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "Who leads and who presents.", body = MeetingRoles)))]
#[get("/meetings/:meeting_id/roles")]
pub async fn roles(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = visible_meeting(db, &caller, id.0, now).await?;
    let shown = store::roles(db, &found, now).await?;
    Answer::ok(shown.version, &shown)
}

/// Appoint who leads a meeting
///
/// Facilitators and owners may, also while it runs and until it is recorded; any member may name themselves where
/// nobody would lead.
#[utoipa::path(operation_id = "appointFacilitator", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = FacilitatorAppointment, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "Who leads and who presents.", body = MeetingRoles),
        (status = 409, description = "The meeting is over, or was called off.")))]
#[put("/meetings/:meeting_id/roles/facilitator")]
pub async fn appoint(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<FacilitatorAppointment>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            version.check(found.meeting.version())?;
            store::appoint(tx, &found, &caller, body.0.membership_id, now).await?;
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            let shown = store::roles(tx, &found, now).await?;
            Answer::ok(shown.version, &shown)
        })
        .await
}

/// Leave it to the rotation who leads
///
/// Takes an appointment back before the meeting begins. Facilitators and owners may, and whoever put themselves
/// forward.
#[utoipa::path(operation_id = "removeFacilitator", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 204, description = "The rotation decides again."),
        (status = 409, description = "The meeting has begun, or was called off.")))]
#[delete("/meetings/:meeting_id/roles/facilitator")]
pub async fn leave_to_rotation(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = visible_meeting(tx, &caller, id.0, now).await?;
            version.check(found.meeting.version())?;
            store::return_to_rotation(tx, &found, &caller, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Get the agenda of a meeting
///
/// How its time is spent: a run of the consultation format of the group for each presenter, with a check-in and a
/// closing where time remains. In a round everybody has a turn: as many as said yes, or else as many as can come.
#[utoipa::path(operation_id = "getMeetingAgenda", tag = "Rotation",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "Its parts, by the clock.", body = MeetingAgenda)))]
#[get("/meetings/:meeting_id/agenda")]
pub async fn agenda(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = visible_meeting(db, &caller, id.0, now).await?;
    Answer::plain(&store::agenda(db, &found, now).await?)
}
