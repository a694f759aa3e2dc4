//! Writing, reading and verifying the trail.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};
use serde::Serialize;
use uuid::Uuid;

use super::schema::{AuditEventFilter, AuditVerification, AuditVerificationFilter};
use crate::{
    crypto::sha256,
    db::{
        inserts::Inserts,
        page::{Key, PageRequest, Rows},
    },
    entities::{
        audit_event,
        consultation_group::{self, StoredGroupStatus},
        membership::{self, MembershipRole},
        report,
    },
    http::caller::Caller,
    problem::{Problem, Result},
};

/// Events that one call verifies at most, and that it reads at once.
const MOST_VERIFIED: i64 = 10_000;
const BATCH: u64 = 1_000;

/// Events that one statement puts in at most.
const AT_ONCE: usize = 500;

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
    pub consultation_group_id: Option<Uuid>,
    /// The account that it concerns.
    pub account_id: Option<Uuid>,
    /// A stable key that says why, never free text.
    pub reason_code: Option<&'static str>,
}

/// Appends `event` to its chain.
pub async fn record(tx: &DatabaseTransaction, now: DateTime<Utc>, event: Event) -> Result<()> {
    record_all(tx, now, vec![event]).await
}

/// Appends many events, each to its chain: what one act does to many.
pub async fn record_all(tx: &DatabaseTransaction, now: DateTime<Utc>, events: Vec<Event>) -> Result<()> {
    let mut ends: HashMap<String, (i64, Vec<u8>)> = HashMap::new();
    let mut rows = Vec::new();
    for event in events {
        let chain = chain_of_event(&event);
        let last = match ends.remove(&chain) {
            Some(last) => Some(last),
            None => last_of(tx, &chain).await?,
        };
        let row = new_row(now, event, chain, last)?;
        ends.insert(row.chain.clone(), (row.sequence, row.hash.clone()));
        rows.push(row.into_active_model().reset_all());
    }
    for rows in rows.chunks(AT_ONCE) {
        audit_event::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The number and the hash of the last event of a chain.
async fn last_of(tx: &DatabaseTransaction, chain: &str) -> Result<Option<(i64, Vec<u8>)>> {
    let last = audit_event::Entity::find()
        .select_only()
        .columns([audit_event::Column::Sequence, audit_event::Column::Hash])
        .filter(audit_event::COLUMN.chain.eq(chain))
        .order_by_desc(audit_event::COLUMN.sequence)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last)
}

/// Begins the chain of what `inserts` makes: nothing stands in it yet, so nobody looks.
pub fn first(inserts: &mut Inserts, now: DateTime<Utc>, event: Event) -> Result<()> {
    let chain = chain_of_event(&event);
    inserts.add(new_row(now, event, chain, None)?.into_active_model().reset_all());
    Ok(())
}

fn chain_of_event(event: &Event) -> String {
    match (event.organization_id, event.consultation_group_id, event.account_id) {
        (Some(organization), ..) => organization_chain(organization),
        (None, Some(group), _) => group_chain(group),
        (None, None, Some(account)) => account_chain(account),
        (None, None, None) => "platform".to_owned(),
    }
}

/// `event` in `chain` after `last`, with its number and its hash.
fn new_row(
    now: DateTime<Utc>,
    event: Event,
    chain: String,
    last: Option<(i64, Vec<u8>)>,
) -> Result<audit_event::Model> {
    let (sequence, previous_hash) = last.map_or((1, vec![0; 32]), |(sequence, hash)| (sequence + 1, hash));
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
        consultation_group_id: event.consultation_group_id,
        account_id: event.account_id,
        reason_code: event.reason_code.map(Into::into),
        previous_hash,
        hash: Vec::new(),
    };
    row.hash = hash(&row)?;
    Ok(row)
}

/// What is hashed of an event: its members, sorted by name.
#[derive(Serialize)]
struct Hashed<'a> {
    account_id: Option<Uuid>,
    action: &'a str,
    actor_id: Option<Uuid>,
    chain: &'a str,
    /// Absent where it is null: hashes from before the member was known stay good.
    #[serde(skip_serializing_if = "Option::is_none")]
    consultation_group_id: Option<Uuid>,
    id: Uuid,
    /// Seconds since 1970.
    occurred_at: i64,
    organization_id: Option<Uuid>,
    reason_code: Option<&'a str>,
    sequence: i64,
    subject_id: Uuid,
    subject_type: &'a str,
}

