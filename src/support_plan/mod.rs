//! What eases the challenges of the work, and what I do about mine: actions with a log, and the ties that hold me.
//!
//! Avenues, challenges and benefits are words of the vocabularies, and anyone may read what can be done here about each.
//! The plan is its owner's alone: everything that it says is sealed with the key of the account, so that the database
//! knows no more than how many rows there are and when they were made. Filters and sums therefore run here, after opening,
//! which is why a plan has an end. The audit trail has no line of it: moderators read every chain of the platform.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    routes::ways::routes(service);
    routes::actions::routes(service);
    routes::log::routes(service);
    routes::ties::routes(service);
    service.service(routes::overview);
}
