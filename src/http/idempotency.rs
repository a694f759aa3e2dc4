//! `Idempotency-Key`: a request that is sent twice takes effect once.
//!
//! The answer is stored in the transaction that has the effect, so a crash keeps both or neither. Which answers are
//! kept: successes, and 404, 409, 410 and 412, which say something of the state that the request met.
//!
//! Almost every key is new, so nobody looks first whether one is known. The record of a known key cannot be put in a
//! second time: then everything is undone, and the answer that is stored is given.

use std::{
    cell::Cell,
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::Payload,
    http::{StatusCode, header::HeaderValue},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    answer::Answer,
    body::RawBody,
    caller::{Caller, Identity},
    faults::Argument,
};
use crate::{
    cache::Cache,
    db::{inserts::Inserts, readers::Readers},
    entities::idempotency_record as record,
    problem::{Fault, Problem, ProblemCode, Result},
    state::{App, State},
};

/// What refusals are written in.
const PROBLEM: &str = "application/problem+json";

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// How many of the keys that it has answered an instance remembers. One that it has forgotten costs a repetition more.
const REMEMBERED: usize = 20_000;

/// What an instance knows of keys without asking the database.
pub struct Keys {
    /// Those whose first request is being served.
    running: Mutex<HashSet<(Uuid, String)>>,
    /// Those that were answered.
    answered: Cache<(Uuid, String), ()>,
}

impl Default for Keys {
    fn default() -> Self {
        let kept = KEPT.to_std().unwrap_or_default();
        Self { running: Mutex::default(), answered: Cache::new(REMEMBERED, kept) }
    }
}

/// The write of a `POST`, done once for each key.
pub struct Once {
    app: App,
    caller: Option<Caller>,
    request: Option<KeyedRequest>,
}

struct KeyedRequest {
    /// Whose key it is, and the key.
    key: (Uuid, String),
    /// What the key stands for: method, address and body. Of it only a mark is kept.
    content: String,
}

impl Once {
    /// Runs `work` as [`crate::db::Db::write`] does, unless its key has been answered: then that answer is given.
    ///
    /// # Errors
    /// What `work` refuses; 401 as [`Caller::confirm`] says; 409 while the first request with the key runs; 422 when the key
    /// stood for another request.
    pub async fn write(&self, work: impl AsyncFn(&DatabaseTransaction) -> Result<Answer>) -> Result<Answer> {
        let (app, now) = (&self.app, self.app.clock.now());
        let work = async |tx: &DatabaseTransaction| {
            if let Some(caller) = &self.caller {
                caller.confirm(tx).await?;
            }
            work(tx).await
        };
        let Some(request) = &self.request else { return app.db.write(work).await };
        let and_record = async |tx: &DatabaseTransaction| {
            let answer = work(tx).await?;
            let kept = Kept::sealed_if_private(app, tx, request, &answer).await?;
            record::Entity::insert(record(app, request, kept, now)).exec_without_returning(tx).await?;
            Ok(answer)
        };
        self.unless_answered(request, async || app.db.write_or_lose(&and_record).await).await
    }

    /// The same with [`crate::db::Db::insert`], for an answer that is not private: its record goes in with the rows.
    ///
    /// # Errors
    /// Those of [`Once::write`].
    pub async fn insert(&self, prepare: impl AsyncFn(&Readers) -> Result<(Answer, Inserts)>) -> Result<Answer> {
        let (app, now) = (&self.app, self.app.clock.now());
        let Some(request) = &self.request else { return app.db.insert(prepare).await };
        let with_record = async |db: &Readers| {
            let (answer, mut inserts) = prepare(db).await?;
            if answer.private {
                return Err(Problem::internal("a private answer cannot be sealed outside a transaction"));
            }
            inserts.add(record(app, request, Kept::of(&answer), now));
            Ok((answer, inserts))
        };
        self.unless_answered(request, async || app.db.insert_or_lose(&with_record).await).await
    }

    /// Whoever comes second cannot store a record, and is given what the first one stored. Nobody looks for it before,
    /// where there is no reason to think that there is one.
    async fn unless_answered(
        &self,
        request: &KeyedRequest,
        attempt: impl AsyncFn() -> Result<Answer>,
    ) -> Result<Answer> {
        let app = &self.app;
        let _running = Running::start(&app.idempotency_keys, request)?;
        let may_be_known = Cell::new(app.idempotency_keys.answered.get(&request.key).is_some());
        let done = app.db.retried(async || {
            if may_be_known.replace(true)
                && let Some(known) = self.answered(request).await?
            {
                return Ok(known);
            }
            attempt().await
        });
        let outcome = match done.await {
            // Whoever may not ask at all is not told what was answered before.
            Err(problem) if problem.code == ProblemCode::InvalidToken => Err(problem),
            Err(problem) if !problem.status_code().is_server_error() => self.refuse(request, problem).await,
            outcome => outcome,
        };
        app.idempotency_keys.answered.insert(request.key.clone(), ());
        outcome
    }

