//! What a moderator decided about a report. Append-only.

use sea_orm::entity::prelude::*;

use super::report::ReportStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub report_id: Uuid,
    pub decided_by: Uuid,
    /// What the report became.
    pub status: ReportStatus,
    pub note: Option<String>,
    pub decided_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "report_id", to = "id")]
    pub report: HasOne<super::report::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
