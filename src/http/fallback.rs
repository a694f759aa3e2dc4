//! What no route serves: 405 with `Allow` where the path exists, 204 for `OPTIONS`, 404 otherwise.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, header},
};

use super::{openapi::Route, site};
use crate::{
    problem::{Problem, ProblemCode},
    state::App,
};

/// What pages are asked with.
const PAGE_METHODS: &str = "GET, HEAD, OPTIONS";

pub async fn fallback(app: App, request: HttpRequest) -> HttpResponse {
    let page = request.method() != Method::GET && site::is_page(request.path(), app.config.metrics.listen.is_none());
    let route = Route::of(&request);
    let Some(allow) = route.as_ref().map(|route| route.allow.as_str()).or(page.then_some(PAGE_METHODS)) else {
        return Problem::not_found().error_response();
    };
    refuse(request.method(), allow)
}

/// What is not served where there are metrics alone.
pub async fn beside_metrics(request: HttpRequest) -> HttpResponse {
    match request.path() {
        site::METRICS => refuse(request.method(), PAGE_METHODS),
        _ => Problem::not_found().error_response(),
    }
}

fn refuse(method: &Method, allow: &str) -> HttpResponse {
    if method == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish();
    }
    Problem::from(ProblemCode::MethodNotAllowed).with_header(header::ALLOW, allow).error_response()
}
