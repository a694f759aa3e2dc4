use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Condition, Expr, ExprTrait, Func, Query, SimpleExpr},
};
use uuid::Uuid;

use super::ledger::{self, Range};
use crate::{
    accounts,
    crypto::{codes, data_keys::DataKey},
    db::page::{Key, PageRequest, Rows},
    entities::{
        certificate::{self, Content},
        consultation_group, hour_entry, profile,
    },
    hours::{
        rules::{self, CertificateStatus},
        schema::{CertificateCreate, Opened, pdf::Paper},
    },
    problem::{Fault, Problem, ProblemCode, Result},
    state::State,
};

fn of(account_id: Uuid) -> Select<certificate::Entity> {
    certificate::Entity::find().filter(certificate::COLUMN.account_id.eq(account_id))
}

/// What the ledger comes to for the range of each of these certificates, minutes and minutes of presenting: one query.
async fn sums(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, (i64, i64)>> {
    use certificate::{Column as Of, Entity as Certificate};
    use hour_entry::{Column, Entity};
    let counted = Condition::all()
        .add(Expr::col((Entity, Column::AccountId)).equals((Certificate, Of::AccountId)))
        .add(Expr::col((Entity, Column::ConsultationGroupId)).equals((Certificate, Of::ConsultationGroupId)))
        .add(Expr::col((Entity, Column::OccurredOn)).gte(Expr::col((Certificate, Of::FromOn))))
        .add(Expr::col((Entity, Column::OccurredOn)).lte(Expr::col((Certificate, Of::ToOn))));
    let sum = |column| -> SimpleExpr { Func::sum(Expr::col((Entity, column))).cast_as("BIGINT") };
    let all = Query::select()
        .expr(Expr::col((Certificate, Of::Id)))
        .expr(sum(Column::Minutes))
        .expr(sum(Column::PresentingMinutes))
        .from(Certificate)
        .left_join(Entity, counted)
        .and_where(Expr::col((Certificate, Of::Id)).is_in(ids))
        .group_by_col((Certificate, Of::Id))
        .to_owned();
    let mut sums = HashMap::new();
    for row in db.query_all(&all).await? {
        let number = |at| Ok::<i64, Problem>(row.try_get_by_index::<Option<i64>>(at)?.unwrap_or_default());
        sums.insert(row.try_get_by_index(0)?, (number(1)?, number(2)?));
    }
    Ok(sums)
}

fn status(row: &certificate::Model, sums: &HashMap<Uuid, (i64, i64)>) -> CertificateStatus {
    let (minutes, presenting_minutes) = sums.get(&row.id).copied().unwrap_or_default();
    rules::status(row, minutes, presenting_minutes)
}

fn open(key: &DataKey, row: certificate::Model, sums: &HashMap<Uuid, (i64, i64)>) -> Result<Opened> {
    let sealed = row.content.as_deref().ok_or_else(Problem::not_found)?;
    let content: Content = key.open(sealed, &row.place())?;
    Ok(Opened { status: status(&row, sums), row, content })
}

async fn open_all(app: &State, account_id: Uuid, rows: Vec<certificate::Model>) -> Result<Vec<Opened>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sums = sums(app.db.read(), rows.iter().map(|row| row.id)).await?;
    let key = app.data_key(account_id).await?;
    rows.into_iter().map(|row| open(&key, row, &sums)).collect()
}

/// One page of the certificates of an account, the latest first.
pub async fn list(app: &State, account_id: Uuid, page: &PageRequest) -> Result<Rows<Opened>> {
    use certificate::Column;
    let (db, query) = (app.db.read(), of(account_id));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::IssuedAt, Column::Id].map(Expr::col);
    let rows = page.apply(query, &columns, true).all(db).await?;
    let Rows { rows, next, .. } = page.finish(rows, |row| vec![Key::Instant(row.issued_at), Key::Id(row.id)]);
    Ok(Rows { rows: open_all(app, account_id, rows).await?, next, total })
}

/// Every certificate of an account, in the order in which they were issued; `most` at most.
pub async fn all(app: &State, account_id: Uuid, most: u64) -> Result<Vec<Opened>> {
    let rows = of(account_id).order_by_asc(certificate::COLUMN.id).limit(most).all(app.db.read()).await?;
    open_all(app, account_id, rows).await
}

