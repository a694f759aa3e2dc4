//! What moderators and administrators do with accounts.

use actix_web::{get, post, put};

use crate::{
    accounts::{
        schema::{AccountFilter, AccountSummary, AccountSummaryPage, PlatformRoleChange},
        store::{self, moderation},
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
    problem::{Problem, ProblemCode, Result},
    state::App,
};

/// List accounts
///
/// For moderators, oldest first, without e-mail addresses. Deleted ones are left out.
#[utoipa::path(
    operation_id = "listAccounts", tag = "Accounts", params(PageParams, AccountFilter),
    security(("bearerAuth" = ["accounts:read"])),
    responses((status = 200, description = "One page of accounts.", body = AccountSummaryPage)))]
#[get("/accounts")]
pub async fn list_accounts(
    app: App,
    caller: Caller,
    filter: Query<AccountFilter>,
    paging: Paging,
) -> Result<Page<AccountSummary>> {
    check_moderates(&caller)?;
    let rows = moderation::list(app.db.read(), &filter.0, &paging.0).await?;
    paging.page(&app, rows, AccountSummary::from)
}

/// Get an account
///
/// For moderators, without its e-mail address.
#[utoipa::path(
    operation_id = "getAccount", tag = "Accounts", params(("account_id" = Uuid, Path, description = "The account.")),
    security(("bearerAuth" = ["accounts:read"])),
    responses((status = 200, description = "The account.", body = AccountSummary)))]
#[get("/accounts/:account_id")]
pub async fn get_account(app: App, caller: Caller, id: Id) -> Result<Answer> {
    check_moderates(&caller)?;
    let account = store::get(app.db.read(), id.0).await?;
    Answer::ok(account.version, &AccountSummary::from(account))
}

/// Suspend an account
///
/// For moderators. Its sessions end at once, and it cannot sign in until it is reinstated. Only another administrator
/// suspends an administrator.
#[utoipa::path(
    operation_id = "suspendAccount", tag = "Accounts",
    params(("account_id" = Uuid, Path, description = "The account."), IfMatch), request_body = Nothing,
    security(("bearerAuth" = ["accounts:write"])),
    responses((status = 200, description = "The account as it is now.", body = AccountSummary)))]
#[post("/accounts/:account_id/suspend")]
pub async fn suspend_account(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    once: Once,
    _: Body<Nothing>,
) -> Result<Answer> {
    let now = app.clock.now();
    let answer = once
        .write(async |tx| {
            let account = moderation::suspend(tx, &caller, id.0, &version, now).await?;
            Answer::ok(account.version, &AccountSummary::from(account))
        })
        .await?;
    app.sessions.forget_account(id.0);
    Ok(answer)
}

/// Reinstate an account
///
/// For moderators. It can sign in again. Only an administrator reinstates an administrator.
#[utoipa::path(
    operation_id = "reinstateAccount", tag = "Accounts",
    params(("account_id" = Uuid, Path, description = "The account."), IfMatch), request_body = Nothing,
    security(("bearerAuth" = ["accounts:write"])),
    responses((status = 200, description = "The account as it is now.", body = AccountSummary)))]
#[post("/accounts/:account_id/reinstate")]
pub async fn reinstate_account(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    once: Once,
    _: Body<Nothing>,
) -> Result<Answer> {
    let now = app.clock.now();
    once.write(async |tx| {
        let account = moderation::reinstate(tx, &caller, id.0, &version, now).await?;
        Answer::ok(account.version, &AccountSummary::from(account))
    })
    .await
}

/// Give an account a platform role
///
/// For administrators. The last administrator cannot step down.
#[utoipa::path(
    operation_id = "setPlatformRole", tag = "Accounts",
    params(("account_id" = Uuid, Path, description = "The account."), IfMatch), request_body = PlatformRoleChange,
    security(("bearerAuth" = ["accounts:write"])),
    responses(
        (status = 200, description = "The account as it is now.", body = AccountSummary),
        (status = 409, description = "`invalid_transition`: no administrator would be left."),
    ))]
#[put("/accounts/:account_id/platform-role")]
pub async fn set_platform_role(
    app: App,
    caller: Caller,
    id: Id,
    version: IfMatch,
    body: Body<PlatformRoleChange>,
) -> Result<Answer> {
    let (role, now) = (body.0.platform_role, app.clock.now());
    let account =
        app.db.write(async |tx| moderation::change_role(tx, &caller, id.0, role, &version, now).await).await?;
    app.sessions.forget_account(id.0);
    Answer::ok(account.version, &AccountSummary::from(account))
}

/// Whoever moderates nothing is not told which accounts there are.
fn check_moderates(caller: &Caller) -> Result<()> {
    match caller.moderates() {
        true => Ok(()),
        false => Err(Problem::new(ProblemCode::Forbidden, "a moderator or administrator may do this")),
    }
}
