//! What the self-assessments of a body's members come to, without telling of anybody.
//!
//! Only what its owner contributes counts, only quarters that are over are told of, and a quarter is computed once and
//! stays as it is. Whoever looks is taken out of the number of respondents, if they are one of them, so that nobody sees
//! fewer than five others. A group of five or fewer therefore never gets one on itself.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::get_contribution)
        .service(routes::contribute)
        .service(routes::withdraw)
        .service(routes::of_organization)
        .service(routes::of_group);
}
