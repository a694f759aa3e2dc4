//! Sessions: signed-in devices. Signing in, refreshing with rotation and reuse detection, listing and ending them.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
mod rules;
mod schema;
mod store;

pub fn routes(service: &mut ServiceConfig) {
    routes::routes(service);
}
