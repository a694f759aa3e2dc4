use chrono_tz::Tz;

use crate::recurrence::zone::local_of;

/// Asks a member which time would suit.
pub fn asked(closes_at: chrono::DateTime<chrono::Utc>, zone: Tz) -> (&'static str, String) {
    let until = local_of(closes_at, zone).format("%A, %-d %B %Y, %H:%M");
    let body = format!(
        "Hello,\n\nYour consultation group looks for a time that suits more of you. Please say which of the times would \
         suit you, by {until} ({}).\n",
        zone.name()
    );
    ("Which time would suit you?", body)
}
