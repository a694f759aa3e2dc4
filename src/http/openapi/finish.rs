//! Adds to the document what follows from the shape of an operation or a schema, so that no handler says it.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values answer null for a member that is missing and make one that is assigned; this runs once, at start"
)]

use serde_json::{Map, Value, json};

use crate::http::caller::SCOPES;

/// A status that many operations answer: its component, its meaning, the headers it adds.
const COMMON: [(u16, &str, &str); 16] = [
    (400, "BadRequest", "The request is malformed."),
    (401, "Unauthorized", "There is no valid access token."),
    (403, "Forbidden", "The caller may not do this."),
    (404, "NotFound", "There is nothing here that the caller may know of."),
    (406, "NotAcceptable", "The `Accept` header rules out every format that there is."),
    (408, "RequestTimeout", "The request did not arrive in time."),
    (409, "Conflict", "The state does not allow it, or the first request with this idempotency key still runs."),
    (412, "PreconditionFailed", "It has changed since the version in `If-Match`."),
    (413, "ContentTooLarge", "The body is too large."),
    (414, "UriTooLong", "The path and the query are too long."),
    (415, "UnsupportedMediaType", "The body has the wrong media type."),
    (422, "UnprocessableContent", "The request can be read, but is not valid."),
    (429, "TooManyRequests", "The limit of this caller is reached."),
    (431, "HeaderFieldsTooLarge", "The head of the request is too large."),
    (500, "InternalServerError", "A fault of the service. Nothing was changed."),
    (503, "ServiceUnavailable", "The service is away for a moment. Nothing was changed."),
];

/// Where an operation names the scopes that it needs.
const SCOPES_NEEDED: &str = "x-required-scopes";

/// The whole pass over what utoipa collected.
pub fn finish(document: &mut Value) {
    let scopes: Vec<String> = SCOPES.iter().map(|(scope, meaning)| format!("- `{scope}`: {meaning}")).collect();
    document["components"]["securitySchemes"]["bearerAuth"] = json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": format!(
            "An access token from `createSession`: a JWT by RFC 9068, best current practice by RFC8725, valid 10 \
             minutes. Each operation names the scopes that it needs; a first-party session has `all`.\n\n{}",
            scopes.join("\n")
        ),
    });
    let mut used = Vec::new();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            used.extend(finish_operation(path, method, operation));
        }
    }
    for (status, name, description) in COMMON.iter().filter(|(status, ..)| used.contains(status)) {
        document["components"]["responses"][*name] = json!({
            "description": description,
            "headers": common_headers(*status),
            "content": problem_content(),
        });
    }
    bound(document);
}

/// Says which scopes an operation needs. A bearer scheme does not define them, so that they stand beside it.
fn name_scopes(operation: &mut Value) {
    let mut scopes = Vec::new();
    for requirement in operation["security"].as_array_mut().into_iter().flatten() {
        if let Some(list) = requirement.get_mut("bearerAuth").and_then(Value::as_array_mut) {
            scopes.append(list);
        }
    }
    if scopes.is_empty() {
        return;
    }
    let words: Vec<String> = scopes.iter().filter_map(Value::as_str).map(|scope| format!("`{scope}`")).collect();
    let before = operation["description"].as_str().unwrap_or_default().to_owned();
    operation["description"] = format!("{before}\n\nScope: {}.", words.join(", ")).trim_start().into();
    operation[SCOPES_NEEDED] = scopes.into();
}

/// Formats whose text has a known length: whoever reads the schema need not look the format up.
const LENGTHS: [(&str, u32, u32); 3] = [("uuid", 36, 36), ("date-time", 20, 35), ("date", 10, 10)];

/// Says of every string and number anywhere how long or large it may be, where its format says so.
fn bound(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(bound),
        Value::Object(object) => {
            lift_description(object);
            let format = object.get("format").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some((_, shortest, longest)) = LENGTHS.iter().find(|(name, ..)| *name == format) {
                object.entry("minLength").or_insert_with(|| json!(shortest));
                object.entry("maxLength").or_insert_with(|| json!(longest));
            }
            if object.get("type").is_some_and(|kind| is(kind, "number")) {
                object.entry("minimum").or_insert_with(|| json!(-SAFE));
                object.entry("maximum").or_insert_with(|| json!(SAFE));
            }
            if object.get("type").is_some_and(|kind| is(kind, "integer")) {
                let small = format == "int32";
                let (least, most) = if small { (i32::MIN.into(), i32::MAX.into()) } else { (-SAFE, SAFE) };
                object.entry("format").or_insert_with(|| json!("int64"));
                object.entry("minimum").or_insert_with(|| json!(least));
                object.entry("maximum").or_insert_with(|| json!(most));
            }
            // utoipa describes one side of "this or null" only.
            let either = object.get_mut("oneOf").and_then(Value::as_array_mut);
            if let Some(words) = either.and_then(|list| list.first_mut()?.as_object_mut()?.remove("description")) {
                object.entry("description").or_insert(words);
            }
            object
                .iter_mut()
                .filter(|(name, _)| !matches!(name.as_str(), "example" | "examples" | "default"))
                .for_each(|(_, member)| bound(member));
        }
        _ => {}
    }
}

