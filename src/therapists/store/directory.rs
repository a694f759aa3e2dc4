use std::collections::HashMap;

use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationTrait, Select,
    sea_query::{ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    db::{
        page::{Key, PageRequest, Rows},
        search,
    },
    entities::{
        account, licence,
        profile::{self, Column, Discoverable},
        profile_facet,
    },
    problem::{Problem, Result},
    therapists::schema::{LanguageTag, TherapistFilter, TherapistSort},
};

/// A profile as the directory lists it.
pub struct Listing {
    pub display_name: String,
    pub profile: profile::Model,
    pub licences: Vec<licence::Model>,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    profile: profile::Model,
    display_name: String,
}

/// Profiles of accounts in good standing, with their names.
pub fn listed() -> Select<profile::Entity> {
    profile::Entity::find()
        .join(JoinType::InnerJoin, profile::Relation::Account.def())
        .column(account::Column::DisplayName)
        .filter(account::is_live())
}

/// The profile of `account_id`, if the caller may see it: discoverable, or the caller's own.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(db: &impl ConnectionTrait, caller: Uuid, account_id: Uuid) -> Result<Listing> {
    let visible = Condition::any()
        .add(profile::COLUMN.discoverable.eq(Discoverable::Members))
        .add(profile::COLUMN.account_id.eq(caller));
    let query = listed().filter(profile::COLUMN.account_id.eq(account_id)).filter(visible);
    let row = query.into_model::<Row>().one(db).await?.ok_or_else(Problem::not_found)?;
    with_licences(db, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// One page of the discoverable profiles that the filters let through.
pub async fn list(db: &impl ConnectionTrait, filter: &TherapistFilter, page: &PageRequest) -> Result<Rows<Listing>> {
    let mut query = listed().filter(filtered(filter));
    let hits = filter.q.as_deref().map(|q| search::search(db.get_database_backend(), "profile", "account_id", q));
    if let Some(hits) = &hits {
        query = query.filter(hits.condition.clone());
    }
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let (name, id) = (Column::SortName.into_expr(), Column::AccountId.into_expr());
    type Keys = Box<dyn Fn(&Row) -> Vec<Key>>;
    let (columns, descending, keys): (Vec<SimpleExpr>, bool, Keys) = match (filter.sort, hits) {
        (None, Some(hits)) => {
            let rank = hits.rank.clone();
            let keys = move |Row { profile: row, .. }: &Row| {
                let rank = hits.rank_of(&row.sort_name, &row.search_name);
                vec![Key::Number(rank), Key::Text(row.sort_name.clone()), Key::Id(row.account_id)]
            };
            (vec![rank, name, id], false, Box::new(keys))
        }
        (Some(TherapistSort::CreatedAt | TherapistSort::CreatedAtDescending), _) => (
            vec![Column::CreatedAt.into_expr(), id],
            filter.sort == Some(TherapistSort::CreatedAtDescending),
            Box::new(|Row { profile: row, .. }| vec![Key::Instant(row.created_at), Key::Id(row.account_id)]),
        ),
        (None | Some(TherapistSort::Name | TherapistSort::NameDescending), _) => (
            vec![name, id],
            filter.sort == Some(TherapistSort::NameDescending),
            Box::new(|Row { profile: row, .. }| vec![Key::Text(row.sort_name.clone()), Key::Id(row.account_id)]),
        ),
    };
    let found = page.apply(query, &columns, descending).into_model::<Row>().all(db).await?;
    let Rows { rows, next, .. } = page.finish(found, keys);
    Ok(Rows { rows: with_licences(db, rows).await?, next, total })
}

/// What `query`, which starts from [`listed`], finds, in two queries.
pub async fn listings(db: &impl ConnectionTrait, query: Select<profile::Entity>) -> Result<Vec<Listing>> {
    with_licences(db, query.into_model::<Row>().all(db).await?).await
}

/// Adds the licences of all rows in one query.
async fn with_licences(db: &impl ConnectionTrait, rows: Vec<Row>) -> Result<Vec<Listing>> {
    let accounts = rows.iter().map(|row| row.profile.account_id);
    let found = licence::Entity::find()
        .filter(licence::COLUMN.account_id.is_in(accounts))
        .order_by_asc(licence::COLUMN.account_id)
        .order_by_asc(licence::COLUMN.position)
        .all(db)
        .await?;
    let mut licences: HashMap<Uuid, Vec<licence::Model>> = HashMap::new();
    for licence in found {
        licences.entry(licence.account_id).or_default().push(licence);
    }
    let listing = |Row { profile, display_name }| {
        let licences = licences.remove(&profile.account_id).unwrap_or_default();
        Listing { display_name, profile, licences }
    };
    Ok(rows.into_iter().map(listing).collect())
}

fn filtered(filter: &TherapistFilter) -> Condition {
    let languages: Vec<_> = filter.language.iter().map(|LanguageTag(tag)| tag.to_ascii_lowercase()).collect();
    Condition::all()
        .add(profile::COLUMN.discoverable.eq(Discoverable::Members))
        .add_option(has_facet("specialty", filter.specialty.iter().map(|key| key.0.clone())))
        .add_option(has_facet("modality", filter.modality.iter().map(|key| key.0.clone())))
        .add_option(has_facet("population", filter.population.iter().map(|key| key.0.clone())))
        .add_option(has_facet("language", languages))
        .add_option(has_facet("format", filter.format.iter().map(|key| key.0.clone())))
        .add_option(has_facet("open_to", filter.open_to.iter().map(|key| key.0.clone())))
        .add_option(has_facet("licence_family", filter.licence_family.iter().map(|key| key.0.clone())))
        .add_option(has_facet("jurisdiction", filter.jurisdiction.clone()))
        .add_option(has_facet("country", filter.country.clone()))
        .add_option(has_facet("region", filter.region.clone()))
        .add_option(has_facet("experience", filter.experience.iter().map(ActiveEnum::to_value)))
}

/// Profiles that have one of `values`; no condition where there are none.
fn has_facet(facet: &str, values: impl IntoIterator<Item = String>) -> Option<SimpleExpr> {
    let mut values = values.into_iter().peekable();
    values.peek()?;
    let having = profile_facet::Entity::find()
        .select_only()
        .column(profile_facet::Column::AccountId)
        .filter(profile_facet::COLUMN.facet.eq(facet))
        .filter(profile_facet::COLUMN.value.is_in(values))
        .into_query();
    Some(Column::AccountId.into_expr().in_subquery(having))
}
