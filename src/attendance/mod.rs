//! Who came to a meeting: recorded by those who lead it, amended for a while, disputed by whom it is about, and closed.
//!
//! Closing a meeting writes what it came to into the ledger of hours, which only grows: an amendment adds the difference.
//! That a group met is a sign of life, and lets one that is forming and large enough begin.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::get)
        .service(routes::set)
        .service(routes::changes)
        .service(routes::dispute)
        .service(routes::settle)
        .service(routes::close)
        .service(routes::of_membership);
}
