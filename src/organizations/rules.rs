//! Who may do what to an organization, and what may become of it.

use uuid::Uuid;

use crate::entities::{
    membership::{MembershipRole, MembershipStatus},
    organization::{OrganizationKind, OrganizationStatus, Visibility},
};

/// A chapter of a chapter … at most this many levels, the topmost included.
pub const DEEPEST: usize = 5;

/// What the caller is to an organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub account_id: Option<Uuid>,
    pub moderates: bool,
    pub administers: bool,
    /// Of the caller's active membership.
    pub role: Option<MembershipRole>,
    pub is_proposer: bool,
}

impl Standing {
    /// Owners and stewards of it, moderators, administrators.
    pub fn runs_roster(&self) -> bool {
        self.moderates || self.administers || matches!(self.role, Some(MembershipRole::Steward | MembershipRole::Owner))
    }

    /// Owners of it.
    pub fn owns(&self) -> bool {
        self.role == Some(MembershipRole::Owner)
    }

    /// Moderators and administrators decide what is published.
    pub fn curates(&self) -> bool {
        self.moderates || self.administers
    }

    /// Who runs it, and its proposer while it is a proposal.
    pub fn may_edit(&self, status: OrganizationStatus) -> bool {
        self.runs_roster() || self.is_proposer && status == OrganizationStatus::Proposed
    }

    /// A proposal can be withdrawn by its proposer and dropped by a moderator.
    pub fn may_delete(&self) -> bool {
        self.is_proposer || self.curates()
    }
}

/// Whether somebody with this standing may know of it.
pub fn is_visible(status: OrganizationStatus, visibility: Visibility, standing: &Standing) -> bool {
    match status {
        OrganizationStatus::Proposed => standing.is_proposer || standing.curates(),
        OrganizationStatus::Published | OrganizationStatus::Archived => {
            visibility == Visibility::Public || standing.account_id.is_some()
        }
    }
}

/// A government agency has no members, and a directory has listings, not members.
pub fn kind_takes_members(kind: OrganizationKind) -> bool {
    !matches!(kind, OrganizationKind::GovernmentAgency | OrganizationKind::Directory)
}

/// Whether anybody can become a member now.
pub fn is_joinable(status: OrganizationStatus, kind: OrganizationKind, accepts_memberships: bool) -> bool {
    status == OrganizationStatus::Published && kind_takes_members(kind) && accepts_memberships
}

/// A change of status that a moderator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Publish,
    Archive,
    Merge,
}

/// The state does not allow the change; it is the one named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// The status after `change`. What was merged stays merged.
pub fn after(change: Change, status: OrganizationStatus, merged: bool) -> Result<OrganizationStatus, Refusal> {
    use OrganizationStatus::{Archived, Proposed, Published};
    match (change, status) {
        _ if merged => Err(Refusal("merged")),
        (Change::Publish, Proposed | Archived) => Ok(Published),
        (Change::Archive, Published) => Ok(Archived),
        (Change::Merge, Proposed | Published | Archived) => Ok(Archived),
        (Change::Publish, Published) => Err(Refusal("published")),
        (Change::Archive, Proposed) => Err(Refusal("proposed")),
        (Change::Archive, Archived) => Err(Refusal("archived")),
    }
}

/// Why an organization cannot become a chapter of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    Cycle,
    TooDeep,
}

/// Whether `id`, with `levels_below` levels of chapters under it, fits under a parent whose line upwards, itself first,
/// is `ancestors`.
pub fn may_stand_under(id: Uuid, levels_below: usize, ancestors: &[Uuid]) -> Result<(), Misplaced> {
    if ancestors.contains(&id) {
        return Err(Misplaced::Cycle);
    }
    match ancestors.len() + 1 + levels_below <= DEEPEST {
        true => Ok(()),
        false => Err(Misplaced::TooDeep),
    }
}

/// Whether the chapters of `id`, of which there are so many levels, fit under another organization whose line upwards,
/// itself first, is `ancestors`.
pub fn may_take_chapters(id: Uuid, levels_below: usize, ancestors: &[Uuid]) -> Result<(), Misplaced> {
    match levels_below.checked_sub(1) {
        Some(below_a_chapter) => may_stand_under(id, below_a_chapter, ancestors),
        None => Ok(()),
    }
}

/// Which of somebody's two memberships goes on when one organization takes the place of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survivor {
    /// The one that moves.
    Moving,
    /// The one there, in this role.
    There(MembershipRole),
}

