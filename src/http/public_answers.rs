//! Finished answers that are the same for everyone, kept in memory while nothing is written.
//!
//! An answer is good as long as this instance has committed no write since before it was read, and for a second at
//! most, because other instances write too. So nobody has to remember to forget one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache;
use uuid::Uuid;

use super::answer::Answer;
use crate::{
    db::{Db, Epoch},
    problem::Result,
};

/// How far behind another instance's writes an answer may be.
const LONGEST: Duration = Duration::from_secs(1);

struct Kept {
    answer: Answer,
    epoch: Epoch,
    since: Instant,
}

/// Answers by the id of what they show.
pub struct PublicAnswers(Cache<Uuid, Arc<Kept>>);

impl Default for PublicAnswers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(LONGEST).build())
    }
}

impl PublicAnswers {
    /// The answer that is kept, else the one that `read` gives; it is kept if `read` says that everyone may see it.
    pub async fn get(&self, db: &Db, id: Uuid, read: impl AsyncFnOnce() -> Result<(Answer, bool)>) -> Result<Answer> {
        let epoch = db.epoch();
        if let Some(kept) = self.0.get(&id)
            && kept.epoch == epoch
            && kept.since.elapsed() < LONGEST
        {
            return Ok(kept.answer.clone());
        }
        let since = Instant::now();
        let (answer, for_everyone) = read().await?;
        if for_everyone {
            self.0.insert(id, Arc::new(Kept { answer: answer.clone(), epoch, since }));
        }
        Ok(answer)
    }
}
