use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{ExprTrait, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::seats::{count, has_open_seat, seats_of};
use crate::{
    consultation_groups::{
        rules::{self, GroupStatus, Seat, Seats, Standing, Vitals},
        schema::{ConsultationGroup, ConsultationGroupFilter, ConsultationGroupSort},
    },
    db::{
        page::{Key, PageRequest, Rows, any_of},
        rows, search,
    },
    entities::{
        account,
        consultation_group::{self, Column, GroupVisibility, StoredGroupStatus},
        consultation_group_facet,
        invitation::{self, InvitationStatus},
        membership::{self, EndReason, MembershipRole, MembershipStatus},
        report, session,
    },
    http::caller::{Caller, Visitor},
    problem::{Problem, Result},
    schedule,
};

/// The group, if the visitor may know of it, and what the visitor is to it.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(consultation_group::Model, Standing)> {
    let group = consultation_group::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
    let standing = standing_in(db, visitor, &group, now).await?;
    match rules::is_visible(group.status, group.visibility, &standing) {
        true => Ok((group, standing)),
        false => Err(Problem::not_found()),
    }
}

/// What the visitor is to `group` at `now`.
pub async fn standing_in(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    group: &consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<Standing> {
    let Some(caller) = &visitor.0 else { return Ok(Standing::default()) };
    let held = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(caller.account_id))
        .filter(membership::COLUMN.consultation_group_id.eq(group.id))
        .order_by_desc(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .order_by_desc(membership::COLUMN.ended_at)
        .one(db)
        .await?;
    let open = held.as_ref().filter(|held| held.status_at(now) != MembershipStatus::Ended);
    let seat = open.map(|held| Seat { role: held.role, status: held.status_at(now), overdue: held.is_overdue(now) });
    let hidden = group.visibility == GroupVisibility::Hidden;
    Ok(Standing {
        account_id: Some(caller.account_id),
        moderates: caller.moderates(),
        administers: caller.administers(),
        seat,
        invited: hidden && seat.is_none() && is_invited(db, caller, group.id, now).await?,
        runs_organization: match group.organization_id {
            Some(organization_id) => runs_organization(db, caller, organization_id, now).await?,
            None => false,
        },
        before_moderators: caller.moderates() && is_before(db, caller, group.id, now).await?,
        was_there: held.is_some_and(|held| held.end_reason == Some(EndReason::Dissolved)),
    })
}

async fn is_invited(db: &impl ConnectionTrait, caller: &Caller, group_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let address = account::Entity::find_by_id(caller.account_id)
        .filter(account::COLUMN.email_verified_at.is_not_null())
        .select_only()
        .column(account::Column::EmailKey)
        .into_query();
    let waiting = invitation::Entity::find()
        .filter(invitation::COLUMN.consultation_group_id.eq(group_id))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .filter(invitation::COLUMN.expires_at.gt(now))
        .filter(invitation::COLUMN.email_key.in_subquery(address));
    Ok(waiting.one(db).await?.is_some())
}

async fn runs_organization(
    db: &impl ConnectionTrait,
    caller: &Caller,
    organization_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let role = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(caller.account_id))
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.role.is_in([MembershipRole::Steward, MembershipRole::Owner]))
        .filter(membership::active_on(now.date_naive()));
    Ok(role.one(db).await?.is_some())
}

/// A report of one's own does not count: nobody lets themselves into a group by reporting it.
async fn is_before(db: &impl ConnectionTrait, moderator: &Caller, group_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let undecided = report::Entity::find()
        .filter(report::COLUMN.consultation_group_id.eq(group_id))
        .filter(report::COLUMN.reporter_id.ne(moderator.account_id))
        .filter(report::COLUMN.status.is_in(report::UNDECIDED));
    Ok(undecided.one(db).await?.is_some() || seats_of(db, group_id, 0, now).await?.owners == 0)
}

