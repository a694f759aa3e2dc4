use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    attendance::rules::Refusal,
    consultation_groups::{
        rules::{GroupStatus, Standing, status_at},
        store::{FoundMeeting, visible_meeting},
    },
    entities::{consultation_group, meeting_attendance, membership},
    http::caller::Caller,
    meetings,
    problem::Result,
    schedule::rules::Occurrence,
};

/// The longest record: everybody who has a seat, and those who left since.
pub(super) const LONGEST: u64 = 200;

const LEADS: &str = "whoever leads the meeting may do this";

/// A meeting, its group, and what the caller is there.
pub struct Found {
    pub meeting: Occurrence,
    pub group: consultation_group::Model,
    pub standing: Standing,
    /// The caller leads the meeting.
    pub leads: bool,
}

impl Found {
    pub(super) fn group_status(&self, now: DateTime<Utc>) -> GroupStatus {
        status_at(&self.group, now)
    }

    pub(super) fn must_be_led(&self) -> Result<()> {
        if self.leads { Ok(()) } else { Err(Refusal::NotAllowed(LEADS).into()) }
    }
}

/// The meeting, if the caller is a member in good standing of its group.
///
/// # Errors
/// 404 where there is none or the caller is not.
pub async fn visible_to(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Found> {
    let found = visible_meeting(db, caller, id, now).await?;
    let leads = meetings::store::leads(db, caller, &found, now).await?;
    let FoundMeeting { meeting, group, standing } = found;
    Ok(Found { leads, meeting, group, standing })
}

/// Accounts and memberships of those who are expected: active members who joined before the meeting was over.
pub(super) async fn expected(
    db: &impl ConnectionTrait,
    meeting: &Occurrence,
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, Uuid)>> {
    let seats = membership::Entity::find()
        .select_only()
        .column(membership::Column::AccountId)
        .column(membership::Column::Id)
        .filter(membership::COLUMN.consultation_group_id.eq(meeting.group_id))
        .filter(membership::active_on(now.date_naive()))
        .filter(membership::COLUMN.joined_at.lt(meeting.ends_at))
        .order_by_asc(membership::COLUMN.joined_at)
        .order_by_asc(membership::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(seats)
}

/// The whole record of a meeting, by account.
pub(super) async fn rows_of(
    db: &impl ConnectionTrait,
    meeting_id: Uuid,
) -> Result<HashMap<Uuid, meeting_attendance::Model>> {
    let own = meeting_attendance::COLUMN.meeting_id.eq(meeting_id);
    let rows = meeting_attendance::Entity::find().filter(own).limit(LONGEST).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}
