//! The tie of an account to one organization, or to one consultation group: there it is a seat.
//!
//! What ends by itself (a leave, a suspension, the time to sign) is compared with the clock when it is read. The same is
//! said twice here: of one row, and as a condition of a query.

use sea_orm::{Condition, ExprTrait, FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a membership ties an account to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MembershipKind {
    Organization,
    ConsultationGroup,
}

/// What a member may do there.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MembershipRole {
    Member,
    /// Of a group: leads meetings, decides who gets a seat.
    Facilitator,
    /// Of an organization: runs the roster and the page.
    Steward,
    /// Also decides roles and removals.
    Owner,
}

/// Where a membership stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// Waits for a decision.
    Requested,
    /// Waits for a free seat.
    Waitlisted,
    /// Has a seat, and until `signature_due_at` to sign the agreement.
    AwaitingSignature,
    Active,
    /// Away by its own choice; returns by itself.
    OnLeave,
    /// Barred for a while; returns by itself.
    Suspended,
    Ended,
}

/// Why a membership ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    Declined,
    Withdrawn,
    Left,
    Removed,
    /// The agreement was not signed in time.
    Expired,
    /// The group was dissolved.
    Dissolved,
    /// The account already held a membership of the organization that this one was merged into.
    Merged,
    AccountDeleted,
}

/// How a membership of an organization stands on a day.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MembershipStanding {
    /// Its term has not begun.
    Scheduled,
    New,
    Current,
    /// Its term is over, its grace is not.
    Grace,
    Expired,
}

/// How far a membership of an organization has been checked.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    SelfReported,
    /// A steward saw a document.
    DocumentChecked,
    /// A steward confirmed it with the organization's own records.
    Confirmed,
}

/// What an applicant answered to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    pub key: String,
    pub answer: String,
}

/// Answers in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredAnswers(pub Vec<StoredAnswer>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: MembershipKind,
    pub organization_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub role: MembershipRole,
    /// As stored: a leave or suspension that has run out still stands here.
    pub status: MembershipStatus,
    pub end_reason: Option<EndReason>,
    pub decided_by: Option<Uuid>,
    pub decision_note: Option<String>,
    /// What the applicant said.
    pub request_note: Option<String>,
    pub requested_at: DateTimeUtc,
    pub joined_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub leave_until: Option<Date>,
    pub suspended_until: Option<Date>,
    pub membership_type_id: Option<Uuid>,
    pub category: Option<String>,
    pub member_number: Option<String>,
    pub starts_on: Option<Date>,
    pub ends_on: Option<Date>,
    pub standing_override: Option<MembershipStanding>,
    pub standing_override_until: Option<Date>,
    pub verification: Verification,
    /// To the questions that the group asks.
    pub answers: Option<StoredAnswers>,
    pub waitlisted_at: Option<DateTimeUtc>,
    /// The number of the newest agreement that was signed.
    pub agreement_version_signed: Option<i64>,
    /// Until when a version that is not signed has to be.
    pub signature_due_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: HasOne<super::organization::Entity>,
    #[sea_orm(belongs_to, from = "consultation_group_id", to = "id")]
    pub consultation_group: HasOne<super::consultation_group::Entity>,
    #[sea_orm(belongs_to, from = "membership_type_id", to = "id")]
    pub membership_type: HasOne<super::membership_type::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a membership ties its holder to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    Organization(Uuid),
    ConsultationGroup(Uuid),
}

impl Tie {
    pub fn kind(self) -> MembershipKind {
        match self {
            Self::Organization(_) => MembershipKind::Organization,
            Self::ConsultationGroup(_) => MembershipKind::ConsultationGroup,
        }
    }

    pub fn organization_id(self) -> Option<Uuid> {
        match self {
            Self::Organization(id) => Some(id),
            Self::ConsultationGroup(_) => None,
        }
    }

    pub fn consultation_group_id(self) -> Option<Uuid> {
        match self {
            Self::Organization(_) => None,
            Self::ConsultationGroup(id) => Some(id),
        }
    }

    /// From the two columns that say it. A check of the table holds them to one.
    pub fn of(organization_id: Option<Uuid>, consultation_group_id: Option<Uuid>) -> Option<Self> {
        organization_id.map(Self::Organization).or(consultation_group_id.map(Self::ConsultationGroup))
    }
}

/// The condition of being tied to this.
pub fn tied_to(tie: Tie) -> Condition {
    Condition::all()
        .add_option(tie.organization_id().map(|id| COLUMN.organization_id.eq(id)))
        .add_option(tie.consultation_group_id().map(|id| COLUMN.consultation_group_id.eq(id)))
}

impl MembershipStatus {
    /// Those that count as a member, present or not.
    pub const PLACED: [Self; 3] = [Self::Active, Self::OnLeave, Self::Suspended];

    /// Counts as a member, present or not.
    pub fn holds_place(self) -> bool {
        Self::PLACED.contains(&self)
    }

    /// Takes up one of the seats of a group.
    pub fn holds_seat(self) -> bool {
        self.holds_place() || self == Self::AwaitingSignature
    }
}

