//! Instruments and their scores, without a server.

mod catalogue;
mod edges;
mod random;

use support_network::psychometrics::{Answers, Catalogue, Instrument, Outcome, ScaleScore};

pub fn catalogue() -> Catalogue {
    Catalogue::load(None).unwrap_or_else(|fault| panic!("{fault}"))
}

/// Answers in the order of the items; none where there is a gap.
pub fn answers(instrument: &Instrument, values: &[Option<i64>]) -> Answers {
    let given = instrument.items.iter().zip(values);
    given.filter_map(|(item, value)| Some((item.name.clone(), (*value)?))).collect()
}

pub fn all(instrument: &Instrument, values: &[i64]) -> Answers {
    answers(instrument, &values.iter().copied().map(Some).collect::<Vec<_>>())
}

pub fn scale<'a>(outcome: &'a Outcome, key: &str) -> &'a ScaleScore {
    outcome.scales.iter().find(|scale| scale.scale == key).unwrap_or_else(|| panic!("{key} is not in {outcome:?}"))
}
