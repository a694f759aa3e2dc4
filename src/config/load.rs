//! Reading the settings: file, then environment, then flags.

use std::{collections::BTreeMap, path::Path};

use config::{File, FileFormat, Source};
use serde_json::Value;

use super::{Config, ConfigFault};

/// Each setting: its name in the file, and whether its value is a secret.
pub const SETTINGS: [(&str, bool); 30] = [
    ("listen", false),
    ("public_url", false),
    ("database_url", true),
    ("data_dir", false),
    ("master_key_file", false),
    ("instruments_dir", false),
    ("support_lines_file", false),
    ("workers", false),
    ("trusted_proxies", false),
    ("database.read_connections", false),
    ("database.write_connections", false),
    ("accounts.email_verification", false),
    ("accounts.registration", false),
    ("mail.transport", false),
    ("mail.from", false),
    ("mail.link_base", false),
    ("mail.smtp.host", false),
    ("mail.smtp.port", false),
    ("mail.smtp.username", false),
    ("mail.smtp.password", true),
    ("mail.smtp.encryption", false),
    ("cors.origins", false),
    ("limits.requests_per_minute", false),
    ("limits.login_failures", false),
    ("limits.registrations_per_hour", false),
    ("limits.body_bytes", false),
    ("limits.answer_seconds", false),
    ("log.format", false),
    ("log.level", false),
    ("metrics.listen", false),
];

/// The prefix of environment variables; levels are joined by `__`.
const ENV_PREFIX: &str = "SUPPORT_NETWORK_";

/// The file that is read when it exists and no other is named.
const DEFAULT_FILE: &str = "support-network.toml";

/// The configuration and, for each setting that was given, where it came from.
pub struct Loaded {
    pub config: Config,
    /// Where those come from that were given.
    given: BTreeMap<&'static str, String>,
}

/// Reads `file`, then `environment`, then `flags`; later ones win. Everything is checked before anything starts.
///
/// # Errors
/// The first setting that is unknown, unreadable or out of its bounds.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    flags: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Loaded, ConfigFault> {
    let mut given = BTreeMap::new();
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    let source = File::from(path).format(FileFormat::Toml).required(file.is_some());
    let from_file = config::Config::builder()
        .add_source(source)
        .build()
        .map_err(|error| ConfigFault::new(path.display().to_string(), error))?;
    let in_file = from_file.collect().map_err(|error| ConfigFault::new(path.display().to_string(), error))?;
    for (name, _) in SETTINGS {
        if from_file.get::<config::Value>(name).is_ok() {
            given.insert(name, path.display().to_string());
        }
    }
    let mut builder = config::Config::builder();
    for (key, value) in in_file {
        builder =
            builder.set_override(key, value).map_err(|error| ConfigFault::new(path.display().to_string(), error))?;
    }
    let mut overrides = Vec::new();
    for (variable, value) in environment {
        let name = match variable.strip_prefix(ENV_PREFIX) {
            Some(name) => name.to_lowercase().replace("__", "."),
            None if variable == "DATABASE_URL" => "database_url".to_owned(),
            None => continue,
        };
        let known = SETTINGS.iter().find(|(known, _)| *known == name);
        let (name, _) = known.ok_or_else(|| ConfigFault::new(&variable, "no setting has this name; see the README"))?;
        overrides.push((*name, value, format!("environment ({variable})")));
    }
    // The prefixed variable wins over the bare DATABASE_URL.
    overrides.sort_by_key(|(_, _, origin)| !origin.contains("(DATABASE_URL)"));
    overrides.extend(flags.into_iter().map(|(name, value)| (name, value, "command line".to_owned())));
    for (name, value, origin) in overrides {
        given.insert(name, origin);
        let list = matches!(name, "cors.origins" | "trusted_proxies");
        let value = match list {
            true => config::Value::from(value.split(',').map(str::trim).filter(|v| !v.is_empty()).collect::<Vec<_>>()),
            false => config::Value::from(value),
        };
        builder = builder.set_override(name, value).map_err(|error| ConfigFault::new(name, error))?;
    }
    let built = builder.build().map_err(|error| ConfigFault::new("configuration", error))?;
    let config: Config = serde_path_to_error::deserialize(built).map_err(|error| {
        let path = error.path().to_string();
        let setting = path.split('[').next().unwrap_or_default();
        match given.get(setting) {
            Some(origin) => ConfigFault::new(setting, format!("must be {}; it comes from {origin}", expected(setting))),
            None => ConfigFault::new(if path == "." { "configuration" } else { &path }, misplaced(&error.into_inner())),
        }
    })?;
    config.check()?;
    Ok(Loaded { config, given })
}

/// What is wrong with a name in the file that is none of a setting. The value there may be a secret.
fn misplaced(error: &config::ConfigError) -> String {
    let words = error.to_string();
    match words.starts_with("unknown field") {
        true => words,
        false => "must be a section, such as [database], with settings in it; see the README".to_owned(),
    }
}

