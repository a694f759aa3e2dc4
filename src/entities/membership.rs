//! The tie of an account to one organization.

use sea_orm::{Condition, ExprTrait, entity::prelude::*};
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
    /// Runs the roster and the page.
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

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "membership")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub kind: MembershipKind,
    pub organization_id: Option<Uuid>,
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
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: HasOne<super::account::Entity>,
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: HasOne<super::organization::Entity>,
    #[sea_orm(belongs_to, from = "membership_type_id", to = "id")]
    pub membership_type: HasOne<super::membership_type::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The condition of being active on `today`: stored so, or on a leave or suspension whose last day is over.
pub fn active_on(today: Date) -> Condition {
    let over = |status, until: Column| COLUMN.status.eq(status).and(until.lt(today));
    Condition::any()
        .add(COLUMN.status.eq(MembershipStatus::Active))
        .add(over(MembershipStatus::OnLeave, Column::LeaveUntil))
        .add(over(MembershipStatus::Suspended, Column::SuspendedUntil))
}
