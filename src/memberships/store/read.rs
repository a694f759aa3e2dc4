use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Select,
    sea_query::{Expr, IntoColumnRef, SimpleExpr},
};
use uuid::Uuid;

use super::derived::{has_status, stands};
use crate::{
    db::{
        page::{Key, PageRequest, Rows},
        search::fold,
    },
    entities::{
        account,
        membership::{self, MembershipRole, MembershipStatus},
        membership_type, organization,
    },
    http::caller::Caller,
    memberships::{
        rules::{self, Case},
        schema::{Membership, MembershipFilter, MembershipSort, RosterFilter, RosterSort},
    },
    organizations::{self, rules::Standing},
    problem::{Problem, Result},
};

/// A membership with its terms and its holder.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "membership::Entity")]
pub struct Seen {
    #[sea_orm(nested)]
    pub membership: membership::Model,
    #[sea_orm(nested)]
    pub terms: Option<membership_type::Model>,
    #[sea_orm(nested)]
    pub holder: Holder,
}

/// What a roster shows of an account.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct Holder {
    pub display_name: String,
    pub sort_name: String,
}

impl Seen {
    /// As it goes over the wire on `today`.
    pub fn on(self, today: NaiveDate) -> Membership {
        Membership::on(today, self.membership, self.terms.as_ref(), self.holder.display_name)
    }
}

/// A membership and what a decision about it rests on.
pub struct Held {
    pub seen: Seen,
    pub organization: organization::Model,
    /// What the caller is to the organization.
    pub standing: Standing,
    another_owner: bool,
}

impl Held {
    pub fn case(&self, now: DateTime<Utc>) -> Case<'_> {
        Case {
            membership: &self.seen.membership,
            terms: self.seen.terms.as_ref(),
            organization: &self.organization,
            actor: &self.standing,
            another_owner: self.another_owner,
            now,
        }
    }
}

pub(super) fn seen() -> Select<membership::Entity> {
    membership::Entity::find().left_join(membership_type::Entity).inner_join(account::Entity)
}

/// The membership, if it is the caller's own or they run its roster.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, today: NaiveDate) -> Result<Seen> {
    let (seen, ..) = find(db, caller, id, today).await?;
    Ok(seen)
}

/// The same with everything that a change rests on.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn to_change(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, today: NaiveDate) -> Result<Held> {
    let (seen, organization, standing) = find(db, caller, id, today).await?;
    let another_owner = seen.membership.role == MembershipRole::Owner
        && has_another_owner(db, &organization, seen.membership.id, today).await?;
    Ok(Held { seen, organization, standing, another_owner })
}

/// What a decision about joining rests on: `membership` is what the account has asked for, or blank.
pub fn application(membership: Seen, organization: organization::Model, standing: Standing) -> Held {
    Held { seen: membership, organization, standing, another_owner: false }
}

async fn find(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    today: NaiveDate,
) -> Result<(Seen, organization::Model, Standing)> {
    let found = seen().filter(membership::COLUMN.id.eq(id)).into_partial_model::<Seen>().one(db).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let organization_id = found.membership.organization_id.ok_or_else(Problem::not_found)?;
    let organization = organization::Entity::find_by_id(organization_id).one(db).await?;
    let organization = organization.ok_or_else(Problem::not_found)?;
    let standing = organizations::store::standing_in(db, &caller.clone().into(), &organization, today).await?;
    match rules::may_read(&found.membership, &standing) {
        true => Ok((found, organization, standing)),
        false => Err(Problem::not_found()),
    }
}

async fn has_another_owner(
    db: &impl ConnectionTrait,
    organization: &organization::Model,
    than: Uuid,
    today: NaiveDate,
) -> Result<bool> {
    let other = membership::Entity::find()
        .filter(membership::COLUMN.organization_id.eq(organization.id))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::active_on(today))
        .filter(membership::COLUMN.id.ne(than))
        .one(db)
        .await?;
    Ok(other.is_some())
}

