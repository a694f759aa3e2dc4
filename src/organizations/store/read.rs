use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    db::{
        Db,
        items::{Item, Items, Kind, Order},
        page::{PageRequest, Rows, any_of},
        search::{self, Hits},
    },
    entities::{
        Strings,
        membership::{self, MembershipRole},
        organization::{self, OrganizationStatus, Visibility},
        organization_facet,
    },
    http::caller::{Caller, Visitor},
    organizations::{
        rules::{self, Standing},
        schema::{Organization, OrganizationFilter, OrganizationSort},
    },
    problem::{Problem, ProblemCode, Result},
    vocabularies::{DisciplineKey, OfferingKey},
};

/// The organization, if the visitor may know of it, and what the visitor is to it.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    id: Uuid,
    today: NaiveDate,
) -> Result<(organization::Model, Standing)> {
    let found = readable_by(db, visitor, id).await?;
    let standing = standing_in(db, visitor, &found, today).await?;
    Ok((found, standing))
}

/// The organization, if the visitor may know of it, without asking what else the visitor is to it.
pub async fn readable_by(db: &impl ConnectionTrait, visitor: &Visitor, id: Uuid) -> Result<organization::Model> {
    readable(organization::Entity::find_by_id(id).one(db).await?, visitor)
}

/// The same, read together with what other requests ask for.
pub async fn shown_to(db: &Db, visitor: &Visitor, id: Uuid) -> Result<organization::Model> {
    readable(db.find::<organization::Entity>(id).await?, visitor)
}

fn readable(found: Option<organization::Model>, visitor: &Visitor) -> Result<organization::Model> {
    let found = found.ok_or_else(Problem::not_found)?;
    let standing = without_role(visitor, &found);
    match rules::is_visible(found.status, found.visibility, &standing) {
        true => Ok(found),
        false => Err(Problem::not_found()),
    }
}

fn without_role(visitor: &Visitor, organization: &organization::Model) -> Standing {
    Standing {
        account_id: visitor.account_id(),
        moderates: visitor.moderates(),
        administers: visitor.0.as_ref().is_some_and(Caller::administers),
        role: None,
        is_proposer: visitor.account_id().is_some_and(|id| organization.proposed_by == Some(id)),
    }
}

/// What the visitor is to `organization` on `today`.
pub async fn standing_in(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    organization: &organization::Model,
    today: NaiveDate,
) -> Result<Standing> {
    let Some(caller) = &visitor.0 else { return Ok(Standing::default()) };
    let role: Option<MembershipRole> = membership::Entity::find()
        .select_only()
        .column(membership::Column::Role)
        .filter(membership::COLUMN.account_id.eq(caller.account_id))
        .filter(membership::COLUMN.organization_id.eq(organization.id))
        .filter(membership::active_on(today))
        .into_tuple()
        .one(db)
        .await?;
    Ok(Standing { role, ..without_role(visitor, organization) })
}

/// What changes whenever an organization is shown differently: counting a member is no change to it.
const STAMP: [organization::Column; 2] = [organization::Column::Version, organization::Column::MemberCount];

/// One page of what the visitor may see and the filters let through.
pub async fn list(
    db: &impl ConnectionTrait,
    made: &Items,
    visitor: &Visitor,
    filter: &OrganizationFilter,
    page: &PageRequest,
) -> Result<Rows<Item>> {
    let backend = db.get_database_backend();
    let hits = filter.q.as_deref().map(|q| match filter.status {
        // Their words are in no index.
        Some(OrganizationStatus::Proposed) => search::look_through(backend, "organization", q),
        _ => search::search(backend, "organization", "id", q),
    });
    let found = filtered(filter, visitor).add_option(hits.as_ref().map(|hits| hits.condition.clone()));
    let total = match page.include_total {
        true => Some(organization::Entity::find().filter(found.clone()).count(db).await?),
        false => None,
    };
    let page =
        made.page::<organization::Entity, _>(db, found, page, order(filter.sort, hits), STAMP, Organization::from);
    Ok(Rows { total, ..page.await? })
}

