//! The audit trail: who did what to what, when and why. Append-only and hash-chained; no clinical text.
//!
//! Each organization and each consultation group has a chain of its own, each account one for what concerns neither.
//! Members see what concerns them, stewards and owners their organization's, the owners of a group its own. Moderators see
//! the platform's: everything but what happened in groups that are not before them, because who sits in a group is for its
//! members to know, and but what was done about reports that touch themselves.

use crate::http::openapi::Routes;

mod routes;
pub mod schema;
pub mod store;

pub use store::{Event, first, record, record_all};

pub fn routes(service: &mut Routes) {
    service.service(routes::list).service(routes::verify);
}
