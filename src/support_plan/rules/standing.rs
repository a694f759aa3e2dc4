//! How well each avenue holds somebody.

use crate::vocabularies::{Term, Vocabulary};

/// What there is on one avenue.
#[derive(Clone, Copy, Debug)]
pub struct AvenueStanding {
    pub avenue: &'static Term,
    pub ties: usize,
    pub overdue_ties: usize,
    pub active_actions: usize,
}

impl AvenueStanding {
    /// Nothing and nobody holds me here.
    pub fn is_gap(&self) -> bool {
        self.ties == 0 && self.active_actions == 0
    }
}

/// Every avenue in its order, with the ties on it (and whether each is overdue) and the actions that are active.
pub fn standings(ties: &[(&str, bool)], active: &[&str]) -> Vec<AvenueStanding> {
    let standing = |avenue: &'static Term| AvenueStanding {
        avenue,
        ties: ties.iter().filter(|(key, _)| *key == avenue.key).count(),
        overdue_ties: ties.iter().filter(|(key, overdue)| *overdue && *key == avenue.key).count(),
        active_actions: active.iter().filter(|key| **key == avenue.key).count(),
    };
    Vocabulary::Avenues.terms().map(standing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avenue_without_tie_and_without_active_action_is_a_gap() {
        let found = standings(&[("friendships", true), ("friendships", false), ("family", false)], &["volunteering"]);
        let of = |key: &str| found.iter().find(|one| one.avenue.key == key).unwrap();
        for (key, counts, gap) in [
            ("friendships", (2, 1, 0), false),
            ("family", (1, 0, 0), false),
            ("volunteering", (0, 0, 1), false),
            ("clinical_supervision", (0, 0, 0), true),
        ] {
            let one = of(key);
            assert_eq!((one.ties, one.overdue_ties, one.active_actions), counts, "{key}");
            assert_eq!(one.is_gap(), gap, "{key}");
        }
        assert_eq!(found.len(), 16);
    }
}
