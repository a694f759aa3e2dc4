//! Consultation groups, their agreements and seats, blocks and reports.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, include_str!("m0002_consultation_groups.sql")).await?;
        crate::add_full_text_search(manager, "consultation_group", "id").await
    }
}
