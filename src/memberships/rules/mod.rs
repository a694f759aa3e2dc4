//! What may become of a membership, and who decides it: a function for each transition, and the dates of terms.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    entities::{
        membership::{self, MembershipStatus},
        membership_type, organization,
    },
    organizations::rules::Standing,
};

mod amend;
mod join;
mod terms;
mod transitions;
#[cfg(test)]
mod matrix;

pub use amend::{Changes, amend};
pub use join::{Application, invited, join, takes_members};
pub use terms::{DEFAULT_GRACE_DAYS, DEFAULT_NEW_DAYS, counts_as_member, is_plausible, standing};
pub use transitions::{
    approve, confirm, decline, end_leave, leave, not_a_successor, reinstate, remove, renew, start_leave, suspend,
    withdraw,
};

/// What a decision about a membership rests on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub membership: &'a membership::Model,
    pub terms: Option<&'a membership_type::Model>,
    pub organization: &'a organization::Model,
    /// What the caller is to the organization.
    pub actor: &'a Standing,
    /// Whether somebody else is an active owner.
    pub another_owner: bool,
    pub now: DateTime<Utc>,
}

impl Case<'_> {
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// The membership is the caller's own.
    pub fn is_own(&self) -> bool {
        self.actor.account_id == Some(self.membership.account_id)
    }
}

/// A membership as a transition leaves it, and what the audit trail says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub membership: membership::Model,
    pub action: &'static str,
    pub reason_code: Option<&'static str>,
}

/// Why a transition is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's role does not reach; the words say whose would.
    NotAllowed(&'static str),
    /// The caller's role does not reach these members of the body.
    MembersNotAllowed(Vec<&'static str>),
    /// The transition does not start from this status.
    WrongState(MembershipStatus),
    /// Something other than the status stands against it.
    Impossible(&'static str),
    /// A member of the body is out of its bounds.
    Invalid {
        pointer: &'static str,
        code: &'static str,
        detail: String,
    },
    SoleOwner,
    NotJoinable,
    InvitationOnly,
    AlreadyMember,
    /// Until this day.
    CooldownRunning(NaiveDate),
}

/// Who decides roles and removals.
pub fn decides(actor: &Standing) -> bool {
    actor.owns() || actor.curates()
}

/// Who may read a membership: its holder, and those who run the roster.
pub fn may_read(membership: &membership::Model, actor: &Standing) -> bool {
    actor.account_id == Some(membership.account_id) || actor.runs_roster()
}

/// The status on `today`. A leave or a suspension whose last day is over has ended by itself.
pub fn status_on(membership: &membership::Model, today: NaiveDate) -> MembershipStatus {
    let is_over = |until: Option<NaiveDate>| until.is_some_and(|until| until < today);
    match membership.status {
        MembershipStatus::OnLeave if is_over(membership.leave_until) => MembershipStatus::Active,
        MembershipStatus::Suspended if is_over(membership.suspended_until) => MembershipStatus::Active,
        status => status,
    }
}

/// Whether a membership of this stored status counts in `member_count`: it holds a place, present or not.
pub fn holds_place(status: MembershipStatus) -> bool {
    matches!(status, MembershipStatus::Active | MembershipStatus::OnLeave | MembershipStatus::Suspended)
}

/// The membership with what has ended by itself written down, which is where every change starts.
fn settled(membership: &membership::Model, today: NaiveDate) -> membership::Model {
    let status = status_on(membership, today);
    let mut settled = membership.clone();
    if status != membership.status {
        settled.status = status;
        settled.leave_until = None;
        settled.suspended_until = None;
    }
    settled
}

#[cfg(test)]
pub mod samples {
    //! Rows to decide about.

    use uuid::Uuid;

    use super::*;
    use crate::entities::{
        StoredFacts, Strings,
        membership::{MembershipKind, MembershipRole, Verification},
        membership_type::{DurationUnit, Period},
        organization::{JoinPolicy, OrganizationKind, OrganizationStatus, Visibility},
    };

    pub fn now() -> DateTime<Utc> {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    /// An active membership without dates.
    pub fn membership() -> membership::Model {
        membership::Model {
            id: Uuid::from_u128(10),
            account_id: Uuid::from_u128(1),
            kind: MembershipKind::Organization,
            organization_id: Some(Uuid::from_u128(20)),
            role: MembershipRole::Member,
            status: MembershipStatus::Active,
            end_reason: None,
            decided_by: None,
            decision_note: None,
            request_note: None,
            requested_at: now(),
            joined_at: Some(now()),
            ended_at: None,
            leave_until: None,
            suspended_until: None,
            membership_type_id: None,
            category: None,
            member_number: None,
            starts_on: None,
            ends_on: None,
            standing_override: None,
            standing_override_until: None,
            verification: Verification::SelfReported,
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
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
            facts: StoredFacts::default(),
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

#[cfg(test)]
mod tests {
    use super::{samples::membership, *};

    #[test]
    fn leaves_and_suspensions_end_by_themselves() {
        use MembershipStatus::{Active, OnLeave, Suspended};
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let until = Some(day("2026-06-15"));
        for (status, today, expected) in [
            (OnLeave, "2026-06-15", OnLeave),
            (OnLeave, "2026-06-16", Active),
            (Suspended, "2026-06-15", Suspended),
            (Suspended, "2026-06-16", Active),
            (MembershipStatus::Requested, "2026-06-16", MembershipStatus::Requested),
            (MembershipStatus::Ended, "2026-06-16", MembershipStatus::Ended),
        ] {
            let (leave_until, suspended_until) =
                (until.filter(|_| status == OnLeave), until.filter(|_| status == Suspended));
            let held = membership::Model { status, leave_until, suspended_until, ..membership() };
            assert_eq!(status_on(&held, day(today)), expected, "{status:?} {today}");
            assert_eq!(settled(&held, day(today)).status, expected);
        }
        let bare = membership::Model { status: OnLeave, leave_until: None, ..membership() };
        assert_eq!(status_on(&bare, day("2026-06-15")), OnLeave);
    }
}
