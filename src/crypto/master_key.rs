//! The master key: it seals what the database alone must not reveal, and signs what clients carry for us.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretSlice};

use crate::problem::{Problem, Result};

/// What the key file holds: one key a line, the first of which seals. Those below it only open what they sealed
/// before, until everything is sealed anew.
pub struct MasterKey {
    path: PathBuf,
    keys: RwLock<Arc<[Key]>>,
}

/// Keys for two uses, both derived from 32 bytes (HKDF-SHA-256).
struct Key {
    sealing: RandomizedNonceKey,
    marking: hmac::Key,
}

impl MasterKey {
    /// Reads the keys from `path`; makes one there, readable by its owner only, when `may_create` and there is none.
    pub fn load(path: &Path, may_create: bool) -> io::Result<Self> {
        if may_create && !path.try_exists()? {
            create(path)?;
        }
        Ok(Self { path: path.to_owned(), keys: RwLock::new(read(path)?) })
    }

    /// Puts a new key above the others in the file, and seals with it from now on.
    pub fn add(&self) -> io::Result<()> {
        let held = SecretSlice::from(fs::read(&self.path)?);
        let mut text = new_key()?;
        text.extend_from_slice(held.expose_secret());
        write_anew(&self.path, &SecretSlice::from(text))?;
        self.read_again()
    }

    /// Leaves so many keys in the file, the one that seals first.
    pub fn keep(&self, count: usize) -> io::Result<()> {
        let held = SecretSlice::from(fs::read(&self.path)?);
        let kept: Vec<u8> = lines(held.expose_secret()).take(count).flat_map(|line| [line, b"\n"].concat()).collect();
        write_anew(&self.path, &SecretSlice::from(kept))?;
        self.read_again()
    }

    /// Reads the file again, as another process may have changed it.
    pub fn read_again(&self) -> io::Result<()> {
        let keys = read(&self.path)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn keys(&self) -> Arc<[Key]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Encrypts with AES-256-GCM under a random nonce. `place` (table, column, row) must be given again to open it, so
    /// that a sealed value cannot be moved.
    pub fn seal(&self, plaintext: &[u8], place: &str) -> Result<Vec<u8>> {
        let keys = self.keys();
        let key = keys.first().ok_or_else(|| Problem::internal("there is no master key"))?;
        seal(&key.sealing, plaintext, place)
    }

    /// Decrypts what [`Self::seal`] made for the same place. Another process may have put a new key into the file since
    /// it was read: what opens with none of those known is tried with those that stand there now.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<SecretSlice<u8>> {
        let try_all = || self.keys().iter().find_map(|key| open(&key.sealing, sealed, place));
        let opened = try_all().or_else(|| {
            self.read_again().ok()?;
            try_all()
        });
        opened.ok_or_else(|| Problem::internal(format!("a sealed value of {place} does not open with this master key")))
    }

    /// Seals a value anew, with the key that seals now.
    pub fn reseal(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>> {
        self.seal(self.open(sealed, place)?.expose_secret(), place)
    }

    /// A 16-byte mark that proves that `message` came from here, and that tells nothing of it.
    pub fn mark(&self, message: &[u8]) -> [u8; 16] {
        self.keys().first().map(|key| key.mark(message)).unwrap_or_default()
    }

    /// Whether `mark` is the mark of `message`, in constant time. As in [`Self::open`], the file may know better.
    pub fn is_marked(&self, message: &[u8], mark: &[u8]) -> bool {
        let fits = |key: &Key| aws_lc_rs::constant_time::verify_slices_are_equal(&key.mark(message), mark).is_ok();
        let fits_any = || self.keys().iter().any(fits);
        fits_any() || (self.read_again().is_ok() && fits_any())
    }
}

impl Key {
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

