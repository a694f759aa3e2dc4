//! Which consultation groups fit a therapist, and which therapists fit a group: what must hold, and how well the rest does.
//!
//! What must hold is asked of the database (a group that takes people, no block, no seat yet) or read from the packed key
//! of the group (licence, language). Whoever is left is scored, each time anew, because a score hangs on the clock. One
//! pass over ten thousand groups keeps a worker busy for some milliseconds, which is less than handing it to another
//! thread and back would be worth; only the cards of one page are loaded after it.

use crate::http::openapi::Routes;

mod routes;
pub mod rules;
pub mod schema;
pub mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::list_groups).service(routes::list_candidates);
}
