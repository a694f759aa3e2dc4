//! The audit trail: who did what to what, when and why. Append-only and hash-chained; no clinical text.
//!
//! Each organization has a chain of its own, each account one for what concerns no organization. Members see what
//! concerns them, stewards and owners their organization's, moderators everything.

use utoipa_actix_web::service_config::ServiceConfig;

mod routes;
pub mod schema;
pub mod store;

pub use store::{Event, record, record_first};

pub fn routes(service: &mut ServiceConfig) {
    service.service(routes::list).service(routes::verify);
}
