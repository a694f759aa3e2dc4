//! Query parameters: typed, repeats allowed, unknown ones refused.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::body::faults;
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
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(&without(request.query_string(), &PARAMETERS_OF_PAGING)).map(Self))
    }
}

/// What `serde_html_form` says of a parameter that is no list and is given more than once.
const GIVEN_TWICE: &str = "unsupported value";

fn parse<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let deserializer = serde_html_form::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    let value: T = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let words = error.inner().to_string();
        let known = words.rsplit_once("expected ").map(|(_, known)| known.replace("one of ", "").replace('`', ""));
        let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        let fault = if let Some(missing) = words.strip_prefix("missing field `") {
            Fault::parameter(missing.trim_end_matches('`'), "missing_parameter", "must be given")
        } else if words.starts_with("unknown variant") {
            Fault::parameter(name, "unknown_value", format!("must be one of: {}", known.unwrap_or_default()))
        } else if words == GIVEN_TWICE {
            Fault::parameter(name, "duplicate_parameter", "must stand once")
        } else {
            Fault::parameter(name, "invalid_format", "does not have the form that it must have")
        };
        Problem::invalid(vec![fault])
    })?;
    value.validate().map_err(|errors| {
        let named = faults(&errors).into_iter().map(|fault| {
            let name = fault.pointer.unwrap_or_default().trim_start_matches("#/").to_owned();
            let name = name.split('/').next().unwrap_or_default().to_owned();
            Fault { pointer: None, parameter: Some(name), ..fault }
        });
        Problem::invalid(named.collect())
    })?;
    Ok(value)
}

/// The decoded pairs of a query string.
pub fn pairs(query: &str) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(query.as_bytes())
}

/// The query string without the parameters of these names.
pub fn without(query: &str, names: &[&str]) -> String {
    let is_other = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        pairs(name).next().is_none_or(|(name, _)| !names.contains(&name.as_ref()))
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
            let outcome = parse::<Filter>(query).map(|filter| (filter.many, filter.one));
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
