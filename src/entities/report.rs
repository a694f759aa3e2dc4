//! Something that somebody brings before the moderators, and what they decided.

use sea_orm::{Condition, QuerySelect, QueryTrait, entity::prelude::*, sea_query::SelectStatement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::membership::{self, MembershipRole};

/// What a report is about.
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
pub enum ReportSubject {
    Account,
    ConsultationGroup,
    Organization,
}

/// Why somebody reports.
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
pub enum ReportReason {
    Spam,
    /// Something confidential was passed on.
    ConfidentialityBreach,
    /// A colleague may not be fit to practise.
    ImpairmentConcern,
    /// Two roles that do not go together.
    DualRelationship,
    Other,
}

/// Where a report stands.
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
pub enum ReportStatus {
    /// Nobody has looked at it.
    Open,
    /// A moderator looks into it.
    InReview,
    /// Something was done about it.
    Resolved,
    /// Nothing is to be done about it.
    Dismissed,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub reporter_id: Uuid,
    pub subject_type: ReportSubject,
    pub account_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub reason: ReportReason,
    /// Null once purged.
    pub description: Option<String>,
    pub status: ReportStatus,
    pub closed_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The statuses of what is not decided yet.
pub const UNDECIDED: [ReportStatus; 2] = [ReportStatus::Open, ReportStatus::InReview];

impl Model {
    /// The id of what it is about.
    pub fn subject_id(&self) -> Option<Uuid> {
        self.account_id.or(self.consultation_group_id).or(self.organization_id)
    }
}

/// The condition of being about an account at `now`: about itself, a group in which it has or wants a seat, or an
/// organization that it runs. It is true or false, never null.
pub fn touches(account_id: Uuid, now: DateTimeUtc) -> Condition {
    let open = || {
        membership::Entity::find()
            .select_only()
            .filter(membership::COLUMN.account_id.eq(account_id))
            .filter(membership::open_at(now))
    };
    let groups = open()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .into_query();
    let organizations = open()
        .column(membership::Column::OrganizationId)
        .filter(membership::COLUMN.organization_id.is_not_null())
        .filter(membership::COLUMN.role.is_in([MembershipRole::Steward, MembershipRole::Owner]))
        .into_query();
    let named = |column: Column, condition: Expr| Condition::all().add(column.is_not_null()).add(condition);
    Condition::any()
        .add(named(Column::AccountId, Column::AccountId.eq(account_id)))
        .add(named(Column::ConsultationGroupId, Column::ConsultationGroupId.in_subquery(groups)))
        .add(named(Column::OrganizationId, Column::OrganizationId.in_subquery(organizations)))
}

/// The groups that are before a moderator: somebody else has reported them, and that is not decided yet.
pub fn groups_before(moderator_id: Uuid) -> SelectStatement {
    Entity::find()
        .select_only()
        .column(Column::ConsultationGroupId)
        .filter(Column::ConsultationGroupId.is_not_null())
        .filter(Column::ReporterId.ne(moderator_id))
        .filter(Column::Status.is_in(UNDECIDED))
        .into_query()
}
