//! The aggregate of what counts in a body in a closed quarter, computed once.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "insight")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub consultation_group_id: Option<Uuid>,
    pub instrument: String,
    pub major: i64,
    pub quarter: String,
    /// Sealed by the master key.
    pub content: Vec<u8>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where its content is sealed.
    pub fn place(&self) -> String {
        place(self.id)
    }
}

/// Where the content of an insight is sealed.
pub fn place(id: Uuid) -> String {
    format!("insight.content/{id}")
}
