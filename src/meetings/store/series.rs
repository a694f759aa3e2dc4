//! Series: made, changed, ended.

use chrono::{DateTime, Days, NaiveDateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    refuse_collision,
    telling::{record, tell_members},
};
use crate::{
    consultation_groups::{self, rules::Standing, store::FoundMeeting},
    db::page::{Key, PageRequest, Rows},
    entities::{
        consultation_group,
        meeting::{self, StoredMeetingStatus},
        meeting_series,
    },
    http::caller::Caller,
    meetings::{
        mails,
        rules::{self, Alteration, Change},
        schema::MeetingSeriesFilter,
    },
    problem::{Problem, ProblemCode, Result},
    schedule::{
        self,
        rules::{Occurrence, meeting_id, next_after, occurrence, occurrences},
    },
    state::State,
};

/// Series and single meetings to come that a group has at most.
const MOST: u64 = 100;
/// So far ahead meetings of a new or changed series are held against others.
const CHECKED: Days = Days::new(366);

/// A series, its group, and what the caller is to that.
pub struct FoundSeries {
    pub series: meeting_series::Model,
    pub group: consultation_group::Model,
    pub standing: Standing,
}

/// The series, if the caller may know of it. A single meeting is no series.
///
/// # Errors
/// 404 where there is none, or the caller is no member in good standing of its group.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<FoundSeries> {
    let series = meeting_series::Entity::find_by_id(id).one(db).await?.filter(|series| series.recurring);
    let series = series.ok_or_else(Problem::not_found)?;
    let visitor = caller.clone().into();
    let (group, standing) =
        consultation_groups::store::visible_to(db, &visitor, series.consultation_group_id, now).await?;
    match standing.is_member() {
        true => Ok(FoundSeries { series, group, standing }),
        false => Err(Problem::not_found()),
    }
}

/// One page of the series of a group, those that began first coming first.
pub async fn list(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    filter: &MeetingSeriesFilter,
    page: &PageRequest,
    now: DateTime<Utc>,
) -> Result<Rows<meeting_series::Model>> {
    use meeting_series::{COLUMN, Column, Entity};
    let ended = || COLUMN.ends_at.lte(now);
    let query = Entity::find()
        .filter(COLUMN.consultation_group_id.eq(group_id))
        .filter(COLUMN.recurring.eq(true))
        .filter(Condition::all().add_option(filter.ended.map(|wanted| match wanted {
            true => Condition::any().add(ended()),
            false => Condition::any().add(COLUMN.ends_at.is_null()).add(COLUMN.ends_at.gt(now)),
        })));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::StartsAt, Column::Id].map(|column| Expr::col((Entity, column)));
    let rows = page.apply(query, &columns, false).all(db).await?;
    let keys = |row: &meeting_series::Model| vec![Key::Instant(row.starts_at), Key::Id(row.id)];
    Ok(Rows { total, ..page.finish(rows, keys) })
}

/// The series that a meeting is of.
pub async fn of(db: &impl ConnectionTrait, one: &Occurrence) -> Result<meeting_series::Model> {
    meeting_series::Entity::find_by_id(one.series_id).one(db).await?.ok_or_else(Problem::not_found)
}

