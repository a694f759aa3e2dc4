//! What may be edited of a membership, and by whom.

use chrono::NaiveDate;

use super::{
    Case, Next, Place, Refusal,
    join::{begin_term, check_dates},
    transitions::keeps_an_owner,
};
use crate::entities::{
    membership::{MembershipRole, MembershipStanding, MembershipStatus, Verification},
    membership_type,
    organization::JoinPolicy,
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
/// their holders state number, category and dates. Other dates or another category have to be checked anew. A seat in a
/// group has a role and nothing else to edit.
pub fn amend(case: &Case, changes: Changes) -> Result<Next, Refusal> {
    check_reach(case, &changes)?;
    let mut next = case.membership.settled_at(case.now);
    if next.status == MembershipStatus::Ended || next.status == MembershipStatus::Suspended && case.is_own() {
        return Err(Refusal::WrongState(next.status));
    }
    case.goes_on()?;
    if let Some(role) = changes.role.filter(|role| *role != next.role) {
        if next.status != MembershipStatus::Active {
            return Err(Refusal::WrongState(next.status));
        }
        if !case.roles().contains(&role) {
            let detail = "must be a role of this kind of membership".into();
            return Err(Refusal::Invalid { pointer: "/role", code: "unknown_role", detail });
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

/// Whether every member of the patch has a meaning here, and is the caller's to change.
fn check_reach(case: &Case, changes: &Changes) -> Result<(), Refusal> {
    let (roster, stated) = match case.place {
        Place::Organization { organization, standing, .. } => {
            let states_own = case.is_own() && organization.join_policy == JoinPolicy::SelfReported;
            (standing.runs_roster(), standing.runs_roster() || states_own)
        }
        Place::Group { .. } => (false, false),
    };
    let members = [
        ("/role", changes.role.is_some(), case.decides()),
        ("/membership_type_id", changes.membership_type.is_some(), roster),
        ("/category", changes.category.is_some(), stated),
        ("/member_number", changes.member_number.is_some(), stated),
        ("/starts_on", changes.starts_on.is_some(), stated),
        ("/ends_on", changes.ends_on.is_some(), stated),
        ("/standing_override", changes.standing_override.is_some(), roster),
        ("/standing_override_until", changes.standing_override_until.is_some(), roster),
    ];
    let beyond = members.into_iter().filter(|(_, wanted, allowed)| *wanted && !*allowed);
    let beyond: Vec<_> = beyond.map(|(pointer, ..)| pointer).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    let foreign: Vec<_> = beyond.iter().copied().filter(|pointer| *pointer != "/role").collect();
    match case.place {
        Place::Group { .. } if !foreign.is_empty() => Err(Refusal::NotOfThisKind(foreign)),
        _ => Err(Refusal::MembersNotAllowed(beyond)),
    }
}

fn set<T>(member: &mut Option<T>, change: Option<Option<T>>) {
    if let Some(value) = change {
        *member = value;
    }
}
