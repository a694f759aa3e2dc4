//! Small groups of therapists who consult one another: founded, published, filled, paused, revived, dissolved.
//!
//! What follows from the clock is derived when it is read: a pause ends, a group that does not meet becomes dormant, a
//! seat whose agreement was not signed in time is free. Who sits in a group is for its members to know. Seats are
//! memberships; here they are counted, and offered to whoever waits.

use crate::http::openapi::Routes;

mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list)
        .service(routes::create)
        .service(routes::get)
        .service(routes::update)
        .service(routes::delete)
        .service(routes::publish)
        .service(routes::activate)
        .service(routes::pause)
        .service(routes::resume)
        .service(routes::keep)
        .service(routes::revive)
        .service(routes::archive)
        .service(routes::dissolve);
}
