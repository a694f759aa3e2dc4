//! Who follows an owner whose account goes.

use chrono::{DateTime, Utc};

use crate::entities::membership::{self, MembershipKind, MembershipRole, MembershipStatus};

/// Who becomes owner when the account of an owner goes: nobody while another owner remains, else whoever has been active
/// for longest, by `joined_at` and id, as a steward of an organization or a facilitator of a group; of a group, where it
/// has no facilitator, as a member. `remaining` are the other memberships there that have not ended, of accounts that are
/// not suspended.
pub fn successor(remaining: &[membership::Model], now: DateTime<Utc>) -> Option<&membership::Model> {
    let owns = |one: &membership::Model| one.role == MembershipRole::Owner && one.status.holds_place();
    if remaining.iter().any(owns) {
        return None;
    }
    let may_follow = |one: &&membership::Model| one.status_at(now) == MembershipStatus::Active && !one.is_overdue(now);
    let longest = |fits: fn(&membership::Model) -> bool| {
        let heirs = remaining.iter().filter(may_follow).filter(|one| fits(one));
        heirs.min_by_key(|one| (one.joined_at.unwrap_or(one.requested_at), one.id))
    };
    let runs = |one: &membership::Model| matches!(one.role, MembershipRole::Steward | MembershipRole::Facilitator);
    longest(runs).or_else(|| longest(|one| one.kind == MembershipKind::ConsultationGroup))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entities::membership::samples;

    // Role, status, joined on this day of the month, last day of leave or suspension.
    type Row = (MembershipRole, MembershipStatus, i64, Option<&'static str>);

    fn follows(kind: MembershipKind, rows: &[Row]) -> Option<usize> {
        let remaining: Vec<_> = rows.iter().enumerate().map(|(at, row)| membership(kind, at, *row)).collect();
        let found = successor(&remaining, "2026-11-23T12:00:00Z".parse().unwrap())?.id;
        remaining.iter().position(|one| one.id == found)
    }

    #[test]
    fn the_longest_serving_active_steward_succeeds_the_last_owner() {
        use MembershipRole::{Member, Owner, Steward};
        use MembershipStatus::{Active, OnLeave, Requested, Suspended};
        let cases: [(&[Row], Option<usize>); 10] = [
            (&[], None),
            (&[(Member, Active, 1, None)], None),
            (&[(Steward, Active, 3, None), (Steward, Active, 2, None), (Steward, Active, 4, None)], Some(1)),
            (&[(Steward, Active, 2, None), (Steward, Active, 2, None)], Some(0)),
            (&[(Owner, Active, 5, None), (Steward, Active, 1, None)], None),
            (&[(Owner, OnLeave, 5, Some("2026-12-01")), (Steward, Active, 1, None)], None),
            (&[(Owner, Suspended, 5, Some("2026-12-01")), (Steward, Active, 1, None)], None),
            (&[(Steward, OnLeave, 1, Some("2026-11-23")), (Steward, Active, 2, None)], Some(1)),
            (&[(Steward, OnLeave, 1, Some("2026-11-22")), (Steward, Active, 2, None)], Some(0)),
            (&[(Steward, Requested, 1, None), (Steward, Suspended, 1, Some("2026-11-24"))], None),
        ];
        for (number, (rows, expected)) in cases.into_iter().enumerate() {
            assert_eq!(follows(MembershipKind::Organization, rows), expected, "case {number}");
        }
    }

    #[test]
    fn in_a_group_a_facilitator_follows_or_else_a_member() {
        use MembershipRole::{Facilitator, Member, Owner};
        use MembershipStatus::{Active, AwaitingSignature, OnLeave, Requested, Waitlisted};
        let cases: [(&[Row], Option<usize>); 7] = [
            (&[(Member, Active, 1, None), (Facilitator, Active, 2, None)], Some(1)),
            (&[(Facilitator, Active, 3, None), (Facilitator, Active, 2, None)], Some(1)),
            (&[(Member, Active, 2, None), (Member, Active, 1, None)], Some(1)),
            (&[(Facilitator, OnLeave, 1, Some("2026-12-01")), (Member, Active, 2, None)], Some(1)),
            (&[(Member, Requested, 1, None), (Member, Waitlisted, 1, None)], None),
            (&[(Member, AwaitingSignature, 1, None)], None),
            (&[(Owner, Active, 9, None), (Facilitator, Active, 1, None)], None),
        ];
        for (number, (rows, expected)) in cases.into_iter().enumerate() {
            assert_eq!(follows(MembershipKind::ConsultationGroup, rows), expected, "case {number}");
        }
        let unsigned = samples::seat();
        let due = Some("2026-11-23T12:00:00Z".parse().unwrap());
        let unsigned = [membership::Model { signature_due_at: due, ..unsigned }];
        assert_eq!(successor(&unsigned, "2026-11-23T12:00:00Z".parse().unwrap()), None, "who has not signed in time");
    }

    fn membership(kind: MembershipKind, id: usize, (role, status, day, until): Row) -> membership::Model {
        let joined = DateTime::from_timestamp(1_700_000_000 + day * 86_400, 0).unwrap();
        let until = until.map(|until| until.parse().unwrap());
        membership::Model {
            id: Uuid::from_u128(id as u128),
            kind,
            role,
            status,
            requested_at: joined,
            joined_at: Some(joined),
            leave_until: until.filter(|_| status == MembershipStatus::OnLeave),
            suspended_until: until.filter(|_| status == MembershipStatus::Suspended),
            ..samples::membership()
        }
    }
}
