//! What may become of a membership, and who decides it: a function for each transition, the dates of terms, and what is
//! asked of somebody who wants a seat in a group.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    consultation_groups::{self, rules::Seats},
    entities::{
        consultation_group,
        membership::{self, MembershipRole, MembershipStatus},
        membership_type,
        organization::{self, OrganizationStatus},
    },
    organizations,
};

mod amend;
mod join;
mod seats;
mod terms;
mod transitions;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod seat_matrix;

pub use amend::{Changes, amend};
pub use join::{Application, invited, join, takes_members};
pub use seats::{AgreementStatus, Applicant, Offered, agreement_status, request_seat, sign, take_offered_seat};
pub use terms::{DEFAULT_GRACE_DAYS, DEFAULT_NEW_DAYS, counts_as_member, is_plausible, standing};
pub use transitions::{
    approve, confirm, decline, end_leave, leave, not_a_successor, reinstate, remove, renew, start_leave, suspend,
    withdraw,
};

/// Where a membership is, and what the caller is there.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    Organization {
        organization: &'a organization::Model,
        /// Of the membership's type.
        terms: Option<&'a membership_type::Model>,
        standing: &'a organizations::rules::Standing,
    },
    Group {
        group: &'a consultation_group::Model,
        standing: &'a consultation_groups::rules::Standing,
        seats: Seats,
    },
}

/// What a decision about a membership rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub membership: &'a membership::Model,
    pub place: Place<'a>,
    /// Whether somebody else is an active owner.
    pub another_owner: bool,
    pub now: DateTime<Utc>,
}

impl Case<'_> {
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    pub fn caller(&self) -> Option<Uuid> {
        match self.place {
            Place::Organization { standing, .. } => standing.account_id,
            Place::Group { standing, .. } => standing.account_id,
        }
    }

    /// The membership is the caller's own.
    pub fn is_own(&self) -> bool {
        self.caller() == Some(self.membership.account_id)
    }

    /// The caller decides who is let in.
    fn admits(&self) -> bool {
        match self.place {
            Place::Organization { standing, .. } => standing.runs_roster(),
            Place::Group { standing, .. } => standing.admits(),
        }
    }

    /// The caller decides about roles.
    fn decides(&self) -> bool {
        match self.place {
            Place::Organization { standing, .. } => standing.owns() || standing.curates(),
            Place::Group { standing, .. } => standing.owns(),
        }
    }

    /// The caller decides about removals, and about owners.
    fn removes(&self) -> bool {
        match self.place {
            Place::Organization { .. } => self.decides(),
            Place::Group { standing, .. } => standing.owns() || standing.looks_into(),
        }
    }

    /// The caller suspends members who are no owners.
    fn bars(&self) -> bool {
        match self.place {
            Place::Organization { standing, .. } => standing.runs_roster(),
            Place::Group { standing, .. } => standing.facilitates() || standing.looks_into(),
        }
    }

    /// In what is archived or dissolved, memberships only end.
    fn goes_on(&self) -> Result<(), Refusal> {
        match self.place {
            Place::Organization { organization, .. } if organization.status == OrganizationStatus::Archived => {
                Err(Refusal::Impossible("the organization is archived"))
            }
            Place::Group { group, .. } => match consultation_groups::rules::status_at(group, self.now) {
                status if status.goes_on() => Ok(()),
                status => Err(Refusal::GroupIs(status)),
            },
            Place::Organization { .. } => Ok(()),
        }
    }

    /// The roles that exist there.
    fn roles(&self) -> [MembershipRole; 3] {
        use MembershipRole::{Facilitator, Member, Owner, Steward};
        match self.place {
            Place::Organization { .. } => [Member, Steward, Owner],
            Place::Group { .. } => [Member, Facilitator, Owner],
        }
    }
}

/// A membership as a transition leaves it, and what the audit trail says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub membership: membership::Model,
    pub action: &'static str,
    pub reason_code: Option<&'static str>,
}

/// Why somebody is declined, suspended or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For whom it concerns.
    pub words: String,
    /// For the audit trail, which holds no words.
    pub code: ReasonCode,
}

impl Reason {
    pub fn new(words: &str, code: ReasonCode) -> Self {
        Self { words: words.to_owned(), code }
    }
}

/// The kind of a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MembershipReasonCode)]
pub enum ReasonCode {
    /// There is no room.
    Capacity,
    /// A licence, a qualification or another condition is missing.
    Eligibility,
    /// What is sought and what is offered differ.
    Fit,
    /// Absence without a word.
    Inactivity,
    /// Dues that were not paid.
    Dues,
    /// What was done or said.
    Conduct,
    #[default]
    Other,
}

impl ReasonCode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Eligibility => "eligibility",
            Self::Fit => "fit",
            Self::Inactivity => "inactivity",
            Self::Dues => "dues",
            Self::Conduct => "conduct",
            Self::Other => "other",
        }
    }
}

/// What its holder may no longer do, once a membership is as it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Nothing,
    /// What owners alone may, but not what stewards and facilitators may.
    Ownership,
    /// What members may not.
    Office,
    /// Anything.
    Membership,
}

