//! Offers of a membership, bound to an e-mail address.
//!
//! The mail and the answer to its issue carry a token; only its hash is stored. The token opens the offer's card to
//! whoever holds it, but only the account that has confirmed the address can accept. Issuing an offer again makes the
//! token before it void; expiry is derived.

use crate::http::openapi::Routes;

mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service
        .service(routes::list_mine)
        .service(routes::list)
        .service(routes::create)
        .service(routes::list_of_group)
        .service(routes::create_for_group)
        .service(routes::get)
        .service(routes::accept)
        .service(routes::decline)
        .service(routes::resend)
        .service(routes::revoke);
}
