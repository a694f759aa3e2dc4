//! What becomes of one meeting.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{
    refuse_collision, series,
    telling::{record, tell_members},
};
use crate::{
    consultation_groups::store::FoundMeeting,
    entities::meeting,
    meetings::{
        mails,
        rules::{self, Alteration},
    },
    problem::{Problem, Result},
    rotation,
    schedule::{self, rules::Occurrence},
    state::State,
};

/// Changes one meeting and leaves its series as it is.
pub async fn alter(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &FoundMeeting,
    alteration: &Alteration,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    let row = rules::alter(&found.meeting, alteration, now)?;
    let of = series::of(tx, &found.meeting).await?;
    let moved = rules::settled(&of, row).ok_or_else(Problem::not_found)?;
    if moved.starts_at != found.meeting.starts_at || moved.ends_at != found.meeting.ends_at {
        refuse_collision(tx, moved.group_id, std::slice::from_ref(&moved), None).await?;
        let wider = rules::spanning(of.clone(), std::slice::from_ref(&moved));
        if (wider.starts_at, wider.ends_at) != (of.starts_at, of.ends_at) {
            series::save(tx, wider, now).await?;
        }
    }
    let tell = moved.starts_at != found.meeting.starts_at;
    let saved = write(tx, actor, "meeting.update", moved, &found.meeting, now).await?;
    if tell {
        let said = |zone| mails::moved(&found.meeting, &saved, zone);
        tell_members(tx, app, actor, &found.group, said, now).await?;
    }
    Ok(saved)
}

/// Calls a meeting off, and tells the others.
pub async fn cancel(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &FoundMeeting,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    let row = rules::cancel(&found.meeting, reason, now)?;
    let next = found.meeting.clone().with_row(row);
    let saved = write(tx, actor, "meeting.cancel", next, &found.meeting, now).await?;
    tell_members(tx, app, actor, &found.group, |zone| mails::cancelled(&saved, zone), now).await?;
    Ok(saved)
}

/// Holds a meeting after all, and tells the others.
pub async fn reinstate(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &FoundMeeting,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    let row = rules::reinstate(&found.meeting, now)?;
    let next = found.meeting.clone().with_row(row);
    refuse_collision(tx, next.group_id, std::slice::from_ref(&next), None).await?;
    let saved = write(tx, actor, "meeting.reinstate", next, &found.meeting, now).await?;
    tell_members(tx, app, actor, &found.group, |zone| mails::reinstated(&saved, zone), now).await?;
    Ok(saved)
}

/// Begins a meeting. Who leads and who presents is a fact from then on.
pub async fn start(
    tx: &DatabaseTransaction,
    actor: Uuid,
    found: &FoundMeeting,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    let row = rules::start(&found.meeting, now)?;
    rotation::store::freeze(tx, &found.group, &found.meeting, now).await?;
    write(tx, actor, "meeting.start", found.meeting.clone().with_row(row), &found.meeting, now).await
}

/// Writes the row of a meeting down, and who changed it.
async fn write(
    tx: &DatabaseTransaction,
    actor: Uuid,
    action: &'static str,
    next: Occurrence,
    before: &Occurrence,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    schedule::store::kept(tx, before, now).await?;
    let row: meeting::Model = next.to_row(now);
    let row = schedule::store::save(tx, row, now).await?;
    record(tx, action, actor, next.id, next.group_id, now).await?;
    Ok(next.with_row(row))
}
