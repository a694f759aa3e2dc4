//! What no route serves: 405 with `Allow` where the path exists, 204 for `OPTIONS`, 404 otherwise.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, header},
};

use super::site;
use crate::{
    problem::{Problem, ProblemCode},
    state::App,
};

pub async fn fallback(app: App, request: HttpRequest) -> HttpResponse {
    let page = request.method() != Method::GET && site::is_page(request.path());
    let Some(allow) = app.document.allowed(request.path()).or(page.then_some("GET, HEAD, OPTIONS")) else {
        return Problem::not_found().error_response();
    };
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish();
    }
    Problem::from(ProblemCode::MethodNotAllowed).with_header(header::ALLOW, allow).error_response()
}
