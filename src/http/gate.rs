//! The inner gate that every request passes: who calls, how often, with which parameters and which body.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpMessage, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, Method, header},
    middleware::Next,
    web::BytesMut,
};
use futures_util::StreamExt;

use super::{
    accept::Accept,
    authentication::identify,
    body::{self, RawBody},
    caller::Identity,
    compression, faults,
    limits::{Address, COUNTED, Payer},
    openapi::{Operation, Route},
    query::pairs,
};
use crate::{
    problem::{Fault, Problem, ProblemCode, Result},
    state::{App, State},
};

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest path and query.
const LONGEST_TARGET: usize = 8 * 1024;

/// More faults of parameters than this are told by themselves: others would be looked for among them.
const TOLD_WITH_OTHERS: usize = 20;

pub async fn gate(
    app: App,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<BoxBody>, Error> {
    // Who watches over the service is never turned away for asking often.
    if matches!(request.path(), "/livez" | "/readyz" | "/metrics") {
        let mut response = match check_target(&request) {
            Ok(()) => next.call(request).await?.map_into_boxed_body(),
            Err(problem) => request.into_response(problem.error_response()),
        };
        compression::spare_small_body(&mut response);
        return Ok(response);
    }
    let now = Instant::now();
    let mut identity = identify(&app, request.headers().get(header::AUTHORIZATION), now).await;
    let admitted = admit(&app, &mut request, &identity, now).await;
    // While a body arrives, a session may end, and whoever moderates may do so no longer.
    let had_a_body = request.extensions().get::<RawBody>().is_some_and(|body| !body.0.is_empty());
    if had_a_body && admitted.is_ok() {
        identity = identify(&app, request.headers().get(header::AUTHORIZATION), Instant::now()).await;
    }
    let known = admitted.map(|()| app.public_answers.respond(&app, request.request(), &identity, now));
    let mut response = match known {
        Ok(Some(known)) => request.into_response(known),
        Ok(None) => {
            request.extensions_mut().insert(identity);
            app.document.lead(&mut request);
            next.call(request).await?.map_into_boxed_body()
        }
        Err(problem) => {
            let mut response = problem.error_response();
            // Where the body of the request ends is not known, or when.
            if matches!(problem.code, ProblemCode::BadRequest | ProblemCode::RequestTimeout) {
                response.head_mut().set_connection_type(ConnectionType::Close);
            }
            request.into_response(response)
        }
    };
    compression::spare_small_body(&mut response);
    Ok(response)
}

/// Everything that can be refused before a handler runs.
async fn admit(app: &State, request: &mut ServiceRequest, identity: &Identity, now: Instant) -> Result<()> {
    let payer = match identity {
        Identity::Known(caller) => Payer::Account(caller.account_id),
        _ => Payer::Address(Address::of_request(request.head(), &app.config.trusted_proxies).key()),
    };
    let taken = app.limits.requests.take_at(&payer, now);
    let left = taken.as_ref().map_or_else(|_| app.limits.requests.standing(&payer), |left| *left);
    COUNTED.try_with(|counted| counted.set(Some(left))).ok();
    taken?;
    check_target(request).and_then(|()| check_accept(request))?;
    match may_have_a_body(request.method()) {
        true => Box::pin(read_body(app, request)).await?,
        false => return Ok(()),
    }
    match *request.method() {
        Method::DELETE => check_empty(request),
        _ => Ok(()),
    }
}

/// The path is not too long, and every query parameter is one that the operation documents. Faults of parameters are told
/// with those of the handler's arguments, where it has any that can have some.
fn check_target(request: &ServiceRequest) -> Result<()> {
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > LONGEST_TARGET) {
        return Err(ProblemCode::UriTooLong.into());
    }
    if request.query_string().is_empty() {
        return Ok(());
    }
    let route = Route::of(request);
    let Some(operation) = route.as_ref().and_then(|route| route.operation(request.method())) else { return Ok(()) };
    let mut found = Vec::new();
    // Most parameters are known and have nothing encoded, in which something could be hidden.
    let is_plain = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        pair.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%')
            && operation.query.iter().any(|known| known == name)
    };
    let to_be_looked_at: Vec<&str> =
        request.query_string().split('&').filter(|pair| !is_plain(pair)).take(1000).collect();
    for (name, value) in to_be_looked_at.iter().flat_map(|pair| pairs(pair)) {
        if !operation.query.iter().any(|known| *known == name) {
            let known = operation.query.join(", ");
            let words = if known.is_empty() { "no parameters are taken".into() } else { format!("one of: {known}") };
            found.push(Fault::parameter(name, "unknown_parameter", format!("is not known here; {words}")));
        } else if value.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            found.push(Fault::parameter(name, "invalid_characters", "must be UTF-8 without control characters"));
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => tell(request, operation, found),
    }
}

/// What is deleted stands in the path. A body would be taken for a condition.
fn check_empty(request: &ServiceRequest) -> Result<()> {
    let Err(mut problem) = body::nothing(request.request()) else { return Ok(()) };
    let route = Route::of(request);
    match route.as_ref().and_then(|route| route.operation(request.method())) {
        Some(operation) if problem.code == ProblemCode::ValidationFailed => {
            tell(request, operation, problem.take_errors())
        }
        _ => Err(problem),
    }
}

fn tell(request: &ServiceRequest, operation: &Operation, found: Vec<Fault>) -> Result<()> {
    if found.len() > TOLD_WITH_OTHERS || !operation.tells_faults {
        return Err(Problem::invalid(found));
    }
    faults::keep(request, found);
    Ok(())
}

/// The client takes one of the formats that the operation answers in: JSON, where the document names no other.
fn check_accept(request: &ServiceRequest) -> Result<()> {
    if !request.headers().contains_key(header::ACCEPT) || !request.path().starts_with("/v1/") {
        return Ok(());
    }
    let accept = Accept::of(request.headers());
    let route = Route::of(request);
    let operation = route.as_ref().and_then(|route| route.operation(request.method()));
    let others = operation.into_iter().flat_map(|operation| &operation.formats).map(String::as_str);
    match ["application/json", "application/problem+json"].into_iter().chain(others).any(|format| accept.allows(format))
    {
        true => Ok(()),
        false => Err(ProblemCode::NotAcceptable.into()),
    }
}

fn may_have_a_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
}

/// Takes the whole body in, so that extractors can look at it as often as they need.
async fn read_body(app: &State, request: &mut ServiceRequest) -> Result<()> {
    let limit = app.config.limits.body_bytes;
    let too_large = || Problem::new(ProblemCode::ContentTooLarge, format!("the limit is {limit} bytes"));
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding.as_bytes() != b"identity") {
        let problem = Problem::new(ProblemCode::UnsupportedMediaType, "bodies are taken as they are, not compressed");
        return Err(problem.with_header(header::ACCEPT_ENCODING, "identity"));
    }
    let mut payload = request.take_payload();
    let whole = async {
        let mut body = BytesMut::with_capacity(length.unwrap_or_default().min(limit));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::from(ProblemCode::BadRequest))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    let body =
        tokio::time::timeout(BODY_TIMEOUT, whole).await.map_err(|_| Problem::from(ProblemCode::RequestTimeout))??;
    request.extensions_mut().insert(RawBody(body));
    Ok(())
}
