//! Queries and transactions on invitations.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Unchanged,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DerivePartialModel, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, Select,
    sea_query::{IntoColumnRef, SimpleExpr},
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    rules::{self, InvitationState, MAILS_PER_HOUR, Recipient},
    schema::{Invitation, InvitationFilter, InvitationSort},
};
use crate::{
    accounts::{self, rules::email_key},
    audit,
    crypto::opaque,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account,
        invitation::{self, InvitationStatus},
        membership::{self, EndReason, MembershipStatus, Tie},
        organization,
    },
    http::caller::{Caller, Visitor},
    memberships::{self, store::HeldPlace},
    organizations::{self, rules::Standing},
    problem::{Problem, ProblemCode, Result},
    state::State,
};

/// An invitation with the names that it shows.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "invitation::Entity")]
pub struct Seen {
    #[sea_orm(nested)]
    pub invitation: invitation::Model,
    #[sea_orm(nested)]
    pub organization: OrganizationName,
    #[sea_orm(nested)]
    pub inviter: InviterName,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "organization::Entity")]
pub struct OrganizationName {
    pub name: String,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct InviterName {
    pub display_name: String,
}

impl Seen {
    /// As whoever holds the token sees it.
    pub fn card(self, now: DateTime<Utc>) -> Invitation {
        let status = rules::state_at(&self.invitation, now);
        let invitation = self.invitation;
        Invitation {
            id: invitation.id,
            kind: invitation.kind,
            organization_id: invitation.organization_id,
            organization_name: self.organization.name,
            email: None,
            role: invitation.role,
            message: invitation.message,
            invited_by_name: self.inviter.display_name,
            status,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            decided_at: invitation.decided_at,
            membership_id: invitation.membership_id,
            token: None,
            version: invitation.version,
        }
    }

