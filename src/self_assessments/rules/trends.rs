//! How the scores of one instrument change over time.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::recall_window;
use crate::psychometrics::{Change, Instrument, Outcome, Scale, major};

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
            points.iter().filter(|point| major(point.version) == one.instrument.major()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psychometrics::{Catalogue, ChangeLabel, Flag, ScaleScore};

    fn outcome(score: Option<f64>) -> Outcome {
        let percent = ScaleScore { scale: "percent".into(), score, band: None, t_score: None, norm: None };
        Outcome { scales: vec![percent], flags: Vec::<Flag>::new(), ranking: vec![], support: false }
    }

    #[test]
    fn scores_of_one_major_version_are_compared_and_overlapping_days_are_marked() {
        let first = Catalogue::load(None).unwrap().newest("who-5").unwrap().clone();
        let mut minor = (*first).clone();
        minor.version = "1.1.0".into();
        let mut major = (*first).clone();
        major.version = "2.0.0".into();
        let day = |text: &str| format!("2026-{text}").parse::<NaiveDate>().unwrap();
        let given = [
            (&*first, "03-01", Some(40.0)),
            (&*first, "03-15", Some(44.0)),
            (&minor, "03-20", None),
            (&minor, "03-28", Some(56.0)),
            (&major, "05-01", Some(20.0)),
            (&major, "06-01", Some(30.0)),
        ];
        let outcomes: Vec<Outcome> = given.iter().map(|(.., score)| outcome(*score)).collect();
        let taken: Vec<Taken> = given
            .iter()
            .zip(&outcomes)
            .map(|((instrument, on, _), outcome)| Taken {
                id: Uuid::nil(),
                completed_at: day(on).and_hms_opt(12, 0, 0).unwrap().and_utc(),
                day: day(on),
                instrument,
                outcome,
            })
            .collect();
        let points = points(first.scale("percent").unwrap(), &taken);
        let told: Vec<_> = points
            .iter()
            .map(|point| {
                let change = |change: &Option<Change>| change.as_ref().map(|change| (change.points, change.label));
                (point.score, point.overlaps, change(&point.since_previous), change(&point.since_first))
            })
            .collect();
        use ChangeLabel::{NoReliableChange as No, ReliableImprovement as Better};
        assert_eq!(
            told,
            [
                (40.0, false, None, None),
                (44.0, false, Some((4.0, No)), Some((4.0, No))),
                // The one in between was not scored. Two weeks back from the 28th is the 14th.
                (56.0, true, Some((12.0, Better)), Some((16.0, Better))),
                (20.0, false, None, None),
                (30.0, false, Some((10.0, Better)), Some((10.0, Better))),
            ]
        );
    }
}
