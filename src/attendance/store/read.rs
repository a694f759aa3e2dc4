use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::found::{Found, LONGEST, expected};
use crate::{
    attendance::{
        rules::Tally,
        schema::{AttendanceRecord, MeetingAttendance},
    },
    consultation_groups,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account,
        meeting::{self, StoredMeetingStatus},
        meeting_attendance::{self, AttendanceStatus},
        meeting_attendance_change,
    },
    http::caller::Caller,
    memberships,
    problem::{Problem, Result},
};

/// Who came, as far as the caller sees it.
pub async fn sheet(db: &impl ConnectionTrait, found: &Found, now: DateTime<Utc>) -> Result<MeetingAttendance> {
    let own = found.standing.account_id.filter(|_| !found.leads);
    let rows = meeting_attendance::Entity::find()
        .find_also_related(account::Entity)
        .filter(meeting_attendance::COLUMN.meeting_id.eq(found.meeting.id))
        .filter(Condition::all().add_option(own.map(|id| meeting_attendance::COLUMN.account_id.eq(id))))
        .order_by_asc(account::COLUMN.sort_name)
        .order_by_asc(account::COLUMN.id)
        .limit(LONGEST)
        .all(db)
        .await?;
    let status = found.meeting.stored_status();
    let open = !matches!(status, StoredMeetingStatus::Held | StoredMeetingStatus::Cancelled);
    let missing = match found.leads && open {
        true => {
            let recorded: HashSet<Uuid> = rows.iter().map(|(row, _)| row.account_id).collect();
            let expected = expected(db, &found.meeting, now).await?.into_iter();
            Some(
                expected.filter(|(account, _)| !recorded.contains(account)).map(|(_, membership)| membership).collect(),
            )
        }
        false => None,
    };
    let name = |holder: Option<account::Model>| holder.map(|holder| holder.display_name).unwrap_or_default();
    let items = rows.into_iter().map(|(row, holder)| AttendanceRecord::new(row, name(holder))).collect();
    Ok(MeetingAttendance::new(&found.meeting, items, missing))
}

/// One page of what was done to the record of a meeting, oldest first, as far as the caller sees it.
pub async fn changes(
    db: &impl ConnectionTrait,
    found: &Found,
    page: &PageRequest,
) -> Result<Rows<meeting_attendance_change::Model>> {
    use meeting_attendance_change::{COLUMN, Column};
    let own = found.standing.account_id.filter(|_| !found.leads);
    let query = meeting_attendance_change::Entity::find()
        .filter(COLUMN.meeting_id.eq(found.meeting.id))
        .filter(Condition::all().add_option(own.map(|id| COLUMN.account_id.eq(id))));
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let columns = [Column::ChangedAt, Column::Id].map(Expr::col);
    let rows = page.apply(query, &columns, false).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Instant(row.changed_at), Key::Id(row.id)]) })
}

/// How the holder of a membership took part in the meetings that began at `since` or later, for them and for owners.
///
/// # Errors
/// 404 where the caller may not know of it, or it is of an organization; 403 where it is a fellow member's.
pub async fn tally(
    db: &impl ConnectionTrait,
    caller: &Caller,
    membership_id: Uuid,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Tally> {
    let seat = memberships::store::visible_to(db, caller, membership_id, now).await?.membership;
    let group_id = seat.consultation_group_id.ok_or_else(Problem::not_found)?;
    if seat.account_id != caller.account_id {
        let visitor = caller.clone().into();
        let (_, standing) = consultation_groups::store::visible_to(db, &visitor, group_id, now).await?;
        Problem::forbid_unless(standing.owns(), "its holder may read it, and an owner of the group")?;
    }
    let counts: Vec<(AttendanceStatus, i64)> = meeting_attendance::Entity::find()
        .select_only()
        .column(meeting_attendance::Column::Status)
        .column_as(Expr::col((meeting_attendance::Entity, meeting_attendance::Column::MeetingId)).count(), "meetings")
        .inner_join(meeting::Entity)
        .filter(meeting_attendance::COLUMN.membership_id.eq(membership_id))
        .filter(meeting::COLUMN.status.eq(StoredMeetingStatus::Held))
        .filter(meeting::COLUMN.starts_at.gte(since))
        .group_by(meeting_attendance::Column::Status)
        .into_tuple()
        .all(db)
        .await?;
    Ok(Tally::of(counts))
}
