//! What my latest Challenge Check leads to: for each challenge that weighs on me, the avenues that may ease it, and what
//! can be joined here today.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut ServiceConfig) {
    service.service(routes::get);
}
