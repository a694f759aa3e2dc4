//! Writing: whoever writes takes a turn in a transaction that is committed once for many.
//!
//! A commit waits for the disk and costs more than most writes, and two serializable transactions that run side by side
//! mostly end with one of them run again. So a writer begins a transaction, lends it to one request after the other, and
//! commits when nobody waits any more. Nobody is answered before that: a refusal may rest on what another turn did.
//!
//! What a turn did is undone by going back to the savepoint before it. With one SQLite copies every page that a turn
//! changes, which costs as much as the turn, and PostgreSQL has a round trip more; and hardly any turn is undone once it
//! has changed something. So the whole group is undone and each of its turns run again; then savepoints are set for a
//! while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{LONGEST_WAIT, statements::Changes};
use crate::problem::{Problem, Result};

/// Turns that one commit ends at most.
const MOST_TURNS: usize = 64;

/// After this time nobody new is let into a group, so that the first in it does not wait for ever.
const LONGEST_GROUP: Duration = Duration::from_millis(10);

/// For how many turns savepoints are set after one had to be undone.
const WARY_TURNS: usize = 256;

/// What the writers of one database share.
#[derive(Clone)]
pub(super) struct Commits {
    /// How many groups may be under way at once.
    groups: Arc<Semaphore>,
    ended: Arc<AtomicU64>,
}

impl Commits {
    pub(super) fn new(groups_at_once: usize) -> Self {
        Self { groups: Arc::new(Semaphore::new(groups_at_once)), ended: Arc::default() }
    }

    /// Rises before anybody is answered for a write.
    pub(super) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }
}

/// What a turn does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything. PostgreSQL runs it as if it were alone.
    Work,
    /// Puts rows in, and looks at nothing. Each row is looked at by the indexes and references of its table, which is a
    /// read that others write to: `SERIALIZABLE` would have most groups run again that put rows in side by side.
    Insert,
}

/// Asks for a turn; the answer is the transaction, on loan.
struct Ask {
    kind: Kind,
    answer: oneshot::Sender<Result<Turn>>,
}

/// Hears how the commit went.
type Tell = oneshot::Sender<Result<()>>;

/// Where one thread's writes queue up.
pub(super) struct Writer {
    queue: mpsc::UnboundedSender<Ask>,
}

/// The transaction of a group, lent to one request. It goes back in any case: also when the request is given up because
/// its client has gone, and when it panics.
struct Turn {
    tx: Option<DatabaseTransaction>,
    back: Option<oneshot::Sender<(DatabaseTransaction, Verdict)>>,
}

/// What is to become of a turn.
enum Verdict {
    Keep(Tell),
    /// It was refused. `stale` if it lost a race, and needs a newer view of the data to be run again.
    Undo {
        tell: Tell,
        stale: bool,
    },
    /// Nobody is there any more to tell.
    Abandoned,
}

impl Turn {
    fn end(mut self, verdict: Verdict) {
        self.give_back(verdict);
    }

    fn give_back(&mut self, verdict: Verdict) {
        if let (Some(tx), Some(back)) = (self.tx.take(), self.back.take()) {
            back.send((tx, verdict)).ok();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.give_back(Verdict::Abandoned);
    }
}

impl Writer {
    /// Starts a writer on the thread that calls.
    pub(super) fn start(connection: DatabaseConnection, changes: Changes, commits: Commits) -> Self {
        let (queue, asked) = mpsc::unbounded_channel();
        tokio::spawn(Groups { connection, changes, commits, asked, held: None, wary: 0 }.run());
        Self { queue }
    }

    /// Runs `work` once, in a turn.
    ///
    /// # Errors
    /// What `work` refuses, with what it did undone; else why the commit failed.
    pub(super) async fn turn<T>(
        &self,
        kind: Kind,
        work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T>,
    ) -> Result<T> {
        let gone = || Problem::unavailable("the writer has stopped");
        let (answer, answered) = oneshot::channel();
        self.queue.send(Ask { kind, answer }).map_err(|_| gone())?;
        let turn = tokio::time::timeout(LONGEST_WAIT, answered).await;
        let turn = turn.map_err(|_| Problem::unavailable("no turn to write was to be had"))?.map_err(|_| gone())??;
        let Some(tx) = &turn.tx else { return Err(gone()) };
        let done = work(tx).await;
        let (tell, outcome) = oneshot::channel();
        turn.end(match &done {
            Ok(_) => Verdict::Keep(tell),
            Err(problem) => Verdict::Undo { tell, stale: problem.asks_for_retry() },
        });
        outcome.await.map_err(|_| gone())??;
        done
    }
}

/// The task that begins, lends and commits.
struct Groups {
    connection: DatabaseConnection,
    changes: Changes,
    commits: Commits,
    asked: mpsc::UnboundedReceiver<Ask>,
    /// One that did not fit into the group before.
    held: Option<Ask>,
    /// Turns that savepoints are still set for.
    wary: usize,
}

impl Groups {
    async fn run(mut self) {
        while let Some(first) = self.first().await {
            let groups = Arc::clone(&self.commits.groups);
            let Ok(_under_way) = groups.acquire().await else { return };
            if first.answer.is_closed() {
                continue;
            }
            // The connection may have died while nobody wrote. The second try is made on another. Where none was to be
            // had, or SQLite's lock, waiting as long again would help nobody.
            let may_have_died = self.connection.get_database_backend() != DbBackend::Sqlite;
            let begun = match begin(&self.connection, first.kind).await {
                Err(DbErr::Query(_)) if may_have_died => begin(&self.connection, first.kind).await,
                begun => begun,
            };
            match begun {
                Ok(tx) => self.group(tx, first).await,
                Err(error) => drop(first.answer.send(Err(error.into()))),
            }
        }
    }

