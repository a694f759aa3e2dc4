//! Taking stock: instruments that somebody answers about themselves, what comes of it, and how it changes.
//!
//! What is answered and scored is sealed with the key of its owner, and no role reads another's: every query starts from
//! one's own. The audit trail has no line of it, because moderators read every chain of the platform; what became of a
//! self-assessment is told by the row itself. A completed one never changes; it can be taken out of trends, and erased.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list)
        .service(routes::create)
        // Before the one by id: its path lies among theirs.
        .service(routes::results::trends)
        .service(routes::get)
        .service(routes::update)
        .service(routes::delete)
        .service(routes::submit)
        .service(routes::void)
        .service(routes::results::export_fhir)
        .service(routes::shares::list_of_one)
        .service(routes::shares::create)
        .service(routes::shares::list)
        .service(routes::shares::get)
        .service(routes::shares::list_reads)
        .service(routes::shares::revoke)
        .service(routes::schedule::get)
        .service(routes::schedule::replace)
        .service(routes::schedule::delete);
}
