//! Reading series and meetings.

use std::collections::HashMap;

use chrono::{DateTime, Days, Months, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, JoinType, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Related, RelationDef,
    sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::rules::{self, Answers, Occurrence, Pulse};
use crate::{
    entities::{
        consultation_group,
        meeting::{self, StoredMeetingStatus},
        meeting_answer::{self, Answer},
        meeting_role::{self, MeetingRole},
        meeting_series::{self, StoredRule, StoredRules},
        membership::{self, MembershipStatus},
        slot_poll,
    },
    problem::Result,
};

/// How far back is looked for how a group has met lately, in days.
const LATELY: u64 = 120;
/// Meetings that say whether members come.
const SAMPLE: usize = 6;

/// The condition on series of being of this group.
pub fn of_group(group_id: Uuid) -> SimpleExpr {
    meeting_series::COLUMN.consultation_group_id.eq(group_id)
}

/// The condition on series of being of a group in which the account is a member in good standing.
pub fn of_member(account_id: Uuid, now: DateTime<Utc>) -> SimpleExpr {
    let groups = groups_of(account_id, now);
    Expr::col((meeting_series::Entity, meeting_series::Column::ConsultationGroupId)).in_subquery(groups)
}

/// The ids of the groups in which the account is a member in good standing.
pub fn groups_of(account_id: Uuid, now: DateTime<Utc>) -> SelectStatement {
    membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .filter(
            Condition::any()
                .add(membership::active_on(now.date_naive()))
                .add(membership::COLUMN.status.eq(MembershipStatus::OnLeave)),
        )
        .filter(
            Condition::any()
                .add(membership::COLUMN.signature_due_at.is_null())
                .add(membership::COLUMN.signature_due_at.gt(now)),
        )
        .into_query()
}

/// A series to its meetings.
fn meetings_of_series() -> RelationDef {
    <meeting::Entity as Related<meeting_series::Entity>>::to().rev()
}

/// The meetings of these series that lie in part between `from` and `to`, the earliest first: one query, however many
/// series and meetings there are. Only those that were moved have their row; see [`with_rows`].
///
/// # Errors
/// 503 when the database is away.
pub async fn occurrences(
    db: &impl ConnectionTrait,
    series: SimpleExpr,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Occurrence>> {
    let moved = meetings_of_series().on_condition(|_, _| {
        Condition::all().add(Expr::col((meeting::Entity, meeting::Column::MovedTo)).is_not_null())
    });
    let found = meeting_series::Entity::find()
        .select_also(meeting::Entity)
        .join(JoinType::LeftJoin, moved)
        .filter(series)
        .filter(meeting_series::COLUMN.starts_at.lt(to))
        .filter(
            Condition::any().add(meeting_series::COLUMN.ends_at.is_null()).add(meeting_series::COLUMN.ends_at.gt(from)),
        )
        .order_by_asc(meeting_series::COLUMN.id)
        .all(db)
        .await?;
    let mut all = Vec::new();
    let same = |one: &(meeting_series::Model, _), other: &(meeting_series::Model, _)| one.0.id == other.0.id;
    for rows in found.chunk_by(same) {
        let moved: Vec<_> = rows.iter().filter_map(|(_, moved)| moved.clone()).collect();
        all.extend(rows.first().map(|(series, _)| rules::occurrences(series, &moved, from, to)).unwrap_or_default());
    }
    all.sort_by_key(|one| (one.starts_at, one.id));
    Ok(all)
}

/// The same meetings with what else is known about each: one query.
pub async fn with_rows(db: &impl ConnectionTrait, meetings: Vec<Occurrence>) -> Result<Vec<Occurrence>> {
    let ids: Vec<_> = meetings.iter().filter(|one| one.row.is_none()).map(|one| one.id).collect();
    if ids.is_empty() {
        return Ok(meetings);
    }
    let rows = meeting::Entity::find().filter(meeting::COLUMN.id.is_in(ids)).all(db).await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let complete = |one: Occurrence| match rows.remove(&one.id) {
        Some(row) => one.with_row(row),
        None => one,
    };
    Ok(meetings.into_iter().map(complete).collect())
}

/// The meeting with this id, whoever asks; nothing where its series does not give it.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Occurrence>> {
    let Some((key, _)) = rules::read_meeting_id(id) else { return Ok(None) };
    let own = meetings_of_series()
        .on_condition(move |_, _| Condition::all().add(Expr::col((meeting::Entity, meeting::Column::Id)).eq(id)));
    let found = meeting_series::Entity::find()
        .select_also(meeting::Entity)
        .join(JoinType::LeftJoin, own)
        .filter(meeting_series::COLUMN.meeting_key.eq(key))
        .one(db)
        .await?;
    Ok(found.and_then(|(series, row)| {
        let one = rules::occurrence(&series, id)?;
        Some(match row {
            Some(row) => one.with_row(row),
            None => one,
        })
    }))
}

/// The row of a meeting; it is put in where there was none, so that others can refer to it. Something else may have put
/// it in within the transaction.
pub async fn kept(tx: &DatabaseTransaction, one: &Occurrence, now: DateTime<Utc>) -> Result<meeting::Model> {
    if let Some(row) = &one.row {
        return Ok(row.clone());
    }
    if let Some(row) = meeting::Entity::find_by_id(one.id).one(tx).await? {
        return Ok(row);
    }
    let row = one.to_row(now);
    meeting::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(row)
}

/// Writes down what has become of a meeting, one version on.
pub async fn save(tx: &DatabaseTransaction, row: meeting::Model, now: DateTime<Utc>) -> Result<meeting::Model> {
    let row = meeting::Model { version: row.version + 1, updated_at: now, ..row };
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    meeting::Entity::update(changed).exec(tx).await?;
    Ok(row)
}

/// Takes the texts of a group's meetings, what members said about them, and what was still to come. That and when it met
/// stays.
pub async fn purge(tx: &DatabaseTransaction, group_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let of_group = meeting_series::COLUMN.consultation_group_id.eq(group_id);
    for series in meeting_series::Entity::find().filter(of_group).all(tx).await? {
        let bare = |rule: StoredRule| StoredRule { place: None, join_url: None, ..rule };
        let rules = StoredRules(series.rules.0.into_iter().map(bare).collect());
        let ends_at = Some(series.ends_at.map_or(now, |ends_at| Ord::min(ends_at, now)));
        let texts = meeting_series::ActiveModel {
            id: Unchanged(series.id),
            title: Set(None),
            rules: Set(rules),
            ends_at: Set(ends_at),
            ..Default::default()
        };
        meeting_series::Entity::update(texts).exec(tx).await?;
    }
    let meetings = meeting::Entity::find()
        .select_only()
        .column(meeting::Column::Id)
        .filter(meeting::COLUMN.consultation_group_id.eq(group_id))
        .into_query();
    meeting_answer::Entity::delete_many()
        .filter(meeting_answer::COLUMN.meeting_id.in_subquery(meetings))
        .exec(tx)
        .await?;
    meeting::Entity::update_many()
        .col_expr(meeting::Column::CancelReason, Expr::value(None::<String>))
        .col_expr(meeting::Column::Place, Expr::value(None::<String>))
        .col_expr(meeting::Column::JoinUrl, Expr::value(None::<String>))
        .filter(meeting::COLUMN.consultation_group_id.eq(group_id))
        .exec(tx)
        .await?;
    slot_poll::Entity::delete_many().filter(slot_poll::COLUMN.consultation_group_id.eq(group_id)).exec(tx).await?;
    Ok(())
}

/// The answers to each of these meetings: one query.
pub async fn answers(
    db: &impl ConnectionTrait,
    meetings: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Answers>> {
    let counted: Vec<(Uuid, Answer, i64)> = meeting_answer::Entity::find()
        .select_only()
        .column(meeting_answer::Column::MeetingId)
        .column(meeting_answer::Column::Answer)
        .column_as(Expr::col((meeting_answer::Entity, meeting_answer::Column::AccountId)).count(), "answers")
        .inner_join(meeting::Entity)
        .inner_join(membership::Entity)
        .filter(meeting_answer::COLUMN.meeting_id.is_in(meetings))
        .filter(
            Expr::col((meeting_answer::Entity, meeting_answer::Column::AnsweredFor))
                .equals((meeting::Entity, meeting::Column::StartsAt)),
        )
        .filter(membership::active_on(now.date_naive()))
        .group_by(meeting_answer::Column::MeetingId)
        .group_by(meeting_answer::Column::Answer)
        .into_tuple()
        .all(db)
        .await?;
    let mut answers: HashMap<Uuid, Answers> = HashMap::new();
    for (meeting, answer, count) in counted {
        let of = answers.entry(meeting).or_default();
        match answer {
            Answer::Yes => of.yes = count,
            Answer::No => of.no = count,
            Answer::Tentative => of.tentative = count,
        }
    }
    Ok(answers)
}

/// How a group has met lately, read in a fixed number of queries.
///
/// # Errors
/// 503 when the database is away.
pub async fn pulse(db: &impl ConnectionTrait, group: &consultation_group::Model, now: DateTime<Utc>) -> Result<Pulse> {
    let since = now.checked_sub_days(Days::new(LATELY)).unwrap_or(now);
    // A group that was paused or asleep starts anew.
    let alive_at = group.alive_at.unwrap_or(now);
    let ahead = Ord::max(u64::try_from(group.cadence_days).unwrap_or(LATELY).saturating_mul(3), LATELY);
    let to = now.checked_add_days(Days::new(ahead)).unwrap_or(now);
    let meetings = with_rows(db, occurrences(db, of_group(group.id), since, to).await?).await?;
    let has_next = meetings.iter().any(|one| one.starts_at > now && !one.is_cancelled());
    let counts_now = |one: &Occurrence| one.starts_at >= alive_at || one.stored_status() == StoredMeetingStatus::Held;
    let past: Vec<_> = meetings.into_iter().filter(|one| one.ends_at <= now && counts_now(one)).collect();
    let answers = answers(db, past.iter().map(|one| one.id), now).await?;
    let yes = |one: &Occurrence| answers.get(&one.id).map_or(0, |answers| answers.yes);
    let told: Vec<_> =
        past.iter().rev().filter_map(|one| rules::quorum_failed(one, yes(one), group.quorum, now)).take(2).collect();
    let counts =
        past.iter().rev().filter_map(|one| one.row.as_ref()?.expected_count.zip(one.row.as_ref()?.present_count));
    let counts: Vec<_> = counts.take(SAMPLE).collect();
    let (expected, present) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    Ok(Pulse {
        has_next,
        quorum_failed_twice: told.len() == 2 && told.iter().all(|failed| *failed),
        attendance_below_half: counts.len() >= 2 && present * 2 < expected,
        uneven_rotation: uneven_rotation(db, group.id, now).await?,
    })
}

/// Since when it counts who led how often: twelve months.
pub fn fairness_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_months(Months::new(12)).unwrap_or(now)
}

/// When each meeting of a group was that was held since then, and which membership led it, the earliest first.
pub async fn held_since(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Option<Uuid>)>> {
    let leading = <meeting_role::Entity as Related<meeting::Entity>>::to().rev().on_condition(|_, _| {
        let role = Expr::col((meeting_role::Entity, meeting_role::Column::Role));
        Condition::all().add(role.eq(MeetingRole::Facilitator))
    });
    let held = meeting::Entity::find()
        .select_only()
        .column(meeting::Column::StartsAt)
        .column(meeting_role::Column::MembershipId)
        .join(JoinType::LeftJoin, leading)
        .filter(meeting::COLUMN.consultation_group_id.eq(group_id))
        .filter(meeting::COLUMN.status.eq(StoredMeetingStatus::Held))
        .filter(meeting::COLUMN.starts_at.gte(since))
        .order_by_asc(meeting::COLUMN.starts_at)
        .order_by_asc(meeting::COLUMN.id)
        .into_tuple();
    Ok(held.all(db).await?)
}

/// Whether the same people lead the meetings of a group again and again; see [`rules::is_uneven`].
pub async fn uneven_rotation(db: &impl ConnectionTrait, group_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let joined: Vec<(Uuid, Option<DateTime<Utc>>)> = membership::Entity::find()
        .select_only()
        .columns([membership::Column::Id, membership::Column::JoinedAt])
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::active_on(now.date_naive()))
        .into_tuple()
        .all(db)
        .await?;
    let joined: Vec<_> = joined.into_iter().filter_map(|(id, joined_at)| Some((id, joined_at?))).collect();
    Ok(rules::is_uneven(&joined, &held_since(db, group_id, fairness_since(now)).await?))
}
