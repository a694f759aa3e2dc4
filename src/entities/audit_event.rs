//! One line of the audit trail: who did what to what, when and why. No clinical text.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Events of one chain hash one another.
    pub chain: String,
    pub sequence: i64,
    pub occurred_at: DateTimeUtc,
    /// `subject.verb`, such as `membership.approve`.
    pub action: String,
    /// Null: the system.
    pub actor_id: Option<Uuid>,
    pub subject_type: String,
    pub subject_id: Uuid,
    pub organization_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    /// Whom it concerns.
    pub account_id: Option<Uuid>,
    pub reason_code: Option<String>,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
