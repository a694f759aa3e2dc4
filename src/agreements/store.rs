//! Queries and transactions on agreements and their signatures.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    rules::{self, Case, PublicationStatus},
    schema::{
        AgreementClause, AgreementCreate, AgreementFilter, AgreementPatch, AgreementSignature,
        AgreementSignatureFilter, AgreementSignatureSort, AgreementSort, Seen,
    },
};
use crate::{
    audit,
    consultation_groups::{
        self,
        rules::{Standing, signature_due},
    },
    crypto::sha256_hex,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account, agreement, agreement_signature, consultation_group,
        membership::{self, MembershipStatus},
    },
    http::caller::Caller,
    problem::{Problem, Result},
    state::State,
};

/// An agreement, its group, and what the caller is to that.
pub struct Found {
    pub agreement: agreement::Model,
    pub group: consultation_group::Model,
    pub standing: Standing,
}

impl Found {
    pub fn case(&self, now: DateTime<Utc>) -> Case<'_> {
        Case { agreement: &self.agreement, group: &self.group, actor: &self.standing, now }
    }
}

/// The agreement, if the caller may know of it.
///
/// # Errors
/// 404 where there is none, its group is not visible, or it is a draft of somebody else's.
pub async fn visible_to(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Found> {
    let agreement = agreement::Entity::find_by_id(id).one(db).await?.ok_or_else(Problem::not_found)?;
    let visitor = caller.clone().into();
    let (group, standing) =
        consultation_groups::store::visible_to(db, &visitor, agreement.consultation_group_id, now).await?;
    match rules::is_visible(&agreement, &standing) {
        true => Ok(Found { agreement, group, standing }),
        false => Err(Problem::not_found()),
    }
}

/// One page of the agreements of a group, as far as somebody with this standing knows of them.
pub async fn list(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    standing: &Standing,
    filter: &AgreementFilter,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    use agreement::{COLUMN, Column};
    let has = |status| match status {
        PublicationStatus::Draft => COLUMN.number.is_null(),
        PublicationStatus::Published => COLUMN.number.is_not_null(),
    };
    let wanted = filter.status.iter().fold(Condition::any(), |any, status| any.add(has(*status)));
    let query = agreement::Entity::find().filter(COLUMN.consultation_group_id.eq(group_id)).filter(
        Condition::all()
            .add_option((!standing.owns()).then(|| has(PublicationStatus::Published)))
            .add_option(Some(wanted).filter(|_| !filter.status.is_empty())),
    );
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let descending = filter.sort == Some(AgreementSort::CreatedAtDescending);
    let columns = [Expr::col(Column::CreatedAt), Expr::col(Column::Id)];
    let rows = page.apply(query, &columns, descending).all(db).await?;
    let Rows { rows, next, .. } = page.finish(rows, |row| vec![Key::Instant(row.created_at), Key::Id(row.id)]);
    Ok(Rows { rows: seen(db, group_id, rows, standing).await?, next, total })
}

/// One agreement with what stands around it.
pub async fn seen_by(db: &impl ConnectionTrait, agreement: agreement::Model, standing: &Standing) -> Result<Seen> {
    let mut one = seen(db, agreement.consultation_group_id, vec![agreement], standing).await?;
    one.pop().ok_or_else(Problem::not_found)
}

/// Agreements of one group with what stands around them, in two queries whatever their number.
async fn seen(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    rows: Vec<agreement::Model>,
    standing: &Standing,
) -> Result<Vec<Seen>> {
    let earlier = |row: &agreement::Model| row.number.map(|number| number - 1).filter(|number| *number > 0);
    let numbers: Vec<i64> = rows.iter().filter_map(earlier).collect();
    let mut befores = HashMap::new();
    if !numbers.is_empty() {
        let found = agreement::Entity::find()
            .filter(agreement::COLUMN.consultation_group_id.eq(group_id))
            .filter(agreement::COLUMN.number.is_in(numbers))
            .all(db)
            .await?;
        befores.extend(found.into_iter().map(|before| (before.number, before.clauses)));
    }
    let people = rules::sees_people(standing);
    let counts =
        if people { count_signatures(db, rows.iter().map(|row| row.id).collect()).await? } else { HashMap::new() };
    let around = |agreement: agreement::Model| Seen {
        before: earlier(&agreement).and_then(|number| befores.get(&Some(number)).cloned()),
        signature_count: people.then(|| counts.get(&agreement.id).copied().unwrap_or_default()),
        agreement,
    };
    Ok(rows.into_iter().map(around).collect())
}

async fn count_signatures(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashMap<Uuid, i64>> {
    let counts: Vec<(Uuid, i64)> = agreement_signature::Entity::find()
        .select_only()
        .column(agreement_signature::Column::AgreementId)
        .column_as(agreement_signature::Column::Id.count(), "count")
        .filter(agreement_signature::COLUMN.agreement_id.is_in(ids))
        .group_by(agreement_signature::Column::AgreementId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

/// Writes a draft.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: Uuid,
    group_id: Uuid,
    body: &AgreementCreate,
    now: DateTime<Utc>,
) -> Result<agreement::Model> {
    let draft = agreement::Model {
        id: Uuid::now_v7(),
        consultation_group_id: group_id,
        number: None,
        clauses: AgreementClause::stored(&body.clauses),
        material: body.material.unwrap_or(true),
        effective_from: None,
        sha256: None,
        created_by: actor,
        published_by: None,
        published_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    agreement::Entity::insert(draft.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, now, "agreement.create", actor, &draft).await?;
    Ok(draft)
}

/// Changes a draft.
pub async fn update(
    tx: &DatabaseTransaction,
    actor: Uuid,
    draft: agreement::Model,
    patch: &AgreementPatch,
    now: DateTime<Utc>,
) -> Result<agreement::Model> {
    let clauses = patch.clauses.as_deref().map(AgreementClause::stored);
    let changed = agreement::Model {
        clauses: clauses.unwrap_or(draft.clauses),
        material: patch.material.unwrap_or(draft.material),
        ..draft
    };
    let changed = save(tx, changed, now).await?;
    record(tx, now, "agreement.update", actor, &changed).await?;
    Ok(changed)
}

/// Takes a draft away.
pub async fn delete(tx: &DatabaseTransaction, actor: Uuid, draft: &agreement::Model, now: DateTime<Utc>) -> Result<()> {
    agreement::Entity::delete_by_id(draft.id).exec(tx).await?;
    record(tx, now, "agreement.delete", actor, draft).await
}

/// Makes a version the one in force, with its hash; a material one is to be signed by everybody who holds a place. Two
/// versions cannot get one number: both would change the group.
pub async fn publish(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    group: consultation_group::Model,
    next: agreement::Model,
    now: DateTime<Utc>,
) -> Result<agreement::Model> {
    let canonical = rules::canonical(&next).ok_or_else(|| Problem::internal("a version without canonical text"))?;
    let published = agreement::Model { sha256: Some(sha256_hex(canonical.as_bytes())), ..next };
    let published = save(tx, published, now).await?;
    let group = consultation_group::Model { agreement_number: published.number, ..group };
    let group = consultation_groups::store::save(tx, group, now).await?;
    if published.material {
        ask_for_signatures(tx, &published, now).await?;
    }
    record(tx, now, "agreement.publish", actor, &published).await?;
    consultation_groups::store::offer_free_seats(tx, app, &group, now).await?;
    Ok(published)
}

/// Sets until when each member has to sign. Whoever still has to sign for their seat has that long already.
async fn ask_for_signatures(tx: &DatabaseTransaction, published: &agreement::Model, now: DateTime<Utc>) -> Result<()> {
    use membership::{COLUMN, Column};
    let effective = published.effective_from.map_or(now, |day| rules::to_be_signed_from(day, now));
    let held: Vec<(Uuid, Option<DateTime<Utc>>)> = membership::Entity::find()
        .select_only()
        .columns([Column::Id, Column::SignatureDueAt])
        .filter(COLUMN.consultation_group_id.eq(published.consultation_group_id))
        .filter(COLUMN.status.is_in(MembershipStatus::PLACED))
        .into_tuple()
        .all(tx)
        .await?;
    let mut by_due: HashMap<DateTime<Utc>, Vec<Uuid>> = HashMap::new();
    for (id, due) in held {
        by_due.entry(signature_due(due, effective)).or_default().push(id);
    }
    for (due, ids) in by_due {
        membership::Entity::update_many()
            .col_expr(Column::SignatureDueAt, Expr::value(due))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(COLUMN.id.is_in(ids))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Writes an agreement down, one version on.
async fn save(tx: &DatabaseTransaction, agreement: agreement::Model, now: DateTime<Utc>) -> Result<agreement::Model> {
    let agreement = agreement::Model { version: agreement.version + 1, updated_at: now, ..agreement };
    let mut changed = agreement.clone().into_active_model().reset_all();
    changed.id = Unchanged(agreement.id);
    agreement::Entity::update(changed).exec(tx).await?;
    Ok(agreement)
}

async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    action: &'static str,
    actor: Uuid,
    agreement: &agreement::Model,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "agreement",
        subject_id: agreement.id,
        consultation_group_id: Some(agreement.consultation_group_id),
        ..Default::default()
    };
    audit::record(tx, now, event).await
}

/// One page of the signatures under an agreement.
pub async fn signatures(
    db: &impl ConnectionTrait,
    agreement_id: Uuid,
    filter: &AgreementSignatureFilter,
    page: &PageRequest,
) -> Result<Rows<AgreementSignature>> {
    use agreement_signature::{COLUMN, Column, Entity};
    let query = Entity::find().filter(COLUMN.agreement_id.eq(agreement_id));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let descending = filter.sort == Some(AgreementSignatureSort::SignedAtDescending);
    let columns = [Column::SignedAt, Column::Id].map(|column| Expr::col((Entity, column)));
    let rows = page.apply(query.find_also_related(account::Entity), &columns, descending).all(db).await?;
    let Rows { rows, next, .. } = page.finish(rows, |(row, _)| vec![Key::Instant(row.signed_at), Key::Id(row.id)]);
    Ok(Rows { rows: rows.into_iter().map(named).collect(), next, total })
}

/// Every signature under an agreement, oldest first; only those of `account_id`, where one is given.
pub async fn all_signatures(
    db: &impl ConnectionTrait,
    agreement_id: Uuid,
    account_id: Option<Uuid>,
) -> Result<Vec<AgreementSignature>> {
    use agreement_signature::{COLUMN, Column, Entity};
    let rows = Entity::find()
        .find_also_related(account::Entity)
        .filter(COLUMN.agreement_id.eq(agreement_id))
        .filter(Condition::all().add_option(account_id.map(|id| COLUMN.account_id.eq(id))))
        .order_by_asc(Column::SignedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(named).collect())
}

fn named((row, holder): (agreement_signature::Model, Option<account::Model>)) -> AgreementSignature {
    AgreementSignature::new(row, holder.map(|holder| holder.display_name).unwrap_or_default())
}
