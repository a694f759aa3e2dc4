//! Calendars of my meetings that calendar apps fetch by a secret address, as RFC 5545 has them.
//!
//! The address holds a token; only its hash is stored. Whoever has the address reads the calendar, so that it names
//! neither a group nor a person nor a place, unless its owner asks for names. What it shows is looked up at each fetch: a
//! group shows while its owner is a member in good standing, and the feed of one group ends with the seat.

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
        .service(routes::update)
        .service(routes::delete)
        .service(routes::rotate);
}

/// What stands outside `/v1`.
pub fn public_routes(service: &mut Routes) {
    service.service(routes::calendar);
}
