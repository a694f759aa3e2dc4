//! Accounts: who can sign in. Registration, e-mail addresses and passwords, what an account may read, change and take
//! away of itself, and what moderators do with accounts. Signing in is in `sessions`, deleting an account in `erasure`.

use crate::http::openapi::Routes;
use routes::{me, moderation, registration};

pub mod guesses;
mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(registration::create_account)
        .service(registration::request_verification)
        .service(registration::confirm_email)
        .service(registration::request_password_reset)
        .service(registration::reset_password)
        .service(me::get_me)
        .service(me::update_me)
        .service(me::change_password)
        .service(moderation::list_accounts)
        .service(moderation::get_account)
        .service(moderation::suspend_account)
        .service(moderation::reinstate_account)
        .service(moderation::set_platform_role);
}