/// The largest whole number that every JSON reader keeps exact (RFC 8259, section 6).
const SAFE: i64 = (1 << 53) - 1;

fn is(kind: &Value, wanted: &str) -> bool {
    kind == wanted || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == wanted))
}

/// utoipa describes a member that may be null beside the reference inside it; it belongs to the member.
fn lift_description(schema: &mut Map<String, Value>) {
    let inner = schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten();
    let described = inner.filter_map(Value::as_object_mut).filter(|one| one.contains_key("$ref"));
    let description = described.filter_map(|one| one.remove("description")).next();
    if let Some(description) = description {
        schema.entry("description").or_insert(description);
    }
}

fn problem_content() -> Value {
    json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}})
}

/// Answers which of the common statuses the operation refers to.
fn finish_operation(path: &str, method: &str, operation: &mut Value) -> Vec<u16> {
    let guarded =
        operation["security"].as_array().is_some_and(|list| list.iter().any(|one| one.get("bearerAuth").is_some()));
    let optional = operation["security"].as_array().is_some_and(|list| list.iter().any(|one| one == &json!({})));
    // Who watches over the service is never turned away for asking often.
    let watched = matches!(path, "/livez" | "/readyz");
    name_scopes(operation);
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
    if method == "get" && !watched && success(operation).is_some() && !page {
        add_parameter(operation, "If-None-Match", 1000, "The `ETag` of the representation that you hold.");
        operation["responses"]["304"] =
            json!({"description": "You hold the current representation.", "headers": {"ETag": etag_header()}});
    }
    // Unknown query parameters are refused everywhere.
    let mut common = vec![400, 406, 408, 422, 431, 500, 503];
    if !watched {
        common.extend([414, 429]);
    }
    if guarded {
        common.extend([401, 403]);
    }
    if has(operation, "path") {
        common.push(404);
    }
    // The gate reads a body that nobody asked for, too.
    if method != "get" {
        common.extend([413, 415]);
    }
    if let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) {
        body.entry("description").or_insert_with(|| "What is asked for.".into());
    }
    if method == "post" && guarded {
        common.push(409);
    }
    if operation["parameters"].as_array().is_some_and(|list| list.iter().any(|one| one["name"] == "If-Match")) {
        common.push(412);
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return Vec::new() };
    for (status, response) in responses.iter_mut() {
        let Ok(status) = status.parse::<u16>() else { continue };
        let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) else {
            continue;
        };
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        for (name, header) in common_headers(status) {
            headers[name] = header;
        }
        if !watched && matches!(status, 200 | 201) && matches!(method, "get" | "post" | "patch" | "put") {
            headers[if page { "Link" } else { "ETag" }] = if page { link_header() } else { etag_header() };
        }
        if status == 201 {
            headers["Location"] = text_header("Where the new resource is.", 500);
        }
        if status >= 400 && !response.contains_key("content") {
            response.insert("content".into(), problem_content());
        }
    }
    let missing = |status: &u16| common.contains(status) && !responses.contains_key(&status.to_string());
    let used: Vec<_> = COMMON.iter().filter(|(status, ..)| missing(status)).collect();
    for (status, name, _) in &used {
        responses.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{name}")}));
    }
    used.iter().map(|(status, ..)| *status).collect()
}

/// The status and the schema name of the success with a body.
fn success(operation: &Value) -> Option<(u16, &str)> {
    members(Some(&operation["responses"])).find_map(|(status, response)| {
        let status = status.parse().ok().filter(|status| (200..300).contains(status))?;
        let kinds = ["application/json", "application/fhir+json", "text/calendar"];
        let schema = kinds.iter().find_map(|kind| response["content"][*kind]["schema"]["$ref"].as_str())?;
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

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}