async fn find(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<certificate::Model> {
    let found = of(account_id).filter(certificate::COLUMN.id.eq(id)).one(db).await?;
    found.ok_or_else(Problem::not_found)
}

/// A certificate of an account.
///
/// # Errors
/// 404 when the account has none with this id.
pub async fn get(app: &State, account_id: Uuid, id: Uuid) -> Result<Opened> {
    let row = find(app.db.read(), account_id, id).await?;
    open_all(app, account_id, vec![row]).await?.pop().ok_or_else(Problem::not_found)
}

/// Issues a certificate of what the ledger comes to.
///
/// # Errors
/// 422 where the range is none, or where there is nothing to certify.
pub async fn issue(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    body: &CertificateCreate,
    now: DateTime<Utc>,
) -> Result<Opened> {
    let account = accounts::store::of_caller(tx, account_id).await?;
    let last = rules::last_day(accounts::rules::day_in(&account.time_zone, now), now);
    let mut faults = Vec::new();
    if body.to < body.from {
        faults.push(Fault::at("/to", "out_of_range", "must not be before from"));
    }
    if body.to > last {
        faults.push(Fault::at("/to", "in_the_future", "must not be in the future where you are"));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let group_id = body.consultation_group_id;
    let range = Range { from: body.from, to: Some(body.to), consultation_group_id: Some(group_id) };
    let totals = ledger::totals(tx, account_id, &range).await?;
    let group = consultation_group::Entity::find_by_id(group_id).one(tx).await?;
    let Some(group) = group.filter(|_| totals.meetings > 0) else {
        let detail = "must be a group in which you have hours in this range";
        return Err(Problem::invalid_at("/consultation_group_id", "no_hours", detail));
    };
    let code = codes::generate()?;
    let mut row = certificate::Model {
        id: Uuid::now_v7(),
        account_id: Some(account_id),
        consultation_group_id: Some(group_id),
        code_hash: codes::hash(&code),
        content: None,
        from_on: Some(body.from),
        to_on: Some(body.to),
        meetings: Some(totals.meetings),
        minutes: Some(totals.minutes),
        presenting_minutes: Some(totals.presenting_minutes),
        issued_at: now,
        revoked_at: None,
        version: 1,
    };
    let content = Content { code, holder_name: account.display_name, group_name: group.name };
    row.content = Some(app.data_key_to_write(tx, account_id).await?.seal(&content, &row.place())?);
    certificate::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(Opened { row, content, status: CertificateStatus::Valid })
}

/// The sheet that a certificate of this account is printed on.
///
/// # Errors
/// 409 where it is not good any more.
pub async fn paper(app: &State, account_id: Uuid, certificate: &Opened) -> Result<Paper> {
    if certificate.status != CertificateStatus::Valid {
        let detail = format!("the certificate is {}", certificate.status.word());
        return Err(Problem::new(ProblemCode::InvalidTransition, detail));
    }
    let profile = profile::Entity::find_by_id(account_id).one(app.db.read()).await?;
    Ok(Paper::of(profile.and_then(|profile| profile.country).as_deref()))
}

/// A certificate of an account that was not taken back, to be changed.
///
/// # Errors
/// 404 when there is none.
pub async fn to_revoke(tx: &DatabaseTransaction, account_id: Uuid, id: Uuid) -> Result<certificate::Model> {
    let row = find(tx, account_id, id).await?;
    match row.revoked_at {
        None => Ok(row),
        Some(_) => Err(Problem::not_found()),
    }
}

/// Takes a certificate back.
pub async fn revoke(tx: &DatabaseTransaction, row: certificate::Model, now: DateTime<Utc>) -> Result<()> {
    let revoked = certificate::ActiveModel {
        id: Unchanged(row.id),
        revoked_at: Set(Some(now)),
        version: Set(row.version + 1),
        ..Default::default()
    };
    certificate::Entity::update(revoked).exec(tx).await?;
    Ok(())
}

/// Whether a code is that of a certificate that is good. The same is asked of the database whatever the code is.
pub async fn is_valid(db: &impl ConnectionTrait, code: &str) -> Result<bool> {
    let known = certificate::COLUMN.code_hash.eq(codes::hash(code));
    let row = certificate::Entity::find().filter(known).one(db).await?;
    let sums = sums(db, [row.as_ref().map_or(Uuid::nil(), |row| row.id)]).await?;
    Ok(row.is_some_and(|row| status(&row, &sums) == CertificateStatus::Valid))
}

/// The account goes. Of its certificates that are good the hash stays; the others go.
pub async fn detach(tx: &DatabaseTransaction, account_id: Uuid) -> Result<()> {
    let rows = of(account_id).all(tx).await?;
    let sums = sums(tx, rows.iter().map(|row| row.id)).await?;
    let good = |row: &&certificate::Model| status(row, &sums) == CertificateStatus::Valid;
    let good: Vec<Uuid> = rows.iter().filter(good).map(|row| row.id).collect();
    certificate::Entity::delete_many()
        .filter(certificate::COLUMN.account_id.eq(account_id))
        .filter(certificate::COLUMN.id.is_not_in(good))
        .exec(tx)
        .await?;
    let nobodys = certificate::ActiveModel {
        account_id: Set(None),
        consultation_group_id: Set(None),
        content: Set(None),
        from_on: Set(None),
        to_on: Set(None),
        meetings: Set(None),
        minutes: Set(None),
        presenting_minutes: Set(None),
        ..Default::default()
    };
    certificate::Entity::update_many()
        .set(nobodys)
        .filter(certificate::COLUMN.account_id.eq(account_id))
        .exec(tx)
        .await?;
    Ok(())
}
