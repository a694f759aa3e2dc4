//! Sessions and their refresh tokens in the database.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::rules::{self, Refresh};
use crate::{
    accounts,
    audit::{self, Event},
    crypto::opaque,
    db::{
        Db, oldest_id,
        page::{Key, PageRequest, Rows},
    },
    entities::{account, refresh_token, session},
    http::conditional::IfMatch,
    problem::{Problem, ProblemCode, Result},
    state::State,
};

/// A session with its newest refresh token, which is shown once.
pub struct Opened {
    pub session_id: Uuid,
    pub account_id: Uuid,
    pub refresh_token: SecretString,
}

/// Opens a session for an account whose password was right a moment ago.
///
/// # Errors
/// 401 when the password was changed, or the account erased, in that moment; 403 when it is suspended.
pub async fn open(app: &State, account: &account::Model, device_label: Option<String>) -> Result<Opened> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let current = account::Entity::find_by_id(account.id).one(tx).await?;
            let current = current.filter(|current| current.password_hash == account.password_hash);
            let current = current.ok_or(ProblemCode::InvalidCredentials)?;
            if current.suspended_at.is_some() {
                return Err(ProblemCode::AccountSuspended.into());
            }
            let session_id = Uuid::now_v7();
            let row = session::ActiveModel {
                id: Set(session_id),
                account_id: Set(account.id),
                device_label: Set(device_label.clone()),
                created_at: Set(now),
                last_used_at: Set(now),
                expires_at: Set(rules::expiry(now, now)),
                ended_at: Set(None),
            };
            session::Entity::insert(row).exec_without_returning(tx).await?;
            let refresh_token = add_token(tx, session_id, now).await?;
            Ok(Opened { session_id, account_id: account.id, refresh_token })
        })
        .await
}

/// Rotates a refresh token. A replayed one ends its session, which is committed although the answer is a refusal.
///
/// # Errors
/// 401 `invalid_refresh_token`, 409 `refresh_token_just_used`.
pub async fn refresh(app: &State, token: &SecretString) -> Result<Opened> {
    let now = app.clock.now();
    let refused = || Problem::from(ProblemCode::InvalidRefreshToken);
    let (session_id, outcome) = app
        .db
        .write(async |tx| {
            let (token, session) = refresh_token::Entity::find()
                .filter(refresh_token::COLUMN.token_hash.eq(opaque::hash(token)))
                .find_also_related(session::Entity)
                .one(tx)
                .await?
                .and_then(|(token, session)| Some((token, session?)))
                .ok_or_else(refused)?;
            let session_id = session.id;
            let outcome = match rules::refresh(&session, &token, now) {
                Refresh::Rotate { expires_at } => Ok(rotate(tx, session, token, expires_at, now).await?),
                Refresh::JustUsed => Err(ProblemCode::RefreshTokenJustUsed.into()),
                Refresh::Replayed => {
                    end(tx, &session, None, Some("refresh_token_replayed"), now).await?;
                    Err(refused())
                }
                Refresh::Over => Err(refused()),
            };
            Ok((session_id, outcome))
        })
        .await?;
    if outcome.is_err() {
        app.sessions.forget(session_id);
    }
    outcome
}

