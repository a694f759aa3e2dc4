//! Path parameters.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use uuid::Uuid;

use crate::problem::{Problem, Result};

/// The id in the path. One that is no UUID names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().iter().next().and_then(|(_, text)| Uuid::try_parse(text).ok());
        ready(id.map(Self).ok_or_else(Problem::not_found))
    }
}

/// The two ids in the path of a part: what it is part of, and its own.
#[derive(Clone, Copy, Debug)]
pub struct Ids(pub Uuid, pub Uuid);

impl FromRequest for Ids {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut ids = request.match_info().iter().map(|(_, text)| Uuid::try_parse(text).ok());
        let both = ids.next().flatten().zip(ids.next().flatten());
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
        let word = request.match_info().iter().next().map(|(_, text)| Self(text.to_owned()));
        ready(word.ok_or_else(Problem::not_found))
    }
}

/// Two words in the path, such as a key and a language.
#[derive(Clone, Debug)]
pub struct Words(pub String, pub String);

impl FromRequest for Words {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut words = request.match_info().iter().map(|(_, text)| text.to_owned());
        let both = words.next().zip(words.next()).map(|(one, other)| Self(one, other));
        ready(both.ok_or_else(Problem::not_found))
    }
}
