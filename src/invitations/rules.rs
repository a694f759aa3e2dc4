//! Who may offer a membership, who may take it up, and until when.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    consultation_groups,
    entities::{
        invitation::{self, InvitationStatus},
        membership::{MembershipKind, MembershipRole},
    },
    organizations,
};

/// How long an offer holds unless it says otherwise, and how long at most, in days.
pub const DEFAULT_DAYS: i64 = 14;
pub const LONGEST_DAYS: i64 = 60;
/// Mails that offers send to one address within an hour, whoever makes them.
pub const MAILS_PER_HOUR: u64 = 5;

/// Where an invitation stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    Pending,
    Accepted,
    Declined,
    Revoked,
    /// A newer invitation to the same address took its place.
    Superseded,
    /// Nobody answered it in time.
    Expired,
}

/// Who answers an invitation.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub account_id: Uuid,
    pub email_key: Option<String>,
    pub is_verified: bool,
}

/// Why an invitation cannot be issued or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's role does not reach; the words say whose would.
    NotAllowed(&'static str),
    AnotherAddress,
    NotVerified,
    Expired,
    /// It was answered, revoked or superseded, or it is older than the recipient's removal.
    Closed,
    /// The role does not exist there.
    UnknownRole,
    /// No seat of the group is free to be kept.
    NoSeatToKeep,
    /// It can only be issued again, or revoked, while it waits for an answer.
    WrongState(InvitationState),
}

/// The state at `now`. An offer holds before the moment at which it expires.
pub fn state_at(invitation: &invitation::Model, now: DateTime<Utc>) -> InvitationState {
    match invitation.status {
        InvitationStatus::Pending if invitation.expires_at <= now => InvitationState::Expired,
        InvitationStatus::Pending => InvitationState::Pending,
        InvitationStatus::Accepted => InvitationState::Accepted,
        InvitationStatus::Declined => InvitationState::Declined,
        InvitationStatus::Revoked => InvitationState::Revoked,
        InvitationStatus::Superseded => InvitationState::Superseded,
    }
}

/// Whom the caller may invite in the name of an organization or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inviter {
    kind: MembershipKind,
    /// As members.
    members: bool,
    /// As anything more.
    others: bool,
}

impl Inviter {
    /// Those who run the roster invite members; owners and moderators also stewards and owners.
    pub fn of_organization(standing: &organizations::rules::Standing) -> Self {
        let others = standing.owns() || standing.curates();
        Self { kind: MembershipKind::Organization, members: standing.runs_roster(), others }
    }

    /// Those who decide about applicants invite members; owners also facilitators and owners.
    pub fn of_group(standing: &consultation_groups::rules::Standing) -> Self {
        let (members, others) = (standing.admits(), standing.owns());
        Self { kind: MembershipKind::ConsultationGroup, members, others }
    }

    /// Whether the caller may make an offer, take one back, whoever made it, and read what was offered.
    pub fn invites(&self) -> Result<(), Refusal> {
        match self.members {
            true => Ok(()),
            false => Err(Refusal::NotAllowed("an owner, a steward or a facilitator may do this")),
        }
    }

    /// Whether the caller may offer this role.
    pub fn may_offer(&self, role: MembershipRole) -> Result<(), Refusal> {
        use MembershipRole::{Facilitator, Member, Owner, Steward};
        self.invites()?;
        match (role, self.kind) {
            (Steward, MembershipKind::ConsultationGroup) | (Facilitator, MembershipKind::Organization) => {
                Err(Refusal::UnknownRole)
            }
            (Facilitator | Steward | Owner, _) if !self.others => {
                Err(Refusal::NotAllowed("an owner may invite others than members"))
            }
            (Member | Facilitator | Steward | Owner, _) => Ok(()),
        }
    }
}

/// Whether a seat can be kept for somebody: while one is neither taken nor kept for others.
pub fn may_reserve(free: i64) -> Result<(), Refusal> {
    match free > 0 {
        true => Ok(()),
        false => Err(Refusal::NoSeatToKeep),
    }
}

/// An offer is issued again or taken back while nobody has answered it, also after it expired.
pub fn is_unanswered(invitation: &invitation::Model, now: DateTime<Utc>) -> Result<(), Refusal> {
    match state_at(invitation, now) {
        InvitationState::Pending | InvitationState::Expired => Ok(()),
        state => Err(Refusal::WrongState(state)),
    }
}

