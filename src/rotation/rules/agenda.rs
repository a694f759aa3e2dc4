//! How the time of a meeting is spent.

use crate::consultation_formats::rules::{Format, Speaks};

/// A phase without minutes of its own takes so many at most.
const LONGEST_OPEN: i64 = 10;
/// The longest check-in; the closing takes what is left.
const LONGEST_CHECK_IN: i64 = 10;
/// With less to spare there is a closing only.
const ENOUGH_FOR_BOTH: i64 = 4;

/// What an agenda is made from.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub format: Option<&'static Format>,
    pub duration_minutes: i64,
    /// How many can present.
    pub slots: usize,
    /// How many are expected, for a format in which everybody has a turn.
    pub expected: usize,
}

/// A part of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub key: &'static str,
    pub label: &'static str,
    pub speaks: Speaks,
    pub rule: &'static str,
    /// Minutes from the start of the meeting.
    pub from: i64,
    pub minutes: i64,
    /// Which presenter, or whose turn, from 1.
    pub run: Option<usize>,
}

impl Step {
    fn new(key: &'static str, label: &'static str, speaks: Speaks, rule: &'static str, minutes: i64) -> Self {
        Self { key, label, speaks, rule, from: 0, minutes, run: None }
    }
}

/// The parts of a meeting, which fill it: a run of the format for each who presents, or a turn for each who is
/// expected, and before and after them a check-in and a closing where time remains. Where not even one run fits, its
/// phases are shortened in proportion; turns are equal, and shorter where there are many.
pub fn agenda(shape: &Shape) -> Vec<Step> {
    let duration = shape.duration_minutes.max(1);
    let runs = runs(shape, duration);
    let spent: i64 = runs.iter().map(|step| step.minutes).sum();
    let spare = (duration - spent).max(0);
    let check_in = if spare >= ENOUGH_FOR_BOTH { LONGEST_CHECK_IN.min(spare / 2) } else { 0 };
    let opening =
        Step::new("check_in", "Check-in", Speaks::Everyone, "Everybody says in a few words how they come.", check_in);
    let rule = "Everybody says what they take along. Say who leads and who presents next time.";
    let closing = Step::new("closing", "Closing", Speaks::Everyone, rule, spare - check_in);
    let mut from = 0;
    let all = std::iter::once(opening).chain(runs).chain([closing]).filter(|step| step.minutes > 0);
    all.map(|step| {
        let placed = Step { from, ..step };
        from += step.minutes;
        placed
    })
    .collect()
}

fn runs(shape: &Shape, duration: i64) -> Vec<Step> {
    let Some(format) = shape.format else {
        let rule = "Whoever presents says what they want from the group, and has the last word.";
        let minutes = duration - 2 * LONGEST_CHECK_IN.min(duration / 6);
        return vec![Step::new("consultation", "Consultation", Speaks::Everyone, rule, minutes)];
    };
    let whole = |count: usize| i64::try_from(count).unwrap_or(duration);
    let count = if format.per_person { whole(shape.expected) } else { whole(shape.slots) };
    let count = count.clamp(1, duration);
    // So many minutes are there for each run, and as many it would take.
    let (there, wanted) = (duration / count, format.minutes().max(1));
    let fitting = |minutes: i64| if wanted <= there { minutes } else { (minutes * there / wanted).max(1) };
    let phases: i64 = format.phases.iter().filter_map(|phase| phase.minutes).map(fitting).sum();
    let open = LONGEST_OPEN.min(there - phases).max(0);
    let run = |number: usize| {
        format.phases.iter().map(move |phase| Step {
            run: Some(number),
            ..Step::new(&phase.key, &phase.label, phase.speaks, &phase.rule, phase.minutes.map_or(open, fitting))
        })
    };
    (1..=usize::try_from(count).unwrap_or(1)).flat_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultation_formats::rules::{all, find, presenter_slots};

    fn of(key: Option<&str>, duration_minutes: i64, expected: usize) -> Vec<Step> {
        let format = key.and_then(find);
        let slots = presenter_slots(format, duration_minutes);
        agenda(&Shape { format, duration_minutes, slots, expected })
    }

    fn shown(steps: &[Step]) -> String {
        let one = |step: &Step| {
            let run = step.run.map(|run| format!("#{run}")).unwrap_or_default();
            format!("{}{run} {}", step.key, step.minutes)
        };
        steps.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_presenter_has_a_run_and_the_rest_is_shared() {
        for (key, duration, expected, agenda) in [
            (
                Some("balint"),
                90,
                0,
                "check_in 5, telling#1 20, imagining#1 15, coming_back#1 5, telling#2 20, imagining#2 15, \
                 coming_back#2 5, closing 5",
            ),
            (Some("balint"), 43, 0, "telling#1 20, imagining#1 15, coming_back#1 5, closing 3"),
            (Some("balint"), 40, 0, "telling#1 20, imagining#1 15, coming_back#1 5"),
            (Some("balint"), 20, 0, "telling#1 10, imagining#1 7, coming_back#1 2, closing 1"),
            (
                Some("ethics_stepwise"),
                90,
                0,
                "check_in 10, facts#1 10, standards#1 5, options#1 10, pros_and_cons#1 15, decision#1 10, record#1 10, \
                 closing 20",
            ),
            (
                Some("ethics_stepwise"),
                50,
                0,
                "facts#1 10, standards#1 5, options#1 10, pros_and_cons#1 15, decision#1 10",
            ),
            (Some("round"), 60, 3, "check_in 7, turn#1 15, turn#2 15, turn#3 15, closing 8"),
            (Some("round"), 60, 4, "turn#1 15, turn#2 15, turn#3 15, turn#4 15"),
            (Some("round"), 32, 5, "turn#1 6, turn#2 6, turn#3 6, turn#4 6, turn#5 6, closing 2"),
            (Some("round"), 30, 0, "check_in 7, turn#1 15, closing 8"),
            (None, 90, 0, "check_in 10, consultation 70, closing 10"),
            (None, 15, 0, "check_in 2, consultation 11, closing 2"),
        ] {
            assert_eq!(shown(&of(key, duration, expected)), agenda, "{key:?} {duration} {expected}");
        }
    }

    #[test]
    fn an_agenda_fills_the_meeting_without_a_gap() {
        for key in all().iter().map(|format| Some(format.key.as_str())).chain([None]) {
            for duration in 15..=480 {
                for expected in [0, 1, 4, 8, 30] {
                    let steps = of(key, duration, expected);
                    let end = steps.iter().fold(0, |at, step| {
                        assert_eq!(step.from, at, "{key:?} {duration} {expected}");
                        assert!(step.minutes > 0);
                        at + step.minutes
                    });
                    assert_eq!(end, duration, "{key:?} {duration} {expected}");
                }
            }
        }
    }
}
