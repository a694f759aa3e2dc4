//! What every request shares.

use std::sync::Arc;

use actix_web::web;
use sea_orm::DatabaseTransaction;
use secrecy::SecretString;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    clock::Clock,
    config::Config,
    crypto::{
        access_tokens::AccessTokens,
        data_keys::{DataKey, DataKeys},
        master_key::MasterKey,
        passwords::Passwords,
    },
    db::{Db, items::Items},
    http::{
        caller::SessionCache, idempotency::Keys, limits::RateLimits, openapi::Document, public_answers::PublicAnswers,
    },
    problem::Result,
    psychometrics::Catalogue,
    support_lines::SupportLines,
};

/// The state of one instance; in a handler, `app`.
pub struct State {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub master_key: MasterKey,
    pub data_keys: DataKeys,
    pub passwords: Passwords,
    pub access_tokens: AccessTokens,
    pub sessions: SessionCache,
    pub limits: RateLimits,
    pub public_answers: PublicAnswers,
    pub idempotency_keys: Keys,
    /// Organizations as lists show them.
    pub organization_items: Items,
    pub document: Document,
    pub instruments: Catalogue,
    pub support_lines: SupportLines,
    /// Rung when mail was put into the outbox.
    pub mail_waits: Notify,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

pub type App = web::Data<State>;

impl State {
    /// The key that opens what is sealed for an account.
    ///
    /// # Errors
    /// 404 where nothing is.
    pub async fn data_key(&self, account_id: Uuid) -> Result<Arc<DataKey>> {
        self.data_keys.get(self.db.read(), &self.master_key, account_id).await
    }

    /// The key that seals for an account, within a transaction.
    pub async fn data_key_to_write(&self, tx: &DatabaseTransaction, account_id: Uuid) -> Result<Arc<DataKey>> {
        self.data_keys.get_or_make(tx, &self.master_key, account_id, self.clock.now()).await
    }

    /// A fresh opaque token and the hash that is stored of it.
    pub fn new_token(&self) -> Result<(SecretString, Vec<u8>)> {
        let token = crate::crypto::opaque::generate()?;
        let hash = crate::crypto::opaque::hash(&token);
        Ok((token, hash))
    }
}
