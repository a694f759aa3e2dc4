//! Queries and transactions on reports.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    rules::{self, Decision, Sight},
    schema::{ReportCreate, ReportFilter},
};
use crate::{
    accounts,
    audit::{self, Event},
    consultation_groups,
    db::{
        page::{Key, PageRequest, Rows},
        rows,
    },
    entities::{
        report::{self, Column, ReportStatus, ReportSubject},
        report_decision,
    },
    http::caller::Caller,
    organizations,
    problem::{Problem, ProblemCode, Result},
};

/// What the caller wrote, and for moderators everything that does not touch them.
fn seen_by(caller: &Caller, now: DateTime<Utc>) -> Condition {
    let own = Condition::any().add(report::COLUMN.reporter_id.eq(caller.account_id));
    match caller.moderates() {
        true => own.add(report::touches(caller.account_id, now).not()),
        false => own,
    }
}

/// The report, if the caller may know of it, and how much of it they see.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(report::Model, Sight)> {
    let found = report::Entity::find_by_id(id).filter(seen_by(caller, now)).one(db).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let sight = rules::sight(&found, caller.account_id);
    Ok((found, sight))
}

/// What was decided about a report, oldest first.
pub async fn decisions(db: &impl ConnectionTrait, report_id: Uuid) -> Result<Vec<report_decision::Model>> {
    let decisions = report_decision::Entity::find()
        .filter(report_decision::COLUMN.report_id.eq(report_id))
        .order_by_asc(report_decision::Column::DecidedAt)
        .order_by_asc(report_decision::Column::Id);
    Ok(decisions.all(db).await?)
}

/// One page of what the caller may see and the filters let through, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    caller: &Caller,
    filter: &ReportFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<report::Model>> {
    let query = report::Entity::find().filter(seen_by(caller, now)).filter(filtered(filter, caller));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let rows = rows::all(db, page.apply(query, &[Expr::col(Column::CreatedAt), Expr::col(Column::Id)], true)).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Instant(row.created_at), Key::Id(row.id)]) })
}

fn filtered(filter: &ReportFilter, caller: &Caller) -> Condition {
    let own = report::COLUMN.reporter_id.eq(caller.account_id);
    Condition::all()
        .add_option((!filter.status.is_empty()).then(|| report::COLUMN.status.is_in(filter.status.clone())))
        .add_option((!filter.reason.is_empty()).then(|| report::COLUMN.reason.is_in(filter.reason.clone())))
        .add_option(
            (!filter.subject_type.is_empty()).then(|| report::COLUMN.subject_type.is_in(filter.subject_type.clone())),
        )
        .add_option(filter.subject_id.map(about))
        .add_option(filter.reporter_id.map(|id| report::COLUMN.reporter_id.eq(id)))
        .add_option(filter.mine.map(|mine| if mine { own } else { own.not() }))
}

/// The condition of being about this thing.
fn about(id: Uuid) -> Condition {
    let columns = [Column::AccountId, Column::ConsultationGroupId, Column::OrganizationId];
    columns.into_iter().fold(Condition::any(), |any, column| any.add(column.eq(id)))
}

/// Takes a report in.
///
/// # Errors
/// 422 for oneself and for what the caller may not see; 409 while a report of the same is not decided.
pub async fn create(
    tx: &DatabaseTransaction,
    caller: &Caller,
    body: &ReportCreate,
    now: DateTime<Utc>,
) -> Result<report::Model> {
    check_subject(tx, caller, body, now).await?;
    let same = report::Entity::find()
        .filter(report::COLUMN.reporter_id.eq(caller.account_id))
        .filter(report::COLUMN.reason.eq(body.reason))
        .filter(report::COLUMN.status.is_in(report::UNDECIDED))
        .filter(about(body.subject_id));
    if same.one(tx).await?.is_some() {
        return Err(ProblemCode::AlreadyReported.into());
    }
    let subject = |kind| Some(body.subject_id).filter(|_| body.subject_type == kind);
    let row = report::Model {
        id: Uuid::now_v7(),
        reporter_id: caller.account_id,
        subject_type: body.subject_type,
        account_id: subject(ReportSubject::Account),
        consultation_group_id: subject(ReportSubject::ConsultationGroup),
        organization_id: subject(ReportSubject::Organization),
        reason: body.reason,
        description: body.description.clone(),
        status: ReportStatus::Open,
        closed_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    report::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let reason_code = Some(rules::reason_code(row.reason));
    audit::record(tx, now, Event { reason_code, ..event("report.create", row.id, caller) }).await?;
    Ok(row)
}

/// What is reported is there for the reporter to see, and is not themselves.
async fn check_subject(
    tx: &DatabaseTransaction,
    caller: &Caller,
    body: &ReportCreate,
    now: DateTime<Utc>,
) -> Result<()> {
    let (id, visitor) = (body.subject_id, caller.clone().into());
    if id == caller.account_id {
        return Err(Problem::invalid_at("/subject_id", "own_account", "must not be your own account"));
    }
    let found = match body.subject_type {
        ReportSubject::Account => accounts::store::get(tx, id).await.map(drop),
        ReportSubject::ConsultationGroup => {
            consultation_groups::store::visible_to(tx, &visitor, id, now).await.map(drop)
        }
        ReportSubject::Organization => organizations::store::readable_by(tx, &visitor, id).await.map(drop),
    };
    found.map_err(|problem| match problem.code {
        ProblemCode::NotFound => {
            Problem::invalid_at("/subject_id", "unknown_subject", "must be the id of something that you may see")
        }
        _ => problem,
    })
}

/// Writes down what a moderator decided: the report as [`rules::after`] leaves it, and a line of the decision log.
pub async fn decide(
    tx: &DatabaseTransaction,
    caller: &Caller,
    decided: report::Model,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Result<report::Model> {
    let decided = report::Model { version: decided.version + 1, updated_at: now, ..decided };
    let mut changed = decided.clone().into_active_model().reset_all();
    changed.id = Unchanged(decided.id);
    report::Entity::update(changed).exec(tx).await?;
    let line = report_decision::ActiveModel {
        id: Set(Uuid::now_v7()),
        report_id: Set(decided.id),
        decided_by: Set(caller.account_id),
        status: Set(decided.status),
        note: Set(decision.note().map(Into::into)),
        decided_at: Set(now),
    };
    report_decision::Entity::insert(line).exec_without_returning(tx).await?;
    audit::record(tx, now, event(decision.action(), decided.id, caller)).await?;
    Ok(decided)
}

/// Takes a report away.
pub async fn withdraw(
    tx: &DatabaseTransaction,
    caller: &Caller,
    report: &report::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    report::Entity::delete_by_id(report.id).exec(tx).await?;
    audit::record(tx, now, event("report.withdraw", report.id, caller)).await
}

/// A line of the audit trail. It does not name whom the report is about, for they would read it.
fn event(action: &'static str, id: Uuid, caller: &Caller) -> Event {
    let actor_id = Some(caller.account_id);
    Event { action, actor_id, subject_type: "report", subject_id: id, ..Default::default() }
}
