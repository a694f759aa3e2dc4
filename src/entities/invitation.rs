//! An offer of a membership, bound to an e-mail address.

use sea_orm::{Condition, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::membership::{MembershipKind, MembershipRole, Tie};

/// Where an invitation stands, as stored.
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
pub enum InvitationStatus {
    Pending,
    Accepted,
    Declined,
    Revoked,
    /// A newer invitation to the same address took its place.
    Superseded,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: MembershipKind,
    pub organization_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub email: String,
    pub email_key: String,
    pub role: MembershipRole,
    pub message: Option<String>,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// As stored: expiry is derived from `expires_at`.
    pub status: InvitationStatus,
    pub invited_by: Uuid,
    /// A seat of the group is kept free for its recipient.
    pub reserve_seat: bool,
    /// What accepting it made.
    pub membership_id: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    pub expires_at: DateTimeUtc,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: HasOne<super::organization::Entity>,
    #[sea_orm(belongs_to, from = "consultation_group_id", to = "id")]
    pub consultation_group: HasOne<super::consultation_group::Entity>,
    #[sea_orm(belongs_to, from = "invited_by", to = "id")]
    pub inviter: HasOne<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What it offers a membership of.
    pub fn tie(&self) -> Option<Tie> {
        Tie::of(self.organization_id, self.consultation_group_id)
    }
}

/// The condition of offering a membership of this.
pub fn offered_by(tie: Tie) -> Condition {
    Condition::all()
        .add_option(tie.organization_id().map(|id| COLUMN.organization_id.eq(id)))
        .add_option(tie.consultation_group_id().map(|id| COLUMN.consultation_group_id.eq(id)))
}
