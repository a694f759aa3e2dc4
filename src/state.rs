//! What every request shares.

use actix_web::web;
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    config::Config,
    crypto::{access_tokens::AccessTokens, master_key::MasterKey, passwords::Passwords},
    db::Db,
    http::{caller::SessionCache, limits::RateLimits, openapi::Document, public_answers::PublicAnswers},
    psychometrics::Catalogue,
};

/// The state of one instance; in a handler, `app`.
pub struct State {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub master_key: MasterKey,
    pub passwords: Passwords,
    pub access_tokens: AccessTokens,
    pub sessions: SessionCache,
    pub limits: RateLimits,
    pub public_answers: PublicAnswers,
    pub document: Document,
    pub instruments: Catalogue,
    /// Rung when mail was put into the outbox.
    pub mail_waits: Notify,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
}

pub type App = web::Data<State>;

impl State {
    /// A fresh opaque token and the hash that is stored of it.
    pub fn new_token(&self) -> crate::problem::Result<(SecretString, Vec<u8>)> {
        let token = crate::crypto::opaque::generate()?;
        let hash = crate::crypto::opaque::hash(&token);
        Ok((token, hash))
    }
}
