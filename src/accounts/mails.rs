//! What mails about accounts say.

use secrecy::SecretString;

use crate::{
    config,
    mail::{Mail, token_line},
};

/// Proves that the address is its owner's.
pub fn verification(settings: &config::Mail, to: &str, token: &SecretString) -> Mail {
    let token = token_line(settings, "verify-email", token);
    Mail {
        recipient: to.into(),
        subject: "Confirm your e-mail address".into(),
        body: format!(
            "Hello,\n\n\
             please confirm that this is your e-mail address:\n\n\
             {token}\n\n\
             This is good for 24 hours. If you did not give us this address, somebody else did: do nothing, and it \
             will not be confirmed.\n"
        ),
    }
}

/// Somebody registered an address that has an account, where the service does not say so to them.
pub fn already_registered(to: &str) -> Mail {
    Mail {
        recipient: to.into(),
        subject: "You already have an account".into(),
        body: "Hello,\n\n\
               somebody, probably you, asked for an account with this e-mail address. There is one already: sign in \
               with it, or reset its password if you have lost it. Nothing was changed.\n"
            .into(),
    }
}

/// Somebody registered an address that is not invited, where the service does not say so to them.
pub fn not_invited(to: &str) -> Mail {
    Mail {
        recipient: to.into(),
        subject: "An invitation is needed".into(),
        body: "Hello,\n\n\
               somebody, probably you, asked for an account with this e-mail address. This service takes new accounts \
               by invitation only, and none waits for this address. Ask a member to invite you.\n"
            .into(),
    }
}

/// Lets the owner of an account choose a new password.
pub fn password_reset(settings: &config::Mail, to: &str, token: &SecretString) -> Mail {
    let token = token_line(settings, "reset-password", token);
    Mail {
        recipient: to.into(),
        subject: "Choose a new password".into(),
        body: format!(
            "Hello,\n\n\
             somebody, probably you, asked to reset the password of your account. This lets you choose a new one, \
             within the next hour:\n\n\
             {token}\n\n\
             If it was not you, do nothing: your password stays as it is.\n"
        ),
    }
}

/// Tells the owner of an account that its password is another one now.
pub fn password_changed(to: &str) -> Mail {
    Mail {
        recipient: to.into(),
        subject: "Your password was changed".into(),
        body: "Hello,\n\n\
               the password of your account was changed, and other devices were signed out. If it was not you, reset \
               the password now and write to the operator of this service.\n"
            .into(),
    }
}

/// Tells the old address that the account is moving to another one, without naming it.
pub fn email_changing(to: &str) -> Mail {
    Mail {
        recipient: to.into(),
        subject: "Your e-mail address is being changed".into(),
        body: "Hello,\n\n\
               somebody who is signed in to your account and knows its password gave it another e-mail address. If it \
               was not you, reset the password now and write to the operator of this service.\n"
            .into(),
    }
}
