//! Deleting an account: what was its owner's alone is gone at once, what others keep stays without a name, and where it
//! owned something, somebody follows.

use crate::http::openapi::Routes;

mod routes;
mod rules;
mod store;

pub fn routes(service: &mut Routes) {
    service.service(routes::erase_me);
}
