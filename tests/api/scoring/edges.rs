//! Each band at its edges, and each change at its mark.

use support_network::psychometrics::{AnswerFaultKind, ChangeLabel};

use super::{all, answers, catalogue, scale};

/// So many ones, raised from the front by one each until they add up to `sum`.
fn filled(items: usize, low: i64, high: i64, sum: i64) -> Vec<i64> {
    let mut values = vec![low; items];
    let mut rest = sum - low * items as i64;
    while rest > 0 {
        for value in &mut values {
            if rest > 0 && *value < high {
                *value += 1;
                rest -= 1;
            }
        }
    }
    values
}

#[test]
fn plain_sums_change_bands_where_the_table_says() {
    let catalogue = catalogue();
    for (key, of, items, low, high, sum, band) in [
        ("who-5", "percent", 5, 0, 5, 0, "likely_depression_screen"),
        ("who-5", "percent", 5, 0, 5, 7, "likely_depression_screen"),
        ("who-5", "percent", 5, 0, 5, 8, "low"),
        ("who-5", "percent", 5, 0, 5, 12, "low"),
        ("who-5", "percent", 5, 0, 5, 13, "adequate"),
        ("who-5", "percent", 5, 0, 5, 25, "adequate"),
        ("stss", "total", 17, 1, 5, 17, "little_or_none"),
        ("stss", "total", 17, 1, 5, 27, "little_or_none"),
        ("stss", "total", 17, 1, 5, 28, "mild"),
        ("stss", "total", 17, 1, 5, 37, "mild"),
        ("stss", "total", 17, 1, 5, 38, "moderate"),
        ("stss", "total", 17, 1, 5, 43, "moderate"),
        ("stss", "total", 17, 1, 5, 44, "high"),
        ("stss", "total", 17, 1, 5, 48, "high"),
        ("stss", "total", 17, 1, 5, 49, "severe"),
        ("stss", "total", 17, 1, 5, 85, "severe"),
        ("ucla-3", "total", 3, 1, 3, 3, "not_lonely"),
        ("ucla-3", "total", 3, 1, 3, 5, "not_lonely"),
        ("ucla-3", "total", 3, 1, 3, 6, "lonely"),
        ("ucla-3", "total", 3, 1, 3, 9, "lonely"),
        ("mini-z-1", "level", 1, 1, 5, 2, "no_burnout"),
        ("mini-z-1", "level", 1, 1, 5, 3, "burnout"),
        ("mini-z-1", "level", 1, 1, 5, 5, "burnout"),
    ] {
        let instrument = catalogue.newest(key).unwrap();
        let outcome = instrument.score(&all(instrument, &filled(items, low, high, sum))).unwrap();
        assert_eq!(scale(&outcome, of).band.as_deref(), Some(band), "{key} {sum}");
    }
}

#[test]
fn every_scale_changes_bands_at_its_bounds() {
    let catalogue = catalogue();
    for (key, of, score, band) in [
        ("proqol-5", "burnout", 22.0, "low"),
        ("proqol-5", "burnout", 23.0, "moderate"),
        ("proqol-5", "burnout", 41.0, "moderate"),
        ("proqol-5", "burnout", 42.0, "high"),
        ("proqol-5", "compassion_satisfaction", 22.0, "low"),
        ("proqol-5", "secondary_traumatic_stress", 42.0, "high"),
        ("cbi", "work", 49.9999, "below_50"),
        ("cbi", "work", 50.0, "high_degree"),
        ("olbi", "exhaustion", 17.0, "below"),
        ("olbi", "exhaustion", 18.0, "high"),
        ("olbi", "exhaustion_mean", 2.125, "below"),
        ("olbi", "exhaustion_mean", 2.25, "high"),
        ("olbi", "disengagement", 16.0, "below"),
        ("olbi", "disengagement", 17.0, "high"),
        ("olbi", "disengagement_mean", 2.0, "below"),
        ("olbi", "disengagement_mean", 2.1, "high"),
        ("pfi", "burnout", 1.3, "negative"),
        ("pfi", "burnout", 1.33, "positive"),
        ("pfi", "professional_fulfillment", 2.8333, "not_fulfilled"),
        ("pfi", "professional_fulfillment", 3.0, "fulfilled"),
        ("brs", "total", 2.8333, "low"),
        ("brs", "total", 3.0, "normal"),
        ("brs", "total", 4.3, "normal"),
        ("brs", "total", 4.3333, "high"),
        ("pss-10", "total", 13.0, "low"),
        ("pss-10", "total", 14.0, "moderate"),
        ("pss-10", "total", 26.0, "moderate"),
        ("pss-10", "total", 27.0, "high"),
        ("challenge-check", "trauma_exposure", 0.0, "none"),
        ("challenge-check", "trauma_exposure", 1.0, "low"),
        ("challenge-check", "trauma_exposure", 4.0, "low"),
        ("challenge-check", "trauma_exposure", 6.0, "moderate"),
        ("challenge-check", "trauma_exposure", 8.0, "moderate"),
        ("challenge-check", "trauma_exposure", 9.0, "high"),
        ("challenge-check", "trauma_exposure", 16.0, "high"),
    ] {
        let instrument = catalogue.newest(key).unwrap();
        let found = instrument.scale(of).unwrap().band(score).map(|band| band.key.as_str());
        assert_eq!(found, Some(band), "{key} {of} {score}");
    }
}

