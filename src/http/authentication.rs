//! From the `Authorization` header to the caller: the token, its session, its account, its scopes.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};
use sea_orm::{EntityTrait, QueryFilter};

use super::{
    caller::{Caller, Identity, Visitor},
    openapi::Route,
};
use crate::{
    entities::{account, session},
    problem::{Problem, ProblemCode, Result},
    state::{App, State},
};

/// Reads the `Authorization` header and the session behind it.
pub async fn identify(app: &State, authorization: Option<&header::HeaderValue>) -> Identity {
    let Some(authorization) = authorization else { return Identity::Anonymous };
    match authenticate(app, authorization).await {
        Ok(caller) => Identity::Known(caller),
        Err(problem) => Identity::Refused(problem),
    }
}

async fn authenticate(app: &State, authorization: &header::HeaderValue) -> Result<Caller> {
    let refused = || Problem::from(ProblemCode::InvalidToken);
    let (scheme, token) = authorization.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused());
    }
    let now = app.clock.now();
    let claims = app.access_tokens.verify(&app.db, &app.master_key, token.trim(), now).await?;
    if let Some(caller) = app.sessions.get(claims.sid)
        && caller.account_id == claims.sub
        && *caller.scope == *claims.scope
    {
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

fn identity(request: &HttpRequest) -> Identity {
    request.extensions().get::<Identity>().cloned().unwrap_or(Identity::Anonymous)
}

/// The token reaches as far as the published document says that the operation needs.
fn check_scope(request: &HttpRequest, caller: &Caller) -> Result<()> {
    let Some(app) = request.app_data::<App>() else { return Ok(()) };
    if caller.scope.len() == app.document.every_scope.len() {
        return Ok(());
    }
    let route = Route::of(request);
    let operation =
        route.as_ref().and_then(|route| route.operation(request.method())).ok_or_else(Problem::not_found)?;
    match operation.scopes.iter().find(|needed| !caller.scope.split(' ').any(|scope| scope == needed.as_str())) {
        Some(missing) => Err(Problem::new(ProblemCode::InsufficientScope, format!("the scope {missing} is needed"))),
        None => Ok(()),
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match identity(request) {
            Identity::Known(caller) => check_scope(request, &caller).map(|()| caller),
            Identity::Anonymous => Err(ProblemCode::Unauthenticated.into()),
            Identity::Refused(problem) => Err(problem),
        })
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match identity(request) {
            Identity::Known(caller) => check_scope(request, &caller).map(|()| Self(Some(caller))),
            Identity::Anonymous => Ok(Self(None)),
            Identity::Refused(problem) => Err(problem),
        })
    }
}
