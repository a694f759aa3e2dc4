//! Connections for queries that change nothing.
//!
//! A pool asks the database whether a connection still lives each time that it gets one back: one hop more to the thread
//! of SQLite, one round trip more to PostgreSQL, for every query. Here a connection is asked only after a rest, and after a
//! query that failed or was given up.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Executor, IntoArguments, Postgres, Sqlite};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{LONGEST_REST, LONGEST_WAIT, statements::Statements};

/// How old a connection gets. What a server of PostgreSQL keeps for one grows with it.
const LONGEST_LIFE: Duration = Duration::from_secs(1_800);

/// How a connection is opened.
type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// The readers of one thread.
pub struct Readers {
    connections: Connections,
    statements: Statements,
}

pub(super) enum Connections {
    Sqlite(Few<Sqlite>),
    Postgres(Few<Postgres>),
}

impl Readers {
    pub(super) fn new(connections: Connections, statements: Statements) -> Self {
        Self { connections, statements }
    }

    pub(super) async fn ping(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Sqlite(few) => few.ping().await,
            Connections::Postgres(few) => few.ping().await,
        }
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Sqlite(few) => few.close().await,
            Connections::Postgres(few) => few.close().await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DbBackend {
        match &self.connections {
            Connections::Sqlite(_) => DbBackend::Sqlite,
            Connections::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(few) => few.execute(statement).await.map(Into::into),
            Connections::Postgres(few) => few.execute(statement).await.map(Into::into),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(few) => few.one(statement).await,
            Connections::Postgres(few) => few.one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(few) => few.all(statement).await,
            Connections::Postgres(few) => few.all(statement).await,
        }
    }
}

/// Connections, and how many more may be opened.
pub(super) struct Few<DB: Database> {
    options: Options<DB>,
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
    async fn is_good(&mut self) -> bool {
        if self.opened.elapsed() > LONGEST_LIFE {
            return false;
        }
        if self.settled && self.rests_since.elapsed() < LONGEST_REST {
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
    _turn: SemaphorePermit<'a>,
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
    /// Opens the first of at most so many connections to the database at `url`.
    pub(super) async fn open(
        url: &str,
        with: impl FnOnce(Options<DB>) -> Options<DB>,
        most: u32,
    ) -> Result<Self, DbErr> {
        let options = with(url.parse().map_err(not_opened)?).disable_statement_logging();
        let turns = Semaphore::new(usize::try_from(most).unwrap_or(1));
        let few = Self { options, turns, free: Mutex::default() };
        few.lend().await?.settle();
        Ok(few)
    }

    async fn lend(&self) -> Result<Lent<'_, DB>, DbErr> {
        let turn = match self.turns.try_acquire() {
            Ok(turn) => turn,
            Err(_) => in_time(self.turns.acquire()).await?.map_err(|_| closed())?,
        };
        let mut lent = Lent { connection: self.free().pop(), few: self, _turn: turn };
        if let Some(resting) = &mut lent.connection
            && resting.is_good().await
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

    async fn ping(&self) -> Result<(), DbErr> {
        let mut lent = self.lend().await?;
        lent.ask()?.ping().await.map_err(failed)?;
        lent.settle();
        Ok(())
    }

    /// Nobody gets a connection any more, and those that rest are closed.
    async fn close(&self) -> Result<(), DbErr> {
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
    QueryResult: From<DB::Row>,
{
    async fn execute(&self, statement: Statement) -> Result<DB::QueryResult, DbErr> {
        let mut lent = self.lend().await?;
        let done = query(statement).execute(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(done)
    }

    async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let row = query(statement).fetch_optional(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(row.map(Into::into))
    }

    async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lent = self.lend().await?;
        let rows = query(statement).fetch_all(lent.ask()?).await.map_err(failed)?;
        lent.settle();
        Ok(rows.into_iter().map(Into::into).collect())
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

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn not_opened(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn closed() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
}
