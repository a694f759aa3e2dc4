use actix_web::{delete, get, put};

use crate::{
    accounts::rules::day_in,
    http::{answer::Answer, body::Body, caller::Caller, conditional::IfMatch},
    problem::Result,
    self_assessments::{
        schema::check_ins::{CheckInSchedule, CheckInScheduleReplace},
        store::{self, check_ins},
    },
    state::App,
};

/// Get my check-in schedule
///
/// With when the next check-in is due. While I am on leave from a group or an organization, none is.
#[utoipa::path(operation_id = "getCheckInSchedule", tag = "Self Assessments",
    security(("bearerAuth" = ["self_assessments:read"])),
    responses((status = 200, description = "The schedule.", body = CheckInSchedule),
        (status = 404, description = "I have none.")))]
#[get("/me/check-in-schedule")]
pub async fn get(app: App, caller: Caller) -> Result<Answer> {
    let db = app.db.read();
    let row = check_ins::get(db, caller.account_id).await?;
    let zone = store::owner(&app, caller.account_id).await?.time_zone;
    let (version, schedule) = check_ins::seen(db, row, &zone, app.clock.now()).await?;
    Answer::ok(version, &schedule)
}

/// Set my check-in schedule
///
/// Which instrument, and how often. Nobody is reminded of it but me.
#[utoipa::path(operation_id = "replaceCheckInSchedule", tag = "Self Assessments", params(IfMatch),
    request_body = CheckInScheduleReplace, security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 200, description = "The schedule as it now stands.", body = CheckInSchedule),
        (status = 201, description = "The schedule.", body = CheckInSchedule)))]
#[put("/me/check-in-schedule")]
pub async fn replace(app: App, caller: Caller, version: IfMatch, body: Body<CheckInScheduleReplace>) -> Result<Answer> {
    store::known(&app, &body.0.instrument)?;
    let (now, zone) = (app.clock.now(), store::owner(&app, caller.account_id).await?.time_zone);
    app.db
        .write(async |tx| {
            caller.confirm(tx).await?;
            let before = check_ins::find(tx, caller.account_id).await?;
            let is_first = before.is_none();
            version.check_held(before.as_ref().map(|before| before.version))?;
            let today = day_in(&zone, now);
            let row = check_ins::replace(tx, caller.account_id, before, &body.0, today, now).await?;
            let (version, schedule) = check_ins::seen(tx, row, &zone, now).await?;
            let answer = match is_first {
                true => Answer::created("/v1/me/check-in-schedule", version, &schedule)?,
                false => Answer::ok(version, &schedule)?,
            };
            Ok(answer.private())
        })
        .await
}

/// End my check-in schedule
///
/// What was taken stays.
#[utoipa::path(operation_id = "deleteCheckInSchedule", tag = "Self Assessments", params(IfMatch),
    security(("bearerAuth" = ["self_assessments:write"])),
    responses((status = 204, description = "It is gone."), (status = 404, description = "I have none.")))]
#[delete("/me/check-in-schedule")]
pub async fn delete(app: App, caller: Caller, version: IfMatch) -> Result<Answer> {
    app.db
        .write(async |tx| {
            let row = check_ins::get(tx, caller.account_id).await?;
            version.check(row.version)?;
            check_ins::delete(tx, caller.account_id).await?;
            Ok(Answer::no_content())
        })
        .await
}
