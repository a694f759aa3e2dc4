//! How the scores of one instrument change over time.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::recall_window;
use crate::psychometrics::{Change, Instrument, Outcome, Scale};

/// One that was completed, with the rules that it was scored by.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    pub id: Uuid,
    pub completed_at: DateTime<Utc>,
    /// The day on which that was, where its owner lives.
    pub day: NaiveDate,
    pub instrument: &'a Instrument,
    pub outcome: &'a Outcome,
}

/// A score of a scale at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    pub id: Uuid,
    pub completed_at: DateTime<Utc>,
    pub version: &'a str,
    pub score: f64,
    pub band: Option<&'a str>,
    pub t_score: Option<f64>,
    /// It tells of days of which the one before it tells too.
    pub overlaps: bool,
    pub since_previous: Option<Change>,
    pub since_first: Option<Change>,
}

/// The scores of one scale, oldest first.
pub fn points<'a>(scale: &Scale, taken: &[Taken<'a>]) -> Vec<Point<'a>> {
    let mut points: Vec<Point> = Vec::new();
    let mut last: Option<&Taken> = None;
    for one in taken {
        let Some(scored) = one.outcome.scales.iter().find(|scored| scored.scale == scale.key) else { continue };
        let Some(score) = scored.score else { continue };
        // Scores by other rules are shown, and not compared.
        let comparable: Vec<&Point> =
            points.iter().filter(|point| major(point.version) == Some(one.instrument.major())).collect();
        let change = |from: Option<&&Point>| from.map(|from| one.instrument.change(&scale.key, from.score, score));
        let (since_previous, since_first) = (change(comparable.last()), change(comparable.first()));
        let begins = recall_window(one.instrument, one.day).map(|(begins, _)| begins);
        points.push(Point {
            id: one.id,
            completed_at: one.completed_at,
            version: &one.instrument.version,
            score,
            band: scored.band.as_deref(),
            t_score: scored.t_score,
            overlaps: last.zip(begins).is_some_and(|(last, begins)| begins < last.day),
            since_previous,
            since_first,
        });
        last = Some(one);
    }
    points
}

fn major(version: &str) -> Option<u64> {
    version.split('.').next()?.parse().ok()
}
