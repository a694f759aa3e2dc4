//! Accounts, sessions, profiles, organizations, memberships, invitations, and what the service itself needs.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, include_str!("m0001_ground_floor.sql")).await?;
        crate::add_full_text_search(manager, "organization", "id").await?;
        crate::add_full_text_search(manager, "profile", "account_id").await
    }
}
