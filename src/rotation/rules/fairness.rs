//! How often each member has led and presented.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::entities::meeting_role::MeetingRole;

/// What a member has done of what there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub facilitated: i64,
    pub presented: i64,
    /// Meetings that were held since the member is there.
    pub held: i64,
}

/// The share of somebody who joined then, by the meetings that were held and the roles that members had at them.
pub fn shares(
    membership_id: Uuid,
    joined_at: DateTime<Utc>,
    held: &[DateTime<Utc>],
    roles: &[(Uuid, MeetingRole)],
) -> Share {
    let count = |wanted| roles.iter().filter(|(id, role)| *id == membership_id && *role == wanted).count();
    let whole = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Share {
        facilitated: whole(count(MeetingRole::Facilitator)),
        presented: whole(count(MeetingRole::Presenter)),
        held: whole(held.iter().filter(|at| **at >= joined_at).count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::rules::samples::{ANA, BEN, DEE, at};

    #[test]
    fn only_what_was_since_they_joined_is_theirs() {
        use MeetingRole::{Facilitator, Presenter};
        let held = [at("2026-02-02"), at("2026-03-01"), at("2026-04-06")];
        let roles = [(ANA, Facilitator), (ANA, Presenter), (ANA, Facilitator), (DEE, Presenter)];
        for (who, joined, expected) in [
            (ANA, "2026-01-05", (2, 1, 3)),
            (BEN, "2026-01-05", (0, 0, 3)),
            (DEE, "2026-03-01", (0, 1, 2)),
            (BEN, "2026-06-01", (0, 0, 0)),
        ] {
            let share = shares(who, at(joined), &held, &roles);
            assert_eq!((share.facilitated, share.presented, share.held), expected, "{who} {joined}");
        }
    }
}
