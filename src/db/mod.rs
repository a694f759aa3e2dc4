//! Connections, transactions, paging and full-text search: everything in which the two databases differ.

use std::{
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::{
    config::{self, Config, ConfigFault},
    problem::{Problem, REQUEST_ID, Result},
};

pub mod backup;
pub mod dates;
pub mod lines;
pub mod page;
pub mod schema;
pub mod search;

/// How often a transaction that lost a race is run again before the answer is 503.
const ATTEMPTS: u32 = 40;

/// How long a request waits for a connection or a lock before the answer is 503.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How long PostgreSQL works on one statement before the answer is 503.
const LONGEST_STATEMENT: &str = "30s";

/// One writer and a few readers on SQLite; two pools on PostgreSQL.
pub struct Db {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    statements: Arc<AtomicU64>,
    commits: AtomicU64,
}

/// A time between two writes of this instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u64);

/// Begins a new epoch when it goes, also where whoever waits for a commit has gone away.
struct NewEpoch<'a>(&'a AtomicU64);

impl Drop for NewEpoch<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Db {
    /// Connects. The file of an SQLite database is made when it is not there.
    pub async fn connect(config: &Config) -> std::result::Result<Self, ConfigFault> {
        let fault = |error: DbErr| ConfigFault::new("database_url", format!("cannot connect: {error}"));
        let url = config.database_url();
        if config.database_url.is_none() {
            make_private(config).map_err(|error| ConfigFault::new("data_dir", error))?;
        }
        let sqlite = url.expose_secret().starts_with("sqlite:");
        let per_worker = if sqlite { 1 } else { 2 };
        let readers = match config.database.read_connections {
            0 => u32::try_from(per_worker * config.workers()).unwrap_or(u32::MAX),
            connections => connections,
        };
        let writers = if sqlite { 1 } else { config.database.write_connections };
        let writer = Database::connect(options(url.expose_secret(), writers)).await.map_err(fault)?;
        let readers = Database::connect(options(url.expose_secret(), readers)).await.map_err(fault)?;
        let mut db = Self { writer, readers, statements: Arc::default(), commits: AtomicU64::default() };
        for connection in [&mut db.writer, &mut db.readers] {
            let statements = Arc::clone(&db.statements);
            connection.set_metric_callback(move |_| {
                if REQUEST_ID.try_with(|_| ()).is_ok() {
                    statements.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Ok(db)
    }

    /// Where queries that change nothing run.
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// How many statements requests have sent so far; those of jobs are not among them.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The epoch of now: what is read in it shows every write that this instance has answered for.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.commits.load(Ordering::Acquire))
    }

    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Runs `work` in one transaction and commits it. Transactions behave as if they ran one after another: SQLite has
    /// a single writer, PostgreSQL is asked for `SERIALIZABLE`. One that lost a race runs again, so `work` does nothing
    /// outside its transaction; a unique index that was hit counts as a lost race, because the second run finds the
    /// row that was in the way and answers for it.
    ///
    /// # Errors
    /// What `work` refuses, with everything rolled back; 503 when the database is away or the race is never won.
    pub async fn write<T>(&self, work: impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        let mut attempt = 0;
        loop {
            match self.attempt(&work).await {
                Err(problem) if problem.asks_for_retry() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
            metrics::counter!("database_retries_total").increment(1);
            let jitter = uuid::Uuid::new_v4().as_u128() % 8;
            let pause = u64::from(attempt.min(6)) * 4 + u64::try_from(jitter).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn attempt<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        let tx = self.begin().await?;
        let _new_epoch = NewEpoch(&self.commits);
        run(tx, work).await
    }

    /// Runs `work` in one transaction once no other instance holds `lock`. It sees all that they did; a serializable
    /// transaction would go on seeing what was there before it waited.
    async fn write_alone<T>(&self, lock: i64, work: impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
        if self.backend() == DbBackend::Sqlite {
            return self.write(work).await;
        }
        let tx = self.writer.begin().await?;
        tx.execute_unprepared("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({lock})")).await?;
        run(tx, &work).await
    }

    async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = match self.backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::Serializable),
                access_mode: Some(AccessMode::ReadWrite),
                ..Default::default()
            },
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.readers.ping().await.map_err(Problem::unavailable)
    }

    /// Closes every connection, once all work is done.
    pub async fn close(&self) {
        for connection in [&self.readers, &self.writer] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "a database connection did not close cleanly");
            }
        }
    }
}

/// Commits what `work` did, or rolls it back.
async fn run<T>(tx: DatabaseTransaction, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T>) -> Result<T> {
    match work(&tx).await {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(problem) => {
            // A connection that broke has nothing to roll back.
            tx.rollback().await.ok();
            Err(problem)
        }
    }
}

/// The default database and its folder are for their owner's eyes only.
fn make_private(config: &Config) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir)?;
    let file = config.data_dir.join(config::SQLITE_FILE);
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .connect_timeout(LONGEST_WAIT)
        .acquire_timeout(LONGEST_WAIT)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
                .pragma("mmap_size", "1073741824")
                .pragma("cache_size", "-65536")
                .pragma("temp_store", "MEMORY")
                .pragma("trusted_schema", "OFF")
                .busy_timeout(LONGEST_WAIT)
                .optimize_on_close(true, None)
        })
        .map_sqlx_postgres_opts(|postgres| {
            let lock_timeout = LONGEST_WAIT.as_millis().to_string();
            let bounds = [("lock_timeout", lock_timeout.as_str()), ("statement_timeout", LONGEST_STATEMENT)];
            postgres.application_name("support-network").options(bounds)
        });
    options
}

/// No row that was made at `instant` or later has a smaller UUIDv7.
pub fn oldest_id(instant: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(instant.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}
