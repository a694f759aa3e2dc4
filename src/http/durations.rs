//! How long requests took, as Prometheus scrapes it.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use metrics::{Histogram, Label, histogram};

/// The histograms of one route, by method and status. To find one by its labels costs more than to record in it.
#[derive(Default)]
pub struct Durations(RwLock<Vec<(&'static str, u16, Histogram)>>);

impl Durations {
    /// Records a request of `route`.
    pub fn record(&self, route: &str, method: &'static str, status: u16, elapsed: Duration) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., histogram)) = known.iter().find(|known| (known.0, known.1) == (method, status)) {
            return histogram.record(elapsed);
        }
        drop(known);
        let histogram = of(route, method, status);
        histogram.record(elapsed);
        // Where two come first at once, the second stands behind the first and is not found.
        self.0.write().unwrap_or_else(PoisonError::into_inner).push((method, status, histogram));
    }
}

/// The histogram with these labels.
pub fn of(route: &str, method: &'static str, status: u16) -> Histogram {
    let labels = vec![
        Label::new("method", method),
        Label::new("route", route.to_owned()),
        Label::new("status", status.to_string()),
    ];
    histogram!("http_request_duration_seconds", labels)
}