    /// As those who run the roster, and the recipient, see it.
    pub fn in_full(self, now: DateTime<Utc>) -> Invitation {
        let email = Some(self.invitation.email.clone());
        Invitation { email, ..self.card(now) }
    }
}

/// How a path names an invitation.
pub enum Name {
    Id(Uuid),
    Token(SecretString),
}

impl Name {
    /// An id is a hyphenated UUID; everything else is taken for a token.
    pub fn read(word: String) -> Self {
        match Uuid::try_parse(&word) {
            Ok(id) if word.len() == 36 => Self::Id(id),
            _ => Self::Token(word.into()),
        }
    }
}

fn seen() -> Select<invitation::Entity> {
    invitation::Entity::find().inner_join(organization::Entity).inner_join(account::Entity)
}

/// Any invitation, whoever asks.
async fn find(db: &impl ConnectionTrait, name: &Name) -> Result<Seen> {
    let condition = match name {
        Name::Id(id) => invitation::COLUMN.id.eq(*id),
        Name::Token(token) => invitation::COLUMN.token_hash.eq(opaque::hash(token)),
    };
    let found = seen().filter(condition).into_partial_model::<Seen>().one(db).await?;
    found.ok_or_else(Problem::not_found)
}

/// The account of the caller, as an invitation looks at it.
pub async fn recipient(db: &impl ConnectionTrait, caller: &Caller) -> Result<Recipient> {
    let account = accounts::store::get(db, caller.account_id).await?;
    let is_verified = account.email_verified_at.is_some();
    Ok(Recipient { account_id: account.id, email_key: account.email_key, is_verified })
}

/// The invitation, as far as the visitor may see it: whoever holds its token its card, those who run the roster and its
/// recipient all of it.
///
/// # Errors
/// 404 where there is none or it is not visible; 410 where its token is void.
pub async fn visible_to(
    db: &impl ConnectionTrait,
    visitor: &Visitor,
    name: &Name,
    now: DateTime<Utc>,
) -> Result<Invitation> {
    let found = find(db, name).await?;
    match (name, &visitor.0) {
        (Name::Token(_), _) => {
            rules::is_readable_by_token(&found.invitation, now)?;
            Ok(found.card(now))
        }
        (Name::Id(_), Some(caller)) => {
            let recipient = recipient(db, caller).await?;
            if rules::is_bound_to(&found.invitation, &recipient).is_err() {
                standing_for(db, caller, &found.invitation, now).await?;
            }
            Ok(found.in_full(now))
        }
        (Name::Id(_), None) => Err(Problem::not_found()),
    }
}

/// The invitation for its recipient to answer.
///
/// # Errors
/// 404 where an id names none that is the caller's; 403 where a token is for another address.
pub async fn to_answer(db: &impl ConnectionTrait, recipient: &Recipient, name: &Name) -> Result<Seen> {
    let found = find(db, name).await?;
    let bound = rules::is_bound_to(&found.invitation, recipient);
    match (name, bound) {
        (Name::Id(_), Err(_)) => Err(Problem::not_found()),
        (_, bound) => {
            bound?;
            Ok(found)
        }
    }
}

/// The invitation for those who run the roster.
///
/// # Errors
/// 404 where there is none or the caller does not run its roster.
pub async fn to_manage(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Seen, Standing)> {
    let found = find(db, &Name::Id(id)).await?;
    let standing = standing_for(db, caller, &found.invitation, now).await?;
    Ok((found, standing))
}

async fn standing_for(
    db: &impl ConnectionTrait,
    caller: &Caller,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<Standing> {
    let organization_id = invitation.organization_id.ok_or_else(Problem::not_found)?;
    let visitor = caller.clone().into();
    let (_, standing) = organizations::store::visible_to(db, &visitor, organization_id, now.date_naive()).await?;
    rules::may_revoke(&standing).map_err(|_| Problem::not_found())?;
    Ok(standing)
}

/// One page of what waits for an answer at the caller's confirmed address.
pub async fn list_mine(
    db: &impl ConnectionTrait,
    recipient: &Recipient,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let address = recipient.email_key.clone().filter(|_| recipient.is_verified).unwrap_or_default();
    let query =
        seen().filter(invitation::COLUMN.email_key.eq(address)).filter(has_state(InvitationState::Pending, now));
    sorted(db, query, false, page).await
}

/// One page of the invitations of an organization.
pub async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    filter: &InvitationFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let states = filter.status.iter().fold(Condition::any(), |any, state| any.add(has_state(*state, now)));
    let address = filter.email.as_deref().map(|email| invitation::COLUMN.email_key.eq(email_key(email)));
    let query = seen()
        .filter(invitation::COLUMN.organization_id.eq(organization_id))
        .filter(Condition::all().add_option((!states.is_empty()).then_some(states)).add_option(address));
    sorted(db, query, filter.sort == Some(InvitationSort::CreatedAtDescending), page).await
}

async fn sorted(
    db: &impl ConnectionTrait,
    query: Select<invitation::Entity>,
    descending: bool,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let column = |column: invitation::Column| SimpleExpr::Column(column.as_column_ref().into_column_ref());
    let columns = [column(invitation::Column::CreatedAt), column(invitation::Column::Id)];
    let rows = page.apply(query, &columns, descending).into_partial_model::<Seen>().all(db).await?;
    let keys = |seen: &Seen| vec![Key::Instant(seen.invitation.created_at), Key::Id(seen.invitation.id)];
    Ok(Rows { total, ..page.finish(rows, keys) })
}

/// [`rules::state_at`] as a condition.
fn has_state(state: InvitationState, now: DateTime<Utc>) -> Condition {
    let stored = |status| Condition::all().add(invitation::COLUMN.status.eq(status));
    match state {
        InvitationState::Pending => stored(InvitationStatus::Pending).add(invitation::COLUMN.expires_at.gt(now)),
        InvitationState::Expired => stored(InvitationStatus::Pending).add(invitation::COLUMN.expires_at.lte(now)),
        InvitationState::Accepted => stored(InvitationStatus::Accepted),
        InvitationState::Declined => stored(InvitationStatus::Declined),
        InvitationState::Revoked => stored(InvitationStatus::Revoked),
        InvitationState::Superseded => stored(InvitationStatus::Superseded),
    }
}

/// Adds an offer. One that waits at the same address is superseded.
pub async fn issue(tx: &DatabaseTransaction, offer: invitation::Model, now: DateTime<Utc>) -> Result<Seen> {
    spare_the_mailbox(tx, &offer.email_key, now).await?;
    let waiting = invitation::Entity::find()
        .filter(invitation::Column::OrganizationId.eq(offer.organization_id))
        .filter(invitation::COLUMN.email_key.eq(offer.email_key.clone()))
        .filter(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .all(tx)
        .await?;
    for before in waiting {
        save(tx, invitation::Model { status: InvitationStatus::Superseded, ..before }, now).await?;
    }
    invitation::Entity::insert(offer.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    record(tx, "invitation.create", &offer, offer.invited_by, None, now).await?;
    find(tx, &Name::Id(offer.id)).await
}

/// Gives an offer a new token and a new term. The old token stays known as superseded, under a row of its own.
pub async fn reissue(
    tx: &DatabaseTransaction,
    before: invitation::Model,
    actor: Uuid,
    token_hash: Vec<u8>,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    spare_the_mailbox(tx, &before.email_key, now).await?;
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

/// Takes an offer up: what its recipient has asked for becomes active, or a membership begins.
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
    let today = now.date_naive();
    if let Some(accepted) = invitation.membership_id.filter(|_| invitation.status == InvitationStatus::Accepted) {
        return memberships::store::visible_to(tx, caller, accepted, now).await;
    }
    let organization_id = invitation.organization_id.ok_or_else(Problem::not_found)?;
    let removed_at = removed_at(tx, recipient.account_id, organization_id).await?;
    rules::is_answerable(&invitation, recipient, removed_at, now)?;
    let visitor = caller.clone().into();
    let (organization, standing) = organizations::store::visible_to(tx, &visitor, organization_id, today).await?;
    let tie = Tie::Organization(organization_id);
    let open = memberships::store::open_of(tx, recipient.account_id, tie).await?;
    let open = open.filter(|held| held.status != MembershipStatus::Ended);
    let held = match &open {
        Some(open) => memberships::store::to_change(tx, caller, open.id, now).await?,
        None => {
            let blank = memberships::store::blank(tx, recipient.account_id, tie, None, now).await?;
            memberships::store::application(blank, HeldPlace::organization(organization, standing))
        }
    };
    let next = memberships::rules::invited(&held.case(now), invitation.role, invitation.invited_by)?;
    let seen = match open {
        Some(_) => memberships::store::apply(tx, app, held, next, caller.account_id, now).await?,
        None => memberships::store::begin(tx, held.seen, next, caller.account_id, now).await?,
    };
    let membership_id = Some(seen.membership.id);
    let answered =
        invitation::Model { status: InvitationStatus::Accepted, decided_at: Some(now), membership_id, ..invitation };
    let answered = save(tx, answered, now).await?;
    record(tx, "invitation.accept", &answered, caller.account_id, Some(caller.account_id), now).await?;
    Ok(seen)
}

/// When the organization last removed the account.
async fn removed_at(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    organization_id: Uuid,
) -> Result<Option<DateTime<Utc>>> {
    let removals = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.organization_id.eq(organization_id))
        .filter(membership::COLUMN.end_reason.eq(EndReason::Removed))
        .all(tx)
        .await?;
    Ok(removals.into_iter().filter_map(|removed| removed.ended_at).max())
}

/// Turns an offer down.
pub async fn decline(tx: &DatabaseTransaction, caller: &Caller, seen: Seen, now: DateTime<Utc>) -> Result<Seen> {
    rules::is_open(&seen.invitation, now)?;
    let status = InvitationStatus::Declined;
    let answered = invitation::Model { status, decided_at: Some(now), ..seen.invitation };
    let invitation = save(tx, answered, now).await?;
    record(tx, "invitation.decline", &invitation, caller.account_id, Some(caller.account_id), now).await?;
    Ok(Seen { invitation, ..seen })
}

/// Takes an offer back.
///
/// # Errors
/// 404 where it was taken back before; 409 where it was answered or superseded.
pub async fn revoke(
    tx: &DatabaseTransaction,
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
    record(tx, "invitation.revoke", &revoked, caller.account_id, None, now).await
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
