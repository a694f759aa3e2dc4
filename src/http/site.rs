//! What stands outside `/v1`: the front page, problems, health, keys, metrics, the document and its reader.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest, HttpResponse, get, guard,
    http::header::{self, HeaderValue},
    web::{self, Bytes},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_swagger_ui::Config;

use super::{
    answer::Answer,
    conditional::tag_held,
    openapi::{self, Routes},
    path::Word,
};
use crate::{
    problem::{Explanation, Problem, ProblemCode, Result},
    state::App,
};

/// Where Prometheus scrapes.
pub const METRICS: &str = "/metrics";

/// Operations that the document lists.
pub fn documented(service: &mut Routes) {
    service.service(livez).service(readyz).service(jwks).service(list_problems).service(get_problem);
}

/// Pages for people and machines that the document does not list.
pub fn undocumented(service: &mut web::ServiceConfig, metrics_here: bool) {
    if metrics_here {
        metrics_only(service);
    }
    service
        .route("/", web::get().to(front_page))
        .route("/site.css", web::get().to(style))
        .route("/openapi.json", web::get().to(document))
        .service(web::redirect("/docs", "/docs/"))
        .service(web::scope("/docs").guard(guard::Get()).default_service(web::to(reader)));
}

/// Whether [`undocumented`] serves this path.
pub fn is_page(path: &str, metrics_here: bool) -> bool {
    matches!(path, "/" | "/site.css" | "/openapi.json") || path.starts_with("/docs/") || metrics_here && path == METRICS
}

/// Whether the process runs.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok` when it does.
    #[schema(max_length = 20, example = "ok")]
    status: &'static str,
}

/// Tell whether the process runs
///
/// It does not look at the database.
#[utoipa::path(operation_id = "getLiveness", tag = "Service", security(()),
    responses((status = 200, description = "It runs.", body = Health)))]
#[get("/livez")]
pub async fn livez() -> web::Json<Health> {
    web::Json(Health { status: "ok" })
}

/// Tell whether requests can be served
///
/// It asks the database.
#[utoipa::path(operation_id = "getReadiness", tag = "Service", security(()),
    responses((status = 200, description = "It is ready.", body = Health)))]
#[get("/readyz")]
pub async fn readyz(app: App) -> Result<web::Json<Health>> {
    app.db.ping().await?;
    Ok(web::Json(Health { status: "ok" }))
}

/// Public keys by RFC 7517.
#[derive(Serialize, ToSchema)]
pub struct JsonWebKeySet {
    /// The previous, the current and the next key.
    #[schema(value_type = Vec<JsonWebKey>, max_items = 10)]
    keys: Vec<jsonwebtoken::jwk::Jwk>,
}

/// A public key by RFC 7517.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it documents what jsonwebtoken serialises")]
pub struct JsonWebKey {
    /// RFC 7638 thumbprint, as in the header of a token.
    #[schema(max_length = 64)]
    kid: String,
    /// Key type.
    #[schema(max_length = 10, example = "EC")]
    kty: String,
    /// Curve.
    #[schema(max_length = 10, example = "P-256")]
    crv: String,
    /// First coordinate.
    #[schema(max_length = 64)]
    x: String,
    /// Second coordinate.
    #[schema(max_length = 64)]
    y: String,
    /// What it is for.
    #[serde(rename = "use")]
    #[schema(max_length = 10, example = "sig")]
    usage: String,
    /// The algorithm that it signs with.
    #[schema(max_length = 10, example = "ES256")]
    alg: String,
}

/// List the keys that access tokens are signed with
///
/// Fetch them again when a token names one that you do not hold.
#[utoipa::path(operation_id = "listKeys", tag = "Service", security(()),
    responses((status = 200, description = "The public keys.", body = JsonWebKeySet)))]
#[get("/.well-known/jwks.json")]
pub async fn jwks(app: App, request: HttpRequest) -> Result<HttpResponse> {
    let keys = JsonWebKeySet { keys: app.access_tokens.published_keys().keys };
    let mut response = Answer::plain(&keys)?.respond(&request);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

/// A kind of problem.
#[derive(Serialize, ToSchema)]
pub struct ProblemType {
    /// Its stable key.
    #[schema(max_length = 64, example = "stale_version")]
    code: &'static str,
    /// The HTTP status that it comes with.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What it is, in a few words.
    #[schema(max_length = 200)]
    title: &'static str,
    /// What it means.
    #[schema(max_length = 1000)]
    meaning: &'static str,
    /// What to do about it.
    #[schema(max_length = 1000)]
    mend: &'static str,
}

/// Every kind of problem.
#[derive(Serialize, ToSchema)]
pub struct ProblemTypeList {
    /// In the order of their statuses.
    #[schema(max_items = 500)]
    items: Vec<ProblemType>,
}

impl From<ProblemCode> for ProblemType {
    fn from(code: ProblemCode) -> Self {
        let Explanation { code, status, title, meaning, mend } = code.explanation();
        Self { code, status, title, meaning, mend }
    }
}

/// List every kind of problem
///
/// A page for a browser, JSON otherwise.
#[utoipa::path(operation_id = "listProblems", tag = "Service", security(()),
    responses((status = 200, description = "Every code.", body = ProblemTypeList)))]
