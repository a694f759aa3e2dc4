//! Sessions: signed-in devices. Signing in, refreshing with rotation and reuse detection, listing and ending them.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
mod rules;
mod schema;
pub mod store;

pub fn routes(service: &mut ServiceConfig) {
    service
        .service(routes::create_session)
        .service(routes::refresh_session)
        .service(routes::list_sessions)
        .service(routes::end_current_session)
        .service(routes::end_all_sessions)
        .service(routes::end_session);
}
