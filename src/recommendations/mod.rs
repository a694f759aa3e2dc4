//! What a self-assessment leads to.
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(_service: &mut ServiceConfig) {}