#[test]
fn scales_know_their_range_and_their_direction() {
    let catalogue = catalogue();
    for (key, of, minimum, maximum, better) in [
        ("proqol-5", "burnout", 10.0, 50.0, false),
        ("proqol-5", "compassion_satisfaction", 10.0, 50.0, true),
        ("who-5", "percent", 0.0, 100.0, true),
        ("cbi", "client", 0.0, 100.0, false),
        ("olbi", "total", 16.0, 64.0, false),
        ("olbi", "exhaustion_mean", 1.0, 4.0, false),
        ("pfi", "professional_fulfillment", 0.0, 4.0, true),
        ("stss", "total", 17.0, 85.0, false),
        ("brs", "total", 1.0, 5.0, true),
        ("vts", "total", 8.0, 56.0, false),
        ("challenge-check", "personal_matters", 0.0, 16.0, false),
        ("connection-check", "personal_avenues", 0.0, 9.0, true),
        ("weekly-check-in", "total", 0.0, 20.0, true),
    ] {
        let scale = catalogue.newest(key).unwrap().scale(of).unwrap();
        assert_eq!((scale.minimum, scale.maximum, scale.higher_is_better), (minimum, maximum, better), "{key} {of}");
    }
    let provisional = |key: &str, of: &str| catalogue.newest(key).unwrap().scale(of).unwrap().provisional;
    assert!(provisional("pss-10", "total") && !provisional("stss", "total"));
    // Both cuts come from one sample.
    assert!(provisional("olbi", "disengagement_mean") && provisional("olbi", "exhaustion_mean"));
}

#[test]
fn a_change_is_told_from_chance_where_it_can_be() {
    use ChangeLabel::{NoReliableChange, NotInterpretable, ReliableDeterioration, ReliableImprovement};
    let catalogue = catalogue();
    for (key, of, from, to, label) in [
        ("proqol-5", "compassion_satisfaction", 33.0, 40.0, ReliableImprovement),
        ("proqol-5", "compassion_satisfaction", 33.0, 39.0, NoReliableChange),
        ("proqol-5", "compassion_satisfaction", 40.0, 33.0, ReliableDeterioration),
        ("proqol-5", "compassion_satisfaction", 40.0, 34.0, NoReliableChange),
        ("proqol-5", "compassion_satisfaction", 40.0, 40.0, NoReliableChange),
        ("proqol-5", "burnout", 10.0, 50.0, NotInterpretable),
        ("proqol-5", "secondary_traumatic_stress", 10.0, 50.0, NotInterpretable),
        ("who-5", "percent", 40.0, 50.0, ReliableImprovement),
        ("who-5", "percent", 48.0, 56.0, NoReliableChange),
        ("who-5", "percent", 60.0, 48.0, ReliableDeterioration),
        ("who-5", "raw", 0.0, 25.0, NotInterpretable),
        ("cbi", "work", 0.0, 100.0, NotInterpretable),
        ("stss", "total", 17.0, 85.0, NotInterpretable),
        ("pss-10", "total", 0.0, 40.0, NotInterpretable),
        ("ucla-3", "total", 3.0, 9.0, NotInterpretable),
        ("weekly-check-in", "total", 0.0, 20.0, NotInterpretable),
        ("who-5", "no_such_scale", 0.0, 20.0, NotInterpretable),
    ] {
        let change = catalogue.newest(key).unwrap().change(of, from, to);
        assert_eq!((change.label, change.points), (label, to - from), "{key} {of} {from} {to}");
        assert_eq!(change.rci.is_some(), of == "compassion_satisfaction", "{key} {of}");
    }
    let change = catalogue.newest("proqol-5").unwrap().change("compassion_satisfaction", 33.0, 40.0);
    assert_eq!(change.rci, Some(2.1983));
}

#[test]
fn answers_that_cannot_be_taken_are_named() {
    let catalogue = catalogue();
    let instrument = catalogue.newest("who-5").unwrap();
    let list = [("1", Some(5)), ("6", Some(1)), ("2", Some(6)), ("1", Some(4)), ("3", None), ("3", Some(0))];
    let list = list.map(|(item, value)| (item.to_owned(), value));
    let faults: Vec<_> =
        instrument.faults(&list).into_iter().map(|fault| (fault.index, fault.kind, fault.allowed.len())).collect();
    let expected = [
        (1, AnswerFaultKind::UnknownItem, 0),
        (2, AnswerFaultKind::OutsideOptions, 6),
        (3, AnswerFaultKind::Duplicate, 6),
        (5, AnswerFaultKind::Duplicate, 6),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn too_few_answers_name_what_is_missing() {
    let catalogue = catalogue();
    let missing = |key: &str, values: &[Option<i64>]| {
        let instrument = catalogue.newest(key).unwrap();
        instrument.score(&answers(instrument, values)).map_err(|not_enough| not_enough.items)
    };
    assert_eq!(missing("who-5", &[Some(1), None, Some(1), None, Some(1)]), Err(vec!["2".to_owned(), "4".to_owned()]));
    assert_eq!(missing("mini-z-1", &[None]), Err(vec!["1".to_owned()]));
    // Frequency without impact.
    let mut values = vec![None; 18];
    values[1] = Some(2);
    let items = missing("challenge-check", &values).unwrap_err();
    assert!(items.contains(&"professional_isolation.impact".to_owned()), "{items:?}");
    assert!(!items.contains(&"professional_isolation.applies".to_owned()), "{items:?}");
    assert!(items.contains(&"trauma_exposure.applies".to_owned()) && items.len() == 16, "{items:?}");
    // One that does not apply is an answer.
    values[0] = Some(0);
    let outcome = missing("challenge-check", &values).unwrap();
    assert!(outcome.ranking.is_empty() && outcome.scales.iter().all(|scale| scale.score.is_none()));
    // Whether it applies alone is none.
    values[0] = Some(1);
    values[1] = None;
    let items = missing("challenge-check", &values).unwrap_err();
    assert!(items.contains(&"professional_isolation.frequency".to_owned()) && items.len() == 17, "{items:?}");
}
