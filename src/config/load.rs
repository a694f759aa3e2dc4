//! Reading the settings: file, then environment, then flags.

use std::{collections::BTreeMap, ffi::OsString, fs, io, path::Path};

use secrecy::ExposeSecret;
use serde_json::Value as Json;
use toml::{Table, Value};

use super::{Config, ConfigFault};

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text that is never shown.
    Secret,
    /// A whole number.
    Number,
    /// Texts; joined by commas where they do not come from a file.
    List,
}

impl Kind {
    /// A word of the environment or the command line. Whether it is a number is for [`Kind::is_of`] to say.
    fn read(self, word: String) -> Value {
        match self {
            Self::Text | Self::Secret => Value::String(word),
            Self::Number => word.parse().map_or(Value::String(word), Value::Integer),
            Self::List => word.split(',').map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>().into(),
        }
    }

    fn is_of(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Secret => value.as_str().is_some_and(|text| !text.trim().is_empty()),
            Self::Number => value.is_integer(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_str)),
        }
    }
}

/// Each setting: its name in the file, and what it holds.
pub const SETTINGS: [(&str, Kind); 31] = [
    ("listen", Kind::Text),
    ("public_url", Kind::Text),
    ("database_url", Kind::Secret),
    ("data_dir", Kind::Text),
    ("master_key_file", Kind::Text),
    ("instruments_dir", Kind::Text),
    ("support_lines_file", Kind::Text),
    ("workers", Kind::Number),
    ("trusted_proxies", Kind::List),
    ("database.read_connections", Kind::Number),
    ("database.write_connections", Kind::Number),
    ("accounts.email_verification", Kind::Text),
    ("accounts.registration", Kind::Text),
    ("mail.transport", Kind::Text),
    ("mail.from", Kind::Text),
    ("mail.link_base", Kind::Text),
    ("mail.smtp.host", Kind::Text),
    ("mail.smtp.port", Kind::Number),
    ("mail.smtp.username", Kind::Text),
    ("mail.smtp.password", Kind::Secret),
    ("mail.smtp.encryption", Kind::Text),
    ("cors.origins", Kind::List),
    ("limits.requests_per_minute", Kind::Number),
    ("limits.login_failures", Kind::Number),
    ("limits.registrations_per_hour", Kind::Number),
    ("limits.body_bytes", Kind::Number),
    ("limits.answer_seconds", Kind::Number),
    ("limits.keep_alive_seconds", Kind::Number),
    ("log.format", Kind::Text),
    ("log.level", Kind::Text),
    ("metrics.listen", Kind::Text),
];

/// The prefix of environment variables; levels are joined by `__`.
const ENV_PREFIX: &str = "SUPPORT_NETWORK_";

/// The file that is read when it exists and no other is named.
const DEFAULT_FILE: &str = "support-network.toml";

/// The configuration and, for each setting that was given, where it came from.
pub struct Loaded {
    pub config: Config,
    given: Given,
}

