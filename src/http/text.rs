//! What text may be, for `#[validate(custom(function = …))]`. Each fault is a code and what the text must be.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use oxilangtag::LanguageTag;
use utoipa::ToSchema;
use validator::{ValidationError, ValidationErrors};

/// A fault with its code and its words.
pub fn fault(code: &'static str, must: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(must.into())
}

/// One line that people read: not blank, no blank at either end, no control, invisible or direction-changing character.
pub fn line(text: &str) -> Result<(), ValidationError> {
    if text.trim() != text || text.is_empty() {
        return Err(fault("blank", "must not be blank, nor begin or end with white space"));
    }
    if text.chars().any(is_hidden) || has_loose_joiner(text) {
        return Err(fault("invalid_characters", "must not hold control, invisible or direction-changing characters"));
    }
    Ok(())
}

/// Several lines that people read: as [`line`], but line breaks and tabs are welcome.
pub fn prose(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() {
        return Err(fault("blank", "must not be blank"));
    }
    if text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')) || has_loose_joiner(text) {
        return Err(fault("invalid_characters", "must not hold control, invisible or direction-changing characters"));
    }
    Ok(())
}

/// A day of the years in which anybody here plans or looks for something: databases and wires take no others alike.
pub fn near_day(day: &NaiveDate) -> Result<(), ValidationError> {
    match (2000..=2100).contains(&day.year()) {
        true => Ok(()),
        false => Err(fault("out_of_range", "must be between 2000-01-01 and 2100-12-31")),
    }
}

/// An instant of those years, in UTC.
pub fn near_instant(instant: &DateTime<Utc>) -> Result<(), ValidationError> {
    match (2000..=2100).contains(&instant.year()) {
        true => Ok(()),
        false => Err(fault("out_of_range", "must be in the years 2000 to 2100")),
    }
}

/// An `http` or `https` URI (RFC 3986) with a host and without credentials. Browsers also take one without its slashes, or
/// with letters that a URI has to encode; other clients do not.
pub fn web_address(text: &str) -> Result<(), ValidationError> {
    let names_its_host = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/'));
    let parsed = url::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    });
    match parsed {
        Some(_) if names_its_host && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') => Ok(()),
        _ => Err(fault("invalid_url", "must be an http:// or https:// address with a host, in ASCII")),
    }
}

/// An ISO 3166-1 alpha-2 country code in capitals, one of those that are assigned.
pub fn country(code: &str) -> Result<(), ValidationError> {
    match regions_of(code) {
        Some(_) => Ok(()),
        None => Err(fault("invalid_country", "must be an ISO 3166-1 alpha-2 code such as US")),
    }
}

/// An ISO 3166-2 subdivision code in capitals, one of those that are in use: a country, a hyphen, one to three letters or
/// digits.
pub fn region(code: &str) -> Result<(), ValidationError> {
    let known = code.split_once('-').is_some_and(|(country, part)| {
        regions_of(country).is_some_and(|mut regions| regions.any(|region| region == part))
    });
    match known {
        true => Ok(()),
        false => Err(fault("invalid_region", "must be an ISO 3166-2 code such as US-CA")),
    }
}

/// ISO 3166: a country in each line, then its subdivisions. A test holds it to a library, which in the binary would take
/// four megabytes.
const ISO_3166: &str = include_str!("iso_3166.txt");

/// The subdivisions of a country; nothing where there is no such country.
fn regions_of(country: &str) -> Option<impl Iterator<Item = &'static str>> {
    static COUNTRIES: LazyLock<HashMap<&str, &str>> =
        LazyLock::new(|| ISO_3166.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect());
    Some(COUNTRIES.get(country)?.split(' ').filter(|part| !part.is_empty()))
}

/// An IANA time zone.
pub fn time_zone(name: &str) -> Result<(), ValidationError> {
    match name.parse::<chrono_tz::Tz>() {
        Ok(_) => Ok(()),
        Err(_) => Err(fault("invalid_time_zone", "must be an IANA time zone such as America/Los_Angeles")),
    }
}

/// Keys in a filter.
pub fn keywords(keys: &[String]) -> Result<(), ValidationError> {
    match keys.iter().all(|key| (1..=64).contains(&key.chars().count())) {
        true => Ok(()),
        false => Err(fault("out_of_range", "must have 1 to 64 characters each")),
    }
}

/// A key that a body gives to something of its own: lower case letters, digits and underscores.
pub fn key(key: &str) -> Result<(), ValidationError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match !key.is_empty() && key.bytes().all(fits) {
        true => Ok(()),
        false => Err(fault("invalid_key", "must have lower case letters, digits and underscores only")),
    }
}

/// A key in a list, and what the document says of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, ToSchema)]
#[schema(min_length = 1, max_length = 64)]
pub struct Keyword(pub String);

/// Country codes in a filter.
pub fn countries(codes: &[String]) -> Result<(), ValidationError> {
    codes.iter().try_for_each(|code| country(code))
}

/// Region codes in a filter.
pub fn regions(codes: &[String]) -> Result<(), ValidationError> {
    codes.iter().try_for_each(|code| region(code))
}

/// What the document says of a country in a list.
#[derive(ToSchema)]
#[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", examples("US"))]
pub struct CountryCode(pub String);

/// What the document says of a region in a list.
#[derive(ToSchema)]
#[schema(min_length = 4, max_length = 6, pattern = "^[A-Z]{2}-[A-Z0-9]{1,3}$", examples("US-CA"))]
pub struct RegionCode(pub String);

