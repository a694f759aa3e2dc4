//! Which answers are compressed: those that are worth it, for clients that ask for it.

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderValue},
};

/// Compressing less than this costs more than it saves, in bytes.
const WORTH_COMPRESSING: u64 = 1024;

/// Whether the client takes anything but plain answers. The compressor is for the others only.
pub fn is_asked_for(request: &ServiceRequest) -> bool {
    request.headers().contains_key(header::ACCEPT_ENCODING)
}

/// Marks a small body as done, so that the compressor around this leaves it.
pub fn spare_small_body(response: &mut ServiceResponse<BoxBody>) {
    let small = matches!(response.response().body().size(), BodySize::Sized(size) if size < WORTH_COMPRESSING);
    let asked_for = || response.request().headers().contains_key(header::ACCEPT_ENCODING);
    if small && asked_for() && !response.headers().contains_key(header::CONTENT_ENCODING) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Takes the mark off again, outside the compressor.
pub fn unmark(headers: &mut HeaderMap) {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes() == b"identity") {
        headers.remove(header::CONTENT_ENCODING);
    }
}
