//! Seats in consultation groups: asking for one, being given one, signing for it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Case, Next, Place, Refusal, by, done, in_one_of, join::may_ask};
use crate::{
    consultation_groups::rules::{Seats, licence_fits, seated, status_at},
    entities::{
        consultation_group::{self, GroupJoinPolicy},
        membership::{self, MembershipRole, MembershipStatus, StoredAnswers},
    },
};

/// How a seat stands with the agreement of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementStatus {
    /// Nothing has to be signed.
    Current,
    /// A version has to be signed by `signature_due_at`.
    Stale,
    /// It was not signed in time: its holder may read and sign it, export, and leave.
    Restricted,
}

/// How a seat stands with the agreement at `now`.
pub fn agreement_status(seat: &membership::Model, now: DateTime<Utc>) -> AgreementStatus {
    match seat.signature_due_at {
        None => AgreementStatus::Current,
        Some(due) if due <= now => AgreementStatus::Restricted,
        Some(_) => AgreementStatus::Stale,
    }
}

/// Who asks for a seat, and what they say.
#[derive(Clone, Debug, Default)]
pub struct Applicant {
    pub answers: StoredAnswers,
    pub note: Option<String>,
    /// Families of the licences that have not lapsed.
    pub licence_families: Vec<String>,
    /// A member of the group does not wish to meet the applicant, or the other way round.
    pub blocked: bool,
}

/// Asks for a seat. `membership` of the case is blank; `latest` the newest one that the account had here.
pub fn request_seat(case: &Case, latest: Option<&membership::Model>, applicant: Applicant) -> Result<Next, Refusal> {
    let Place::Group { group, seats, .. } = case.place else { return Err(Refusal::GroupNotJoinable) };
    may_ask(case, latest)?;
    if !status_at(group, case.now).takes_people() || applicant.blocked {
        return Err(Refusal::GroupNotJoinable);
    }
    if group.join_policy == GroupJoinPolicy::Invitation {
        return Err(Refusal::InvitationOnly);
    }
    if !licence_fits(group, &applicant.licence_families) {
        return Err(Refusal::LicenceRequired);
    }
    check_answers(group, &applicant.answers)?;
    let asked = membership::Model {
        answers: Some(applicant.answers).filter(|answers| !answers.0.is_empty()),
        request_note: applicant.note,
        requested_at: case.now,
        status: MembershipStatus::Requested,
        ..case.membership.clone()
    };
    match group.join_policy {
        GroupJoinPolicy::Open => done(seated(asked, seats, case.now), "membership.join", None),
        _ => done(asked, "membership.request", None),
    }
}

/// Every required question is answered, and nothing else is.
fn check_answers(group: &consultation_group::Model, answers: &StoredAnswers) -> Result<(), Refusal> {
    let questions = &group.join_questions.0;
    let mut faults = Vec::new();
    for (at, answer) in answers.0.iter().enumerate() {
        let place = format!("/answers/{at}/key");
        if !questions.iter().any(|question| question.key == answer.key) {
            faults.push((place, "unknown_key", "must be the key of a question that the group asks"));
        } else if answers.0.iter().take(at).any(|before| before.key == answer.key) {
            faults.push((place, "duplicate", "must stand once"));
        }
    }
    let answered = |key: &str| answers.0.iter().any(|answer| answer.key == key);
    if questions.iter().any(|question| question.required && !answered(&question.key)) {
        faults.push(("/answers".into(), "missing_answer", "must answer every question that is required"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Answers(faults)) }
}

/// Gives a seat, or a place on the waitlist, to somebody who has asked, while the group takes people.
pub(super) fn admit(
    group: &consultation_group::Model,
    asked: membership::Model,
    seats: Seats,
    now: DateTime<Utc>,
) -> Result<membership::Model, Refusal> {
    match status_at(group, now) {
        status if status.takes_people() => Ok(seated(asked, seats, now)),
        status => Err(Refusal::GroupIs(status)),
    }
}

/// What an invitation offers.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    pub role: MembershipRole,
    pub inviter: Uuid,
    /// A seat was kept for whom it invites; it no longer counts as reserved.
    pub kept: bool,
}

/// Takes up a seat that an invitation offers: `membership` of the case is what they have asked for, or blank. An
/// invitation stands above the join policy, the licence and the cooldown, and above the waitlist where a seat was kept.
pub fn take_offered_seat(case: &Case, offered: Offered, blocked: bool) -> Result<Next, Refusal> {
    let Place::Group { group, seats, .. } = case.place else { return Err(Refusal::GroupNotJoinable) };
    let asked = match case.membership.status_at(case.now) {
        MembershipStatus::Requested | MembershipStatus::Waitlisted => case.membership.clone(),
        _ => return Err(Refusal::AlreadyMember),
    };
    if !status_at(group, case.now).takes_people() || blocked {
        return Err(Refusal::GroupNotJoinable);
    }
    let asked = membership::Model { role: offered.role, decided_by: Some(offered.inviter), ..asked };
    let seats = match offered.kept {
        true => Seats { reserved: seats.reserved - 1, waiting: 0, ..seats },
        false => seats,
    };
    // Somebody on the waitlist keeps their place there.
    let waitlisted_at = asked.waitlisted_at;
    let next = seated(asked, seats, case.now);
    let waitlisted_at = waitlisted_at.filter(|_| next.status == MembershipStatus::Waitlisted).or(next.waitlisted_at);
    done(membership::Model { waitlisted_at, ..next }, "membership.join", Some("invited"))
}

/// Signs the agreement in force, whose number and hash are `current`. It gives a seat that awaits it, and puts a member
/// who had not signed a newer version right again.
pub fn sign(case: &Case, current: (i64, &str), signed: (i64, &str)) -> Result<Next, Refusal> {
    use MembershipStatus::{Active, AwaitingSignature, OnLeave, Suspended};
    by(case.is_own(), "only the member may do this")?;
    let held = in_one_of(case, &[AwaitingSignature, Active, OnLeave, Suspended])?;
    case.goes_on()?;
    if held.agreement_version_signed == Some(current.0) {
        return Err(Refusal::Impossible("the agreement in force is signed already"));
    }
    if current != signed {
        return Err(Refusal::AgreementChanged);
    }
    let begins = held.status == AwaitingSignature;
    let next = membership::Model {
        status: if begins { Active } else { held.status },
        joined_at: held.joined_at.or(Some(case.now)),
        agreement_version_signed: Some(current.0),
        signature_due_at: None,
        ..held
    };
    done(next, "membership.sign", None)
}

/// A member who has not signed in time may sign and leave, and nothing else.
pub(super) fn in_good_standing(case: &Case) -> Result<(), Refusal> {
    let restricted = matches!(case.place, Place::Group { .. }) && case.membership.is_overdue(case.now);
    by(!restricted, "a member who has signed the agreement may do this")
}
