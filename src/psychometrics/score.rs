//! From answers to scores.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{
    instrument::{Instrument, Item, Method, Scale, SupportRule},
    outcome::{AnswerFault, AnswerFaultKind, Answers, Flag, NotEnough, Outcome, Ranked, ScaleScore},
};

/// What is known of a scale.
struct Tally<'a> {
    /// Weights of the answers that count, in the order of the items.
    weights: Vec<i64>,
    value: Option<f64>,
    missing: Vec<&'a str>,
    /// Every item is moot: nothing to score, nothing to ask.
    moot: bool,
}

impl Instrument {
    /// Everything in which a list of answers does not fit. `None` clears an answer.
    pub fn faults(&self, answers: &[(String, Option<i64>)]) -> Vec<AnswerFault> {
        let mut seen = BTreeSet::new();
        let mut faults = Vec::new();
        for (index, (name, value)) in answers.iter().enumerate() {
            let item = self.item(name);
            let kind = match item {
                None => AnswerFaultKind::UnknownItem,
                Some(_) if !seen.insert(name.as_str()) => AnswerFaultKind::Duplicate,
                Some(item) if value.is_some_and(|value| item.choice(value).is_none()) => {
                    AnswerFaultKind::OutsideOptions
                }
                Some(_) => continue,
            };
            let allowed = item.map(|item| item.choices.iter().map(|choice| choice.value).collect()).unwrap_or_default();
            faults.push(AnswerFault { index, kind, allowed });
        }
        faults
    }

    /// The scores. Scales without enough answers have none; the others are scored all the same.
    ///
    /// An item that is moot (a challenge that does not apply) is neither counted nor missed. One whose gate was not
    /// answered is asked: frequency and impact without a word on whether the challenge applies mean that it does.
    ///
    /// # Errors
    /// When no scale can be scored and none is moot, with the items still to be answered.
    pub fn score(&self, answers: &Answers) -> Result<Outcome, NotEnough> {
        let tallies: Vec<_> = self.scales.iter().map(|scale| self.tally(scale, answers)).collect();
        if tallies.iter().all(|tally| !tally.moot && tally.value.is_none()) {
            let missing = |item: &&Item| tallies.iter().any(|tally| tally.missing.contains(&item.name.as_str()));
            let items = self.items.iter().filter(missing).map(|item| item.name.clone()).collect();
            return Err(NotEnough { items });
        }
        Ok(self.evaluate(answers))
    }

    /// The scores, be there enough answers or not.
    pub(super) fn evaluate(&self, answers: &Answers) -> Outcome {
        let mut scales = Vec::with_capacity(self.scales.len());
        let mut ranking = Vec::new();
        let mut support = false;
        for scale in &self.scales {
            let Tally { weights, value, .. } = self.tally(scale, answers);
            let score = self.scale_score(scale, value);
            support |= value.zip(self.support.as_ref()).is_some_and(|(value, rule)| rule.covers(scale, value));
            if let (Method::Product, Some(value), Some(impact)) = (scale.method, value, weights.last()) {
                let burden = value.round() as i64;
                ranking.push(Ranked {
                    challenge: scale.key.clone(),
                    burden,
                    band: score.band.clone(),
                    impact: *impact,
                });
            }
            scales.push(score);
        }
        // The sort is stable: what weighs the same stays in the order of the instrument.
        ranking.sort_by_key(|ranked| Reverse((ranked.burden, ranked.impact)));
        let flags = if self.is_straight_line(answers) { vec![Flag::StraightLine] } else { Vec::new() };
        Outcome { scales, flags, ranking, support }
    }

    fn scale_score(&self, scale: &Scale, value: Option<f64>) -> ScaleScore {
        let norm = value.and(self.norm(&scale.key));
        ScaleScore {
            scale: scale.key.clone(),
            score: value.map(|value| rounded(value, 4)),
            band: value.and_then(|value| scale.band(value)).map(|band| band.key.clone()),
            t_score: value.zip(norm).map(|(value, norm)| rounded(50.0 + 10.0 * (value - norm.mean) / norm.sd, 1)),
            norm: norm.map(|norm| norm.sample.clone()),
        }
    }

    fn tally<'a>(&'a self, scale: &'a Scale, answers: &Answers) -> Tally<'a> {
        let items: Vec<&Item> = scale.items.iter().filter_map(|name| self.item(name)).collect();
        let asked: Vec<&Item> = items.into_iter().filter(|item| !item.is_moot(answers)).collect();
        let weights: Vec<i64> = asked.iter().filter_map(|item| item.weight(answers)).collect();
        let enough = !weights.is_empty() && weights.len() >= scale.min_answered.min(asked.len());
        let value = enough.then(|| scale.value(&weights));
        let mut missing = Vec::new();
        if !enough {
            // Whether it applies is asked too, as long as nothing was answered.
            let gates = asked.iter().filter_map(|item| item.asked_if.as_deref()).filter(|_| weights.is_empty());
            let open = asked.iter().filter(|item| item.weight(answers).is_none()).map(|item| item.name.as_str());
            missing.extend(gates.filter(|gate| !answers.contains_key(*gate)).chain(open));
        }
        Tally { moot: asked.is_empty(), weights, value, missing }
    }

    fn is_straight_line(&self, answers: &Answers) -> bool {
        let mut given = self.items.iter().map(|item| answers.get(&item.name));
        let Some(Some(first)) = given.next() else { return false };
        self.items.iter().any(Item::is_reversed) && given.all(|value| value == Some(first))
    }
}

impl Item {
    fn is_moot(&self, answers: &Answers) -> bool {
        self.asked_if.as_ref().is_some_and(|gate| answers.get(gate) == Some(&0))
    }

    fn weight(&self, answers: &Answers) -> Option<i64> {
        self.choice(*answers.get(&self.name)?).map(|choice| choice.weight)
    }
}

impl Scale {
    /// The figure that these weights add up to.
    fn value(&self, weights: &[i64]) -> f64 {
        let sum = weights.iter().sum::<i64>() as f64;
        match self.method {
            Method::Sum => sum * self.factor,
            // Multiplied first, so that a mean that lies on the edge of a band is not a hair below it.
            Method::Mean => sum * self.factor / weights.len() as f64,
            Method::Product => weights.iter().product::<i64>() as f64 * self.factor,
        }
    }
}

impl SupportRule {
    fn covers(&self, scale: &Scale, value: f64) -> bool {
        self.scale == scale.key && self.applies_to(value)
    }
}

/// Rounded to so many decimals, halves away from zero.
pub(super) fn rounded(value: f64, decimals: i32) -> f64 {
    let shift = 10_f64.powi(decimals);
    (value * shift).round() / shift
}
