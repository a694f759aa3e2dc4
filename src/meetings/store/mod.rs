//! Queries and transactions on meetings. Each starts from a group that the caller may know of.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    rules::Refusal,
    schema::{MeetingWindow, Seen},
};
use crate::{
    accounts,
    consultation_groups::store::FoundMeeting,
    db::page::{PageRequest, Rows},
    entities::consultation_group,
    http::caller::Caller,
    problem::{Problem, Result},
    recurrence::zone::zone_of,
    rotation,
    schedule::{self, rules::Occurrence},
};

pub mod answers;
pub mod meetings;
pub mod series;
pub mod telling;

/// Whether the caller leads a meeting: facilitators and owners do, and the member whose turn it is.
pub async fn leads(
    db: &impl ConnectionTrait,
    caller: &Caller,
    found: &FoundMeeting,
    now: DateTime<Utc>,
) -> Result<bool> {
    // The rotation is read only for those whom it could let lead.
    let has_turn = match found.standing.is_active_member() && !found.standing.facilitates() {
        true => rotation::store::leads(db, &found.group, &found.meeting, caller.account_id, now).await?,
        false => false,
    };
    Ok(super::rules::leads(&found.standing, has_turn))
}

/// The meetings of one group.
pub fn of_group(group_id: Uuid) -> impl Fn(&Occurrence) -> bool {
    move |one| one.group_id == group_id
}

/// One page of the caller's meetings that lie in part in the window and are `wanted`: a fixed number of queries, whatever
/// their number.
pub async fn list(
    db: &impl ConnectionTrait,
    caller: &Caller,
    wanted: impl Fn(&Occurrence) -> bool,
    window: &MeetingWindow,
    page: &PageRequest,
    now: DateTime<Utc>,
) -> Result<Rows<Seen>> {
    let (from, to) = window.bounds(now)?;
    let mine = schedule::store::of_member(caller.account_id, now);
    let all = schedule::store::occurrences(db, mine, from, to).await?;
    let all = schedule::store::with_rows(db, all).await?;
    let seen = seen(db, caller.account_id, all, wanted, now).await?;
    let seen = seen.into_iter().filter(|one| window.status.is_empty() || window.status.contains(&one.status));
    Ok(page.of(seen.collect(), |one| (one.meeting.starts_at, one.meeting.id)))
}

/// One meeting as the caller sees it.
pub async fn look_at(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    meeting: Occurrence,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let id = meeting.id;
    let mine = schedule::store::of_member(account_id, now);
    let at_once = schedule::store::occurrences(db, mine, meeting.starts_at, meeting.ends_at).await?;
    let others = schedule::store::with_rows(db, at_once).await?.into_iter().filter(|one| one.id != id);
    let all = others.chain([meeting]).collect();
    let seen = seen(db, account_id, all, |one| one.id == id, now).await?;
    seen.into_iter().next().ok_or_else(Problem::not_found)
}

async fn seen(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    all: Vec<Occurrence>,
    wanted: impl Fn(&Occurrence) -> bool,
    now: DateTime<Utc>,
) -> Result<Vec<Seen>> {
    let my_zone = zone_of(&accounts::store::of_caller(db, account_id).await?.time_zone);
    let ids: Vec<_> = all.iter().filter(|one| wanted(one)).map(|one| one.id).collect();
    let mut counted = schedule::store::answers(db, ids.iter().copied(), now).await?;
    let groups: Vec<_> = all.iter().map(|one| one.group_id).collect();
    let groups = consultation_group::Entity::find().filter(consultation_group::COLUMN.id.is_in(groups)).all(db).await?;
    let mut mine = answers::of_account(db, account_id, &ids).await?;
    let conflicts = |one: &Occurrence| {
        let others = all.iter().filter(|other| !other.is_cancelled() && other.id != one.id);
        others.filter(|other| one.overlaps(other.starts_at, other.ends_at)).map(|other| other.id).take(20).collect()
    };
    let look = |one: &Occurrence| {
        let quorum = groups.iter().find(|group| group.id == one.group_id).map_or(0, |group| group.quorum);
        let answers = counted.remove(&one.id).unwrap_or_default();
        Seen {
            status: one.status_at(answers.yes, quorum, now),
            quorum,
            answers,
            my_answer: mine.remove(&one.id).filter(|answer| answer.answered_for == one.starts_at),
            my_zone,
            conflicts: if one.is_cancelled() { Vec::new() } else { conflicts(one) },
            meeting: one.clone(),
        }
    };
    Ok(all.iter().filter(|one| wanted(one)).map(look).collect())
}

/// Refuses what would lie in the time of another meeting of the group. Those of the series `but` are no others.
async fn refuse_collision(
    db: &impl ConnectionTrait,
    group_id: Uuid,
    wanted: &[Occurrence],
    but: Option<Uuid>,
) -> Result<()> {
    let (Some(first), Some(last)) = (wanted.first(), wanted.iter().map(|one| one.ends_at).max()) else {
        return Ok(());
    };
    let of_group = schedule::store::of_group(group_id);
    let others = schedule::store::occurrences(db, of_group, first.starts_at, last).await?;
    let mut others = schedule::store::with_rows(db, others).await?;
    others.retain(|other| Some(other.series_id) != but);
    match super::rules::collision(wanted, &others) {
        None => Ok(()),
        Some(other) => {
            let detail = format!("must not lie in the time of another meeting of the group, at {}", other.starts_at);
            Err(Refusal::Invalid { pointer: "/starts_local", code: "collides", detail }.into())
        }
    }
}
