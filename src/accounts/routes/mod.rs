//! What accounts are asked for over HTTP.

use actix_web::web;
use secrecy::{ExposeSecret, SecretString};
use utoipa_actix_web::service_config::ServiceConfig;

use super::rules;
use crate::problem::{Problem, Result};

mod me;
mod moderation;
mod registration;

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(registration::create_account)
        .service(registration::request_verification)
        .service(registration::confirm_email)
        .service(registration::request_password_reset)
        .service(registration::reset_password)
        .service(me::get_me)
        .service(me::update_me)
        .service(me::erase_me)
        .service(me::change_password)
        .service(me::export_me)
        .service(moderation::list_accounts)
        .service(moderation::get_account)
        .service(moderation::suspend_account)
        .service(moderation::reinstate_account)
        .service(moderation::set_platform_role);
}

/// Refuses a password that is easy to guess. Estimating takes milliseconds, so it runs beside the threads that serve.
///
/// # Errors
/// 422 `guessable` at `pointer`, with advice.
async fn check_guessability(pointer: &'static str, password: &SecretString, about: [&str; 2]) -> Result<()> {
    let (password, about) = (password.clone(), about.map(ToOwned::to_owned));
    let estimate = move || rules::weakness(password.expose_secret(), &about.each_ref().map(String::as_str));
    match web::block(estimate).await.map_err(Problem::internal)? {
        Some(advice) => Err(Problem::invalid_at(pointer, "guessable", advice)),
        None => Ok(()),
    }
}
