//! Everything that this service holds about somebody, for them, as one document.

use crate::http::openapi::Routes;

mod routes;
mod schema;
mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::export_me);
}