/// When an offer ends that is made at `now`, for a number of days or until a moment. None: not soon enough, or over.
pub fn expiry(now: DateTime<Utc>, days: Option<i64>, at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let end = match at {
        Some(at) => at.trunc_subsecs(0),
        None => now + TimeDelta::try_days(days.unwrap_or(DEFAULT_DAYS))?,
    };
    (now < end && end <= now + TimeDelta::days(LONGEST_DAYS)).then_some(end)
}

/// Whether it was sent to an address that `recipient` holds and has confirmed.
pub fn is_bound_to(invitation: &invitation::Model, recipient: &Recipient) -> Result<(), Refusal> {
    if recipient.email_key.as_ref() != Some(&invitation.email_key) {
        Err(Refusal::AnotherAddress)
    } else if !recipient.is_verified {
        Err(Refusal::NotVerified)
    } else {
        Ok(())
    }
}

/// Whether `recipient` can still answer it. `removed_at` is when the organization last removed them.
pub fn is_answerable(
    invitation: &invitation::Model,
    recipient: &Recipient,
    removed_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    is_bound_to(invitation, recipient)?;
    is_open(invitation, now)?;
    match removed_at.is_some_and(|removed_at| removed_at > invitation.created_at) {
        true => Err(Refusal::Closed),
        false => Ok(()),
    }
}

/// Whether it waits for an answer.
pub fn is_open(invitation: &invitation::Model, now: DateTime<Utc>) -> Result<(), Refusal> {
    match state_at(invitation, now) {
        InvitationState::Pending => Ok(()),
        InvitationState::Expired => Err(Refusal::Expired),
        _ => Err(Refusal::Closed),
    }
}

