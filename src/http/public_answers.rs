//! Finished answers that are the same for everyone, kept in memory while nothing is written.
//!
//! An answer is good as long as this instance has committed no write since before it was read, and for a second at
//! most, because other instances write too. So nobody has to remember to forget one.

use std::{
    future::{Ready, ready},
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::Method};

use super::{answer::Answer, authentication::check, caller::Identity};
use crate::{
    cache::Cache,
    db::Epoch,
    problem::{Problem, Result},
    state::{App, State},
};

/// How far behind another instance's writes an answer may be.
const LONGEST: Duration = Duration::from_secs(1);

/// Answers to longer targets are not kept, in bytes.
const LONGEST_KEY: usize = 200;

struct Kept {
    answer: Answer,
    epoch: Epoch,
}

/// Answers by the path and the query of what they answer.
pub struct PublicAnswers(Cache<String, Arc<Kept>>);

impl Default for PublicAnswers {
    fn default() -> Self {
        Self(Cache::new(10_000, LONGEST))
    }
}

impl PublicAnswers {
    /// What is answered to `request` without looking any further: an answer that is kept, if the caller may ask at all.
    pub fn respond(
        &self,
        app: &State,
        request: &HttpRequest,
        identity: &Identity,
        now: Instant,
    ) -> Option<HttpResponse> {
        if request.method() != Method::GET {
            return None;
        }
        let kept = self.0.get_at(target(request)?, now)?;
        let good = kept.epoch == app.db.epoch() && check(request, identity).is_ok();
        good.then(|| kept.answer.respond(request))
    }
}

fn target(request: &HttpRequest) -> Option<&str> {
    let target = request.uri().path_and_query()?.as_str();
    (target.len() <= LONGEST_KEY).then_some(target)
}

/// Where the answer to a request can be kept, once it has been read.
pub struct Public {
    app: App,
    target: Option<String>,
    epoch: Epoch,
    since: Instant,
}

impl Public {
    /// Keeps an answer that is the same for everyone.
    pub fn keep(self, answer: Answer) -> Answer {
        if let Some(target) = self.target {
            let kept = Kept { answer: answer.clone(), epoch: self.epoch };
            self.app.public_answers.0.insert_since(target, Arc::new(kept), self.since);
        }
        answer
    }
}

impl FromRequest for Public {
    type Error = Problem;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<App>().cloned() else { return ready(Err(Problem::internal("no state"))) };
        let target = target(request).map(ToOwned::to_owned);
        ready(Ok(Self { target, epoch: app.db.epoch(), since: Instant::now(), app }))
    }
}
