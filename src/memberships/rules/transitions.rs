//! One function for each transition: who may ask for it, from which state it starts, where it leads.

use chrono::{NaiveDate, TimeDelta};

use super::{
    Case, Next, Place, Reason, Refusal, by, done, in_one_of,
    join::{TOO_LONG, begin_term},
    seats::{admit, in_good_standing},
    terms::{Term, renewed, term_from},
};
use crate::entities::{
    membership::{self, EndReason, MembershipRole, MembershipStatus, Verification},
    membership_type::DurationUnit,
};

use MembershipStatus::{Active, AwaitingSignature, Ended, OnLeave, Requested, Suspended, Waitlisted};

/// How long a member may be away, and how long they may be barred.
const LONGEST_LEAVE: TimeDelta = TimeDelta::days(180);
const LONGEST_SUSPENSION: TimeDelta = TimeDelta::days(90);
const LONGEST_SUSPENSION_BY_OTHERS: TimeDelta = TimeDelta::days(14);

const BY_ROSTER: &str = "another owner or steward, or a facilitator, may do this";
const BY_OWNER: &str = "another owner may do this";
const BY_SELF: &str = "only the member may do this";

/// Takes in somebody who asked. In an organization the term of the type begins today; in a group they get a seat to sign
/// for, or a place on the waitlist.
pub fn approve(case: &Case) -> Result<Next, Refusal> {
    by(case.admits() && !case.is_own(), BY_ROSTER)?;
    let asked = membership::Model { decided_by: case.caller(), ..from(case, &[Requested])? };
    let next = match case.place {
        Place::Group { group, seats, .. } => admit(group, asked, seats, case.now)?,
        Place::Organization { terms, .. } => {
            let mut next = membership::Model { status: Active, joined_at: Some(case.now), ..asked };
            begin_term(&mut next, terms, case.today())?;
            next
        }
    };
    done(next, "membership.approve", None)
}

/// Turns down somebody who asked; `reason` is shown to them, and 30 days pass before they may ask again.
pub fn decline(case: &Case, reason: Reason) -> Result<Next, Refusal> {
    by(case.admits() && !case.is_own(), BY_ROSTER)?;
    let mut next = ended(case, &[Requested], EndReason::Declined)?;
    next.decided_by = case.caller();
    next.decision_note = Some(reason.words);
    done(next, "membership.decline", Some(reason.code.name()))
}

/// Takes one's request back, leaves the waitlist, or declines to sign.
pub fn withdraw(case: &Case) -> Result<Next, Refusal> {
    by(case.is_own(), BY_SELF)?;
    done(ended(case, &[Requested, Waitlisted, AwaitingSignature], EndReason::Withdrawn)?, "membership.withdraw", None)
}

/// Goes away for a while; `until` is the last day.
pub fn start_leave(case: &Case, until: NaiveDate) -> Result<Next, Refusal> {
    by(case.is_own(), BY_SELF)?;
    let mut next = from(case, &[Active])?;
    in_good_standing(case)?;
    within(case, until, LONGEST_LEAVE)?;
    keeps_an_owner(case)?;
    next.status = OnLeave;
    next.leave_until = Some(until);
    done(next, "membership.start_leave", None)
}

/// Comes back early.
pub fn end_leave(case: &Case) -> Result<Next, Refusal> {
    by(case.is_own(), BY_SELF)?;
    let mut next = from(case, &[OnLeave])?;
    in_good_standing(case)?;
    next.status = Active;
    next.leave_until = None;
    done(next, "membership.end_leave", None)
}

/// Bars a member for a while; `until` is the last day, `reason` is shown to them.
pub fn suspend(case: &Case, until: NaiveDate, reason: Reason) -> Result<Next, Refusal> {
    may_bar(case)?;
    let mut next = from(case, &[Active])?;
    within(case, until, if case.removes() { LONGEST_SUSPENSION } else { LONGEST_SUSPENSION_BY_OTHERS })?;
    keeps_an_owner(case)?;
    next.status = Suspended;
    next.suspended_until = Some(until);
    next.decided_by = case.caller();
    next.decision_note = Some(reason.words);
    done(next, "membership.suspend", Some(reason.code.name()))
}

/// Lifts a suspension early.
pub fn reinstate(case: &Case) -> Result<Next, Refusal> {
    may_bar(case)?;
    let mut next = from(case, &[Suspended])?;
    next.status = Active;
    next.suspended_until = None;
    next.decided_by = case.caller();
    next.decision_note = None;
    done(next, "membership.reinstate", None)
}

/// Leaves for good. The sole owner names a successor, who becomes owner.
pub fn leave(case: &Case, successor: Option<&membership::Model>) -> Result<(Next, Option<Next>), Refusal> {
    by(case.is_own(), BY_SELF)?;
    let next = ended(case, &MembershipStatus::PLACED, EndReason::Left)?;
    let heir = successor.map(|heir| succeed(case, heir)).transpose()?;
    if heir.is_none() {
        keeps_an_owner(case)?;
    }
    Ok((Next { membership: next, action: "membership.leave", reason_code: None }, heir))
}

