//! Queries and transactions on grants.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    accounts, blocks,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account,
        self_assessment::SelfAssessmentStatus,
        self_assessment_share::{self, Column},
        self_assessment_share_read,
    },
    problem::{Problem, ProblemCode, Result},
    self_assessments::{
        rules::{self, WrongState, shares},
        schema::{
            Opened, SelfAssessment,
            shares::{Seen, SelfAssessmentShareCreate, ShareDirection, SharedBy},
        },
        store::{owner, unsealed},
    },
    state::State,
};

/// The live grants to an account, from nobody whom a block keeps apart from it.
pub fn live(recipient_id: Uuid, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::RecipientId.eq(recipient_id))
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
        .add(blocks::store::none_between(Column::OwnerId, recipient_id))
}

/// A grant that the account gave.
///
/// # Errors
/// 404 where there is none, or it is somebody else's.
pub async fn given(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<self_assessment_share::Model> {
    let found = self_assessment_share::Entity::find_by_id(id).filter(Column::OwnerId.eq(account_id));
    found.one(db).await?.ok_or_else(Problem::not_found)
}

/// Shows a self-assessment to somebody, and with the same act tells its owner that it was read.
///
/// # Errors
/// 404 where no live grant is theirs.
pub async fn read(app: &State, recipient_id: Uuid, self_assessment_id: Uuid) -> Result<(i64, SelfAssessment)> {
    let now = app.clock.now();
    let grant = || {
        self_assessment_share::Entity::find()
            .filter(Column::SelfAssessmentId.eq(self_assessment_id))
            .filter(live(recipient_id, now))
    };
    // Who has no grant does not get as far as writing.
    grant().one(app.db.read()).await?.ok_or_else(Problem::not_found)?;
    let (share, row) = app
        .db
        .write(async |tx| {
            let share = grant().one(tx).await?.ok_or_else(Problem::not_found)?;
            let row = super::own(tx, share.owner_id, self_assessment_id).await?;
            let read = self_assessment_share_read::ActiveModel {
                id: Set(Uuid::now_v7()),
                share_id: Set(share.id),
                read_at: Set(now),
            };
            self_assessment_share_read::Entity::insert(read).exec_without_returning(tx).await?;
            self_assessment_share::Entity::update_many()
                .col_expr(Column::ReadCount, Expr::col(Column::ReadCount).add(1))
                .col_expr(Column::LastReadAt, Expr::value(now))
                .filter(Column::Id.eq(share.id))
                .exec(tx)
                .await?;
            Ok((share, row))
        })
        .await?;
    let key = app.data_key(share.owner_id).await?;
    let response = shares::visible(unsealed(&key, &row, now)?, share.scope);
    let opened: Opened = owner(app, share.owner_id).await?.sees(app, row, response);
    let version = opened.row.version;
    Ok((version, SelfAssessment { shared: Some(SharedBy::from(&share)), ..SelfAssessment::whole(opened, now) }))
}

/// Grants somebody to read a completed self-assessment. A grant to the same account that stands is revoked with that.
///
/// # Errors
/// 409 unless it is completed; 422 for oneself, for an account that does not exist, and for an end out of range.
pub async fn create(
    tx: &DatabaseTransaction,
    owner_id: Uuid,
    self_assessment_id: Uuid,
    body: &SelfAssessmentShareCreate,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let row = super::own(tx, owner_id, self_assessment_id).await?;
    let status = row.status_at(now);
    if status != SelfAssessmentStatus::Completed {
        return Err(WrongState(status).into());
    }
    if body.account_id == owner_id {
        return Err(Problem::invalid_at("/account_id", "own_account", "must not be your own account"));
    }
    let expires_at = shares::ends_at(body.expires_at, now).map_err(|rules::shares::OutOfRange| {
        Problem::invalid_at("/expires_at", "out_of_range", "must lie ahead, by 90 days at most")
    })?;
    let recipient = accounts::store::get(tx, body.account_id).await.map_err(|problem| match problem.code {
        ProblemCode::NotFound => Problem::invalid_at("/account_id", "unknown_account", "must be an account"),
        _ => problem,
    })?;
    self_assessment_share::Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::SelfAssessmentId.eq(self_assessment_id))
        .filter(Column::RecipientId.eq(recipient.id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    let share = self_assessment_share::Model {
        id: Uuid::now_v7(),
        self_assessment_id,
        owner_id,
        recipient_id: recipient.id,
        scope: body.scope,
        expires_at,
        revoked_at: None,
        read_count: 0,
        last_read_at: None,
        version: 1,
        created_at: now,
    };
    let inserted = share.clone().into_active_model().reset_all();
    self_assessment_share::Entity::insert(inserted).exec_without_returning(tx).await?;
    Ok((share, Some(recipient)))
}

/// Takes a grant back.
///
/// # Errors
/// 404 where it was taken back before.
pub async fn revoke(tx: &DatabaseTransaction, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let revoked = self_assessment_share::Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    if revoked.rows_affected == 0 { Err(Problem::not_found()) } else { Ok(()) }
}

/// A grant that an account gave, or that it was given and that is live.
///
/// # Errors
/// 404 where there is none.
pub async fn get(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<Seen> {
    let mine = Condition::any().add(Column::OwnerId.eq(account_id)).add(live(account_id, now));
    let share = self_assessment_share::Entity::find_by_id(id).filter(mine).one(db).await?;
    let share = share.ok_or_else(Problem::not_found)?;
    let direction = if share.owner_id == account_id { ShareDirection::Given } else { ShareDirection::Received };
    let other = account::Entity::find_by_id(other_end(&share, direction)).one(db).await?;
    Ok((share, other))
}

/// One page of the grants on one self-assessment, newest first.
pub async fn on(db: &impl ConnectionTrait, self_assessment_id: Uuid, page: &PageRequest) -> Result<Rows<Seen>> {
    let query = self_assessment_share::Entity::find().filter(Column::SelfAssessmentId.eq(self_assessment_id));
    list(db, query, ShareDirection::Given, page).await
}

/// One page of the grants that an account gave, or that it was given and that are live, newest first.
pub async fn of(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    direction: ShareDirection,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let whose = match direction {
        ShareDirection::Given => Condition::all().add(Column::OwnerId.eq(account_id)),
        ShareDirection::Received => live(account_id, now),
    };
    list(db, self_assessment_share::Entity::find().filter(whose), direction, page).await
}

/// Whom a grant was given to, or who gave it.
fn other_end(share: &self_assessment_share::Model, direction: ShareDirection) -> Uuid {
    match direction {
        ShareDirection::Given => share.recipient_id,
        ShareDirection::Received => share.owner_id,
    }
}

/// One page of grants, each with the account at its other end.
async fn list(
    db: &impl ConnectionTrait,
    query: Select<self_assessment_share::Entity>,
    direction: ShareDirection,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Expr::col(Column::CreatedAt), Expr::col(Column::Id)];
    let rows = page.apply(query, &columns, true).all(db).await?;
    let other = |row: &self_assessment_share::Model| other_end(row, direction);
    let accounts = account::Entity::find().filter(account::Column::Id.is_in(rows.iter().map(other))).all(db).await?;
    let rows = rows.into_iter().map(|row| {
        let account = accounts.iter().find(|account| account.id == other(&row)).cloned();
        (row, account)
    });
    let keys = |(row, _): &Seen| vec![Key::Instant(row.created_at), Key::Id(row.id)];
    Ok(Rows { total, ..page.finish(rows.collect(), keys) })
}

/// One page of when a grant was read, newest first.
pub async fn reads(
    db: &impl ConnectionTrait,
    share_id: Uuid,
    page: &PageRequest,
) -> Result<Rows<self_assessment_share_read::Model>> {
    use self_assessment_share_read::{Column, Entity};
    let query = Entity::find().filter(Column::ShareId.eq(share_id));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let rows = page.apply(query, &[Expr::col(Column::ReadAt), Expr::col(Column::Id)], true).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Instant(row.read_at), Key::Id(row.id)]) })
}
