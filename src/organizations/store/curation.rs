//! What moderators do: publish, archive, appoint.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::write::{add_owner, check_name, record, save};
use crate::{
    entities::{
        account,
        membership::{self, MembershipRole, MembershipStatus},
        organization::{self, OrganizationStatus},
    },
    organizations::rules::{self, Change, Refusal},
    problem::{Problem, ProblemCode, Result},
};

/// Publishes a proposal, or brings back what was archived. A proposer who speaks for it becomes its owner.
pub async fn publish(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: organization::Model,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let status = next(Change::Publish, &row)?;
    check_name(tx, &row).await?;
    let row = save(tx, organization::Model { status, ..row }, now).await?;
    record(tx, now, "organization.publish", actor, row.id).await?;
    match row.proposed_by.filter(|_| row.represented && rules::kind_takes_members(row.kind)) {
        Some(proposer) if is_live(tx, proposer).await? && owners(tx, row.id).await? == 0 => {
            add_owner(tx, row, proposer, actor, now).await
        }
        _ => Ok(row),
    }
}

/// Makes it read-only.
pub async fn archive(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: organization::Model,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let status = next(Change::Archive, &row)?;
    let row = save(tx, organization::Model { status, ..row }, now).await?;
    record(tx, now, "organization.archive", actor, row.id).await?;
    Ok(row)
}

/// Gives an organization without owner one.
pub async fn appoint_owner(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: organization::Model,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    if row.status != OrganizationStatus::Published {
        return Err(refused(Refusal(status_name(row.status))));
    }
    if !rules::kind_takes_members(row.kind) {
        let words = "a government agency or a directory has no members, and so no owner; moderators keep its page";
        return Err(Problem::new(ProblemCode::OrganizationNotJoinable, words));
    }
    if owners(tx, row.id).await? > 0 {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the organization has an owner"));
    }
    if !is_live(tx, account_id).await? {
        return Err(Problem::invalid_at("/account_id", "unknown_account", "must be the id of an account"));
    }
    add_owner(tx, row, account_id, actor, now).await
}

pub(super) fn next(change: Change, row: &organization::Model) -> Result<OrganizationStatus> {
    rules::after(change, row.status, row.merged_into_id.is_some()).map_err(refused)
}

fn refused(refusal: Refusal) -> Problem {
    Problem::new(ProblemCode::InvalidTransition, format!("the organization is {}", refusal.0))
}

fn status_name(status: OrganizationStatus) -> &'static str {
    match status {
        OrganizationStatus::Proposed => "proposed",
        OrganizationStatus::Published => "published",
        OrganizationStatus::Archived => "archived",
    }
}

async fn is_live(tx: &DatabaseTransaction, account_id: Uuid) -> Result<bool> {
    Ok(account::Entity::find_by_id(account_id).filter(account::is_live()).one(tx).await?.is_some())
}

async fn owners(tx: &DatabaseTransaction, organization_id: Uuid) -> Result<u64> {
    let owners = membership::Entity::find()
        .inner_join(account::Entity)
        .filter(account::is_live())
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended));
    Ok(owners.count(tx).await?)
}
