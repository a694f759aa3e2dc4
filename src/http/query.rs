//! Query parameters: typed, repeats allowed, unknown ones refused.

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::{
    body,
    faults::{self, Argument},
};
use crate::problem::{Fault, Problem, Result};

/// The parameters that every list takes.
const PARAMETERS_OF_PAGING: [&str; 3] = ["limit", "cursor", "include_total"];

/// The parameters of `T`. Those of paging are left to [`Paging`](super::page::Paging).
///
/// # Errors
/// 422 with the name of each parameter that is ill-typed or out of bounds.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = without(&without_faults(request), &PARAMETERS_OF_PAGING);
        Argument::new(request, parse(query, faults::parameters(request)).map(Self))
    }
}

/// What `serde_html_form` says of a parameter that is no list and is given more than once.
const GIVEN_TWICE: &str = "unsupported value";

/// The code of a parameter that has to be given and is not.
const MISSING: &str = "missing_parameter";

/// The search may be for nothing. Any other parameter without a value is a mistake: it would not restrict anything.
const MAY_BE_EMPTY: &str = "q";

/// One that does not have its form is left out, so that the others are read too. So are those of `left_out` already: they
/// are given, and not missing.
fn parse<T: DeserializeOwned + Validate>(mut query: String, mut left_out: Vec<String>) -> Result<T> {
    let empty = pairs(&query).filter(|(name, value)| value.is_empty() && name != MAY_BE_EMPTY);
    let empty: Vec<String> = empty.map(|(name, _)| name.into_owned()).collect();
    let mut found: Vec<Fault> =
        empty.iter().map(|name| Fault::parameter(name, "invalid_format", "must have a value")).collect();
    query = without(&query, &empty);
    left_out.extend(empty);
    loop {
        let deserializer = serde_html_form::Deserializer::new(pairs(&query));
        match serde_path_to_error::deserialize::<_, T>(deserializer) {
            Ok(value) => {
                found.extend(value.validate().err().iter().flat_map(body::faults).map(of_parameter));
                return if found.is_empty() { Ok(value) } else { Err(Problem::invalid(found)) };
            }
            Err(error) => {
                let fault = misshapen(&error);
                let name = fault.parameter.clone().unwrap_or_default();
                let rest = without(&query, &[&name]);
                let goes_on = rest.len() < query.len();
                if fault.code != MISSING || !left_out.contains(&name) {
                    found.push(fault);
                }
                if !goes_on {
                    return Err(Problem::invalid(found));
                }
                left_out.push(name);
                query = rest;
            }
        }
    }
}

fn misshapen(error: &serde_path_to_error::Error<serde::de::value::Error>) -> Fault {
    let words = error.inner().to_string();
    let known = words.rsplit_once("expected ").map(|(_, known)| known.replace("one of ", "").replace('`', ""));
    let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
    if let Some(missing) = words.strip_prefix("missing field `") {
        Fault::parameter(missing.trim_end_matches('`'), MISSING, "must be given")
    } else if words.starts_with("unknown variant") {
        Fault::parameter(name, "unknown_value", format!("must be one of: {}", known.unwrap_or_default()))
    } else if words == GIVEN_TWICE {
        Fault::parameter(name, "duplicate_parameter", "must stand once")
    } else {
        Fault::parameter(name, "invalid_format", "does not have the form that it must have")
    }
}

/// What validation found in a member, as the fault of the parameter that it was read from.
fn of_parameter(fault: Fault) -> Fault {
    let pointer = fault.pointer.unwrap_or_default();
    let name = pointer.trim_start_matches("#/").split('/').next().unwrap_or_default().to_owned();
    Fault { pointer: None, parameter: Some(name), ..fault }
}

/// The query string of a request without the parameters of which a fault is known.
pub fn without_faults(request: &HttpRequest) -> Cow<'_, str> {
    let query = request.query_string();
    match &*faults::parameters(request) {
        [] => query.into(),
        known => without(query, known).into(),
    }
}

/// The decoded pairs of a query string.
pub fn pairs(query: &str) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(query.as_bytes())
}

/// The query string without the parameters of these names.
pub fn without<N: AsRef<str>>(query: &str, names: &[N]) -> String {
    let is_other = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = pairs(name).next().map(|(name, _)| name).unwrap_or_default();
        names.iter().all(|left_out| left_out.as_ref() != name)
    };
    query.split('&').filter(is_other).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use actix_web::{ResponseError, body::to_bytes};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        #[serde(default)]
        many: Vec<String>,
        one: Option<bool>,
    }

    #[test]
    fn parameters_are_left_out_by_their_decoded_names() {
        for (query, rest) in [
            ("", ""),
            ("limit=1", ""),
            ("a=%20b&limit=1&c", "a=%20b&c"),
            ("%6Cimit=1&limits=2&=limit", "limits=2&=limit"),
        ] {
            assert_eq!(without(query, &["limit"]), rest, "{query}");
        }
    }

    #[actix_web::test]
    async fn a_parameter_that_is_no_list_stands_once() {
        for (query, code) in [
            ("many=a&many=b&one=true", None),
            ("one=true&one=true", Some("duplicate_parameter")),
            ("one=maybe", Some("invalid_format")),
        ] {
            let outcome = parse::<Filter>(query.into(), Vec::new()).map(|filter| (filter.many, filter.one));
            let fault = match outcome {
                Ok(_) => None,
                Err(problem) => {
                    let body = to_bytes(problem.error_response().into_body()).await.unwrap();
                    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(body["errors"][0]["parameter"], "one", "{query}");
                    body["errors"][0]["code"].as_str().map(ToOwned::to_owned)
                }
            };
            assert_eq!(fault.as_deref(), code, "{query}");
        }
    }
}
