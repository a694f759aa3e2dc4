//! Request bodies: read once by the gate, parsed and validated here, every fault with its place.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{Method, header},
    web::Bytes,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::faults::Argument;
use crate::problem::{Fault, Problem, ProblemCode, Result};

/// The bytes of the body, kept in the request by the gate.
#[derive(Clone)]
pub struct RawBody(pub Bytes);

/// A body that fits `T`. Nothing at all stands for `{}`.
///
/// # Errors
/// 415 for another media type, 400 for what is not JSON, 422 with the place of each fault otherwise.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Argument::new(request, read(request).map(Self))
    }
}

/// A body that fits `T`, or a FHIR resource in its place, told by its media type or its `resourceType`. What other
/// systems write holds more than is read here, so that unknown members of a resource are passed over.
///
/// # Errors
/// As those of [`Body`].
#[derive(Clone, Debug)]
pub enum BodyOrResource<T> {
    Body(T),
    Resource(Value),
}

impl<T: DeserializeOwned + Validate> FromRequest for BodyOrResource<T> {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Argument::new(request, read_either(request))
    }
}

const FHIR: &str = "application/fhir+json";

fn read_either<T: DeserializeOwned + Validate>(request: &HttpRequest) -> Result<BodyOrResource<T>> {
    let bytes = bytes_of(request, "application/json, application/fhir+json")?;
    let resource = serde_json::from_slice::<Value>(&bytes).ok().filter(|value| {
        value.is_object() && (media_type(request).starts_with(FHIR) || value.get("resourceType").is_some())
    });
    let Some(resource) = resource else { return parse(&bytes).map(BodyOrResource::Body) };
    refuse_nul(&bytes)?;
    Ok(BodyOrResource::Resource(resource))
}

/// What was sent, in one of the media types of `accepted`. Nothing at all stands for `{}`.
fn bytes_of(request: &HttpRequest, accepted: &'static str) -> Result<Bytes> {
    let bytes = request.extensions().get::<RawBody>().map(|raw| raw.0.clone()).unwrap_or_default();
    if bytes.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    check_media_type(request, accepted)?;
    Ok(bytes)
}

fn read<T: DeserializeOwned + Validate>(request: &HttpRequest) -> Result<T> {
    let patch = request.method() == Method::PATCH;
    let accepted = if patch { "application/merge-patch+json, application/json" } else { "application/json" };
    let bytes = bytes_of(request, accepted)?;
    let value = parse(&bytes)?;
    if patch && is_empty_object(&bytes) {
        return Err(Problem::invalid_at("", "empty_patch", "must change at least one member"));
    }
    Ok(value)
}

/// Holds a body that must be empty, or `{}`, to that.
///
/// # Errors
/// As those of [`Body`].
pub(super) fn nothing(request: &HttpRequest) -> Result<()> {
    read::<Nothing>(request).map(drop)
}

fn media_type(request: &HttpRequest) -> String {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.unwrap_or_default().to_ascii_lowercase()
}

/// JSON in one of its types; the character set can only be UTF-8 (RFC 8259).
fn check_media_type(request: &HttpRequest, accepted: &'static str) -> Result<()> {
    let content_type = media_type(request);
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = accepted.split(", ").any(|accepted| accepted == essence);
    let utf8 = parts.all(|parameter| {
        parameter.strip_prefix("charset=").is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
    });
    if known && utf8 {
        return Ok(());
    }
    let name = if request.method() == Method::PATCH { "accept-patch" } else { "accept-post" };
    Err(Problem::from(ProblemCode::UnsupportedMediaType).with_header(header::HeaderName::from_static(name), accepted))
}

/// Parses and validates.
fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T> {
    // serde takes an array for a struct, member by member.
    if bytes.trim_ascii_start().starts_with(b"[") {
        refuse_malformed(bytes)?;
        return Err(Problem::invalid_at("", "wrong_type", "must be an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => value,
        Err(error) => {
            // Reading may have stopped before what is no JSON at all.
            refuse_malformed(bytes)?;
            let path = pointer(error.path());
            return Err(match beyond_limits(error.inner()) {
                Some((code, detail)) => Problem::invalid_at(path, code, detail),
                // Where a word of a list is expected, serde_json takes any other value for a fault of syntax.
                None if error.inner().is_syntax() => Problem::invalid_at(path, "wrong_type", "must be a string"),
                None => shape_fault(&path, error.inner()),
            });
        }
    };
    deserializer.end().map_err(|error| malformed(&error))?;
    refuse_nul(bytes)?;
    value.validate().map_err(|errors| Problem::invalid(faults(&errors)))?;
    Ok(value)
}

/// # Errors
/// 400 for what is no JSON; not for JSON that is beyond the limits of its reader.
fn refuse_malformed(bytes: &[u8]) -> Result<()> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(_) => Ok(()),
        Err(error) if beyond_limits(&error).is_none() => Err(malformed(&error)),
        // What is passed over is looked at for its form alone.
        Err(_) => serde_json::from_slice::<IgnoredAny>(bytes).map(drop).map_err(|error| malformed(&error)),
    }
}

