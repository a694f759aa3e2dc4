//! The published document: what utoipa collects from the handlers, finished in one pass, and what the floor reads back
//! from it. What is documented is what is enforced: scopes, query parameters and allowed methods come from here.

use std::collections::HashMap;

use actix_web::{dev::ResourceDef, http::Method, web::Bytes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::caller::{SCOPES, every_scope};
use crate::problem::{Fault, Problem, ProblemBody, Result};

/// What the document starts from. Tags are in the order in which one meets them.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Support Network API",
        description = "The service behind apps that end the isolation of mental-health therapists.\n\n\
            Sign in with `createSession`, press **Authorize**, and paste the access token. Clients ignore response \
            members and enum values that they do not know: new ones may appear at any time. Failures are RFC 9457 \
            problems, explained at `/problems`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Support Network", url = "https://github.com/support-network/support-network")
    ),
    servers((url = "/", description = "This server.")),
    tags(
        (name = "Accounts", description = "Who can sign in: registration, my account, e-mail addresses, passwords."),
        (name = "Audit", description = "Who did what, when and why."),
        (name = "Invitations", description = "Offers of a membership, bound to an e-mail address."),
        (name = "Memberships", description = "The tie of an account to an organization: joining, standing, roles, leaving."),
        (name = "Organizations", description = "The bodies of the profession, and the terms on which they take members."),
        (name = "Profiles", description = "What I tell colleagues about my work."),
        (name = "Service", description = "The service itself: health, keys, problems."),
        (name = "Sessions", description = "Signed-in devices and their tokens."),
        (name = "Therapists", description = "The directory of colleagues who wish to be found."),
        (name = "Vocabularies", description = "The words that profiles and organizations share."),
    ),
    components(schemas(ProblemBody, Fault)),
)]
pub struct Base;

/// One operation, as far as the floor needs to know it.
pub struct Operation {
    pub scopes: Vec<String>,
    pub query: Vec<String>,
}

/// The finished document and what is looked up in it.
pub struct Document {
    pub json: Bytes,
    pub etag: String,
    pub every_scope: String,
    operations: HashMap<String, HashMap<Method, Operation>>,
    allowed: Vec<(ResourceDef, String)>,
}

/// A status that many operations answer: its component, its meaning, the headers it adds.
const COMMON: [(u16, &str, &str); 14] = [
    (400, "BadRequest", "The request is malformed."),
    (401, "Unauthorized", "There is no valid access token."),
    (403, "Forbidden", "The caller may not do this."),
    (404, "NotFound", "There is nothing here that the caller may know of."),
    (406, "NotAcceptable", "The `Accept` header rules out JSON."),
    (408, "RequestTimeout", "The body did not arrive in time."),
    (409, "Conflict", "The state does not allow it, or the first request with this idempotency key still runs."),
    (412, "PreconditionFailed", "It has changed since the version in `If-Match`."),
    (413, "ContentTooLarge", "The body is too large."),
    (415, "UnsupportedMediaType", "The body has the wrong media type."),
    (422, "UnprocessableContent", "The request can be read, but is not valid."),
    (429, "TooManyRequests", "The limit of this caller is reached."),
    (500, "InternalServerError", "A fault of the service. Nothing was changed."),
    (503, "ServiceUnavailable", "The service is away for a moment. Nothing was changed."),
];

impl Document {
    /// Finishes what utoipa collected.
    pub fn new(collected: &utoipa::openapi::OpenApi) -> Result<Self> {
        let mut document = serde_json::to_value(collected).map_err(Problem::internal)?;
        finish(&mut document);
        let mut operations: HashMap<String, HashMap<Method, Operation>> = HashMap::new();
        let mut allowed = Vec::new();
        for (path, item) in members(&document["paths"]) {
            let mut allow = Vec::new();
            for (method, operation) in members(item) {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                allow.push(if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() });
                operations.entry(path.clone()).or_default().insert(method, read_operation(operation));
            }
            allow.push("OPTIONS".to_owned());
            allowed.push((ResourceDef::new(path.as_str()), allow.join(", ")));
        }
        let mut json = serde_json::to_string_pretty(&document).map_err(Problem::internal)?;
        json.push('\n');
        let etag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(crate::crypto::sha256(json.as_bytes())));
        Ok(Self { json: json.into(), etag, every_scope: every_scope(), operations, allowed })
    }

    /// The operation behind a route.
    pub fn operation(&self, method: &Method, pattern: &str) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.get(pattern)?.get(method)
    }

    /// The methods of a path, for `Allow`.
    pub fn allowed(&self, path: &str) -> Option<&str> {
        self.allowed.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, allow)| allow.as_str())
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn read_operation(operation: &Value) -> Operation {
    let requirements = operation["security"].as_array().into_iter().flatten();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    Operation {
        scopes: requirements
            .filter_map(|requirement| requirement["bearerAuth"].as_array())
            .flatten()
            .filter_map(|scope| scope.as_str().map(String::from))
            .collect(),
        query: parameters
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str().map(String::from))
            .collect(),
    }
}

