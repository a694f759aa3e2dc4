use actix_web::{get, post, put};

use super::{
    rules,
    schema::{
        AttendanceChange, AttendanceChangePage, AttendanceDispute, AttendanceRecord, AttendanceSettlement,
        ClosedMeeting, MeetingAttendance, MeetingAttendanceUpdate, MembershipAttendance,
    },
    store,
};
use crate::{
    http::{
        answer::Answer,
        body::{Body, Nothing},
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        page::{Page, PageParams, Paging},
        path::{Id, Ids},
    },
    problem::Result,
    state::App,
};

/// Get who came to a meeting
///
/// Whoever leads it (a facilitator, an owner, the day's facilitator) sees everybody, and who has no record yet. Other
/// members see themselves.
#[utoipa::path(operation_id = "getMeetingAttendance", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "Who came.", body = MeetingAttendance)))]
#[get("/meetings/:meeting_id/attendance")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = store::visible_to(db, &caller, id.0, now).await?;
    let sheet = store::sheet(db, &found, now).await?;
    Answer::ok(sheet.version, &sheet)
}

/// Record who came to a meeting
///
/// Whoever leads it may, from its start until a week after its end. Once it is closed the record can be amended for 14 days
/// more, with a reason; whose record changes reads it in the log, and their hours change with it. Members who are not named
/// stay as they are.
#[utoipa::path(operation_id = "setMeetingAttendance", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = MeetingAttendanceUpdate, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "Who came, as it now stands.", body = MeetingAttendance),
        (status = 409, description = "The meeting has not begun, was called off, or is over for too long.")))]
#[put("/meetings/:meeting_id/attendance")]
pub async fn set(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<MeetingAttendanceUpdate>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            store::record(tx, &found, caller.account_id, &body.0, &version, now).await?;
            // The meeting has a row now, and a closed one other counts.
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            let sheet = store::sheet(tx, &found, now).await?;
            Answer::ok(sheet.version, &sheet)
        })
        .await
}

/// List what was done to the record of a meeting
///
/// What was recorded, amended, disputed and upheld, oldest first. Whoever leads the meeting sees all of it, other members
/// what concerns themselves.
#[utoipa::path(operation_id = "listMeetingAttendanceChanges", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), PageParams),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = AttendanceChangePage)))]
#[get("/meetings/:meeting_id/attendance/changes")]
pub async fn changes(app: App, caller: Caller, id: Id, paging: Paging) -> Result<Page<AttendanceChange>> {
    let db = app.db.read();
    let found = store::visible_to(db, &caller, id.0, app.clock.now()).await?;
    let rows = store::changes(db, &found, &paging.0).await?;
    paging.page(&app, rows, AttendanceChange::from)
}

/// Dispute my record of a meeting
///
/// Within 14 days after the meeting was closed. Those who lead it amend the record, or uphold it.
#[utoipa::path(operation_id = "disputeMeetingAttendance", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = AttendanceDispute, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The record, disputed.", body = AttendanceRecord)))]
#[post("/meetings/:meeting_id/attendance/dispute")]
pub async fn dispute(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<AttendanceDispute>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let found = store::visible_to(tx, &caller, id.0, now).await?;
        let record = store::dispute(tx, &found, caller.account_id, &body.0.note, &version, now).await?;
        Answer::ok(record.version, &record)
    })
    .await
}

/// Settle a dispute about a record
///
/// Whoever leads the meeting says that the record stays. Changing it with `setMeetingAttendance` settles the dispute too.
#[utoipa::path(operation_id = "settleMeetingAttendance", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."),
        ("membership_id" = Uuid, Path, description = "Whose record."), IfMatch),
    request_body = AttendanceSettlement, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The record, as it stands.", body = AttendanceRecord)))]
#[post("/meetings/:meeting_id/attendance/:membership_id/settle")]
pub async fn settle(
    app: App,
    caller: Caller,
    once: Once,
    ids: Ids,
    version: IfMatch,
    body: Body<AttendanceSettlement>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let found = store::visible_to(tx, &caller, ids.0, now).await?;
        let note = body.0.note.clone();
        let record = store::uphold(tx, &found, caller.account_id, ids.1, note, &version, now).await?;
        Answer::ok(record.version, &record)
    })
    .await
}

/// Close a meeting
///
/// Whoever leads it may, while it is in progress and once every active member has a record. It is held then, and counts:
/// for the hours of those who were there, and for its group, which shows life, and begins if it was forming and is large
/// enough.
#[utoipa::path(operation_id = "closeMeeting", tag = "Attendance",
    params(("meeting_id" = Uuid, Path, description = "Which meeting."), IfMatch),
    request_body = Nothing, security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The meeting, held.", body = ClosedMeeting),
        (status = 409, description = "It is not in progress, or `errors` names members who have no record.")))]
#[post("/meetings/:meeting_id/close")]
pub async fn close(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    _body: Body<Nothing>,
) -> Result<Answer> {
    let now = app.clock.now();
    let closed = once
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            version.check(found.meeting.version())?;
            let held = ClosedMeeting::from(store::close(tx, &app, &found, caller.account_id, now).await?);
            Answer::ok(held.version, &held)
        })
        .await;
    app.mail_waits.notify_one();
    closed
}

/// Get how a member takes part
///
/// In the meetings of the last twelve months that were held. Its holder sees it, and owners of the group.
#[utoipa::path(operation_id = "getMembershipAttendance", tag = "Attendance",
    params(("membership_id" = Uuid, Path, description = "Which membership of a group.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "How they took part.", body = MembershipAttendance)))]
#[get("/memberships/:membership_id/attendance")]
pub async fn of_membership(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let now = app.clock.now();
    let since = rules::counted_since(now);
    let tally = store::tally(app.db.read(), &caller, id.0, since, now).await?;
    Answer::plain(&MembershipAttendance::new(id.0, since, tally))
}