/// JSON knows numbers of any size and nesting of any depth, but lets its readers set limits (RFC 8259, section 9).
fn beyond_limits(error: &serde_json::Error) -> Option<(&'static str, &'static str)> {
    let words = error.to_string();
    if words.starts_with("number out of range") {
        Some(("out_of_range", "must hold no number of more than 308 digits"))
    } else if words.starts_with("recursion limit exceeded") {
        Some(("too_deep", "must be nested less than 128 deep"))
    } else {
        None
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    let place = format!("reading stopped at line {} column {}", error.line(), error.column());
    Problem::new(ProblemCode::MalformedJson, place)
}

/// A value that is JSON but not of the shape. serde's own words may hold the rejected value, so only what it expected
/// is passed on.
fn shape_fault(path: &str, error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return malformed(error);
    }
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    let named = |prefix: &str| words.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let member = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    if let Some(name) = named("missing field `") {
        Problem::invalid_at(member(name), "missing_member", "must be given")
    } else if named("unknown field `").is_some() {
        let known = words.rsplit_once("expected ").map(|(_, known)| known.replace("one of ", "").replace('`', ""));
        let detail = match known {
            Some(known) => format!("is not known here; the members are: {known}"),
            None => "is not known here; no members are taken".to_owned(),
        };
        // The path that serde reports for an unknown member ends with its name.
        Problem::invalid_at(path, "unknown_member", detail)
    } else if let Some(name) = named("duplicate field `") {
        Problem::invalid_at(
            if path.is_empty() { member(name) } else { path.into() },
            "duplicate_member",
            "must stand once",
        )
    } else if words.starts_with("unknown variant") {
        let known = words.rsplit_once("expected ").map_or("", |(_, known)| known);
        let known = known.replace("one of ", "").replace('`', "");
        Problem::invalid_at(path, "unknown_value", format!("must be one of: {known}"))
    } else if is_out_of_range(words) {
        Problem::invalid_at(path, "out_of_range", "must be a number within the bounds that the document tells")
    } else if let Some((_, expected)) = words.rsplit_once("expected ").filter(|_| words.starts_with("invalid ")) {
        Problem::invalid_at(path, "wrong_type", format!("must be {}", plainly(expected)))
    } else {
        Problem::invalid_at(path, "invalid_format", "does not have the form that it must have")
    }
}

/// A whole number that the type of its member cannot hold; serde_json reads a very large one as a fraction.
fn is_out_of_range(words: &str) -> bool {
    let number = |kind: &str| words.strip_prefix(kind).and_then(|rest| rest.split('`').next());
    let fraction = number("invalid type: floating point `").and_then(|number| number.parse::<f64>().ok());
    number("invalid value: integer `").is_some() || fraction.is_some_and(|number| number.abs() >= 2f64.powi(63))
}

/// serde's names for types, in the words of JSON.
fn plainly(expected: &str) -> String {
    match expected {
        "i64" | "u64" | "i32" | "u32" | "u16" | "u8" | "i16" | "usize" => {
            "a whole number, without fraction or exponent".into()
        }
        "f64" | "f32" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a sequence" => "an array".into(),
        expected if expected.starts_with("struct ") || expected == "a map" => "an object".into(),
        expected if expected.contains("formatted date") => "a date, YYYY-MM-DD".into(),
        expected => expected.chars().take(200).collect(),
    }
}

/// serde's path as a JSON Pointer.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            // A key may be as long as the client likes.
            Segment::Map { key } => {
                let key: String = key.chars().take(100).collect();
                format!("/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".into(),
        })
        .collect()
}

/// The code under which [`together`] hands its faults on.
const TOGETHER: &str = "together";

/// Faults of members that do not fit together, for a
/// `#[validate(schema(function = …, skip_on_field_errors = false))]`: so they are told with those of single members.
pub fn together(faults: impl IntoIterator<Item = Fault>) -> std::result::Result<(), ValidationError> {
    let faults: Vec<Fault> = faults.into_iter().collect();
    if faults.is_empty() {
        return Ok(());
    }
    let mut error = ValidationError::new(TOGETHER);
    error.add_param("faults".into(), &faults);
    Err(error)
}

