//! A few connections that are lent to one query after the other.
//!
//! A pool asks the database whether a connection still lives each time that it gets one back: one hop more to the thread
//! of SQLite, one round trip more to PostgreSQL, for every query. Here a connection is asked only after a rest, and after a
//! query that failed or was given up.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Executor, IntoArguments};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::LONGEST_WAIT;

/// How old a connection gets. What a server of PostgreSQL keeps for one grows with it.
const LONGEST_LIFE: Duration = Duration::from_secs(1_800);

/// How a connection is opened.
type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// What lets somebody use one of the connections.
pub(super) type Turn<'a> = SemaphorePermit<'a>;

/// Connections, and how many more may be opened.
pub(super) struct Few<DB: Database> {
    options: Options<DB>,
    longest_rest: Duration,
    turns: Semaphore,
    free: Mutex<Vec<Free<DB>>>,
}

struct Free<DB: Database> {
    connection: DB::Connection,
    opened: Instant,
    rests_since: Instant,
    /// What it was asked last was answered to the end.
    settled: bool,
}

impl<DB: Database> Free<DB> {
    /// Whether it is of use. What it was asked before may still be under way, and is waited for.
    async fn is_good(&mut self, longest_rest: Duration) -> bool {
        if self.opened.elapsed() > LONGEST_LIFE {
            return false;
        }
        if self.settled && self.rests_since.elapsed() < longest_rest {
            return true;
        }
        self.settled = false;
        matches!(in_time(self.connection.ping()).await, Ok(Ok(())))
    }
}

/// A connection that somebody works on. It goes back in any case.
struct Lent<'a, DB: Database> {
    connection: Option<Free<DB>>,
    few: &'a Few<DB>,
    _turn: Turn<'a>,
}

impl<DB: Database> Lent<'_, DB> {
    /// The connection, for something to be asked.
    fn ask(&mut self) -> Result<&mut DB::Connection, DbErr> {
        let lent = self.connection.as_mut().ok_or_else(closed)?;
        lent.settled = false;
        Ok(&mut lent.connection)
    }

    fn settle(mut self) {
        if let Some(lent) = &mut self.connection {
            lent.settled = true;
        }
    }
}

impl<DB: Database> Drop for Lent<'_, DB> {
    fn drop(&mut self) {
        if let Some(lent) = self.connection.take() {
            self.few.free().push(Free { rests_since: Instant::now(), ..lent });
        }
    }
}

impl<DB: Database> Few<DB> {
    /// Opens the first of at most so many connections to the database at `url`. One that has rested for `longest_rest` is
    /// asked whether it still lives.
    pub(super) async fn open(
        url: &str,
        with: impl FnOnce(Options<DB>) -> Options<DB>,
        most: u32,
        longest_rest: Duration,
    ) -> Result<Self, DbErr> {
        let options = with(url.parse().map_err(not_opened)?).disable_statement_logging();
        let turns = Semaphore::new(usize::try_from(most).unwrap_or(1));
        let few = Self { options, longest_rest, turns, free: Mutex::default() };
        few.lend(few.turn().await?).await?.settle();
        Ok(few)
    }

    /// A turn, if nobody has to wait for one.
    pub(super) fn free_turn(&self) -> Option<Turn<'_>> {
        self.turns.try_acquire().ok()
    }

    pub(super) async fn turn(&self) -> Result<Turn<'_>, DbErr> {
        match self.free_turn() {
            Some(turn) => Ok(turn),
            None => in_time(self.turns.acquire()).await?.map_err(|_| closed()),
        }
    }

    async fn lend<'a>(&'a self, turn: Turn<'a>) -> Result<Lent<'a, DB>, DbErr> {
        let mut lent = Lent { connection: self.free().pop(), few: self, _turn: turn };
        if let Some(resting) = &mut lent.connection
            && resting.is_good(self.longest_rest).await
        {
            return Ok(lent);
        }
        lent.connection = None;
        let connection = in_time(DB::Connection::connect_with(&self.options)).await?.map_err(not_opened)?;
        let now = Instant::now();
        lent.connection = Some(Free { connection, opened: now, rests_since: now, settled: true });
        Ok(lent)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Free<DB>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn ping(&self) -> Result<(), DbErr> {
        let mut lent = self.lend(self.turn().await?).await?;
        lent.ask()?.ping().await.map_err(failed)?;
        lent.settle();
        Ok(())
    }

    /// Nobody gets a connection any more, and those that rest are closed.
    pub(super) async fn close(&self) -> Result<(), DbErr> {
        self.turns.close();
        let resting = std::mem::take(&mut *self.free());
        for free in resting {
            free.connection.close().await.map_err(failed)?;
        }
        Ok(())
    }
}

impl<DB: Database> Few<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
{
    pub(super) async fn execute(&self, statement: Statement) -> Result<DB::QueryResult, DbErr> {
        let mut lent = self.lend(self.turn().await?).await?;
        let done = query(statement).execute(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(done)
    }

    pub(super) async fn one(&self, turn: Turn<'_>, statement: Statement) -> Result<Option<DB::Row>, DbErr> {
        let mut lent = self.lend(turn).await?;
        let row = query(statement).fetch_optional(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(row)
    }

    pub(super) async fn all(&self, turn: Turn<'_>, statement: Statement) -> Result<Vec<DB::Row>, DbErr> {
        let mut lent = self.lend(turn).await?;
        let rows = query(statement).fetch_all(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(rows)
    }
}

async fn in_time<T>(what: impl Future<Output = T>) -> Result<T, DbErr> {
    let late = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    tokio::time::timeout(LONGEST_WAIT, what).await.map_err(|_| late)
}

/// The statement as the driver takes it. Its text comes from the query builder or stands in this source.
fn query<DB: Database>(statement: Statement) -> sqlx::query::Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

pub(super) fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn not_opened(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn closed() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
}