/// Whether its token still opens its card: not once it is void.
pub fn is_readable_by_token(invitation: &invitation::Model, now: DateTime<Utc>) -> Result<(), Refusal> {
    match state_at(invitation, now) {
        InvitationState::Pending | InvitationState::Accepted | InvitationState::Declined => Ok(()),
        InvitationState::Expired => Err(Refusal::Expired),
        InvitationState::Revoked | InvitationState::Superseded => Err(Refusal::Closed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::membership::MembershipStatus;

    fn now() -> DateTime<Utc> {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    fn invitation(status: InvitationStatus, expires_in_seconds: i64) -> invitation::Model {
        invitation::Model {
            id: Uuid::from_u128(1),
            kind: MembershipKind::Organization,
            organization_id: Some(Uuid::from_u128(2)),
            consultation_group_id: None,
            email: "Ana@example.org".into(),
            email_key: "ana@example.org".into(),
            role: MembershipRole::Member,
            message: None,
            token_hash: Vec::new(),
            status,
            invited_by: Uuid::from_u128(3),
            reserve_seat: false,
            membership_id: None,
            decided_at: None,
            expires_at: now() + TimeDelta::seconds(expires_in_seconds),
            version: 1,
            created_at: now() - TimeDelta::days(1),
            updated_at: now() - TimeDelta::days(1),
        }
    }

    #[test]
    fn what_can_be_done_in_which_state() {
        use InvitationStatus::{Accepted, Declined, Pending, Revoked, Superseded};
        let closed = Err(Refusal::Closed);
        // stored, expires in, state, answerable, card by token, can be issued again
        for (status, expires, state, open, readable, resendable) in [
            (Pending, 1, InvitationState::Pending, Ok(()), Ok(()), true),
            (Pending, 0, InvitationState::Expired, Err(Refusal::Expired), Err(Refusal::Expired), true),
            (Accepted, 1, InvitationState::Accepted, closed, Ok(()), false),
            (Accepted, -1, InvitationState::Accepted, closed, Ok(()), false),
            (Declined, 1, InvitationState::Declined, closed, Ok(()), false),
            (Revoked, 1, InvitationState::Revoked, closed, closed, false),
            (Superseded, 1, InvitationState::Superseded, closed, closed, false),
        ] {
            let invitation = invitation(status, expires);
            assert_eq!(state_at(&invitation, now()), state);
            assert_eq!(is_open(&invitation, now()), open, "{state:?}");
            assert_eq!(is_readable_by_token(&invitation, now()), readable, "{state:?}");
            assert_eq!(is_unanswered(&invitation, now()).is_ok(), resendable, "{state:?}");
        }
    }

    #[test]
    fn only_the_confirmed_address_answers() {
        let open = invitation(InvitationStatus::Pending, 60);
        let recipient = |email: Option<&str>, is_verified| Recipient {
            account_id: Uuid::from_u128(4),
            email_key: email.map(Into::into),
            is_verified,
        };
        let hour = TimeDelta::hours(1);
        for (recipient, removed_at, expected) in [
            (recipient(Some("ana@example.org"), true), None, Ok(())),
            (recipient(Some("ana@example.org"), false), None, Err(Refusal::NotVerified)),
            (recipient(Some("ben@example.org"), true), None, Err(Refusal::AnotherAddress)),
            (recipient(Some("ben@example.org"), false), None, Err(Refusal::AnotherAddress)),
            (recipient(None, true), None, Err(Refusal::AnotherAddress)),
            (recipient(Some("ana@example.org"), true), Some(open.created_at + hour), Err(Refusal::Closed)),
            (recipient(Some("ana@example.org"), true), Some(open.created_at - hour), Ok(())),
        ] {
            assert_eq!(is_answerable(&open, &recipient, removed_at, now()), expected, "{recipient:?}");
        }
    }

    #[test]
    fn who_may_offer_which_role() {
        use MembershipRole::{Facilitator, Member, Owner, Steward};
        let organization = |role| {
            let account_id = Some(Uuid::from_u128(5));
            organizations::rules::Standing { account_id, role, ..Default::default() }
        };
        let moderator = organizations::rules::Standing { moderates: true, ..organization(None) };
        let seat = |role| {
            let seat = consultation_groups::rules::Seat { role, status: MembershipStatus::Active, overdue: false };
            consultation_groups::rules::Standing { seat: Some(seat), ..Default::default() }
        };
        let runs_organization = true;
        let steward = consultation_groups::rules::Standing { runs_organization, ..Default::default() };
        // who, member, facilitator, steward, owner: yes, no, or no such role
        for (name, inviter, expected) in [
            ("anonymous", Inviter::of_organization(&Default::default()), "...."),
            ("stranger", Inviter::of_organization(&organization(None)), "...."),
            ("member", Inviter::of_organization(&organization(Some(Member))), "...."),
            ("steward", Inviter::of_organization(&organization(Some(Steward))), "y?.."),
            ("owner", Inviter::of_organization(&organization(Some(Owner))), "y?yy"),
            ("moderator", Inviter::of_organization(&moderator), "y?yy"),
            ("outside a group", Inviter::of_group(&Default::default()), "...."),
            ("member of a group", Inviter::of_group(&seat(Member)), "...."),
            ("facilitator", Inviter::of_group(&seat(Facilitator)), "y.?."),
            ("owner of a group", Inviter::of_group(&seat(Owner)), "yy?y"),
            ("steward of its organization", Inviter::of_group(&steward), "y.?."),
        ] {
            let shown = [Member, Facilitator, Steward, Owner].map(|role| match inviter.may_offer(role) {
                Ok(()) => 'y',
                Err(Refusal::UnknownRole) => '?',
                Err(_) => '.',
            });
            assert_eq!(shown.iter().collect::<String>(), expected, "{name}");
            assert_eq!(inviter.invites().is_ok(), expected.starts_with('y'), "{name}");
        }
    }

    #[test]
    fn a_seat_is_kept_while_one_is_free() {
        for (free, kept) in [(2, true), (1, true), (0, false)] {
            assert_eq!(may_reserve(free).is_ok(), kept, "{free}");
        }
    }

    #[test]
    fn offers_end_after_two_weeks_unless_they_say_otherwise() {
        let in_days = |days| now() + TimeDelta::days(days);
        for (days, at, expected) in [
            (None, None, Some(in_days(14))),
            (Some(1), None, Some(in_days(1))),
            (Some(60), None, Some(in_days(60))),
            (Some(61), None, None),
            (Some(0), None, None),
            (Some(i64::MAX), None, None),
            (None, Some(in_days(60)), Some(in_days(60))),
            (None, Some(in_days(60) + TimeDelta::seconds(1)), None),
            (None, Some(now()), None),
            (None, Some(now() + TimeDelta::milliseconds(2500)), Some(now() + TimeDelta::seconds(2))),
        ] {
            assert_eq!(expiry(now(), days, at), expected, "{days:?} {at:?}");
        }
    }
}
