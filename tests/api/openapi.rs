//! The published document: current, complete, true.

use std::{collections::BTreeSet, fs, path::Path};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::{Client, TestApp, document};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Each operation: its method, its path, itself.
fn operations() -> Vec<(Method, &'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let operations = |(path, item): (&'static String, &'static Value)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            assert!(METHODS.contains(&method.as_str()), "{path} has {method}");
            (method.to_uppercase().parse().unwrap(), path.as_str(), operation)
        })
    };
    paths.iter().flat_map(operations).collect()
}

fn schemas() -> &'static Map<String, Value> {
    document()["components"]["schemas"].as_object().unwrap()
}

/// The schema itself, where this one only refers to it.
fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(document().pointer(reference.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

fn walk(value: &'static Value, visit: &mut impl FnMut(&'static Map<String, Value>)) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| walk(one, visit)),
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|one| walk(one, visit));
        }
        _ => {}
    }
}

fn references(value: &'static Value) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    walk(value, &mut |object| found.extend(object.get("$ref").and_then(Value::as_str)));
    found
}

/// The schemas that these places refer to, and all that those refer to.
fn reachable(places: impl Iterator<Item = &'static Value>) -> BTreeSet<&'static str> {
    let mut found: BTreeSet<_> = places.flat_map(references).collect();
    loop {
        let more = found.iter().flat_map(|name| references(document().pointer(name.trim_start_matches('#')).unwrap()));
        let all: BTreeSet<_> = found.iter().copied().chain(more).collect();
        if all.len() == found.len() {
            return found.into_iter().filter(|name| name.contains("/schemas/")).collect();
        }
        found = all;
    }
}

fn validator(schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

/// An example of a body. One without members needs none.
fn example(schema: &'static Value) -> Option<Value> {
    let empty = schema["properties"].as_object().is_none_or(Map::is_empty).then(|| json!({}));
    schema.get("example").or_else(|| schema["examples"].get(0)).cloned().or(empty)
}

#[test]
fn the_published_document_is_the_generated_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let published = fs::read_to_string(file).unwrap();
    assert!(
        published == support_network::server::document().unwrap(),
        "openapi/openapi.json is old: cargo run -- openapi > openapi/openapi.json"
    );
}

#[test]
fn every_operation_is_described() {
    let tags: Vec<_> = document()["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
        assert!(ids.insert(id), "{id} stands twice");
        assert!(id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(char::is_alphanumeric), "{id}");
        let own = operation["tags"].as_array().unwrap();
        assert!(own.len() == 1 && tags.contains(&&own[0]), "{id} has the tags {own:?}");
        for member in ["summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| text.len() > 3), "{id} has no {member}");
        }
        assert!(!operation["summary"].as_str().unwrap().ends_with('.'), "{id}: a summary is a title");
        assert!(operation["security"].is_array(), "{id} does not say who may call it");
        let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        for (class, words) in [("2", "success"), ("4", "refusal"), ("5", "failure")] {
            assert!(statuses.iter().any(|status| status.starts_with(class)), "{id} lists no {words}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].as_str().is_some_and(|text| text.len() > 3), "{id}: {parameter}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_unused() {
    for reference in references(document()) {
        assert!(document().pointer(reference.trim_start_matches('#')).is_some(), "{reference} does not exist");
    }
    let used = reachable(operations().into_iter().map(|(_, _, operation)| operation));
    for name in schemas().keys() {
        assert!(used.contains(format!("#/components/schemas/{name}").as_str()), "{name} is not used");
    }
}

#[test]
fn every_schema_and_every_member_is_named_well_and_described() {
    for (name, schema) in schemas() {
        let pascal = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(char::is_alphanumeric);
        assert!(pascal, "{name}");
        assert!(schema["description"].is_string(), "{name} has no description");
        walk(schema, &mut |object| {
            for (member, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let described = schema["description"].is_string() || resolve(schema)["description"].is_string();
                assert!(described, "{name}.{member} has no description");
                let snake = member.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
                assert!(snake, "{name}.{member}");
                assert!(schema["properties"].is_null(), "{name}.{member} is an object without a name");
            }
        });
    }
}

#[test]
fn answers_never_hold_null() {
    let responses = operations().into_iter().map(|(_, _, operation)| &operation["responses"]);
    for reference in reachable(responses) {
        let schema = document().pointer(reference.trim_start_matches('#')).unwrap();
        walk(schema, &mut |object| {
            let kind = object.get("type");
            let null =
                kind.is_some_and(|kind| kind == "null" || kind.as_array().is_some_and(|k| k.contains(&json!("null"))));
            assert!(!null, "{reference} may hold null: {object:?}");
        });
    }
}

#[test]
fn every_example_is_valid() {
    let mut faults = Vec::new();
    let mut check = |place: &str, schema: &Value, example: &Value| {
        let found = validator(schema).iter_errors(example).map(|fault| fault.to_string()).collect::<Vec<_>>();
        if !found.is_empty() {
            faults.push(format!("{place}: {found:?}"));
        }
    };
    for (name, schema) in schemas() {
        for example in schema.get("example").into_iter().chain(schema["examples"].as_array().into_iter().flatten()) {
            check(name, schema, example);
        }
        walk(schema, &mut |object| {
            for (member, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                for example in
                    schema.get("example").into_iter().chain(schema["examples"].as_array().into_iter().flatten())
                {
                    check(&format!("{name}.{member}"), schema, example);
                }
            }
        });
    }
    for (method, path, operation) in operations() {
        let bodies = operation["responses"].as_object().unwrap().values().chain(operation.get("requestBody"));
        for content in bodies.flat_map(|body| body["content"].as_object()).flat_map(Map::values) {
            if let Some(example) = content.get("example") {
                check(&format!("{method} {path}"), &content["schema"], example);
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if let Some(example) = parameter.get("example") {
                check(&format!("{method} {path}"), &parameter["schema"], example);
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A body that breaks one rule of its schema, where it does, and which rule.
struct Broken {
    body: Value,
    place: String,
    rule: &'static str,
}

/// Breaks each documented rule of `schema` in `whole`, one at a time, at `place` and below.
fn break_each(whole: &Value, schema: &'static Value, place: &str, found: &mut Vec<Broken>) {
    let schema = resolve(schema);
    let mut replace = |rule: &'static str, place: &str, value: Option<Value>| {
        let mut body = whole.clone();
        let (parent, member) = place.rsplit_once('/').unwrap_or(("", place));
        match (body.pointer_mut(parent), value) {
            (Some(Value::Object(object)), Some(value)) => drop(object.insert(member.to_owned(), value)),
            (Some(Value::Object(object)), None) => drop(object.remove(member)),
            (Some(Value::Array(list)), Some(value)) => list[member.parse::<usize>().unwrap()] = value,
            other => panic!("{place} is not in {other:?}"),
        }
        found.push(Broken { body, place: place.to_owned(), rule });
    };
    let number = |name: &str| schema[name].as_i64();
    if let Some(longest) = number("maxLength") {
        replace("maxLength", place, Some("a".repeat(usize::try_from(longest).unwrap() + 1).into()));
    }
    if let Some(shortest) = number("minLength").filter(|shortest| *shortest > 0) {
        replace("minLength", place, Some("a".repeat(usize::try_from(shortest).unwrap() - 1).into()));
    }
    if schema.get("pattern").is_some() {
        replace("pattern", place, Some("?".into()));
    }
    if let Some(most) = number("maximum") {
        replace("maximum", place, Some((most + 1).into()));
    }
    if let Some(least) = number("minimum") {
        replace("minimum", place, Some((least - 1).into()));
    }
    if schema.get("enum").is_some() {
        replace("enum", place, Some("no_such_word".into()));
    }
    let current = whole.pointer(place);
    if let (Some(most), Some(one)) = (number("maxItems"), current.and_then(|list| list.get(0))) {
        replace("maxItems", place, Some(vec![one.clone(); usize::try_from(most).unwrap() + 1].into()));
    }
    if let Some(least) = number("minItems").filter(|least| *least > 0) {
        let few = current.and_then(Value::as_array).into_iter().flatten().take(usize::try_from(least).unwrap() - 1);
        replace("minItems", place, Some(few.cloned().collect()));
    }
    if !place.is_empty() {
        replace("type", place, Some(json!({"no_such_member": true})));
        replace("null", place, Some(Value::Null));
    }
    if current.is_some_and(Value::is_object) {
        for member in schema["required"].as_array().into_iter().flatten() {
            replace("required", &format!("{place}/{}", member.as_str().unwrap()), None);
        }
        if schema["additionalProperties"] == false {
            replace("additionalProperties", &format!("{place}/no_such_member"), Some(true.into()));
        }
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            break_each(whole, schema, &format!("{place}/{member}"), found);
        }
    }
    if current.and_then(|list| list.get(0)).is_some() && !schema["items"].is_null() {
        break_each(whole, &schema["items"], &format!("{place}/0"), found);
    }
}

/// Whether the member at `place` must be given.
fn is_required(schema: &'static Value, whole: &Value, place: &str) -> bool {
    let (parent, member) = place.rsplit_once('/').unwrap_or_default();
    let mut without = whole.clone();
    if let Some(Value::Object(object)) = without.pointer_mut(parent) {
        object.remove(member);
    }
    !validator(schema).is_valid(&without)
}

/// A path with something in each of its places.
fn filled(path: &str) -> String {
    let fill = |part: &str| match part {
        "{name}" | "{code}" => "specialties".into(),
        "{instrument_key}" => "mini-z-1".into(),
        "{language}" => "es".into(),
        part if part.starts_with('{') => uuid::Uuid::now_v7().to_string(),
        part => part.into(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[actix_web::test]
async fn every_documented_rule_of_a_body_is_enforced() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (mut faults, mut tried) = (Vec::new(), 0);
    for (method, path, operation) in operations() {
        // A FHIR resource in the place of a body is described by FHIR.
        let own = |(media_type, _): &(&String, &Value)| *media_type != "application/fhir+json";
        let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().find(own));
        let Some((media_type, content)) = content else { continue };
        let schema = resolve(&content["schema"]);
        assert_eq!(schema["additionalProperties"], false, "{method} {path} takes unknown members");
        let whole = example(schema).unwrap_or_else(|| panic!("the body of {method} {path} has no example"));
        let mut broken = Vec::new();
        break_each(&whole, schema, "", &mut broken);
        if schema["minProperties"] == 1 {
            broken.push(Broken { body: json!({}), place: String::new(), rule: "minProperties" });
        }
        let validator = validator(schema);
        for Broken { body, place, rule } in broken {
            // Where a body creates, a member that may be left out may be null as well.
            let lenient = method != Method::PATCH && rule == "null" && !is_required(schema, &whole, &place);
            if validator.is_valid(&body) || lenient {
                continue;
            }
            tried += 1;
            let answer = send(&ana, &method, path, media_type, &body).await;
            let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
            let pointed = errors.iter().any(|error| {
                error["pointer"].as_str().is_some_and(|pointer| {
                    let pointer = pointer.trim_start_matches('#');
                    pointer == place || pointer.starts_with(&format!("{place}/"))
                })
            });
            if answer.status != 422 || !pointed {
                faults.push(format!("{method} {path}: {rule} of {place:?} answered {} {errors:?}", answer.status));
            }
        }
    }
    assert!(tried > 100, "only {tried} bodies were tried");
    assert!(faults.is_empty(), "{} of {tried}: {faults:#?}", faults.len());
}

async fn send(client: &Client, method: &Method, path: &str, media_type: &str, body: &Value) -> crate::support::Answer {
    client.request(method.clone(), &filled(path)).body(media_type, body.to_string()).send().await
}

#[actix_web::test]
async fn every_documented_rule_of_a_parameter_is_enforced() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let mut faults = Vec::new();
    // Health probes are answered whatever they ask.
    let probe = |path: &str| matches!(path, "/livez" | "/readyz");
    for (method, path, operation) in operations().into_iter().filter(|(_, path, _)| !probe(path)) {
        let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
        let body = content.and_then(|(media_type, content)| Some((media_type, example(resolve(&content["schema"]))?)));
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let mut tries = vec![("no_such_parameter".to_owned(), "no_such_parameter=1".to_owned())];
        for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let schema = resolve(&parameter["schema"]);
            let one = if schema["type"] == "array" { resolve(&schema["items"]) } else { schema };
            let mut values = Vec::new();
            values.extend(one["maxLength"].as_u64().map(|longest| "a".repeat(usize::try_from(longest).unwrap() + 1)));
            values.extend(one["maximum"].as_i64().map(|most| (most + 1).to_string()));
            values.extend(one["minimum"].as_i64().map(|least| (least - 1).to_string()));
            if one.get("enum").is_some() || one["type"] == "boolean" || one["type"] == "integer" {
                values.push("no_such_word".into());
            }
            tries.extend(values.into_iter().map(|value| (name.to_owned(), format!("{name}={value}"))));
            if let Some(most) = schema["maxItems"].as_u64() {
                let word = one["enum"][0].as_str().unwrap_or("a");
                let many = vec![format!("{name}={word}"); usize::try_from(most).unwrap() + 1];
                tries.push((name.to_owned(), many.join("&")));
            }
        }
        for (name, query) in tries {
            let mut request = ana.request(method.clone(), &format!("{}?{query}", filled(path)));
            if let Some((media_type, body)) = &body {
                request = request.body(media_type, body.to_string());
            }
            let answer = request.send().await;
            let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
            let named = errors.iter().any(|error| error["parameter"] == name.as_str());
            if answer.status != 422 || !named && answer.json["code"] != "invalid_cursor" {
                let query = query.chars().take(60).collect::<String>();
                faults.push(format!("{method} {path}?{query} answered {} {errors:?}", answer.status));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
