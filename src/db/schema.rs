//! Brings the schema up to date, once, however many instances start together.

use migration::Migrator;
use sea_orm::DbErr;
use sea_orm_migration::{MigrationStatus, MigratorTrait};

use super::Db;
use crate::problem::{Problem, Result};

/// Names the lock that instances take before they migrate.
const MIGRATION_LOCK: i64 = 0x5375_7070_4e65_7477;

/// The steps that this binary knows, and whether each has been applied. Only reads, so that nobody has to wait who writes.
///
/// # Errors
/// When the database has steps that this binary does not know: it belongs to a newer release.
pub async fn status(db: &Db) -> Result<Vec<(String, bool)>> {
    let steps = Migrator::get_migration_with_status_read_only(db.read()).await.map_err(|error| match error {
        // It has a step that is none of ours.
        DbErr::Custom(words) => {
            Problem::internal(format!("the database belongs to a newer release; start one that knows it: {words}"))
        }
        error => error.into(),
    })?;
    Ok(steps.iter().map(|step| (step.name().to_owned(), step.status() == MigrationStatus::Applied)).collect())
}

/// # Errors
/// When the schema is not the one that this binary works with.
pub async fn require_current(db: &Db) -> Result<()> {
    match missing(db).await? {
        0 => Ok(()),
        missing => Err(Problem::internal(format!(
            "{missing} migrations of this release are missing in the database; run migrate up, or start the server once"
        ))),
    }
}

/// Applies every step that is missing, in one transaction. Nobody waits for a lock where none is.
///
/// # Errors
/// Those of [`status`].
pub async fn migrate(db: &Db) -> Result<()> {
    match missing(db).await? {
        0 => Ok(()),
        _ => db.write_alone(MIGRATION_LOCK, async |tx| Ok(Migrator::up(tx, None).await?)).await,
    }
}

async fn missing(db: &Db) -> Result<usize> {
    Ok(status(db).await?.iter().filter(|(_, applied)| !applied).count())
}
