//! What no route serves: 405 with `Allow` where the path exists, 204 for `OPTIONS`, 404 otherwise.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{Method, header},
};

use super::{openapi::Route, site};
use crate::problem::{Problem, ProblemCode};

pub async fn fallback(request: HttpRequest) -> HttpResponse {
    let page = request.method() != Method::GET && site::is_page(request.path());
    let route = Route::of(&request);
    let Some(allow) = route.as_ref().map(|route| route.allow.as_str()).or(page.then_some("GET, HEAD, OPTIONS")) else {
        return Problem::not_found().error_response();
    };
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish();
    }
    Problem::from(ProblemCode::MethodNotAllowed).with_header(header::ALLOW, allow).error_response()
}
