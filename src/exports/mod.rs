//! Everything that this service holds about somebody, for them, as one document.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
mod schema;
mod store;

pub fn routes(service: &mut ServiceConfig) {
    service.service(routes::export_me);
}
