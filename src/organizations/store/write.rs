use chrono::{DateTime, Datelike, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
    sea_query::{Expr, Query, UnionType},
};
use uuid::Uuid;

use crate::{
    audit,
    db::{
        inserts::Inserts,
        search::{fold_all, slug, sort_name},
    },
    entities::{
        StoredFacts, Strings,
        membership::{self, MembershipKind, MembershipRole, MembershipStatus, Verification},
        organization::{self, JoinPolicy, OrganizationStatus, Visibility},
        organization_facet,
    },
    organizations::{
        rules::{self, Misplaced},
        schema::{Fact, OrganizationCreate, OrganizationPatch, facts_ahead, not_joinable},
    },
    problem::{Fault, Problem, ProblemCode, Result},
    therapists::schema::region_fault,
    vocabularies::{DisciplineKey, OfferingKey},
};

/// A proposal, and what is to be put in for it.
pub async fn create(
    db: &impl ConnectionTrait,
    proposer: Uuid,
    body: &OrganizationCreate,
    now: DateTime<Utc>,
) -> Result<(organization::Model, Inserts)> {
    let row = organization::Model { proposed_by: Some(proposer), ..new_row(Uuid::now_v7(), body, now)? };
    let (row, mut inserts) = inserts_of(db, row, &body.facts, now).await?;
    audit::first(&mut inserts, now, event("organization.propose", proposer, row.id))?;
    Ok((row, inserts))
}

/// Adds an organization that ships with the service.
pub async fn add_published(
    tx: &DatabaseTransaction,
    id: Uuid,
    body: &OrganizationCreate,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = organization::Model { status: OrganizationStatus::Published, ..new_row(id, body, now)? };
    inserts_of(tx, row, &body.facts, now).await?.1.run(tx).await
}

/// The row with a slug to itself, and what is to be put in for it.
async fn inserts_of(
    db: &impl ConnectionTrait,
    row: organization::Model,
    facts: &[Fact],
    now: DateTime<Utc>,
) -> Result<(organization::Model, Inserts)> {
    check_members(db, None, &row, facts, now).await?;
    let row = with_free_slug(db, row).await?;
    let mut inserts = Inserts::default();
    inserts.add(row.clone().into_active_model().reset_all());
    inserts.add_all(facets(&row));
    Ok((row, inserts))
}

