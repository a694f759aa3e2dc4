//! What accounts are asked for over HTTP.

use actix_web::web;
use secrecy::{ExposeSecret, SecretString};

use super::rules;
use crate::problem::{Problem, Result};

pub mod me;
pub mod moderation;
pub mod registration;

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