/// The one there goes on, unless it is only asked for and the other holds a place. Nobody loses a role that they had.
pub fn survivor(
    (moving, role): (MembershipStatus, MembershipRole),
    (there, role_there): (MembershipStatus, MembershipRole),
) -> Survivor {
    match (moving.holds_place(), there.holds_place()) {
        (true, false) => Survivor::Moving,
        (true, true) => Survivor::There(role.max(role_there)),
        (false, _) => Survivor::There(role_there),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_memberships_the_one_that_holds_a_place_goes_on_and_the_higher_role_stays() {
        use MembershipRole::{Member, Owner, Steward};
        use MembershipStatus::{Active, OnLeave, Requested, Suspended};
        for (moving, there, expected) in [
            ((Active, Member), (Requested, Member), Survivor::Moving),
            ((Suspended, Owner), (Requested, Member), Survivor::Moving),
            ((Active, Member), (Active, Member), Survivor::There(Member)),
            ((Active, Owner), (Active, Member), Survivor::There(Owner)),
            ((OnLeave, Member), (Active, Steward), Survivor::There(Steward)),
            ((Active, Steward), (Suspended, Owner), Survivor::There(Owner)),
            ((Requested, Member), (Active, Steward), Survivor::There(Steward)),
            ((Requested, Member), (Requested, Member), Survivor::There(Member)),
        ] {
            assert_eq!(survivor(moving, there), expected, "{moving:?} {there:?}");
        }
    }

    #[test]
    fn chapters_move_where_they_fit() {
        let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
        for (levels_below, ancestors, expected) in [
            (0, &[b, c, d, e, b][..], Ok(())),
            (1, &[b, c, d, e], Ok(())),
            (1, &[b, c, d, e, b], Err(Misplaced::TooDeep)),
            (3, &[b, c], Ok(())),
            (3, &[b, c, d], Err(Misplaced::TooDeep)),
            (2, &[b, a], Err(Misplaced::Cycle)),
        ] {
            assert_eq!(may_take_chapters(a, levels_below, ancestors), expected, "{levels_below} {ancestors:?}");
        }
    }

    #[test]
    fn who_may_do_what() {
        let signed_in = Standing { account_id: Some(Uuid::nil()), ..Standing::default() };
        let role = |role| Standing { role: Some(role), ..signed_in };
        // standing, runs the roster, owns, curates, edits a proposal, edits a published one
        for (name, standing, runs, owns, curates, edits_proposal, edits_published) in [
            ("anonymous", Standing::default(), false, false, false, false, false),
            ("signed in", signed_in, false, false, false, false, false),
            ("proposer", Standing { is_proposer: true, ..signed_in }, false, false, false, true, false),
            ("member", role(MembershipRole::Member), false, false, false, false, false),
            ("steward", role(MembershipRole::Steward), true, false, false, true, true),
            ("owner", role(MembershipRole::Owner), true, true, false, true, true),
            ("moderator", Standing { moderates: true, ..signed_in }, true, false, true, true, true),
            ("admin", Standing { moderates: true, administers: true, ..signed_in }, true, false, true, true, true),
        ] {
            let may = (
                standing.runs_roster(),
                standing.owns(),
                standing.curates(),
                standing.may_edit(OrganizationStatus::Proposed),
                standing.may_edit(OrganizationStatus::Published),
            );
            assert_eq!(may, (runs, owns, curates, edits_proposal, edits_published), "{name}");
        }
    }

    #[test]
    fn who_may_see_what() {
        use OrganizationStatus::{Archived, Proposed, Published};
        use Visibility::{Members, Public};
        let signed_in = Standing { account_id: Some(Uuid::nil()), ..Standing::default() };
        let proposer = Standing { is_proposer: true, ..signed_in };
        let moderator = Standing { moderates: true, ..signed_in };
        for (status, visibility, seen_by) in [
            (Proposed, Public, [false, false, true, true]),
            (Proposed, Members, [false, false, true, true]),
            (Published, Public, [true, true, true, true]),
            (Published, Members, [false, true, true, true]),
            (Archived, Public, [true, true, true, true]),
            (Archived, Members, [false, true, true, true]),
        ] {
            let seen =
                [Standing::default(), signed_in, proposer, moderator].map(|s| is_visible(status, visibility, &s));
            assert_eq!(seen, seen_by, "{status:?} {visibility:?}");
        }
    }

    #[test]
    fn what_becomes_of_it() {
        use OrganizationStatus::{Archived, Proposed, Published};
        for (change, status, next) in [
            (Change::Publish, Proposed, Ok(Published)),
            (Change::Publish, Published, Err(Refusal("published"))),
            (Change::Publish, Archived, Ok(Published)),
            (Change::Archive, Proposed, Err(Refusal("proposed"))),
            (Change::Archive, Published, Ok(Archived)),
            (Change::Archive, Archived, Err(Refusal("archived"))),
            (Change::Merge, Proposed, Ok(Archived)),
            (Change::Merge, Published, Ok(Archived)),
            (Change::Merge, Archived, Ok(Archived)),
        ] {
            assert_eq!(after(change, status, false), next, "{change:?} {status:?}");
            assert_eq!(after(change, status, true), Err(Refusal("merged")));
        }
    }

    #[test]
    fn chapters_stand_at_most_five_deep_and_never_in_a_ring() {
        let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
        for (id, levels_below, ancestors, expected) in [
            (a, 0, &[][..], Ok(())),
            (a, 4, &[], Ok(())),
            (a, 0, &[b, c, d, e], Ok(())),
            (a, 1, &[b, c, d, e], Err(Misplaced::TooDeep)),
            (a, 5, &[], Err(Misplaced::TooDeep)),
            (a, 0, &[a], Err(Misplaced::Cycle)),
            (a, 0, &[b, a], Err(Misplaced::Cycle)),
        ] {
            assert_eq!(may_stand_under(id, levels_below, ancestors), expected, "{levels_below} {ancestors:?}");
        }
    }
}
