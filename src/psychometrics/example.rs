//! Worked cases: what the answers of a case must come to. They stand in the file, and are worked again at each start.

use super::{
    instrument::{Example, Instrument, Scale},
    outcome::{Answers, Flag, Outcome, Ranked, ScaleScore},
    raw::RawExample,
};

/// A worked case, worked again.
#[derive(Clone, Debug)]
pub struct CaseOutcome<'a> {
    pub example: &'a Example,
    pub computed: Outcome,
}

impl CaseOutcome<'_> {
    pub fn passes(&self) -> bool {
        let same = |(expected, computed): (&ScaleScore, &ScaleScore)| {
            expected.scale == computed.scale
                && expected.score == computed.score
                && expected.band == computed.band
                && expected.t_score == computed.t_score
        };
        let (expected, computed) = (&self.example.expected, &self.computed);
        expected.scales.len() == computed.scales.len()
            && expected.scales.iter().zip(&computed.scales).all(same)
            && expected.flags == computed.flags
            && expected.support == computed.support
            && expected.ranking == computed.ranking
    }

    /// The first scale that comes to something else, for a message.
    pub(super) fn difference(&self) -> String {
        let scales = self.example.expected.scales.iter().zip(&self.computed.scales);
        let tell = |one: &ScaleScore| format!("{:?} {:?} {:?}", one.score, one.band, one.t_score);
        match scales.into_iter().find(|(expected, computed)| tell(expected) != tell(computed)) {
            Some((expected, computed)) => format!("{}: {} is {}", expected.scale, tell(expected), tell(computed)),
            None => format!(
                "flags {:?}, ranking {:?}, support {}",
                self.computed.flags, self.computed.ranking, self.computed.support
            ),
        }
    }
}

impl Instrument {
    /// Every worked case of the file, worked again. One with too few answers has no scores.
    pub fn self_check(&self) -> impl Iterator<Item = CaseOutcome<'_>> {
        self.examples.iter().map(|example| CaseOutcome { example, computed: self.evaluate(&example.answers) })
    }

    /// What a case expects, as an outcome. The ranking is given by its keys; the figures are those of the scales.
    pub(super) fn expected(&self, raw: &RawExample, answers: &Answers) -> Outcome {
        let scale = |scale: &Scale| ScaleScore {
            scale: scale.key.clone(),
            score: raw.scores.get(&scale.key).copied(),
            band: raw.bands.get(&scale.key).cloned(),
            t_score: raw.t_scores.get(&scale.key).copied(),
            norm: raw.t_scores.get(&scale.key).and(self.norm(&scale.key)).map(|norm| norm.sample.clone()),
        };
        let ranked = |key: &String| Ranked {
            challenge: key.clone(),
            burden: raw.scores.get(key).map_or(-1, |score| score.round() as i64),
            band: raw.bands.get(key).cloned(),
            impact: self.scale(key).and_then(|scale| answers.get(scale.items.last()?)).copied().unwrap_or(-1),
        };
        Outcome {
            scales: self.scales.iter().map(scale).collect(),
            flags: if raw.straight_line { vec![Flag::StraightLine] } else { Vec::new() },
            ranking: raw.ranking.iter().map(ranked).collect(),
            support: raw.support,
        }
    }
}
