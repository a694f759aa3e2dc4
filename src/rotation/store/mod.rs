//! Queries and transactions on the rotation of a group.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::{
    audit,
    consultation_groups::{rules::status_at, schema::not_in_this_state, store::FoundMeeting},
    entities::consultation_group,
    http::caller::Caller,
    problem::{Problem, ProblemCode, Result},
    schedule::rules::Occurrence,
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
