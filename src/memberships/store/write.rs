use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::read::{Held, HeldPlace, Seen, seen, with_position};
use crate::{
    audit, consultation_groups,
    entities::{
        account, invitation,
        membership::{self, EndReason, MembershipRole, MembershipStatus, Tie, Verification},
        membership_type, organization,
    },
    memberships::{
        rules::{self, Changes, Loss, Next},
        schema::MembershipPatch,
    },
    problem::{Problem, Result},
    revocation::revoke,
    state::State,
};

/// A membership of `account_id` that has not begun.
pub async fn blank(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    tie: Tie,
    terms: Option<membership_type::Model>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let holder = account::Entity::find_by_id(account_id).into_partial_model().one(tx).await?;
    let membership = membership::Model {
        id: Uuid::now_v7(),
        account_id,
        kind: tie.kind(),
        organization_id: tie.organization_id(),
        consultation_group_id: tie.consultation_group_id(),
        role: MembershipRole::Member,
        status: MembershipStatus::Requested,
        end_reason: None,
        decided_by: None,
        decision_note: None,
        request_note: None,
        requested_at: now,
        joined_at: None,
        ended_at: None,
        leave_until: None,
        suspended_until: None,
        membership_type_id: terms.as_ref().map(|terms| terms.id),
        category: None,
        member_number: None,
        starts_on: None,
        ends_on: None,
        standing_override: None,
        standing_override_until: None,
        verification: Verification::SelfReported,
        answers: None,
        waitlisted_at: None,
        agreement_version_signed: None,
        signature_due_at: None,
        version: 0,
        created_at: now,
        updated_at: now,
    };
    let holder = holder.ok_or_else(Problem::not_found)?;
    Ok(Seen { membership, terms, holder, waitlist_position: None, only_card: false })
}

