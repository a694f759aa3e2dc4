use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use uuid::Uuid;

use super::read::{Name, Place, Seen, find, place_for};
use crate::{
    audit,
    consultation_groups::{self, schema::not_in_this_state},
    entities::{
        account, consultation_group,
        invitation::{self, InvitationStatus},
        membership::{self, EndReason, MembershipStatus, Tie},
    },
    http::caller::Caller,
    invitations::rules::{self, MAILS_PER_HOUR, Recipient},
    memberships::{self, store::HeldPlace},
    problem::{Problem, ProblemCode, Result},
    state::State,
};

/// Adds an offer. One that waits at the same address is superseded.
///
/// # Errors
/// 409 where what it invites to takes nobody, or has no seat to keep; 429 where the address had too many.
pub async fn issue(
    tx: &DatabaseTransaction,
    place: &Place,
    offer: invitation::Model,
    now: DateTime<Utc>,
) -> Result<Seen> {
    takes_people(place, now)?;
    spare_the_mailbox(tx, &offer.email_key, now).await?;
    let waiting = invitation::Entity::find()
        .filter(invitation::offered_by(offer.tie().ok_or_else(Problem::not_found)?))
        .filter(invitation::COLUMN.email_key.eq(offer.email_key.clone()))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .all(tx)
        .await?;
    for before in waiting {
        let superseded = save(tx, invitation::Model { status: InvitationStatus::Superseded, ..before }, now).await?;
        record(tx, "invitation.supersede", &superseded, offer.invited_by, None, now).await?;
    }
    keep_seat(tx, place, &offer, now).await?;
    invitation::Entity::insert(offer.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, "invitation.create", &offer, offer.invited_by, None, now).await?;
    find(tx, &Name::Id(offer.id)).await
}

/// Gives an offer a new token and a new term. The old token stays known as superseded, under a row of its own.
///
/// # Errors
/// As for [`issue`].
pub async fn reissue(
    tx: &DatabaseTransaction,
    place: &Place,
    before: invitation::Model,
    actor: Uuid,
    token_hash: Vec<u8>,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    takes_people(place, now)?;
    spare_the_mailbox(tx, &before.email_key, now).await?;
    // One that is still pending keeps its seat already.
    if before.expires_at <= now {
        keep_seat(tx, place, &before, now).await?;
    }
    let superseded = invitation::Model {
        id: Uuid::now_v7(),
        status: InvitationStatus::Superseded,
        updated_at: now,
        ..before.clone()
    };
    let after = invitation::Model { token_hash, expires_at, invited_by: actor, created_at: now, ..before };
    let after = save(tx, after, now).await?;
    invitation::Entity::insert(superseded.into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, "invitation.resend", &after, actor, None, now).await?;
    find(tx, &Name::Id(after.id)).await
}

/// # Errors
/// Where what an offer invites to takes nobody now.
fn takes_people(place: &Place, now: DateTime<Utc>) -> Result<()> {
    match place {
        Place::Organization(organization, _) => Ok(memberships::rules::takes_members(organization)?),
        Place::Group(group, _) => match consultation_groups::rules::status_at(group, now) {
            status if status.takes_people() => Ok(()),
            status => Err(not_in_this_state(status)),
        },
    }
}

/// Whether there is a seat to keep for an offer that is not in the table, or no longer pending.
async fn keep_seat(
    tx: &DatabaseTransaction,
    place: &Place,
    offer: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    match place {
        _ if !offer.reserve_seat => Ok(()),
        Place::Organization(..) => {
            let detail = "must be false: an organization has no seats";
            Err(Problem::invalid_at("/reserve_seat", "not_of_this_kind", detail))
        }
        Place::Group(group, _) => {
            let seats = consultation_groups::store::seats_of(tx, group.id, group.max_size, now).await?;
            Ok(rules::may_reserve(seats.free())?)
        }
    }
}

