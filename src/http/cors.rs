//! Which browser apps may call, and what they may read of an answer.

use actix_cors::Cors;
use actix_web::{
    dev::ServiceRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};

/// Headers of answers that an app may read.
const EXPOSED: [&str; 11] = [
    "etag",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "idempotency-replayed",
    "deprecation",
    "sunset",
    "x-request-id",
    "content-disposition",
];

pub fn is_cross_origin(request: &ServiceRequest) -> bool {
    request.headers().contains_key(header::ORIGIN)
}

/// Lets `origins` call; any, where there are none.
pub fn cors(origins: &[String]) -> Cors {
    let cors = match origins {
        [] => Cors::default().allow_any_origin().send_wildcard(),
        origins => origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin)),
    };
    cors.allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // What a header does not do without a browser, it does not do with one.
        .allow_any_header()
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(3600)
}

/// The same for an answer that no middleware saw, to a request of `origin`.
pub fn allow(headers: &mut HeaderMap, origins: &[String], origin: HeaderValue) {
    let allowed = match origins {
        [] => HeaderValue::from_static("*"),
        origins if origins.iter().any(|known| known.as_bytes() == origin.as_bytes()) => origin,
        _ => return,
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    if let Ok(exposed) = HeaderValue::try_from(EXPOSED.join(", ")) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