fn succeed(case: &Case, heir: &membership::Model) -> Result<Next, Refusal> {
    by(case.membership.role == MembershipRole::Owner, "only an owner names a successor")?;
    let fits =
        heir.tie() == case.membership.tie() && heir.id != case.membership.id && heir.status_at(case.now) == Active;
    if !fits {
        return Err(not_a_successor());
    }
    let membership = membership::Model { role: MembershipRole::Owner, ..heir.settled_at(case.now) };
    Ok(Next { membership, action: "membership.update", reason_code: Some("succession") })
}

/// The refusal of a successor who is no other active member.
pub fn not_a_successor() -> Refusal {
    let (pointer, code) = ("/successor_id", "not_a_member");
    Refusal::Invalid { pointer, code, detail: "must be another active member".into() }
}

/// Ends somebody else's membership; `reason` is shown to them.
pub fn remove(case: &Case, reason: Reason) -> Result<Next, Refusal> {
    by(case.removes() && !case.is_own(), BY_OWNER)?;
    let mut next = ended(case, &MembershipStatus::PLACED, EndReason::Removed)?;
    keeps_an_owner(case)?;
    next.decided_by = case.caller();
    next.decision_note = Some(reason.words);
    done(next, "membership.remove", Some(reason.code.name()))
}

/// The refusal of what only memberships of organizations have.
const NO_TERM: Refusal = Refusal::Impossible("a seat in a consultation group has no term and is not checked");

/// Notes how far somebody else's membership has been checked.
pub fn confirm(case: &Case, verification: Verification) -> Result<Next, Refusal> {
    let Place::Organization { standing, .. } = case.place else { return Err(NO_TERM) };
    by(standing.runs_roster() && !case.is_own(), BY_ROSTER)?;
    let mut next = from(case, &[Active])?;
    next.verification = verification;
    let reason_code = match verification {
        Verification::SelfReported => "self_reported",
        Verification::DocumentChecked => "document_checked",
        Verification::Confirmed => "confirmed",
    };
    done(next, "membership.confirm", Some(reason_code))
}

/// Begins the next term of the membership's type. New dates have to be checked anew, so that those who run the roster see
/// what its holder renewed. Its holder is one term ahead at most.
pub fn renew(case: &Case) -> Result<Next, Refusal> {
    let Place::Organization { terms, standing, .. } = case.place else { return Err(NO_TERM) };
    by(standing.runs_roster() || case.is_own(), "its holder, an owner or a steward may do this")?;
    let mut next = from(case, &[Active])?;
    let terms = terms.ok_or(Refusal::Impossible("it has no membership type whose term could begin anew"))?;
    if !terms.renewable {
        return Err(Refusal::Impossible("its membership type is not renewable"));
    }
    if terms.duration_unit == DurationUnit::Lifetime {
        return Err(Refusal::Impossible("a lifetime does not end"));
    }
    let held = Term { starts_on: next.starts_on, ends_on: next.ends_on };
    if !standing.runs_roster() && held.ends_on > term_from(terms, case.today()).ok_or(TOO_LONG)?.ends_on {
        return Err(Refusal::Impossible("its next term has been granted; it can be renewed again once that has begun"));
    }
    let term = renewed(terms, held, case.today()).ok_or(TOO_LONG)?;
    next.starts_on = term.starts_on;
    next.ends_on = term.ends_on;
    next.verification = Verification::SelfReported;
    done(next, "membership.renew", None)
}

/// Nobody but another owner remains without whom an organization with owners would have none.
pub(super) fn keeps_an_owner(case: &Case) -> Result<(), Refusal> {
    match case.membership.role == MembershipRole::Owner && !case.another_owner {
        true => Err(Refusal::SoleOwner),
        false => Ok(()),
    }
}

/// Stewards and facilitators bar those who are no owners, owners anyone but themselves.
fn may_bar(case: &Case) -> Result<(), Refusal> {
    let (reaches, who) = match case.membership.role {
        MembershipRole::Owner => (case.removes(), BY_OWNER),
        _ => (case.bars(), BY_ROSTER),
    };
    by(reaches && !case.is_own(), who)
}

/// The membership, if it is in one of `states` and can go on.
fn from(case: &Case, states: &[MembershipStatus]) -> Result<membership::Model, Refusal> {
    let membership = in_one_of(case, states)?;
    case.goes_on().map(|()| membership)
}

fn ended(case: &Case, states: &[MembershipStatus], reason: EndReason) -> Result<membership::Model, Refusal> {
    Ok(membership::Model {
        status: Ended,
        end_reason: Some(reason),
        ended_at: Some(case.now),
        leave_until: None,
        suspended_until: None,
        waitlisted_at: None,
        signature_due_at: None,
        ..in_one_of(case, states)?
    })
}

/// `until` lies after today, and at most `longest` away.
fn within(case: &Case, until: NaiveDate, longest: TimeDelta) -> Result<(), Refusal> {
    let today = case.today();
    let last = today + longest;
    match today < until && until <= last {
        true => Ok(()),
        false => Err(Refusal::Invalid {
            pointer: "/until",
            code: "out_of_range",
            detail: format!("must be after {today} and not after {last}"),
        }),
    }
}
