//! Who did what, for the audit trail; and what members are told of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    audit,
    entities::{account, consultation_group, membership},
    mail,
    problem::Result,
    recurrence::zone::zone_of,
    state::State,
};

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
    mail: impl Fn(Tz) -> (&'static str, String),
    now: DateTime<Utc>,
) -> Result<()> {
    let members = membership::Entity::find()
        .find_also_related(account::Entity)
        .filter(membership::COLUMN.consultation_group_id.eq(group.id))
        .filter(membership::COLUMN.account_id.ne(actor))
        .filter(membership::active_on(now.date_naive()))
        .all(tx)
        .await?;
    let to = |account: account::Model| {
        let (subject, body) = mail(zone_of(&account.time_zone));
        mail::Mail { recipient: account.email, subject: subject.to_owned(), body }
    };
    let mails: Vec<_> = members.into_iter().filter_map(|(_, account)| account.map(to)).collect();
    mail::enqueue_all(tx, &app.master_key, now, &mails).await
}
