//! Which answers are compressed: those that are worth it, for clients that ask for it.

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Version,
        header::{self, HeaderMap, HeaderValue},
    },
};

/// Compressing less than this costs more than it saves, in bytes.
const WORTH_COMPRESSING: u64 = 1024;

/// What the tag of a compressed representation ends with, after a hyphen.
const CODINGS: [&str; 2] = ["gzip", "deflate"];

/// The tag of a representation before it was compressed, by us or by a proxy that does the same. Without quotes.
pub fn uncompressed(tag: &str) -> &str {
    CODINGS.iter().find_map(|coding| tag.strip_suffix(coding)?.strip_suffix('-')).unwrap_or(tag)
}

/// Whether the client takes anything but plain answers; the compressor is for no others. What is compressed has no length
/// and is sent in chunks, which HTTP/1.0 does not know (RFC 9112, section 6.1).
pub fn is_asked_for(request: &ServiceRequest) -> bool {
    request.headers().contains_key(header::ACCEPT_ENCODING) && request.version() >= Version::HTTP_11
}

/// Marks a small body as done, so that the compressor around this leaves it.
pub fn spare_small_body(response: &mut ServiceResponse<BoxBody>) {
    let small = matches!(response.response().body().size(), BodySize::Sized(size) if size < WORTH_COMPRESSING);
    let asked_for = || response.request().headers().contains_key(header::ACCEPT_ENCODING);
    if small && asked_for() && !response.headers().contains_key(header::CONTENT_ENCODING) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Outside the compressor: takes the mark off again, and gives what was compressed a tag of its own, because a strong one
/// stands for the same bytes (RFC 9110, section 8.8.1).
pub fn finish(headers: &mut HeaderMap) {
    let Some(coding) = headers.get(header::CONTENT_ENCODING) else { return };
    if coding.as_bytes() == b"identity" {
        headers.remove(header::CONTENT_ENCODING);
        return;
    }
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    let tag = tag.zip(coding.to_str().ok()).map(|(tag, coding)| format!("{tag}-{coding}\""));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
}
