//! What organizations hold: conferences, workshops, trainings, get-togethers of colleagues, days of helping.
//!
//! Whoever runs an organization drafts its events, publishes and cancels them; others register, and wait where no place is
//! free. Somebody moves up in the transaction that frees a place. Who takes part is for those who run the organization to
//! know, and for nobody else: others see counts.
//!
//! An event of an organization that is archived takes nobody any more; it stays readable, can be cancelled, and whoever is in
//! can still withdraw. Where an organization is merged into another, its events move there.

use crate::http::openapi::Routes;

mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list_of_organization)
        .service(routes::create)
        .service(routes::list)
        .service(routes::get)
        .service(routes::update)
        .service(routes::delete)
        .service(routes::publish)
        .service(routes::cancel)
        .service(routes::registrations::get)
        .service(routes::registrations::join)
        .service(routes::registrations::leave)
        .service(routes::registrations::list);
}
