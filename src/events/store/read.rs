use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{ExprTrait, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    db::{
        page::{Key, PageRequest, Rows, any_of},
        rows, search,
    },
    entities::{
        event::{self, Column, EventStatus, EventVisibility},
        event_registration::{self, EventRegistrationStatus},
        membership::{self, MembershipRole},
        organization::{self, OrganizationStatus, Visibility},
    },
    events::{
        rules::{self, LONGEST, Standing},
        schema::{Event, EventFilter, EventSort},
    },
    http::caller::{Caller, Visitor},
    organizations,
    problem::{Problem, Result},
};

/// An event, the organization that holds it, and what has become of the caller's registration.
#[derive(Clone, Debug)]
pub struct Seen {
    pub event: event::Model,
    pub organization: organization::Model,
    pub mine: Option<event_registration::Model>,
}

impl Seen {
    /// As it goes over the wire at `now`.
    pub fn at(self, now: DateTime<Utc>) -> Event {
        Event::at(now, self.event, &self.organization, self.mine.map(|mine| mine.status))
    }

    fn takes_part(&self) -> bool {
        self.mine.as_ref().is_some_and(|mine| mine.status != EventRegistrationStatus::Cancelled)
    }

    fn is_visible(&self, standing: &Standing) -> bool {
        rules::is_visible(self.event.status, self.event.visibility, self.organization.visibility, standing)
    }
}

/// The event, if the visitor may know of it, and what the visitor is to it.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Seen, Standing)> {
    let seen = find(db, visitor.account_id(), id).await?;
    let there = organizations::store::standing_in(db, visitor, &seen.organization, now.date_naive()).await?;
    let standing = Standing { takes_part: seen.takes_part(), ..Standing::at(&there) };
    if seen.is_visible(&standing) { Ok((seen, standing)) } else { Err(Problem::not_found()) }
}

/// The event for somebody who takes part or means to. What else they are to it is asked only where they would not see it
/// otherwise, because many come at once when registration opens.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn to_take_part(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Seen> {
    let seen = find(db, Some(caller.account_id), id).await?;
    let (account_id, takes_part) = (Some(caller.account_id), seen.takes_part());
    if seen.is_visible(&Standing { account_id, takes_part, ..Standing::default() }) {
        return Ok(seen);
    }
    visible_to(db, &caller.clone().into(), id, now).await.map(|(seen, _)| seen)
}

async fn find(db: &impl ConnectionTrait, account_id: Option<Uuid>, id: Uuid) -> Result<Seen> {
    let found = event::Entity::find_by_id(id).find_also_related(organization::Entity).one(db).await?;
    let (event, organization) = found.ok_or_else(Problem::not_found)?;
    let organization = organization.ok_or_else(Problem::not_found)?;
    let mine = match account_id {
        Some(account_id) => event_registration::Entity::find_by_id((id, account_id)).one(db).await?,
        None => None,
    };
    Ok(Seen { event, organization, mine })
}

/// One page of what the visitor may see and the filters let through.
pub async fn list(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    filter: &EventFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let mut query =
        event::Entity::find().inner_join(organization::Entity).filter(filtered(filter, visitor.account_id(), now));
    query = query.filter(seen_by(visitor, now));
    let hits = filter.q.as_deref().map(|q| search::search(db.get_database_backend(), "event", "id", q));
    if let Some(hits) = &hits {
        query = query.filter(hits.condition.clone());
    }
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let id = Column::Id.into_expr();
    type Keys = Box<dyn Fn(&event::Model) -> Vec<Key>>;
    let (columns, descending, keys): (Vec<SimpleExpr>, bool, Keys) = match (filter.sort, hits) {
        (None, Some(hits)) => {
            let rank = hits.rank.clone();
            let keys = move |row: &event::Model| {
                let rank = hits.rank_of(&row.sort_name, &row.search_name);
                vec![Key::Number(rank), Key::Instant(row.starts_at), Key::Id(row.id)]
            };
            (vec![rank, Column::StartsAt.into_expr(), id], false, Box::new(keys))
        }
        (Some(EventSort::CreatedAt | EventSort::CreatedAtDescending), _) => (
            vec![Column::CreatedAt.into_expr(), id],
            filter.sort == Some(EventSort::CreatedAtDescending),
            Box::new(|row| vec![Key::Instant(row.created_at), Key::Id(row.id)]),
        ),
        (None | Some(EventSort::StartsAt | EventSort::StartsAtDescending), _) => (
            vec![Column::StartsAt.into_expr(), id],
            filter.sort == Some(EventSort::StartsAtDescending),
            Box::new(|row| vec![Key::Instant(row.starts_at), Key::Id(row.id)]),
        ),
    };
    let rows = rows::all(db, page.apply(query, &columns, descending)).await?;
    let Rows { rows, next, .. } = page.finish(rows, keys);
    Ok(Rows { rows: with_the_rest(db, rows, visitor.account_id()).await?, next, total })
}

/// Events with their organizations and the registrations of an account, in two queries whatever their number.
async fn with_the_rest(
    db: &impl ConnectionTrait,
    events: Vec<event::Model>,
    account_id: Option<Uuid>,
) -> Result<Vec<Seen>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let holders = organization::COLUMN.id.is_in(events.iter().map(|event| event.organization_id));
    let holders = rows::all(db, organization::Entity::find().filter(holders)).await?;
    let holders: HashMap<Uuid, organization::Model> = holders.into_iter().map(|one| (one.id, one)).collect();
    let mine = match account_id {
        Some(account_id) => {
            event_registration::Entity::find()
                .filter(event_registration::COLUMN.account_id.eq(account_id))
                .filter(event_registration::COLUMN.event_id.is_in(events.iter().map(|event| event.id)))
                .all(db)
                .await?
        }
        None => Vec::new(),
    };
    let mut mine: HashMap<Uuid, event_registration::Model> = mine.into_iter().map(|one| (one.event_id, one)).collect();
    let seen = |event: event::Model| {
        let organization = holders.get(&event.organization_id)?.clone();
        Some(Seen { mine: mine.remove(&event.id), organization, event })
    };
    Ok(events.into_iter().filter_map(seen).collect())
}

