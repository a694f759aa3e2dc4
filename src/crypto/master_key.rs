//! The master key: it seals what the database alone must not reveal, and signs what clients carry for us.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretSlice};

use crate::problem::{Problem, Result};

/// Keys for two uses, both derived from the 32 bytes in the key file (HKDF-SHA-256).
pub struct MasterKey {
    sealing: RandomizedNonceKey,
    marking: hmac::Key,
}

impl MasterKey {
    /// Reads the key from `path`; makes one there, readable by its owner only, when `may_create` and there is none.
    pub fn load(path: &Path, may_create: bool) -> io::Result<Self> {
        if may_create && !path.try_exists()? {
            create(path)?;
        }
        let text = SecretSlice::from(fs::read(path)?);
        let mut bytes = text.expose_secret();
        while let Some((last, rest)) = bytes.split_last()
            && last.is_ascii_whitespace()
        {
            bytes = rest;
        }
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "must hold 32 bytes in base64, and nothing else");
        let key = SecretSlice::from(BASE64_STANDARD.decode(bytes).map_err(|_| wrong())?);
        if key.expose_secret().len() != 32 {
            return Err(wrong());
        }
        Self::from_bytes(key.expose_secret()).map_err(|_| wrong())
    }

    fn from_bytes(key: &[u8]) -> std::result::Result<Self, aws_lc_rs::error::Unspecified> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"support-network").extract(key);
        let derive = |purpose: &[u8]| {
            let mut derived = [0u8; 32];
            root.expand(&[purpose], hkdf::HKDF_SHA256)?.fill(&mut derived)?;
            Ok::<_, aws_lc_rs::error::Unspecified>(derived)
        };
        Ok(Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, &derive(b"sealing")?)?,
            marking: hmac::Key::new(hmac::HMAC_SHA256, &derive(b"marking")?),
        })
    }

    /// Encrypts with AES-256-GCM under a random nonce. `place` (table, column, row) must be given again to open it, so
    /// that a sealed value cannot be moved.
    pub fn seal(&self, plaintext: &[u8], place: &str) -> Result<Vec<u8>> {
        let mut sealed = plaintext.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(place), &mut sealed)
            .map_err(|_| Problem::internal("sealing failed"))?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Self::seal`] made for the same place.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>> {
        let fault = || Problem::internal(format!("a sealed value of {place} does not open with this master key"));
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(fault)?;
        let mut rest = rest.to_vec();
        let plaintext = self
            .sealing
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut rest)
            .map_err(|_| fault())?;
        Ok(plaintext.to_vec())
    }

    /// A 16-byte mark that proves that `message` came from here.
    pub fn mark(&self, message: &[u8]) -> [u8; 16] {
        let tag = hmac::sign(&self.marking, message);
        let mut mark = [0u8; 16];
        mark.copy_from_slice(tag.as_ref().split_at(16).0);
        mark
    }

    /// Whether `mark` is the mark of `message`, in constant time.
    pub fn is_marked(&self, message: &[u8], mark: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.mark(message), mark).is_ok()
    }
}

/// Several instances may start at once: each writes a key of its own aside, and the first to link it wins.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut key = [0u8; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| io::Error::other("no random bytes"))?;
    let aside = path.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    writeln!(file, "{}", BASE64_STANDARD.encode(key))?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key_in(folder: &tempfile::TempDir) -> MasterKey {
        MasterKey::load(&folder.path().join("keys/master.key"), true).unwrap()
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = key_in(&folder).seal(b"secret", "table.column").unwrap();
        assert_eq!(key_in(&folder).open(&sealed, "table.column").unwrap(), b"secret");
        let mode = fs::metadata(folder.path().join("keys/master.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_with_its_key_only() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sealed = key_in(&here).seal(b"secret", "a").unwrap();
        assert!(key_in(&here).open(&sealed, "b").is_err());
        assert!(key_in(&elsewhere).open(&sealed, "a").is_err());
        assert!(key_in(&here).open(&sealed[..5], "a").is_err());
    }

    #[test]
    fn a_mark_holds_for_its_message_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = key_in(&folder);
        assert!(key.is_marked(b"message", &key.mark(b"message")));
        assert!(!key.is_marked(b"massage", &key.mark(b"message")));
        assert!(!key.is_marked(b"message", b""));
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(MasterKey::load(&path, false).is_err());
        fs::write(&path, "c2hvcnQ=").unwrap();
        assert!(MasterKey::load(&path, true).is_err());
    }
}
