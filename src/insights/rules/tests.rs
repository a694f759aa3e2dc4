use super::*;
use crate::psychometrics::{Catalogue, ScaleScore};

fn proqol() -> std::sync::Arc<Instrument> {
    Catalogue::load(None).unwrap().newest("proqol-5").unwrap().clone()
}

fn account(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}

/// One who scored so much on burnout, and nothing else.
fn burnt(score: i64) -> Outcome {
    let burnout =
        ScaleScore { scale: "burnout".into(), score: Some(score as f64), band: None, t_score: None, norm: None };
    Outcome { scales: vec![burnout], flags: vec![], ranking: vec![], support: false }
}

fn quarter(scores: &[i64]) -> Frozen {
    let outcomes: Vec<_> = scores.iter().enumerate().map(|(number, score)| (account(number), burnt(*score))).collect();
    freeze(&proqol(), &outcomes, None)
}

fn tell(frozen: &Frozen, viewer: usize) -> Option<Told> {
    told(frozen, &proqol(), &frozen.respondents, account(viewer))
}

const OUTSIDE: usize = 1_000;

#[test]
fn quarters_are_those_of_the_calendar() {
    for (at, quarter, over) in [
        ("2026-01-01T00:00:00Z", "2026-Q1", true),
        ("2026-03-31T23:59:59Z", "2026-Q1", true),
        ("2026-09-30T23:59:59Z", "2026-Q3", true),
        ("2026-10-01T00:00:00Z", "2026-Q4", false),
        ("2026-12-31T23:59:59Z", "2026-Q4", false),
    ] {
        let found = Quarter::of(at.parse().unwrap());
        assert_eq!((found.to_string().as_str(), Quarter::parse(quarter)), (quarter, Some(found)));
        assert_eq!(found.is_closed("2026-11-24T00:00:00Z".parse().unwrap()), over, "{quarter}");
    }
    for (quarters, expected) in [
        (0, "2026-Q2"),
        (1, "2026-Q1"),
        (2, "2025-Q4"),
        (4, "2025-Q2"),
        (5, "2025-Q1"),
        (7, "2024-Q3"),
        (12, "2023-Q2"),
    ] {
        assert_eq!(Quarter::parse("2026-Q2").unwrap().back(quarters).to_string(), expected, "{quarters} before");
    }
    for text in ["2026-Q5", "2026-Q0", "2026Q1", "26-Q1", "2026-Q01", "x-Q1", ""] {
        assert_eq!(Quarter::parse(text), None, "{text}");
    }
}

#[test]
fn whoever_looks_sees_five_others_or_nothing() {
    let five = quarter(&[25, 31, 22, 28, 40]);
    assert_eq!(tell(&five, 0), None);
    let burnout = |told: Option<Told>| told.map(|told| (told.crowd, told.scales[0].mean));
    assert_eq!(burnout(tell(&five, OUTSIDE)), Some((Crowd::FiveToEight, 30.0)));
    let six = quarter(&[25, 31, 22, 28, 40, 19]);
    assert_eq!(burnout(tell(&six, 0)), Some((Crowd::FiveToEight, 28.0)));
    assert_eq!(tell(&quarter(&[25, 31, 22, 28]), OUTSIDE), None);
    for (count, crowd) in
        [(8, Crowd::FiveToEight), (9, Crowd::NineToTwelve), (12, Crowd::NineToTwelve), (13, Crowd::ThirteenOrMore)]
    {
        assert_eq!(tell(&quarter(&vec![25; count]), OUTSIDE).unwrap().crowd, crowd, "{count}");
    }
}

#[test]
fn an_erasure_that_leaves_fewer_than_five_takes_it_back() {
    let six = quarter(&[25, 31, 22, 28, 40, 19]);
    let after = |gone: usize, viewer: usize| {
        let remaining = six.respondents.iter().skip(gone).copied().collect();
        told(&six, &proqol(), &remaining, account(viewer)).map(|told| told.scales.first().map(|scale| scale.mean))
    };
    assert_eq!(after(0, OUTSIDE), Some(Some(28.0)));
    // It stays as it was computed.
    assert_eq!(after(1, OUTSIDE), Some(Some(28.0)));
    assert_eq!(after(1, 5), None);
    assert_eq!(after(2, OUTSIDE), None);
}