fn new_row(id: Uuid, body: &OrganizationCreate, now: DateTime<Utc>) -> Result<organization::Model> {
    let body = body.clone();
    let accepts_memberships = body.accepts_memberships.unwrap_or_else(|| rules::kind_takes_members(body.kind));
    let row = organization::Model {
        id,
        slug: slug(&body.name, "organization"),
        sort_name: sort_name(&body.name),
        search_name: String::new(),
        search_text: String::new(),
        name: body.name,
        short_name: body.short_name,
        kind: body.kind,
        description: body.description,
        website_url: body.website_url,
        country: body.country,
        region: body.region,
        parent_id: body.parent_id,
        disciplines: DisciplineKey::stored(&body.disciplines),
        offerings: OfferingKey::stored(&body.offerings),
        founded_year: body.founded_year,
        membership_categories: Strings(body.membership_categories),
        facts: StoredFacts::of(&body.facts).map_err(Problem::internal)?,
        accepts_memberships,
        join_policy: body.join_policy.unwrap_or(JoinPolicy::SelfReported),
        visibility: body.visibility.unwrap_or(Visibility::Public),
        status: OrganizationStatus::Proposed,
        merged_into_id: None,
        proposed_by: None,
        represented: body.represented,
        member_count: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Ok(with_search(row))
}

/// Applies a patch.
pub async fn update(
    tx: &DatabaseTransaction,
    actor: Uuid,
    current: organization::Model,
    patch: &OrganizationPatch,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let patch = patch.clone();
    let mut row = current.clone();
    row.name = patch.name.unwrap_or(row.name);
    row.short_name = patch.short_name.unwrap_or(row.short_name);
    row.kind = patch.kind.unwrap_or(row.kind);
    // A kind that takes no members has no owner either.
    row.represented &= rules::kind_takes_members(row.kind);
    row.description = patch.description.unwrap_or(row.description);
    row.website_url = patch.website_url.unwrap_or(row.website_url);
    row.country = patch.country.unwrap_or(row.country);
    row.region = patch.region.unwrap_or(row.region);
    row.parent_id = patch.parent_id.unwrap_or(row.parent_id);
    row.disciplines = patch.disciplines.map_or(row.disciplines, |keys| DisciplineKey::stored(&keys));
    row.offerings = patch.offerings.map_or(row.offerings, |keys| OfferingKey::stored(&keys));
    row.founded_year = patch.founded_year.unwrap_or(row.founded_year);
    row.membership_categories = patch.membership_categories.map_or(row.membership_categories, Strings);
    row.accepts_memberships = patch.accepts_memberships.unwrap_or(row.accepts_memberships);
    row.join_policy = patch.join_policy.unwrap_or(row.join_policy);
    row.visibility = patch.visibility.unwrap_or(row.visibility);
    let facts = patch.facts.as_deref().unwrap_or_default();
    if patch.facts.is_some() {
        row.facts = StoredFacts::of(&facts).map_err(Problem::internal)?;
    }
    row.sort_name = sort_name(&row.name);
    check_members(tx, Some(&current), &row, facts, now).await?;
    check_name(tx, &row).await?;
    let row = save(tx, with_search(row), now).await?;
    organization_facet::Entity::delete_many()
        .filter(organization_facet::COLUMN.organization_id.eq(row.id))
        .exec(tx)
        .await?;
    let mut inserts = Inserts::default();
    inserts.add_all(facets(&row));
    inserts.run(tx).await?;
    record(tx, now, "organization.update", actor, row.id).await?;
    Ok(row)
}

/// Withdraws a proposal.
pub async fn delete(
    tx: &DatabaseTransaction,
    actor: Uuid,
    row: &organization::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    if row.status != OrganizationStatus::Proposed {
        let status = "only a proposal can be deleted; archive what has been published";
        return Err(Problem::new(ProblemCode::InvalidTransition, status));
    }
    organization::Entity::delete_by_id(row.id).exec(tx).await?;
    record(tx, now, "organization.delete", actor, row.id).await
}

/// Makes an account the owner: its open membership rises, or a new one starts.
pub async fn add_owner(
    tx: &DatabaseTransaction,
    row: organization::Model,
    account_id: Uuid,
    actor: Uuid,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let open = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.organization_id.eq(row.id))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .one(tx)
        .await?;
    let (id, joins) = match open {
        Some(open) => {
            let joins = open.status == MembershipStatus::Requested;
            let risen = membership::ActiveModel {
                id: Unchanged(open.id),
                role: Set(MembershipRole::Owner),
                status: Set(MembershipStatus::Active),
                joined_at: Set(open.joined_at.or(Some(now))),
                leave_until: Set(None),
                suspended_until: Set(None),
                version: Set(open.version + 1),
                updated_at: Set(now),
                ..Default::default()
            };
            membership::Entity::update(risen).exec(tx).await?;
            (open.id, joins)
        }
        None => (start_ownership(tx, row.id, account_id, now).await?, true),
    };
    audit::record(
        tx,
        now,
        audit::Event {
            action: "membership.appoint_owner",
            actor_id: Some(actor),
            subject_type: "membership",
            subject_id: id,
            organization_id: Some(row.id),
            account_id: Some(account_id),
            ..Default::default()
        },
    )
    .await?;
    let member_count = row.member_count + i64::from(joins);
    save(tx, organization::Model { member_count, ..row }, now).await
}

