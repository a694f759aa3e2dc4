//! What the caller is to an event, and what follows from that.

use uuid::Uuid;

use crate::{
    entities::{
        event::{EventStatus, EventVisibility},
        membership::MembershipRole,
        organization::Visibility,
    },
    organizations,
};

/// What the caller is to an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub account_id: Option<Uuid>,
    /// Owners and stewards of the organization, and moderators.
    pub runs: bool,
    /// Owners and stewards know who takes part; moderators do not.
    pub sees_who_takes_part: bool,
    /// Of the organization.
    pub is_member: bool,
    /// Has a place or waits for one.
    pub takes_part: bool,
}

impl Standing {
    /// What somebody is to the events of an organization, where they take no part.
    pub fn at(organization: &organizations::rules::Standing) -> Self {
        Self {
            account_id: organization.account_id,
            runs: organization.runs_roster(),
            sees_who_takes_part: matches!(organization.role, Some(MembershipRole::Steward | MembershipRole::Owner)),
            is_member: organization.role.is_some(),
            takes_part: false,
        }
    }
}

/// Whether somebody with this standing may know of an event. Who takes part goes on seeing it, whatever becomes of it.
pub fn is_visible(
    status: EventStatus,
    visibility: EventVisibility,
    organization: Visibility,
    standing: &Standing,
) -> bool {
    if standing.runs {
        return true;
    }
    let signed_in = standing.account_id.is_some();
    let is_shown = match visibility {
        EventVisibility::Public => signed_in || organization == Visibility::Public,
        EventVisibility::SignedIn => signed_in,
        EventVisibility::Members => standing.is_member,
    };
    status != EventStatus::Draft && (is_shown || standing.takes_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_what() {
        let signed_in = organizations::rules::Standing { account_id: Some(Uuid::nil()), ..Default::default() };
        let role = |role| organizations::rules::Standing { role: Some(role), ..signed_in };
        // runs it, sees who takes part, is a member
        for (name, standing, expected) in [
            ("anonymous", organizations::rules::Standing::default(), (false, false, false)),
            ("signed in", signed_in, (false, false, false)),
            ("member", role(MembershipRole::Member), (false, false, true)),
            ("steward", role(MembershipRole::Steward), (true, true, true)),
            ("owner", role(MembershipRole::Owner), (true, true, true)),
            ("moderator", organizations::rules::Standing { moderates: true, ..signed_in }, (true, false, false)),
            (
                "steward who moderates",
                organizations::rules::Standing { moderates: true, ..role(MembershipRole::Steward) },
                (true, true, true),
            ),
        ] {
            let found = Standing::at(&standing);
            assert_eq!((found.runs, found.sees_who_takes_part, found.is_member), expected, "{name}");
        }
    }

    #[test]
    fn who_may_know_of_it() {
        use EventStatus::{Cancelled, Draft, Published};
        use EventVisibility::{Members, Public, SignedIn};
        let signed_in = Standing { account_id: Some(Uuid::nil()), ..Standing::default() };
        let callers = [
            Standing::default(),
            signed_in,
            Standing { is_member: true, ..signed_in },
            Standing { takes_part: true, ..signed_in },
            Standing { runs: true, ..signed_in },
        ];
        for (status, visibility, organization, expected) in [
            (Published, Public, Visibility::Public, "11111"),
            (Published, Public, Visibility::Members, "01111"),
            (Published, SignedIn, Visibility::Public, "01111"),
            (Published, Members, Visibility::Public, "00111"),
            (Cancelled, Public, Visibility::Public, "11111"),
            (Cancelled, Members, Visibility::Public, "00111"),
            (Draft, Public, Visibility::Public, "00001"),
            (Draft, Members, Visibility::Members, "00001"),
        ] {
            let sees = |one: &Standing| is_visible(status, visibility, organization, one);
            let seen: String = callers.iter().map(|one| if sees(one) { '1' } else { '0' }).collect();
            assert_eq!(seen, expected, "{status:?} {visibility:?} {organization:?}");
        }
    }
}