async fn rotate(
    tx: &DatabaseTransaction,
    session: session::Model,
    token: refresh_token::Model,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Opened> {
    let used = refresh_token::ActiveModel { id: Set(token.id), used_at: Set(Some(now)), ..Default::default() };
    refresh_token::Entity::update(used).exec(tx).await?;
    let change = session::ActiveModel {
        id: Set(session.id),
        last_used_at: Set(now),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    session::Entity::update(change).exec(tx).await?;
    forget_old_tokens(tx, session.id, now).await?;
    let refresh_token = add_token(tx, session.id, now).await?;
    Ok(Opened { session_id: session.id, account_id: session.account_id, refresh_token })
}

/// Used tokens stay for as long as they could have been good, so that a replay is noticed.
async fn forget_old_tokens(tx: &DatabaseTransaction, session_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    refresh_token::Entity::delete_many()
        .filter(refresh_token::COLUMN.session_id.eq(session_id))
        .filter(refresh_token::COLUMN.created_at.lt(now - rules::IDLE - TimeDelta::days(1)))
        .exec(tx)
        .await?;
    Ok(())
}

async fn add_token(tx: &DatabaseTransaction, session_id: Uuid, now: DateTime<Utc>) -> Result<SecretString> {
    let token = opaque::generate()?;
    let row = refresh_token::ActiveModel {
        id: Set(Uuid::now_v7()),
        session_id: Set(session_id),
        token_hash: Set(opaque::hash(&token)),
        created_at: Set(now),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

/// The live sessions of an account, oldest first.
pub async fn list(db: &Db, account_id: Uuid, page: &PageRequest, now: DateTime<Utc>) -> Result<Rows<session::Model>> {
    let live = session::Entity::find()
        .filter(session::COLUMN.account_id.eq(account_id))
        .filter(session::COLUMN.ended_at.is_null())
        .filter(session::COLUMN.expires_at.gt(now));
    let columns = [session::Column::CreatedAt.into_expr(), session::Column::Id.into_expr()];
    let total = match page.include_total {
        true => Some(live.clone().count(db.read()).await?),
        false => None,
    };
    let rows = page.apply(live, &columns, false).all(db.read()).await?;
    let rows = page.finish(rows, |row| vec![Key::Instant(row.created_at), Key::Id(row.id)]);
    Ok(Rows { total, ..rows })
}

/// Forgets sessions that were over a month ago, however often they were refreshed. Their ids tell when they were made.
pub async fn forget_old(app: &State) -> Result<()> {
    let before = oldest_id(app.clock.now() - rules::LONGEST - rules::IDLE);
    app.db
        .write(async |tx| {
            session::Entity::delete_many().filter(session::COLUMN.id.lt(before)).exec(tx).await?;
            Ok(())
        })
        .await
}

/// One live session of an account.
///
/// # Errors
/// 404 when the account has no such session.
pub async fn own(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    session_id: Uuid,
    now: DateTime<Utc>,
) -> Result<session::Model> {
    let found =
        session::Entity::find_by_id(session_id).filter(session::COLUMN.account_id.eq(account_id)).one(db).await?;
    found.filter(|session| rules::is_live(session, now)).ok_or_else(Problem::not_found)
}

/// Ends one live session of an account.
///
/// # Errors
/// Those of [`own`]; 412 when it has another version.
pub async fn end_own(app: &State, account_id: Uuid, session_id: Uuid, version: &IfMatch) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let session = own(tx, account_id, session_id, now).await?;
            version.check(rules::version(&session))?;
            end(tx, &session, Some(account_id), None, now).await
        })
        .await?;
    app.sessions.forget(session_id);
    Ok(())
}

/// Ends every session of an account.
pub async fn end_all(app: &State, account_id: Uuid) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            accounts::store::end_sessions(tx, account_id, None, now).await?;
            let event = accounts::store::event("session.end", account_id, Some(account_id));
            audit::record(tx, now, Event { reason_code: Some("all_sessions"), ..event }).await
        })
        .await?;
    app.sessions.forget_account(account_id);
    Ok(())
}

async fn end(
    tx: &DatabaseTransaction,
    session: &session::Model,
    actor_id: Option<Uuid>,
    reason_code: Option<&'static str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let ended = session::ActiveModel { id: Set(session.id), ended_at: Set(Some(now)), ..Default::default() };
    session::Entity::update(ended).exec(tx).await?;
    refresh_token::Entity::delete_many().filter(refresh_token::COLUMN.session_id.eq(session.id)).exec(tx).await?;
    let event = Event {
        action: "session.end",
        actor_id,
        subject_type: "session",
        subject_id: session.id,
        account_id: Some(session.account_id),
        reason_code,
        ..Default::default()
    };
    audit::record(tx, now, event).await
}
