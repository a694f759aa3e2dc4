//! Deleting an account: what was its owner's alone is gone at once, what others keep stays without a name, and where it
//! owned something, somebody follows.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
mod rules;
mod store;

pub fn routes(service: &mut ServiceConfig) {
    service.service(routes::erase_me);
}