/// What the change from `before` to `after` takes away for good.
pub fn loses(before: &membership::Model, after: &membership::Model) -> Loss {
    if after.status == MembershipStatus::Ended {
        Loss::Membership
    } else if after.role >= before.role {
        Loss::Nothing
    } else if after.role == MembershipRole::Member {
        Loss::Office
    } else {
        Loss::Ownership
    }
}

/// Why a transition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's role does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The caller's role does not reach these members of the body.
    MembersNotAllowed(Vec<&'static str>),
    /// These members of the body have no meaning for this kind of membership.
    NotOfThisKind(Vec<&'static str>),
    /// The transition does not start from this status.
    WrongState(MembershipStatus),
    /// The group is not in a state that goes with it.
    GroupIs(consultation_groups::rules::GroupStatus),
    /// Something other than the status stands against it.
    Impossible(&'static str),
    /// A member of the body is out of its bounds.
    Invalid {
        pointer: &'static str,
        code: &'static str,
        detail: String,
    },
    /// Answers to the questions of a group, by place.
    Answers(Vec<(String, &'static str, &'static str)>),
    SoleOwner,
    NotJoinable,
    /// The group takes nobody, or not this applicant; it does not say why.
    GroupNotJoinable,
    InvitationOnly,
    LicenceRequired,
    AlreadyMember,
    /// Until this day.
    CooldownRunning(NaiveDate),
    /// The agreement in force is another one.
    AgreementChanged,
}

/// How much the caller sees of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Full,
    /// That somebody belongs there, without what they said and what was said of them.
    Card,
    Nothing,
}

/// Its holder and those who run the roster see all of a membership. In a group, its members see who sits there.
pub fn sight(membership: &membership::Model, place: Place<'_>, now: DateTime<Utc>) -> Sight {
    let status = membership.status_at(now);
    let (caller, runs, knows) = match place {
        Place::Organization { standing, .. } => (standing.account_id, standing.runs_roster(), false),
        Place::Group { standing, .. } => {
            use MembershipStatus::{AwaitingSignature, Requested, Waitlisted};
            let asks = matches!(status, Requested | Waitlisted | AwaitingSignature);
            let runs = standing.facilitates() || standing.admits() && asks;
            (standing.account_id, runs, standing.sees_roster() && status.holds_place())
        }
    };
    if caller == Some(membership.account_id) || runs {
        Sight::Full
    } else if knows {
        Sight::Card
    } else {
        Sight::Nothing
    }
}

fn by(allowed: bool, who: &'static str) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::NotAllowed(who)) }
}

/// The membership with what has ended by itself written down, if it is then in one of `states`.
fn in_one_of(case: &Case, states: &[MembershipStatus]) -> Result<membership::Model, Refusal> {
    let settled = case.membership.settled_at(case.now);
    match states.contains(&settled.status) {
        true => Ok(settled),
        false => Err(Refusal::WrongState(settled.status)),
    }
}

fn done(
    membership: membership::Model,
    action: &'static str,
    reason_code: Option<&'static str>,
) -> Result<Next, Refusal> {
    Ok(Next { membership, action, reason_code })
}

#[cfg(test)]
pub mod samples {
    //! Rows to decide about.

    use uuid::Uuid;

    pub use crate::entities::membership::samples::{membership, now};

    use super::*;
    use crate::entities::{
        StoredFacts, Strings,
        membership_type::{DurationUnit, Period},
        organization::{JoinPolicy, OrganizationKind, Visibility},
    };

    pub fn reason() -> Reason {
        Reason::new("as agreed", ReasonCode::Conduct)
    }

    pub fn terms(duration_unit: DurationUnit, duration_count: Option<i64>) -> membership_type::Model {
        membership_type::Model {
            id: Uuid::from_u128(30),
            organization_id: Uuid::from_u128(20),
            name: "Full".into(),
            sort_name: "full".into(),
            duration_unit,
            duration_count,
            period: Period::Rolling,
            fixed_start: None,
            rollover: None,
            grace_days: 30,
            new_days: 90,
            renewable: true,
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }

    pub fn organization(join_policy: JoinPolicy) -> organization::Model {
        organization::Model {
            id: Uuid::from_u128(20),
            name: "Guild".into(),
            short_name: None,
            slug: "guild".into(),
            kind: OrganizationKind::LocalAssociation,
            description: None,
            website_url: None,
            country: None,
            region: None,
            parent_id: None,
            disciplines: Strings::default(),
            offerings: Strings::default(),
            founded_year: None,
            membership_categories: Strings::default(),
            facts: StoredFacts::of(&[(); 0]).unwrap(),
            accepts_memberships: true,
            join_policy,
            visibility: Visibility::Public,
            status: OrganizationStatus::Published,
            merged_into_id: None,
            proposed_by: None,
            represented: false,
            member_count: 0,
            sort_name: "guild".into(),
            search_name: "guild".into(),
            search_text: String::new(),
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }
}
