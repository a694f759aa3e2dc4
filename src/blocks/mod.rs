//! Colleagues whom I do not wish to meet: a block stands between the two in both directions.
//!
//! A block is its owner's alone. No list, count or answer tells anybody else of it, moderators and administrators
//! included, and the blocked person is answered as if the place took nobody. That is why the audit trail has no line of
//! it: moderators read every chain of the platform. What becomes of it is told by the row itself, and it goes with either
//! account.

use crate::http::openapi::Routes;

mod routes;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::list).service(routes::create).service(routes::get).service(routes::delete);
}