fn order(sort: Option<OrganizationSort>, hits: Option<Hits>) -> Order {
    use organization::Column;
    let (columns, descending) = match (sort, hits) {
        (None, Some(hits)) => (vec![(hits.rank, Kind::Number), (Column::SortName.into_expr(), Kind::Text)], false),
        (None, None) | (Some(OrganizationSort::Name), _) => (vec![(Column::SortName.into_expr(), Kind::Text)], false),
        (Some(OrganizationSort::NameDescending), _) => (vec![(Column::SortName.into_expr(), Kind::Text)], true),
        (Some(OrganizationSort::MemberCount), _) => (vec![(Column::MemberCount.into_expr(), Kind::Number)], false),
        (Some(OrganizationSort::MemberCountDescending), _) => {
            (vec![(Column::MemberCount.into_expr(), Kind::Number)], true)
        }
        (Some(OrganizationSort::CreatedAt), _) => (vec![(Column::CreatedAt.into_expr(), Kind::Instant)], false),
        (Some(OrganizationSort::CreatedAtDescending), _) => {
            (vec![(Column::CreatedAt.into_expr(), Kind::Instant)], true)
        }
    };
    Order { columns, descending }
}

fn filtered(filter: &OrganizationFilter, visitor: &Visitor) -> Condition {
    let status = filter.status.unwrap_or(OrganizationStatus::Published);
    Condition::all()
        .add(organization::has_status(status))
        .add(seen_by(visitor, status))
        .add_option(any_of(&filter.kind, |kinds| organization::COLUMN.kind.is_in(kinds)))
        .add_option(any_of(&filter.country, |countries| organization::COLUMN.country.is_in(countries)))
        .add_option(any_of(&filter.region, |regions| organization::COLUMN.region.is_in(regions)))
        .add_option(any_of(&filter.discipline, |keys| has_facet("discipline", DisciplineKey::stored(&keys))))
        .add_option(any_of(&filter.offering, |keys| has_facet("offering", OfferingKey::stored(&keys))))
        .add_option(filter.parent_id.map(|parent| organization::COLUMN.parent_id.eq(parent)))
        .add_option(filter.accepts_memberships.map(|accepts| organization::COLUMN.accepts_memberships.eq(accepts)))
}

/// [`rules::is_visible`] as a condition.
fn seen_by(visitor: &Visitor, status: OrganizationStatus) -> Condition {
    match (status, &visitor.0) {
        (OrganizationStatus::Proposed, Some(caller)) if caller.moderates() => Condition::all(),
        (OrganizationStatus::Proposed, Some(caller)) => {
            Condition::all().add(organization::COLUMN.proposed_by.eq(caller.account_id))
        }
        (OrganizationStatus::Proposed, None) => Condition::all().add(SimpleExpr::Constant(false.into())),
        (_, Some(_)) => Condition::all(),
        (_, None) => Condition::all().add(organization::COLUMN.visibility.eq(Visibility::Public)),
    }
}

fn has_facet(facet: &str, values: Strings) -> SimpleExpr {
    let having = organization_facet::Entity::find()
        .select_only()
        .column(organization_facet::Column::OrganizationId)
        .filter(organization_facet::COLUMN.facet.eq(facet))
        .filter(organization_facet::COLUMN.value.is_in(values.0))
        .into_query();
    organization::Column::Id.into_expr().in_subquery(having)
}

/// # Errors
/// 409 where it is archived, and so read-only.
pub fn refuse_archived(row: &organization::Model) -> Result<()> {
    match row.status {
        OrganizationStatus::Archived => {
            Err(Problem::new(ProblemCode::InvalidTransition, "the organization is archived"))
        }
        _ => Ok(()),
    }
}
