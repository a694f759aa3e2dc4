//! Invented people and memberships to play with.

use crate::{problem::Result, state::State};

/// Puts them in once; answers their common password when it did.
pub async fn seed(_app: &State) -> Result<Option<String>> {
    Ok(None)
}