/// Values as they were given, each of its setting's kind, and where they come from.
#[derive(Default)]
struct Given(BTreeMap<&'static str, (Value, String)>);

impl Given {
    /// A value that is wrong is refused also where a later one would win over it.
    fn take(&mut self, (name, kind): (&'static str, Kind), value: Value, origin: String) -> Result<(), ConfigFault> {
        let is_of_kind = kind.is_of(&value);
        self.0.insert(name, (value, origin));
        match is_of_kind {
            true => Ok(()),
            false => Err(self.not_expected(name)),
        }
    }

    /// Takes the settings of a file, section by section. `level` is that of `table`, with a dot at its end.
    fn take_all(&mut self, table: Table, level: &str, origin: &str) -> Result<(), ConfigFault> {
        for (member, value) in table {
            let name = format!("{level}{member}");
            let section = format!("{name}.");
            // A dot in quotes is no level.
            let is_plain = !member.contains('.');
            let is_section = is_plain && SETTINGS.iter().any(|(known, _)| known.starts_with(&section));
            match (setting(&name).filter(|_| is_plain), value) {
                (Some(setting), value) => self.take(setting, value, origin.to_owned())?,
                (None, _) if !is_section => {
                    let name = name.escape_debug().to_string();
                    return Err(ConfigFault::new(name, format!("{UNKNOWN}; it comes from {origin}")));
                }
                (None, Value::Table(members)) => self.take_all(members, &section, origin)?,
                (None, _) => {
                    let mend = format!("must be a section, [{name}], with settings in it; it comes from {origin}");
                    return Err(ConfigFault::new(name, mend));
                }
            }
        }
        Ok(())
    }

    /// As one file would say it.
    fn whole(&self) -> Table {
        let mut whole = Table::new();
        self.0.iter().for_each(|(name, (value, _))| put(&mut whole, name, value.clone()));
        whole
    }

    fn origin(&self, setting: &str) -> Option<&str> {
        self.0.get(setting).map(|(_, origin)| origin.as_str())
    }

    fn fault(&self, setting: &str, fault: &str) -> ConfigFault {
        match self.origin(setting) {
            Some(origin) => ConfigFault::new(setting, format!("{fault}; it comes from {origin}")),
            None => ConfigFault::new(setting, fault),
        }
    }

    fn not_expected(&self, setting: &str) -> ConfigFault {
        self.fault(setting, &format!("must be {}", expected(setting)))
    }
}

/// Reads `file`, then `environment`, then `flags`; later ones win. Everything is checked before anything starts.
///
/// # Errors
/// The first setting that is unknown, unreadable or out of its bounds.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Loaded, ConfigFault> {
    let mut given = Given::default();
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    given.take_all(read(path, file.is_some())?, "", &path.display().to_string())?;
    let mut variables = Vec::new();
    for (variable, value) in environment {
        let variable = variable.to_string_lossy().escape_debug().to_string();
        let is_bare = variable == "DATABASE_URL";
        if !is_bare && !variable.starts_with(ENV_PREFIX) {
            continue;
        }
        let named = |(name, _): &(&str, Kind)| variable == self::variable(name) || is_bare && *name == "database_url";
        let setting = SETTINGS.into_iter().find(named).ok_or_else(|| ConfigFault::new(&variable, UNKNOWN))?;
        let word = value.into_string().map_err(|_| ConfigFault::new(&variable, "must be UTF-8"))?;
        variables.push((is_bare, setting, word, format!("environment ({variable})")));
    }
    // The prefixed variable wins over the bare DATABASE_URL.
    variables.sort_by_key(|(is_bare, ..)| !is_bare);
    for (_, setting, word, origin) in variables {
        given.take(setting, setting.1.read(word), origin)?;
    }
    for (name, word) in flags {
        let setting = setting(name).ok_or_else(|| ConfigFault::new(name, UNKNOWN))?;
        given.take(setting, setting.1.read(word), "command line".to_owned())?;
    }
    let config: Config = serde_path_to_error::deserialize(given.whole()).map_err(|error| {
        let path = error.path().to_string();
        given.not_expected(path.split('[').next().unwrap_or_default())
    })?;
    config.check().map_err(|ConfigFault { setting, fault }| given.fault(&setting, &fault))?;
    Ok(Loaded { config, given })
}

const UNKNOWN: &str = "no setting has this name; see the README";

/// The environment variable of a setting.
fn variable(name: &str) -> String {
    format!("{ENV_PREFIX}{}", name.to_uppercase().replace('.', "__"))
}

fn setting(name: &str) -> Option<(&'static str, Kind)> {
    SETTINGS.into_iter().find(|(known, _)| *known == name)
}

/// What the file says; nothing where there is none and none is `required`.
fn read(path: &Path, required: bool) -> Result<Table, ConfigFault> {
    let fault = |fault: &dyn std::fmt::Display| ConfigFault::new(path.display().to_string(), fault);
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => return Ok(Table::new()),
        text => text.map_err(|error| fault(&error))?,
    };
    // The words of the error may hold a value, and that a password.
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let mend = "must be TOML, with each name once and whole numbers below 2^63";
        fault(&format_args!("line {line} cannot be read; {mend}"))
    })
}

/// Puts the value of a setting into the section where it stands in a file.
fn put(table: &mut Table, name: &str, value: Value) {
    match name.split_once('.') {
        Some((section, rest)) => {
            let members = table.entry(section).or_insert_with(|| Table::new().into());
            if let Value::Table(members) = members {
                put(members, rest, value);
            }
        }
        None => drop(table.insert(name.to_owned(), value)),
    }
}