/// SHA-256 over the hash before it and the event as JSON.
pub fn hash(event: &audit_event::Model) -> Result<Vec<u8>> {
    let hashed = Hashed {
        account_id: event.account_id,
        action: &event.action,
        actor_id: event.actor_id,
        chain: &event.chain,
        consultation_group_id: event.consultation_group_id,
        id: event.id,
        occurred_at: event.occurred_at.timestamp(),
        organization_id: event.organization_id,
        reason_code: event.reason_code.as_deref(),
        sequence: event.sequence,
        subject_id: event.subject_id,
        subject_type: &event.subject_type,
    };
    let mut content = event.previous_hash.clone();
    serde_json::to_writer(&mut content, &hashed).map_err(Problem::internal)?;
    Ok(sha256(&content))
}

fn organization_chain(id: Uuid) -> String {
    format!("organization/{id}")
}

fn group_chain(id: Uuid) -> String {
    format!("consultation_group/{id}")
}

fn account_chain(id: Uuid) -> String {
    format!("account/{id}")
}

/// One page of the events that the caller may see, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    caller: &Caller,
    filter: &AuditEventFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<audit_event::Model>> {
    use audit_event::Column;
    let query = audit_event::Entity::find().filter(seen_by(db, caller, filter, now).await?).filter(
        Condition::all()
            .add_option(filter.organization_id.map(|id| Column::OrganizationId.eq(id)))
            .add_option(filter.consultation_group_id.map(|id| Column::ConsultationGroupId.eq(id)))
            .add_option((!filter.action.is_empty()).then(|| Column::Action.is_in(filter.action.clone())))
            .add_option(
                (!filter.subject_type.is_empty()).then(|| Column::SubjectType.is_in(filter.subject_type.clone())),
            )
            .add_option(filter.subject_id.map(|id| Column::SubjectId.eq(id)))
            .add_option(filter.actor_id.map(|id| Column::ActorId.eq(id)))
            .add_option(filter.account_id.map(|id| Column::AccountId.eq(id)))
            .add_option(filter.from.map(|from| Column::OccurredAt.gte(from)))
            .add_option(filter.to.map(|to| Column::OccurredAt.lt(to))),
    );
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let rows = page.apply(query, &[Expr::col(Column::OccurredAt), Expr::col(Column::Id)], true).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |event| vec![Key::Instant(event.occurred_at), Key::Id(event.id)]) })
}

/// All of an organization for those who run it, and of a group for its owners; the platform's for moderators; else what
/// the caller did or is concerned by.
async fn seen_by(
    db: &impl ConnectionTrait,
    caller: &Caller,
    filter: &AuditEventFilter,
    now: DateTime<Utc>,
) -> Result<Condition> {
    let named = match (filter.organization_id, filter.consultation_group_id) {
        (Some(organization_id), _) if runs(db, caller, organization_id, now).await? => true,
        (_, Some(group_id)) => owns(db, caller, group_id, now).await?,
        _ => false,
    };
    if named {
        return Ok(Condition::all());
    }
    let own = [audit_event::Column::AccountId, audit_event::Column::ActorId].map(|column| column.eq(caller.account_id));
    let own = own.into_iter().fold(Condition::any(), Condition::add);
    Ok(match caller.moderates() {
        true => own.add(of_the_platform(caller, now)),
        false => own,
    })
}

/// What moderators see: nothing of groups that are not before them, and nothing of reports that touch them.
fn of_the_platform(caller: &Caller, now: DateTime<Utc>) -> Condition {
    use audit_event::Column::{ConsultationGroupId, SubjectId, SubjectType};
    let in_no_group = Condition::any()
        .add(ConsultationGroupId.is_null())
        .add(ConsultationGroupId.in_subquery(report::groups_before(caller.account_id)))
        .add(ConsultationGroupId.in_subquery(ownerless(now)));
    let touching = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::touches(caller.account_id, now))
        .into_query();
    let of_others = Condition::any().add(SubjectType.ne("report")).add(SubjectId.not_in_subquery(touching));
    Condition::all().add(in_no_group).add(of_others)
}

/// The groups that go on without an owner.
fn ownerless(now: DateTime<Utc>) -> SelectStatement {
    let owned = membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::holds_seat_at(now))
        .into_query();
    let ended = [StoredGroupStatus::Draft, StoredGroupStatus::Dissolved];
    consultation_group::Entity::find()
        .select_only()
        .column(consultation_group::Column::Id)
        .filter(consultation_group::COLUMN.status.is_not_in(ended))
        .filter(consultation_group::Column::Id.not_in_subquery(owned))
        .into_query()
}

/// Whether the caller is a steward or an owner of an organization, or a moderator.
async fn runs(db: &impl ConnectionTrait, caller: &Caller, organization_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    if caller.moderates() {
        return Ok(true);
    }
    let role = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(caller.account_id))
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.role.is_in([MembershipRole::Steward, MembershipRole::Owner]))
        .filter(membership::active_on(now.date_naive()))
        .one(db)
        .await?;
    Ok(role.is_some())
}

