//! The time, as the service sees it. Rules never ask for it: `now` is handed to them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The system's clock, in whole seconds as they are stored and shown. Tests set it forward, and back.
#[derive(Clone, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> DateTime<Utc> {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
        DateTime::from_timestamp_secs(seconds.saturating_add(self.ahead.load(Ordering::Relaxed))).unwrap_or_default()
    }

    /// Today's date in UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    pub fn set_forward(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
