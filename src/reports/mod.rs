//! What somebody brings before the moderators about an account, a group or an organization, and what they decide.
//!
//! A report is known to who wrote it and to moderators, but to no moderator whom it touches: who is reported, sits in the
//! group or runs the organization learns neither of it nor who wrote it. While it is undecided, moderators see the group
//! that it is about. Decisions are only ever added; the audit trail tells them without their words.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list)
        .service(routes::create)
        .service(routes::get)
        .service(routes::withdraw)
        .service(routes::review)
        .service(routes::resolve)
        .service(routes::dismiss);
}
