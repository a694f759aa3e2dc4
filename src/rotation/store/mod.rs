//! Queries and transactions on the rotation of a group.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{
    audit,
    consultation_groups::{
        self,
        rules::{Standing, status_at},
        schema::not_in_this_state,
    },
    entities::consultation_group,
    http::caller::Caller,
    problem::{Problem, ProblemCode, Result},
    schedule::{self, rules::Occurrence},
};

mod course;
mod fairness;
mod queue;
mod roles;
mod swaps;

pub use course::{Loaded, load};
pub use fairness::fairness;
pub use queue::{ask, queue, request, withdraw};
pub use roles::{agenda, appoint, freeze, leads, return_to_rotation, roles};
pub use swaps::{answer, list_mine, list_of_meeting, propose, swap};

/// A meeting, its group, and what the caller is there.
pub struct Found {
    pub meeting: Occurrence,
    pub group: consultation_group::Model,
    pub standing: Standing,
}

/// The meeting, if the caller is a member in good standing of its group.
///
/// # Errors
/// 404 where there is none or it is not theirs to know.
pub async fn found(db: &impl ConnectionTrait, caller: &Caller, id: Uuid, now: DateTime<Utc>) -> Result<Found> {
    let meeting = schedule::store::find(db, id).await?.ok_or_else(Problem::not_found)?;
    let visitor = caller.clone().into();
    let (group, standing) = consultation_groups::store::visible_to(db, &visitor, meeting.group_id, now).await?;
    match standing.is_member() {
        true => Ok(Found { meeting, group, standing }),
        false => Err(Problem::not_found()),
    }
}

/// The group, for its members in good standing.
///
/// # Errors
/// 404 where the caller may not know of it, 403 where they are no member.
pub async fn group(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<consultation_group::Model> {
    let (group, standing) = consultation_groups::store::visible_to(db, &caller.clone().into(), id, now).await?;
    Problem::forbid_unless(standing.is_member(), "its members may do this")?;
    Ok(group)
}

/// # Errors
/// 409 where nothing of the group changes any more.
fn check_goes_on(group: &consultation_group::Model, now: DateTime<Utc>) -> Result<()> {
    let status = status_at(group, now);
    if status.goes_on() { Ok(()) } else { Err(not_in_this_state(status)) }
}

/// The refusal of a change of the roles of a meeting that is over or was called off.
fn meeting_is_over(meeting: &Occurrence, now: DateTime<Utc>) -> Problem {
    let status = meeting.status_at(0, 0, now).word();
    Problem::new(ProblemCode::InvalidTransition, format!("the meeting is {status}"))
}

/// Something that a member did that concerns another.
struct Deed {
    action: &'static str,
    subject_type: &'static str,
    subject_id: Uuid,
    account_id: Uuid,
}

async fn record(
    tx: &DatabaseTransaction,
    caller: &Caller,
    group_id: Uuid,
    deed: Deed,
    now: DateTime<Utc>,
) -> Result<()> {
    let event = audit::Event {
        action: deed.action,
        actor_id: Some(caller.account_id),
        subject_type: deed.subject_type,
        subject_id: deed.subject_id,
        consultation_group_id: Some(group_id),
        account_id: Some(deed.account_id),
        ..Default::default()
    };
    audit::record(tx, now, event).await
}
