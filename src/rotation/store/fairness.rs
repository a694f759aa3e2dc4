//! How often each member has led and presented.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::course::{lasts, members};
use crate::{
    entities::{
        consultation_group,
        meeting::{self, StoredMeetingStatus},
        meeting_role::{self, MeetingRole},
        membership::MembershipStatus,
    },
    problem::Result,
    rotation::{
        rules::shares,
        schema::{Fairness, FairnessMember, share},
    },
    schedule,
};

/// What each active member of a group has done of what there was in the last twelve months.
pub async fn fairness(
    db: &impl ConnectionTrait,
    group: &consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<Fairness> {
    let since = schedule::store::fairness_since(now);
    let mut active = members(db, group.id).await?;
    active.retain(|member| member.seat.status_at(now) == MembershipStatus::Active);
    active.sort_by_key(|member| (member.seat.joined_at, member.seat.id));
    let held = schedule::store::held_since(db, group.id, since).await?;
    let roles: Vec<(Uuid, MeetingRole)> = meeting_role::Entity::find()
        .select_only()
        .columns([meeting_role::Column::MembershipId, meeting_role::Column::Role])
        .inner_join(meeting::Entity)
        .filter(meeting::COLUMN.consultation_group_id.eq(group.id))
        .filter(meeting::COLUMN.status.eq(StoredMeetingStatus::Held))
        .filter(meeting::COLUMN.starts_at.gte(since))
        .into_tuple()
        .all(db)
        .await?;
    let lasts = lasts(db, group.id).await?;
    let joined: Vec<_> = active.iter().filter_map(|member| Some((member.seat.id, member.seat.joined_at?))).collect();
    let uneven = schedule::rules::is_uneven(&joined, &held);
    let days: Vec<_> = held.iter().map(|(at, _)| *at).collect();
    let of = |member: super::course::Member| {
        let joined_at = member.seat.joined_at.unwrap_or(member.seat.requested_at);
        let done = shares(member.seat.id, joined_at, &days, &roles);
        let last = lasts.get(&member.seat.id).copied().unwrap_or_default();
        FairnessMember {
            membership_id: member.seat.id,
            account_id: member.seat.account_id,
            display_name: member.person.display_name,
            meetings_held: done.held,
            facilitated: done.facilitated,
            presented: done.presented,
            share: share(done.facilitated, done.held),
            last_facilitated_at: last.facilitated_at,
            last_presented_at: last.presented_at,
        }
    };
    Ok(Fairness {
        since,
        meetings_held: i64::try_from(days.len()).unwrap_or(i64::MAX),
        uneven,
        members: active.into_iter().map(of).collect(),
    })
}
