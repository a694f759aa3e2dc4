//! Writing: whoever writes takes a turn in a transaction that is committed once for many.
//!
//! A commit waits for the disk and costs more than most writes, and two serializable transactions that run side by side
//! mostly end with one of them run again. So a writer begins a transaction, lends it to one request after the other, and
//! commits when nobody waits any more. Nobody is answered before that: a refusal may rest on what another turn did. Who
//! only puts rows in needs no turn: the rows of all who wait go in one statement.
//!
//! Several instances may write to one PostgreSQL. While they meet at different rows, their groups run side by side. A
//! group that loses a race runs again with no other at its side that has lost one, so that somebody always gets on, and
//! none waits for the other in a circle.
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
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sqlx::Postgres;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{LONGEST_WAIT, few::Few, inserts::Inserts, statements::Changes};
use crate::problem::{Problem, Result};

/// Turns that one commit ends at most.
const MOST_TURNS: usize = 64;

/// After this time nobody new is let into a group, so that the first in it does not wait for ever.
const LONGEST_GROUP: Duration = Duration::from_millis(10);

/// For how many turns savepoints are set after one had to be undone.
const WARY_TURNS: usize = 256;

/// How many groups run alone after a race was lost.
const GROUPS_ALONE: u64 = 64;

/// What the writers of one database share.
#[derive(Clone)]
pub(super) struct Commits {
    /// How many groups may be under way at once.
    groups: Arc<Semaphore>,
    ended: Arc<AtomicU64>,
    /// PostgreSQL: how many of the next groups run alone.
    alone: Option<Arc<AtomicU64>>,
}

impl Commits {
    /// SQLite runs one group at a time.
    pub(super) fn of_sqlite() -> Self {
        Self { groups: Arc::new(Semaphore::new(1)), ended: Arc::default(), alone: None }
    }

    pub(super) fn of_postgres(groups_at_once: usize) -> Self {
        Self { groups: Arc::new(Semaphore::new(groups_at_once)), ended: Arc::default(), alone: Some(Arc::default()) }
    }

    /// The next groups run alone.
    fn lost_race(&self) {
        if let Some(alone) = &self.alone {
            alone.store(GROUPS_ALONE, Ordering::Relaxed);
        }
    }

    /// Whether the group that begins runs alone.
    fn runs_alone(&self) -> bool {
        let count_down = |alone: &Arc<AtomicU64>| {
            alone.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        };
        self.alone.as_ref().is_some_and(count_down)
    }

    /// Rises before anybody is answered for a write.
    pub(super) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }
}

/// Asks for a turn; the answer is the transaction, on loan.
type Ask = oneshot::Sender<Result<Turn>>;

/// Rows to be put in. The answer, given when their group begins, is where to hear of it.
struct Offer {
    rows: Inserts,
    taken: oneshot::Sender<oneshot::Receiver<Result<()>>>,
}

/// Hears how the commit went.
type Tell = oneshot::Sender<Result<()>>;

/// The connections that a writer works on.
#[derive(Clone)]
pub(super) struct Writing {
    pub(super) turns: DatabaseConnection,
    /// What tells of changes that turns make.
    pub(super) changes: Changes,
    /// PostgreSQL: where each statement is a transaction of its own, read committed. For rows that are put in by one who
    /// looks at nothing: each is looked at by the indexes and references of its table, which is a read that others write
    /// to, so that most serializable transactions that put rows in side by side would be run again.
    pub(super) autocommit: Option<Arc<Few<Postgres>>>,
}

impl Writing {
    pub(super) async fn close(&self) -> std::result::Result<(), DbErr> {
        if let Some(connection) = &self.autocommit {
            connection.close().await?;
        }
        self.turns.close_by_ref().await
    }
}

/// Where one thread's writes queue up.
pub(super) struct Writer {
    asks: mpsc::UnboundedSender<Ask>,
    offers: mpsc::UnboundedSender<Offer>,
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
    /// It was refused. `stale` if it is to be run again, with a newer view of the data.
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
    pub(super) fn start(writing: Writing, commits: Commits) -> Self {
        let (asks, asked) = mpsc::unbounded_channel();
        let (offers, offered) = mpsc::unbounded_channel();
        tokio::spawn(Groups { writing, commits, asked, offered, wary: 0 }.run());
        Self { asks, offers }
    }