/// A well-formed BCP 47 tag (RFC 5646, section 2.1) whose language has two or three letters.
pub fn language(tag: &str) -> Result<(), ValidationError> {
    match LanguageTag::parse(tag) {
        Ok(parsed) if (2..=3).contains(&parsed.primary_language().len()) && tag.len() <= 35 => Ok(()),
        _ => Err(fault("invalid_language", "must be a BCP 47 tag such as en or pt-BR")),
    }
}

/// Every language of a list, each once.
pub fn languages(tags: &[String]) -> Result<(), ValidationError> {
    tags.iter().try_for_each(|tag| language(tag))?;
    distinct(tags)
}

/// No value twice.
pub fn distinct<T: PartialEq>(values: &[T]) -> Result<(), ValidationError> {
    match values.iter().enumerate().any(|(at, value)| values.iter().take(at).any(|before| before == value)) {
        true => Err(fault("duplicate", "must not hold the same value twice")),
        false => Ok(()),
    }
}

/// The fault of a value as a whole.
pub fn whole(checked: Result<(), ValidationError>) -> Result<(), ValidationErrors> {
    checked.map_err(|fault| {
        let mut faults = ValidationErrors::new();
        faults.add("__all__", fault);
        faults
    })
}

/// Control characters, zero-width and invisible ones, and those that change the direction of writing.
/// A character that shows nothing, or nothing that everybody sees alike: private ones, and those that are none.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Whether something joins or varies what is not there. Emoji and some scripts need joiners between their characters;
/// between others they would make two names that look the same.
fn has_loose_joiner(text: &str) -> bool {
    let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let is_variation = |c: char| matches!(c, '\u{fe00}'..='\u{fe0f}');
    let can_be_joined = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_joiner(c));
    let can_vary = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace() && !is_joiner(c) && !is_variation(c));
    let (mut before, mut rest) = (None, text.chars());
    while let Some(c) = rest.next() {
        let after = rest.clone().next();
        let is_loose =
            is_joiner(c) && !(can_be_joined(before) && can_be_joined(after)) || is_variation(c) && !can_vary(before);
        if is_loose {
            return true;
        }
        before = Some(c);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_it_shows() {
        for good in [
            "Ana",
            "María-José O'Neil",
            "王 小明",
            "क्षि",
            "می\u{200c}خواهم",
            "👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}",
        ] {
            assert!(line(good).is_ok(), "{good}");
        }
        for bad in ["", " ", " a", "a ", "a\nb", "a\u{0}b", "a\u{202e}b", "a\u{200b}b", "\u{feff}a"] {
            assert!(line(bad).is_err(), "{bad:?}");
        }
        for bad in ["a\u{200d}b", "王\u{200d}", "\u{200c}", "\u{2800}", "\u{fe0f}", "王\u{fe0f}\u{fe0f}", "\u{1d173}"]
        {
            assert!(line(bad).is_err() && prose(bad).is_err(), "{bad:?}");
        }
        for bad in ['\u{ffff}', '\u{1fffe}', '\u{fdd0}', '\u{e000}', '\u{10fffd}'] {
            assert!(line(&bad.to_string()).is_err(), "{bad:?}");
        }
        assert!(prose("a\n\tb ").is_ok());
        assert!(prose("a\u{0}").is_err());
        assert!(prose(" \n ").is_err());
    }

    #[test]
    fn countries_and_regions_are_those_of_iso_3166() {
        assert_eq!(ISO_3166.lines().count(), rust_iso3166::ALL.len());
        for land in rust_iso3166::ALL {
            assert!(country(land.alpha2).is_ok(), "{}", land.alpha2);
            let known: std::collections::BTreeSet<_> =
                land.subdivisions().unwrap_or_default().iter().map(|part| part.code).collect();
            known.iter().for_each(|code| assert!(region(code).is_ok(), "{code}"));
            assert_eq!(regions_of(land.alpha2).map(Iterator::count), Some(known.len()), "{}", land.alpha2);
        }
    }

    #[test]
    fn codes_have_their_form() {
        for (check, good, bad) in [
            (country as fn(&str) -> _, &["US", "DE"][..], &["us", "USA", "", "U1", "XX", "UK"][..]),
            (
                region,
                &["US-CA", "GB-ENG", "AT-9", "KZ-10"],
                &["US", "US-", "us-ca", "US-CALI", "US-C-A", "US-ZZ", "XX-1"],
            ),
            (time_zone, &["America/Los_Angeles", "UTC"], &["PST8", "Mars/Olympus", ""]),
            (language, &["en", "pt-BR", "zh-Hant-TW"], &["e", "english", "en_US", "en-", ""]),
            (
                web_address,
                &["https://www.apa.org", "http://localhost:8080/x?y=1"],
                &[
                    "ftp://a.b",
                    "javascript:alert(1)",
                    "https://",
                    "apa.org",
                    "https://u:p@a.b",
                    "https://a.b/ c",
                    "https:///a.b",
                    "https:a.b",
                    "https:/a.b",
                    "https:\\\\a.b",
                    "https://a.b/ü",
                ],
            ),
        ] {
            good.iter().for_each(|text| assert!(check(text).is_ok(), "{text}"));
            bad.iter().for_each(|text| assert!(check(text).is_err(), "{text}"));
        }
    }
}