#[test]
fn who_contributed_after_it_was_computed_makes_up_for_nobody() {
    let five = quarter(&[25, 31, 22, 28, 40]);
    let remaining = (1..6).map(account).collect();
    assert_eq!(told(&five, &proqol(), &remaining, account(OUTSIDE)), None);
}

#[test]
fn that_fewer_than_five_contributed_is_known_to_themselves_alone() {
    for (count, remaining, viewer, may) in [
        (2, 0..2, 0, true),
        (2, 0..2, OUTSIDE, false),
        // Who withdrew is not one of them any more.
        (2, 1..2, 0, false),
        (5, 0..5, OUTSIDE, true),
        (5, 0..1, OUTSIDE, true),
    ] {
        let frozen = quarter(&vec![25; count]);
        let left = remaining.clone().map(account).collect();
        assert_eq!(may_know(&frozen, &left, account(viewer)), may, "{count}, {remaining:?} left, {viewer}");
    }
}

#[test]
fn a_quarter_that_differs_by_one_to_four_people_is_not_told() {
    let outcomes = |range: std::ops::Range<usize>| range.map(|number| (account(number), burnt(25))).collect::<Vec<_>>();
    let before: BTreeSet<Uuid> = (0..10).map(account).collect();
    for (range, is_told) in [
        (0..10, true),
        (0..9, false),
        (0..6, false),
        (0..5, true),
        (1..11, false),
        (2..12, false),
        (3..13, true),
        (0..14, false),
        (0..15, true),
    ] {
        let frozen = freeze(&proqol(), &outcomes(range.clone()), Some(&before));
        assert_eq!(tell(&frozen, OUTSIDE).is_some(), is_told, "{range:?}");
    }
}

#[test]
fn bands_stand_together_until_each_holds_five() {
    let bands =
        |counts: [usize; 3]| ["low", "moderate", "high"].into_iter().map(String::from).zip(counts).collect::<Vec<_>>();
    for (counts, fewest, expected) in [
        ([5, 6, 7], 5, "low 5, moderate 6, high 7"),
        ([4, 6, 7], 5, "low+moderate 10, high 7"),
        ([5, 6, 4], 5, "low 5, moderate+high 10"),
        ([5, 4, 4], 5, "low 5, moderate+high 8"),
        ([5, 0, 4], 5, "low+moderate+high 9"),
        ([5, 0, 5], 5, "low 5, high 5"),
        ([0, 5, 0], 5, "moderate 5"),
        ([0, 3, 2], 5, "moderate+high 5"),
        ([1, 0, 5], 5, "low+moderate+high 6"),
        ([5, 0, 1], 5, "low+moderate+high 6"),
        ([2, 1, 1], 5, ""),
        ([0, 0, 4], 5, ""),
        ([5, 6, 7], 6, "low+moderate 11, high 7"),
        ([6, 6, 5], 6, "low 6, moderate+high 11"),
    ] {
        let merged = merged(&bands(counts), fewest);
        let words: Vec<_> = merged.iter().map(|(names, count)| format!("{} {count}", names.join("+"))).collect();
        assert_eq!(words.join(", "), expected, "{counts:?}");
        assert!(merged.iter().all(|(_, count)| *count >= fewest));
    }
}

#[test]
fn a_scale_on_which_too_few_were_scored_is_left_out() {
    let mut outcomes: Vec<_> = (0..6).map(|number| (account(number), burnt(25))).collect();
    outcomes[0].1.scales[0].score = None;
    outcomes[1].1.scales[0].score = None;
    let frozen = freeze(&proqol(), &outcomes, None);
    let told = tell(&frozen, OUTSIDE).unwrap();
    assert_eq!((told.crowd, told.scales), (Crowd::FiveToEight, vec![]));
}
