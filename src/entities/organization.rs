//! A body of the profession that therapists can turn to or join.

use sea_orm::{
    entity::prelude::*,
    sea_query::{ExprTrait, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{StoredFacts, Strings};

/// What an organization is.
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
pub enum OrganizationKind {
    ProfessionalAssociation,
    LocalAssociation,
    AdvocacyOrganization,
    GovernmentAgency,
    Directory,
    TrainingInstitute,
    LicensingBoard,
    GroupPractice,
    CommunityAgency,
    OnlineCommunity,
}

/// How one becomes a member.
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
pub enum JoinPolicy {
    /// Membership is held elsewhere; the therapist states it here.
    SelfReported,
    /// Anyone joins at once.
    Open,
    /// An owner or steward decides.
    Approval,
    /// By invitation only.
    Invitation,
}

/// Who may see it.
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
pub enum Visibility {
    /// Everyone, signed in or not.
    Public,
    /// Everyone who is signed in.
    Members,
}

/// Where it stands in its life.
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
pub enum OrganizationStatus {
    /// Seen by its proposer and by moderators.
    Proposed,
    Published,
    /// Read-only.
    Archived,
}

/// That an organization has this status. The condition is written out, without a value to be given: indexes hold either the
/// published ones or the others, and a database uses one only where the text of a query says that it has them all.
pub fn has_status(status: OrganizationStatus) -> SimpleExpr {
    let constant = |status: OrganizationStatus| SimpleExpr::Constant(status.to_value().into());
    let column = || Column::Status.into_expr();
    match status {
        OrganizationStatus::Published => column().eq(constant(status)),
        _ => column().eq(constant(status)).and(column().ne(constant(OrganizationStatus::Published))),
    }
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub short_name: Option<String>,
    pub slug: String,
    pub kind: OrganizationKind,
    pub description: Option<String>,
    pub website_url: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
    /// The organization that this one is a chapter of.
    pub parent_id: Option<Uuid>,
    pub disciplines: Strings,
    pub offerings: Strings,
    pub founded_year: Option<i64>,
    pub membership_categories: Strings,
    pub facts: StoredFacts,
    pub accepts_memberships: bool,
    pub join_policy: JoinPolicy,
    pub visibility: Visibility,
    pub status: OrganizationStatus,
    pub merged_into_id: Option<Uuid>,
    pub proposed_by: Option<Uuid>,
    /// The proposer speaks for it.
    pub represented: bool,
    /// Memberships that hold a place (active, on leave, suspended), changed with them in one transaction.
    pub member_count: i64,
    /// Folded name.
    pub sort_name: String,
    /// Folded words of the names.
    pub search_name: String,
    /// Folded words of the rest.
    pub search_text: String,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
