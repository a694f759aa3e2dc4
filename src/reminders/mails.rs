use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{mail::Mail, recurrence::zone::local_of};

/// Tells somebody that a meeting of theirs begins soon, by the clocks where they are.
pub fn meeting_begins(recipient: &str, starts_at: DateTime<Utc>, zone: Tz) -> Mail {
    let local = local_of(starts_at, zone).format("%A, %-d %B %Y, %H:%M");
    Mail {
        recipient: recipient.to_owned(),
        subject: "Consultation group".to_owned(),
        body: format!(
            "Hello,\n\n\
             your consultation group meets on\n\n\
             {local} ({})\n\n\
             Please say whether you come, if you have not yet. Where and how you meet stands in the app, where you can \
             also turn these mails off.\n",
            zone.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_when_and_no_more() {
        let starts_at = "2026-11-03T20:00:00Z".parse().unwrap();
        for (zone, local) in [
            ("America/Los_Angeles", "Tuesday, 3 November 2026, 12:00 (America/Los_Angeles)"),
            ("America/Phoenix", "Tuesday, 3 November 2026, 13:00 (America/Phoenix)"),
            ("Asia/Kathmandu", "Wednesday, 4 November 2026, 01:45 (Asia/Kathmandu)"),
        ] {
            let mail = meeting_begins("ana@example.org", starts_at, zone.parse().unwrap());
            assert!(mail.body.contains(local), "{}", mail.body);
            assert_eq!(mail.subject, "Consultation group");
        }
    }
}
