//! Successful answers: one type for all, so that what is sent now and what an idempotency key replays are the same.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};
use serde::Serialize;

use super::{
    conditional::{self, tag},
    openapi::Route,
};
use crate::problem::{Problem, Result};

static JSON: HeaderValue = HeaderValue::from_static("application/json");
static FHIR: HeaderValue = HeaderValue::from_static("application/fhir+json");
static MAY_BE_HELD: HeaderValue = HeaderValue::from_static("private, no-cache");

/// A finished answer: status, headers and serialised body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub content_type: Option<HeaderValue>,
    pub location: Option<String>,
    pub etag: Option<HeaderValue>,
    pub body: Bytes,
    /// It was stored under an idempotency key and is sent again.
    pub replayed: bool,
    cacheable: bool,
    /// Its owner's alone: where it is kept, it is sealed.
    pub(super) private: bool,
}

impl Answer {
    /// 200 with a resource. Its `ETag` starts with the version that `If-Match` compares, and ends with a digest of the
    /// representation, because what is derived from the clock changes without a write.
    pub fn ok(version: i64, body: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::OK, Some(version), body)
    }

    /// 200 with something that has no version.
    pub fn plain(body: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::OK, None, body)
    }

    /// 200 with a FHIR resource.
    pub fn fhir(resource: &impl Serialize) -> Result<Self> {
        Ok(Self { content_type: Some(FHIR.clone()), ..Self::plain(resource)? })
    }

    /// 200 with a text that is not JSON.
    pub fn text(content_type: &'static str, text: String) -> Result<Self> {
        let content_type = Some(HeaderValue::from_static(content_type));
        let etag = Some(tag(None, text.as_bytes())?);
        Ok(Self { cacheable: true, ..Self::stored(StatusCode::OK, content_type, None, etag, text.into()) })
    }

    /// 201 with the new resource and where it is.
    pub fn created(location: impl Into<String>, version: i64, body: &impl Serialize) -> Result<Self> {
        let answer = Self::json(StatusCode::CREATED, Some(version), body)?;
        Ok(Self { location: Some(location.into()), ..answer })
    }

    /// 202: it will be done.
    pub fn accepted(body: &impl Serialize) -> Result<Self> {
        Self::json(StatusCode::ACCEPTED, None, body)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::stored(StatusCode::NO_CONTENT, None, None, None, Bytes::new())
    }

    /// What is never the same twice: no tag.
    pub fn without_etag(self) -> Self {
        Self { etag: None, ..self }
    }

    /// What only the caller may read: no cache keeps it even where anybody may ask, and kept for its idempotency key it is sealed with the key of
    /// the account.
    pub fn private(self) -> Self {
        Self { private: true, ..self }
    }

    pub(super) fn stored(
        status: StatusCode,
        content_type: Option<HeaderValue>,
        location: Option<String>,
        etag: Option<HeaderValue>,
        body: Bytes,
    ) -> Self {
        Self { status, content_type, location, etag, body, replayed: false, cacheable: false, private: false }
    }

    fn json(status: StatusCode, version: Option<i64>, body: &impl Serialize) -> Result<Self> {
        let mut bytes = Vec::with_capacity(1024);
        serde_json::to_writer(&mut bytes, body).map_err(Problem::internal)?;
        let etag = Some(tag(version, &bytes)?);
        let cacheable = status == StatusCode::OK;
        Ok(Self { cacheable, ..Self::stored(status, Some(JSON.clone()), None, etag, bytes.into()) })
    }
}

impl Answer {
    /// As it goes over the wire: 304 where the client holds it already.
    pub(super) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let reading = matches!(*request.method(), Method::GET | Method::HEAD);
        let may_be_held = self.cacheable && reading;
        let held = self.etag.as_ref().filter(|_| may_be_held);
        let held = conditional::tag_held(request, held);
        let mut response = HttpResponse::build(if held.is_some() { StatusCode::NOT_MODIFIED } else { self.status });
        if let Some(etag) = held.or(self.etag.as_ref()) {
            response.insert_header((header::ETAG, etag.clone()));
        }
        if may_be_held && !self.private && is_open(request) {
            response.insert_header((header::CACHE_CONTROL, MAY_BE_HELD.clone()));
        }
        if held.is_some() {
            return response.finish();
        }
        if let Some(location) = self.location.as_deref() {
            response.insert_header((header::LOCATION, location));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        match &self.content_type {
            Some(content_type) => response.content_type(content_type.clone()).body(self.body.clone()),
            None => response.finish(),
        }
    }
}

/// What only those may read who are signed in is personal: no cache keeps it.
fn is_open(request: &HttpRequest) -> bool {
    let route = Route::of(request);
    route.and_then(|route| Some(route.operation(request.method())?.is_open)).unwrap_or_default()
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.respond(request)
    }
}
