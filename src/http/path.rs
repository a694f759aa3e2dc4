//! Path parameters.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use uuid::{Uuid, fmt::Hyphenated};

use super::openapi::Parameters;
use crate::problem::{Problem, Result};

/// What stands in the path at a place; nothing where there is no such place.
fn parameter<T>(request: &HttpRequest, place: usize, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    request.extensions().get::<Parameters>().and_then(|parameters| read(parameters.0.get(place)?))
}

fn id(request: &HttpRequest, place: usize) -> Option<Uuid> {
    parameter(request, place, |text| Uuid::try_parse(text).ok().filter(|_| text.len() == Hyphenated::LENGTH))
}

fn word(request: &HttpRequest, place: usize) -> Option<String> {
    parameter(request, place, |text| Some(text.to_owned()))
}

/// The id in the path. One that is no UUID, in the form of RFC 9562, names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(id(request, 0).map(Self).ok_or_else(Problem::not_found))
    }
}

/// The two ids in the path of a part: what it is part of, and its own.
#[derive(Clone, Copy, Debug)]
pub struct Ids(pub Uuid, pub Uuid);

impl FromRequest for Ids {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = id(request, 0).zip(id(request, 1));
        ready(both.map(|(whole, part)| Self(whole, part)).ok_or_else(Problem::not_found))
    }
}

/// A word in the path: a key, a code or a token.
#[derive(Clone, Debug)]
pub struct Word(pub String);

impl FromRequest for Word {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(word(request, 0).map(Self).ok_or_else(Problem::not_found))
    }
}

/// Two words in the path, such as a key and a language.
#[derive(Clone, Debug)]
pub struct Words(pub String, pub String);

impl FromRequest for Words {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = word(request, 0).zip(word(request, 1));
        ready(both.map(|(one, other)| Self(one, other)).ok_or_else(Problem::not_found))
    }
}
