//! Access tokens: JWTs by RFC 9068, signed with ES256 by keys that take turns.
//!
//! Keys stand in the database, sealed by the master key, so that every instance signs with the same one. The newest key
//! whose `signs_from` has come signs. The next one is published ahead of its turn and the previous one stays until the
//! last token it signed has expired, so a rotation needs no restart and refuses nobody.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use quick_cache::Equivalent;
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryOrder};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::master_key::MasterKey;
use crate::{
    cache::Cache,
    db::Db,
    entities::signing_key,
    problem::{Problem, ProblemCode, Result},
};

/// How long an access token is valid.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long a key signs before the next takes its turn.
const TURN: TimeDelta = TimeDelta::days(30);
/// How long a key is still published after its turn: longer than any token it signed lives.
const AFTERLIFE: TimeDelta = TimeDelta::hours(1);
/// What the clocks of two machines may differ by.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// No token of ours is longer.
const LONGEST: usize = 4096;
/// The client that every first-party session is issued to.
const FIRST_PARTY: &str = "support-network";

/// What a token says (RFC 9068, section 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: Uuid,
    pub aud: String,
    pub client_id: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
    /// The session that it belongs to.
    pub sid: Uuid,
    /// Space-separated.
    pub scope: String,
}

impl Claims {
    fn are_in_their_time(&self, now: DateTime<Utc>) -> bool {
        let (issued, expires) = (self.iat - LEEWAY.num_seconds(), self.exp + LEEWAY.num_seconds());
        (issued..expires).contains(&now.timestamp())
    }
}

/// The keys in force, as this instance last read them.
struct KeySet {
    /// Oldest turn first.
    signing: Vec<(DateTime<Utc>, String, EncodingKey)>,
    verifying: HashMap<String, DecodingKey>,
    published: JwkSet,
    read_at: DateTime<Utc>,
}

/// A token, as it came. It is told from others by all of it, and found by its end, where the signature stands: it is long,
/// and would be hashed whole for each request.
#[derive(Clone, PartialEq, Eq)]
struct Token<B>(B);

impl<B: AsRef<[u8]>> Hash for Token<B> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let token = self.0.as_ref();
        state.write(token.last_chunk::<32>().map_or(token, <[u8; 32]>::as_slice));
    }
}

impl Equivalent<Token<Box<[u8]>>> for Token<&[u8]> {
    fn equivalent(&self, other: &Token<Box<[u8]>>) -> bool {
        *self.0 == *other.0
    }
}

/// Issues and verifies access tokens.
pub struct AccessTokens {
    issuer: String,
    keys: RwLock<Arc<KeySet>>,
    verified: Cache<Token<Box<[u8]>>, Arc<Claims>>,
}

impl AccessTokens {
    /// Makes the keys that are missing and reads them all.
    ///
    /// # Errors
    /// When the master key does not open them.
    pub async fn load(db: &Db, master_key: &MasterKey, issuer: String, now: DateTime<Utc>) -> Result<Self> {
        tend_keys(db, master_key, now).await?;
        let keys = RwLock::new(Arc::new(read_keys(db, master_key, now).await?));
        Ok(Self { issuer, keys, verified: Cache::new(10_000, Duration::from_secs(60)) })
    }

