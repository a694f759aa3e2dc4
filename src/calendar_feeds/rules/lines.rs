//! Content lines (RFC 5545, 3.1).

use chrono::NaiveDateTime;
use chrono_tz::Tz;

/// The longest line without its end, in octets.
const MOST_OCTETS: usize = 75;

/// Lines that end with CRLF. Those that are too long go on in the next, which then begins with a space.
#[derive(Default)]
pub struct Lines(String);

impl Lines {
    /// A property whose value is no text: a time, a rule, an address. No character of it starts another line.
    pub fn line(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        for c in name.chars().chain([':']).chain(value.chars()).filter(|c| !c.is_control()) {
            if octets + c.len_utf8() > MOST_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A property whose value is text (RFC 5545, 3.3.11).
    pub fn text(&mut self, name: &str, text: &str) {
        let mut escaped = String::with_capacity(text.len());
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\\' | ';' | ',' => escaped.extend(['\\', c]),
                '\n' | '\r' => escaped.push_str("\\n"),
                c => escaped.push(c),
            }
        }
        self.line(name, &escaped);
    }

    /// A property of times by the wall clock of `zone`.
    pub fn local(&mut self, name: &str, zone: Tz, times: &[NaiveDateTime]) {
        self.line(&format!("{name};TZID={}", zone.name()), &locals(times));
    }
}

/// Wall-clock times, as calendars write them.
pub fn locals(times: &[NaiveDateTime]) -> String {
    times.iter().map(|time| time.format("%Y%m%dT%H%M%S").to_string()).collect::<Vec<_>>().join(",")
}

impl From<Lines> for String {
    fn from(lines: Lines) -> Self {
        lines.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut lines = Lines::default();
        lines.text("SUMMARY", text);
        lines.into()
    }

    #[test]
    fn text_is_inert() {
        for (text, expected) in [
            ("Harbor", "SUMMARY:Harbor\r\n"),
            ("a, b; c\\d", "SUMMARY:a\\, b\\; c\\\\d\r\n"),
            ("one\ntwo\r\nthree\rfour", "SUMMARY:one\\ntwo\\nthree\\nfour\r\n"),
            ("x\r\nEND:VEVENT", "SUMMARY:x\\nEND:VEVENT\r\n"),
            ("a\u{0}b\u{85}c\td", "SUMMARY:abcd\r\n"),
            ("\"quoted\": yes", "SUMMARY:\"quoted\": yes\r\n"),
        ] {
            assert_eq!(written(text), expected);
        }
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        for one in ["a", "é", "王", "🙂", "a\u{301}", "\\"] {
            let text = one.repeat(200);
            let lines = written(&text);
            let physical: Vec<&str> = lines.strip_suffix("\r\n").unwrap().split("\r\n").collect();
            assert!(physical.iter().all(|line| line.len() <= MOST_OCTETS), "{one}: {lines}");
            assert!(physical.iter().skip(1).all(|line| line.starts_with(' ')), "{one}");
            assert!(physical.len() <= lines.len() / 70 + 1, "{one}: lines are filled");
            let unfolded = lines.replace("\r\n ", "");
            let unescaped = unfolded.trim_end().strip_prefix("SUMMARY:").unwrap().replace("\\\\", "\\");
            assert_eq!(unescaped, text);
        }
    }

    #[test]
    fn an_address_starts_no_line() {
        let mut lines = Lines::default();
        lines.line("URL", "https://example.org/\r\nATTENDEE:mailto:a@example.org");
        assert_eq!(String::from(lines), "URL:https://example.org/ATTENDEE:mailto:a@example.org\r\n");
    }
}
