//! Which range hours are asked of, and what a certificate is worth. No input or output.

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::entities::certificate;

/// How far back hours are listed unless somebody says.
const BACK: Months = Months::new(12);

/// The first day of which hours are listed on `today`, when nobody says.
pub fn first_day(today: NaiveDate) -> NaiveDate {
    today.checked_sub_months(BACK).unwrap_or(today)
}

/// The last day that has begun where somebody is whose date is `today`, or where time is counted from.
pub fn last_day(today: NaiveDate, now: DateTime<Utc>) -> NaiveDate {
    today.max(now.date_naive())
}

/// What the ledger comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Meetings of which something counts.
    pub meetings: i64,
    pub minutes: i64,
    pub presenting_minutes: i64,
    pub recused_minutes: i64,
}

/// What a certificate is worth. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// It says what the ledger says.
    Valid,
    /// The hours of its range were amended, or added to, since it was issued: it is no longer good. Issue another.
    Outdated,
    /// I took it back.
    Revoked,
}

impl CertificateStatus {
    /// As it goes over the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Outdated => "outdated",
            Self::Revoked => "revoked",
        }
    }
}

/// What a certificate is worth when the ledger comes to so many minutes, and minutes of presenting, for its range. The
/// ledger goes with the account of its holder; what was good then stays good.
pub fn status(row: &certificate::Model, minutes: i64, presenting_minutes: i64) -> CertificateStatus {
    let same =
        row.account_id.is_none() || row.minutes == Some(minutes) && row.presenting_minutes == Some(presenting_minutes);
    match (row.revoked_at, same) {
        (Some(_), _) => CertificateStatus::Revoked,
        (None, true) => CertificateStatus::Valid,
        (None, false) => CertificateStatus::Outdated,
    }
}

/// Minutes in words: `12 hours 30 minutes`.
pub fn in_words(minutes: i64) -> String {
    let count = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match (minutes / 60, minutes % 60) {
        (0, minutes) => count(minutes, "minute"),
        (hours, 0) => count(hours, "hour"),
        (hours, minutes) => format!("{} {}", count(hours, "hour"), count(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_certificate_is_good_while_the_ledger_says_the_same() {
        use CertificateStatus::{Outdated, Revoked, Valid};
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().unwrap();
        let certificate = |held: bool, revoked: bool| certificate::Model {
            id: Uuid::from_u128(1),
            account_id: held.then(|| Uuid::from_u128(2)),
            consultation_group_id: held.then(|| Uuid::from_u128(3)),
            code_hash: Vec::new(),
            content: held.then(Vec::new),
            from_on: held.then(|| now.date_naive()),
            to_on: held.then(|| now.date_naive()),
            meetings: held.then_some(4),
            minutes: held.then_some(300),
            presenting_minutes: held.then_some(30),
            issued_at: now,
            revoked_at: revoked.then_some(now),
            version: 1,
        };
        for (held, revoked, minutes, presenting, expected) in [
            (true, false, 300, 30, Valid),
            (true, false, 299, 30, Outdated),
            (true, false, 300, 0, Outdated),
            (true, false, 390, 30, Outdated),
            (true, true, 300, 30, Revoked),
            (true, true, 0, 0, Revoked),
            // The account is gone, and its ledger with it.
            (false, false, 0, 0, Valid),
            (false, true, 0, 0, Revoked),
        ] {
            let found = status(&certificate(held, revoked), minutes, presenting);
            assert_eq!(found, expected, "{held} {revoked} {minutes} {presenting}");
        }
    }

    #[test]
    fn minutes_in_words() {
        for (minutes, words) in [
            (0, "0 minutes"),
            (1, "1 minute"),
            (59, "59 minutes"),
            (60, "1 hour"),
            (61, "1 hour 1 minute"),
            (120, "2 hours"),
            (750, "12 hours 30 minutes"),
        ] {
            assert_eq!(in_words(minutes), words);
        }
    }

    #[test]
    fn days_of_a_range() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(first_day(day("2026-12-01")), day("2025-12-01"));
        assert_eq!(first_day(day("2028-02-29")), day("2027-02-28"));
        let now = "2026-12-01T23:30:00Z".parse().unwrap();
        assert_eq!(last_day(day("2026-12-02"), now), day("2026-12-02"));
        assert_eq!(last_day(day("2026-11-30"), now), day("2026-12-01"));
    }
}