    /// What the key has been answered with.
    async fn answered(&self, request: &KeyedRequest) -> Result<Option<Answer>> {
        let (app, now) = (&self.app, self.app.clock.now());
        let found = app.db.write(async |tx| match find(tx, request, now).await? {
            Some(known) => replay(app, tx, known, request).await.map(Some),
            None => Ok(None),
        });
        found.await
    }

    /// Refuses with `problem`, of which some are stored, unless the key has been answered. Nothing of what was refused is
    /// left, so this is a write of its own.
    async fn refuse(&self, request: &KeyedRequest, problem: Problem) -> Result<Answer> {
        let (app, now) = (&self.app, self.app.clock.now());
        let settled = app.db.write(async |tx| match find(tx, request, now).await? {
            Some(known) => replay(app, tx, known, request).await.map(Ok),
            None => {
                if is_kept(&problem) {
                    let row = record(app, request, Kept::of_refusal(&problem), now);
                    record::Entity::insert(row).exec_without_returning(tx).await?;
                }
                Ok(Err(problem.clone()))
            }
        });
        settled.await?
    }
}

fn is_kept(problem: &Problem) -> bool {
    matches!(problem.status_code().as_u16(), 404 | 409 | 410 | 412)
}

/// The answer that the key stands for.
async fn find(tx: &DatabaseTransaction, request: &KeyedRequest, now: DateTime<Utc>) -> Result<Option<record::Model>> {
    match record::Entity::find_by_id(request.key.clone()).one(tx).await? {
        Some(known) if known.created_at + KEPT < now => {
            record::Entity::delete_by_id((known.account_id, known.key)).exec(tx).await?;
            Ok(None)
        }
        known => Ok(known),
    }
}

/// A private answer, as it is sealed.
#[derive(Serialize, Deserialize)]
struct PrivateAnswer {
    etag: Option<String>,
    body: String,
}

fn place(account_id: Uuid, key: &str) -> String {
    format!("idempotency_record.body/{account_id}/{key}")
}

async fn replay(
    app: &State,
    tx: &DatabaseTransaction,
    mut known: record::Model,
    request: &KeyedRequest,
) -> Result<Answer> {
    if !app.master_key.is_marked(request.content.as_bytes(), &known.request_hash) {
        let fault = Fault::parameter("Idempotency-Key", "reused", "must be a new key for a new request");
        return Err(Problem::from(ProblemCode::IdempotencyKeyReused).with_errors(vec![fault]));
    }
    let status = u16::try_from(known.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| Problem::internal("a stored status is no status"))?;
    if known.sealed {
        let key = app.data_key_to_write(tx, known.account_id).await?;
        let private: PrivateAnswer = key.open(&known.body, &place(known.account_id, &known.key))?;
        (known.etag, known.body) = (private.etag, private.body.into_bytes());
    }
    let header = |text: Option<String>| text.map(HeaderValue::try_from).transpose().map_err(Problem::internal);
    let (content_type, etag) = (header(known.content_type)?, header(known.etag)?);
    let mut answer = Answer::stored(status, content_type, known.location, etag, known.body.into());
    answer.replayed = true;
    Ok(answer)
}

/// What is kept of an answer or of a refusal.
struct Kept {
    status: StatusCode,
    content_type: Option<String>,
    location: Option<String>,
    etag: Option<String>,
    body: Vec<u8>,
    sealed: bool,
}

impl Kept {
    fn of(answer: &Answer) -> Self {
        let text = |header: &Option<HeaderValue>| Some(header.as_ref()?.to_str().ok()?.to_owned());
        Self {
            status: answer.status,
            content_type: text(&answer.content_type),
            location: answer.location.clone(),
            etag: text(&answer.etag),
            body: answer.body.to_vec(),
            sealed: false,
        }
    }

    fn of_refusal(problem: &Problem) -> Self {
        let (status, body) = refusal(problem);
        Self { status, content_type: Some(PROBLEM.to_owned()), location: None, etag: None, body, sealed: false }
    }

    /// A private answer is sealed with the key of its owner.
    async fn sealed_if_private(
        app: &State,
        tx: &DatabaseTransaction,
        request: &KeyedRequest,
        answer: &Answer,
    ) -> Result<Self> {
        let mut kept = Self::of(answer);
        if answer.private {
            let (account_id, key) = &request.key;
            let data_key = app.data_key_to_write(tx, *account_id).await?;
            let body = String::from_utf8(kept.body).map_err(Problem::internal)?;
            kept.body = data_key.seal(&PrivateAnswer { etag: kept.etag.take(), body }, &place(*account_id, key))?;
            kept.sealed = true;
        }
        Ok(kept)
    }
}