/// Adds what follows from the shape of an operation, so that no handler says it.
fn finish(document: &mut Value) {
    let scopes: Vec<String> = SCOPES.iter().map(|(scope, meaning)| format!("- `{scope}`: {meaning}")).collect();
    document["components"]["securitySchemes"]["bearerAuth"] = json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": format!(
            "An access token from `createSession`: a JWT by RFC 9068, best current practice by RFC 8725, valid 10 \
             minutes. The words that an operation requires are scopes; a first-party session has them all.\n\n{}",
            scopes.join("\n")
        ),
    });
    for (status, name, description) in COMMON {
        document["components"]["responses"][name] = json!({
            "description": description,
            "headers": common_headers(status),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
    }
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            finish_operation(path, method, operation);
        }
    }
}

fn finish_operation(path: &str, method: &str, operation: &mut Value) {
    let guarded =
        operation["security"].as_array().is_some_and(|list| list.iter().any(|one| one.get("bearerAuth").is_some()));
    let optional = operation["security"].as_array().is_some_and(|list| list.iter().any(|one| one == &json!({})));
    let business = path.starts_with("/v1/");
    let has = |operation: &Value, place: &str| {
        operation["parameters"].as_array().is_some_and(|list| list.iter().any(|one| one["in"] == place))
    };
    let secret = operation.as_object_mut().and_then(|operation| operation.remove("x-answers-with-secrets")).is_some();
    if method == "post" && guarded && !optional && !secret {
        add_parameter(
            operation,
            "Idempotency-Key",
            255,
            "A key of your own for this request: a retry with it takes effect once.",
        );
    }
    let page = success(operation).is_some_and(|(_, schema)| schema.ends_with("Page"));
    if method == "get" && business && success(operation).is_some() && !page {
        add_parameter(operation, "If-None-Match", 1000, "The `ETag` of the representation that you hold.");
        operation["responses"]["304"] =
            json!({"description": "You hold the current representation.", "headers": {"ETag": etag_header()}});
    }
    let mut common = vec![400, 429, 500, 503];
    if business {
        common.push(406);
    }
    if guarded {
        common.extend([401, 403]);
    }
    if has(operation, "path") {
        common.push(404);
    }
    if has(operation, "query") || method == "post" && guarded {
        common.push(422);
    }
    if operation.get("requestBody").is_some() {
        common.extend([408, 413, 415, 422]);
        if let Some(body) = operation["requestBody"].as_object_mut() {
            body.entry("description").or_insert_with(|| "What is asked for.".into());
        }
    }
    if method == "post" && guarded {
        common.push(409);
    }
    if operation["parameters"].as_array().is_some_and(|list| list.iter().any(|one| one["name"] == "If-Match")) {
        common.push(412);
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        let Ok(status) = status.parse::<u16>() else { continue };
        let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) else {
            continue;
        };
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        for (name, header) in common_headers(status) {
            headers[name] = header;
        }
        if business && matches!(status, 200 | 201) && matches!(method, "get" | "post" | "patch" | "put") && !secret {
            headers[if page { "Link" } else { "ETag" }] = if page { link_header() } else { etag_header() };
        }
        if status == 201 {
            headers["Location"] = text_header("Where the new resource is.", 500);
        }
        if status >= 400 && !response.contains_key("content") {
            response.insert(
                "content".into(),
                json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}),
            );
        }
    }
    for (status, name, _) in COMMON.iter().filter(|(status, ..)| common.contains(status)) {
        let reference = || json!({"$ref": format!("#/components/responses/{name}")});
        responses.entry(status.to_string()).or_insert_with(reference);
    }
}

/// The status and the schema name of the success with a body.
fn success(operation: &Value) -> Option<(u16, &str)> {
    members(&operation["responses"]).find_map(|(status, response)| {
        let status = status.parse().ok().filter(|status| (200..300).contains(status))?;
        let schema = response["content"]["application/json"]["schema"]["$ref"].as_str()?;
        Some((status, schema.trim_start_matches("#/components/schemas/")))
    })
}

fn add_parameter(operation: &mut Value, name: &str, longest: u32, description: &str) {
    let parameter = json!({
        "name": name, "in": "header", "required": false, "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": longest},
    });
    match operation["parameters"].as_array_mut() {
        Some(list) => list.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

fn common_headers(status: u16) -> Map<String, Value> {
    let mut headers = Map::new();
    headers
        .insert("RateLimit".into(), text_header("What is left of the caller's quota, and for how many seconds.", 100));
    headers.insert("RateLimit-Policy".into(), text_header("The caller's quota and its window in seconds.", 100));
    headers.insert("X-Request-Id".into(), text_header("The id of this request, also in the log.", 64));
    if matches!(status, 429 | 503) {
        let seconds = json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400});
        headers.insert("Retry-After".into(), json!({"description": "Seconds to wait.", "schema": seconds}));
    }
    if status == 401 {
        headers.insert("WWW-Authenticate".into(), text_header("The challenge (RFC 6750).", 200));
    }
    headers
}

fn text_header(description: &str, longest: u32) -> Value {
    json!({"description": description, "schema": {"type": "string", "maxLength": longest}})
}

fn etag_header() -> Value {
    text_header("Send it as `If-Match` with a change, or as `If-None-Match` with the next read.", 100)
}

fn link_header() -> Value {
    text_header("RFC 8288: `rel=\"next\"` leads to the next page.", 4000)
}