impl Model {
    /// The status at `now`: a leave or a suspension whose last day is over has ended by itself, and so has a seat whose
    /// agreement was not signed in time.
    pub fn status_at(&self, now: DateTimeUtc) -> MembershipStatus {
        let is_over = |until: Option<Date>| until.is_some_and(|until| until < now.date_naive());
        match self.status {
            MembershipStatus::OnLeave if is_over(self.leave_until) => MembershipStatus::Active,
            MembershipStatus::Suspended if is_over(self.suspended_until) => MembershipStatus::Active,
            MembershipStatus::AwaitingSignature if self.is_overdue(now) => MembershipStatus::Ended,
            status => status,
        }
    }

    pub fn tie(&self) -> Option<Tie> {
        Tie::of(self.organization_id, self.consultation_group_id)
    }

    /// A version of the agreement has not been signed in time.
    pub fn is_overdue(&self, now: DateTimeUtc) -> bool {
        self.signature_due_at.is_some_and(|due| due <= now)
    }

    /// The row with what has ended by itself written down, which is where every change starts.
    pub fn settled_at(&self, now: DateTimeUtc) -> Self {
        let status = self.status_at(now);
        let mut settled = self.clone();
        if status != self.status {
            settled.status = status;
            settled.leave_until = None;
            settled.suspended_until = None;
        }
        if status == MembershipStatus::Ended && self.status != MembershipStatus::Ended {
            settled.end_reason = Some(EndReason::Expired);
            settled.ended_at = self.signature_due_at;
        }
        settled
    }
}

/// The condition of being active on `today`: stored so, or on a leave or suspension whose last day is over.
pub fn active_on(today: Date) -> Condition {
    let over = |status, until: Column| COLUMN.status.eq(status).and(until.lt(today));
    Condition::any()
        .add(COLUMN.status.eq(MembershipStatus::Active))
        .add(over(MembershipStatus::OnLeave, Column::LeaveUntil))
        .add(over(MembershipStatus::Suspended, Column::SuspendedUntil))
}

/// The condition of waiting for a signature that is still in time.
pub fn awaits_signature_at(now: DateTimeUtc) -> Condition {
    let in_time = COLUMN.signature_due_at.gt(now);
    Condition::all().add(COLUMN.status.eq(MembershipStatus::AwaitingSignature)).add(in_time)
}

/// The condition of taking up one of the seats of a group at `now`.
pub fn holds_seat_at(now: DateTimeUtc) -> Condition {
    Condition::any().add(COLUMN.status.is_in(MembershipStatus::PLACED)).add(awaits_signature_at(now))
}

/// The condition of not having ended at `now`.
pub fn open_at(now: DateTimeUtc) -> Condition {
    let waiting = [MembershipStatus::Requested, MembershipStatus::Waitlisted];
    Condition::any().add(COLUMN.status.is_in(waiting)).add(holds_seat_at(now))
}

#[cfg(test)]
pub mod samples {
    //! Rows to decide about.

    use super::*;

    pub fn now() -> DateTimeUtc {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    /// An active membership of an organization, without dates.
    pub fn membership() -> Model {
        Model {
            id: Uuid::from_u128(10),
            account_id: Uuid::from_u128(1),
            kind: MembershipKind::Organization,
            organization_id: Some(Uuid::from_u128(20)),
            consultation_group_id: None,
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
            answers: None,
            waitlisted_at: None,
            agreement_version_signed: None,
            signature_due_at: None,
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }

    /// An active seat in a group.
    pub fn seat() -> Model {
        Model {
            kind: MembershipKind::ConsultationGroup,
            organization_id: None,
            consultation_group_id: Some(Uuid::from_u128(40)),
            agreement_version_signed: Some(1),
            ..membership()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{samples::membership, *};

    #[test]
    fn what_has_a_last_day_ends_by_itself() {
        use MembershipStatus::{Active, AwaitingSignature, Ended, OnLeave, Requested, Suspended};
        let until: Option<Date> = Some("2026-06-15".parse().unwrap());
        for (status, now, expected) in [
            (OnLeave, "2026-06-15T23:59:59Z", OnLeave),
            (OnLeave, "2026-06-16T00:00:00Z", Active),
            (Suspended, "2026-06-15T23:59:59Z", Suspended),
            (Suspended, "2026-06-16T00:00:00Z", Active),
            (AwaitingSignature, "2026-06-15T11:59:59Z", AwaitingSignature),
            (AwaitingSignature, "2026-06-15T12:00:00Z", Ended),
            (Active, "2026-06-15T12:00:00Z", Active),
            (Requested, "2026-06-16T00:00:00Z", Requested),
            (Ended, "2026-06-16T00:00:00Z", Ended),
        ] {
            let now = now.parse().unwrap();
            let held = Model {
                status,
                leave_until: until.filter(|_| status == OnLeave),
                suspended_until: until.filter(|_| status == Suspended),
                signature_due_at: Some("2026-06-15T12:00:00Z".parse().unwrap()),
                ..membership()
            };
            let settled = held.settled_at(now);
            assert_eq!((held.status_at(now), settled.status), (expected, expected), "{status:?} {now}");
            let expired = status == AwaitingSignature && expected == Ended;
            assert_eq!(settled.end_reason, expired.then_some(EndReason::Expired), "{status:?} {now}");
            assert_eq!(settled.ended_at, expired.then_some(held.signature_due_at).flatten());
        }
        let bare = Model { status: OnLeave, leave_until: None, ..membership() };
        assert_eq!(bare.status_at(samples::now()), OnLeave);
    }
}
