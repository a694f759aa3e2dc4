//! Wrong passwords are counted, so that guessing is slow and yet nobody is locked out by somebody else's guesses.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use uuid::Uuid;

use super::rules::email_key;
use crate::{
    crypto::sha256,
    http::limits::{Address, Quota},
    problem::Result,
    state::State,
};

/// The quotas that a guess uses.
pub struct Guesses<'a>(Vec<(&'a Quota, String)>);

impl<'a> Guesses<'a> {
    /// By somebody who is not signed in: counted for the account, which need not exist, and for where they come from.
    pub fn by_stranger(app: &'a State, email: &str, address: &Address) -> Self {
        let account = BASE64_STANDARD_NO_PAD.encode(sha256(email_key(email).as_bytes()));
        Self(vec![
            (&app.limits.login_failures_of_account, account),
            (&app.limits.login_failures_from_address, address.key()),
        ])
    }

    /// By a session of the account itself: counted for the session alone.
    pub fn by_session(app: &'a State, session_id: Uuid) -> Self {
        Self(vec![(&app.limits.login_failures_of_account, format!("session/{session_id}"))])
    }

    /// # Errors
    /// 429 when no guess is left.
    pub fn check(&self) -> Result<()> {
        self.0.iter().try_for_each(|(quota, key)| quota.check(key))
    }

    /// Counts a wrong password.
    ///
    /// # Errors
    /// 429 when guesses that ran at the same time used up what was left.
    pub fn count_one(&self) -> Result<()> {
        let counted: Vec<_> = self.0.iter().map(|(quota, key)| quota.take(key)).collect();
        counted.into_iter().try_for_each(|left| left.map(drop))
    }
}
