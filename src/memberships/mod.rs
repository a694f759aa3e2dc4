//! The tie of an account to an organization or to a consultation group: joining, standing, roles, leaving.
//!
//! Every transition is one function of [`rules`], applied in the transaction that read the membership. Leaves,
//! suspensions, terms and the time to sign run out by themselves: what is stored says until when, and reading compares it
//! with the clock.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list_mine)
        .service(routes::join)
        .service(routes::roster)
        .service(routes::join_group)
        .service(routes::roster_of_group)
        .service(routes::sign)
        .service(routes::get)
        .service(routes::update)
        .service(routes::approve)
        .service(routes::decline)
        .service(routes::withdraw)
        .service(routes::start_leave)
        .service(routes::end_leave)
        .service(routes::suspend)
        .service(routes::reinstate)
        .service(routes::leave)
        .service(routes::remove)
        .service(routes::confirm)
        .service(routes::renew);
}
