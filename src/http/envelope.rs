//! The outermost layer: request id, log line, metrics, security headers, and a problem where something panicked.

use std::{
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
};
use futures_util::FutureExt;
use metrics::counter;
use tokio::time::timeout_at;
use uuid::Uuid;

use super::{
    compression, cors, durations,
    exchange::Answering,
    limits::{Address, COUNTED},
};
use crate::{
    problem::{Problem, ProblemCode, REQUEST_ID},
    state::App,
};

static X_REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-request-id");

static CSP: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
/// Swagger UI, vendored: scripts and data from here only. It sets styles inline.
static DOCS_CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
static PAGE_CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
static NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");
static NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
static A_YEAR_OF_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");
static WHAT_VARIES: HeaderValue = HeaderValue::from_static("Authorization, Accept, Accept-Encoding, Origin");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub async fn envelope(
    app: App,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let answering = Answering::begin(&request);
    let (name, id) = request_id(&request);
    let method = method_label(request.method());
    // A HEAD is served as a GET; the body is left out when the answer is written.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let route = app.document.route(&request).cloned();
    if let Some(route) = &route {
        request.extensions_mut().insert(Arc::clone(route));
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let docs = request.path().starts_with("/docs");
    let address = Address::of_request(request.head(), &app.config.trusted_proxies);
    let served = REQUEST_ID.scope(id, AssertUnwindSafe(next.call(request)).catch_unwind());
    let mut serving = pin!(COUNTED.scope(Cell::default(), served));
    let latest = started + Duration::from_secs(app.config.limits.answer_seconds);
    let served = timeout_at(latest.into(), serving.as_mut()).await;
    let unanswered = |problem: Problem| {
        let response = REQUEST_ID.sync_scope(id, || problem.error_response());
        (Err(response), problem.cause().map(ToOwned::to_owned), None)
    };
    let (mut served, cause, elsewhere) = match served {
        Ok(Ok(Ok(response))) => {
            let elsewhere = match docs {
                true => Some("/docs/".to_owned()),
                false if route.is_none() => response.request().match_pattern(),
                false => None,
            };
            let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
            let cause = problem.and_then(|problem| problem.cause().map(ToOwned::to_owned));
            (Ok(in_our_words(response.map_into_boxed_body(), id)), cause, elsewhere)
        }
        // Nothing is left of the request to answer it with, so the response travels as an error.
        Ok(Ok(Err(error))) => (Err(error.error_response()), Some(error.to_string()), None),
        Ok(Err(_)) => unanswered(Problem::internal("a handler panicked")),
        Err(_) => unanswered(Problem::unavailable("the answer took too long")),
    };
    if let (Err(response), Some(origin)) = (&mut served, origin) {
        cors::allow(response.headers_mut(), &app.config.cors.origins, origin);
    }
    let response = match &mut served {
        Ok(response) => response.response_mut(),
        Err(response) => response,
    };
    add_headers(&app, response, &name, docs);
    if answering.is_last() {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    let counted = serving.as_mut().take_value().and_then(Cell::into_inner);
    app.limits.tell(response.headers_mut(), counted, address);
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let route = match &route {
        Some(route) => {
            route.durations.record(&route.pattern, method, status, elapsed);
            &*route.pattern
        }
        None => {
            let pattern = elsewhere.as_deref().unwrap_or("unmatched");
            durations::of(pattern, method, status).record(elapsed);
            pattern
        }
    };
    let milliseconds = elapsed.as_secs_f64() * 1000.0;
    let request_id = name.to_str().unwrap_or_default();
    let mut buffer = Uuid::encode_buffer();
    let id = &*id.hyphenated().encode_lower(&mut buffer);
    // Where the client has a name of its own for the request, both are told.
    let instance = (id != request_id).then_some(id);
    match cause {
        Some(cause) if status >= 500 => {
            counter!("http_server_errors_total").increment(1);
            tracing::error!(method, %route, status, milliseconds, request_id, instance, cause, "request");
        }
        _ => tracing::info!(method, %route, status, milliseconds, request_id, instance, "request"),
    }
    served.map_err(|response| InternalError::from_response("the handler failed", response).into())
}

/// Counts and logs what was no request. Nobody knows when it began.
pub(super) fn note_unreadable(status: StatusCode, request_id: &HeaderValue) {
    let (method, route, status) = ("OTHER", "unmatched", status.as_u16());
    durations::of(route, method, status).record(Duration::ZERO);
    let request_id = request_id.to_str().unwrap_or_default();
    tracing::info!(method, route, status, milliseconds = 0.0, request_id, "request");
}

/// A client may put any word in the place of the method; labels and log lines know the usual ones.
fn method_label(method: &Method) -> &'static str {
    let usual = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    usual.into_iter().find(|usual| *usual == method.as_str()).unwrap_or("OTHER")
}

/// Where a library refused with words of its own, or none, the answer becomes a problem. Its other headers stay.
fn in_our_words(response: ServiceResponse<BoxBody>, id: Uuid) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json")) {
        return response;
    }
    let code = match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::NOT_ACCEPTABLE => ProblemCode::NotAcceptable,
        status if status.is_client_error() => ProblemCode::BadRequest,
        _ => ProblemCode::Internal,
    };
    let mut answer = REQUEST_ID.sync_scope(id, || Problem::from(code).error_response());
    for (name, value) in response.headers().iter().filter(|(name, _)| !name.as_str().starts_with("content-")) {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    response.into_response(answer)
}