/// One page of what the visitor may see and the filters let through.
pub async fn list(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    filter: &ConsultationGroupFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<ConsultationGroup>> {
    let mut query = consultation_group::Entity::find().filter(filtered(filter, visitor, now));
    let hits = filter.q.as_deref().map(|q| search::search(db.get_database_backend(), "consultation_group", "id", q));
    if let Some(hits) = &hits {
        query = query.filter(hits.condition.clone());
    }
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let (name, id): (SimpleExpr, SimpleExpr) = (Column::SortName.into_expr(), Column::Id.into_expr());
    type Keys = Box<dyn Fn(&consultation_group::Model) -> Vec<Key>>;
    let (columns, descending, keys): (Vec<SimpleExpr>, bool, Keys) = match (filter.sort, hits) {
        (None, Some(hits)) => {
            let rank = hits.rank.clone();
            let keys = move |row: &consultation_group::Model| {
                let rank = hits.rank_of(&row.sort_name, &row.search_name);
                vec![Key::Number(rank), Key::Text(row.sort_name.clone()), Key::Id(row.id)]
            };
            (vec![rank, name, id], false, Box::new(keys))
        }
        (Some(ConsultationGroupSort::CreatedAt | ConsultationGroupSort::CreatedAtDescending), _) => (
            vec![Column::CreatedAt.into_expr(), id],
            filter.sort == Some(ConsultationGroupSort::CreatedAtDescending),
            Box::new(|row| vec![Key::Instant(row.created_at), Key::Id(row.id)]),
        ),
        (None | Some(ConsultationGroupSort::Name | ConsultationGroupSort::NameDescending), _) => (
            vec![name, id],
            filter.sort == Some(ConsultationGroupSort::NameDescending),
            Box::new(|row| vec![Key::Text(row.sort_name.clone()), Key::Id(row.id)]),
        ),
    };
    let rows = rows::all(db, page.apply(query, &columns, descending)).await?;
    let Rows { rows, next, .. } = page.finish(rows, keys);
    Ok(Rows { rows: with_seats(db, rows, now).await?, next, total })
}

/// The cards of groups, with their seats counted in two queries whatever their number.
pub async fn with_seats(
    db: &impl ConnectionTrait,
    groups: Vec<consultation_group::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<ConsultationGroup>> {
    let mut seats = count(db, groups.iter().map(|group| group.id), now).await?;
    let card = |group: consultation_group::Model| {
        let counted = seats.remove(&group.id).unwrap_or_default();
        let seats = Seats { all: group.max_size, ..counted };
        ConsultationGroup::at(now, group, &seats)
    };
    Ok(groups.into_iter().map(card).collect())
}

/// What the health of a group is read from.
pub async fn vitals(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    seats: Seats,
    now: DateTime<Utc>,
) -> Result<Vitals> {
    let owners = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .filter(membership::COLUMN.consultation_group_id.eq(group.id))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::holds_seat_at(now))
        .into_query();
    let seen_at: Option<Option<DateTime<Utc>>> = session::Entity::find()
        .select_only()
        .column_as(session::Column::LastUsedAt.max(), "seen_at")
        .filter(session::COLUMN.account_id.in_subquery(owners))
        .into_tuple()
        .one(db)
        .await?;
    Ok(Vitals {
        status: rules::status_at(group, now),
        pulse: schedule::store::pulse(db, group, now).await?,
        min_size: group.min_size,
        seats,
        owner_seen_at: seen_at.flatten().filter(|_| seats.owners > 0),
    })
}

fn filtered(filter: &ConsultationGroupFilter, visitor: &Visitor, now: DateTime<Utc>) -> Condition {
    let default = [GroupStatus::Forming, GroupStatus::Active, GroupStatus::Paused];
    let statuses = if filter.status.is_empty() { &default[..] } else { &filter.status };
    let words: [(&str, Vec<String>); 6] = [
        ("specialty", filter.specialty.iter().map(|key| key.0.clone()).collect()),
        ("modality", filter.modality.iter().map(|key| key.0.clone()).collect()),
        ("population", filter.population.iter().map(|key| key.0.clone()).collect()),
        ("language", filter.language.iter().map(|tag| tag.0.to_ascii_lowercase()).collect()),
        ("experience", filter.experience.iter().map(ActiveEnum::to_value).collect()),
        ("licence_family", filter.licence_family.iter().map(|key| key.0.clone()).collect()),
    ];
    let all = Condition::all()
        .add(has_status(statuses, now))
        .add(seen_by(visitor, now))
        .add_option(any_of(&filter.purpose, |purposes| consultation_group::COLUMN.purpose.is_in(purposes)))
        .add_option(any_of(&filter.format, |formats| consultation_group::COLUMN.format.is_in(formats)))
        .add_option(any_of(&filter.join_policy, |policies| consultation_group::COLUMN.join_policy.is_in(policies)))
        .add_option(any_of(&filter.country, |countries| consultation_group::COLUMN.country.is_in(countries)))
        .add_option(any_of(&filter.region, |regions| consultation_group::COLUMN.region.is_in(regions)))
        .add_option(filter.organization_id.map(|id| consultation_group::COLUMN.organization_id.eq(id)))
        .add_option(filter.has_open_seat.map(|wanted| is(has_open_seat(now), wanted)))
        .add_option(filter.ownerless.map(|wanted| is(in_groups(owned(now)), !wanted)))
        .add_option(filter.mine.map(|wanted| is(in_groups(open_of(visitor.account_id(), now)), wanted)));
    words.into_iter().filter(|(_, values)| !values.is_empty()).fold(all, |all, (facet, values)| {
        all.add(in_groups(
            consultation_group_facet::Entity::find()
                .select_only()
                .column(consultation_group_facet::Column::ConsultationGroupId)
                .filter(consultation_group_facet::COLUMN.facet.eq(facet))
                .filter(consultation_group_facet::COLUMN.value.is_in(values))
                .into_query(),
        ))
    })
}

fn is(condition: SimpleExpr, wanted: bool) -> SimpleExpr {
    if wanted { condition } else { condition.not() }
}

fn in_groups(ids: SelectStatement) -> SimpleExpr {
    Column::Id.into_expr().in_subquery(ids)
}

/// [`rules::status_at`] as a condition.
pub fn has_status(statuses: &[GroupStatus], now: DateTime<Utc>) -> Condition {
    use consultation_group::COLUMN;
    let stored = |status| Condition::all().add(COLUMN.status.eq(status));
    let lively = |status| stored(status).add(COLUMN.dormant_at.gt(now));
    let rested = COLUMN.paused_until.lt(now.date_naive());
    let running = [StoredGroupStatus::Forming, StoredGroupStatus::Active, StoredGroupStatus::Paused];
    statuses.iter().fold(Condition::any(), |any, status| {
        any.add(match status {
            GroupStatus::Draft => stored(StoredGroupStatus::Draft),
            GroupStatus::Forming => lively(StoredGroupStatus::Forming),
            GroupStatus::Active => Condition::any()
                .add(lively(StoredGroupStatus::Active))
                .add(lively(StoredGroupStatus::Paused).add(rested.clone())),
            GroupStatus::Paused => lively(StoredGroupStatus::Paused).add(COLUMN.paused_until.gte(now.date_naive())),
            GroupStatus::Dormant => Condition::all().add(COLUMN.status.is_in(running)).add(COLUMN.dormant_at.lte(now)),
            GroupStatus::Archived => stored(StoredGroupStatus::Archived),
            GroupStatus::Dissolved => stored(StoredGroupStatus::Dissolved),
        })
    })
}

/// [`rules::is_visible`] as a condition. In lists, a hidden group is shown to those who belong to it only, and what is
/// before the moderators to moderators.
fn seen_by(visitor: &Visitor, now: DateTime<Utc>) -> Condition {
    use consultation_group::COLUMN;
    let Some(caller) = &visitor.0 else {
        let shown = [StoredGroupStatus::Draft, StoredGroupStatus::Dissolved];
        return Condition::all().add(COLUMN.visibility.eq(GroupVisibility::Public)).add(COLUMN.status.is_not_in(shown));
    };
    let open = in_groups(open_of(Some(caller.account_id), now));
    let was_there = membership_groups(
        Condition::all()
            .add(membership::COLUMN.account_id.eq(caller.account_id))
            .add(membership::COLUMN.end_reason.eq(EndReason::Dissolved)),
    );
    let card = Condition::all()
        .add(COLUMN.status.is_not_in([StoredGroupStatus::Draft, StoredGroupStatus::Dissolved]))
        .add(COLUMN.visibility.ne(GroupVisibility::Hidden));
    let any = Condition::any().add(card).add(open).add(in_groups(was_there));
    match caller.moderates() {
        true => any
            .add(in_groups(report::groups_before(caller.account_id)))
            .add(Condition::all().add(COLUMN.status.ne(StoredGroupStatus::Draft)).add(in_groups(owned(now)).not())),
        false => any,
    }
}

fn membership_groups(condition: Condition) -> SelectStatement {
    membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .filter(condition)
        .into_query()
}

/// The groups in which an account has a seat, or has asked for one.
pub fn open_of(account_id: Option<Uuid>, now: DateTime<Utc>) -> SelectStatement {
    let own = membership::COLUMN.account_id.eq(account_id.unwrap_or_default());
    membership_groups(Condition::all().add(own).add(membership::open_at(now)))
}

/// The groups that somebody owns.
fn owned(now: DateTime<Utc>) -> SelectStatement {
    let owner = membership::COLUMN.role.eq(MembershipRole::Owner);
    membership_groups(Condition::all().add(owner).add(membership::holds_seat_at(now)))
}
