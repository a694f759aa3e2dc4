//! Whether two scores differ by more than chance.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{instrument::Instrument, score::rounded};

/// What lies between two scores on one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The later score less the earlier one.
    pub points: f64,
    /// The reliable change index, where it can be reckoned.
    pub rci: Option<f64>,
    pub label: ChangeLabel,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeLabel {
    /// For the better, and by more than chance.
    ReliableImprovement,
    /// For the worse, and by more than chance.
    ReliableDeterioration,
    /// Within what chance explains.
    NoReliableChange,
    /// What would be needed to tell is not published and confirmed.
    NotInterpretable,
}

/// From this index on, chance explains a change in one case of twenty.
const RELIABLE_FROM: f64 = 1.96;

impl Instrument {
    /// What the way from one score to a later one means (Jacobson & Truax 1991): the standard error of measurement is
    /// SD·√(1 − r), that of a difference √2 times as much, and a change is reliable from 1.96 of those.
    ///
    /// A scale with a customary mark instead (the WHO-5, 10 points) is labelled by it; that is a convention, not a
    /// reckoning, and has no index.
    pub fn change(&self, scale: &str, from: f64, to: f64) -> Change {
        let points = rounded(to - from, 4);
        let higher_is_better = self.scale(scale).is_some_and(|scale| scale.higher_is_better);
        let label = |is_change: bool| match (is_change, (points > 0.0) == higher_is_better) {
            (false, _) => ChangeLabel::NoReliableChange,
            (true, true) => ChangeLabel::ReliableImprovement,
            (true, false) => ChangeLabel::ReliableDeterioration,
        };
        if let Some(error) = self.error_of_difference(scale) {
            let rci = points / error;
            return Change { points, rci: Some(rounded(rci, 4)), label: label(rci.abs() >= RELIABLE_FROM) };
        }
        match self.customary_change.iter().find(|customary| customary.scale == scale) {
            Some(customary) => Change { points, rci: None, label: label(points.abs() >= customary.points) },
            None => Change { points, rci: None, label: ChangeLabel::NotInterpretable },
        }
    }

    /// The standard error of the difference between two scores, where what it takes is confirmed.
    fn error_of_difference(&self, scale: &str) -> Option<f64> {
        let known = self.reliable_change.iter().find(|change| change.scale == scale && !change.provisional)?;
        let error_of_measurement = known.sd? * (1.0 - known.reliability?).sqrt();
        Some(std::f64::consts::SQRT_2 * error_of_measurement)
    }
}