    /// Runs `work` once, in a turn.
    ///
    /// # Errors
    /// What `work` refuses, with what it did undone; else why the commit failed.
    pub(super) async fn turn<T>(&self, work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        let (ask, answered) = oneshot::channel();
        self.asks.send(ask).map_err(|_| gone())?;
        let turn = soon(answered).await??;
        let Some(tx) = &turn.tx else { return Err(gone()) };
        let done = work(tx).await;
        let (tell, outcome) = oneshot::channel();
        turn.end(match &done {
            Ok(_) => Verdict::Keep(tell),
            Err(problem) => Verdict::Undo { tell, stale: problem.retry().is_some() },
        });
        outcome.await.map_err(|_| gone())??;
        done
    }

    /// Puts `rows` in, together with those that others put in at the same time.
    ///
    /// # Errors
    /// Why they could not be put in; those of others are put in all the same.
    pub(super) async fn put_in(&self, rows: Inserts) -> Result<()> {
        let (taken, begun) = oneshot::channel();
        self.offers.send(Offer { rows, taken }).map_err(|_| gone())?;
        soon(begun).await?.await.map_err(|_| gone())?
    }
}

fn gone() -> Problem {
    Problem::unavailable("the writer has stopped")
}

/// What the writer answers when it begins with what it was asked for.
async fn soon<T>(answer: oneshot::Receiver<T>) -> Result<T> {
    let answer = tokio::time::timeout(LONGEST_WAIT, answer).await;
    answer.map_err(|_| Problem::unavailable("no turn to write was to be had"))?.map_err(|_| gone())
}

/// The task that begins, lends and commits.
struct Groups {
    writing: Writing,
    commits: Commits,
    asked: mpsc::UnboundedReceiver<Ask>,
    offered: mpsc::UnboundedReceiver<Offer>,
    /// Turns that savepoints are still set for.
    wary: usize,
}

/// Who begins a group.
enum First {
    Turn(Ask),
    Rows(Offer),
}

impl Groups {
    async fn run(mut self) {
        while let Some(first) = self.first().await {
            let groups = Arc::clone(&self.commits.groups);
            let Ok(_under_way) = groups.acquire().await else { return };
            match first {
                First::Turn(ask) if ask.is_closed() => {}
                First::Turn(ask) => match self.begin_turns().await {
                    Ok(tx) => self.group(tx, ask).await,
                    Err(error) => drop(ask.send(Err(error.into()))),
                },
                First::Rows(offer) => self.rows(offer).await,
            }
        }
    }

    async fn first(&mut self) -> Option<First> {
        tokio::select! {
            ask = self.asked.recv() => ask.map(First::Turn),
            offer = self.offered.recv() => offer.map(First::Rows),
        }
    }

    /// Puts in the rows of all who wait with some. Where something is amiss with them, they are put in by halves, down
    /// to those of one, who is told.
    async fn rows(&mut self, first: Offer) {
        let others = std::iter::from_fn(|| self.offered.try_recv().ok());
        let taken = std::iter::once(first).chain(others).take(MOST_TURNS).filter_map(|offer| {
            let (tell, outcome) = oneshot::channel();
            offer.taken.send(outcome).ok().map(|()| (offer.rows, tell))
        });
        let mut parts: Vec<Vec<(Inserts, Tell)>> = vec![taken.collect()];
        while let Some(mut part) = parts.pop() {
            let mut together = Inserts::default();
            part.iter().for_each(|(rows, _)| together.extend(rows));
            let outcome = self.put_in(together).await;
            if part.len() > 1 && outcome.as_ref().is_err_and(|problem| !problem.is_outage()) {
                parts.push(part.split_off(part.len() / 2));
                parts.push(part);
                continue;
            }
            self.commits.ended.fetch_add(1, Ordering::Release);
            for (_, tell) in part {
                tell.send(outcome.clone()).ok();
            }
        }
    }

