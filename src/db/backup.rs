//! An online copy of an SQLite database.

use std::path::Path;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Db;
use crate::problem::{Problem, Result};

/// Writes a consistent copy to `file` while the service goes on.
///
/// # Errors
/// When the database is PostgreSQL, which has tools of its own, or `file` exists.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    if db.backend() != DbBackend::Sqlite {
        return Err(Problem::internal("a PostgreSQL database is backed up with pg_dump"));
    }
    if file.exists() {
        return Err(Problem::internal(format!("{} exists already", file.display())));
    }
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.display().to_string().into()]);
    db.read().execute_raw(copy).await?;
    Ok(())
}