/// Whether the caller is an owner of a group who is present and has signed what is due.
async fn owns(db: &impl ConnectionTrait, caller: &Caller, group_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let in_time = Condition::any()
        .add(membership::COLUMN.signature_due_at.is_null())
        .add(membership::COLUMN.signature_due_at.gt(now));
    let seat = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(caller.account_id))
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::COLUMN.role.eq(MembershipRole::Owner))
        .filter(membership::active_on(now.date_naive()))
        .filter(in_time)
        .one(db)
        .await?;
    Ok(seat.is_some())
}

/// Whether a group is before the caller, who is a moderator.
async fn looks_into(db: &impl ConnectionTrait, caller: &Caller, group_id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    use consultation_group::Column;
    let before = Condition::any()
        .add(Column::Id.in_subquery(report::groups_before(caller.account_id)))
        .add(Column::Id.in_subquery(ownerless(now)));
    let group = consultation_group::Entity::find_by_id(group_id).filter(before);
    Ok(caller.moderates() && group.one(db).await?.is_some())
}

/// The chain that is named, where the caller may read it; else the caller's own.
///
/// # Errors
/// 404 where the caller may not; 422 where two are named.
pub async fn chain_of(
    db: &impl ConnectionTrait,
    caller: &Caller,
    filter: &AuditVerificationFilter,
    now: DateTime<Utc>,
) -> Result<String> {
    match (filter.organization_id, filter.consultation_group_id) {
        (None, None) => Ok(account_chain(caller.account_id)),
        (Some(id), None) if runs(db, caller, id, now).await? => Ok(organization_chain(id)),
        (None, Some(id)) if owns(db, caller, id, now).await? || looks_into(db, caller, id, now).await? => {
            Ok(group_chain(id))
        }
        _ => Err(Problem::not_found()),
    }
}

/// Walks a chain: numbers follow one another, each event holds the hash of the one before, and its own hash is right.
pub async fn verify(db: &impl ConnectionTrait, chain: &str, from: i64) -> Result<AuditVerification> {
    let mut previous = match from {
        1 => vec![0; 32],
        _ => read(db, chain, from - 1, 1).await?.pop().map(|event| event.hash).unwrap_or_default(),
    };
    let mut next = from;
    while next < from + MOST_VERIFIED {
        let batch = read(db, chain, next, BATCH).await?;
        if batch.is_empty() {
            return Ok(AuditVerification {
                valid: true,
                events: next - from,
                first_invalid: None,
                next_sequence: None,
            });
        }
        for event in batch {
            if event.sequence != next || event.previous_hash != previous || hash(&event)? != event.hash {
                let first_invalid = Some(next);
                return Ok(AuditVerification { valid: false, events: next - from, first_invalid, next_sequence: None });
            }
            previous = event.hash;
            next += 1;
        }
    }
    Ok(AuditVerification { valid: true, events: next - from, first_invalid: None, next_sequence: Some(next) })
}

/// Events of a chain, from this number on.
async fn read(db: &impl ConnectionTrait, chain: &str, from: i64, limit: u64) -> Result<Vec<audit_event::Model>> {
    let events = audit_event::Entity::find()
        .filter(audit_event::COLUMN.chain.eq(chain))
        .filter(audit_event::COLUMN.sequence.gte(from))
        .order_by_asc(audit_event::COLUMN.sequence)
        .limit(limit);
    Ok(events.all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_hashed_as_it_always_was() {
        let id = Uuid::from_u128;
        let event = audit_event::Model {
            id: id(1),
            chain: "organization/x".into(),
            sequence: 7,
            occurred_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            action: "membership.approve".into(),
            actor_id: Some(id(2)),
            subject_type: "membership".into(),
            subject_id: id(3),
            organization_id: Some(id(4)),
            consultation_group_id: None,
            account_id: None,
            reason_code: Some("a \"reason\"".into()),
            previous_hash: vec![1, 2, 3],
            hash: Vec::new(),
        };
        let of_group = audit_event::Model { consultation_group_id: Some(id(5)), ..event.clone() };
        let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(|number| id(number).to_string());
        for (event, group) in [(event, String::new()), (of_group, format!(r#""consultation_group_id":"{five}","#))] {
            let content = format!(
                r#"{{"account_id":null,"action":"membership.approve","actor_id":"{two}","chain":"organization/x",{group}"id":"{one}","occurred_at":1800000000,"organization_id":"{four}","reason_code":"a \"reason\"","sequence":7,"subject_id":"{three}","subject_type":"membership"}}"#
            );
            assert_eq!(hash(&event).unwrap(), sha256(&[&[1, 2, 3], content.as_bytes()].concat()));
        }
    }
}
