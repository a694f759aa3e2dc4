//! `Accept` (RFC 9110, section 12.5.1): which of the formats that there are a client takes.

use std::{
    cmp::Ordering,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};

use crate::problem::Problem;

/// What stands in `Accept`: ranges and how much each is liked, from 0 to 1. Without the header anything is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Accept(Vec<(String, f32)>);

impl Accept {
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
        Self(values.flat_map(ranges).collect())
    }

    /// How much a format is liked: the most specific range that it lies in decides.
    fn liking(&self, format: &str) -> f32 {
        let kind = format.split('/').next().unwrap_or_default();
        let specificity = |range: &str| match range {
            "*/*" => Some(0),
            range if range.strip_suffix("/*") == Some(kind) => Some(1),
            range => (range == format).then_some(2),
        };
        let fitting = self.0.iter().filter_map(|(range, liking)| Some((specificity(range)?, *liking)));
        match self.0.is_empty() {
            true => 1.0,
            false => fitting.max_by(|(one, _), (other, _)| one.cmp(other)).map_or(0.0, |(_, liking)| liking),
        }
    }

    /// Whether the client takes this format.
    pub fn allows(&self, format: &str) -> bool {
        self.liking(format) > 0.0
    }

    /// Whether the client would rather have `format` than `usual`. One that takes both alike gets what is usual, unless
    /// it names the other alone.
    pub fn prefers(&self, format: &str, usual: &str) -> bool {
        let names = |format: &str| self.0.iter().any(|(range, _)| range == format);
        match self.liking(format).partial_cmp(&self.liking(usual)) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => names(format) && !names(usual) && self.allows(format),
            _ => false,
        }
    }
}

fn ranges(value: &str) -> impl Iterator<Item = (String, f32)> {
    value.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next().filter(|essence| !essence.is_empty())?.to_ascii_lowercase();
        let liking = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((essence, liking.map_or(1.0, |liking| liking.parse().unwrap_or(0.0))))
    })
}

impl FromRequest for Accept {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.headers())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_range_decides_and_the_better_liked_format_is_answered() {
        const SVG: &str = "image/svg+xml";
        // the header, then whether JSON and a picture are taken, and whether the picture is preferred
        for (accept, json, svg, prefers_svg) in [
            ("", true, true, false),
            ("*/*", true, true, false),
            ("application/json", true, false, false),
            ("application/*", true, false, false),
            ("image/svg+xml", false, true, true),
            ("image/*", false, true, true),
            ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", true, true, true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true, true, false),
            ("application/json, image/svg+xml", true, true, false),
            ("application/json;q=0.5, image/svg+xml", true, true, true),
            ("image/svg+xml, */*", true, true, true),
            ("*/*, application/json;q=0", false, true, true),
            ("APPLICATION/JSON", true, false, false),
            ("text/html", false, false, false),
            ("application/json;q=abc", false, false, false),
        ] {
            let accept = Accept(ranges(accept).collect());
            assert_eq!(accept.allows("application/json"), json, "{accept:?}");
            assert_eq!(accept.allows(SVG), svg, "{accept:?}");
            assert_eq!(accept.prefers(SVG, "application/json"), prefers_svg, "{accept:?}");
        }
    }
}