/// Puts a series in, or a single meeting.
///
/// # Errors
/// 409 `schedule_full` when the group has too many; 422 where a meeting would lie in the time of another.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: Uuid,
    series: meeting_series::Model,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model> {
    let group_id = series.consultation_group_id;
    let going_on =
        Condition::any().add(meeting_series::COLUMN.ends_at.is_null()).add(meeting_series::COLUMN.ends_at.gt(now));
    let others = meeting_series::Entity::find()
        .filter(meeting_series::COLUMN.consultation_group_id.eq(group_id))
        .filter(going_on);
    if others.count(tx).await? >= MOST {
        return Err(Problem::new(ProblemCode::ScheduleFull, format!("a group has {MOST} series and meetings at most")));
    }
    refuse_collision(tx, group_id, &year_of(&series, now), None).await?;
    meeting_series::Entity::insert(series.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let action = if series.recurring { "meeting_series.create" } else { "meeting.create" };
    record(tx, action, actor, series.id, group_id, now).await?;
    Ok(series)
}

/// The meetings of a series in the year after its start, or after `now` where it has started.
fn year_of(series: &meeting_series::Model, now: DateTime<Utc>) -> Vec<Occurrence> {
    let from = series.starts_at.max(now);
    occurrences(series, &[], from, from.checked_add_days(CHECKED).unwrap_or(from))
}

/// The original start from which on a change of the whole series holds: that of the first meeting to come that has not
/// been started.
///
/// # Errors
/// 409 when none is to come.
pub async fn first_to_come(
    db: &impl ConnectionTrait,
    series: &meeting_series::Model,
    now: DateTime<Utc>,
) -> Result<NaiveDateTime> {
    let begun = [StoredMeetingStatus::InProgress, StoredMeetingStatus::Held];
    let begun = meeting::Entity::find()
        .filter(meeting::COLUMN.series_id.eq(series.id))
        .filter(meeting::COLUMN.starts_at.gt(now))
        .filter(meeting::COLUMN.status.is_in(begun))
        .all(db)
        .await?;
    let after = begun.iter().map(|row| row.starts_at).fold(now, Ord::max);
    let none = || Problem::new(ProblemCode::InvalidTransition, "the series has ended");
    next_after(series, after).map(|one| one.original).ok_or_else(none)
}

/// Changes the meetings of a series from `from` on, and tells the members.
pub async fn revise(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: (&meeting_series::Model, &consultation_group::Model),
    from: NaiveDateTime,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model> {
    let (series, group) = found;
    let next = rules::revise(series, from, change, now)?;
    refuse_collision(tx, group.id, &year_of(&next, now), Some(series.id)).await?;
    let next = replace(tx, series, next, "meeting_series.update", actor, now).await?;
    if change.starts.is_some() || change.zone.is_some() || change.rrule.is_some() {
        let upcoming = next_after(&next, now);
        tell_members(tx, app, actor, group, |zone| mails::series_changed(zone, upcoming.as_ref()), now).await?;
    }
    Ok(next)
}

/// Changes the meetings of a series from one of them on, or all that are to come, and gives the meeting that stands where
/// it stood.
pub async fn revise_from(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &FoundMeeting,
    all: bool,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    rules::alter(&found.meeting, &Alteration::default(), now)?;
    let series = of(tx, &found.meeting).await?;
    let original = found.meeting.original;
    let from = if all { first_to_come(tx, &series, now).await? } else { original };
    // Where all are meant, those before it move by as many days, to the same hour.
    let starts = change.starts.map(|starts| (from.date() + (starts.date() - original.date())).and_time(starts.time()));
    let of_first = Change { starts, ..change.clone() };
    let next = revise(tx, app, actor, (&series, &found.group), from, &of_first, now).await?;
    let id = meeting_id(next.meeting_key, change.starts.unwrap_or(original));
    let one = occurrence(&next, id).or_else(|| next_after(&next, now)).ok_or_else(Problem::not_found)?;
    let row = meeting::Entity::find_by_id(one.id).one(tx).await?;
    Ok(match row {
        Some(row) => one.with_row(row),
        None => one,
    })
}

/// Ends a series before its meeting with this original start, and tells the members. Nothing is left of one that had no
/// meeting before.
pub async fn cut(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: (&meeting_series::Model, &consultation_group::Model),
    shorter: Option<meeting_series::Model>,
    now: DateTime<Utc>,
) -> Result<Option<meeting_series::Model>> {
    let (series, group) = found;
    let left = match shorter {
        Some(next) => Some(replace(tx, series, next, "meeting_series.end", actor, now).await?),
        None => {
            meeting_series::Entity::delete_by_id(series.id).exec(tx).await?;
            record(tx, "meeting_series.delete", actor, series.id, group.id, now).await?;
            None
        }
    };
    let upcoming = left.as_ref().and_then(|left| next_after(left, now));
    tell_members(tx, app, actor, group, |zone| mails::series_changed(zone, upcoming.as_ref()), now).await?;
    Ok(left)
}

/// Writes `next` down in place of `series`. What was known of meetings that it no longer gives is gone; what is known of
/// others follows it.
async fn replace(
    tx: &DatabaseTransaction,
    series: &meeting_series::Model,
    next: meeting_series::Model,
    action: &'static str,
    actor: Uuid,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model> {
    let pending = [StoredMeetingStatus::Scheduled, StoredMeetingStatus::Cancelled];
    let rows = meeting::Entity::find()
        .filter(meeting::COLUMN.series_id.eq(series.id))
        .filter(meeting::COLUMN.starts_at.gt(now))
        .filter(meeting::COLUMN.status.is_in(pending))
        .all(tx)
        .await?;
    let (mut gone, mut moved) = (Vec::new(), Vec::new());
    for row in rows {
        let before = (row.starts_at, row.ends_at);
        match rules::settled(&next, row.clone()) {
            None => gone.push(row.id),
            Some(one) => {
                if (one.starts_at, one.ends_at) != before {
                    let row = one.to_row(now);
                    schedule::store::save(tx, meeting::Model { sequence: row.sequence + 1, ..row }, now).await?;
                }
                moved.push(one);
            }
        }
    }
    if !gone.is_empty() {
        meeting::Entity::delete_many().filter(meeting::COLUMN.id.is_in(gone)).exec(tx).await?;
    }
    let next = save(tx, rules::spanning(next, &moved), now).await?;
    record(tx, action, actor, next.id, next.consultation_group_id, now).await?;
    Ok(next)
}

/// Writes a series down, one version on.
pub async fn save(
    tx: &DatabaseTransaction,
    series: meeting_series::Model,
    now: DateTime<Utc>,
) -> Result<meeting_series::Model> {
    let series = meeting_series::Model { version: series.version + 1, updated_at: now, ..series };
    let mut changed = series.clone().into_active_model().reset_all();
    changed.id = Unchanged(series.id);
    meeting_series::Entity::update(changed).exec(tx).await?;
    Ok(series)
}