/// Offers that were issued to one address within the hour, whoever made them, are mails that it got.
async fn spare_the_mailbox(tx: &DatabaseTransaction, email_key: &str, now: DateTime<Utc>) -> Result<()> {
    let sent = invitation::Entity::find()
        .filter(invitation::COLUMN.email_key.eq(email_key))
        .filter(invitation::COLUMN.created_at.gt(now - TimeDelta::hours(1)))
        .count(tx)
        .await?;
    match sent < MAILS_PER_HOUR {
        true => Ok(()),
        false => {
            let detail = "this address has had as many invitations as it can take within an hour";
            Err(Problem::new(ProblemCode::TooManyRequests, detail).retry_after(3600))
        }
    }
}

/// Takes an offer up: what its recipient has asked for is granted, or a membership begins.
///
/// # Errors
/// 409 where they are a member; 410 where it can no longer be answered.
pub async fn accept(
    tx: &DatabaseTransaction,
    app: &State,
    caller: &Caller,
    recipient: &Recipient,
    invitation: invitation::Model,
    now: DateTime<Utc>,
) -> Result<memberships::store::Seen> {
    if let Some(accepted) = invitation.membership_id.filter(|_| invitation.status == InvitationStatus::Accepted) {
        return memberships::store::visible_to(tx, caller, accepted, now).await;
    }
    let tie = invitation.tie().ok_or_else(Problem::not_found)?;
    let removed_at = removed_at(tx, recipient.account_id, tie).await?;
    rules::is_answerable(&invitation, recipient, removed_at, now)?;
    is_still_offered(tx, &invitation, tie, now).await?;
    let (place, _) = place_for(tx, caller, Some(tie), now).await?;
    if let Place::Group(group, _) = &place {
        consultation_groups::store::offer_free_seats(tx, app, group, now).await?;
    }
    let open = memberships::store::open_of(tx, recipient.account_id, tie).await?;
    let open = open.filter(|held| held.status != MembershipStatus::Ended);
    let held = match &open {
        Some(open) => memberships::store::to_change(tx, caller, open.id, now).await?,
        None => {
            let blank = memberships::store::blank(tx, recipient.account_id, tie, None, now).await?;
            let place = match place {
                Place::Organization(organization, standing) => HeldPlace::organization(*organization, standing),
                Place::Group(group, standing) => HeldPlace::group(tx, *group, standing, now).await?,
            };
            memberships::store::application(blank, place)
        }
    };
    let next = admit(tx, &held, &invitation, now).await?;
    let answered = invitation::Model { status: InvitationStatus::Accepted, decided_at: Some(now), ..invitation };
    let seen = match open {
        Some(_) => memberships::store::apply(tx, app, held, next, caller.account_id, now).await?,
        None => memberships::store::begin(tx, held.seen, next, caller.account_id, now).await?,
    };
    let answered = save(tx, invitation::Model { membership_id: Some(seen.membership.id), ..answered }, now).await?;
    record(tx, "invitation.accept", &answered, caller.account_id, Some(caller.account_id), now).await?;
    Ok(seen)
}

/// Whoever offered it holds a membership there, with which their offers end; or may offer it all the same, as moderators
/// may, and those who run the organization of a group.
///
/// # Errors
/// 410 where they may no longer, or were suspended.
async fn is_still_offered(
    tx: &DatabaseTransaction,
    invitation: &invitation::Model,
    tie: Tie,
    now: DateTime<Utc>,
) -> Result<()> {
    let closed = || Problem::from(rules::Refusal::Closed);
    let inviter = account::Entity::find_by_id(invitation.invited_by).filter(account::is_live()).one(tx).await?;
    let inviter = inviter.ok_or_else(closed)?;
    let held = memberships::store::open_of(tx, inviter.id, tie).await?;
    if held.is_some_and(|held| held.status != MembershipStatus::Ended) {
        return Ok(());
    }
    let as_caller = Caller {
        account_id: inviter.id,
        session_id: Uuid::nil(),
        platform_role: inviter.platform_role,
        email_verified: inviter.email_verified_at.is_some(),
        scope: "".into(),
    };
    match place_for(tx, &as_caller, Some(tie), now).await {
        Ok((_, power)) => power.may_offer(invitation.role).map_err(|_| closed()),
        Err(problem) if problem.code == ProblemCode::NotFound => Err(closed()),
        Err(problem) => Err(problem),
    }
}