    async fn put_in(&self, rows: Inserts) -> Result<()> {
        let turns = &self.writing.turns;
        let Some(statement) = rows.into_transaction(turns.get_database_backend()) else { return Ok(()) };
        if let Some(connection) = &self.writing.autocommit {
            connection.execute(statement).await?;
            return Ok(());
        }
        if let Err(error) = turns.execute_raw(statement).await {
            // Where it did not even begin, there is nothing to roll back.
            turns.execute_unprepared("ROLLBACK").await.ok();
            return Err(error.into());
        }
        Ok(())
    }

    async fn begin_turns(&self) -> std::result::Result<DatabaseTransaction, DbErr> {
        let tx = begin(&self.writing.turns).await?;
        if self.commits.runs_alone() {
            wait_until_alone(&tx).await?;
        }
        Ok(tx)
    }

    /// Runs turns in `tx` until nobody waits, and commits them.
    async fn group(&mut self, mut tx: DatabaseTransaction, first: Ask) {
        let started = Instant::now();
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
                ask.send(sound.clone().map(|()| Turn { tx: None, back: None })).ok();
                break;
            }
            if guarded {
                savepoint = "RELEASE SAVEPOINT turn; SAVEPOINT turn";
            }
            self.writing.changes.none();
            let (back, returned) = oneshot::channel();
            // Where nobody takes it any more, dropping it brings it back.
            drop(ask.send(Ok(Turn { tx: Some(tx), back: Some(back) })));
            let Ok((lent, verdict)) = returned.await else { return };
            tx = lent;
            // Nobody has seen how the last statement of an abandoned turn went.
            let harmless = self.writing.changes.none() && !matches!(verdict, Verdict::Abandoned);
            let (tell, stale) = match verdict {
                Verdict::Keep(tell) => {
                    waiting.push(tell);
                    next = self.next(started, waiting.len());
                    continue;
                }
                Verdict::Undo { tell, stale } => (Some(tell), stale),
                Verdict::Abandoned => (None, false),
            };
            if stale {
                self.commits.lost_race();
            }
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
                next = self.next(started, waiting.len());
            }
        }
        let outcome = match sound {
            Ok(()) => tx.commit().await.map_err(Problem::from).inspect_err(|problem| {
                if problem.retry().is_some() {
                    self.commits.lost_race();
                }
            }),
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

    /// Whoever waits for a turn and may still join a group.
    fn next(&mut self, started: Instant, turns: usize) -> Option<Ask> {
        if turns >= MOST_TURNS || started.elapsed() > LONGEST_GROUP {
            return None;
        }
        std::iter::from_fn(|| self.asked.try_recv().ok()).find(|ask| !ask.is_closed())
    }
}

/// Waits until no other group runs alone. The lock is on a table to which nobody writes but a migration, and it is the one
/// kind of lock that a serializable transaction can wait for before it looks at the data. Where all who lost a race take
/// turns, whoever waits for a lock will get it.
async fn wait_until_alone(tx: &DatabaseTransaction) -> std::result::Result<(), DbErr> {
    let longest = LONGEST_WAIT.as_millis();
    let lock = format!("SET LOCAL lock_timeout = {longest}; LOCK TABLE seaql_migrations IN EXCLUSIVE MODE");
    tx.execute_unprepared(&lock).await?;
    Ok(())
}

/// Begins a transaction. The connection may have died while nobody wrote, so that a second try is made, on another. Where
/// none was to be had, waiting as long again would help nobody.
async fn begin(connection: &DatabaseConnection) -> std::result::Result<DatabaseTransaction, DbErr> {
    // SQLite takes its lock at once: a transaction that reads first and finds itself overtaken cannot wait for it.
    if connection.get_database_backend() == DbBackend::Sqlite {
        let mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() };
        return connection.begin_with_options(options).await;
    }
    match connection.begin().await {
        Err(DbErr::Query(_)) => connection.begin().await,
        begun => begun,
    }
}
