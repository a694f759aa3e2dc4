//! `Idempotency-Key`: a request that is sent twice takes effect once.
//!
//! The answer is stored in the transaction that has the effect, so a crash keeps both or neither. Which answers are
//! kept: successes, and 404, 409, 410 and 412, which say something of the state that the request met.

use std::{
    collections::HashSet,
    future::{Ready, ready},
    sync::{LazyLock, Mutex, PoisonError},
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, ResponseError, body::MessageBody, dev::Payload, http::StatusCode,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{answer::Answer, body::RawBody, caller::Identity};
use crate::{
    entities::idempotency_record as record,
    problem::{Fault, Problem, ProblemCode, Result},
    state::{App, State},
};

/// What refusals are written in.
const PROBLEM: &str = "application/problem+json";

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// Keys whose first request is being served by this instance.
static RUNNING: LazyLock<Mutex<HashSet<(Uuid, String)>>> = LazyLock::new(Mutex::default);

/// The write of a `POST`, done once for each key.
pub struct Once {
    app: App,
    request: Option<KeyedRequest>,
}

struct KeyedRequest {
    account_id: Uuid,
    key: String,
    /// What the key stands for: method, address and body. Of it only a mark is kept.
    content: String,
}

impl Once {
    /// Runs `work` as [`crate::db::Db::write`] does, unless its key has been answered: then that answer is given.
    ///
    /// # Errors
    /// What `work` refuses; 409 while the first request with the key runs; 422 when the key stood for another request.
    pub async fn write(&self, work: impl AsyncFn(&DatabaseTransaction) -> Result<Answer>) -> Result<Answer> {
        let Some(request) = &self.request else { return self.app.db.write(work).await };
        let _running = Running::start(request)?;
        let now = self.app.clock.now();
        let done = self.app.db.write(async |tx| {
            if let Some(known) = find(tx, request, now).await? {
                return replay(&self.app, tx, known, request).await;
            }
            let answer = work(tx).await?;
            store(&self.app, tx, request, &Ok(&answer), now).await?;
            Ok(answer)
        });
        match done.await {
            Err(problem) if is_kept(&problem) => self.keep(request, problem).await,
            outcome => outcome,
        }
    }

    /// Stores a refusal. Nothing of what was refused is left, so this is a write of its own.
    async fn keep(&self, request: &KeyedRequest, problem: Problem) -> Result<Answer> {
        let now = self.app.clock.now();
        let kept = self.app.db.write(async |tx| match find(tx, request, now).await? {
            // Another instance was quicker.
            Some(known) => replay(&self.app, tx, known, request).await.map(Ok),
            None => {
                store(&self.app, tx, request, &Err(&problem), now).await?;
                Ok(Err(problem.clone()))
            }
        });
        kept.await?
    }
}

fn is_kept(problem: &Problem) -> bool {
    matches!(problem.status_code().as_u16(), 404 | 409 | 410 | 412) && problem.code != ProblemCode::IdempotencyKeyInUse
}

/// The answer that the key stands for.
async fn find(tx: &DatabaseTransaction, request: &KeyedRequest, now: DateTime<Utc>) -> Result<Option<record::Model>> {
    let known = match tx.get_database_backend() {
        DbBackend::Postgres => find_alone(tx, request).await?,
        _ => record::Entity::find_by_id((request.account_id, request.key.clone())).one(tx).await?,
    };
    match known {
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
        let key = app.data_key_to_write(tx, request.account_id).await?;
        let private: PrivateAnswer = key.open(&known.body, &place(request.account_id, &request.key))?;
        (known.etag, known.body) = (private.etag, private.body.into_bytes());
    }
    let mut answer = Answer::stored(status, known.content_type, known.location, known.etag, known.body.into());
    answer.replayed = true;
    Ok(answer)
}

async fn store(
    app: &State,
    tx: &DatabaseTransaction,
    request: &KeyedRequest,
    answered: &std::result::Result<&Answer, &Problem>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (status, content_type, location, etag, body) = match answered {
        Ok(answer) => (
            answer.status,
            answer.content_type.clone(),
            answer.location.clone(),
            answer.etag.clone(),
            answer.body.to_vec(),
        ),
        Err(problem) => {
            let (status, body) = refusal(problem);
            (status, Some(PROBLEM.to_owned()), None, None, body)
        }
    };
    let sealed = answered.is_ok_and(|answer| answer.private);
    let (etag, body) = match sealed {
        true => {
            let key = app.data_key_to_write(tx, request.account_id).await?;
            let body = String::from_utf8(body).map_err(Problem::internal)?;
            (None, key.seal(&PrivateAnswer { etag, body }, &place(request.account_id, &request.key))?)
        }
        false => (etag, body),
    };
    let row = record::ActiveModel {
        account_id: Set(request.account_id),
        key: Set(request.key.clone()),
        request_hash: Set(app.master_key.mark(request.content.as_bytes()).to_vec()),
        status: Set(status.as_u16().into()),
        content_type: Set(content_type),
        location: Set(location),
        etag: Set(etag),
        body: Set(body),
        sealed: Set(sealed),
        created_at: Set(now),
    };
    record::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
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

/// Another instance may be serving the key: PostgreSQL knows, and is asked in the same breath. SQLite has one instance.
async fn find_alone(tx: &DatabaseTransaction, request: &KeyedRequest) -> Result<Option<record::Model>> {
    let sql = "SELECT one.locked, known.* \
               FROM (SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked) AS one \
               LEFT JOIN idempotency_record AS known ON known.account_id = $2 AND known.key = $3";
    let name = format!("{}/{}", request.account_id, request.key);
    let values = [name.into(), request.account_id.into(), request.key.clone().into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    match row {
        Some(row) if row.try_get::<bool>("", "locked")? => match row.try_get::<Option<i64>>("", "status")? {
            Some(_) => Ok(Some(record::Model::from_query_result(&row, "")?)),
            None => Ok(None),
        },
        _ => Err(in_use()),
    }
}

/// Held while a key is being served.
struct Running(Uuid, String);

impl Running {
    fn start(request: &KeyedRequest) -> Result<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        match running.insert((request.account_id, request.key.clone())) {
            true => Ok(Self(request.account_id, request.key.clone())),
            false => Err(in_use()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let key = (self.0, std::mem::take(&mut self.1));
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<Once> {
    let app = request.app_data::<App>().cloned().ok_or_else(|| Problem::internal("no state"))?;
    let account_id = match request.extensions().get::<Identity>() {
        Some(Identity::Known(caller)) => caller.account_id,
        _ => return Ok(Once { app, request: None }),
    };
    let Some(key) = request.headers().get("Idempotency-Key") else { return Ok(Once { app, request: None }) };
    let key = key.to_str().unwrap_or_default().trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let fault =
            Fault::parameter("Idempotency-Key", "invalid_format", "must have 1 to 255 visible ASCII characters");
        return Err(Problem::from(ProblemCode::BadRequest).with_errors(vec![fault]));
    }
    let body = request.extensions().get::<RawBody>().map(|raw| raw.0.clone()).unwrap_or_default();
    // Members in another order, or other white space, are the same request.
    let canonical = serde_json::from_slice::<serde_json::Value>(&body).map(|value| value.to_string());
    let canonical = canonical.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned());
    let content = format!("{} {}?{}\n{canonical}", request.method(), request.path(), request.query_string());
    Ok(Once { app, request: Some(KeyedRequest { account_id, key: key.to_owned(), content }) })
}