async fn start_ownership(
    tx: &DatabaseTransaction,
    organization_id: Uuid,
    account_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let started = membership::ActiveModel {
        id: Set(id),
        account_id: Set(account_id),
        kind: Set(MembershipKind::Organization),
        organization_id: Set(Some(organization_id)),
        role: Set(MembershipRole::Owner),
        status: Set(MembershipStatus::Active),
        requested_at: Set(now),
        joined_at: Set(Some(now)),
        verification: Set(Verification::SelfReported),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    membership::Entity::insert(started).exec_without_returning(tx).await?;
    Ok(id)
}

/// Writes the whole row, one version on.
pub(super) async fn save(
    tx: &DatabaseTransaction,
    row: organization::Model,
    now: DateTime<Utc>,
) -> Result<organization::Model> {
    let row = organization::Model { version: row.version + 1, updated_at: now, ..row };
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    organization::Entity::update(changed).exec(tx).await?;
    Ok(row)
}

pub(super) async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    id: Uuid,
) -> Result<()> {
    audit::record(tx, now, event(action, actor, id)).await
}

fn event(action: &'static str, actor: Uuid, id: Uuid) -> audit::Event {
    audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "organization",
        subject_id: id,
        organization_id: Some(id),
        ..Default::default()
    }
}

fn with_search(row: organization::Model) -> organization::Model {
    let words = row.disciplines.0.iter().chain(&row.offerings.0).chain(&row.membership_categories.0);
    organization::Model {
        search_name: fold_all([row.name.as_str(), row.short_name.as_deref().unwrap_or_default()]),
        search_text: fold_all(words.map(String::as_str).chain(row.description.as_deref())),
        ..row
    }
}

/// What the members must be together, and the place among the chapters. Where it stood `before`, it stays: its parent may
/// have been archived since.
async fn check_members(
    db: &impl ConnectionTrait,
    before: Option<&organization::Model>,
    row: &organization::Model,
    facts: &[Fact],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut faults: Vec<Fault> = facts_ahead(facts, now.date_naive()).collect();
    let is_new_kind = before.is_some_and(|before| before.kind != row.kind);
    if is_new_kind && row.member_count > 0 && !rules::kind_takes_members(row.kind) {
        faults.push(Fault::at("/kind", "has_members", "must be one that takes members, since there are some"));
    }
    faults.extend(not_joinable(row.kind, row.accepts_memberships));
    faults.extend(region_fault(row.region.as_deref(), row.country.as_deref()));
    if row.founded_year.is_some_and(|year| year > now.year().into()) {
        faults.push(Fault::at("/founded_year", "out_of_range", "must not lie in the future"));
    }
    if let Some(parent) = row.parent_id
        && before.is_none_or(|before| before.parent_id != row.parent_id)
        && let Err((code, detail)) = check_place(db, row.id, parent).await?
    {
        faults.push(Fault::at("/parent_id", code, detail));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Problem::invalid(faults)),
    }
}

/// Other published organizations of the country that have the name.
fn namesakes(row: &organization::Model) -> Condition {
    let same_country = match &row.country {
        Some(country) => organization::COLUMN.country.eq(country.clone()),
        None => organization::COLUMN.country.is_null(),
    };
    Condition::all()
        .add(organization::has_status(OrganizationStatus::Published))
        .add(organization::COLUMN.sort_name.eq(row.sort_name.clone()))
        .add(same_country)
        .add(organization::COLUMN.id.ne(row.id))
}

fn name_taken() -> Problem {
    let fault = Fault::at("/name", "taken", "must differ from the other organizations of this country");
    Problem::from(ProblemCode::NameTaken).with_errors(vec![fault])
}

/// A published organization has its name to itself in its country.
pub(super) async fn check_name(tx: &DatabaseTransaction, row: &organization::Model) -> Result<()> {
    let other = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .filter(namesakes(row))
        .into_tuple::<Uuid>()
        .one(tx)
        .await?;
    other.map_or(Ok(()), |_| Err(name_taken()))
}

