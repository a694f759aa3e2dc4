//! A key for each account: what its owner alone may read is sealed with it.
//!
//! Data keys are stored wrapped by the master key, so that neither the database nor the key file suffices. Destroying a
//! data key makes everything that it sealed unreadable at once, copies and backups of the rows included.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::master_key::{self, MasterKey};
use crate::{
    cache::Cache,
    entities::data_key,
    problem::{Problem, Result},
};

/// How many bytes a sealed value is a multiple of, so that its length tells little of what is in it.
const BLOCK: usize = 256;

/// The key of one account.
pub struct DataKey(RandomizedNonceKey);

impl DataKey {
    /// Encrypts `value` as JSON. `place` (table, column, row) must be given again to open it.
    pub fn seal(&self, value: &impl Serialize, place: &str) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec(value).map_err(Problem::internal)?;
        // JSON may end with white space.
        text.resize(text.len().next_multiple_of(BLOCK), b' ');
        master_key::seal(&self.0, SecretSlice::from(text).expose_secret(), place)
    }

    /// Decrypts what [`Self::seal`] made for the same place.
    pub fn open<T: DeserializeOwned>(&self, sealed: &[u8], place: &str) -> Result<T> {
        let opened = master_key::open(&self.0, sealed, place);
        let fault =
            || Problem::internal(format!("a sealed value of {place} does not open with the key of its account"));
        serde_json::from_slice(opened.ok_or_else(fault)?.expose_secret()).map_err(Problem::internal)
    }

    fn unwrap(row: &data_key::Model, master_key: &MasterKey) -> Result<Self> {
        let bytes = master_key.open(&row.wrapped, &place(row.account_id))?;
        Self::from_bytes(bytes.expose_secret())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(Self(RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(Problem::internal)?))
    }
}

fn place(account_id: Uuid) -> String {
    format!("data_key.wrapped/{account_id}")
}

/// Data keys in use, unwrapped. They are used for a minute at most, and a job lets go of them soon after.
pub struct DataKeys(Cache<Uuid, Arc<DataKey>>);

impl Default for DataKeys {
    fn default() -> Self {
        Self(Cache::new(10_000, Duration::from_secs(60)))
    }
}

impl DataKeys {
    /// The key of an account, for reading. `db` is outside of any transaction: what is remembered must be committed.
    ///
    /// # Errors
    /// 404 where it has none: nothing of its own is sealed, or not any more.
    pub async fn get(&self, db: &impl ConnectionTrait, master_key: &MasterKey, id: Uuid) -> Result<Arc<DataKey>> {
        if let Some(key) = self.0.get(&id) {
            return Ok(key);
        }
        let row = data_key::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
        let key = Arc::new(DataKey::unwrap(&row, master_key)?);
        self.0.insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// The keys of many accounts at once; those that have none are left out.
    pub async fn get_many(
        &self,
        db: &impl ConnectionTrait,
        master_key: &MasterKey,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, DataKey>> {
        let rows = data_key::Entity::find().filter(data_key::COLUMN.account_id.is_in(ids)).all(db).await?;
        rows.iter().map(|row| Ok((row.account_id, DataKey::unwrap(row, master_key)?))).collect()
    }

    /// The key of an account, for writing: it is made with the first thing that it seals.
    pub async fn get_or_make(
        &self,
        tx: &DatabaseTransaction,
        master_key: &MasterKey,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Arc<DataKey>> {
        if let Some(key) = self.0.get(&id) {
            return Ok(key);
        }
        // Not remembered: this transaction may be rolled back.
        if let Some(row) = data_key::Entity::find_by_id(id).one(tx).await? {
            return Ok(Arc::new(DataKey::unwrap(&row, master_key)?));
        }
        let mut bytes = [0u8; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(Problem::internal)?;
        let bytes = SecretSlice::from(bytes.to_vec());
        let row = data_key::ActiveModel {
            account_id: Set(id),
            wrapped: Set(master_key.seal(bytes.expose_secret(), &place(id))?),
            created_at: Set(now),
        };
        data_key::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(Arc::new(DataKey::from_bytes(bytes.expose_secret())?))
    }

    /// The account is gone.
    pub fn forget(&self, id: Uuid) {
        self.0.remove(&id);
    }

    /// Lets go of the keys whose minute is over.
    pub fn sweep(&self) {
        self.0.sweep();
    }
}

/// Destroys the key of an account, and with it all that it sealed.
pub async fn destroy(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    data_key::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Wraps every data key anew, with the master key that seals now.
pub async fn rewrap(tx: &impl ConnectionTrait, master_key: &MasterKey) -> Result<()> {
    for row in data_key::Entity::find().order_by_asc(data_key::COLUMN.account_id).all(tx).await? {
        let wrapped = master_key.reseal(&row.wrapped, &place(row.account_id))?;
        let row =
            data_key::ActiveModel { account_id: Set(row.account_id), wrapped: Set(wrapped), ..Default::default() };
        data_key::Entity::update(row).exec(tx).await?;
    }
    Ok(())
}
