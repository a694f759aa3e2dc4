//! Queries and transactions on the ledger of hours and on certificates. Each starts from what is the account's own.

pub mod certificates;
pub mod ledger;

use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{entities::hour_entry, problem::Result};

/// The account goes: its ledger with it. Certificates that are good stay so, without anything that tells of whom.
pub async fn erase(tx: &DatabaseTransaction, account_id: Uuid) -> Result<()> {
    certificates::detach(tx, account_id).await?;
    hour_entry::Entity::delete_many().filter(hour_entry::COLUMN.account_id.eq(account_id)).exec(tx).await?;
    Ok(())
}
