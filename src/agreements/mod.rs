//! What the members of a consultation group agree on: drafts, and numbered versions that never change once published.
//!
//! A published version carries a hash over its canonical text, so that what was signed can be proved without this
//! service. Signing itself gives or keeps a seat, and therefore stands with the memberships.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list_clauses)
        .service(routes::list)
        .service(routes::create)
        .service(routes::get)
        .service(routes::update)
        .service(routes::delete)
        .service(routes::publish)
        .service(routes::list_signatures)
        .service(routes::export);
}
