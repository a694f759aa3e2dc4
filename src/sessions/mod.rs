//! Sessions: signed-in devices. Signing in, refreshing with rotation and reuse detection, listing and ending them.

use crate::http::openapi::Routes;

mod routes;
mod rules;
mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::create_session)
        .service(routes::refresh_session)
        .service(routes::list_sessions)
        .service(routes::get_session)
        .service(routes::end_current_session)
        .service(routes::end_all_sessions)
        .service(routes::end_session);
}