/// What a setting must be, for whoever gave it another kind of value.
fn expected(setting: &str) -> &'static str {
    match setting {
        "listen" | "metrics.listen" => "an IP address and a port, such as 127.0.0.1:8080",
        "public_url" | "mail.link_base" => "a URL such as https://api.example.org",
        "trusted_proxies" => "a list of IP addresses, one for each proxy; ranges are not known",
        "accounts.email_verification" => "off or required",
        "accounts.registration" => "open, invitation or closed",
        "mail.transport" => "log or smtp",
        "mail.smtp.encryption" => "starttls, tls or none",
        "mail.smtp.port" => "a port, 65535 at most",
        "log.format" => "auto, human or json",
        "cors.origins" => "a list of origins such as https://app.example.org",
        "workers" => "a whole number, 0 to 512",
        "limits.body_bytes" => "a whole number, 1024 to 67108864",
        "limits.answer_seconds" | "limits.keep_alive_seconds" => "a whole number, 1 to 3600",
        "database.read_connections" => "a whole number, 0 to 4294967295",
        number if number.starts_with("limits.") || number.starts_with("database.") => "a whole number, 1 to 4294967295",
        _ => "text, and not empty; leave it out for the default",
    }
}

impl Loaded {
    /// A line for each setting: its value, secrets masked, and its origin.
    pub fn report(&self) -> String {
        let held = serde_json::to_value(&self.config).unwrap_or_default();
        let line = |(name, kind): &(&str, Kind)| {
            let value = held.pointer(&format!("/{}", name.replace('.', "/"))).unwrap_or(&Json::Null);
            match self.given.origin(name) {
                Some(origin) if *kind == Kind::Secret => format!("{name} = ******  ({origin})\n"),
                Some(origin) => format!("{name} = {}  ({origin})\n", plainly(value)),
                None => format!("{name} = {}  (default)\n", self.derived(name).unwrap_or_else(|| plainly(value))),
            }
        };
        SETTINGS.iter().map(line).collect()
    }

    /// What follows from other settings where this one was not given.
    fn derived(&self, setting: &str) -> Option<String> {
        match setting {
            "public_url" => Some(self.config.public_url()),
            "database_url" => Some(self.config.database_url().expose_secret().to_owned()),
            "master_key_file" => Some(self.config.master_key_file().display().to_string()),
            _ => None,
        }
    }
}

