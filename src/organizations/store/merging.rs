//! One organization takes the place of another.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QuerySelect, QueryTrait, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    curation::next,
    write::{levels_below, line_upwards, record, save},
};
use crate::{
    audit,
    entities::{
        event, invitation,
        membership::{self, EndReason, MembershipRole, MembershipStatus},
        membership_type,
        organization::{self, OrganizationStatus},
    },
    organizations::rules::{self, Change, Misplaced, Survivor},
    problem::{Problem, Result},
    revocation::revoke,
};

/// Rows that one statement changes at most.
const AT_ONCE: usize = 1_000;

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
    let moving = held(tx, open_in(row.id)).await?;
    check(tx, &row, &into, !moving.is_empty()).await?;
    move_types(tx, row.id, into.id, now).await?;
    move_memberships(tx, actor, moving, row.id, into.id, now).await?;
    revoke(tx, invitation::COLUMN.organization_id.eq(row.id).into(), Some(actor), "merge", now).await?;
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

/// Whether `into` can take the chapters of `row`, and its members if it `has_members`.
async fn check(
    tx: &DatabaseTransaction,
    row: &organization::Model,
    into: &organization::Model,
    has_members: bool,
) -> Result<()> {
    let refused = |code, detail| Err(Problem::invalid_at("/into_id", code, detail));
    if into.id == row.id || into.status != OrganizationStatus::Published {
        return refused("unknown_organization", "must be another published organization");
    }
    let ancestors: Vec<Uuid> = line_upwards(tx, into.id).await?.into_iter().map(|(id, _)| id).collect();
    match rules::may_take_chapters(row.id, levels_below(tx, row.id).await?, &ancestors) {
        Err(Misplaced::Cycle) => return refused("cycle", "must not be one of its chapters"),
        Err(Misplaced::TooDeep) => return refused("too_deep", "must leave at most 5 levels of chapters"),
        Ok(()) => {}
    }
    if has_members && !rules::is_joinable(into.status, into.kind, into.accepts_memberships) {
        return refused("not_joinable", "must take members, since this one has some");
    }
    Ok(())
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

/// What a merger looks at of a membership.
#[derive(Clone, Copy, FromQueryResult)]
struct Held {
    id: Uuid,
    account_id: Uuid,
    role: MembershipRole,
    status: MembershipStatus,
}

impl Held {
    /// An audit event about it.
    fn event(&self, action: &'static str, actor: Uuid, organization_id: Uuid) -> audit::Event {
        audit::Event {
            action,
            actor_id: Some(actor),
            subject_type: "membership",
            subject_id: self.id,
            organization_id: Some(organization_id),
            account_id: Some(self.account_id),
            reason_code: Some("merged"),
            ..Default::default()
        }
    }
}

/// The open memberships of an organization.
fn open_in(organization_id: Uuid) -> Select<membership::Entity> {
    membership::Entity::find()
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
}

async fn held(tx: &DatabaseTransaction, memberships: Select<membership::Entity>) -> Result<Vec<Held>> {
    use membership::Column::{AccountId, Id, Role, Status};
    Ok(memberships.select_only().columns([Id, AccountId, Role, Status]).into_model::<Held>().all(tx).await?)
}

/// Open memberships move. Of somebody's two, [`rules::survivor`] says which goes on; the other ends.
async fn move_memberships(
    tx: &DatabaseTransaction,
    actor: Uuid,
    moving: Vec<Held>,
    from: Uuid,
    into: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    if moving.is_empty() {
        return Ok(());
    }
    let accounts = open_in(from).select_only().column(membership::Column::AccountId).into_query();
    let twins = open_in(into).filter(membership::Column::AccountId.in_subquery(accounts));
    let twins: HashMap<Uuid, Held> = held(tx, twins).await?.into_iter().map(|held| (held.account_id, held)).collect();
    let (mut moved, mut ended, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let mut raised: HashMap<MembershipRole, Vec<Uuid>> = HashMap::new();
    for held in moving {
        let Some(twin) = twins.get(&held.account_id) else {
            moved.push(held.id);
            events.push(held.event("membership.move", actor, into));
            continue;
        };
        match rules::survivor((held.status, held.role), (twin.status, twin.role)) {
            Survivor::Moving => {
                moved.push(held.id);
                events.push(held.event("membership.move", actor, into));
                ended.push(twin.id);
                events.push(twin.event("membership.end", actor, into));
            }
            Survivor::There(role) => {
                ended.push(held.id);
                events.push(held.event("membership.end", actor, from));
                if role != twin.role {
                    raised.entry(role).or_default().push(twin.id);
                    events.push(twin.event("membership.update", actor, into));
                }
            }
        }
    }
    let change = |ids: &[Uuid]| {
        membership::Entity::update_many()
            .col_expr(membership::Column::Version, Expr::col(membership::Column::Version).add(1))
            .col_expr(membership::Column::UpdatedAt, Expr::value(now))
            .filter(membership::COLUMN.id.is_in(ids.to_vec()))
    };
    // First, since nobody has two open ones in one organization.
    for ids in ended.chunks(AT_ONCE) {
        change(ids)
            .col_expr(membership::Column::Status, Expr::value(MembershipStatus::Ended))
            .col_expr(membership::Column::EndReason, Expr::value(EndReason::Merged))
            .col_expr(membership::Column::EndedAt, Expr::value(now))
            .exec(tx)
            .await?;
    }
    for ids in moved.chunks(AT_ONCE) {
        change(ids).col_expr(membership::Column::OrganizationId, Expr::value(into)).exec(tx).await?;
    }
    for (role, ids) in raised {
        for ids in ids.chunks(AT_ONCE) {
            change(ids).col_expr(membership::Column::Role, Expr::value(role)).exec(tx).await?;
        }
    }
    audit::record_all(tx, now, events).await
}
