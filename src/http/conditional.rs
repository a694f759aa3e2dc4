//! `If-Match` and `If-None-Match` (RFC 9110, section 13).

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use uuid::Uuid;

use super::{compression::uncompressed, faults::Argument};
use crate::problem::{Problem, ProblemCode, Result};

/// What a write may be based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever there is, or nothing: the header is absent.
    Anything,
    /// Whatever there is, but not nothing.
    Existing,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// # Errors
    /// 412 `stale_version` when the write may not be based on `version`.
    pub fn check(&self, version: i64) -> Result<()> {
        self.check_held(Some(version))
    }

    /// The same for what may not be there.
    ///
    /// # Errors
    /// 412 `stale_version`.
    pub fn check_held(&self, version: Option<i64>) -> Result<()> {
        let fits = match self {
            Self::Anything => true,
            Self::Existing => version.is_some(),
            Self::Versions(versions) => version.is_some_and(|version| versions.contains(&version)),
        };
        if fits { Ok(()) } else { Err(ProblemCode::StaleVersion.into()) }
    }

    fn parse(value: &str) -> Option<Self> {
        if value.trim() == "*" {
            return Some(Self::Existing);
        }
        let versions = tags(value)?.filter_map(|tag| tag.split('.').next()?.parse().ok()).collect();
        Some(Self::Versions(versions))
    }
}

/// The version of what may have stood at the same address before: it starts anywhere, so that no tag of that fits it.
fn first_version() -> i64 {
    i64::from(Uuid::new_v4().as_fields().0) + 1
}

/// The version of what is put in the place of `before`, or where nothing is.
pub fn next_version(before: Option<i64>) -> i64 {
    before.map_or_else(first_version, |before| before + 1)
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = match request.headers().get(header::IF_MATCH) {
            None => Ok(Self::Anything),
            Some(value) => value.to_str().ok().and_then(Self::parse).ok_or_else(|| {
                let detail = "must be *, or entity tags as answered";
                Problem::invalid_parameter("If-Match", "invalid_format", detail)
            }),
        };
        Argument::new(request, read)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1000));
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("The `ETag` that the change is based on. A stale one is answered 412."))
                .schema(Some(schema))
                .build(),
        ]
    }
}

/// The entity tag of a representation: its version, if it has one, and a digest.
pub(super) fn tag(version: Option<i64>, representation: &[u8]) -> Result<HeaderValue> {
    let digest = BASE64_URL_SAFE_NO_PAD.encode(crate::crypto::sha256(representation).get(..9).unwrap_or_default());
    let tag = match version {
        Some(version) => format!("\"{version}.{digest}\""),
        None => format!("\"{digest}\""),
    };
    HeaderValue::try_from(tag).map_err(Problem::internal)
}

/// The tag for a 304, where the client holds this very representation already: that of the answer which it holds (RFC 9110,
/// section 15.4.5), since that may have been compressed.
pub fn tag_held<'a>(request: &'a HttpRequest, etag: Option<&'a HeaderValue>) -> Option<&'a HeaderValue> {
    let (header, etag) = (request.headers().get(header::IF_NONE_MATCH)?, etag?);
    if header == etag {
        return Some(etag);
    }
    let (held, bare) = (header.to_str().ok()?.trim(), etag.to_str().ok()?.trim_matches('"'));
    let only_tag = held.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    if only_tag.map(uncompressed) == Some(bare) {
        return Some(header);
    }
    let holds_it = held == "*" || tags(held)?.any(|tag| tag == bare);
    holds_it.then_some(etag)
}

/// The entity tags of a list, without quotes and without a proxy's weakness prefix. None where the list is malformed.
fn tags(list: &str) -> Option<impl Iterator<Item = &str>> {
    let unquote = |tag: &str| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"')
    };
    list.split(',').all(unquote).then(|| {
        list.split(',').map(|tag| {
            let tag = tag.trim();
            uncompressed(tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_reads_lists_stars_and_weak_tags() {
        for (header, matches_7, readable) in [
            ("*", true, true),
            ("\"7.abc\"", true, true),
            ("W/\"7.abc\"", true, true),
            ("\"7.abc-gzip\"", true, true),
            ("W/\"7.abc-deflate\"", true, true),
            ("\"3.x\", \"7.y\"", true, true),
            ("\"8.abc\"", false, true),
            ("\"seven\"", false, true),
            ("7", false, false),
            ("\"", false, false),
            ("", false, false),
        ] {
            let parsed = IfMatch::parse(header);
            assert_eq!(parsed.is_some(), readable, "{header}");
            assert_eq!(parsed.as_ref().is_some_and(|tags| tags.check(7).is_ok()), matches_7, "{header}");
            assert!(parsed.is_none_or(|tags| tags.check_held(None).is_err()), "{header} fits what is not there");
        }
        assert!(IfMatch::Anything.check(7).is_ok() && IfMatch::Anything.check_held(None).is_ok());
    }

    #[test]
    fn a_version_rises_from_wherever_it_starts() {
        assert_eq!(next_version(Some(7)), 8);
        assert!(next_version(None) >= 1);
        assert_ne!(next_version(None), next_version(None));
    }
}
