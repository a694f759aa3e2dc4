//! The formats, as the file has them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who speaks in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaks {
    /// Whoever brings something.
    Presenter,
    /// All but the presenter, who listens.
    Group,
    /// Whoever leads the meeting.
    Facilitator,
    Everyone,
    Nobody,
}

/// A step of a format.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub key: String,
    pub label: String,
    /// None where it takes what time is left.
    pub minutes: Option<i64>,
    pub speaks: Speaks,
    pub rule: String,
}

/// How a group works on what one person brings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    pub key: String,
    /// Everybody has a turn, so that nobody presents.
    #[serde(default)]
    pub per_person: bool,
    pub phases: Vec<Phase>,
}

impl Format {
    /// How long one run takes.
    pub fn minutes(&self) -> i64 {
        self.phases.iter().filter_map(|phase| phase.minutes).sum()
    }
}

const FORMATS: &str = include_str!("../../reference/consultation_formats.json");

/// The formats, in the order in which to show them. A file that cannot be read is empty here, and fails the tests
/// below.
pub fn all() -> &'static [Format] {
    static READ: LazyLock<Vec<Format>> = LazyLock::new(|| serde_json::from_str(FORMATS).unwrap_or_default());
    &READ
}

/// The format of this key.
pub fn find(key: &str) -> Option<&'static Format> {
    all().iter().find(|format| format.key == key)
}

/// How many can present at a meeting of so many minutes: as many whole runs of the format as fit, one at least; none
/// where everybody has a turn. Without a format the whole meeting is one run.
pub fn presenter_slots(format: Option<&Format>, duration_minutes: i64) -> usize {
    match format {
        None => 1,
        Some(format) if format.per_person => 0,
        Some(format) => usize::try_from(duration_minutes / format.minutes().max(1)).unwrap_or_default().max(1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::vocabularies::Vocabulary;

    #[test]
    fn the_file_can_be_read_and_has_the_keys_of_the_vocabulary() {
        let formats: Vec<Format> = serde_json::from_str(FORMATS).unwrap_or_else(|error| panic!("{error}"));
        let keys: Vec<_> = formats.iter().map(|format| format.key.as_str()).collect();
        let words: Vec<_> = Vocabulary::ConsultationFormats.terms().map(|term| term.key.as_str()).collect();
        assert_eq!(keys, words);
        for Format { key, phases, .. } in &formats {
            let mut seen = HashSet::new();
            assert!((1..=10).contains(&phases.len()), "{key}");
            for phase in phases {
                assert!(seen.insert(&phase.key), "{key}: {} stands twice", phase.key);
                assert!((1..=64).contains(&phase.key.len()) && (1..=100).contains(&phase.label.len()), "{key}");
                assert!((1..=300).contains(&phase.rule.len()), "{key}: {}", phase.key);
                assert!(phase.minutes.is_none_or(|minutes| (1..=60).contains(&minutes)), "{key}: {}", phase.key);
            }
        }
    }

    #[test]
    fn phases_take_the_minutes_of_the_design() {
        let expected: [(&str, &[Option<i64>], i64); 7] = [
            ("balint", &[Some(20), Some(15), Some(5)], 40),
            ("peer_group_supervision", &[Some(5), Some(10), Some(5), Some(5), Some(15), Some(5)], 45),
            ("incident_process", &[Some(5), Some(15), Some(5), Some(15), Some(5)], 45),
            ("reflecting_team", &[Some(15), Some(10), Some(10), Some(5)], 40),
            ("structured_peer_group", &[Some(3), Some(12), Some(10), Some(15), Some(5)], 45),
            ("round", &[Some(15)], 15),
            ("ethics_stepwise", &[Some(10), Some(5), Some(10), Some(15), Some(10), None], 50),
        ];
        for (key, minutes, sum) in expected {
            let format = find(key).unwrap();
            assert_eq!(format.phases.iter().map(|phase| phase.minutes).collect::<Vec<_>>(), minutes, "{key}");
            assert_eq!((format.minutes(), format.per_person), (sum, key == "round"), "{key}");
        }
    }

    #[test]
    fn as_many_present_as_whole_runs_fit() {
        for (key, duration, expected) in [
            (Some("balint"), 15, 1),
            (Some("balint"), 79, 1),
            (Some("balint"), 80, 2),
            (Some("balint"), 90, 2),
            (Some("balint"), 120, 3),
            (Some("structured_peer_group"), 90, 2),
            (Some("ethics_stepwise"), 90, 1),
            (Some("round"), 90, 0),
            (None, 90, 1),
        ] {
            assert_eq!(presenter_slots(key.and_then(find), duration), expected, "{key:?} {duration}");
        }
    }
}
