//! The database schema, step by step, for SQLite and PostgreSQL.
//!
//! Each step is one SQL script that both databases run. What they spell differently (column types, full-text search)
//! is written as a `{placeholder}` and filled in by [`dialect`]. A step that has shipped never changes; steps only add,
//! so that an old and a new release can run side by side on one schema.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

mod dialect;

/// Applies the steps in order and remembers which have run.
pub struct Migrator;

/// A step of the schema.
struct Step {
    name: &'static str,
    script: &'static str,
    /// Tables that get a full-text index, and their keys.
    searched: &'static [(&'static str, &'static str)],
}

const STEPS: [Step; 17] = [
    // Accounts, sessions, profiles, organizations, memberships, invitations, and what the service itself needs.
    Step {
        name: "m0001_ground_floor",
        script: include_str!("m0001_ground_floor.sql"),
        searched: &[("organization", "id"), ("profile", "account_id")],
    },
    // Consultation groups, their agreements and seats, blocks and reports.
    Step {
        name: "m0002_consultation_groups",
        script: include_str!("m0002_consultation_groups.sql"),
        searched: &[("consultation_group", "id")],
    },
    // The wording of instruments, as administrators have imported it.
    Step { name: "m0003_instruments", script: include_str!("m0003_instruments.sql"), searched: &[] },
    // Keys of accounts, self-assessments and the schedule of check-ins.
    Step { name: "m0004_self_assessments", script: include_str!("m0004_self_assessments.sql"), searched: &[] },
    // The support plan: actions, what was done of them, and ties.
    Step { name: "m0005_support_plan", script: include_str!("m0005_support_plan.sql"), searched: &[] },
    // When groups meet: series, what became of single meetings, and who said they would come.
    Step { name: "m0006_meetings", script: include_str!("m0006_meetings.sql"), searched: &[] },
    // Events of organizations, and who registered for them.
    Step { name: "m0007_events", script: include_str!("m0007_events.sql"), searched: &[("event", "id")] },
    // Who came to meetings, the hours that it came to, and certificates of them.
    Step { name: "m0008_attendance", script: include_str!("m0008_attendance.sql"), searched: &[] },
    // Who leads and who presents at meetings: roles, who wishes to present, and swaps.
    Step { name: "m0009_rotation", script: include_str!("m0009_rotation.sql"), searched: &[] },
    // Calendar feeds, and reminders of meetings.
    Step { name: "m0010_calendar", script: include_str!("m0010_calendar.sql"), searched: &[] },
    // Lists that an index answers by itself.
    Step { name: "m0011_covered_lists", script: include_str!("m0011_covered_lists.sql"), searched: &[] },
    // Indexes by which the queue of presenters is read.
    Step { name: "m0012_waiting_presenters", script: include_str!("m0012_waiting_presenters.sql"), searched: &[] },
    // Indexes without the rows that have nothing to be found by.
    Step { name: "m0013_sparse_indexes", script: include_str!("m0013_sparse_indexes.sql"), searched: &[] },
    // Indexes of the published organizations, and of the others.
    Step {
        name: "m0014_published_organizations",
        script: include_str!("m0014_published_organizations.sql"),
        searched: &[],
    },
    // Full-text search of organizations, without the proposals: the index of PostgreSQL.
    Step {
        name: "m0015_search_without_proposals",
        script: include_str!("m0015_search_without_proposals.sql"),
        searched: &[],
    },
    // The same for SQLite, and the words of PostgreSQL's rows.
    Step {
        name: "m0016_no_words_of_proposals",
        script: include_str!("m0016_no_words_of_proposals.sql"),
        searched: &[],
    },
    // The version of an answer to a meeting, and the address of a token as it was written.
    Step {
        name: "m0017_versions_and_addresses",
        script: include_str!("m0017_versions_and_addresses.sql"),
        searched: &[],
    },
];

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.into_iter().map(|step| Box::new(step) as Box<dyn MigrationTrait>).collect()
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, self.script).await?;
        for (table, key) in self.searched {
            add_full_text_search(manager, table, key).await?;
        }
        Ok(())
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
