use actix_web::{get, put};

use super::{
    schema::{Reminder, ReminderFilter, ReminderPage, ReminderSettings, ReminderSettingsReplace},
    store,
};
use crate::{
    http::{
        answer::Answer,
        body::Body,
        caller::Caller,
        conditional::IfMatch,
        page::{Page, PageParams, Paging},
        query::Query,
    },
    problem::Result,
    state::App,
};

/// List what is about to happen
///
/// Meetings of mine that begin soon, the earliest first, with what I answered and what to do. What was called off, what I
/// declined, and groups that rest or that I am away from remind of nothing.
#[utoipa::path(operation_id = "listReminders", tag = "Reminders", params(PageParams, ReminderFilter),
    security(("bearerAuth" = ["calendar:read"])),
    responses((status = 200, description = "One page.", body = ReminderPage)))]
#[get("/me/reminders")]
pub async fn list(app: App, caller: Caller, filter: Query<ReminderFilter>, paging: Paging) -> Result<Page<Reminder>> {
    let now = app.clock.now();
    let near = store::list(app.db.read(), caller.account_id, filter.0.within, now, &paging.0).await?;
    paging.page(&app, near, Reminder::from)
}

/// Get how I am reminded
///
/// By mail a day before, until I say otherwise.
#[utoipa::path(operation_id = "getReminderSettings", tag = "Reminders", security(("bearerAuth" = ["calendar:read"])),
    responses((status = 200, description = "My settings.", body = ReminderSettings)))]
#[get("/me/reminder-settings")]
pub async fn get_settings(app: App, caller: Caller) -> Result<Answer> {
    let settings = ReminderSettings::from(store::settings(app.db.read(), caller.account_id).await?);
    Answer::ok(settings.version, &settings)
}

/// Set how I am reminded
///
/// Whether a mail comes before each meeting of mine, and how long before. What has reminded me does not do so again.
#[utoipa::path(operation_id = "replaceReminderSettings", tag = "Reminders", params(IfMatch),
    request_body = ReminderSettingsReplace, security(("bearerAuth" = ["calendar:write"])),
    responses((status = 200, description = "My settings as they now stand.", body = ReminderSettings)))]
#[put("/me/reminder-settings")]
pub async fn replace_settings(
    app: App,
    caller: Caller,
    version: IfMatch,
    body: Body<ReminderSettingsReplace>,
) -> Result<Answer> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            caller.confirm(tx).await?;
            let before = store::settings(tx, caller.account_id).await?;
            version.check(before.as_ref().map_or(0, |before| before.version))?;
            let row = store::replace(tx, caller.account_id, before, &body.0, now).await?;
            let settings = ReminderSettings::from(Some(row));
            Answer::ok(settings.version, &settings)
        })
        .await
}
