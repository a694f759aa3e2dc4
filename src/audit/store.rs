use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use crate::{
    crypto::sha256,
    entities::audit_event,
    problem::{Problem, Result},
};

/// Something that happened, to be recorded in the transaction in which it happens.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// `subject.verb`, such as `membership.approve`.
    pub action: &'static str,
    /// Who did it; nobody for the system.
    pub actor_id: Option<Uuid>,
    /// The table of the subject, such as `membership`.
    pub subject_type: &'static str,
    pub subject_id: Uuid,
    pub organization_id: Option<Uuid>,
    /// The account that it concerns.
    pub account_id: Option<Uuid>,
    /// A stable key that says why, never free text.
    pub reason_code: Option<&'static str>,
}

/// Appends `event` to its chain.
pub async fn record(tx: &DatabaseTransaction, now: DateTime<Utc>, event: Event) -> Result<()> {
    let chain = match (event.organization_id, event.account_id) {
        (Some(organization), _) => format!("organization/{organization}"),
        (None, Some(account)) => format!("account/{account}"),
        (None, None) => "platform".to_owned(),
    };
    let last = audit_event::Entity::find()
        .filter(audit_event::COLUMN.chain.eq(chain.clone()))
        .order_by_desc(audit_event::COLUMN.sequence)
        .one(tx)
        .await?;
    let (sequence, previous_hash) = last.map_or((1, vec![0; 32]), |last| (last.sequence + 1, last.hash));
    let mut row = audit_event::Model {
        id: Uuid::now_v7(),
        chain,
        sequence,
        occurred_at: now,
        action: event.action.into(),
        actor_id: event.actor_id,
        subject_type: event.subject_type.into(),
        subject_id: event.subject_id,
        organization_id: event.organization_id,
        account_id: event.account_id,
        reason_code: event.reason_code.map(Into::into),
        previous_hash,
        hash: Vec::new(),
    };
    row.hash = hash(&row)?;
    let row = audit_event::ActiveModel {
        id: Set(row.id),
        chain: Set(row.chain),
        sequence: Set(row.sequence),
        occurred_at: Set(row.occurred_at),
        action: Set(row.action),
        actor_id: Set(row.actor_id),
        subject_type: Set(row.subject_type),
        subject_id: Set(row.subject_id),
        organization_id: Set(row.organization_id),
        account_id: Set(row.account_id),
        reason_code: Set(row.reason_code),
        previous_hash: Set(row.previous_hash),
        hash: Set(row.hash),
    };
    audit_event::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// SHA-256 over the hash before it and the event as JSON with sorted members.
pub fn hash(event: &audit_event::Model) -> Result<Vec<u8>> {
    let content = json!({
        "id": event.id,
        "chain": event.chain,
        "sequence": event.sequence,
        "occurred_at": event.occurred_at.timestamp(),
        "action": event.action,
        "actor_id": event.actor_id,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "organization_id": event.organization_id,
        "account_id": event.account_id,
        "reason_code": event.reason_code,
    });
    let content = serde_json::to_vec(&content).map_err(Problem::internal)?;
    Ok(sha256(&[event.previous_hash.as_slice(), &content].concat()))
}
