//! Opening the master key at the start, and replacing the keys.

use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;

use crate::{
    config::{Config, ConfigFault},
    crypto::{access_tokens, data_keys, master_key::MasterKey},
    db::Db,
    entities::signing_key,
    insights, mail,
    problem::{Problem, Result},
    therapists,
};

/// How many master keys a file keeps: what a running instance sealed with the previous one, before it read the file
/// again, still opens.
const KEPT: usize = 2;

/// A key is made for a database that has sealed nothing yet; a lost or wrong one is refused.
pub async fn open(config: &Config, db: &Db) -> std::result::Result<MasterKey, ConfigFault> {
    let file = config.master_key_file();
    let sealed =
        signing_key::Entity::find().one(db.read()).await.map_err(|error| ConfigFault::new("database_url", error))?;
    let made = !file.exists() && sealed.is_none();
    let key = MasterKey::load(&file, sealed.is_none()).map_err(|error| {
        ConfigFault::new("master_key_file", format!("{}: {error}; put the key of this database there", file.display()))
    })?;
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
/// When the file cannot be written, or something does not open with the keys that it holds.
pub async fn rotate(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
    master_key.add().map_err(Problem::internal)?;
    db.write(async |tx| {
        access_tokens::reseal(tx, master_key).await?;
        data_keys::rewrap(tx, master_key).await?;
        mail::reseal(tx, master_key).await?;
        therapists::store::reseal(tx, master_key).await?;
        insights::store::reseal(tx, master_key).await
    })
    .await?;
    master_key.keep(KEPT).map_err(Problem::internal)?;
    access_tokens::rotate_keys(db, master_key, now).await
}
