use crate::http::openapi::Routes;
use actix_web::{delete, get, patch, post};

use crate::{
    consultation_groups::{rules::status_at, store::of_member},
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
    meetings::{
        rules,
        schema::{MeetingSeries, MeetingSeriesCreate, MeetingSeriesFilter, MeetingSeriesPage, MeetingSeriesPatch},
        store::series,
    },
    problem::{Problem, Result},
    state::App,
};

pub fn routes(service: &mut Routes) {
    service.service(list).service(create).service(get).service(update).service(delete);
}

/// List the series of a group
///
/// For its members: when it meets, again and again. Those that began first come first.
#[utoipa::path(operation_id = "listMeetingSeries", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, MeetingSeriesFilter),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = MeetingSeriesPage)))]
#[get("/consultation-groups/:consultation_group_id/series")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<MeetingSeriesFilter>,
    paging: Paging,
) -> Result<Page<MeetingSeries>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, _) = of_member(db, &caller, id.0, now).await?;
    let rows = series::list(db, group.id, &filter.0, &paging.0, now).await?;
    paging.page(&app, rows, |row| MeetingSeries::at(now, row))
}

/// Plan a series of meetings
///
/// Facilitators and owners may. Wall-clock times and a time zone are kept: noon stays noon when the clocks change. A group
/// has 100 series and single meetings to come at most, and no two at the same time.
#[utoipa::path(operation_id = "createMeetingSeries", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")), request_body = MeetingSeriesCreate,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 201, description = "The series.", body = MeetingSeries),
        (status = 409, description = "The group is archived, or has too many.")))]
#[post("/consultation-groups/:consultation_group_id/series")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<MeetingSeriesCreate>) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let (group, standing) = of_member(tx, &caller, id.0, now).await?;
        rules::plans(&standing, status_at(&group, now))?;
        let (title, first) = (body.0.title.clone(), body.0.rule(&group));
        let made = rules::new_series(group.id, caller.account_id, title, first, body.0.left_out(), now)?;
        let made = series::create(tx, caller.account_id, made, now).await?;
        Answer::created(format!("/v1/series/{}", made.id), made.version, &MeetingSeries::at(now, made))
    })
    .await
}

/// Get a series
///
/// For members of its group.
#[utoipa::path(operation_id = "getMeetingSeries", tag = "Meetings",
    params(("series_id" = Uuid, Path, description = "Which series.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The series.", body = MeetingSeries)))]
#[get("/series/:series_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let now = app.clock.now();
    let found = series::visible_to(app.db.read(), &caller, id.0, now).await?;
    Answer::ok(found.series.version, &MeetingSeries::at(now, found.series))
}

/// Change a series
///
/// Facilitators and owners may. It holds for all meetings to come; those of the past, and one that has been started, stay
/// as they were. To change some only, change the first of them with `updateMeeting` and `scope=following`. A meeting that
/// keeps its original start keeps its id, its answers, and what was changed of it alone. Members get a mail when times
/// change.
#[utoipa::path(operation_id = "updateMeetingSeries", tag = "Meetings",
    params(("series_id" = Uuid, Path, description = "Which series."), IfMatch),
    request_body(content = MeetingSeriesPatch, content_type = "application/merge-patch+json"),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The series as it now stands.", body = MeetingSeries),
        (status = 409, description = "It has ended, or its group is archived.")))]
#[patch("/series/:series_id")]
pub async fn update(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<MeetingSeriesPatch>,
) -> Result<Answer> {
    let now = app.clock.now();
    let changed = app.db.write(async |tx| {
        let found = series::visible_to(tx, &caller, id.0, now).await?;
        version.check(found.series.version)?;
        rules::plans(&found.standing, status_at(&found.group, now))?;
        let from = series::first_to_come(tx, &found.series, now).await?;
        let of = (&found.series, &found.group);
        let next = series::revise(tx, &app, caller.account_id, of, from, &body.0.change(), now).await?;
        Answer::ok(next.version, &MeetingSeries::at(now, next))
    });
    let changed = changed.await;
    app.mail_waits.notify_one();
    changed
}

/// End a series
///
/// Facilitators and owners may. No more of its meetings are to come; those of the past stay. Members get a mail.
#[utoipa::path(operation_id = "deleteMeetingSeries", tag = "Meetings",
    params(("series_id" = Uuid, Path, description = "Which series."), IfMatch),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 204, description = "It has ended."),
        (status = 409, description = "Its group is archived.")))]
#[delete("/series/:series_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    let done = app.db.write(async |tx| {
        let found = series::visible_to(tx, &caller, id.0, now).await?;
        version.check(found.series.version)?;
        rules::plans(&found.standing, status_at(&found.group, now))?;
        let from = series::first_to_come(tx, &found.series, now).await.map_err(|_| Problem::not_found())?;
        let shorter = rules::cut(&found.series, from);
        series::cut(tx, &app, caller.account_id, (&found.series, &found.group), shorter, now).await?;
        Ok(Answer::no_content())
    });
    let done = done.await;
    app.mail_waits.notify_one();
    done
}
