//! Opaque tokens: 32 random bytes, shown once, stored as a hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::problem::{Problem, Result};

/// A fresh token.
pub fn generate() -> Result<SecretString> {
    let mut bytes = [0u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Problem::internal("no random bytes"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
}

/// What is stored of a token. Finding a row by this hash compares in constant time as far as the token is concerned:
/// an attacker does not choose the bytes that the index compares.
pub fn hash(token: &SecretString) -> Vec<u8> {
    super::sha256(token.expose_secret().as_bytes())
}
