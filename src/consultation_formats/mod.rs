//! How a group works on what somebody brings: phases, their minutes, and who speaks in each.
//!
//! They are a file under `reference/`, in our words, built into the binary. Their keys are those of a vocabulary.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
pub mod rules;
pub mod schema;

pub fn routes(service: &mut ServiceConfig) {
    service.service(routes::list).service(routes::get);
}
