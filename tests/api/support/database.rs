use std::path::Path;

use migration::Migrator;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use support_network::{
    config::Config,
    db::{Db, schema},
};
use uuid::Uuid;

/// A database that goes when the test does: a file, or a copy of a migrated template when `TEST_DATABASE_URL` names a
/// PostgreSQL server.
pub struct TestDatabase {
    pub url: String,
    folder: tempfile::TempDir,
    drop_with: Option<(String, String)>,
}

impl TestDatabase {
    pub async fn create() -> Self {
        Self::made(async |admin, server| format!(" TEMPLATE {}", template(admin, server).await)).await
    }

    /// One without a schema.
    pub async fn empty() -> Self {
        Self::made(async |_, _| String::new()).await
    }

    /// One with the schema of an older release, which had so many steps.
    pub async fn after_steps(steps: u32) -> Self {
        let database = Self::empty().await;
        database.steps_on(steps).await;
        database
    }

    /// `like` says what PostgreSQL is to make the database of.
    async fn made(like: impl AsyncFnOnce(&DatabaseConnection, &str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
            return Self { url, folder, drop_with: None };
        };
        let admin = Database::connect(&server).await.unwrap();
        let like = like(&admin, &server).await;
        let name = format!("t_{}", Uuid::new_v4().simple());
        admin.execute_unprepared(&format!("CREATE DATABASE {name}{like}")).await.unwrap();
        admin.close().await.unwrap();
        Self { url: with_name(&server, &name), folder, drop_with: Some((server, name)) }
    }

    /// The number that a query answers.
    pub async fn count(url: &str, query: &str) -> i64 {
        let connection = Database::connect(url).await.unwrap();
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), query);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        let count = row.try_get_by_index(0).unwrap();
        connection.close().await.unwrap();
        count
    }

    /// The texts that a query answers.
    pub async fn texts(url: &str, query: &str) -> Vec<String> {
        let connection = Database::connect(url).await.unwrap();
        let statement = sea_orm::Statement::from_string(connection.get_database_backend(), query);
        let rows = connection.query_all_raw(statement).await.unwrap();
        connection.close().await.unwrap();
        rows.iter().filter_map(|row| row.try_get_by_index::<Option<String>>(0).unwrap()).collect()
    }

    /// All that a copy of the database would tell: the bytes of the file and its log, or every row of every table.
    pub async fn copied(url: &str) -> Vec<u8> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            let path = path.split('?').next().unwrap();
            let log = std::fs::read(format!("{path}-wal")).unwrap_or_default();
            return [std::fs::read(path).unwrap(), log].concat();
        }
        let mut copy = Vec::new();
        for table in Self::texts(url, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await {
            // Bytes as they are, not in hexadecimal.
            let rows = format!(
                "SELECT string_agg(one::text, '') FROM (SELECT set_config('bytea_output', 'escape', false)) AS set, \"{table}\" AS one"
            );
            copy.extend(Self::texts(url, &rows).await.concat().into_bytes());
        }
        copy
    }

    /// Takes so many steps more of the schema.
    pub async fn steps_on(&self, steps: u32) {
        let connection = Database::connect(&self.url).await.unwrap();
        Migrator::up(&connection, Some(steps)).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Runs a statement.
    pub async fn execute(url: &str, statement: &str) {
        let connection = Database::connect(url).await.unwrap();
        connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Keeps every other connection from changing organizations, until it is rolled back.
pub async fn hold_writes(url: &str) -> DatabaseTransaction {
    let connection = Database::connect(url).await.unwrap();
    let held = connection.begin().await.unwrap();
    let lock = match connection.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "UPDATE seaql_migrations SET applied_at = applied_at",
        _ => "LOCK TABLE organization IN EXCLUSIVE MODE",
    };
    held.execute_unprepared(lock).await.unwrap();
    held
}

/// Made once for each state of the schema, by whichever test comes first.
async fn template(admin: &DatabaseConnection, server: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migration/src");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let schema: Vec<u8> = files.iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
    let digest = support_network::crypto::sha256(&schema);
    let name: String = "template_"
        .chars()
        .chain(digest.iter().take(8).flat_map(|b| format!("{b:02x}").chars().collect::<Vec<_>>()))
        .collect();
    admin.execute_unprepared("SELECT pg_advisory_lock(4711)").await.unwrap();
    let exists = admin
        .query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
        ))
        .await
        .unwrap();
    if exists.is_none() {
        let making = format!("{name}_{}", Uuid::new_v4().simple());
        admin.execute_unprepared(&format!("CREATE DATABASE {making}")).await.unwrap();
        let config = Config { database_url: Some(with_name(server, &making).into()), ..Config::default() };
        let db = Db::connect(&config).await.unwrap();
        schema::migrate(&db).await.unwrap();
        db.close().await;
        admin.execute_unprepared(&format!("ALTER DATABASE {making} RENAME TO {name}")).await.unwrap();
    }
    admin.execute_unprepared("SELECT pg_advisory_unlock(4711)").await.unwrap();
    name
}

fn with_name(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.drop_with.take() else { return };
        let dropping = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                if let Ok(admin) = Database::connect(&server).await {
                    admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.ok();
                }
            });
        });
        dropping.join().ok();
    }
}
