use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    accounts::{schema::Account, store},
    http::{answer::Answer, caller::Caller},
    problem::Result,
    state::App,
};

pub fn routes(service: &mut ServiceConfig) {
    service.service(get_me);
}

/// Read my account
///
/// Nobody else can read it like this; the address is shown to me alone.
#[utoipa::path(
    operation_id = "getMe", tag = "Accounts", security(("bearerAuth" = ["account:read"])),
    responses((status = 200, description = "My account.", body = Account)))]
#[get("/me")]
async fn get_me(app: App, caller: Caller) -> Result<Answer> {
    let account = store::get(app.db.read(), caller.account_id).await?;
    Answer::ok(account.version, &Account::from(account))
}