    fn mark(&self, message: &[u8]) -> [u8; 16] {
        let tag = hmac::sign(&self.marking, message);
        let mut mark = [0u8; 16];
        mark.copy_from_slice(tag.as_ref().split_at(16).0);
        mark
    }
}

/// The nonce, then what it encrypts.
pub(super) fn seal(key: &RandomizedNonceKey, plaintext: &[u8], place: &str) -> Result<Vec<u8>> {
    let mut sealed = plaintext.to_vec();
    let nonce =
        key.seal_in_place_append_tag(Aad::from(place), &mut sealed).map_err(|_| Problem::internal("sealing failed"))?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

/// What [`seal`] encrypted for the same place with the same key.
pub(super) fn open(key: &RandomizedNonceKey, sealed: &[u8], place: &str) -> Option<SecretSlice<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut rest = rest.to_vec();
    let length = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut rest).ok()?.len();
    rest.truncate(length);
    Some(SecretSlice::from(rest))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
}

fn read(path: &Path) -> io::Result<Arc<[Key]>> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "must hold 32 bytes in base64 a line, and nothing else");
    let text = SecretSlice::from(fs::read(path)?);
    let keys: Vec<Key> = lines(text.expose_secret())
        .map(|line| {
            let key = SecretSlice::from(BASE64_STANDARD.decode(line).map_err(|_| wrong())?);
            match key.expose_secret().len() {
                32 => Key::from_bytes(key.expose_secret()).map_err(|_| wrong()),
                _ => Err(wrong()),
            }
        })
        .collect::<io::Result<_>>()?;
    if keys.is_empty() { Err(wrong()) } else { Ok(keys.into()) }
}

/// 32 random bytes in base64, and a line break.
fn new_key() -> io::Result<Vec<u8>> {
    let mut key = [0u8; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| io::Error::other("no random bytes"))?;
    Ok(format!("{}\n", BASE64_STANDARD.encode(key)).into_bytes())
}

/// A file beside `path`, readable by its owner only, that is on the disk when this returns.
fn write_aside(path: &Path, text: &SecretSlice<u8>) -> io::Result<PathBuf> {
    let aside = path.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(text.expose_secret())?;
    file.sync_all()?;
    Ok(aside)
}

/// Puts `text` in the place of the file: whoever reads it, and whatever crashes, finds the one or the other whole. It stays
/// its owner's, whoever runs this.
fn write_anew(path: &Path, text: &SecretSlice<u8>) -> io::Result<()> {
    let (before, aside) = (fs::metadata(path)?, write_aside(path, text)?);
    let made = fs::metadata(&aside)?;
    let owned = match (made.uid(), made.gid()) == (before.uid(), before.gid()) {
        true => Ok(()),
        false => chown(&aside, Some(before.uid()), Some(before.gid())),
    };
    owned.and_then(|()| fs::rename(&aside, path)).inspect_err(|_| {
        fs::remove_file(&aside).ok();
    })?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Several instances may start at once: each writes a key of its own aside, and the first to link it wins.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let aside = write_aside(path, &SecretSlice::from(new_key()?))?;
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
        assert_eq!(key_in(&folder).open(&sealed, "table.column").unwrap().expose_secret(), b"secret");
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
    fn a_key_that_was_replaced_opens_until_it_is_taken_out_also_in_a_process_that_did_not_see_it() {
        let folder = tempfile::tempdir().unwrap();
        let (key, other, third) = (key_in(&folder), key_in(&folder), key_in(&folder));
        let (old, old_mark) = (key.seal(b"secret", "a").unwrap(), key.mark(b"message"));
        key.add().unwrap();
        assert_eq!(key.keys().len(), 2);
        assert_eq!(key.open(&old, "a").unwrap().expose_secret(), b"secret");
        assert!(key.is_marked(b"message", &old_mark));
        assert!(third.is_marked(b"message", &key.mark(b"message")));
        let new = key.reseal(&old, "a").unwrap();
        assert_eq!(other.open(&new, "a").unwrap().expose_secret(), b"secret");
        key.keep(1).unwrap();
        assert_eq!(key_in(&folder).open(&new, "a").unwrap().expose_secret(), b"secret");
        assert!(key_in(&folder).open(&old, "a").is_err());
        let file = folder.path().join("keys/master.key");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(MasterKey::load(&path, false).is_err());
        for text in ["c2hvcnQ=", "", "\n"] {
            fs::write(&path, text).unwrap();
            assert!(MasterKey::load(&path, true).is_err(), "{text:?}");
        }
    }
}
