//! The instruments with which therapists take stock: what they ask, how they are scored, and whose wording they have.
//!
//! Structure and scoring come from files that ship with the service. The wording of what others have published is not
//! ours to ship: an administrator imports it for a language, and says who permits that.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list)
        .service(routes::get)
        .service(routes::questionnaire)
        .service(routes::self_check)
        .service(routes::list_wordings)
        .service(routes::get_wording)
        .service(routes::replace_wording)
        .service(routes::delete_wording);
}
