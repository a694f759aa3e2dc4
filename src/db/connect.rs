//! How connections are opened: how many, and with which settings.

use std::{
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    sync::Arc,
    time::Duration,
};

use sea_orm::{ConnectOptions, Database, DbErr};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use super::{
    LONGEST_REST, LONGEST_WAIT,
    few::Few,
    readers::{Connections, Readers},
    statements::Statements,
    together::Together,
    write::Writing,
};
use crate::config::{self, Config};

/// How long PostgreSQL works on one statement before the answer is 503.
const LONGEST_STATEMENT: &str = "30s";

/// How long a statement of a turn waits for a lock of another instance. Groups take milliseconds, so two that wait for one
/// another are the likely reason; PostgreSQL looks for such circles only after a second.
const LONGEST_TURN_WAIT: Duration = Duration::from_millis(250);

/// How long the connection that commits by itself may have rested before it is asked whether it still lives. Nobody knows
/// whether a statement that died with its connection was done, so it cannot be sent again; and hardly any server is back
/// so soon.
const LONGEST_REST_BEFORE_WRITE: Duration = Duration::from_millis(50);

/// Where the database is, and how many connections each thread that serves has to it.
pub(super) struct Connector {
    url: SecretString,
    readers: u32,
    statements: Statements,
}

impl Connector {
    pub(super) fn new(config: &Config, statements: Statements) -> Self {
        let url = config.database_url();
        let workers = u32::try_from(config.workers()).unwrap_or(u32::MAX).max(1);
        let readers = match config.database.read_connections {
            0 if is_sqlite(&url) => 1,
            0 => 2,
            connections => connections.div_ceil(workers),
        };
        Self { url, readers, statements }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        is_sqlite(&self.url)
    }

    /// Connections for queries that change nothing.
    pub(super) async fn readers(&self) -> Result<Arc<Readers>, DbErr> {
        let url = self.url.expose_secret();
        let connections = match self.is_sqlite() {
            true => {
                let few = Few::open(url, of_sqlite, self.readers, LONGEST_REST).await?;
                Connections::Sqlite(Together::new(few))
            }
            false => {
                let few = Few::open(url, of_postgres_read_committed, self.readers, LONGEST_REST).await?;
                Connections::Postgres(Together::new(few))
            }
        };
        Ok(Arc::new(Readers::new(connections, self.statements.clone())))
    }

    /// What a writer works on.
    pub(super) async fn writing(&self) -> Result<Writing, DbErr> {
        let url = self.url.expose_secret();
        let mut turns = Database::connect(options(url)).await?;
        let changes = self.statements.watch(&mut turns);
        let autocommit = match self.is_sqlite() {
            true => None,
            false => {
                let few = Few::open(url, of_postgres_read_committed, 1, LONGEST_REST_BEFORE_WRITE).await?;
                Some(Arc::new(few))
            }
        };
        Ok(Writing { turns, changes, autocommit })
    }
}

fn is_sqlite(url: &SecretString) -> bool {
    url.expose_secret().starts_with("sqlite:")
}

/// The folder of the data, and the default database in it, are for their owner's eyes only.
pub(super) fn make_private(config: &Config) -> std::io::Result<()> {
    if config.database_url.is_some() && config.master_key_file.is_some() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir)?;
    if config.database_url.is_some() {
        return Ok(());
    }
    let file = config.data_dir.join(config::SQLITE_FILE);
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map(drop)
}

/// What a writer is opened with.
fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .min_connections(1)
        .connect_timeout(LONGEST_WAIT)
        .acquire_timeout(LONGEST_WAIT)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(LONGEST_REST)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(|options| of_sqlite(options).optimize_on_close(true, None))
        // A transaction that SQLite ended by itself, because there was no room, cannot be rolled back, and the driver goes
        // on believing in it: all that follows would become a part of one that nobody commits.
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // A rollback may be under way.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
        })
        .map_sqlx_postgres_opts(|options| of_postgres(options, "serializable", LONGEST_TURN_WAIT));
    options
}

fn of_sqlite(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .pragma("journal_mode", "WAL")
        .pragma("synchronous", "FULL")
        .pragma("foreign_keys", "ON")
        .pragma("mmap_size", "1073741824")
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
        // What is deleted is overwritten: a key that was destroyed is not to be found in the file.
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .busy_timeout(LONGEST_WAIT)
}

fn of_postgres_read_committed(options: PgConnectOptions) -> PgConnectOptions {
    of_postgres(options, "read committed", LONGEST_WAIT)
}

/// The isolation of a transaction is said once for its connection, not with each.
fn of_postgres(options: PgConnectOptions, isolation: &str, lock_timeout: Duration) -> PgConnectOptions {
    let lock_timeout = lock_timeout.as_millis().to_string();
    let bounds = [("lock_timeout", lock_timeout.as_str()), ("statement_timeout", LONGEST_STATEMENT)];
    // A plan that is made once for a statement saves what costs as much as running it. It is the same however full the
    // tables are: one made while a table was empty would go on scanning it. A scan of a whole table would also lock it
    // against every other serializable transaction.
    let plans = [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")];
    let options = options.options([("default_transaction_isolation", isolation)]);
    options.application_name("support-network").options(bounds).options(plans)
}