/// What a setting must be, for whoever gave it another type of value.
fn expected(setting: &str) -> &'static str {
    match setting {
        "listen" | "metrics.listen" => "an IP address and a port, such as 127.0.0.1:8080",
        "public_url" | "mail.link_base" => "a URL such as https://api.example.org",
        "trusted_proxies" => "IP addresses, one for each proxy; ranges are not known",
        "accounts.email_verification" => "off or required",
        "accounts.registration" => "open, invitation or closed",
        "mail.transport" => "log or smtp",
        "mail.smtp.encryption" => "starttls, tls or none",
        "mail.smtp.port" => "a port, 65535 at most",
        "log.format" => "auto, human or json",
        "cors.origins" => "a list of origins such as https://app.example.org",
        "workers" => "a whole number, 0 to 512",
        number if number.starts_with("limits.") || number.starts_with("database.") => "a whole number",
        _ => "text",
    }
}

impl Loaded {
    /// A line for each setting: its value, secrets masked, and its origin.
    pub fn report(&self) -> String {
        let held = serde_json::to_value(&self.config).unwrap_or_default();
        let line = |(name, is_secret): &(&str, bool)| {
            let value = held.pointer(&format!("/{}", name.replace('.', "/"))).unwrap_or(&Value::Null);
            match self.given.get(name) {
                Some(origin) if *is_secret => format!("{name} = ******  ({origin})\n"),
                Some(origin) => format!("{name} = {}  ({origin})\n", plainly(value)),
                None => format!("{name} = {}  (default)\n", plainly(value)),
            }
        };
        SETTINGS.iter().map(line).collect()
    }
}

/// A value as an operator would write it.
fn plainly(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(plainly).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn from_environment(pairs: &[(&str, &str)]) -> Result<Loaded, ConfigFault> {
        load(None, pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())), [])
    }

    #[test]
    fn settings_are_read_by_name_and_flags_win() {
        let pairs = [("SUPPORT_NETWORK_MAIL__SMTP__PORT", "2525"), ("SUPPORT_NETWORK_LISTEN", "127.0.0.1:1")];
        let environment = pairs.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let loaded = load(None, environment, [("listen", "127.0.0.1:2".to_owned())]).unwrap();
        assert_eq!(loaded.config.mail.smtp.port, 2525);
        assert_eq!(loaded.config.listen.port(), 2);
        assert!(loaded.report().contains("listen = 127.0.0.1:2  (command line)"));
    }

    #[test]
    fn secrets_are_masked_and_the_prefixed_database_url_wins() {
        let pairs = [("SUPPORT_NETWORK_DATABASE_URL", "postgres://b"), ("DATABASE_URL", "postgres://a")];
        let loaded = from_environment(&pairs).unwrap();
        assert_eq!(loaded.config.database_url().expose_secret(), "postgres://b");
        assert!(loaded.report().contains("database_url = ******"));
    }

    #[test]
    fn faults_name_the_setting() {
        for (variable, value, setting) in [
            ("SUPPORT_NETWORK_LISTN", "x", "SUPPORT_NETWORK_LISTN"),
            ("SUPPORT_NETWORK_LISTEN", "nowhere", "listen"),
            ("SUPPORT_NETWORK_DATABASE_URL", "mysql://x", "database_url"),
            ("SUPPORT_NETWORK_DATABASE_URL", "postgres://[", "database_url"),
            ("SUPPORT_NETWORK_ACCOUNTS__REGISTRATION", "maybe", "accounts.registration"),
            ("SUPPORT_NETWORK_LIMITS__BODY_BYTES", "1", "limits.body_bytes"),
            ("SUPPORT_NETWORK_LIMITS__ANSWER_SECONDS", "0", "limits.answer_seconds"),
            ("SUPPORT_NETWORK_MAIL__FROM", "nobody", "mail.from"),
            ("SUPPORT_NETWORK_CORS__ORIGINS", "example.org", "cors.origins"),
            ("SUPPORT_NETWORK_LOG__LEVEL", "a=b=c", "log.level"),
        ] {
            let fault = from_environment(&[(variable, value)]).err().unwrap_or_else(|| panic!("{variable} was taken"));
            assert_eq!(fault.setting, setting, "{fault}");
        }
    }

    #[test]
    fn every_setting_is_listed() {
        let mut names = Vec::new();
        for (name, _) in SETTINGS {
            let (level, member) = name.rsplit_once('.').unwrap_or(("", name));
            let line = format!("    pub {member}: ");
            assert!(include_str!("mod.rs").contains(&line), "{level}.{member} is no member");
            names.push(member);
        }
        let members = include_str!("mod.rs").lines().take_while(|line| !line.starts_with("impl Default"));
        for member in members.filter_map(|line| line.strip_prefix("    pub ")?.split_once(':')).map(|(name, _)| name) {
            let level = ["database", "accounts", "mail", "smtp", "cors", "limits", "log", "metrics"].contains(&member);
            assert!(level || names.contains(&member), "{member} is not in SETTINGS");
        }
    }
}
