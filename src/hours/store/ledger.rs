use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    db::page::{Key, PageRequest, Rows},
    entities::{consultation_group, hour_entry},
    hours::{
        rules::Totals,
        schema::{HourEntry, csv},
    },
    problem::{Problem, Result},
};

/// The longest table: more meetings than anybody goes to in a life.
const MOST_LINES: usize = 10_000;

/// Which entries of an account.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub from: NaiveDate,
    /// None: up to now.
    pub to: Option<NaiveDate>,
    pub consultation_group_id: Option<Uuid>,
}

fn entries(account_id: Uuid, range: &Range) -> Select<hour_entry::Entity> {
    use hour_entry::COLUMN;
    hour_entry::Entity::find()
        .filter(COLUMN.account_id.eq(account_id))
        .filter(COLUMN.occurred_on.gte(range.from))
        .filter(
            Condition::all()
                .add_option(range.to.map(|to| COLUMN.occurred_on.lte(to)))
                .add_option(range.consultation_group_id.map(|id| COLUMN.consultation_group_id.eq(id))),
        )
}

/// One page of entries, those of the latest meetings first.
pub async fn list(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    range: &Range,
    page: &PageRequest,
) -> Result<Rows<HourEntry>> {
    let query = entries(account_id, range);
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [hour_entry::Column::StartsAt, hour_entry::Column::Id].map(Expr::col);
    let rows = page.apply(query, &columns, true).all(db).await?;
    let Rows { rows, next, .. } = page.finish(rows, |row| vec![Key::Instant(row.starts_at), Key::Id(row.id)]);
    Ok(Rows { rows: with_names(db, rows).await?, next, total })
}

/// Every entry of an account, in the order in which they were written; `most` at most.
pub async fn all(db: &impl ConnectionTrait, account_id: Uuid, most: u64) -> Result<Vec<HourEntry>> {
    let own = hour_entry::Entity::find().filter(hour_entry::COLUMN.account_id.eq(account_id));
    let rows = own.order_by_asc(hour_entry::COLUMN.id).limit(most).all(db).await?;
    with_names(db, rows).await
}

async fn with_names(db: &impl ConnectionTrait, rows: Vec<hour_entry::Model>) -> Result<Vec<HourEntry>> {
    let names = names(db, rows.iter().map(|row| row.consultation_group_id)).await?;
    let name = |id: &Uuid| names.get(id).cloned().unwrap_or_default();
    let named = rows.into_iter().map(|row| {
        let name = name(&row.consultation_group_id);
        HourEntry::new(row, name)
    });
    Ok(named.collect())
}

/// The names of groups: one query.
async fn names(db: &impl ConnectionTrait, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
    let ids: std::collections::BTreeSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<(Uuid, String)> = consultation_group::Entity::find()
        .select_only()
        .column(consultation_group::Column::Id)
        .column(consultation_group::Column::Name)
        .filter(consultation_group::COLUMN.id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(names.into_iter().collect())
}

/// A sum as a whole number on both databases.
fn sum(of: impl Into<SimpleExpr>) -> SimpleExpr {
    Func::sum(of).cast_as("BIGINT")
}

/// What the entries come to.
pub async fn totals(db: &impl ConnectionTrait, account_id: Uuid, range: &Range) -> Result<Totals> {
    use hour_entry::Column;
    let by_meeting = entries(account_id, range)
        .select_only()
        .column_as(sum(Expr::col(Column::Minutes)), "minutes")
        .column_as(sum(Expr::col(Column::PresentingMinutes)), "presenting_minutes")
        .column_as(sum(Expr::col(Column::RecusedMinutes)), "recused_minutes")
        .group_by(Column::MeetingId)
        .into_query();
    let counts = CaseStatement::new().case(Expr::col(Alias::new("minutes")).gt(0), 1).finally(0);
    let all = Query::select()
        .expr(sum(counts))
        .expr(sum(Expr::col(Alias::new("minutes"))))
        .expr(sum(Expr::col(Alias::new("presenting_minutes"))))
        .expr(sum(Expr::col(Alias::new("recused_minutes"))))
        .from_subquery(by_meeting, Alias::new("meetings"))
        .to_owned();
    let row = db.query_one(&all).await?.ok_or_else(|| Problem::internal("an aggregate without a row"))?;
    let number = |at| Ok::<i64, Problem>(row.try_get_by_index::<Option<i64>>(at)?.unwrap_or_default());
    Ok(Totals {
        meetings: number(0)?,
        minutes: number(1)?,
        presenting_minutes: number(2)?,
        recused_minutes: number(3)?,
    })
}

/// What each meeting came to, the latest first.
///
/// # Errors
/// 422 where there are more than a table holds.
pub async fn lines(db: &impl ConnectionTrait, account_id: Uuid, range: &Range) -> Result<Vec<csv::Line>> {
    use hour_entry::Column;
    type Line = (NaiveDate, DateTime<Utc>, Uuid, i64, i64, i64, i64);
    let lines: Vec<Line> = entries(account_id, range)
        .select_only()
        .columns([Column::OccurredOn, Column::StartsAt, Column::ConsultationGroupId])
        .column_as(sum(Expr::col(Column::Minutes)), "minutes")
        .column_as(sum(Expr::col(Column::PresentingMinutes)), "presenting_minutes")
        .column_as(sum(Expr::col(Column::RecusedMinutes)), "recused_minutes")
        .column_as(Expr::col(Column::Id).count(), "entries")
        .group_by(Column::MeetingId)
        .group_by(Column::OccurredOn)
        .group_by(Column::StartsAt)
        .group_by(Column::ConsultationGroupId)
        .order_by_desc(Column::StartsAt)
        .order_by_desc(Column::MeetingId)
        .limit(MOST_LINES as u64 + 1)
        .into_tuple()
        .all(db)
        .await?;
    if lines.len() > MOST_LINES {
        let detail = "must be later: a table holds 10,000 meetings";
        return Err(Problem::invalid_parameter("from", "too_many", detail));
    }
    let names = names(db, lines.iter().map(|line| line.2)).await?;
    let lines =
        lines.into_iter().map(|(occurred_on, starts_at, group, minutes, presenting, recused, entries)| csv::Line {
            occurred_on,
            starts_at,
            group_name: names.get(&group).cloned().unwrap_or_default(),
            minutes,
            presenting_minutes: presenting,
            recused_minutes: recused,
            amended: entries > 1,
        });
    Ok(lines.collect())
}
