//! What the caller is to a group, and what follows from that.

use uuid::Uuid;

use crate::entities::{
    consultation_group::{GroupVisibility, StoredGroupStatus},
    membership::{MembershipRole, MembershipStatus},
};

/// The caller's open seat, or what they have asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub role: MembershipRole,
    /// At this moment, never ended.
    pub status: MembershipStatus,
    /// A version of the agreement has not been signed in time.
    pub overdue: bool,
}

/// What the caller is to a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub account_id: Option<Uuid>,
    pub moderates: bool,
    pub administers: bool,
    pub seat: Option<Seat>,
    /// An invitation waits at the caller's confirmed address.
    pub invited: bool,
    /// Owner or steward of the organization that the group belongs to.
    pub runs_organization: bool,
    /// The group is before the moderators: a report of somebody else on it is undecided, or it has no owner.
    pub before_moderators: bool,
    /// The caller had a seat when the group was dissolved.
    pub was_there: bool,
}

impl Standing {
    fn seat_is(&self, statuses: &[MembershipStatus]) -> bool {
        self.seat.is_some_and(|seat| statuses.contains(&seat.status))
    }

    /// Has asked, waits for a seat, or has one and has not signed.
    pub fn is_candidate(&self) -> bool {
        use MembershipStatus::{AwaitingSignature, Requested, Waitlisted};
        self.seat_is(&[Requested, Waitlisted, AwaitingSignature])
    }

    /// Suspended, or the agreement is not signed in time: may read and sign the agreement, export, and leave.
    pub fn is_restricted(&self) -> bool {
        let overdue = self.seat.is_some_and(|seat| seat.overdue && seat.status.holds_place());
        overdue || self.seat_is(&[MembershipStatus::Suspended])
    }

    /// A member in good standing, present or on leave.
    pub fn is_member(&self) -> bool {
        self.seat_is(&[MembershipStatus::Active, MembershipStatus::OnLeave]) && !self.is_restricted()
    }

    /// A member in good standing who is not on leave.
    pub fn is_active_member(&self) -> bool {
        self.seat_is(&[MembershipStatus::Active]) && !self.is_restricted()
    }

    fn acts_as(&self, roles: &[MembershipRole]) -> bool {
        self.is_active_member() && self.seat.is_some_and(|seat| roles.contains(&seat.role))
    }

    /// Changes the group, its roles and its agreement.
    pub fn owns(&self) -> bool {
        self.acts_as(&[MembershipRole::Owner])
    }

    /// Leads meetings: facilitators and owners.
    pub fn facilitates(&self) -> bool {
        self.acts_as(&[MembershipRole::Facilitator, MembershipRole::Owner])
    }

    /// Decides who gets a seat: facilitators, owners, and those who run the organization that the group belongs to.
    pub fn admits(&self) -> bool {
        self.facilitates() || self.runs_organization
    }

    /// A moderator whom the group is before.
    pub fn looks_into(&self) -> bool {
        self.moderates && self.before_moderators
    }

    /// Who sits in the group is known to its members, and to moderators when they look into it.
    pub fn sees_roster(&self) -> bool {
        self.is_member() || self.looks_into()
    }
}