    /// Reads the keys again, as other instances may have changed them.
    pub async fn reload(&self, db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
        let keys = Arc::new(read_keys(db, master_key, now).await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// A token for a session of an account.
    pub fn issue(&self, account_id: Uuid, session_id: Uuid, scope: &str, now: DateTime<Utc>) -> Result<String> {
        let keys = self.keys();
        let (_, kid, key) = keys
            .signing
            .iter()
            .rev()
            .find(|(signs_from, ..)| *signs_from <= now)
            .or(keys.signing.first())
            .ok_or_else(|| Problem::internal("there is no signing key"))?;
        let header = Header { typ: Some("at+jwt".into()), kid: Some(kid.clone()), ..Header::new(Algorithm::ES256) };
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: account_id,
            aud: self.issuer.clone(),
            client_id: FIRST_PARTY.into(),
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            jti: Uuid::new_v4(),
            sid: session_id,
            scope: scope.into(),
        };
        jsonwebtoken::encode(&header, &claims, key).map_err(Problem::internal)
    }

    /// The claims of a `token` that was verified within the last minute, if it is in its time.
    pub fn remembered(&self, token: &[u8], now: DateTime<Utc>, instant: Instant) -> Option<Arc<Claims>> {
        self.verified.get_at(&Token(token), instant).filter(|claims| claims.are_in_their_time(now))
    }

    /// The claims of `token`, if it is one of ours and in its time. They are remembered for a minute; the time is
    /// checked every time.
    ///
    /// # Errors
    /// 401 `invalid_token`, always without a reason that would help a forger.
    pub async fn verify(
        &self,
        db: &Db,
        master_key: &MasterKey,
        token: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Arc<Claims>> {
        let claims = match self.verified.get(&Token(token)) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.decode(db, master_key, token, now).await?);
                self.verified.insert(Token(token.into()), Arc::clone(&claims));
                claims
            }
        };
        match claims.are_in_their_time(now) {
            true => Ok(claims),
            false => Err(ProblemCode::InvalidToken.into()),
        }
    }

    async fn decode(&self, db: &Db, master_key: &MasterKey, token: &[u8], now: DateTime<Utc>) -> Result<Claims> {
        let refused = || Problem::from(ProblemCode::InvalidToken);
        if token.len() > LONGEST {
            return Err(refused());
        }
        let token = std::str::from_utf8(token).map_err(|_| refused())?;
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
        let typ = header.typ.unwrap_or_default().to_ascii_lowercase();
        if !matches!(typ.as_str(), "at+jwt" | "application/at+jwt") || header.alg != Algorithm::ES256 {
            return Err(refused());
        }
        let kid = header.kid.ok_or_else(refused)?;
        if !self.keys().verifying.contains_key(&kid) && now - self.keys().read_at > TimeDelta::seconds(5) {
            self.reload(db, master_key, now).await?;
        }
        let keys = self.keys();
        let key = keys.verifying.get(&kid).ok_or_else(refused)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[&self.issuer]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The clock of the service decides, in `verify`.
        validation.validate_exp = false;
        let data = jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|_| refused())?;
        Ok(data.claims)
    }

    /// The public keys: previous, current and next.
    pub fn published_keys(&self) -> JwkSet {
        self.keys().published.clone()
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes the current and the next key where they are missing, and forgets those whose afterlife is over.
pub async fn tend_keys(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
    db.write(async |tx| {
        let keys = signing_key::Entity::find().order_by_asc(signing_key::COLUMN.signs_from).all(tx).await?;
        // Where all are ahead of this instance's clock, another one made them just now, and the first of them signs.
        if keys.is_empty() {
            make_key(tx, master_key, now, now).await?;
        }
        // Those of a clock that was far ahead are for later.
        let turns = keys.iter().map(|key| key.signs_from).filter(|turn| *turn <= now + TURN * 2);
        let last_turn = turns.max().unwrap_or(now);
        if last_turn <= now {
            make_key(tx, master_key, (last_turn + TURN).max(now + LIFETIME), now).await?;
        }
        for (key, successor) in keys.iter().zip(keys.iter().skip(1)) {
            if successor.signs_from + AFTERLIFE < now {
                signing_key::Entity::delete_by_id(key.kid.clone()).exec(tx).await?;
            }
        }
        Ok(())
    })
    .await
}

/// Gives the next key its turn now, and makes another next one. By another clock the turn of the one before may have begun
/// a little later than now: the next one follows it all the same.
pub async fn rotate_keys(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
    db.write(async |tx| {
        let keys = signing_key::Entity::find().order_by_asc(signing_key::COLUMN.signs_from).all(tx).await?;
        let (begun, ahead): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.signs_from <= now + LEEWAY);
        if let Some(next) = ahead.first() {
            let after = begun.last().map(|key| key.signs_from + TimeDelta::seconds(1));
            let signs_from = after.map_or(now, |after| after.max(now));
            let turn = signing_key::ActiveModel {
                kid: Set(next.kid.clone()),
                signs_from: Set(signs_from),
                ..Default::default()
            };
            signing_key::Entity::update(turn).exec(tx).await?;
        }
        Ok(())
    })
    .await?;
    tend_keys(db, master_key, now + LEEWAY).await
}

/// # Errors
/// When a private key does not open with the master key.
pub async fn check_opens(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<()> {
    read_keys(db, master_key, now).await.map(drop)
}

/// Seals every private key anew, with the master key that seals now.
pub async fn reseal(tx: &DatabaseTransaction, master_key: &MasterKey) -> Result<()> {
    for row in signing_key::Entity::find().all(tx).await? {
        let private_key_sealed = Set(master_key.reseal(&row.private_key_sealed, &place(&row.kid))?);
        let row = signing_key::ActiveModel { kid: Set(row.kid), private_key_sealed, ..Default::default() };
        signing_key::Entity::update(row).exec(tx).await?;
    }
    Ok(())
}

async fn make_key(
    tx: &DatabaseTransaction,
    master_key: &MasterKey,
    signs_from: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(Problem::internal)?;
    let private = pair.to_pkcs8v1().map_err(Problem::internal)?;
    let encoding = EncodingKey::from_ec_der(private.as_ref());
    let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::ES256).map_err(Problem::internal)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Problem::internal)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let key = signing_key::ActiveModel {
        private_key_sealed: Set(master_key.seal(private.as_ref(), &place(&kid))?),
        public_jwk: Set(serde_json::to_string(&jwk).map_err(Problem::internal)?),
        kid: Set(kid),
        signs_from: Set(signs_from),
        created_at: Set(now),
    };
    signing_key::Entity::insert(key).exec_without_returning(tx).await?;
    Ok(())
}

async fn read_keys(db: &Db, master_key: &MasterKey, now: DateTime<Utc>) -> Result<KeySet> {
    let rows = signing_key::Entity::find().order_by_asc(signing_key::COLUMN.signs_from).all(db.read()).await?;
    let mut keys =
        KeySet { signing: Vec::new(), verifying: HashMap::new(), published: JwkSet { keys: Vec::new() }, read_at: now };
    for row in rows {
        let private = master_key.open(&row.private_key_sealed, &place(&row.kid))?;
        let jwk: Jwk = serde_json::from_str(&row.public_jwk).map_err(Problem::internal)?;
        keys.verifying.insert(row.kid.clone(), DecodingKey::from_jwk(&jwk).map_err(Problem::internal)?);
        keys.signing.push((row.signs_from, row.kid, EncodingKey::from_ec_der(private.expose_secret())));
        keys.published.keys.push(jwk);
    }
    Ok(keys)
}

fn place(kid: &str) -> String {
    format!("signing_key.private_key/{kid}")
}
