use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, SimpleExpr},
};
use uuid::Uuid;

use super::derived::{has_status, stands};
use crate::{
    consultation_groups::{self, rules::Seats},
    db::{
        page::{Key, PageRequest, Rows, any_of},
        search::fold,
    },
    entities::{
        account, consultation_group,
        membership::{self, MembershipRole, MembershipStatus, Tie},
        membership_type, organization,
    },
    http::caller::{Caller, Visitor},
    memberships::{
        rules::{self, Case, Place, Sight},
        schema::{Membership, MembershipFilter, MembershipSort, RosterFilter, RosterSort, SeatFilter},
    },
    organizations,
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
    /// Where it stands on the waitlist of its group, from 1.
    #[sea_orm(skip)]
    pub waitlist_position: Option<i64>,
    /// The caller sees that somebody sits in a group, and no more.
    #[sea_orm(skip)]
    pub only_card: bool,
}

/// What a roster shows of an account.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct Holder {
    pub display_name: String,
    pub sort_name: String,
}

impl Seen {
    /// As it goes over the wire at `now`.
    pub fn at(self, now: DateTime<Utc>) -> Membership {
        let (name, position) = (self.holder.display_name, self.waitlist_position);
        Membership::at(now, self.membership, self.terms.as_ref(), name, position, !self.only_card)
    }
}

/// A membership and what a decision about it rests on.
pub struct Held {
    pub seen: Seen,
    pub place: HeldPlace,
    another_owner: bool,
}

/// Where a membership is, and what the caller is there.
pub enum HeldPlace {
    Organization { organization: Box<organization::Model>, standing: organizations::rules::Standing },
    Group { group: Box<consultation_group::Model>, standing: consultation_groups::rules::Standing, seats: Seats },
}

impl HeldPlace {
    pub fn organization(organization: organization::Model, standing: organizations::rules::Standing) -> Self {
        Self::Organization { organization: Box::new(organization), standing }
    }

    /// A group, with its seats as they are at `now`.
    pub async fn group(
        db: &impl ConnectionTrait,
        group: consultation_group::Model,
        standing: consultation_groups::rules::Standing,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let seats = consultation_groups::store::seats_of(db, group.id, group.max_size, now).await?;
        Ok(Self::Group { group: Box::new(group), standing, seats })
    }

    fn with<'a>(&'a self, terms: Option<&'a membership_type::Model>) -> Place<'a> {
        match self {
            Self::Organization { organization, standing } => Place::Organization { organization, terms, standing },
            Self::Group { group, standing, seats } => Place::Group { group, standing, seats: *seats },
        }
    }
}

impl Held {
    pub fn case(&self, now: DateTime<Utc>) -> Case<'_> {
        Case {
            membership: &self.seen.membership,
            place: self.place.with(self.seen.terms.as_ref()),
            another_owner: self.another_owner,
            now,
        }
    }
}

pub(super) fn seen() -> Select<membership::Entity> {
    membership::Entity::find().left_join(membership_type::Entity).inner_join(account::Entity)
}

/// The membership, if it is the caller's own or they know of it there.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Seen> {
    let (seen, _) = find(db, caller, id, now).await?;
    with_position(db, seen, now).await
}

/// The same with everything that a change rests on.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn to_change(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Held> {
    let (seen, place) = find(db, caller, id, now).await?;
    let another_owner =
        seen.membership.role == MembershipRole::Owner && has_another_owner(db, &seen.membership, now).await?;
    Ok(Held { seen, place, another_owner })
}

/// What a decision about joining rests on: `membership` is what the account has asked for, or blank.
pub fn application(seen: Seen, place: HeldPlace) -> Held {
    Held { seen, place, another_owner: false }
}

async fn find(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<(Seen, HeldPlace)> {
    let found = seen().filter(membership::COLUMN.id.eq(id)).into_partial_model::<Seen>().one(db).await?;
    let mut found = found.ok_or_else(Problem::not_found)?;
    let visitor = Visitor::from(caller.clone());
    let place = match found.membership.tie().ok_or_else(Problem::not_found)? {
        Tie::Organization(id) => {
            let organization = organization::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
            let standing = organizations::store::standing_in(db, &visitor, &organization, now.date_naive()).await?;
            HeldPlace::organization(organization, standing)
        }
        Tie::ConsultationGroup(id) => {
            let group = consultation_group::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
            let standing = consultation_groups::store::standing_in(db, &visitor, &group, now).await?;
            HeldPlace::group(db, group, standing, now).await?
        }
    };
    match rules::sight(&found.membership, place.with(found.terms.as_ref()), now) {
        Sight::Nothing => return Err(Problem::not_found()),
        sight => found.only_card = sight == Sight::Card,
    }
    Ok((found, place))
}

async fn has_another_owner(db: &impl ConnectionTrait, held: &membership::Model, now: DateTime<Utc>) -> Result<bool> {
    let Some(tie) = held.tie() else { return Ok(false) };
    // Whoever is suspended from the whole service cannot run anything.
    let other = membership::Entity::find()
        .inner_join(account::Entity)
        .filter(account::is_live())
        .filter(membership::tied_to(tie))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::active_on(now.date_naive()))
        .filter(membership::COLUMN.id.ne(held.id))
        .one(db)
        .await?;
    Ok(other.is_some())
}

/// One membership with its place on the waitlist.
pub async fn with_position(db: &impl ConnectionTrait, seen: Seen, now: DateTime<Utc>) -> Result<Seen> {
    let mut one = with_positions(db, vec![seen], now).await?;
    one.pop().ok_or_else(Problem::not_found)
}

