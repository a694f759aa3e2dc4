use actix_web::{delete, get, post, put};

use super::{
    rules,
    schema::{SlotChoice, SlotPoll, SlotPollAnswerReplace, SlotPollCreate, SlotPollFilter, SlotPollPage},
    store,
};
use crate::{
    consultation_groups::{rules::status_at, store::of_member},
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        idempotency::Once,
        local_time::LocalTime,
        page::{Page, PageParams, Paging},
        path::Id,
        query::Query,
    },
    meetings,
    problem::{Problem, Result},
    schedule,
    state::App,
};

/// List the polls of a group
///
/// For its members, the newest first.
#[utoipa::path(operation_id = "listSlotPolls", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group."), PageParams, SlotPollFilter),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "One page.", body = SlotPollPage)))]
#[get("/consultation-groups/:consultation_group_id/slot-polls")]
pub async fn list(
    app: App,
    caller: Caller,
    id: Id,
    filter: Query<SlotPollFilter>,
    paging: Paging,
) -> Result<Page<SlotPoll>> {
    let (db, now) = (app.db.read(), app.clock.now());
    let (group, _) = of_member(db, &caller, id.0, now).await?;
    let rows = store::list(db, caller.account_id, group.id, &filter.0, &paging.0).await?;
    paging.page(&app, rows, |seen| SlotPoll::at(now, seen))
}

/// Ask for a better time
///
/// Facilitators and owners may at any time; every member may once the last two meetings came to nothing because too few
/// would come or came. Members get a mail. A series has one undecided poll at most.
#[utoipa::path(operation_id = "createSlotPoll", tag = "Meetings",
    params(("consultation_group_id" = Uuid, Path, description = "Which group.")), request_body = SlotPollCreate,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 201, description = "The poll.", body = SlotPoll),
        (status = 409, description = "The group is archived, the series has ended, or it has an undecided poll.")))]
#[post("/consultation-groups/:consultation_group_id/slot-polls")]
pub async fn create(app: App, caller: Caller, once: Once, id: Id, body: Body<SlotPollCreate>) -> Result<Answer> {
    let (now, actor) = (app.clock.now(), caller.account_id);
    let asked = once.write(async |tx| {
        let (group, standing) = of_member(tx, &caller, id.0, now).await?;
        let failed = schedule::store::pulse(tx, &group, now).await?.quorum_failed_twice;
        Problem::forbid_unless(rules::may_ask(&standing, failed), "a facilitator or an owner may ask")?;
        meetings::rules::goes_on(status_at(&group, now))?;
        let asked = (body.0.options.iter().map(LocalTime::get).collect(), body.0.days.unwrap_or(7));
        let poll = store::create(tx, &app, actor, &group, body.0.series_id, asked, now).await?;
        let (location, version) = (format!("/v1/slot-polls/{}", poll.id), poll.version);
        Answer::created(location, version, &SlotPoll::at(now, store::look_at(tx, actor, poll).await?))
    });
    let asked = asked.await;
    app.mail_waits.notify_one();
    asked
}

/// Get a poll
///
/// For members of its group.
#[utoipa::path(operation_id = "getSlotPoll", tag = "Meetings",
    params(("slot_poll_id" = Uuid, Path, description = "Which poll.")),
    security(("bearerAuth" = ["meetings:read"])),
    responses((status = 200, description = "The poll.", body = SlotPoll)))]
#[get("/slot-polls/:slot_poll_id")]
pub async fn get(app: App, caller: Caller, id: Id) -> Result<Answer> {
    let (db, now) = (app.db.read(), app.clock.now());
    let found = store::visible_to(db, &caller, id.0, now).await?;
    let seen = store::look_at(db, caller.account_id, found.poll).await?;
    Answer::ok(seen.poll.version, &SlotPoll::at(now, seen))
}

/// Take a poll back
///
/// Who asked may, and facilitators and owners, until it is decided.
#[utoipa::path(operation_id = "deleteSlotPoll", tag = "Meetings",
    params(("slot_poll_id" = Uuid, Path, description = "Which poll."), IfMatch),
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 204, description = "It is withdrawn.")))]
#[delete("/slot-polls/:slot_poll_id")]
pub async fn delete(app: App, caller: Caller, id: Id, version: IfMatch) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            let may = rules::may_withdraw(&found.standing, &found.poll);
            Problem::forbid_unless(may, "who asked, a facilitator or an owner may do this")?;
            version.check(found.poll.version)?;
            store::withdraw(tx, &found, now).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Say which times suit me
///
/// Every member who is not on leave may, until it closes, and change their mind. A time that is left out does not suit.
#[utoipa::path(operation_id = "replaceMySlotPollAnswer", tag = "Meetings",
    params(("slot_poll_id" = Uuid, Path, description = "Which poll."), IfMatch), request_body = SlotPollAnswerReplace,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The poll, with my answer.", body = SlotPoll),
        (status = 409, description = "It is closed or decided.")))]
#[put("/slot-polls/:slot_poll_id/answer")]
pub async fn answer(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<SlotPollAnswerReplace>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let found = store::visible_to(tx, &caller, id.0, now).await?;
            let may = found.standing.is_active_member();
            Problem::forbid_unless(may, "a member who is not on leave may do this")?;
            version.check(found.poll.version)?;
            let poll = store::answer(tx, &found, caller.account_id, body.0.stored(), now).await?;
            let seen = store::look_at(tx, caller.account_id, poll).await?;
            Answer::ok(seen.poll.version, &SlotPoll::at(now, seen))
        })
        .await
}

/// Choose a time
///
/// Facilitators and owners may, before or after it closes. The series moves there from its next meeting on: the day that
/// its rule names moves along. Members get a mail.
#[utoipa::path(operation_id = "resolveSlotPoll", tag = "Meetings",
    params(("slot_poll_id" = Uuid, Path, description = "Which poll."), IfMatch), request_body = SlotChoice,
    security(("bearerAuth" = ["meetings:write"])),
    responses((status = 200, description = "The poll, decided.", body = SlotPoll),
        (status = 409, description = "It is decided or withdrawn, or the series has ended.")))]
#[post("/slot-polls/:slot_poll_id/choose")]
pub async fn choose(
    app: App,
    caller: Caller,
    once: Once,
    id: Id,
    version: IfMatch,
    body: Body<SlotChoice>,
) -> Result<Answer> {
    let now = app.clock.now();
    let chosen = once.write(async |tx| {
        let found = store::visible_to(tx, &caller, id.0, now).await?;
        version.check(found.poll.version)?;
        meetings::rules::plans(&found.standing, status_at(&found.group, now))?;
        let poll = store::choose(tx, &app, caller.account_id, &found, body.0.starts_local.get(), now).await?;
        let seen = store::look_at(tx, caller.account_id, poll).await?;
        Answer::ok(seen.poll.version, &SlotPoll::at(now, seen))
    });
    let chosen = chosen.await;
    app.mail_waits.notify_one();
    chosen
}
