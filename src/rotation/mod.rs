//! Whose turn it is to lead a meeting and to present at it, how turns are passed on, and whether they go round.
//!
//! The roles of meetings to come are derived when they are read: whoever has not led for longest leads, whoever has
//! not presented for longest presents. Each of the next few is foreseen as if those before it went as foreseen. When
//! a meeting begins, its roles are written down; once it is held, they count.

use crate::http::openapi::Routes;

mod mails;
mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    routes::meetings::routes(service);
    routes::queue::routes(service);
    routes::swaps::routes(service);
    service.service(routes::fairness);
}