/// The row that keeps it for its key.
fn record(app: &State, request: &KeyedRequest, kept: Kept, now: DateTime<Utc>) -> record::ActiveModel {
    let (account_id, key) = request.key.clone();
    record::ActiveModel {
        account_id: Set(account_id),
        key: Set(key),
        request_hash: Set(app.master_key.mark(request.content.as_bytes()).to_vec()),
        status: Set(kept.status.as_u16().into()),
        content_type: Set(kept.content_type),
        location: Set(kept.location),
        etag: Set(kept.etag),
        body: Set(kept.body),
        sealed: Set(kept.sealed),
        created_at: Set(now),
    }
}

/// The status and the body of a refusal.
fn refusal(problem: &Problem) -> (StatusCode, Vec<u8>) {
    let body = problem.error_response().into_body().try_into_bytes().unwrap_or_default();
    (problem.status_code(), body.to_vec())
}

/// Takes what was erased out of the private answers that are kept for an account: a retry of what they answered finds
/// that it is gone, and does not make it anew.
pub async fn forget_about(app: &State, tx: &DatabaseTransaction, account_id: Uuid, erased: Uuid) -> Result<()> {
    let own = record::COLUMN.account_id.eq(account_id).and(record::COLUMN.sealed.eq(true));
    let kept = record::Entity::find().filter(own).all(tx).await?;
    if kept.is_empty() {
        return Ok(());
    }
    let (data_key, erased) = (app.data_key_to_write(tx, account_id).await?, erased.to_string());
    for known in kept {
        let private: PrivateAnswer = data_key.open(&known.body, &place(account_id, &known.key))?;
        if private.body.contains(&erased) {
            let (status, body) = refusal(&Problem::not_found());
            let gone = record::ActiveModel {
                account_id: Unchanged(account_id),
                key: Unchanged(known.key),
                status: Set(status.as_u16().into()),
                content_type: Set(Some(PROBLEM.to_owned())),
                location: Set(None),
                body: Set(body),
                sealed: Set(false),
                ..Default::default()
            };
            record::Entity::update(gone).exec(tx).await?;
        }
    }
    Ok(())
}

/// Forgets the answers whose time is over.
pub async fn forget_old(app: &State) -> Result<()> {
    let before = app.clock.now() - KEPT;
    app.db
        .write(async |tx| {
            record::Entity::delete_many().filter(record::COLUMN.created_at.lt(before)).exec(tx).await?;
            Ok(())
        })
        .await
}

fn in_use() -> Problem {
    Problem::from(ProblemCode::IdempotencyKeyInUse).retry_after(1)
}

/// Held while a key is being served.
struct Running<'a> {
    keys: &'a Keys,
    key: (Uuid, String),
}

impl<'a> Running<'a> {
    fn start(keys: &'a Keys, request: &KeyedRequest) -> Result<Self> {
        let key = request.key.clone();
        match keys.running.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
            true => Ok(Self { keys, key }),
            false => Err(in_use()),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.keys.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Argument<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Argument::new(request, read(request))
    }
}

/// A key as it is meant, bare or between quotes.
fn unquoted(key: &str) -> Option<&str> {
    let key = key.trim();
    let key = match key.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => key,
    };
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    fits.then_some(key)
}

fn read(request: &HttpRequest) -> Result<Once> {
    let app = request.app_data::<App>().cloned().ok_or_else(|| Problem::internal("no state"))?;
    let caller = match request.extensions().get::<Identity>() {
        Some(Identity::Known(caller)) => caller.clone(),
        _ => return Ok(Once { app, caller: None, request: None }),
    };
    let mut keys = request.headers().get_all("Idempotency-Key");
    let Some(key) = keys.next() else { return Ok(Once { app, caller: Some(caller), request: None }) };
    let Some(key) = key.to_str().ok().and_then(unquoted).filter(|_| keys.next().is_none()) else {
        let detail = "must stand once and have 1 to 255 visible ASCII characters, bare or between quotes";
        return Err(Problem::invalid_parameter("Idempotency-Key", "invalid_format", detail));
    };
    let body = request.extensions().get::<RawBody>().map(|raw| raw.0.clone()).unwrap_or_default();
    // Members in another order, or other white space, are the same request.
    let canonical = serde_json::from_slice::<serde_json::Value>(&body).map(|value| value.to_string());
    let canonical = canonical.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned());
    let content = format!("{} {}?{}\n{canonical}", request.method(), request.path(), request.query_string());
    let request = KeyedRequest { key: (caller.account_id, key.to_owned()), content };
    Ok(Once { app, caller: Some(caller), request: Some(request) })
}
