use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::visible_to;
use crate::{
    consultation_groups::rules::Standing,
    entities::consultation_group,
    http::caller::Caller,
    problem::{Problem, Result},
    schedule::{self, rules::Occurrence},
};

/// A meeting, its group, and what the caller is to that.
pub struct FoundMeeting {
    pub meeting: Occurrence,
    pub group: consultation_group::Model,
    pub standing: Standing,
}

/// The meeting, if the caller may know of it.
///
/// # Errors
/// 404 where there is none, or the caller is no member in good standing of its group.
pub async fn visible_meeting(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<FoundMeeting> {
    let meeting = schedule::store::find(db, id).await?.ok_or_else(Problem::not_found)?;
    let (group, standing) = visible_to(db, &caller.clone().into(), meeting.group_id, now).await?;
    match standing.is_member() {
        true => Ok(FoundMeeting { meeting, group, standing }),
        false => Err(Problem::not_found()),
    }
}

/// The group, and what the caller is to it, for what concerns its members only.
///
/// # Errors
/// 404 where it is not visible; 403 for those who see it and are no members in good standing.
pub async fn of_member(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(consultation_group::Model, Standing)> {
    let (group, standing) = visible_to(db, &caller.clone().into(), id, now).await?;
    Problem::forbid_unless(standing.is_member(), "a member of the group may know this")?;
    Ok((group, standing))
}