    /// Runs turns in `tx` until nobody waits, and commits them.
    async fn group(&mut self, mut tx: DatabaseTransaction, first: Ask) {
        let (started, kind) = (Instant::now(), first.kind);
        let mut waiting: Vec<Tell> = Vec::new();
        let mut next = Some(first);
        let mut sound = Ok(());
        let mut savepoint = "SAVEPOINT turn";
        while let Some(ask) = next.take() {
            // The first turn needs no savepoint: there is nothing but it to undo.
            let alone = waiting.is_empty();
            let guarded = !alone && self.sets_savepoints();
            if guarded && let Err(error) = tx.execute_unprepared(savepoint).await {
                sound = Err(Problem::from(error));
                ask.answer.send(sound.clone().map(|()| Turn { tx: None, back: None })).ok();
                break;
            }
            if guarded {
                savepoint = "RELEASE SAVEPOINT turn; SAVEPOINT turn";
            }
            self.changes.none();
            let (back, returned) = oneshot::channel();
            // Where nobody takes it any more, dropping it brings it back.
            drop(ask.answer.send(Ok(Turn { tx: Some(tx), back: Some(back) })));
            let Ok((lent, verdict)) = returned.await else { return };
            tx = lent;
            // Nobody has seen how the last statement of an abandoned turn went.
            let harmless = self.changes.none() && !matches!(verdict, Verdict::Abandoned);
            let (tell, stale) = match verdict {
                Verdict::Keep(tell) => {
                    waiting.push(tell);
                    next = self.next(kind, started, waiting.len());
                    continue;
                }
                Verdict::Undo { tell, stale } => (Some(tell), stale),
                Verdict::Abandoned => (None, false),
            };
            if alone {
                // A connection that broke has nothing to roll back.
                tx.rollback().await.ok();
                tell.map(|tell| tell.send(Ok(())));
                return;
            }
            waiting.extend(tell);
            if !guarded && !harmless {
                self.wary = WARY_TURNS;
                sound = Err(Problem::lost_race("a write of the same group was undone"));
            } else if guarded && let Err(error) = tx.execute_unprepared("ROLLBACK TO SAVEPOINT turn").await {
                sound = Err(error.into());
            } else if !stale {
                next = self.next(kind, started, waiting.len());
            }
        }
        let outcome = match sound {
            Ok(()) => tx.commit().await.map_err(Problem::from),
            Err(problem) => {
                tx.rollback().await.ok();
                Err(problem)
            }
        };
        self.commits.ended.fetch_add(1, Ordering::Release);
        for tell in waiting {
            tell.send(outcome.clone()).ok();
        }
    }

    /// Whether the next turn gets a savepoint.
    fn sets_savepoints(&mut self) -> bool {
        let wary = self.wary > 0;
        self.wary = self.wary.saturating_sub(1);
        wary
    }

    /// Who begins the next group.
    async fn first(&mut self) -> Option<Ask> {
        match self.held.take() {
            Some(held) => Some(held),
            None => self.asked.recv().await,
        }
    }

    /// Whoever waits and may still join a group of this kind.
    fn next(&mut self, kind: Kind, started: Instant, turns: usize) -> Option<Ask> {
        if turns >= MOST_TURNS || started.elapsed() > LONGEST_GROUP {
            return None;
        }
        let next = std::iter::from_fn(|| self.asked.try_recv().ok()).find(|ask| !ask.answer.is_closed())?;
        if next.kind == kind || self.connection.get_database_backend() == DbBackend::Sqlite {
            return Some(next);
        }
        self.held = Some(next);
        None
    }
}

/// SQLite takes its lock at once: a transaction that reads first and finds itself overtaken cannot wait for it.
async fn begin(connection: &DatabaseConnection, kind: Kind) -> std::result::Result<DatabaseTransaction, DbErr> {
    let options = match (connection.get_database_backend(), kind) {
        (DbBackend::Sqlite, _) => {
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
        }
        (_, Kind::Insert) => {
            TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..Default::default() }
        }
        // The connection was opened for it.
        (_, Kind::Work) => TransactionOptions::default(),
    };
    connection.begin_with_options(options).await
}
