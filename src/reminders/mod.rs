//! What is about to happen: meetings that begin soon, for those who are expected there.
//!
//! They are derived when they are read. A job sends a mail for each, once for each time that a meeting has: that it was
//! sent is written down in the transaction that puts the mail into the outbox. Mails are read by others too, and tell no
//! name.

use crate::http::openapi::Routes;

mod mails;
mod routes;
mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::list).service(routes::get_settings).service(routes::replace_settings);
}
