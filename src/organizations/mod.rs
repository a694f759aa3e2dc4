//! The bodies of the profession: found in a directory, proposed by anyone who is signed in, published, merged and
//! archived by moderators, run by their owners and stewards.

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
        .service(routes::publish)
        .service(routes::archive)
        .service(routes::merge)
        .service(routes::appoint_owner);
}
