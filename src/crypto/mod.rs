//! Passwords, keys of accounts, sealed secrets, opaque tokens and the keys that sign access tokens.

pub mod access_tokens;
pub mod codes;
pub mod data_keys;
pub mod master_key;
pub mod opaque;
pub mod passwords;

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}

/// SHA-256 in hexadecimal, lower case.
pub fn sha256_hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
