//! Faults that the parts of one request have, told in one answer.
//!
//! Actix reads every argument of a handler before it takes the first, so whoever takes one knows what is wrong with all.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{HttpMessage, HttpRequest};

use crate::{
    db::page::INVALID_CURSOR,
    problem::{Fault, Problem, ProblemCode, Result},
};

/// What has been found, kept in the request.
struct Found(Vec<Fault>);

/// Keeps faults until the arguments of the handler are taken.
pub fn keep(request: &impl HttpMessage, faults: Vec<Fault>) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<Found>() {
        Some(found) => found.0.extend(faults),
        None => drop(extensions.insert(Found(faults))),
    }
}

/// Names of the parameters in which faults have been found.
pub fn parameters(request: &impl HttpMessage) -> Vec<String> {
    let extensions = request.extensions();
    let found = extensions.get::<Found>().into_iter().flat_map(|found| &found.0);
    found.filter_map(|fault| fault.parameter.clone()).collect()
}

/// A cursor that does not fit has a problem of its own, unless there is more to mend.
fn told(faults: Vec<Fault>) -> Problem {
    match &*faults {
        [only] if only.code == INVALID_CURSOR => Problem::from(ProblemCode::InvalidCursor).with_errors(faults),
        _ => Problem::invalid(faults),
    }
}

/// An argument of a handler that was read. It is refused for the faults of the others too.
pub struct Argument<T> {
    request: HttpRequest,
    read: Option<Result<T>>,
}

impl<T> Argument<T> {
    /// What reading one part of a request came to.
    pub fn new(request: &HttpRequest, mut read: Result<T>) -> Self {
        if let Err(problem) = &mut read
            && matches!(problem.code, ProblemCode::ValidationFailed | ProblemCode::InvalidCursor)
        {
            keep(request, problem.take_errors());
        }
        Self { request: request.clone(), read: Some(read) }
    }
}

// What was read is moved out, never pinned.
impl<T> Unpin for Argument<T> {}

impl<T> Future for Argument<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let found = self.request.extensions_mut().remove::<Found>();
        let read = self.read.take();
        Poll::Ready(match found {
            Some(found) => Err(told(found.0)),
            None => read.unwrap_or_else(|| Err(Problem::internal("an argument was taken twice"))),
        })
    }
}