/// The id of the request as the client knows it: its own if it is a sane one. And as a UUID, a new one where that is none.
fn request_id(request: &ServiceRequest) -> (HeaderValue, Uuid) {
    let is_sane = |id: &[u8]| {
        (1..=64).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    match request.headers().get(&X_REQUEST_ID).filter(|id| is_sane(id.as_bytes())) {
        Some(given) => (given.clone(), Uuid::try_parse_ascii(given.as_bytes()).unwrap_or_else(|_| new_id())),
        None => new_name(),
    }
}

/// An id for a request whose client gave none.
pub(super) fn new_name() -> (HeaderValue, Uuid) {
    let id = new_id();
    let name = HeaderValue::from_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    (name.unwrap_or_else(|_| HeaderValue::from_static("-")), id)
}

/// An id for a request. It is no secret, so that one call for chance serves for many.
fn new_id() -> Uuid {
    thread_local! {
        static CHANCE: RefCell<std::vec::IntoIter<[u8; 10]>> = RefCell::default();
    }
    let chance = CHANCE.with_borrow_mut(|chance| {
        if chance.len() == 0 {
            let mut fresh = vec![[0; 10]; 256];
            // Without chance, the time still tells most requests apart.
            aws_lc_rs::rand::fill(fresh.as_flattened_mut()).ok();
            *chance = fresh.into_iter();
        }
        chance.next().unwrap_or_default()
    });
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(elapsed.as_millis()).unwrap_or(0), &chance).into_uuid()
}

pub(super) fn add_headers(app: &App, response: &mut HttpResponse<BoxBody>, request_id: &HeaderValue, docs: bool) {
    let html =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let csp = if docs {
        &DOCS_CSP
    } else if html {
        &PAGE_CSP
    } else {
        &CSP
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFFING.clone());
    headers.insert(header::REFERRER_POLICY, NO_REFERRER.clone());
    headers.insert(header::CONTENT_SECURITY_POLICY, csp.clone());
    if app.config.public_url.as_ref().is_some_and(|url| url.scheme() == "https") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, A_YEAR_OF_TLS.clone());
    }
    // To append takes three times as long, and hardly any answer has one.
    match headers.contains_key(header::VARY) {
        true => headers.append(header::VARY, WHAT_VARIES.clone()),
        false => drop(headers.insert(header::VARY, WHAT_VARIES.clone())),
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
    }
    headers.insert(X_REQUEST_ID.clone(), request_id.clone());
    compression::finish(headers);
}
