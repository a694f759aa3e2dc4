//! Password hashing: Argon2id on a few threads of its own, behind a bounded queue.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
    mpsc,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::problem::{Problem, Result};

/// Requests that may wait for a thread; past that the answer is 503.
const QUEUE: usize = 64;

/// Memory in KiB, passes and lanes, as the OWASP Password Storage Cheat Sheet advises for Argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

type Job = Box<dyn FnOnce() + Send>;

/// Hashes and checks passwords without holding up the threads that serve HTTP.
pub struct Passwords {
    jobs: mpsc::SyncSender<Job>,
    /// A hash as dear to check as any: 32 bytes of zero, which no password has.
    decoy: Arc<str>,
    computed: AtomicU64,
}

impl Passwords {
    /// Starts `threads` threads, which end with the last clone of the sender.
    pub fn start(threads: usize) -> Result<Self> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("passwords-{number}"))
                .spawn(move || {
                    while let Ok(job) = queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).recv() {
                        job();
                    }
                })
                .map_err(Problem::internal)?;
        }
        let (memory, passes, lanes) = COST;
        let nothing = "A".repeat(43);
        let decoy = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$YSBzYWx0IG9mIG5vYm9keQ${nothing}").into();
        Ok(Self { jobs, decoy, computed: AtomicU64::default() })
    }

    /// How many hashes have been computed, to keep a password or to check one.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The Argon2id hash of `password` in PHC form.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.run(move || hash_now(password.expose_secret())).await?
    }

    /// Whether `password` is the one behind `hash`. Without a hash it takes as long and says no, so that an unknown
    /// account cannot be told from a wrong password.
    pub async fn verify(&self, password: &SecretString, hash: Option<&str>) -> Result<bool> {
        let (password, known) = (password.clone(), hash.is_some());
        let hash = hash.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let matches = self
            .run(move || {
                let parsed = PasswordHash::new(&hash).map_err(Problem::internal)?;
                Ok::<_, Problem>(hasher()?.verify_password(password.expose_secret().as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || drop(answer.send(work())));
        self.jobs.try_send(job).map_err(|_| Problem::unavailable("the password queue is full"))?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        answered.await.map_err(Problem::internal)
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(Problem::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String> {
    Ok(hasher()?.hash_password(password.as_bytes()).map_err(Problem::internal)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_decoy_is_as_dear_as_a_hash() {
        let passwords = Passwords::start(1).unwrap();
        let hash = passwords.hash(&SecretString::from("nine lives of a grey cat")).await.unwrap();
        let (hash, decoy) = (PasswordHash::new(&hash).unwrap(), PasswordHash::new(&passwords.decoy).unwrap());
        assert_eq!((hash.algorithm, hash.version, &hash.params), (decoy.algorithm, decoy.version, &decoy.params));
        let lengths =
            [&hash, &decoy].map(|hash| (hash.salt.as_ref().unwrap().len(), hash.hash.as_ref().unwrap().len()));
        assert_eq!(lengths[0], lengths[1]);
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_matches() {
        let passwords = Passwords::start(1).unwrap();
        let right = SecretString::from("nine lives of a grey cat");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(&right, Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&SecretString::from("nine lives"), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&SecretString::from("a password that nobody has"), None).await.unwrap());
    }
}
