//! Passwords and tokens in request bodies.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use validator::{Validate, ValidationErrors};

use crate::http::text::fault;

/// No secret that we take is longer, in characters.
const LONGEST: usize = 128;

/// A password or token that was given to its owner before.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub SecretString);

/// A password to be: 12 to 128 characters, whichever they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct NewPassword(pub SecretString);

impl Validate for Secret {
    fn validate(&self) -> Result<(), ValidationErrors> {
        check(&self.0, 1)
    }
}

impl Validate for NewPassword {
    fn validate(&self) -> Result<(), ValidationErrors> {
        check(&self.0, 12)
    }
}

/// `validator` would keep a copy of the value beside the fault, so the length is checked by hand.
fn check(secret: &SecretString, shortest: usize) -> Result<(), ValidationErrors> {
    let length = secret.expose_secret().chars().count();
    let code = match length {
        length if length < shortest => "too_short",
        length if length > LONGEST => "too_long",
        _ => return Ok(()),
    };
    let mut errors = ValidationErrors::new();
    errors.add("__all__", fault(code, format!("must have {shortest} to {LONGEST} characters")));
    Err(errors)
}