async fn admit(
    tx: &DatabaseTransaction,
    held: &memberships::store::Held,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<memberships::rules::Next> {
    let (case, role, inviter) = (held.case(now), invitation.role, invitation.invited_by);
    Ok(match invitation.consultation_group_id {
        None => memberships::rules::invited(&case, role, inviter)?,
        Some(group_id) => {
            let account_id = held.seen.membership.account_id;
            let blocked = memberships::store::is_blocked(tx, account_id, group_id, now).await?;
            let offered = memberships::rules::Offered { role, inviter, kept: invitation.reserve_seat };
            memberships::rules::take_offered_seat(&case, offered, blocked)?
        }
    })
}

/// When the account was last removed from there.
async fn removed_at(tx: &DatabaseTransaction, account_id: Uuid, tie: Tie) -> Result<Option<DateTime<Utc>>> {
    let removals = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::tied_to(tie))
        .filter(membership::COLUMN.end_reason.eq(EndReason::Removed))
        .all(tx)
        .await?;
    Ok(removals.into_iter().filter_map(|removed| removed.ended_at).max())
}

/// Turns an offer down.
pub async fn decline(
    tx: &DatabaseTransaction,
    app: &State,
    caller: &Caller,
    seen: Seen,
    now: DateTime<Utc>,
) -> Result<Seen> {
    rules::is_open(&seen.invitation, now)?;
    let status = InvitationStatus::Declined;
    let answered = invitation::Model { status, decided_at: Some(now), ..seen.invitation };
    let invitation = save(tx, answered, now).await?;
    record(tx, "invitation.decline", &invitation, caller.account_id, Some(caller.account_id), now).await?;
    offer_kept_seat(tx, app, &invitation, now).await?;
    Ok(Seen { invitation, ..seen })
}

/// Takes an offer back.
///
/// # Errors
/// 404 where it was taken back before; 409 where it was answered or superseded.
pub async fn revoke(
    tx: &DatabaseTransaction,
    app: &State,
    caller: &Caller,
    invitation: invitation::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    if invitation.status == InvitationStatus::Revoked {
        return Err(Problem::not_found());
    }
    rules::is_unanswered(&invitation, now)?;
    let revoked = invitation::Model { status: InvitationStatus::Revoked, decided_at: Some(now), ..invitation };
    let revoked = save(tx, revoked, now).await?;
    record(tx, "invitation.revoke", &revoked, caller.account_id, None, now).await?;
    offer_kept_seat(tx, app, &revoked, now).await
}

/// A seat that is no longer kept goes to whoever waits for one.
async fn offer_kept_seat(
    tx: &DatabaseTransaction,
    app: &State,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(group_id) = invitation.consultation_group_id.filter(|_| invitation.reserve_seat) else { return Ok(()) };
    let group = consultation_group::Entity::find_by_id(group_id).one(tx).await?.ok_or_else(Problem::not_found)?;
    consultation_groups::store::offer_free_seats(tx, app, &group, now).await?;
    Ok(())
}

/// Writes the whole row, one version on.
async fn save(tx: &DatabaseTransaction, row: invitation::Model, now: DateTime<Utc>) -> Result<invitation::Model> {
    let row = invitation::Model { version: row.version + 1, updated_at: now, ..row };
    let mut changed = row.clone().into_active_model().reset_all();
    changed.id = Unchanged(row.id);
    invitation::Entity::update(changed).exec(tx).await?;
    Ok(row)
}

async fn record(
    tx: &DatabaseTransaction,
    action: &'static str,
    invitation: &invitation::Model,
    actor: Uuid,
    account_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let event = audit::Event {
        action,
        actor_id: Some(actor),
        subject_type: "invitation",
        subject_id: invitation.id,
        organization_id: invitation.organization_id,
        consultation_group_id: invitation.consultation_group_id,
        account_id,
        reason_code: None,
    };
    audit::record(tx, now, event).await
}