/// Every fault that validation found, with its pointer. `validator` reports Rust names, which are the members' names.
pub fn faults(errors: &ValidationErrors) -> Vec<Fault> {
    let mut found = Vec::new();
    walk(errors, "", &mut found);
    found
}

fn walk(errors: &ValidationErrors, path: &str, found: &mut Vec<Fault>) {
    for (member, kind) in errors.errors() {
        let path =
            if member == "__all__" { path.to_owned() } else { format!("{path}/{}", member.trim_start_matches("r#")) };
        match kind {
            ValidationErrorsKind::Struct(inner) => walk(inner, &path, found),
            ValidationErrorsKind::List(items) => {
                items.iter().for_each(|(index, inner)| walk(inner, &format!("{path}/{index}"), found));
            }
            ValidationErrorsKind::Field(errors) => {
                // What is blank is too short as well, and tells nothing new.
                let is_blank = errors.iter().any(|error| error.code == "blank");
                let told = errors.iter().filter(|error| !(is_blank && error.code == "length"));
                found.extend(told.flat_map(|error| match error.params.get("faults") {
                    Some(faults) if error.code == TOGETHER => within(&path, faults),
                    _ => vec![fault(&path, error)],
                }));
            }
        }
    }
}

/// The faults of [`together`] in what stands at `path`.
fn within(path: &str, faults: &Value) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Deserialize::deserialize(faults).unwrap_or_default();
    for pointer in faults.iter_mut().filter_map(|fault| fault.pointer.as_mut()) {
        pointer.insert_str(1, path);
    }
    faults
}

fn fault(path: &str, error: &ValidationError) -> Fault {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    let (min, max, equal) = (bound("min"), bound("max"), bound("equal"));
    let value = error.params.get("value");
    let unit = if value.is_some_and(Value::is_array) { "items" } else { "characters" };
    match (error.code.as_ref(), &error.message) {
        (code, Some(message)) => Fault::at(path, code.to_owned(), message.clone().into_owned()),
        ("length", None) => {
            let length = match value {
                Some(Value::Array(items)) => items.len(),
                Some(Value::String(text)) => text.chars().count(),
                _ => 0,
            };
            let too_long = max.as_ref().and_then(|max| max.parse().ok()).is_some_and(|max: usize| length > max);
            let detail = match (min, max, equal) {
                (_, _, Some(equal)) => format!("must have exactly {equal} {unit}"),
                (Some(min), Some(max), _) => format!("must have {min} to {max} {unit}"),
                (Some(min), None, _) => format!("must have at least {min} {unit}"),
                (None, max, _) => format!("must have at most {} {unit}", max.unwrap_or_default()),
            };
            Fault::at(path, if too_long { "too_long" } else { "too_short" }, detail)
        }
        ("range", None) => {
            let detail = match (min, max) {
                (Some(min), Some(max)) => format!("must be between {min} and {max}"),
                (Some(min), None) => format!("must be at least {min}"),
                (None, max) => format!("must be at most {}", max.unwrap_or_default()),
            };
            Fault::at(path, "out_of_range", detail)
        }
        ("email", None) => Fault::at(path, "invalid_email", "must be an e-mail address"),
        (code, None) => Fault::at(path, code.to_owned(), "is not valid"),
    }
}

fn is_empty_object(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}'))
}

fn refuse_nul(bytes: &[u8]) -> Result<()> {
    match find_nul(bytes) {
        Some(path) => Err(Problem::invalid_at(path, "invalid_characters", "must not hold the NUL character")),
        None => Ok(()),
    }
}

/// Where a string holds NUL, which PostgreSQL cannot store. JSON can only write it as an escape.
fn find_nul(bytes: &[u8]) -> Option<String> {
    fn find(value: &Value, path: &str) -> Option<String> {
        match value {
            Value::String(text) => text.contains('\0').then(|| path.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().find_map(|(index, item)| find(item, &format!("{path}/{index}")))
            }
            Value::Object(members) => members.iter().find_map(|(name, member)| find(member, &format!("{path}/{name}"))),
            _ => None,
        }
    }
    let escaped = bytes.windows(6).any(|window| window == b"\\u0000");
    escaped.then(|| serde_json::from_slice(bytes).ok()).flatten().and_then(|value| find(&value, ""))
}

/// For a member of a patch that can be cleared: absent is `None`, `null` is `Some(None)`.
pub fn clearable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For a member of a patch that can be changed but not cleared: absent is `None`, `null` is refused.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A body without members, for transitions that need none.
#[derive(Clone, Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
