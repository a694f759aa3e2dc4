//! Opening the master key at the start, and replacing the keys.

use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;

use crate::{
    config::{Config, ConfigFault},
    crypto::{access_tokens, data_keys, master_key::MasterKey},
    db::Db,
    entities::signing_key,
    insights, mail,
    problem::{Problem, ProblemCode, Result},
    therapists,
};

/// How many master keys a file keeps: what a running instance sealed with the previous one, before it read the file
/// again, still opens.
const KEPT: usize = 2;

/// How long keys wait for a database in which others write without a pause, and how long between two attempts.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// A key is made for a database that has sealed nothing yet; a lost or wrong one is refused.
pub async fn open(config: &Config, db: &Db) -> std::result::Result<MasterKey, ConfigFault> {
    let file = config.master_key_file();
    let sealed =
        signing_key::Entity::find().one(db.read()).await.map_err(|error| ConfigFault::new("database_url", error))?;
    let made = !file.exists() && sealed.is_none();
    let key = MasterKey::load(&file, sealed.is_none()).map_err(|error| {
        ConfigFault::new("master_key_file", format!("{}: {error}; put the key of this database there", file.display()))
    })?;
    let mode = std::fs::metadata(&file).map(|file| file.permissions().mode()).unwrap_or_default();
    if mode & 0o077 != 0 {
        tracing::warn!(file = %file.display(), "others than its owner may read the master key: chmod 600");
    }
    if made {
        tracing::info!(file = %file.display(), "made a master key: back it up, nothing sealed opens without it");
    }
    Ok(key)
}

/// Gives the next signing key its turn, and seals everything anew with a new master key.
///
/// The file holds the new key before anything is sealed with it, and still holds the previous one when everything is:
/// whatever stops this in between, all that is sealed opens. The key before the previous one is taken out.
///
/// # Errors
/// When the file cannot be written, or something does not open with the keys that it holds. A file that is not of this
/// database stays as it is.
pub async fn rotate(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
    access_tokens::check_opens(db, master_key, now).await?;
    master_key.add().map_err(Problem::internal)?;
    patiently(async || {
        db.write(async |tx| {
            access_tokens::reseal(tx, master_key).await?;
            data_keys::rewrap(tx, master_key).await?;
            mail::reseal(tx, master_key).await?;
            therapists::store::reseal(tx, master_key).await?;
            insights::store::reseal(tx, master_key).await
        })
        .await
    })
    .await?;
    master_key.keep(KEPT).map_err(Problem::internal)?;
    patiently(async || access_tokens::rotate_keys(db, master_key, now).await).await
}

/// Tries again while others keep the database to themselves.
async fn patiently(write: impl AsyncFn() -> Result<()>) -> Result<()> {
    let started = Instant::now();
    loop {
        match write().await {
            Err(problem) if problem.code == ProblemCode::Unavailable && started.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}
