//! What moderators do: publish, archive, merge, appoint.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::write::{add_owner, check_name, record, save};
use crate::{
    entities::{
        account, event, invitation,
        invitation::InvitationStatus,
        membership::{self, EndReason, MembershipRole, MembershipStatus},
        membership_type,
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
    match row.proposed_by.filter(|_| row.represented) {
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

/// Lets `into` take its place: open memberships, membership types, events and chapters move, pending invitations are
/// revoked.
pub async fn merge(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: organization::Model,
    into: organization::Model,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let status = next(Change::Merge, &row)?;
    if into.id == row.id || into.status != OrganizationStatus::Published || into.parent_id == Some(row.id) {
        let detail = "must be another published organization that is no chapter of this one";
        return Err(Problem::invalid_at("/into_id", "unknown_organization", detail));
    }
    move_types(tx, row.id, into.id, now).await?;
    move_memberships(tx, row.id, into.id, now).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Status, Expr::value(InvitationStatus::Revoked))
        .col_expr(invitation::Column::Version, Expr::col(invitation::Column::Version).add(1))
        .col_expr(invitation::Column::UpdatedAt, Expr::value(now))
        .filter(invitation::COLUMN.organization_id.eq(row.id))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .exec(tx)
        .await?;
    event::Entity::update_many()
        .col_expr(event::Column::OrganizationId, Expr::value(into.id))
        .col_expr(event::Column::Version, Expr::col(event::Column::Version).add(1))
        .col_expr(event::Column::UpdatedAt, Expr::value(now))
        .filter(event::COLUMN.organization_id.eq(row.id))
        .exec(tx)
        .await?;
    // Chapters of the one become chapters of the other; what was merged into the one before points on.
    for (column, places) in [
        (organization::Column::ParentId, organization::COLUMN.parent_id.eq(row.id)),
        (organization::Column::MergedIntoId, organization::COLUMN.merged_into_id.eq(row.id)),
    ] {
        organization::Entity::update_many()
            .col_expr(column, Expr::value(into.id))
            .col_expr(organization::Column::Version, Expr::col(organization::Column::Version).add(1))
            .col_expr(organization::Column::UpdatedAt, Expr::value(now))
            .filter(places)
            .exec(tx)
            .await?;
    }
    let member_count = i64::try_from(places_held(tx, into.id).await?).unwrap_or(i64::MAX);
    let into = save(tx, organization::Model { member_count, ..into }, now).await?;
    record(tx, now, "organization.absorb", actor, into.id).await?;
    let merged_into_id = Some(into.id);
    let row = save(tx, organization::Model { status, merged_into_id, member_count: 0, ..row }, now).await?;
    record(tx, now, "organization.merge", actor, row.id).await?;
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
    if owners(tx, row.id).await? > 0 {
        return Err(Problem::new(ProblemCode::InvalidTransition, "the organization has an owner"));
    }
    if !is_live(tx, account_id).await? {
        return Err(Problem::invalid_at("/account_id", "unknown_account", "must be the id of an account"));
    }
    add_owner(tx, row, account_id, actor, now).await
}

fn next(change: Change, row: &organization::Model) -> Result<OrganizationStatus> {
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
    let account = account::Entity::find_by_id(account_id).one(tx).await?;
    Ok(account.is_some_and(|account| account.erased_at.is_none() && account.suspended_at.is_none()))
}

async fn owners(tx: &DatabaseTransaction, organization_id: Uuid) -> Result<u64> {
    let owners = membership::Entity::find()
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended));
    Ok(owners.count(tx).await?)
}

async fn places_held(tx: &DatabaseTransaction, organization_id: Uuid) -> Result<u64> {
    let held = membership::Entity::find()
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.status.is_not_in([MembershipStatus::Requested, MembershipStatus::Ended]));
    Ok(held.count(tx).await?)
}

/// A type whose name the other has too gives way to it; the rest move.
async fn move_types(tx: &DatabaseTransaction, from: Uuid, into: Uuid, now: DateTime<Utc>) -> Result<()> {
    let types = membership_type::Entity::find()
        .filter(membership_type::COLUMN.organization_id.is_in([from, into]))
        .all(tx)
        .await?;
    let (there, here): (Vec<_>, Vec<_>) = types.into_iter().partition(|one| one.organization_id == into);
    for one in here {
        match there.iter().find(|other| other.sort_name == one.sort_name) {
            Some(twin) => {
                membership::Entity::update_many()
                    .col_expr(membership::Column::MembershipTypeId, Expr::value(twin.id))
                    .filter(membership::COLUMN.membership_type_id.eq(one.id))
                    .exec(tx)
                    .await?;
                membership_type::Entity::delete_by_id(one.id).exec(tx).await?;
            }
            None => {
                let moved = membership_type::ActiveModel {
                    id: sea_orm::ActiveValue::Unchanged(one.id),
                    organization_id: Set(into),
                    version: Set(one.version + 1),
                    updated_at: Set(now),
                    ..Default::default()
                };
                membership_type::Entity::update(moved).exec(tx).await?;
            }
        }
    }
    Ok(())
}

/// Open memberships move; whoever is in both keeps the one there.
async fn move_memberships(tx: &DatabaseTransaction, from: Uuid, into: Uuid, now: DateTime<Utc>) -> Result<()> {
    let there = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(membership::COLUMN.organization_id.eq(into))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .into_query();
    let open = || {
        membership::Entity::update_many()
            .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
            .col_expr(membership::Column::UpdatedAt, Expr::value(now))
            .filter(membership::COLUMN.organization_id.eq(from))
            .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
    };
    open()
        .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Ended))
        .col_expr(membership::Column::EndReason, Expr::value(EndReason::Merged))
        .col_expr(membership::Column::EndedAt, Expr::value(now))
        .filter(Expr::col(membership::Column::AccountId).in_subquery(there))
        .exec(tx)
        .await?;
    open().col_expr(membership::Column::OrganizationId, Expr::value(into)).exec(tx).await?;
    Ok(())
}
