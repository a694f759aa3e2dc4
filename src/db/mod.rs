//! Connections, transactions, paging and full-text search: everything in which the two databases differ.

use std::{
    cell::Cell,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IsolationLevel, Iterable, PrimaryKeyToColumn,
    TransactionTrait,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    config::{Config, ConfigFault},
    problem::{Problem, Result, Retry},
};

pub mod backup;
mod connect;
pub mod dates;
mod few;
mod gather;
pub mod inserts;
pub mod items;
pub mod lines;
pub mod page;
pub mod readers;
pub mod rows;
pub mod schema;
pub mod search;
mod statements;
mod together;
mod write;

use connect::Connector;
use gather::Gatherer;
use inserts::Inserts;
use readers::Readers;
use statements::Statements;
use write::{Commits, Writer, Writing};

/// How often a transaction that lost a race is run again before the answer is 503.
const ATTEMPTS: u32 = 40;

/// How long a request waits for a connection, a turn or a lock before the answer is 503.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How long a connection may have rested before it is asked whether it still lives.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The database, with connections for each thread that serves.
///
/// A connection that is opened on one thread and used on another wakes threads with every message, so each thread that
/// has called [`Db::settle`] has its own; all others share those that were opened first.
pub struct Db {
    /// Tells threads of this database from threads of another in the same process.
    id: Uuid,
    connector: Connector,
    statements: Statements,
    commits: Commits,
    shared: Connections,
    of_threads: Box<[OnceLock<Connections>]>,
    settled: AtomicUsize,
}

thread_local! {
    /// Whose connections of which database are those of this thread.
    static SEAT: Cell<Option<(Uuid, usize)>> = const { Cell::new(None) };
}

/// The connections of one thread. SQLite has a single writing connection, whoever uses it.
struct Connections {
    readers: Arc<Readers>,
    gatherer: Gatherer,
    writer: Writer,
    writing: Writing,
}

/// A time between two writes of this instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u64);

impl Db {
    /// Connects. The file of an SQLite database is made when it is not there.
    pub async fn connect(config: &Config) -> std::result::Result<Self, ConfigFault> {
        let fault = |error: DbErr| ConfigFault::new("database_url", format!("cannot connect: {error}"));
        connect::make_private(config)
            .map_err(|error| ConfigFault::new("data_dir", format!("{}: {error}", config.data_dir.display())))?;
        let statements = Statements::default();
        let connector = Connector::new(config, statements.clone());
        let commits = match connector.is_sqlite() {
            true => Commits::of_sqlite(),
            false => Commits::of_postgres(usize::try_from(config.database.write_connections).unwrap_or(1)),
        };
        // On SQLite the writer comes first: it is the one that makes a file what it must be. On PostgreSQL it comes last,
        // because its pool does not say why it cannot connect.
        let (writing, readers) = if connector.is_sqlite() {
            let writing = connector.writing().await.map_err(fault)?;
            (writing, connector.readers().await.map_err(fault)?)
        } else {
            let readers = connector.readers().await.map_err(fault)?;
            (connector.writing().await.map_err(fault)?, readers)
        };
        let writer = Writer::start(writing.clone(), commits.clone());
        Ok(Self {
            id: Uuid::new_v4(),
            connector,
            statements,
            commits,
            shared: Connections { readers, gatherer: Gatherer::default(), writer, writing },
            of_threads: std::iter::repeat_with(OnceLock::new).take(config.workers()).collect(),
            settled: AtomicUsize::new(0),
        })
    }

