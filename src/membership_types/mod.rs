//! The terms on which an organization takes members: how long, from when, with how much grace.
//!
//! Owners, stewards and moderators keep them; everyone who sees the organization reads them.

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
        .service(routes::delete);
}