fn filtered(filter: &EventFilter, account_id: Option<Uuid>, now: DateTime<Utc>) -> Condition {
    use event::COLUMN;
    let default: &[EventStatus] = match filter.mine {
        Some(true) => &[EventStatus::Published, EventStatus::Cancelled],
        _ => &[EventStatus::Published],
    };
    let statuses = if filter.status.is_empty() { default } else { &filter.status };
    let from = filter.from.unwrap_or(now);
    Condition::all()
        .add(COLUMN.status.is_in(statuses.to_vec()))
        .add(COLUMN.ends_at.gt(from))
        // It follows from the line before, and tells the database where to begin in its index.
        .add(COLUMN.starts_at.gt(from - LONGEST))
        .add_option(filter.to.map(|to| COLUMN.starts_at.lt(to)))
        .add_option(any_of(&filter.kind, |kinds| COLUMN.kind.is_in(kinds)))
        .add_option(any_of(&filter.format, |formats| COLUMN.format.is_in(formats)))
        .add_option(filter.organization_id.map(|id| COLUMN.organization_id.eq(id)))
        .add_option(any_of(&filter.country, |countries| organization::COLUMN.country.is_in(countries)))
        .add_option(any_of(&filter.region, |regions| organization::COLUMN.region.is_in(regions)))
        .add_option(filter.mine.map(|wanted| is(takes_part(account_id.unwrap_or_default()), wanted)))
        .add_option(filter.has_place.map(|wanted| match wanted {
            true => has_place(now),
            false => has_place(now).not(),
        }))
}

fn is(condition: SimpleExpr, wanted: bool) -> SimpleExpr {
    if wanted { condition } else { condition.not() }
}

/// That somebody who registers now gets a place, as [`rules::admitted`] decides. It is true or false, never null.
fn has_place(now: DateTime<Utc>) -> Condition {
    use event::COLUMN;
    let set = Condition::all().add(COLUMN.registration_closes_at.is_not_null());
    let closes = Condition::any()
        .add(set.add(COLUMN.registration_closes_at.gt(now)))
        .add(Condition::all().add(COLUMN.registration_closes_at.is_null()).add(COLUMN.starts_at.gt(now)));
    let free = Condition::any()
        .add(COLUMN.capacity.is_null())
        .add(Column::RegisteredCount.into_expr().lt(Column::Capacity.into_expr()));
    Condition::all()
        .add(COLUMN.status.eq(EventStatus::Published))
        .add(organization::has_status(OrganizationStatus::Published))
        .add(COLUMN.waitlisted_count.eq(0))
        .add(closes)
        .add(free)
}

fn takes_part(account_id: Uuid) -> SimpleExpr {
    let live = event_registration::Entity::find()
        .select_only()
        .column(event_registration::Column::EventId)
        .filter(event_registration::COLUMN.account_id.eq(account_id))
        .filter(event_registration::COLUMN.status.is_in(EventRegistrationStatus::LIVE))
        .into_query();
    Column::Id.into_expr().in_subquery(live)
}

/// The organizations in which an account is an active member, and has one of these roles where some are named.
fn organizations_of(account_id: Uuid, roles: Option<[MembershipRole; 2]>, now: DateTime<Utc>) -> SelectStatement {
    membership::Entity::find()
        .select_only()
        .column(membership::Column::OrganizationId)
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.organization_id.is_not_null())
        .filter(Condition::all().add_option(roles.map(|roles| membership::COLUMN.role.is_in(roles))))
        .filter(membership::active_on(now.date_naive()))
        .into_query()
}

/// What is listed for everybody who is signed in, or a member: published once, of an organization that goes on.
fn shown_to(account_id: Uuid, now: DateTime<Utc>) -> Condition {
    let members = Column::OrganizationId.into_expr().in_subquery(organizations_of(account_id, None, now));
    Condition::all()
        .add(event::COLUMN.status.ne(EventStatus::Draft))
        .add(organization::has_status(OrganizationStatus::Published))
        .add(Condition::any().add(event::COLUMN.visibility.ne(EventVisibility::Members)).add(members))
}

/// [`rules::is_visible`] as a condition. In lists, those of an archived organization are shown to those who run it or take
/// part.
fn seen_by(visitor: &Visitor, now: DateTime<Utc>) -> Condition {
    let Some(caller) = &visitor.0 else {
        return Condition::all()
            .add(event::COLUMN.status.ne(EventStatus::Draft))
            .add(event::COLUMN.visibility.eq(EventVisibility::Public))
            .add(organization::has_status(OrganizationStatus::Published))
            .add(organization::COLUMN.visibility.eq(Visibility::Public));
    };
    if caller.moderates() {
        return Condition::all();
    }
    let roles = Some([MembershipRole::Steward, MembershipRole::Owner]);
    let run = Column::OrganizationId.into_expr().in_subquery(organizations_of(caller.account_id, roles, now));
    Condition::any().add(shown_to(caller.account_id, now)).add(run).add(takes_part(caller.account_id))
}

/// The condition, of a query on events and their organizations, that an account gets a place by registering now.
pub fn open_to(account_id: Uuid, now: DateTime<Utc>) -> Condition {
    Condition::all().add(has_place(now)).add(shown_to(account_id, now)).add(takes_part(account_id).not())
}
