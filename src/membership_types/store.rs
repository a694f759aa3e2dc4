//! Queries and transactions on membership types.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    rules::{self, Terms},
    schema::{MembershipTypeCreate, MembershipTypeFilter, MembershipTypePatch, MembershipTypeSort},
};
use crate::{
    audit,
    db::{
        page::{Key, PageRequest, Rows},
        rows,
        search::sort_name,
    },
    entities::{
        membership,
        membership_type::{self, DurationUnit, Period},
        organization,
    },
    http::caller::Visitor,
    organizations::{self, rules::Standing},
    problem::{Fault, Problem, ProblemCode, Result},
};

/// The membership type, if its organization is visible, that organization, and what the visitor is to it.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    id: Uuid,
    today: NaiveDate,
) -> Result<(membership_type::Model, organization::Model, Standing)> {
    let found = membership_type::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
    let (organization, standing) = organizations::store::visible_to(db, visitor, found.organization_id, today).await?;
    Ok((found, organization, standing))
}

/// One page of the types of an organization.
pub async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    filter: &MembershipTypeFilter,
    page: &PageRequest,
) -> Result<Rows<membership_type::Model>> {
    use membership_type::Column;
    let query = membership_type::Entity::find().filter(membership_type::COLUMN.organization_id.eq(organization_id));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let descending = filter.sort == Some(MembershipTypeSort::NameDescending);
    let columns = [Expr::col(Column::SortName), Expr::col(Column::Id)];
    let rows = rows::all(db, page.apply(query, &columns, descending)).await?;
    let rows = page.finish(rows, |row| vec![Key::Text(row.sort_name.clone()), Key::Id(row.id)]);
    Ok(Rows { total, ..rows })
}

pub async fn create(
    tx: &DatabaseTransaction,
    actor: Uuid,
    organization_id: Uuid,
    body: &MembershipTypeCreate,
    now: DateTime<Utc>,
) -> Result<membership_type::Model> {
    let body = body.clone();
    let row = membership_type::Model {
        id: Uuid::now_v7(),
        organization_id,
        sort_name: sort_name(&body.name),
        name: body.name,
        duration_unit: body.duration.unit,
        duration_count: body.duration.count,
        period: body.period.unwrap_or(Period::Rolling),
        fixed_start: body.fixed_start,
        rollover: body.rollover,
        grace_days: body.grace_days.unwrap_or(30),
        new_days: body.new_days.unwrap_or(90),
        renewable: body.renewable.unwrap_or(body.duration.unit != DurationUnit::Lifetime),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    check(tx, &row).await?;
    membership_type::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, now, "membership_type.create", actor, &row).await?;
    Ok(row)
}

pub async fn update(
    tx: &DatabaseTransaction,
    actor: Uuid,
    current: membership_type::Model,
    patch: &MembershipTypePatch,
    now: DateTime<Utc>,
) -> Result<membership_type::Model> {
    let patch = patch.clone();
    let mut row = current;
    row.name = patch.name.unwrap_or(row.name);
    row.sort_name = sort_name(&row.name);
    if let Some(duration) = patch.duration {
        row.duration_unit = duration.unit.unwrap_or(row.duration_unit);
        let kept = row.duration_count.filter(|_| row.duration_unit != DurationUnit::Lifetime);
        row.duration_count = duration.count.unwrap_or(kept);
    }
    row.period = patch.period.unwrap_or(row.period);
    row.fixed_start = patch.fixed_start.unwrap_or(row.fixed_start);
    row.rollover = patch.rollover.unwrap_or(row.rollover);
    row.grace_days = patch.grace_days.unwrap_or(row.grace_days);
    row.new_days = patch.new_days.unwrap_or(row.new_days);
    row.renewable = patch.renewable.unwrap_or(row.renewable);
    row.version += 1;
    row.updated_at = now;
    check(tx, &row).await?;
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    membership_type::Entity::update(changed).exec(tx).await?;
    record(tx, now, "membership_type.update", actor, &row).await?;
    Ok(row)
}

/// Deletes a type that no membership was granted on.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: &membership_type::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let granted = membership::Entity::find().filter(membership::COLUMN.membership_type_id.eq(row.id)).one(tx).await?;
    if granted.is_some() {
        return Err(Problem::new(ProblemCode::InUse, "memberships have been granted on these terms"));
    }
    membership_type::Entity::delete_by_id(row.id).exec(tx).await?;
    record(tx, now, "membership_type.delete", actor, row).await
}

async fn check(tx: &DatabaseTransaction, row: &membership_type::Model) -> Result<()> {
    let misfits = rules::misfits(&Terms {
        unit: row.duration_unit,
        count: row.duration_count,
        period: row.period,
        fixed_start: row.fixed_start.as_deref(),
        rollover: row.rollover.as_deref(),
        renewable: row.renewable,
    });
    if !misfits.is_empty() {
        let faults = misfits.into_iter().map(|(place, code, detail)| Fault::at(place, code, detail));
        return Err(Problem::invalid(faults.collect()));
    }
    let other = membership_type::Entity::find()
        .filter(membership_type::COLUMN.organization_id.eq(row.organization_id))
        .filter(membership_type::COLUMN.sort_name.eq(row.sort_name.clone()))
        .filter(membership_type::COLUMN.id.ne(row.id))
        .one(tx)
        .await?;
    match other {
        Some(_) => {
            let fault = Fault::at("/name", "taken", "must differ from the organization's other membership types");
            Err(Problem::from(ProblemCode::NameTaken).with_errors(vec![fault]))
        }
        None => Ok(()),
    }
}

async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    row: &membership_type::Model,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "membership_type",
        subject_id: row.id,
        organization_id: Some(row.organization_id),
        ..Default::default()
    };
    audit::record(tx, now, event).await
}
