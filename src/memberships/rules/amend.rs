//! What may be edited of a membership, and by whom.

use chrono::NaiveDate;

use super::{
    Case, Next, Refusal, decides,
    join::{begin_term, check_dates},
    settled,
    transitions::{ARCHIVED, keeps_an_owner},
};
use crate::entities::{
    membership::{MembershipRole, MembershipStanding, MembershipStatus, Verification},
    membership_type,
    organization::{JoinPolicy, OrganizationStatus},
};

/// What is to change: None keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub role: Option<MembershipRole>,
    /// A type of the same organization.
    pub membership_type: Option<Option<membership_type::Model>>,
    pub category: Option<Option<String>>,
    pub member_number: Option<Option<String>>,
    pub starts_on: Option<Option<NaiveDate>>,
    pub ends_on: Option<Option<NaiveDate>>,
    pub standing_override: Option<Option<MembershipStanding>>,
    pub standing_override_until: Option<Option<NaiveDate>>,
}

/// Edits a membership. Owners decide roles; who runs the roster edits the rest; where memberships are self-reported,
/// their holders state number, category and dates. Other dates or another category have to be checked anew.
pub fn amend(case: &Case, changes: Changes) -> Result<Next, Refusal> {
    let beyond = beyond_reach(case, &changes);
    if !beyond.is_empty() {
        return Err(Refusal::MembersNotAllowed(beyond));
    }
    let mut next = settled(case.membership, case.today());
    if next.status == MembershipStatus::Ended || next.status == MembershipStatus::Suspended && case.is_own() {
        return Err(Refusal::WrongState(next.status));
    }
    if case.organization.status == OrganizationStatus::Archived {
        return Err(ARCHIVED);
    }
    if let Some(role) = changes.role.filter(|role| *role != next.role) {
        if next.status != MembershipStatus::Active {
            return Err(Refusal::WrongState(next.status));
        }
        keeps_an_owner(case)?;
        next.role = role;
    }
    let before = (next.category.clone(), next.starts_on, next.ends_on);
    set(&mut next.category, changes.category);
    set(&mut next.member_number, changes.member_number);
    set(&mut next.starts_on, changes.starts_on);
    set(&mut next.ends_on, changes.ends_on);
    set(&mut next.standing_override, changes.standing_override);
    set(&mut next.standing_override_until, changes.standing_override_until);
    if next.standing_override.is_none() {
        if changes.standing_override_until.flatten().is_some() {
            let (pointer, code) = ("/standing_override_until", "without_override");
            return Err(Refusal::Invalid { pointer, code, detail: "must come with a standing_override".into() });
        }
        next.standing_override_until = None;
    }
    if let Some(chosen) = changes.membership_type {
        next.membership_type_id = chosen.as_ref().map(|terms| terms.id);
        let untouched = changes.starts_on.is_none() && changes.ends_on.is_none() && next.starts_on.is_none();
        if untouched && next.joined_at.is_some() {
            begin_term(&mut next, chosen.as_ref(), case.today())?;
        }
    }
    check_dates(&next)?;
    if before != (next.category.clone(), next.starts_on, next.ends_on) {
        next.verification = Verification::SelfReported;
    }
    let reason_code = changes.role.map(|_| "role");
    Ok(Next { membership: next, action: "membership.update", reason_code })
}

/// The members of the patch that the caller may not change.
fn beyond_reach(case: &Case, changes: &Changes) -> Vec<&'static str> {
    let owner = decides(case.actor);
    let roster = case.actor.runs_roster();
    let stated = roster || case.is_own() && case.organization.join_policy == JoinPolicy::SelfReported;
    [
        ("/role", changes.role.is_some(), owner),
        ("/membership_type_id", changes.membership_type.is_some(), roster),
        ("/category", changes.category.is_some(), stated),
        ("/member_number", changes.member_number.is_some(), stated),
        ("/starts_on", changes.starts_on.is_some(), stated),
        ("/ends_on", changes.ends_on.is_some(), stated),
        ("/standing_override", changes.standing_override.is_some(), roster),
        ("/standing_override_until", changes.standing_override_until.is_some(), roster),
    ]
    .into_iter()
    .filter(|(_, wanted, allowed)| *wanted && !*allowed)
    .map(|(pointer, ..)| pointer)
    .collect()
}

fn set<T>(member: &mut Option<T>, change: Option<Option<T>>) {
    if let Some(value) = change {
        *member = value;
    }
}
