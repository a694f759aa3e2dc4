use utoipa_actix_web::service_config::ServiceConfig;

pub mod store;

pub fn routes(_service: &mut ServiceConfig) {}
