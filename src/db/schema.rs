//! Brings the schema up to date, once, however many instances start together.

use migration::Migrator;
use sea_orm::DbErr;
use sea_orm_migration::MigratorTrait;

use super::Db;
use crate::problem::{Problem, Result};

/// Names the lock that instances take before they migrate.
const MIGRATION_LOCK: i64 = 0x5375_7070_4e65_7477;

/// The steps this binary knows, and whether each has been applied.
pub async fn status(db: &Db) -> Result<Vec<(String, bool)>> {
    let applied: Vec<String> = applied(db).await?;
    Ok(Migrator::migrations()
        .iter()
        .map(|step| (step.name().to_owned(), applied.iter().any(|name| name == step.name())))
        .collect())
}

/// How many steps are missing.
///
/// # Errors
/// When the database has steps that this binary does not know: it belongs to a newer release.
pub async fn refuse_newer(db: &Db) -> Result<usize> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = applied(db).await?;
    match applied.iter().find(|name| !known.contains(name)) {
        Some(newer) => Err(Problem::internal(format!(
            "the database has the migration {newer}, which this release does not know; start a release that does"
        ))),
        None => Ok(known.len() - applied.len()),
    }
}

/// Only reads, so that nobody has to wait who writes.
///
/// # Errors
/// When the schema is not the one that this binary works with.
pub async fn require_current(db: &Db) -> Result<()> {
    let missing = Migrator::get_pending_migrations_read_only(db.read()).await.map_err(|error| match error {
        // It has a step that is none of ours.
        DbErr::Custom(words) => Problem::internal(format!("the database belongs to a newer release: {words}")),
        error => error.into(),
    })?;
    match missing.len() {
        0 => Ok(()),
        missing => Err(Problem::internal(format!(
            "{missing} migrations of this release are missing in the database; run migrate up, or start the server once"
        ))),
    }
}

/// Applies every step that is missing, in one transaction.
///
/// # Errors
/// Those of [`refuse_newer`].
pub async fn migrate(db: &Db) -> Result<()> {
    match refuse_newer(db).await? {
        0 => Ok(()),
        _ => db.write_alone(MIGRATION_LOCK, async |tx| Ok(Migrator::up(tx, None).await?)).await,
    }
}

async fn applied(db: &Db) -> Result<Vec<String>> {
    db.write_alone(MIGRATION_LOCK, async |tx| {
        Migrator::install(tx).await?;
        Ok(Migrator::get_migration_models(tx).await?.into_iter().map(|step| step.version).collect())
    })
    .await
}