#[get("/problems")]
pub async fn list_problems(request: HttpRequest) -> Result<HttpResponse> {
    let items: Vec<ProblemType> = ProblemCode::ALL.map(Into::into).into();
    if !wants_html(&request) {
        return Ok(Answer::plain(&ProblemTypeList { items })?.respond(&request));
    }
    let rows: String = items
        .iter()
        .map(|one| {
            format!("<li><a href=\"/problems/{0}\"><code>{0}</code></a> {1} {2}</li>", one.code, one.status, one.title)
        })
        .collect();
    Ok(page("Problems", &format!("<ul>{rows}</ul>")))
}

/// Explain a kind of problem
///
/// A page for a browser, JSON otherwise.
#[utoipa::path(operation_id = "getProblem", tag = "Service", security(()),
    params(("code" = String, Path, description = "The `code` of the problem.", max_length = 64)),
    responses((status = 200, description = "What it means and how to mend it.", body = ProblemType)))]
#[get("/problems/:code")]
pub async fn get_problem(request: HttpRequest, code: Word) -> Result<HttpResponse> {
    let problem: ProblemType = ProblemCode::from_code(&code.0).ok_or_else(Problem::not_found)?.into();
    if !wants_html(&request) {
        return Ok(Answer::plain(&problem)?.respond(&request));
    }
    let body = format!(
        "<p><code>{}</code>, status {}</p><p>{}</p><p><strong>What to do:</strong> {}</p>",
        problem.code,
        problem.status,
        in_code(problem.meaning),
        in_code(problem.mend)
    );
    Ok(page(problem.title, &body))
}

/// The listener for metrics alone.
pub fn metrics_only(service: &mut web::ServiceConfig) {
    service.route(METRICS, web::get().to(metrics));
}

async fn metrics(app: App) -> HttpResponse {
    metrics::counter!("database_statements_total").absolute(app.db.statements());
    metrics::counter!("password_hashes_total").absolute(app.passwords.computed());
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(app.metrics.render())
}

/// Where to go from `/`.
const LINKS: [(&str, &str); 6] = [
    ("/docs/", "Read and try the API"),
    ("/openapi.json", "OpenAPI document"),
    ("/v1/organizations", "Organizations of the profession"),
    ("/problems", "Every kind of problem, explained"),
    ("/.well-known/jwks.json", "Keys that access tokens are signed with"),
    ("/readyz", "Health"),
];

async fn front_page(request: HttpRequest) -> HttpResponse {
    if !wants_html(&request) {
        let links: Vec<_> = LINKS.map(|(href, title)| serde_json::json!({"href": href, "title": title})).into();
        return HttpResponse::Ok().json(serde_json::json!({"name": "Support Network", "links": links}));
    }
    let links: String = LINKS.map(|(href, title)| format!("<li><a href=\"{href}\">{title}</a></li>")).concat();
    page(
        "Support Network",
        &format!("<p>The service behind apps that end the isolation of therapists.</p><ul>{links}</ul>"),
    )
}

async fn document(request: HttpRequest) -> HttpResponse {
    let etag = openapi::ETAG.as_ref();
    let held = tag_held(&request, etag);
    let mut response = if held.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, "public, no-cache"));
    if let Some(etag) = held.or(etag) {
        response.insert_header((header::ETAG, etag.clone()));
    }
    match held {
        Some(_) => response.finish(),
        None => response.content_type("application/json").body(openapi::PUBLISHED),
    }
}

/// How Swagger UI shows the document.
static READER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let reader = Config::new(["/openapi.json"])
        .validator_url("none")
        .try_it_out_enabled(true)
        .display_operation_id(true)
        .display_request_duration(true)
        .persist_authorization(true)
        .filter(true);
    Arc::new(reader)
});

/// A file of Swagger UI. Its own route would have each worker compile a regular expression, for half a megabyte.
async fn reader(request: HttpRequest) -> Result<HttpResponse> {
    let name = request.path().strip_prefix("/docs/").unwrap_or_default();
    let file = utoipa_swagger_ui::serve(name, Arc::clone(&READER)).map_err(Problem::internal)?;
    let file = file.ok_or_else(Problem::not_found)?;
    let mut response = HttpResponse::Ok();
    response.content_type(file.content_type);
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, header::ContentEncoding::Gzip));
    }
    Ok(response.body(match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }))
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("text/css; charset=utf-8")
        .body(Bytes::from_static(include_bytes!("site.css")))
}

fn wants_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}

fn in_code(words: &str) -> String {
    words
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.replace('<', "&lt;") })
        .collect()
}

fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/site.css\"></head><body><main><h1>{title}</h1>{body}\
         <p><a href=\"/\">Support Network</a></p></main></body></html>"
    ))
}