/// Memberships with their places on waitlists, in one query whatever their number.
async fn with_positions(db: &impl ConnectionTrait, mut rows: Vec<Seen>, now: DateTime<Utc>) -> Result<Vec<Seen>> {
    let waits = |seen: &Seen| seen.membership.status_at(now) == MembershipStatus::Waitlisted;
    let groups: Vec<Uuid> =
        rows.iter().filter(|seen| waits(seen)).filter_map(|seen| seen.membership.consultation_group_id).collect();
    if groups.is_empty() {
        return Ok(rows);
    }
    let lines: Vec<(Uuid, Option<Uuid>)> = membership::Entity::find()
        .select_only()
        .column(membership::Column::Id)
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.consultation_group_id.is_in(groups))
        .filter(membership::COLUMN.status.eq(MembershipStatus::Waitlisted))
        .order_by_asc(membership::COLUMN.waitlisted_at)
        .order_by_asc(membership::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    for seen in &mut rows {
        let own = lines.iter().filter(|(_, group)| *group == seen.membership.consultation_group_id);
        let place = own.clone().position(|(id, _)| *id == seen.membership.id);
        seen.waitlist_position = place.and_then(|place| i64::try_from(place + 1).ok());
    }
    Ok(rows)
}

/// The open membership of an account there, or else the one that ended last.
pub async fn open_of(db: &impl ConnectionTrait, account_id: Uuid, tie: Tie) -> Result<Option<membership::Model>> {
    let found = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::tied_to(tie))
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
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let query = seen().filter(membership::COLUMN.account_id.eq(account_id)).filter(
        Condition::all()
            .add_option(any_of(&filter.kind, |kinds| membership::COLUMN.kind.is_in(kinds)))
            .add_option(any_of(&filter.role, |roles| membership::COLUMN.role.is_in(roles)))
            .add_option((!filter.status.is_empty()).then(|| has_status(&filter.status, now)))
            .add_option(filter.organization_id.map(|id| membership::COLUMN.organization_id.eq(id)))
            .add_option(filter.consultation_group_id.map(|id| membership::COLUMN.consultation_group_id.eq(id))),
    );
    let found = by_request(db, query, filter.sort == Some(MembershipSort::RequestedAtDescending), page).await?;
    Ok(Rows { rows: with_positions(db, found.rows, now).await?, ..found })
}

/// One page of the roster of an organization.
pub async fn roster(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    filter: &RosterFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let backend = db.get_database_backend();
    let query = seen().filter(membership::COLUMN.organization_id.eq(organization_id)).filter(
        Condition::all()
            .add_option(any_of(&filter.role, |roles| membership::COLUMN.role.is_in(roles)))
            .add_option(any_of(&filter.verification, |grades| membership::COLUMN.verification.is_in(grades)))
            .add_option((!filter.status.is_empty()).then(|| has_status(&filter.status, now)))
            .add_option((!filter.standing.is_empty()).then(|| stands(backend, &filter.standing, now.date_naive())))
            .add_option(filter.q.as_deref().map(is_named)),
    );
    by_choice(db, query, filter.sort, page).await
}

/// One page of the seats of a group, as far as somebody with this standing knows of them.
pub async fn seats(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    standing: &consultation_groups::rules::Standing,
    filter: &SeatFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let query =
        seen().filter(membership::COLUMN.consultation_group_id.eq(group_id)).filter(known_to(standing, now)).filter(
            Condition::all()
                .add_option(any_of(&filter.role, |roles| membership::COLUMN.role.is_in(roles)))
                .add_option((!filter.status.is_empty()).then(|| has_status(&filter.status, now))),
        );
    let found = by_choice(db, query, filter.sort, page).await?;
    let mut rows = with_positions(db, found.rows, now).await?;
    for seen in &mut rows {
        let own = standing.account_id == Some(seen.membership.account_id);
        seen.only_card = !own && !standing.admits();
    }
    Ok(Rows { rows, ..found })
}

/// [`rules::sight`] as a condition: facilitators know everybody, members who sits there, and those who run its
/// organization who asks for a seat.
fn known_to(standing: &consultation_groups::rules::Standing, now: DateTime<Utc>) -> Condition {
    use MembershipStatus::{Requested, Waitlisted};
    if standing.facilitates() {
        return Condition::all();
    }
    let own = standing.account_id.map(|id| membership::COLUMN.account_id.eq(id));
    let sits = membership::COLUMN.status.is_in(MembershipStatus::PLACED);
    let asks = Condition::any()
        .add(membership::COLUMN.status.is_in([Requested, Waitlisted]))
        .add(membership::awaits_signature_at(now));
    Condition::any()
        .add_option(own)
        .add_option(standing.sees_roster().then_some(sits))
        .add_option(standing.admits().then_some(asks))
}

async fn by_choice(
    db: &impl ConnectionTrait,
    query: Select<membership::Entity>,
    sort: Option<RosterSort>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    match sort.unwrap_or(RosterSort::RequestedAt) {
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
    sorted(db, query, membership::Column::RequestedAt.into_expr(), keys, descending, page).await
}

async fn by_name(
    db: &impl ConnectionTrait,
    query: Select<membership::Entity>,
    descending: bool,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let keys = |seen: &Seen| vec![Key::Text(seen.holder.sort_name.clone()), Key::Id(seen.membership.id)];
    sorted(db, query, account::Column::SortName.into_expr(), keys, descending, page).await
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
    let query = page.apply(query, &[by, membership::Column::Id.into_expr()], descending);
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