/// Writes down a membership that begins.
pub async fn begin(tx: &DatabaseTransaction, seen: Seen, next: Next, actor: Uuid, now: DateTime<Utc>) -> Result<Seen> {
    let membership = membership::Model { version: 1, ..next.membership.clone() };
    membership::Entity::insert(membership.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    count(tx, &membership, i64::from(membership.status.holds_place())).await?;
    record(tx, &next, actor, now).await?;
    with_position(tx, Seen { membership, ..seen }, now).await
}

/// Writes down what a transition made of a membership, and lets follow what follows: a seat that it freed is offered to
/// the waitlist.
pub async fn apply(
    tx: &DatabaseTransaction,
    app: &State,
    held: Held,
    next: Next,
    actor: Uuid,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let seen = write(tx, held.seen, next, actor, now).await?;
    if let HeldPlace::Group { group, .. } = &held.place {
        consultation_groups::store::offer_free_seats(tx, app, group, now).await?;
    }
    with_position(tx, seen, now).await
}

/// Writes down what a transition made of a membership. Nothing else sets a status on somebody's behalf.
pub async fn write(tx: &DatabaseTransaction, seen: Seen, next: Next, actor: Uuid, now: DateTime<Utc>) -> Result<Seen> {
    let before = &seen.membership;
    let membership = membership::Model { version: before.version + 1, updated_at: now, ..next.membership.clone() };
    let mut changed = membership.clone().into_active_model().reset_all();
    changed.id = Unchanged(membership.id);
    membership::Entity::update(changed).exec(tx).await?;
    let holds = |status: MembershipStatus| i64::from(status.holds_place());
    count(tx, &membership, holds(membership.status) - holds(before.status)).await?;
    revoke_offers(tx, before, &membership, actor, now).await?;
    record(tx, &next, actor, now).await?;
    let terms = match membership.membership_type_id == before.membership_type_id {
        true => seen.terms,
        false => find_type(tx, membership.membership_type_id).await?,
    };
    Ok(Seen { membership, terms, ..seen })
}

/// The organization's `member_count` changes with the membership. Its version stays: nobody edited it.
async fn count(tx: &DatabaseTransaction, membership: &membership::Model, by: i64) -> Result<()> {
    let Some(organization_id) = membership.organization_id.filter(|_| by != 0) else { return Ok(()) };
    organization::Entity::update_many()
        .col_expr(organization::Column::MemberCount, Expr::col(organization::Column::MemberCount).add(by))
        .filter(organization::COLUMN.id.eq(organization_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What somebody offered in the name of an organization or group ends when they may no longer offer it; what was offered
/// to them, when they are removed.
async fn revoke_offers(
    tx: &DatabaseTransaction,
    before: &membership::Model,
    after: &membership::Model,
    actor: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let (tie, by_them) = (after.tie(), invitation::COLUMN.invited_by.eq(after.account_id));
    let (which, reason_code) = match rules::loses(before, after) {
        Loss::Nothing => return Ok(()),
        Loss::Ownership => (by_them.and(invitation::COLUMN.role.ne(MembershipRole::Member)).into(), "demotion"),
        Loss::Office => (by_them.into(), "demotion"),
        Loss::Membership if after.end_reason == Some(EndReason::Removed) => {
            let own_address = account::Entity::find_by_id(after.account_id).select_only();
            let own_address = own_address.column(account::Column::EmailKey).into_query();
            (Condition::any().add(by_them).add(invitation::COLUMN.email_key.in_subquery(own_address)), "removal")
        }
        Loss::Membership => (by_them.into(), "departure"),
    };
    let there = match tie {
        Some(tie) => invitation::offered_by(tie),
        None => return Ok(()),
    };
    revoke(tx, Condition::all().add(there).add(which), Some(actor), reason_code, now).await
}

async fn record(tx: &DatabaseTransaction, next: &Next, actor: Uuid, now: DateTime<Utc>) -> Result<()> {
    let event = audit::Event {
        action: next.action,
        actor_id: Some(actor),
        subject_type: "membership",
        subject_id: next.membership.id,
        organization_id: next.membership.organization_id,
        consultation_group_id: next.membership.consultation_group_id,
        account_id: Some(next.membership.account_id),
        reason_code: next.reason_code,
    };
    audit::record(tx, now, event).await
}

/// The type that a body names.
///
/// # Errors
/// 422 where it is none of the organization's.
pub async fn chosen_type(
    tx: &DatabaseTransaction,
    organization_id: Option<Uuid>,
    id: Option<Uuid>,
) -> Result<Option<membership_type::Model>> {
    let found = find_type(tx, id).await?;
    match id.is_none() || found.as_ref().is_some_and(|found| Some(found.organization_id) == organization_id) {
        true => Ok(found),
        false => {
            let detail = "must be the id of a membership type of this organization";
            Err(Problem::invalid_at("/membership_type_id", "unknown_membership_type", detail))
        }
    }
}

async fn find_type(tx: &DatabaseTransaction, id: Option<Uuid>) -> Result<Option<membership_type::Model>> {
    match id {
        Some(id) => Ok(membership_type::Entity::find_by_id(id).one(tx).await?),
        None => Ok(None),
    }
}

/// The open membership that `successor_id` names, by its own id or by its account, where `held` is.
///
/// # Errors
/// 422 where there is none.
pub async fn successor(tx: &DatabaseTransaction, held: &Held, id: Uuid) -> Result<Seen> {
    let found = seen()
        .filter(membership::tied_to(held.seen.membership.tie().ok_or_else(rules::not_a_successor)?))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .filter(Condition::any().add(membership::COLUMN.id.eq(id)).add(membership::COLUMN.account_id.eq(id)))
        .filter(account::is_live())
        .into_partial_model::<Seen>()
        .one(tx)
        .await?;
    found.ok_or_else(|| rules::not_a_successor().into())
}

/// The patch with its type looked up.
pub async fn to_changes(tx: &DatabaseTransaction, held: &Held, patch: &MembershipPatch) -> Result<Changes> {
    let patch = patch.clone();
    let membership_type = match patch.membership_type_id {
        Some(id) => Some(chosen_type(tx, held.seen.membership.organization_id, id).await?),
        None => None,
    };
    Ok(Changes {
        role: patch.role,
        membership_type,
        category: patch.category,
        member_number: patch.member_number,
        starts_on: patch.starts_on,
        ends_on: patch.ends_on,
        standing_override: patch.standing_override,
        standing_override_until: patch.standing_override_until,
    })
}
