//! How many statements requests send.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::DatabaseConnection;

use crate::problem::REQUEST_ID;

/// A counter of statements; those of jobs are not among them.
#[derive(Clone, Default)]
pub(super) struct Statements(Arc<AtomicU64>);

impl Statements {
    pub(super) fn count(&self, connection: &mut DatabaseConnection) {
        let counter = Arc::clone(&self.0);
        connection.set_metric_callback(move |_| {
            if REQUEST_ID.try_with(|_| ()).is_ok() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    pub(super) fn so_far(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
