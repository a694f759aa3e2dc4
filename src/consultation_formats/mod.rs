//! How a group works on what somebody brings: phases, their minutes, and who speaks in each.
//!
//! They are a file under `reference/`, in our words, built into the binary. Their keys are those of a vocabulary.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;

pub fn routes(service: &mut Routes) {
    service.service(routes::list).service(routes::get);
}
