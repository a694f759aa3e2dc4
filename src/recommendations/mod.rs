//! What my latest Challenge Check leads to: for each challenge that weighs on me, the avenues that may ease it, and what
//! can be joined here today.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::get);
}