/// A value as an operator would write it.
fn plainly(value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => items.iter().map(plainly).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_environment(pairs: &[(&str, &str)]) -> Result<Loaded, ConfigFault> {
        load(None, pairs.iter().map(|(k, v)| (k.into(), v.into())), [])
    }

    #[test]
    fn settings_are_read_by_name_and_flags_win() {
        let pairs = [("SUPPORT_NETWORK_MAIL__SMTP__PORT", "2525"), ("SUPPORT_NETWORK_LISTEN", "127.0.0.1:1")];
        let environment = pairs.map(|(k, v)| (k.into(), v.into()));
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
            ("SUPPORT_NETWORK_workers", "2", "SUPPORT_NETWORK_workers"),
            ("SUPPORT_NETWORK_MAIL.FROM", "a@b.example", "SUPPORT_NETWORK_MAIL.FROM"),
            ("SUPPORT_NETWORK_DATA_DIR", "", "data_dir"),
            ("SUPPORT_NETWORK_LISTEN", "nowhere", "listen"),
            ("SUPPORT_NETWORK_DATABASE_URL", "mysql://x", "database_url"),
            ("SUPPORT_NETWORK_DATABASE_URL", "postgres://[", "database_url"),
            ("SUPPORT_NETWORK_ACCOUNTS__REGISTRATION", "maybe", "accounts.registration"),
            ("SUPPORT_NETWORK_LIMITS__BODY_BYTES", "1", "limits.body_bytes"),
            ("SUPPORT_NETWORK_LIMITS__ANSWER_SECONDS", "0", "limits.answer_seconds"),
            ("SUPPORT_NETWORK_LIMITS__KEEP_ALIVE_SECONDS", "3601", "limits.keep_alive_seconds"),
            ("SUPPORT_NETWORK_MAIL__FROM", "nobody", "mail.from"),
            ("SUPPORT_NETWORK_CORS__ORIGINS", "example.org", "cors.origins"),
            ("SUPPORT_NETWORK_LOG__LEVEL", "a=b=c", "log.level"),
        ] {
            let fault = from_environment(&[(variable, value)]).err().unwrap_or_else(|| panic!("{variable} was taken"));
            assert_eq!(fault.setting, setting, "{fault}");
            let origin = format!("it comes from environment ({variable})");
            assert!(fault.setting == variable || fault.fault.ends_with(&origin), "{fault}");
        }
    }

    #[test]
    fn a_file_is_taken_as_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            load(Some(&path), [], [])
        };
        let loaded = read("workers = 3\ncors.origins = [\"https://a.example\"]\n[mail.smtp]\nport = 25\n").unwrap();
        assert_eq!(loaded.config.workers, 3);
        assert_eq!(loaded.config.cors.origins, ["https://a.example"]);
        assert!(loaded.report().contains(&format!("mail.smtp.port = 25  ({})", path.display())));
        fs::write(&path, "workers = true").unwrap();
        let overridden = load(Some(&path), [("SUPPORT_NETWORK_WORKERS".into(), "2".into())], []);
        assert!(overridden.err().unwrap().to_string().ends_with(&path.display().to_string()));
        for (text, expected) in [
            ("workers = true", "workers: must be a whole number, 0 to 512"),
            ("workers = \"4\"", "workers: must be a whole number, 0 to 512"),
            ("workers = -1", "workers: must be a whole number, 0 to 512"),
            ("workers = 513", "workers: must be at most 512"),
            ("limits.body_bytes = 1500.5", "limits.body_bytes: must be a whole number"),
            ("limits.login_failures = 5000000000", "limits.login_failures: must be a whole number, 1 to 4294967295"),
            ("limits.login_failures = 0", "limits.login_failures: must be at least 1"),
            ("mail.smtp.port = 70000", "mail.smtp.port: must be a port"),
            ("data_dir = 3", "data_dir: must be text"),
            ("[log]\nlevel = 3", "log.level: must be text"),
            ("[log]\nformat = false", "log.format: must be auto, human or json"),
            ("public_url = 2026-01-01", "public_url: must be a URL"),
            ("trusted_proxies = \"10.0.0.1\"", "trusted_proxies: must be a list of IP addresses"),
            ("trusted_proxies = [\"10.0.0.1\", 3]", "trusted_proxies: must be a list of IP addresses"),
            ("trusted_proxies = [\"10.0.0.0/8\"]", "trusted_proxies: must be a list of IP addresses"),
            ("cors.origins = [\"example.org\"]", "cors.origins: each must be an origin"),
            ("cors = 1", "cors: must be a section, [cors]"),
            ("mail.smtp = \"x\"", "mail.smtp: must be a section, [mail.smtp]"),
            ("mail.smpt.port = 25", "mail.smpt: no setting has this name"),
            ("\"mail.from\" = \"a@b.example\"", "mail.from: no setting has this name"),
            ("\"\\u001b[31m\" = 1", "\\u{1b}[31m: no setting has this name"),
            ("data_dir = \" \"", "data_dir: must be text, and not empty"),
            ("public_url = \"https://u:planted@x\"", "public_url: must be http:// or https:// with a host"),
            ("mail.link_base = \"https://u:planted@x\"", "mail.link_base: must be http:// or https://"),
            ("[limits]\nbody = 1", "limits.body: no setting has this name"),
            ("[listen]\nport = 1", "listen: must be an IP address and a port"),
        ] {
            let fault = read(text).err().unwrap_or_else(|| panic!("{text} was taken")).to_string();
            assert!(fault.starts_with(expected), "{text}: {fault}");
            assert!(fault.ends_with(&format!("; it comes from {}", path.display())), "{text}: {fault}");
        }
        for text in ["mail.smtp.password = 99999999999999999999", "workers = 1\nworkers = 2"] {
            let fault = read(text).err().unwrap().to_string();
            assert!(fault.contains("cannot be read; must be TOML") && !fault.contains("99"), "{fault}");
        }
        let fault =
            read("workers = 1\ndatabase_url = \"postgres://u:planted@a/b\nlisten = 1").err().unwrap().to_string();
        assert!(fault.contains(": line 2 cannot be read") && !fault.contains("planted"), "{fault}");
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