/// Checks the name, and adds the tail of the id to the slug where another has it. One query looks for both.
async fn with_free_slug(db: &impl ConnectionTrait, row: organization::Model) -> Result<organization::Model> {
    let with = |condition: Condition, is_namesake: bool| {
        Query::select().expr(Expr::val(is_namesake)).from(organization::Entity).cond_where(condition).take()
    };
    // Two conditions in one query would have PostgreSQL set up bitmaps of two indexes.
    let of_slug = with(Condition::all().add(organization::COLUMN.slug.eq(row.slug.clone())), false);
    let in_the_way = db.query_all(&with(namesakes(&row), true).union(UnionType::All, of_slug).take()).await?;
    for found in &in_the_way {
        if found.try_get_by_index(0)? {
            return Err(name_taken());
        }
    }
    if in_the_way.is_empty() {
        return Ok(row);
    }
    let id = row.id.simple().to_string();
    Ok(organization::Model { slug: format!("{}-{}", row.slug, id.get(20..).unwrap_or(&id)), ..row })
}

/// Whether `id` can be a chapter of `parent`.
async fn check_place(
    db: &impl ConnectionTrait,
    id: Uuid,
    parent: Uuid,
) -> Result<std::result::Result<(), (&'static str, &'static str)>> {
    let line = line_upwards(db, parent).await?;
    if line.first().is_none_or(|(_, status)| *status != OrganizationStatus::Published) {
        return Ok(Err(("unknown_organization", "must be the id of a published organization")));
    }
    let ancestors: Vec<Uuid> = line.into_iter().map(|(id, _)| id).collect();
    let placed = rules::may_stand_under(id, levels_below(db, id).await?, &ancestors);
    Ok(placed.map_err(|misplaced| match misplaced {
        Misplaced::Cycle => ("cycle", "must not be the organization itself or one of its chapters"),
        Misplaced::TooDeep => ("too_deep", "must leave at most 5 levels of chapters"),
    }))
}

/// An organization, what it is a chapter of, and so on: read one by one, hardly more than may stand above one another.
pub(super) async fn line_upwards(db: &impl ConnectionTrait, from: Uuid) -> Result<Vec<(Uuid, OrganizationStatus)>> {
    let mut line = Vec::new();
    let mut above = Some(from);
    while let Some(next) = above.filter(|_| line.len() <= rules::DEEPEST) {
        let found: Option<(OrganizationStatus, Option<Uuid>)> = organization::Entity::find_by_id(next)
            .select_only()
            .columns([organization::Column::Status, organization::Column::ParentId])
            .into_tuple()
            .one(db)
            .await?;
        let Some((status, parent)) = found else { break };
        line.push((next, status));
        above = parent;
    }
    Ok(line)
}

/// How many levels of chapters stand under it: one query for each, hardly more than there may be.
pub(super) async fn levels_below(db: &impl ConnectionTrait, id: Uuid) -> Result<usize> {
    let mut levels = 0;
    let mut level = vec![id];
    while levels <= rules::DEEPEST {
        level = organization::Entity::find()
            .select_only()
            .column(organization::Column::Id)
            .filter(organization::COLUMN.parent_id.is_in(level))
            .into_tuple()
            .all(db)
            .await?;
        if level.is_empty() {
            break;
        }
        levels += 1;
    }
    Ok(levels)
}

fn facets(row: &organization::Model) -> Vec<organization_facet::ActiveModel> {
    let facet = |facet: &'static str| {
        move |value: &String| organization_facet::ActiveModel {
            organization_id: Set(row.id),
            facet: Set(facet.into()),
            value: Set(value.clone()),
        }
    };
    let disciplines = row.disciplines.0.iter().map(facet("discipline"));
    disciplines.chain(row.offerings.0.iter().map(facet("offering"))).collect()
}
