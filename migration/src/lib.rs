//! The database schema, step by step, for SQLite and PostgreSQL.
//!
//! Each step is one SQL script that both databases run. What they spell differently (column types, full-text search)
//! is written as a `{placeholder}` and filled in by [`dialect`]. A step that has shipped never changes; steps only add,
//! so that an old and a new release can run side by side on one schema.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

mod dialect;
mod m0001_ground_floor;
mod m0002_consultation_groups;
mod m0003_instruments;
mod m0004_self_assessments;
mod m0005_support_plan;
mod m0006_meetings;
mod m0007_events;
mod m0008_attendance;
mod m0009_rotation;
mod m0010_calendar;
mod m0011_covered_lists;
mod m0012_waiting_presenters;

/// Applies the steps in order and remembers which have run.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_ground_floor::Migration),
            Box::new(m0002_consultation_groups::Migration),
            Box::new(m0003_instruments::Migration),
            Box::new(m0004_self_assessments::Migration),
            Box::new(m0005_support_plan::Migration),
            Box::new(m0006_meetings::Migration),
            Box::new(m0007_events::Migration),
            Box::new(m0008_attendance::Migration),
            Box::new(m0009_rotation::Migration),
            Box::new(m0010_calendar::Migration),
            Box::new(m0011_covered_lists::Migration),
            Box::new(m0012_waiting_presenters::Migration),
        ]
    }
}

/// Runs every statement of `script` on the connection of `manager`, in the dialect of its database.
async fn run(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    connection.execute_unprepared(&dialect::fill_in(script, backend)).await?;
    Ok(())
}

/// Adds a full-text index over the columns `search_name` and `search_text` of `table`, whose key is `key`.
async fn add_full_text_search(manager: &SchemaManager<'_>, table: &str, key: &str) -> Result<(), DbErr> {
    let script = match manager.get_connection().get_database_backend() {
        DbBackend::Sqlite => dialect::SQLITE_FULL_TEXT,
        _ => dialect::POSTGRES_FULL_TEXT,
    };
    let script = script.replace("{table}", table).replace("{key}", key);
    manager.get_connection().execute_unprepared(&script).await?;
    Ok(())
}
