//! An online copy of an SQLite database.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Db;
use crate::problem::{Problem, Result};

/// Writes a consistent copy to `file`, for its owner's eyes only, while the service goes on.
///
/// # Errors
/// When the database is PostgreSQL, which has tools of its own, or `file` exists.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    if db.backend() != DbBackend::Sqlite {
        return Err(Problem::internal("a PostgreSQL database is backed up with pg_dump"));
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map_err(|error| Problem::internal(format!("{}: {error}", file.display())))?;
    // An empty file is one that VACUUM may fill.
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.display().to_string().into()]);
    db.read().execute_raw(copy).await?;
    Ok(())
}
