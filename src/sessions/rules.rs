//! What a refresh token is good for, and how long a session lasts.

use chrono::{DateTime, TimeDelta, Utc};

use crate::entities::{refresh_token, session};

/// A session that is not refreshed this long is over.
pub const IDLE: TimeDelta = TimeDelta::days(30);
/// A session lasts no longer than this, however often it is refreshed.
pub const LONGEST: TimeDelta = TimeDelta::days(180);
/// Two requests that refresh at once are no theft: a token that comes back this soon is only refused.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// What the clocks of two instances may differ by, as for access tokens.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// What follows when a refresh token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// A new token takes its place, and the session lasts until then.
    Rotate { expires_at: DateTime<Utc> },
    /// It was used a moment ago; the session goes on.
    JustUsed,
    /// It was used a while ago, or by a clock that was far ahead: one of its two holders is a thief, and the session ends.
    Replayed,
    /// The session is over.
    Over,
}

/// Judges a refresh token that is known.
pub fn refresh(session: &session::Model, token: &refresh_token::Model, now: DateTime<Utc>) -> Refresh {
    if !is_live(session, now) {
        return Refresh::Over;
    }
    match token.used_at {
        None => Refresh::Rotate { expires_at: expiry(session.created_at, now) },
        Some(used_at) if now <= used_at + GRACE && used_at <= now + LEEWAY => Refresh::JustUsed,
        Some(_) => Refresh::Replayed,
    }
}

/// Until when a session lasts that was created and last refreshed then.
pub fn expiry(created_at: DateTime<Utc>, refreshed_at: DateTime<Utc>) -> DateTime<Utc> {
    (refreshed_at + IDLE).min(created_at + LONGEST)
}

/// The version of a session. Refreshing it is its only change while it lives, so the second of the last one tells them apart.
pub fn version(session: &session::Model) -> i64 {
    session.last_used_at.timestamp()
}

/// Whether a session can still be used.
pub fn is_live(session: &session::Model, now: DateTime<Utc>) -> bool {
    session.ended_at.is_none() && now < session.expires_at
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_refresh_token_is_good_once_and_its_replay_is_theft_after_ten_seconds() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let after = |seconds: i64| start + TimeDelta::seconds(seconds);
        let days = |days: i64| TimeDelta::days(days).num_seconds();
        for (used_at, expires_at, ended_at, now, expected) in [
            (None, days(30), None, 60, Refresh::Rotate { expires_at: after(60 + days(30)) }),
            (None, days(180), None, days(170), Refresh::Rotate { expires_at: after(days(180)) }),
            (None, days(30), None, days(30) - 1, Refresh::Rotate { expires_at: after(days(60) - 1) }),
            (None, days(30), None, days(30), Refresh::Over),
            (None, days(30), Some(50), 60, Refresh::Over),
            (Some(60), days(30), None, 60, Refresh::JustUsed),
            (Some(60), days(30), None, 30, Refresh::JustUsed),
            (Some(60), days(30), None, 29, Refresh::Replayed),
            (Some(60), days(30), None, 70, Refresh::JustUsed),
            (Some(60), days(30), None, 71, Refresh::Replayed),
            (Some(60), days(30), Some(65), 71, Refresh::Over),
        ] {
            let session = session::Model {
                id: Uuid::nil(),
                account_id: Uuid::nil(),
                device_label: None,
                created_at: start,
                last_used_at: start,
                expires_at: after(expires_at),
                ended_at: ended_at.map(after),
            };
            let token = refresh_token::Model {
                id: Uuid::nil(),
                session_id: Uuid::nil(),
                token_hash: Vec::new(),
                created_at: start,
                used_at: used_at.map(after),
            };
            assert_eq!(refresh(&session, &token, after(now)), expected, "used {used_at:?}, now {now}");
        }
    }
}
