//! What is decided about accounts: which passwords are good enough, who may suspend whom.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use uuid::Uuid;
use zxcvbn::{Score, feedback::Warning, zxcvbn};

use crate::entities::account::PlatformRole;

/// What an address is compared by: addresses that differ in case only are the same.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// The date of an instant where an account is. An unknown zone is UTC.
pub fn day_in(time_zone: &str, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&time_zone.parse().unwrap_or(Tz::UTC)).date_naive()
}

/// What mails of one purpose to one address are counted by. Each purpose has its own count, so that nobody keeps a mail
/// of one kind from somebody by causing mails of another.
pub fn mailbox(purpose: &str, email: &str) -> String {
    format!("{purpose}/{}", email_key(email))
}

/// Why `password` is too easy to guess, as advice; nothing when it is fine. `about` are texts that a guesser would try
/// first, such as the e-mail address and the name.
pub fn weakness(password: &str, about: &[&str]) -> Option<&'static str> {
    let words = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let known: Vec<&str> = about.iter().copied().chain(words).filter(|word| word.chars().count() > 2).collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= Score::Three {
        return None;
    }
    Some(match estimate.feedback().and_then(|feedback| feedback.warning()) {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "is easy to guess: it follows keys that lie next to each other; use a few unrelated words"
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "is easy to guess: it repeats itself; use a few unrelated words"
        }
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => {
            "is easy to guess: it counts or spells on; use a few unrelated words"
        }
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "is easy to guess: it is built on a date; use a few unrelated words"
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "is easy to guess: many people use one like it; use a few unrelated words",
        _ => "is easy to guess: leave out your name and address, and add another unrelated word or two",
    })
}

/// Whether somebody with a platform role may suspend and reinstate an account; otherwise who may.
pub fn may_suspend(actor: (Uuid, PlatformRole), target: (Uuid, PlatformRole)) -> Result<(), &'static str> {
    let ((actor_id, actor_role), (target_id, target_role)) = (actor, target);
    if actor_role < PlatformRole::Moderator {
        return Err("a moderator or administrator may do this");
    }
    if actor_id == target_id {
        return Err("another moderator or administrator may do this");
    }
    if target_role > actor_role {
        return Err("an administrator may do this");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_where_the_account_is() {
        let now = "2026-11-24T02:00:00Z".parse().unwrap();
        for (zone, today) in [
            ("UTC", "2026-11-24"),
            ("America/Los_Angeles", "2026-11-23"),
            ("Pacific/Auckland", "2026-11-24"),
            ("Mars/Olympus", "2026-11-24"),
        ] {
            assert_eq!(day_in(zone, now), today.parse::<NaiveDate>().unwrap(), "{zone}");
        }
    }

    #[test]
    fn a_password_is_judged_with_its_owner_in_mind() {
        let about = ["ana.reyes@example.org", "Ana Magdalena Reyes"];
        for good in ["nine quiet herons at dusk", "9f2!kLm#0pQz", "öde Brücke, tiefer Fluß"] {
            assert_eq!(weakness(good, &about), None, "{good}");
        }
        for (bad, why) in [
            ("password1234", "many people"),
            ("qwertyuiop12", "many people"),
            ("aaaaaaaaaaaaaaaa", "repeats itself"),
            ("abcdefghijklmnop", "counts or spells on"),
            ("magdalenareyes", "your name"),
            ("ana.reyes@example.org", "your name"),
        ] {
            let advice = weakness(bad, &about).unwrap_or_else(|| panic!("{bad} was taken"));
            assert!(advice.contains(why), "{bad}: {advice}");
        }
        let long = "ab1".repeat(42);
        assert!(weakness(&long, &about).is_some(), "repetition does not become strength by length");
    }

    #[test]
    fn moderators_suspend_those_who_do_not_outrank_them() {
        use PlatformRole::{Admin, Member, Moderator};
        let (actor, target) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (actor_role, target_role, allowed) in [
            (Member, Member, false),
            (Member, Admin, false),
            (Moderator, Member, true),
            (Moderator, Moderator, true),
            (Moderator, Admin, false),
            (Admin, Member, true),
            (Admin, Moderator, true),
            (Admin, Admin, true),
        ] {
            let judged = may_suspend((actor, actor_role), (target, target_role));
            assert_eq!(judged.is_ok(), allowed, "{actor_role:?} suspends {target_role:?}");
            assert!(may_suspend((actor, actor_role), (actor, actor_role)).is_err(), "{actor_role:?} suspends itself");
        }
    }
}
