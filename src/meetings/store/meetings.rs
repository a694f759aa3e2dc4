//! What becomes of one meeting.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Found, refuse_collision, series};
use crate::{
    audit,
    entities::{account, consultation_group, meeting, membership},
    mail,
    meetings::{
        mails,
        rules::{self, Alteration},
    },
    problem::{Problem, Result},
    recurrence::zone::zone_of,
    schedule::{self, rules::Occurrence},
    state::State,
};

/// Whether it is the caller's turn to lead the meeting.
pub async fn has_turn(_db: &impl ConnectionTrait, _found: &Found) -> Result<bool> {
    Ok(false)
}

/// Changes one meeting and leaves its series as it is.
pub async fn alter(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    found: &Found,
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
    found: &Found,
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
    found: &Found,
    now: DateTime<Utc>,
) -> Result<Occurrence> {
    let row = rules::reinstate(&found.meeting, now)?;
    let next = found.meeting.clone().with_row(row);
    refuse_collision(tx, next.group_id, std::slice::from_ref(&next), None).await?;
    let saved = write(tx, actor, "meeting.reinstate", next, &found.meeting, now).await?;
    tell_members(tx, app, actor, &found.group, |zone| mails::reinstated(&saved, zone), now).await?;
    Ok(saved)
}

/// Begins a meeting.
pub async fn start(tx: &DatabaseTransaction, actor: Uuid, found: &Found, now: DateTime<Utc>) -> Result<Occurrence> {
    let row = rules::start(&found.meeting, now)?;
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

/// Notes who did what to a meeting or a series.
pub async fn record(
    tx: &DatabaseTransaction,
    action: &'static str,
    actor: Uuid,
    id: Uuid,
    group_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: if action.starts_with("meeting_series") { "meeting_series" } else { "meeting" },
        subject_id: id,
        consultation_group_id: Some(group_id),
        ..Default::default()
    };
    audit::record(tx, now, event).await
}

/// Puts a mail to each member who is there into the outbox, but not to whoever did it. It is worded for their time zone.
pub async fn tell_members(
    tx: &DatabaseTransaction,
    app: &State,
    actor: Uuid,
    group: &consultation_group::Model,
    mail: impl Fn(chrono_tz::Tz) -> (&'static str, String),
    now: DateTime<Utc>,
) -> Result<()> {
    let members = membership::Entity::find()
        .find_also_related(account::Entity)
        .filter(membership::COLUMN.consultation_group_id.eq(group.id))
        .filter(membership::COLUMN.account_id.ne(actor))
        .filter(membership::active_on(now.date_naive()))
        .all(tx)
        .await?;
    for account in members.into_iter().filter_map(|(_, account)| account) {
        let (subject, body) = mail(zone_of(&account.time_zone));
        let mail = mail::Mail { recipient: account.email, subject: subject.to_owned(), body };
        mail::enqueue(tx, &app.master_key, now, &mail).await?;
    }
    Ok(())
}
