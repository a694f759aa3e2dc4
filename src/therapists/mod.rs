//! What therapists tell colleagues about their work, and the directory in which they are found.
//!
//! A profile belongs to an account, is replaced whole, and is seen by its owner. Its owner decides whether the directory
//! shows it to everyone who is signed in; the directory never shows licence numbers or the NPI.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::get_profile)
        .service(routes::replace_profile)
        .service(routes::delete_profile)
        .service(routes::list)
        .service(routes::get);
}
