//! When a self-assessment can be answered, submitted and voided, and what its dates are.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{entities::self_assessment::SelfAssessmentStatus, psychometrics::Instrument};

pub mod check_ins;
pub mod trends;

/// How long one may take to finish.
pub const TIME_TO_FINISH: TimeDelta = TimeDelta::days(7);
/// How long the answers of an expired one are kept.
pub const KEPT_AFTER_EXPIRY: TimeDelta = TimeDelta::days(30);

/// It does not start from this status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongState(pub SelfAssessmentStatus);

/// Answers are given and submitted while it is in progress.
pub fn may_answer(status: SelfAssessmentStatus) -> Result<(), WrongState> {
    if status == SelfAssessmentStatus::InProgress { Ok(()) } else { Err(WrongState(status)) }
}

/// A completed one is voided; its answers stay.
pub fn may_void(status: SelfAssessmentStatus) -> Result<(), WrongState> {
    if status == SelfAssessmentStatus::Completed { Ok(()) } else { Err(WrongState(status)) }
}

/// Until when the answers of one that expires then are kept.
pub fn erased_at(expires_at: DateTime<Utc>) -> DateTime<Utc> {
    expires_at + KEPT_AFTER_EXPIRY
}

/// The days that one answered on `day` tells of, first and last; none where the instrument asks after no span of time.
pub fn recall_window(instrument: &Instrument, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let days = TimeDelta::days(i64::from(instrument.recall_days?));
    Some((day - days, day))
}

/// From which day on another one tells something new.
pub fn tells_anew_from(instrument: &Instrument, day: NaiveDate) -> NaiveDate {
    day + TimeDelta::days(i64::from(instrument.min_interval_days))
}

/// A status as it goes over the wire.
pub fn word(status: SelfAssessmentStatus) -> &'static str {
    match status {
        SelfAssessmentStatus::InProgress => "in_progress",
        SelfAssessmentStatus::Expired => "expired",
        SelfAssessmentStatus::Completed => "completed",
        SelfAssessmentStatus::Voided => "voided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SelfAssessmentStatus::{Completed, Expired, InProgress, Voided};

    #[test]
    fn each_change_starts_from_one_status() {
        for status in [InProgress, Expired, Completed, Voided] {
            let only = |one| if status == one { Ok(()) } else { Err(WrongState(status)) };
            assert_eq!(may_answer(status), only(InProgress));
            assert_eq!(may_void(status), only(Completed));
        }
    }

    #[test]
    fn words_are_those_of_the_wire() {
        for status in [InProgress, Expired, Completed, Voided] {
            assert_eq!(serde_json::to_value(status).unwrap(), word(status));
        }
    }
}
