use actix_web::{HttpRequest, HttpResponse, get, http::header};

use crate::{
    accounts,
    hours::{
        rules,
        schema::{HourFilter, HourPage, csv},
        store::ledger::{self, Range},
    },
    http::{
        accept::Accept,
        caller::Caller,
        page::{self, PageParams, Paging},
        query::Query,
    },
    problem::Result,
    state::App,
};

/// List my hours
///
/// Line by line, those of the latest meetings first, and what all of them come to: of the last twelve months, unless
/// `from` says otherwise. `Accept: text/csv` gives the whole range as a table, a line for each meeting with its amendments
/// counted in; `limit` and `cursor` do not matter then.
#[utoipa::path(operation_id = "listHours", tag = "Hours", params(PageParams, HourFilter),
    security(("bearerAuth" = ["hours:read"])),
    responses((status = 200, description = "One page; or the table.",
        content((HourPage = "application/json"), (csv::Table = "text/csv")))))]
#[get("/me/hours")]
pub async fn list(
    app: App,
    caller: Caller,
    request: HttpRequest,
    accept: Accept,
    filter: Query<HourFilter>,
    paging: Paging,
) -> Result<HttpResponse> {
    let (db, id) = (app.db.read(), caller.account_id);
    let HourFilter { from, to, consultation_group_id } = filter.0;
    let account = accounts::store::of_caller(db, id).await?;
    let today = accounts::rules::day_in(&account.time_zone, app.clock.now());
    let range =
        Range { from: from.unwrap_or_else(|| rules::first_day(to.unwrap_or(today))), to, consultation_group_id };
    if accept.prefers("text/csv", "application/json") {
        let table = csv::write(&ledger::lines(db, id, &range).await?);
        let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"consultation-hours.csv\"");
        return Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header(disposition).body(table));
    }
    let rows = ledger::list(db, id, &range, &paging.0).await?;
    let totals = ledger::totals(db, id, &range).await?.into();
    let page = paging.page(&app, rows, |entry| entry)?;
    let whole = HourPage { items: page.items, next_cursor: page.next_cursor, total: page.total, totals };
    Ok(page::respond(&request, whole.next_cursor.as_deref(), whole.items.len(), &whole))
}
