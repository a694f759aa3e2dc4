//! Which other time would suit a group better: a question to its members, and the move of the series that follows from it.
//!
//! Those who plan may ask at any time; every member may once too few came twice in a row.

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
        .service(routes::delete)
        .service(routes::answer)
        .service(routes::choose);
}
