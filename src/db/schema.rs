//! Brings the schema up to date, once, however many instances start together.

use migration::Migrator;
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

/// Applies every step that is missing, in one transaction.
///
/// # Errors
/// When the database has steps that this binary does not know: it belongs to a newer release.
pub async fn migrate(db: &Db) -> Result<()> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let applied = applied(db).await?;
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        return Err(Problem::internal(format!(
            "the database has the migration {newer}, which this release does not know; start a release that does"
        )));
    }
    if applied.len() == known.len() {
        return Ok(());
    }
    db.write_alone(MIGRATION_LOCK, async |tx| Ok(Migrator::up(tx, None).await?)).await
}

async fn applied(db: &Db) -> Result<Vec<String>> {
    db.write_alone(MIGRATION_LOCK, async |tx| {
        Migrator::install(tx).await?;
        Ok(Migrator::get_migration_models(tx).await?.into_iter().map(|step| step.version).collect())
    })
    .await
}
