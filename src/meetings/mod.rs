//! Meetings of groups: when they are to be, who says they will come, and what becomes of each.
//!
//! A series says when a group meets by the wall clock; its meetings are derived from it for whatever time is asked about.
//! A change of a series leaves the past alone. Only members in good standing know of the meetings of a group.

use crate::http::openapi::Routes;

mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    routes::series::routes(service);
    routes::meetings::routes(service);
    routes::answers::routes(service);
}