/// The open membership of an account in an organization, or else the one that ended last.
pub async fn open_of(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    organization_id: Uuid,
) -> Result<Option<membership::Model>> {
    let found = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .order_by_desc(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .order_by_desc(membership::Column::EndedAt)
        .order_by_desc(membership::Column::Id)
        .one(db)
        .await?;
    Ok(found)
}

/// One page of the caller's memberships.
pub async fn list_mine(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    filter: &MembershipFilter,
    today: NaiveDate,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let query = seen().filter(membership::COLUMN.account_id.eq(account_id)).filter(
        Condition::all()
            .add_option(any_of(&filter.kind, |kinds| membership::COLUMN.kind.is_in(kinds)))
            .add_option(any_of(&filter.role, |roles| membership::COLUMN.role.is_in(roles)))
            .add_option((!filter.status.is_empty()).then(|| has_status(&filter.status, today)))
            .add_option(filter.organization_id.map(|id| membership::COLUMN.organization_id.eq(id))),
    );
    by_request(db, query, filter.sort == Some(MembershipSort::RequestedAtDescending), page).await
}

/// One page of the roster of an organization.
pub async fn roster(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    filter: &RosterFilter,
    today: NaiveDate,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let backend = db.get_database_backend();
    let query = seen().filter(membership::COLUMN.organization_id.eq(organization_id)).filter(
        Condition::all()
            .add_option(any_of(&filter.role, |roles| membership::COLUMN.role.is_in(roles)))
            .add_option(any_of(&filter.verification, |grades| membership::COLUMN.verification.is_in(grades)))
            .add_option((!filter.status.is_empty()).then(|| has_status(&filter.status, today)))
            .add_option((!filter.standing.is_empty()).then(|| stands(backend, &filter.standing, today)))
            .add_option(filter.q.as_deref().map(is_named)),
    );
    match filter.sort.unwrap_or(RosterSort::RequestedAt) {
        RosterSort::RequestedAt => by_request(db, query, false, page).await,
        RosterSort::RequestedAtDescending => by_request(db, query, true, page).await,
        RosterSort::DisplayName => by_name(db, query, false, page).await,
        RosterSort::DisplayNameDescending => by_name(db, query, true, page).await,
    }
}

async fn by_request(
    db: &impl ConnectionTrait,
    query: Select<membership::Entity>,
    descending: bool,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let keys = |seen: &Seen| vec![Key::Instant(seen.membership.requested_at), Key::Id(seen.membership.id)];
    sorted(db, query, column(membership::Column::RequestedAt), keys, descending, page).await
}

async fn by_name(
    db: &impl ConnectionTrait,
    query: Select<membership::Entity>,
    descending: bool,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let keys = |seen: &Seen| vec![Key::Text(seen.holder.sort_name.clone()), Key::Id(seen.membership.id)];
    sorted(db, query, column(account::Column::SortName), keys, descending, page).await
}

async fn sorted(
    db: &impl ConnectionTrait,
    query: Select<membership::Entity>,
    by: SimpleExpr,
    keys: impl Fn(&Seen) -> Vec<Key>,
    descending: bool,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let query = page.apply(query, &[by, column(membership::Column::Id)], descending);
    let rows = query.into_partial_model::<Seen>().all(db).await?;
    Ok(Rows { total, ..page.finish(rows, keys) })
}

/// Every word of `q` begins a word of the name; nobody, where no word is left of it.
fn is_named(q: &str) -> Condition {
    let folded = fold(q);
    let words = folded.split_whitespace().take(16).map(|word| {
        let name = || account::COLUMN.sort_name;
        Condition::any().add(name().like(format!("{word}%"))).add(name().like(format!("% {word}%")))
    });
    let all = words.fold(Condition::all(), Condition::add);
    if all.is_empty() { all.add(Expr::value(false)) } else { all }
}

fn any_of<T: Clone>(values: &[T], condition: impl FnOnce(Vec<T>) -> SimpleExpr) -> Option<SimpleExpr> {
    (!values.is_empty()).then(|| condition(values.to_vec()))
}

fn column(column: impl ColumnTrait) -> SimpleExpr {
    SimpleExpr::Column(column.as_column_ref().into_column_ref())
}
