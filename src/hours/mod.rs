//! The hours that meetings came to, and certificates of them.
//!
//! The ledger only grows: closing a meeting adds to it, an amendment adds the difference. A certificate says what it came to
//! for one group and range of days, and is good as long as it still does. Anybody with its code learns whether it is, and
//! nothing else: codes are stored as hashes, and names are sealed with the key of the account.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::hours::list)
        .service(routes::certificates::list)
        .service(routes::certificates::create)
        .service(routes::certificates::get)
        .service(routes::certificates::revoke)
        .service(routes::certificates::verify);
}