    /// Opens connections for the thread that calls.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn settle(&self) -> std::result::Result<(), DbErr> {
        let seat = self.settled.fetch_add(1, Ordering::Relaxed);
        let Some(place) = self.of_threads.get(seat) else { return Ok(()) };
        let readers = self.connector.readers().await?;
        let writing = match self.connector.is_sqlite() {
            true => self.shared.writing.clone(),
            false => self.connector.writing().await?,
        };
        let writer = Writer::start(writing.clone(), self.commits.clone());
        place.set(Connections { readers, gatherer: Gatherer::default(), writer, writing }).ok();
        SEAT.set(Some((self.id, seat)));
        Ok(())
    }

    fn here(&self) -> &Connections {
        let own = SEAT.get().filter(|(id, _)| *id == self.id).and_then(|(_, seat)| self.of_threads.get(seat)?.get());
        own.unwrap_or(&self.shared)
    }

    /// Where queries that change nothing run.
    pub fn read(&self) -> &Readers {
        &self.here().readers
    }

    /// The row with this id, read together with those of the same table that other requests ask for now.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn find<E>(&self, id: Uuid) -> Result<Option<E::Model>>
    where
        E: EntityTrait<Model: Clone + Send + Sync + DeserializeOwned>,
    {
        let here = self.here();
        here.gatherer.find::<E>(&here.readers, id).await
    }

    /// How many statements requests have sent so far; those of jobs are not among them.
    pub fn statements(&self) -> u64 {
        self.statements.so_far()
    }

    /// The epoch of now: what is read in it shows every write that this instance has answered for.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.commits.ended())
    }

    pub fn backend(&self) -> DbBackend {
        self.shared.readers.get_database_backend()
    }

    /// Runs `work` in a transaction and commits it, together with what others write at the same time. One that is refused
    /// takes none of the others with it, and nobody is answered before the commit.
    /// Transactions behave as if they ran one after another: SQLite has a single writer, PostgreSQL is asked for
    /// `SERIALIZABLE`. One that lost a race runs again, so `work` does nothing outside its transaction; a unique index
    /// that was hit counts as a lost race, because the second run finds the row that was in the way and answers for it.
    /// `work` is not to wait for anything but its statements: others wait for it.
    ///
    /// # Errors
    /// What `work` refuses, with everything rolled back; 503 when the database is away or the race is never won.
    pub async fn write<T>(&self, work: impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        self.retried(async || self.write_or_lose(&work).await).await
    }

    /// Puts in the rows that `prepare` makes of what it looks up. Others wait for the rows alone: it looks before the
    /// transaction, and what it saw may be overtaken by then; and PostgreSQL does not run it as if it were alone. So it
    /// is for rows that a unique index guards, or nothing.
    ///
    /// # Errors
    /// What `prepare` refuses; those of [`Db::write`].
    pub async fn insert<T>(&self, prepare: impl AsyncFn(&Readers) -> Result<(T, Inserts)>) -> Result<T> {
        self.retried(async || self.insert_or_lose(&prepare).await).await
    }

    /// [`Db::write`], once: a race that is lost is an error that asks for a retry.
    pub async fn write_or_lose<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        self.here().writer.turn(work).await
    }

    /// [`Db::insert`], once: a race that is lost is an error that asks for a retry.
    pub async fn insert_or_lose<T>(&self, prepare: &impl AsyncFn(&Readers) -> Result<(T, Inserts)>) -> Result<T> {
        let (value, inserts) = prepare(self.read()).await?;
        self.here().writer.put_in(inserts).await?;
        Ok(value)
    }

    /// Runs `attempt` until it no longer asks for a retry.
    ///
    /// # Errors
    /// Those of the last attempt; 503 when the race is never won.
    pub async fn retried<T>(&self, attempt: impl AsyncFn() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let mut attempts = 0;
        loop {
            match attempt().await {
                Err(problem) if attempts < ATTEMPTS => match problem.retry() {
                    Some(Retry::LostRace) => {}
                    Some(Retry::Locked) if started.elapsed() < LONGEST_WAIT => {}
                    _ => return Err(problem),
                },
                outcome => return outcome,
            }
            attempts += 1;
            metrics::counter!("database_retries_total").increment(1);
            let jitter = Uuid::new_v4().as_u128() % 8;
            let pause = u64::from(attempts.min(6)) * 4 + u64::try_from(jitter).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// Runs `work` in one transaction once no other instance holds `lock`. It sees all that they did; a serializable
    /// transaction would go on seeing what was there before it waited.
    async fn write_alone<T>(&self, lock: i64, work: impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        if self.backend() == DbBackend::Sqlite {
            return self.write(work).await;
        }
        let tx = self.shared.writing.turns.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await?;
        tx.execute_unprepared("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({lock})")).await?;
        let value = work(&tx).await?;
        tx.commit().await?;
        Ok(value)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.read().ping().await.map_err(Problem::unavailable)
    }

    /// Closes every connection, once all work is done.
    pub async fn close(&self) {
        let of_threads = self.of_threads.iter().filter_map(OnceLock::get);
        for connections in of_threads.chain([&self.shared]) {
            for closed in [connections.readers.close().await, connections.writing.close().await] {
                if let Err(error) = closed {
                    tracing::warn!(%error, "a database connection did not close cleanly");
                }
            }
        }
    }
}

/// The column by which rows of an entity are told apart.
fn key_of<E: EntityTrait>() -> Option<E::Column> {
    E::PrimaryKey::iter().next().map(|key| key.into_column())
}

/// No row that was made at `instant` or later has a smaller UUIDv7.
pub fn oldest_id(instant: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(instant.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}
