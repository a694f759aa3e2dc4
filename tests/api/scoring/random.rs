//! Answers at random, scored again by rules that are written out here by hand: no file is read.

use std::collections::BTreeMap;

use support_network::psychometrics::{Answers, Flag, Instrument};

use super::catalogue;

const SETS: usize = 20_000;

/// A plain generator of numbers (Knuth's MMIX), so that a failure comes back.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What a set of answers must come to.
#[derive(Debug, Default)]
struct Expected {
    scores: Vec<(&'static str, Option<f64>, Option<&'static str>)>,
    t: Vec<(&'static str, f64)>,
    straight_line: bool,
    ranking: Vec<(String, i64, i64)>,
    support: bool,
    /// Nothing is scored, and nothing need not be.
    refused: bool,
}

impl Expected {
    fn has(&mut self, key: &'static str, score: Option<f64>, band: impl Fn(f64) -> Option<&'static str>) {
        self.scores.push((key, score, score.and_then(band)));
    }

    fn bare(&mut self, key: &'static str, score: Option<f64>) {
        self.scores.push((key, score, None));
    }
}

/// The answer to a numbered item.
type Numbered = [Option<i64>];

fn at(given: &Numbered, number: usize) -> Option<i64> {
    given[number - 1]
}

/// The sum of the items, `turned - answer` for the reversed; none unless every one is answered.
fn sum(given: &Numbered, items: &[usize], reversed: &[usize], turned: i64) -> Option<f64> {
    let mut total = 0;
    for &item in items {
        let answer = at(given, item)?;
        total += if reversed.contains(&item) { turned - answer } else { answer };
    }
    Some(total as f64)
}

/// The mean of those that are answered, if they are so many.
fn mean(given: &Numbered, items: &[usize], reversed: &[usize], turned: i64, least: usize) -> Option<f64> {
    let turn = |item: usize, answer: i64| if reversed.contains(&item) { turned - answer } else { answer };
    let known: Vec<i64> = items.iter().filter_map(|&item| at(given, item).map(|answer| turn(item, answer))).collect();
    (known.len() >= least).then(|| known.iter().sum::<i64>() as f64 / known.len() as f64)
}

fn alike(given: &Numbered) -> bool {
    given.iter().all(|answer| answer.is_some() && *answer == given[0])
}

fn proqol(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    let band = |score: f64| {
        Some(if score <= 22.0 {
            "low"
        } else if score <= 41.0 {
            "moderate"
        } else {
            "high"
        })
    };
    let scales: [(_, [usize; 10], f64, f64); 3] = [
        ("compassion_satisfaction", [3, 6, 12, 16, 18, 20, 22, 24, 27, 30], 37.7, 6.5),
        ("burnout", [1, 4, 8, 10, 15, 17, 19, 21, 26, 29], 22.8, 5.4),
        ("secondary_traumatic_stress", [2, 5, 7, 9, 11, 13, 14, 23, 25, 28], 16.7, 5.7),
    ];
    for (key, items, average, deviation) in scales {
        let score = sum(given, &items, &[1, 4, 15, 17, 29], 6);
        out.has(key, score, band);
        out.t.extend(score.map(|score| (key, 50.0 + 10.0 * (score - average) / deviation)));
    }
    out
}

fn who(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    let raw = sum(given, &[1, 2, 3, 4, 5], &[], 0);
    out.bare("raw", raw);
    out.has("percent", raw.map(|raw| raw * 4.0), |percent| match percent {
        ..=28.0 => Some("likely_depression_screen"),
        ..=50.0 => Some("low"),
        _ => Some("adequate"),
    });
    out.support = raw.is_some_and(|raw| raw * 4.0 <= 28.0);
    out
}

fn cbi(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    let band = |score: f64| Some(if score >= 49.9999 { "high_degree" } else { "below_50" });
    for (key, items, least) in [
        ("personal", &[1, 2, 3, 4, 5, 6][..], 3),
        ("work", &[7, 8, 9, 10, 11, 12, 13], 4),
        ("client", &[14, 15, 16, 17, 18, 19], 3),
    ] {
        out.has(key, mean(given, items, &[13], 4, least).map(|mean| mean * 25.0), band);
    }
    out
}

fn olbi(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    let reversed = [3, 6, 9, 11, 2, 4, 8, 12];
    let disengagement = sum(given, &[1, 3, 6, 7, 9, 11, 13, 15], &reversed, 5);
    let exhaustion = sum(given, &[2, 4, 5, 8, 10, 12, 14, 16], &reversed, 5);
    let cut = |bound: f64| move |score: f64| Some(if score >= bound { "high" } else { "below" });
    out.has("disengagement", disengagement, cut(16.8));
    out.has("exhaustion", exhaustion, cut(18.0));
    out.bare("total", disengagement.zip(exhaustion).map(|(one, other)| one + other));
    out.has("disengagement_mean", disengagement.map(|sum| sum / 8.0), cut(2.10));
    out.has("exhaustion_mean", exhaustion.map(|sum| sum / 8.0), cut(2.25));
    out
}

fn pfi(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    let mean = |items: std::ops::RangeInclusive<usize>| {
        let items: Vec<usize> = items.collect();
        sum(given, &items, &[], 0).map(|sum| sum / items.len() as f64)
    };
    out.has("professional_fulfillment", mean(1..=6), |score| {
        Some(if score >= 3.0 { "fulfilled" } else { "not_fulfilled" })
    });
    out.bare("work_exhaustion", mean(7..=10));
    out.bare("interpersonal_disengagement", mean(11..=16));
    out.has("burnout", mean(7..=16), |score| Some(if score >= 1.33 { "positive" } else { "negative" }));
    out
}

fn stss(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    out.bare("intrusion", sum(given, &[2, 3, 6, 10, 13], &[], 0));
    out.bare("avoidance", sum(given, &[1, 5, 7, 9, 12, 14, 17], &[], 0));
    out.bare("arousal", sum(given, &[4, 8, 11, 15, 16], &[], 0));
    let total = sum(given, &(1..=17).collect::<Vec<_>>(), &[], 0);
    out.has("total", total, |total| {
        Some(match total as i64 {
            ..28 => "little_or_none",
            28..=37 => "mild",
            38..=43 => "moderate",
            44..=48 => "high",
            49.. => "severe",
        })
    });
    out.support = total.is_some_and(|total| total >= 49.0);
    out
}

fn ucla(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    let total = sum(given, &[1, 2, 3], &[], 0);
    out.has("total", total, |total| Some(if total >= 6.0 { "lonely" } else { "not_lonely" }));
    out
}

fn mini_z(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    let level = at(given, 1).map(|level| level as f64);
    out.has("level", level, |level| Some(if level >= 3.0 { "burnout" } else { "no_burnout" }));
    out.support = level == Some(5.0);
    out
}

fn brs(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    out.has("total", mean(given, &[1, 2, 3, 4, 5, 6], &[2, 4, 6], 6, 5), |score| {
        Some(if score < 3.0 {
            "low"
        } else if score <= 4.30 {
            "normal"
        } else {
            "high"
        })
    });
    out
}

fn pss(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    out.has("total", sum(given, &(1..=10).collect::<Vec<_>>(), &[4, 5, 7, 8], 4), |total| {
        Some(if total <= 13.0 {
            "low"
        } else if total <= 26.0 {
            "moderate"
        } else {
            "high"
        })
    });
    out
}

fn vts(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    out.bare("total", sum(given, &(1..=8).collect::<Vec<_>>(), &[], 0));
    out
}

fn weekly(given: &Numbered) -> Expected {
    let mut out = Expected { straight_line: alike(given), ..Expected::default() };
    out.bare("total", sum(given, &[1, 2, 3, 4, 5], &[3], 4));
    out
}

/// Three answers for each challenge: applies, how often, how much.
fn challenges(given: &Numbered) -> Expected {
    const KEYS: [&str; 6] = [
        "professional_isolation",
        "decision_making_complexity",
        "caseload_pressure",
        "administrative_demands",
        "trauma_exposure",
        "personal_matters",
    ];
    let mut out = Expected { refused: true, ..Expected::default() };
    for (key, three) in KEYS.into_iter().zip(given.chunks(3)) {
        let burden = match three {
            [Some(0), ..] => {
                out.refused = false;
                None
            }
            [_, Some(often), Some(much)] => {
                out.refused = false;
                out.ranking.push((key.to_owned(), often * much, *much));
                Some((often * much) as f64)
            }
            _ => None,
        };
        out.has(key, burden, |burden| {
            Some(match burden as i64 {
                ..=0 => "none",
                1..=4 => "low",
                5..=8 => "moderate",
                9.. => "high",
            })
        });
    }
    out.ranking.sort_by(|(_, burden, impact), (_, other, others)| (other, others).cmp(&(burden, impact)));
    out
}

/// Two answers for each avenue: whether I have it, and how well it holds me; seven professional ones, nine personal.
fn connections(given: &Numbered) -> Expected {
    let mut out = Expected::default();
    let (professional, personal) = given.split_at(14);
    for (count, holding, half) in [
        ("professional_avenues", "professional_holding", professional),
        ("personal_avenues", "personal_holding", personal),
    ] {
        let have: Option<Vec<i64>> = half.iter().step_by(2).copied().collect();
        out.bare(count, have.map(|have| have.iter().sum::<i64>() as f64));
        let held: Vec<i64> = half.chunks(2).filter(|pair| pair[0] != Some(0)).filter_map(|pair| pair[1]).collect();
        let average = held.iter().sum::<i64>() as f64 / held.len() as f64;
        out.bare(holding, (!held.is_empty()).then_some(average));
    }
    out
}

type Rules = fn(&Numbered) -> Expected;

/// Everything that is known of a key: its rules, and the values that its items take.
fn by_hand(key: &str) -> (Rules, Vec<(i64, i64)>) {
    match key {
        "proqol-5" => (proqol, vec![(1, 5); 30]),
        "who-5" => (who, vec![(0, 5); 5]),
        "cbi" => (cbi, vec![(0, 4); 19]),
        "olbi" => (olbi, vec![(1, 4); 16]),
        "pfi" => (pfi, vec![(0, 4); 16]),
        "stss" => (stss, vec![(1, 5); 17]),
        "ucla-3" => (ucla, vec![(1, 3); 3]),
        "mini-z-1" => (mini_z, vec![(1, 5)]),
        "brs" => (brs, vec![(1, 5); 6]),
        "pss-10" => (pss, vec![(0, 4); 10]),
        "vts" => (vts, vec![(1, 7); 8]),
        "weekly-check-in" => (weekly, vec![(0, 4); 5]),
        "challenge-check" => (challenges, [(0, 1), (0, 4), (0, 4)].repeat(6)),
        "connection-check" => (connections, [(0, 1), (0, 4)].repeat(16)),
        other => panic!("{other} has no rules here"),
    }
}

/// Most sets whole, some with gaps, some with one answer throughout.
fn draw(dice: &mut Dice, ranges: &[(i64, i64)]) -> Vec<Option<i64>> {
    let gaps = dice.below(4) == 0;
    let often = 1 + dice.below(8);
    let alike = (dice.below(50) == 0).then(|| dice.below(5) as i64);
    let mut one = |(low, high): &(i64, i64)| {
        let value =
            alike.map_or_else(|| low + dice.below((high - low + 1) as u64) as i64, |value| value.clamp(*low, *high));
        (!gaps || dice.below(often + 1) > 0).then_some(value)
    };
    ranges.iter().map(&mut one).collect()
}

fn near(one: f64, other: f64, decimals: i32) -> bool {
    (one - other).abs() <= 0.500_000_1 * 10_f64.powi(-decimals)
}

fn check(instrument: &Instrument, values: &[Option<i64>], expected: &Expected) {
    let given: Answers = super::answers(instrument, values);
    let told = || format!("{} {values:?}: {expected:?}", instrument.key);
    let refused = match instrument.key.as_str() {
        "challenge-check" => expected.refused,
        // Everything that it could hold is said not to be there: that is an answer, too.
        "connection-check" => {
            let moot = |half: &[Option<i64>]| half.iter().step_by(2).all(|have| *have == Some(0));
            let (professional, personal) = values.split_at(14);
            expected.scores.iter().all(|(_, score, _)| score.is_none()) && !moot(professional) && !moot(personal)
        }
        _ => expected.scores.iter().all(|(_, score, _)| score.is_none()),
    };
    let outcome = match instrument.score(&given) {
        Ok(outcome) => outcome,
        Err(not_enough) => {
            assert!(refused && !not_enough.items.is_empty(), "{}", told());
            assert!(not_enough.items.iter().all(|item| !given.contains_key(item)), "{not_enough:?} {}", told());
            return;
        }
    };
    assert!(!refused, "{}", told());
    assert_eq!(outcome.scales.len(), expected.scores.len(), "{}", told());
    let wanted: BTreeMap<_, _> = expected.t.iter().copied().collect();
    for (scale, (key, score, band)) in outcome.scales.iter().zip(&expected.scores) {
        assert_eq!((scale.scale.as_str(), scale.band.as_deref()), (*key, *band), "{}", told());
        let same = match (scale.score, score) {
            (Some(computed), Some(score)) => near(computed, *score, 4),
            (None, None) => true,
            _ => false,
        };
        assert!(same, "{key} is {:?}, {}", scale.score, told());
        let t = wanted.get(key);
        assert_eq!((scale.t_score.is_some(), scale.norm.is_some()), (t.is_some(), t.is_some()), "{}", told());
        assert!(t.is_none_or(|t| near(scale.t_score.unwrap(), *t, 1)), "{key} has {:?}, {}", scale.t_score, told());
    }
    assert_eq!(outcome.flags.contains(&Flag::StraightLine), expected.straight_line, "{}", told());
    assert_eq!(outcome.support, expected.support, "{}", told());
    let ranking: Vec<_> = outcome.ranking.iter().map(|one| (one.challenge.clone(), one.burden, one.impact)).collect();
    assert_eq!(ranking, expected.ranking, "{}", told());
}

#[test]
fn answers_at_random_score_as_they_do_by_hand() {
    let catalogue = catalogue();
    for instrument in catalogue.all() {
        let (rules, ranges) = by_hand(&instrument.key);
        assert_eq!(instrument.items.len(), ranges.len(), "{}", instrument.key);
        let mut dice = Dice(instrument.key.bytes().map(u64::from).sum());
        for _ in 0..SETS {
            let values = draw(&mut dice, &ranges);
            check(instrument, &values, &rules(&values));
        }
    }
}
