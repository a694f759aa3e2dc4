//! The tie of an account to an organization: joining, standing, roles, leaving.

use utoipa_actix_web::service_config::ServiceConfig;

pub mod rules;

pub fn routes(_service: &mut ServiceConfig) {}
