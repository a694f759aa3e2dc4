use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, PaginatorTrait, QueryFilter, Select,
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    accounts::{self, rules::email_key},
    consultation_groups,
    crypto::opaque,
    db::page::{Key, PageRequest, Rows},
    entities::{
        account, consultation_group,
        invitation::{self, InvitationStatus},
        membership::Tie,
        organization,
    },
    http::caller::{Caller, Visitor},
    invitations::{
        rules::{self, InvitationState, Inviter, Recipient},
        schema::{Invitation, InvitationFilter, InvitationSort},
    },
    organizations,
    problem::{Problem, Result},
};

/// An invitation with the names that it shows.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "invitation::Entity")]
pub struct Seen {
    #[sea_orm(nested)]
    pub invitation: invitation::Model,
    #[sea_orm(nested)]
    pub organization: Option<OrganizationName>,
    #[sea_orm(nested)]
    pub group: Option<GroupName>,
    #[sea_orm(nested)]
    pub inviter: InviterName,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "organization::Entity")]
pub struct OrganizationName {
    pub name: String,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "consultation_group::Entity")]
pub struct GroupName {
    pub name: String,
}

#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "account::Entity")]
pub struct InviterName {
    pub display_name: String,
}

impl Seen {
    /// The name of what it invites to.
    pub fn place(&self) -> &str {
        let organization = self.organization.as_ref().map(|organization| organization.name.as_str());
        organization.or(self.group.as_ref().map(|group| group.name.as_str())).unwrap_or_default()
    }

    /// As whoever holds the token sees it.
    pub fn card(self, now: DateTime<Utc>) -> Invitation {
        let status = rules::state_at(&self.invitation, now);
        let invitation = self.invitation;
        Invitation {
            id: invitation.id,
            kind: invitation.kind,
            organization_id: invitation.organization_id,
            organization_name: self.organization.map(|organization| organization.name),
            consultation_group_id: invitation.consultation_group_id,
            consultation_group_name: self.group.map(|group| group.name),
            consultation_group: None,
            reserve_seat: invitation.reserve_seat,
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
    invitation::Entity::find()
        .left_join(organization::Entity)
        .left_join(consultation_group::Entity)
        .inner_join(account::Entity)
}

/// Any invitation, whoever asks.
pub(super) async fn find(db: &impl ConnectionTrait, name: &Name) -> Result<Seen> {
    let condition = match name {
        Name::Id(id) => invitation::COLUMN.id.eq(*id),
        Name::Token(token) => invitation::COLUMN.token_hash.eq(opaque::hash(token)),
    };
    let found = seen().filter(condition).into_partial_model::<Seen>().one(db).await?;
    found.ok_or_else(Problem::not_found)
}

/// The account of the caller, as an invitation looks at it.
pub async fn recipient(db: &impl ConnectionTrait, caller: &Caller) -> Result<Recipient> {
    let account = accounts::store::of_caller(db, caller.account_id).await?;
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
            with_group(db, found.card(now), now).await
        }
        (Name::Id(_), Some(caller)) => {
            let recipient = recipient(db, caller).await?;
            if rules::is_bound_to(&found.invitation, &recipient).is_err() {
                place_for(db, caller, found.invitation.tie(), now)
                    .await?
                    .1
                    .invites()
                    .map_err(|_| Problem::not_found())?;
            }
            with_group(db, found.in_full(now), now).await
        }
        (Name::Id(_), None) => Err(Problem::not_found()),
    }
}

/// With the card of the group that it invites to.
async fn with_group(db: &impl ConnectionTrait, invitation: Invitation, now: DateTime<Utc>) -> Result<Invitation> {
    let Some(id) = invitation.consultation_group_id else { return Ok(invitation) };
    let group = consultation_group::Entity::find_by_id(id).all(db).await?;
    let consultation_group = consultation_groups::store::with_seats(db, group, now).await?.pop();
    Ok(Invitation { consultation_group, ..invitation })
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

/// The invitation for those who may make it, what it invites to, and whom the caller may invite there.
///
/// # Errors
/// 404 where there is none or the caller invites nobody there.
pub async fn to_manage(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(Seen, Place, Inviter)> {
    let found = find(db, &Name::Id(id)).await?;
    let (place, inviter) = place_for(db, caller, found.invitation.tie(), now).await?;
    inviter.invites().map_err(|_| Problem::not_found())?;
    Ok((found, place, inviter))
}

/// What an invitation invites to.
pub enum Place {
    Organization(Box<organization::Model>, organizations::rules::Standing),
    Group(Box<consultation_group::Model>, consultation_groups::rules::Standing),
}

/// What an invitation invites to, if the caller may know of it, and whom they may invite there.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn place_for(
    db: &impl ConnectionTrait,
    caller: &Caller,
    tie: Option<Tie>,
    now: DateTime<Utc>,
) -> Result<(Place, Inviter)> {
    let visitor = caller.clone().into();
    match tie.ok_or_else(Problem::not_found)? {
        Tie::Organization(id) => {
            let (organization, standing) = organizations::store::visible_to(db, &visitor, id, now.date_naive()).await?;
            let inviter = Inviter::of_organization(&standing);
            Ok((Place::Organization(Box::new(organization), standing), inviter))
        }
        Tie::ConsultationGroup(id) => {
            let (group, standing) = consultation_groups::store::visible_to(db, &visitor, id, now).await?;
            let inviter = Inviter::of_group(&standing);
            Ok((Place::Group(Box::new(group), standing), inviter))
        }
    }
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

/// One page of the invitations to an organization or group.
pub async fn list(
    db: &impl ConnectionTrait,
    tie: Tie,
    filter: &InvitationFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<Seen>> {
    let states = filter.status.iter().fold(Condition::any(), |any, state| any.add(has_state(*state, now)));
    let address = filter.email.as_deref().map(|email| invitation::COLUMN.email_key.eq(email_key(email)));
    let query = seen()
        .filter(invitation::offered_by(tie))
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
    let columns = [invitation::Column::CreatedAt.into_expr(), invitation::Column::Id.into_expr()];
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
