//! What is known of the statements that are sent: how many requests send, whether a transaction may have changed
//! anything, and how PostgreSQL numbers their values.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::DatabaseConnection;

use crate::problem::REQUEST_ID;

/// A counter of statements; those of jobs are not among them.
#[derive(Clone, Default)]
pub(super) struct Statements(Arc<AtomicU64>);

/// Whether something may have been changed on a connection since it was last asked.
#[derive(Clone, Default)]
pub(super) struct Changes(Arc<AtomicBool>);

impl Changes {
    /// Whether all that was sent since the last call was queries, and all of them went well.
    pub(super) fn none(&self) -> bool {
        !self.0.swap(false, Ordering::AcqRel)
    }
}

impl Statements {
    /// Counts what is sent over `connection`, and watches for changes.
    pub(super) fn watch(&self, connection: &mut DatabaseConnection) -> Changes {
        let (statements, changes) = (self.clone(), Changes::default());
        let changed = changes.clone();
        connection.set_metric_callback(move |sent| {
            statements.count();
            if sent.failed || !sent.statement.sql.starts_with("SELECT ") {
                changed.0.store(true, Ordering::Release);
            }
        });
        changes
    }

    /// Counts one, if it is sent for a request.
    pub(super) fn count(&self) {
        if REQUEST_ID.try_with(|_| ()).is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Adds what stands for the value of this number in a text for PostgreSQL. A large text has thousands: the formatter takes
/// several times as long.
pub(super) fn push_placeholder(text: &mut String, number: usize) {
    text.push('$');
    text.push_str(itoa::Buffer::new().format(number));
}
