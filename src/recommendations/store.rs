//! What can be joined, read in a fixed number of queries however many challenges weigh.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{CaseStatement, Expr, SelectStatement, SimpleExpr, UnionType},
};
use uuid::Uuid;

use super::{
    rules::{self, Burden, Candidate, Gathering, MOST_OPTIONS, Nearness, Sought},
    schema::{Recommendation, RecommendationBasis, RecommendationNeed, RecommendationNeedKey, Recommendations},
};
use crate::{
    entities::{
        event::{self, EventFormat, EventKind},
        membership,
        organization::{self, JoinPolicy, OrganizationKind, OrganizationStatus},
        organization_facet, profile,
    },
    events, matching,
    problem::{ProblemCode, Result},
    psychometrics::Ranked,
    self_assessments,
    state::State,
};

/// Key of the instrument that recommendations rest on.
const CHALLENGE_CHECK: &str = "challenge-check";

/// What a Challenge Check said.
pub struct Check {
    pub basis: RecommendationBasis,
    /// Every challenge that applies, the heaviest first.
    pub ranking: Vec<Burden>,
}

/// The latest Challenge Check of an account that it has not voided.
pub async fn latest_check(app: &State, account_id: Uuid) -> Result<Option<Check>> {
    let Some(found) = self_assessments::store::latest(app, account_id, CHALLENGE_CHECK).await? else { return Ok(None) };
    let completed_at = found.row.completed_at.unwrap_or(found.row.updated_at);
    let ranking = found.response.outcome.map(|outcome| outcome.ranking).unwrap_or_default();
    let burden = |one: Ranked| Burden { challenge: one.challenge, burden: one.burden, band: one.band };
    Ok(Some(Check {
        basis: RecommendationBasis { self_assessment_id: found.row.id, completed_at },
        ranking: ranking.into_iter().map(burden).collect(),
    }))
}

/// What an account could do about what weighs on it.
pub async fn recommend(app: &State, account_id: Uuid, check: Option<Check>) -> Result<Recommendations> {
    let Some(Check { basis, ranking }) = check else {
        let needs = vec![RecommendationNeedKey::ChallengeCheck.into()];
        return Ok(Recommendations { based_on: None, items: Vec::new(), needs });
    };
    let (db, now) = (app.db.read(), app.clock.now());
    let burdens = rules::heavy(ranking);
    let avenues = rules::avenues(&burdens);
    let groups = groups(db, account_id, &avenues, now).await?;
    let needs = match groups {
        None => vec![RecommendationNeed::from(RecommendationNeedKey::Profile)],
        Some(_) => Vec::new(),
    };
    let groups = groups.unwrap_or_default();
    let home = home(db, account_id).await?;
    let organizations = organizations(db, account_id, &home, &avenues, now).await?;
    let events = events(db, account_id, &home, &avenues, now).await?;
    let recommend = |burden| Recommendation::new(burden, &groups, &organizations, &events);
    let items = burdens.into_iter().map(recommend).collect();
    Ok(Recommendations { based_on: Some(basis), items, needs })
}