/// Whether somebody with this standing may know of the group.
pub fn is_visible(status: StoredGroupStatus, visibility: GroupVisibility, standing: &Standing) -> bool {
    let belongs = standing.seat.is_some() || standing.looks_into();
    match status {
        StoredGroupStatus::Draft => standing.seat.is_some(),
        StoredGroupStatus::Dissolved => standing.was_there || standing.looks_into(),
        _ => match visibility {
            GroupVisibility::Public => true,
            GroupVisibility::Members => standing.account_id.is_some(),
            GroupVisibility::Hidden => belongs || standing.invited,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MembershipRole::{Facilitator, Member, Owner};
    use MembershipStatus::{Active, AwaitingSignature, OnLeave, Requested, Suspended, Waitlisted};

    fn signed_in() -> Standing {
        Standing { account_id: Some(Uuid::from_u128(1)), ..Standing::default() }
    }

    fn seated(role: MembershipRole, status: MembershipStatus, overdue: bool) -> Standing {
        Standing { seat: Some(Seat { role, status, overdue }), ..signed_in() }
    }

    #[test]
    fn who_may_do_what() {
        let moderator = Standing { moderates: true, ..signed_in() };
        // who, candidate, restricted, member, owns, facilitates, admits, sees the roster
        for (name, standing, expected) in [
            ("anonymous", Standing::default(), "......."),
            ("signed in", signed_in(), "......."),
            ("invited", Standing { invited: true, ..signed_in() }, "......."),
            ("applicant", seated(Member, Requested, false), "c......"),
            ("on the waitlist", seated(Member, Waitlisted, false), "c......"),
            ("about to sign", seated(Member, AwaitingSignature, false), "c......"),
            ("owner about to sign", seated(Owner, AwaitingSignature, false), "c......"),
            ("member", seated(Member, Active, false), "..m...s"),
            ("member on leave", seated(Member, OnLeave, false), "..m...s"),
            ("member who has not signed", seated(Member, Active, true), ".r....."),
            ("suspended member", seated(Member, Suspended, false), ".r....."),
            ("facilitator", seated(Facilitator, Active, false), "..m.fas"),
            ("facilitator on leave", seated(Facilitator, OnLeave, false), "..m...s"),
            ("suspended facilitator", seated(Facilitator, Suspended, false), ".r....."),
            ("owner", seated(Owner, Active, false), "..mofas"),
            ("owner who has not signed", seated(Owner, Active, true), ".r....."),
            ("steward of its organization", Standing { runs_organization: true, ..signed_in() }, ".....a."),
            ("moderator", moderator, "......."),
            ("moderator on report", Standing { before_moderators: true, ..moderator }, "......s"),
            ("admin", Standing { administers: true, ..moderator }, "......."),
            (
                "somebody, while it is before the moderators",
                Standing { before_moderators: true, ..signed_in() },
                ".......",
            ),
        ] {
            let flags = [
                ('c', standing.is_candidate()),
                ('r', standing.is_restricted()),
                ('m', standing.is_member()),
                ('o', standing.owns()),
                ('f', standing.facilitates()),
                ('a', standing.admits()),
                ('s', standing.sees_roster()),
            ];
            let shown: String = flags.iter().map(|(flag, set)| if *set { *flag } else { '.' }).collect();
            assert_eq!(shown, expected, "{name}");
        }
    }

    #[test]
    fn who_may_know_of_it() {
        use GroupVisibility::{Hidden, Members, Public};
        use StoredGroupStatus::{Active, Archived, Dissolved, Draft, Forming, Paused};
        let moderator = Standing { moderates: true, ..signed_in() };
        let callers = [
            Standing::default(),
            signed_in(),
            Standing { invited: true, ..signed_in() },
            seated(Member, Requested, false),
            seated(Member, MembershipStatus::Active, true),
            moderator,
            Standing { before_moderators: true, ..moderator },
            Standing { was_there: true, ..signed_in() },
        ];
        for status in [Forming, Active, Paused, Archived] {
            for (visibility, expected) in [(Public, "11111111"), (Members, "01111111"), (Hidden, "00111010")] {
                let seen: String =
                    callers.iter().map(|one| if is_visible(status, visibility, one) { '1' } else { '0' }).collect();
                assert_eq!(seen, expected, "{status:?} {visibility:?}");
            }
        }
        for visibility in [Public, Members, Hidden] {
            for (status, expected) in [(Draft, "00011000"), (Dissolved, "00000011")] {
                let seen: String =
                    callers.iter().map(|one| if is_visible(status, visibility, one) { '1' } else { '0' }).collect();
                assert_eq!(seen, expected, "{status:?} {visibility:?}");
            }
        }
    }
}
