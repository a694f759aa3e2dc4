//! Where somebody in distress finds help at once: crisis lines by country, from a file that an operator can replace.

use std::path::Path;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::ConfigFault;

const BUILT_IN: &str = include_str!("../reference/support_lines.json");

/// Somebody to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"country": "US", "name": "988 Suicide & Crisis Lifeline", "contact": "Call or text 988", "url": "https://988lifeline.org"}))]
pub struct SupportLine {
    /// Where it answers (ISO 3166-1); anywhere, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 2, max_length = 2)]
    pub country: Option<String>,
    /// What it is called.
    #[schema(max_length = 200)]
    pub name: String,
    /// How it is reached.
    #[schema(max_length = 200)]
    pub contact: String,
    /// Where it says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri", max_length = 500)]
    pub url: Option<String>,
}

/// Every line that this service knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportLines(Vec<SupportLine>);

impl SupportLines {
    /// Those in `file`, where one is given, else those that are built in.
    ///
    /// # Errors
    /// Names the setting, and the line at fault.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigFault> {
        let fault = |words: String| ConfigFault::new("support_lines_file", words);
        let text = match file {
            Some(file) => {
                std::fs::read_to_string(file).map_err(|error| fault(format!("{}: {error}", file.display())))?
            }
            None => BUILT_IN.to_owned(),
        };
        let place = file.map(|file| format!("{}: ", file.display())).unwrap_or_default();
        let lines: Vec<SupportLine> = serde_json::from_str(&text).map_err(|error| fault(format!("{place}{error}")))?;
        match lines.is_empty() {
            true => Err(fault("must name at least one line".to_owned())),
            false => Ok(Self(lines)),
        }
    }

    /// Those of a country and those that answer anywhere; all of them, where the country is not known or has none.
    pub fn of(&self, country: Option<&str>) -> Vec<SupportLine> {
        let here = |line: &SupportLine| line.country.is_some() && line.country.as_deref() == country;
        match self.0.iter().any(here) {
            true => self.0.iter().filter(|line| here(line) || line.country.is_none()).cloned().collect(),
            false => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_pointed_to_the_lines_of_ones_country() {
        let lines = SupportLines::load(None).unwrap();
        let names = |country| lines.of(country).into_iter().map(|line| line.name).collect::<Vec<_>>();
        assert_eq!(names(Some("US")), ["988 Suicide & Crisis Lifeline", "Find A Helpline"]);
        assert_eq!(names(Some("XX")), names(None));
        assert_eq!(names(None).len(), 10);
    }

    #[test]
    fn a_file_replaces_them_and_a_faulty_one_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.json");
        assert!(SupportLines::load(Some(&path)).is_err());
        for (text, lines) in [
            (r#"[{"country": "PT", "name": "SNS 24", "contact": "Call 808 24 24 24"}]"#, Some(1)),
            (r#"[{"name": "x", "contact": "y", "phone": "z"}]"#, None),
            ("[]", None),
            ("{", None),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(SupportLines::load(Some(&path)).ok().map(|found| found.of(None).len()), lines, "{text}");
        }
    }
}
