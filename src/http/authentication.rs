//! From the `Authorization` header to the caller: the token, its session, its account, its scopes.

use std::{
    future::{Ready, ready},
    time::Instant,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, QueryFilter};

use super::{
    caller::{Caller, EVERYTHING, Identity, Visitor},
    openapi::Route,
};
use crate::{
    crypto::access_tokens::Claims,
    entities::{account, session},
    problem::{Problem, ProblemCode, Result},
    state::State,
};

/// Reads the `Authorization` header and the session behind it, for a request of this instant.
pub async fn identify(app: &State, authorization: Option<&header::HeaderValue>, instant: Instant) -> Identity {
    let Some(authorization) = authorization else { return Identity::Anonymous };
    let Some(token) = bearer_token(authorization) else { return Identity::Refused(ProblemCode::InvalidToken.into()) };
    let now = app.clock.now();
    let claims = app.access_tokens.remembered(token, now, instant);
    let remembered = claims.and_then(|claims| remembered_caller(app, &claims, instant));
    // Whom nobody remembers is asked for in a future of its own: it is large, and most requests do without.
    let caller = match remembered {
        Some(caller) => Ok(caller),
        None => Box::pin(authenticate(app, token, now)).await,
    };
    caller.map_or_else(Identity::Refused, Identity::Known)
}

/// The token of an `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(authorization: &header::HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = authorization.as_bytes().split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token.trim_ascii())
}

fn remembered_caller(app: &State, claims: &Claims, instant: Instant) -> Option<Caller> {
    app.sessions
        .get(claims.sid, instant)
        .filter(|caller| caller.account_id == claims.sub && *caller.scope == *claims.scope)
}

async fn authenticate(app: &State, token: &[u8], now: DateTime<Utc>) -> Result<Caller> {
    let refused = || Problem::from(ProblemCode::InvalidToken);
    let claims = app.access_tokens.verify(&app.db, &app.master_key, token, now).await?;
    if let Some(caller) = remembered_caller(app, &claims, Instant::now()) {
        return Ok(caller);
    }
    let (session, account) = session::Entity::find_by_id(claims.sid)
        .find_also_related(account::Entity)
        .filter(session::COLUMN.account_id.eq(claims.sub))
        .one(app.db.read())
        .await?
        .and_then(|(session, account)| Some((session, account?)))
        .filter(|(session, account)| session.ended_at.is_none() && account.erased_at.is_none())
        .ok_or_else(refused)?;
    if account.suspended_at.is_some() {
        return Err(ProblemCode::AccountSuspended.into());
    }
    let caller = Caller {
        account_id: account.id,
        session_id: session.id,
        platform_role: account.platform_role,
        email_verified: account.email_verified_at.is_some(),
        scope: claims.scope.as_str().into(),
    };
    app.sessions.insert(caller.clone());
    Ok(caller)
}

impl Visitor {
    /// Who calls, if anybody is signed in.
    ///
    /// # Errors
    /// 401 when the token is no good; 403 when it does not reach so far.
    fn of(request: &HttpRequest) -> Result<Self> {
        let extensions = request.extensions();
        let identity = extensions.get::<Identity>().unwrap_or(&Identity::Anonymous);
        check(request, identity)?;
        Ok(Self(match identity {
            Identity::Known(caller) => Some(caller.clone()),
            _ => None,
        }))
    }
}

/// Whether somebody of this identity may ask for anything here at all.
///
/// # Errors
/// 401 when the token is no good; 403 when it does not reach so far.
pub(super) fn check(request: &HttpRequest, identity: &Identity) -> Result<()> {
    match identity {
        Identity::Known(caller) => check_scope(request, caller),
        Identity::Refused(problem) => Err(problem.clone()),
        Identity::Anonymous => Ok(()),
    }
}

/// The token reaches as far as the published document says that the operation needs.
fn check_scope(request: &HttpRequest, caller: &Caller) -> Result<()> {
    if caller.reaches(EVERYTHING) {
        return Ok(());
    }
    let route = Route::of(request);
    let operation =
        route.as_ref().and_then(|route| route.operation(request.method())).ok_or_else(Problem::not_found)?;
    match operation.scopes.iter().find(|needed| !caller.reaches(needed)) {
        Some(missing) => Err(Problem::new(ProblemCode::InsufficientScope, format!("the scope {missing} is needed"))),
        None => Ok(()),
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Visitor::of(request).and_then(|visitor| visitor.0.ok_or_else(|| ProblemCode::Unauthenticated.into())))
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
