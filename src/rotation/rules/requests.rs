//! Where somebody stands who wishes to present.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Refusal, by};
use crate::entities::{
    meeting::StoredMeetingStatus,
    presenter_request::{self, StoredRequestStatus},
};

/// So long passes before one can be urgent again.
const URGENT_ONCE_IN: TimeDelta = TimeDelta::days(90);

/// Where a request to present stands. New values may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PresenterRequestStatus)]
pub enum RequestStatus {
    /// Its turn is not foreseen yet.
    Waiting,
    /// It has its turn at one of the next meetings.
    Scheduled,
    /// It had its turn at a meeting that was held.
    Presented,
    /// Whoever asked took it back, or has left.
    Withdrawn,
}

/// Where a request stands: `at` says how the meeting stands at which its turn came, `is_foreseen` whether one of the
/// meetings to come has it.
pub fn request_status(
    request: &presenter_request::Model,
    at: Option<StoredMeetingStatus>,
    is_foreseen: bool,
) -> RequestStatus {
    match request.status {
        StoredRequestStatus::Withdrawn => RequestStatus::Withdrawn,
        StoredRequestStatus::Presented => RequestStatus::Presented,
        StoredRequestStatus::Waiting if at == Some(StoredMeetingStatus::Held) => RequestStatus::Presented,
        StoredRequestStatus::Waiting if is_foreseen => RequestStatus::Scheduled,
        StoredRequestStatus::Waiting => RequestStatus::Waiting,
    }
}

/// The first day on which somebody can be urgent again, who was at `last`; nothing where they can be at `now`.
pub fn urgent_again_on(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<NaiveDate> {
    let again = last? + URGENT_ONCE_IN;
    (again > now).then(|| {
        let day = again.date_naive();
        // The whole of that day has to be good.
        if again.time() == chrono::NaiveTime::MIN { day } else { day.succ_opt().unwrap_or(day) }
    })
}

/// Whether a request can be taken back.
pub fn may_withdraw(is_own: bool, status: RequestStatus, has_begun: bool) -> Result<(), Refusal> {
    by(is_own, "only whoever asked may do this")?;
    match status {
        RequestStatus::Presented => Err(Refusal::WrongState("the request is presented")),
        _ if has_begun => Err(Refusal::WrongState("the meeting at which its turn is has begun")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn request(status: StoredRequestStatus) -> presenter_request::Model {
        presenter_request::Model {
            id: Uuid::from_u128(1),
            consultation_group_id: Uuid::from_u128(40),
            membership_id: Uuid::from_u128(10),
            account_id: Uuid::from_u128(1),
            urgent: false,
            status,
            meeting_id: None,
            asked_at: "2026-06-15T12:00:00Z".parse().unwrap(),
            closed_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_request_is_presented_once_its_meeting_was_held() {
        use RequestStatus::{Presented, Scheduled, Waiting, Withdrawn};
        use StoredMeetingStatus::{Cancelled, Held, InProgress};
        for (stored, at, foreseen, expected) in [
            (StoredRequestStatus::Waiting, None, false, Waiting),
            (StoredRequestStatus::Waiting, None, true, Scheduled),
            (StoredRequestStatus::Waiting, Some(InProgress), true, Scheduled),
            (StoredRequestStatus::Waiting, Some(Cancelled), false, Waiting),
            (StoredRequestStatus::Waiting, Some(Held), false, Presented),
            (StoredRequestStatus::Presented, None, false, Presented),
            (StoredRequestStatus::Withdrawn, Some(InProgress), true, Withdrawn),
        ] {
            assert_eq!(request_status(&request(stored), at, foreseen), expected, "{stored:?} {at:?} {foreseen}");
        }
    }

    #[test]
    fn one_is_urgent_once_in_ninety_days() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (last, now, expected) in [
            (None, "2026-06-15T12:00:00Z", None),
            (Some("2026-06-15T12:00:00Z"), "2026-06-15T12:00:00Z", Some("2026-09-14")),
            (Some("2026-06-15T12:00:00Z"), "2026-09-13T11:59:59Z", Some("2026-09-14")),
            (Some("2026-06-15T12:00:00Z"), "2026-09-13T12:00:00Z", None),
            (Some("2026-06-15T00:00:00Z"), "2026-07-01T12:00:00Z", Some("2026-09-13")),
        ] {
            let again = urgent_again_on(last.map(instant), instant(now));
            assert_eq!(again.map(|day| day.to_string()).as_deref(), expected, "{last:?} {now}");
        }
    }

    #[test]
    fn who_asked_takes_it_back_until_the_meeting_begins() {
        use RequestStatus::{Presented, Scheduled, Waiting};
        for (own, status, begun, fine) in [
            (true, Waiting, false, true),
            (true, Scheduled, false, true),
            (true, Scheduled, true, false),
            (true, Presented, false, false),
            (false, Waiting, false, false),
        ] {
            assert_eq!(may_withdraw(own, status, begun).is_ok(), fine, "{own} {status:?} {begun}");
        }
    }
}
