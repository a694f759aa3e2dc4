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
        let own = pairs(request.query_string()).filter(|(name, _)| !PARAMETERS_OF_PAGING.contains(&name.as_ref()));
        let own = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(own).finish();
        ready(parse(&own).map(Self))
    }
}

fn parse<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let deserializer = serde_html_form::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    let value: T = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let words = error.inner().to_string();
        let known = words.rsplit_once("expected ").map(|(_, known)| known.replace("one of ", "").replace('`', ""));
        let name = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        // The fault lies in one of several values only where several may stand.
        let repeated = error.path().iter().len() == 1 && pairs(query).filter(|(given, _)| *given == name).count() > 1;
        let fault = if let Some(missing) = words.strip_prefix("missing field `") {
            Fault::parameter(missing.trim_end_matches('`'), "missing_parameter", "must be given")
        } else if !repeated && words.starts_with("unknown variant") {
            Fault::parameter(name, "unknown_value", format!("must be one of: {}", known.unwrap_or_default()))
        } else if repeated || words.starts_with("duplicate field") {
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
