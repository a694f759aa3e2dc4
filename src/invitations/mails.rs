use secrecy::SecretString;

use crate::{
    config,
    entities::{invitation, membership::MembershipRole},
    mail::{Mail, token_line},
};

/// Hands the token of an offer to the address that it is for. Nothing is said of who else is a member.
pub fn invitation(
    settings: &config::Mail,
    offer: &invitation::Model,
    place: &str,
    inviter: &str,
    token: &SecretString,
) -> Mail {
    let role = match offer.role {
        MembershipRole::Member => "a member",
        MembershipRole::Facilitator => "a facilitator",
        MembershipRole::Steward => "a steward",
        MembershipRole::Owner => "an owner",
    };
    let message = offer.message.as_ref().map(|message| format!("{inviter} writes:\n\n{message}\n\n"));
    let (message, token) = (message.unwrap_or_default(), token_line(settings, "invitations", token));
    let until = offer.expires_at.date_naive();
    Mail {
        recipient: offer.email.clone(),
        subject: format!("You are invited to {place}"),
        body: format!(
            "Hello,\n\n\
             {inviter} invites you to become {role} of {place}.\n\n\
             {message}\
             {token}\n\n\
             This is good until {until}. To accept, sign in with this e-mail address, or register it first. If you do \
             not know what this is about, do nothing.\n"
        ),
    }
}
