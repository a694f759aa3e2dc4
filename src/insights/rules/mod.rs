//! What may be told of a quarter.
//!
//! The numbers follow the small-cell practice of public statistics: nothing is told of fewer than five people.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::psychometrics::{Instrument, Outcome, Scale};

/// Nothing is told of fewer people than this.
pub const FEWEST: usize = 5;
/// Means are rounded to this part of the range of a scale.
const COARSENESS: f64 = 0.05;

/// A quarter of a calendar year, in UTC; `2026-Q3` in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    /// 1 to 4.
    number: u32,
}

impl Quarter {
    /// Before any other.
    pub const FIRST: Self = Self { year: 0, number: 1 };

    pub fn of(at: DateTime<Utc>) -> Self {
        Self { year: at.year(), number: at.month0() / 3 + 1 }
    }

    /// The quarter so many before it.
    pub fn back(self, quarters: u32) -> Self {
        let number = self.number + 3 - quarters % 4;
        let year = self.year - (quarters / 4) as i32 - i32::from(number <= 3);
        Self { year, number: if number <= 3 { number + 1 } else { number - 3 } }
    }

    /// Whether it is over.
    pub fn is_closed(self, now: DateTime<Utc>) -> bool {
        self < Self::of(now)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once("-Q")?;
        let quarter = Self { year: year.parse().ok()?, number: number.parse().ok()? };
        ((1..=4).contains(&quarter.number) && quarter.to_string() == text).then_some(quarter)
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

/// What a quarter came to when it was computed. It is sealed, and told of through [`told`] only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// Who contributed, the latest of each.
    pub respondents: BTreeSet<Uuid>,
    /// It differs by too few people from the one that was told of before.
    pub too_similar: bool,
    pub scales: Vec<FrozenScale>,
}

/// One scale of a quarter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenScale {
    pub scale: String,
    /// How many were scored on it.
    pub count: usize,
    pub mean: f64,
    /// How many lie in each band, from the lowest up.
    pub bands: Vec<(String, usize)>,
}

/// Computes a quarter from one outcome for each respondent. `before` are the respondents of the quarter that was told of
/// last: who knows both could reckon out the few who differ.
pub fn freeze(instrument: &Instrument, outcomes: &[(Uuid, Outcome)], before: Option<&BTreeSet<Uuid>>) -> Frozen {
    let respondents: BTreeSet<Uuid> = outcomes.iter().map(|(account, _)| *account).collect();
    let differing = before.map_or(0, |before| before.symmetric_difference(&respondents).count());
    let scales = instrument.scales.iter().filter_map(|scale| freeze_scale(scale, outcomes));
    Frozen { too_similar: (1..FEWEST).contains(&differing), scales: scales.collect(), respondents }
}

fn freeze_scale(scale: &Scale, outcomes: &[(Uuid, Outcome)]) -> Option<FrozenScale> {
    let scored = outcomes.iter().flat_map(|(_, outcome)| &outcome.scales).filter(|scored| scored.scale == scale.key);
    let scores: Vec<f64> = scored.filter_map(|scored| scored.score).collect();
    if scores.is_empty() {
        return None;
    }
    let in_band =
        |key: &str| scores.iter().filter(|score| scale.band(**score).is_some_and(|band| band.key == key)).count();
    Some(FrozenScale {
        scale: scale.key.clone(),
        count: scores.len(),
        mean: scores.iter().sum::<f64>() / scores.len() as f64,
        bands: scale.bands.iter().map(|band| (band.key.clone(), in_band(&band.key))).collect(),
    })
}

/// So many people, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub enum Crowd {
    #[serde(rename = "5-8")]
    FiveToEight,
    #[serde(rename = "9-12")]
    NineToTwelve,
    #[serde(rename = "13+")]
    ThirteenOrMore,
}

impl Crowd {
    /// None for fewer than five.
    pub fn of(count: usize) -> Option<Self> {
        match count {
            0..FEWEST => None,
            FEWEST..=8 => Some(Self::FiveToEight),
            9..=12 => Some(Self::NineToTwelve),
            _ => Some(Self::ThirteenOrMore),
        }
    }
}

/// What somebody is told of a quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub crowd: Crowd,
    pub scales: Vec<ToldScale>,
}

/// What somebody is told of one scale.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldScale {
    pub scale: String,
    pub crowd: Crowd,
    /// Rounded to a twentieth of the range.
    pub mean: f64,
    /// Neighbouring bands that stand together, and how many lie in them.
    pub bands: Vec<(Vec<String>, Crowd)>,
}

/// Whether `viewer` may know that there is something to be told or withheld. That fewer than five took an instrument is
/// known to themselves alone: in a small group it would tell who.
pub fn may_know(frozen: &Frozen, remaining: &BTreeSet<Uuid>, viewer: Uuid) -> bool {
    frozen.respondents.len() >= FEWEST || remaining.contains(&viewer)
}

/// What `viewer` is told of a quarter, now that only `remaining` of its respondents are left. Nothing, when fewer than five
/// others would be told of.
pub fn told(frozen: &Frozen, instrument: &Instrument, remaining: &BTreeSet<Uuid>, viewer: Uuid) -> Option<Told> {
    let others = frozen.respondents.intersection(remaining).filter(|account| **account != viewer).count();
    let crowd = Crowd::of(others).filter(|_| !frozen.too_similar)?;
    // Of each figure it is not known in which part of it the viewer, and those who are gone, were.
    let unseen = frozen.respondents.len().saturating_sub(others);
    let tell = |scale: &FrozenScale| {
        let ranged = instrument.scale(&scale.scale)?;
        Some(ToldScale {
            scale: scale.scale.clone(),
            crowd: Crowd::of(scale.count.saturating_sub(unseen))?,
            mean: coarse(scale.mean, ranged),
            bands: merged(&scale.bands, FEWEST + unseen)
                .into_iter()
                .filter_map(|(bands, count)| Some((bands, Crowd::of(count.saturating_sub(unseen))?)))
                .collect(),
        })
    };
    Some(Told { crowd, scales: frozen.scales.iter().filter_map(tell).collect() })
}

/// Rounded to a twentieth of the range, counted from its lower end.
fn coarse(mean: f64, scale: &Scale) -> f64 {
    let step = (scale.maximum - scale.minimum) * COARSENESS;
    let rounded = scale.minimum + ((mean - scale.minimum) / step).round() * step;
    (rounded * 10_000.0).round() / 10_000.0
}

/// Neighbouring bands put together until each that is not empty holds `fewest`. Nothing, when all of them together do not.
fn merged(bands: &[(String, usize)], fewest: usize) -> Vec<(Vec<String>, usize)> {
    let mut merged: Vec<(Vec<String>, usize)> = Vec::new();
    for (band, count) in bands {
        match merged.last_mut() {
            // What has too few takes the next in; what is empty stands alone.
            Some((names, sum)) if (1..fewest).contains(sum) => {
                names.push(band.clone());
                *sum += count;
            }
            _ => merged.push((vec![band.clone()], *count)),
        }
    }
    // What is left at the upper end goes down.
    while let Some((_, 1..)) = merged.last().filter(|(_, sum)| *sum < fewest) {
        let Some((names, sum)) = merged.pop() else { break };
        match merged.last_mut() {
            Some((lower, below)) => {
                lower.extend(names);
                *below += sum;
            }
            None => return Vec::new(),
        }
    }
    merged.retain(|(_, sum)| *sum > 0);
    merged
}

#[cfg(test)]
mod tests;