/// The groups on these avenues that fit an account best; nothing where it has no profile to compare with.
async fn groups(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    avenues: &[&'static str],
    now: DateTime<Utc>,
) -> Result<Option<Vec<Candidate>>> {
    let purposes: Vec<_> = avenues.iter().filter_map(|avenue| Some((*avenue, rules::purpose(avenue)?))).collect();
    if purposes.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let wanted: Vec<_> = purposes.iter().map(|(_, purpose)| *purpose).collect();
    let found = match matching::store::best_by_purpose(db, account_id, &wanted, MOST_OPTIONS, now).await {
        Err(problem) if problem.code == ProblemCode::ProfileNeeded => return Ok(None),
        found => found?,
    };
    let candidate = |found: matching::schema::GroupMatch| {
        let (avenue, _) = purposes.iter().find(|(_, purpose)| *purpose == found.group.purpose)?;
        let best = found.parts.iter().filter(|part| part.points > 0.0).max_by(|a, b| a.points.total_cmp(&b.points));
        let why = rules::why_group(found.score, best.map(|part| part.reason.as_str()));
        Some(Candidate { id: found.group.id, avenue, name: found.group.name, why })
    };
    Ok(Some(found.into_iter().filter_map(candidate).collect()))
}

/// An organization, and the place in the list of what was looked for that it was found by.
#[derive(FromQueryResult)]
struct Found {
    place: i64,
    id: Uuid,
    name: String,
    country: Option<String>,
    region: Option<String>,
}

/// The organizations on these avenues that an account could join: those near it first, then those with many members.
async fn organizations(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    home: &Home,
    avenues: &[&'static str],
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>> {
    let looked_for: Vec<_> = avenues.iter().filter_map(|avenue| Some((*avenue, rules::sought(avenue)?))).collect();
    let each = looked_for.iter().zip(0..).map(|((_, sought), place)| nearest(*sought, place, account_id, home, now));
    let joined = each.reduce(|mut all, one| all.union(UnionType::All, one).to_owned());
    let Some(query) = joined else { return Ok(Vec::new()) };
    let rows = Found::find_by_statement(db.get_database_backend().build(&query)).all(db).await?;
    let candidate = |row: Found| {
        let (avenue, sought) = looked_for.get(usize::try_from(row.place).ok()?)?;
        let why = rules::why_organization(*sought, home.nearness(row.country.as_ref(), row.region.as_ref()));
        Some(Candidate { id: row.id, avenue, name: row.name, why })
    };
    Ok(rows.into_iter().filter_map(candidate).collect())
}

/// Where somebody works, as far as they tell.
#[derive(Default, FromQueryResult)]
struct Home {
    country: Option<String>,
    region: Option<String>,
}

impl Home {
    fn nearness(&self, country: Option<&String>, region: Option<&String>) -> Nearness {
        if self.region.is_some() && self.region.as_ref() == region {
            Nearness::Region
        } else if self.country.is_some() && self.country.as_ref() == country {
            Nearness::Country
        } else {
            Nearness::Elsewhere
        }
    }

    /// [`Self::nearness`] as a number to sort by; nothing where everything is equally far.
    fn distance(&self) -> Option<SimpleExpr> {
        let case = CaseStatement::new();
        let case = match (self.region.clone(), self.country.clone()) {
            (None, None) => return None,
            (Some(region), None) => case.case(organization::COLUMN.region.eq(region), 0),
            (None, Some(country)) => case.case(organization::COLUMN.country.eq(country), 1),
            (Some(region), Some(country)) => {
                case.case(organization::COLUMN.region.eq(region), 0).case(organization::COLUMN.country.eq(country), 1)
            }
        };
        Some(case.finally(2).into())
    }
}

async fn home(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Home> {
    let home = profile::Entity::find_by_id(account_id)
        .select_only()
        .columns([profile::Column::Country, profile::Column::Region])
        .into_model::<Home>()
        .one(db)
        .await?;
    Ok(home.unwrap_or_default())
}

/// The few organizations of one kind that come first.
fn nearest(sought: Sought, place: i64, account_id: Uuid, home: &Home, now: DateTime<Utc>) -> SelectStatement {
    use organization::{COLUMN, Column};
    let own = membership::Entity::find()
        .select_only()
        .column(membership::Column::OrganizationId)
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.organization_id.is_not_null())
        .filter(membership::open_at(now))
        .into_query();
    let is_sought = match sought {
        Sought::Kind(kind) => COLUMN.kind.eq(kind),
        Sought::Offering(offering) => Expr::col((organization::Entity, Column::Id)).in_subquery(
            organization_facet::Entity::find()
                .select_only()
                .column(organization_facet::Column::OrganizationId)
                .filter(organization_facet::COLUMN.facet.eq("offering"))
                .filter(organization_facet::COLUMN.value.eq(offering))
                .into_query(),
        ),
    };
    let joinable = organization::Entity::find()
        .select_only()
        .expr_as(Expr::value(place), "place")
        .columns([Column::Id, Column::Name, Column::Country, Column::Region])
        .filter(organization::has_status(OrganizationStatus::Published))
        .filter(COLUMN.accepts_memberships.eq(true))
        .filter(COLUMN.join_policy.ne(JoinPolicy::Invitation))
        .filter(is_sought)
        .filter(Expr::col((organization::Entity, Column::Id)).not_in_subquery(own));
    let near_first = match home.distance() {
        Some(distance) => joinable.order_by_asc(distance),
        None => joinable,
    };
    let first = near_first
        .order_by_desc(COLUMN.member_count)
        .order_by_asc(COLUMN.sort_name)
        .order_by_asc(COLUMN.id)
        .limit(MOST_OPTIONS as u64)
        .into_query();
    // A limit inside a union needs a query around it.
    SelectStatement::new().column(sea_orm::sea_query::Asterisk).from_subquery(first, "few").to_owned()
}

/// An event, and the place in the list of what was looked for that it was found by.
#[derive(FromQueryResult)]
struct FoundEvent {
    place: i64,
    id: Uuid,
    title: String,
    kind: EventKind,
    format: EventFormat,
    starts_local: String,
    country: Option<String>,
    region: Option<String>,
}

/// The coming events on these avenues in which an account gets a place by registering: those near it or online first, then
/// those that start first.
async fn events(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    home: &Home,
    avenues: &[&'static str],
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>> {
    let looked_for: Vec<_> = avenues.iter().filter_map(|avenue| Some((*avenue, rules::gathering(avenue)?))).collect();
    let each = looked_for.iter().zip(0..).map(|((_, what), place)| next(*what, place, account_id, home, now));
    let joined = each.reduce(|mut all, one| all.union(UnionType::All, one).to_owned());
    let Some(query) = joined else { return Ok(Vec::new()) };
    let rows = FoundEvent::find_by_statement(db.get_database_backend().build(&query)).all(db).await?;
    let candidate = |row: FoundEvent| {
        let (avenue, _) = looked_for.get(usize::try_from(row.place).ok()?)?;
        let nearness = home.nearness(row.country.as_ref(), row.region.as_ref());
        let why = rules::why_event(row.kind, &row.starts_local, row.format != EventFormat::InPerson, nearness);
        Some(Candidate { id: row.id, avenue, name: row.title, why })
    };
    Ok(rows.into_iter().filter_map(candidate).collect())
}

/// The few events of one sort that come first.
fn next(what: Gathering, place: i64, account_id: Uuid, home: &Home, now: DateTime<Utc>) -> SelectStatement {
    use event::{COLUMN, Column};
    let is_sought = match what {
        Gathering::Kinds(kinds) => COLUMN.kind.is_in(kinds.iter().copied()),
        // Nothing is local to somebody who does not say where they work: no region has the empty name.
        Gathering::Local => organization::COLUMN
            .kind
            .eq(OrganizationKind::LocalAssociation)
            .and(organization::COLUMN.region.eq(home.region.clone().unwrap_or_default())),
    };
    let fitting = event::Entity::find()
        .inner_join(organization::Entity)
        .select_only()
        .expr_as(Expr::value(place), "place")
        .columns([Column::Id, Column::Title, Column::Kind, Column::Format, Column::StartsLocal])
        .columns([organization::Column::Country, organization::Column::Region])
        .filter(is_sought)
        .filter(events::store::open_to(account_id, now));
    let near_first = match home.distance() {
        Some(far) => {
            let distance: SimpleExpr =
                CaseStatement::new().case(COLUMN.format.ne(EventFormat::InPerson), 0).finally(far).into();
            fitting.order_by_asc(distance)
        }
        None => fitting,
    };
    let first =
        near_first.order_by_asc(COLUMN.starts_at).order_by_asc(COLUMN.id).limit(MOST_OPTIONS as u64).into_query();
    // A limit inside a union needs a query around it.
    SelectStatement::new().column(sea_orm::sea_query::Asterisk).from_subquery(first, "few").to_owned()
}
