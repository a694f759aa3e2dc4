//! Which way an action goes.

use crate::entities::support_action::SupportActionStatus;

/// Whether an action goes from one status to another. Staying is always allowed.
pub fn allows(from: SupportActionStatus, to: SupportActionStatus) -> bool {
    use SupportActionStatus::{Active, Done, Dropped, Planned};
    match (from, to) {
        // What was never begun is not done: its log says when it was.
        (Planned, Done) => false,
        // What is done is not given up, and what was given up is begun again before it is done.
        (Done, Dropped) | (Dropped, Done) => false,
        (Planned | Active | Done | Dropped, Planned | Active | Done | Dropped) => true,
    }
}

/// Whether an action is still to be done. Of one that is not, only the status can change, and its log not at all.
pub fn is_open(status: SupportActionStatus) -> bool {
    matches!(status, SupportActionStatus::Planned | SupportActionStatus::Active)
}

/// What problems call it.
pub fn name(status: SupportActionStatus) -> &'static str {
    match status {
        SupportActionStatus::Planned => "planned",
        SupportActionStatus::Active => "active",
        SupportActionStatus::Done => "done",
        SupportActionStatus::Dropped => "dropped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_an_action_can_go() {
        use SupportActionStatus::{Active, Done, Dropped, Planned};
        let all = [Planned, Active, Done, Dropped];
        for (from, ways) in [
            (Planned, [true, true, false, true]),
            (Active, [true, true, true, true]),
            (Done, [true, true, true, false]),
            (Dropped, [true, true, false, true]),
        ] {
            assert_eq!(all.map(|to| allows(from, to)), ways, "{}", name(from));
        }
        assert_eq!(all.map(is_open), [true, true, false, false]);
    }
}
