//! Facts that ship with the service and are seeded when it first starts.

pub mod demo;

use chrono::{DateTime, Utc};

use crate::{db::Db, problem::Result};

/// Puts in what is missing. Running it again changes nothing.
pub async fn seed(_db: &Db, _now: DateTime<Utc>) -> Result<()> {
    Ok(())
}
