//! Every setting, its default, and its check at start: file, then environment, then flags.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

mod load;

pub use load::{Kind, Loaded, SETTINGS, load};

/// What the operator set, checked. See the table in the README.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where clients reach this service. Also the issuer and audience of access tokens.
    pub public_url: Option<url::Url>,
    /// `sqlite:` or `postgres:`; an SQLite file in `data_dir` when absent.
    #[serde(skip_serializing)]
    pub database_url: Option<SecretString>,
    /// Where the SQLite file and the master key are kept.
    pub data_dir: PathBuf,
    /// The key that seals secrets in the database; `master.key` in `data_dir` when absent.
    pub master_key_file: Option<PathBuf>,
    /// A folder with files of further instruments, beside those that are built in.
    pub instruments_dir: Option<PathBuf>,
    /// A file with crisis lines, instead of those that are built in.
    pub support_lines_file: Option<PathBuf>,
    /// Threads that serve HTTP; one for each core when 0.
    pub workers: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    pub database: Database,
    pub accounts: Accounts,
    pub mail: Mail,
    pub cors: Cors,
    pub limits: Limits,
    pub log: Log,
    pub metrics: Metrics,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Connections for reading, shared out among the workers, so that each has one at least; when 0, each has 1 on SQLite
    /// and 2 on PostgreSQL.
    pub read_connections: u32,
    /// Groups of writes that PostgreSQL has under way at once (SQLite has one).
    pub write_connections: u32,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    pub email_verification: EmailVerification,
    pub registration: Registration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerification {
    Off,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Open,
    /// Only addresses with a pending invitation.
    Invitation,
    Closed,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    pub transport: MailTransport,
    /// Sender of every mail.
    pub from: String,
    /// The app that links in mails lead to: a page and `#token=…` are appended. Mails hold the bare token when absent.
    pub link_base: Option<url::Url>,
    pub smtp: Smtp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// Printed to the log, for trying things out.
    Log,
    Smtp,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub username: Option<String>,
    #[serde(skip_serializing)]
    pub password: Option<SecretString>,
    pub encryption: SmtpEncryption,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpEncryption {
    /// STARTTLS, required.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None, for a relay on the same machine.
    None,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Origins of browsers that may call; any when empty.
    pub origins: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute for each caller.
    pub requests_per_minute: u32,
    /// Wrong passwords in 15 minutes, for each account and for each address.
    pub login_failures: u32,
    /// Registrations, resets and verification mails an hour, for each address.
    pub registrations_per_hour: u32,
    /// Largest body in bytes.
    pub body_bytes: usize,
    /// Seconds in which a request is answered, come what may.
    pub answer_seconds: u64,
    /// How long a connection is kept on which nothing comes, in seconds.
    pub keep_alive_seconds: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    /// A tracing filter, such as `info` or `support_network=debug`.
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    Human,
    Json,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// A listener of its own for `/metrics`; served beside the API when absent.
    pub listen: Option<SocketAddr>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            database_url: None,
            data_dir: PathBuf::from("data"),
            master_key_file: None,
            instruments_dir: None,
            support_lines_file: None,
            workers: 0,
            trusted_proxies: Vec::new(),
            database: Database::default(),
            accounts: Accounts::default(),
            mail: Mail::default(),
            cors: Cors::default(),
            limits: Limits::default(),
            log: Log::default(),
            metrics: Metrics::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { read_connections: 0, write_connections: 1 }
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self { email_verification: EmailVerification::Off, registration: Registration::Open }
    }
}

impl Accounts {
    /// Nobody signs in before their address is confirmed.
    pub fn requires_verification(&self) -> bool {
        self.email_verification == EmailVerification::Required
    }

    /// Only addresses that an invitation waits for may register.
    pub fn takes_invited_only(&self) -> bool {
        self.registration == Registration::Invitation
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::Log,
            from: "Support Network <no-reply@localhost>".into(),
            link_base: None,
            smtp: Smtp::default(),
        }
    }
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            port: 587,
            username: None,
            password: None,
            encryption: SmtpEncryption::Starttls,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 600,
            login_failures: 10,
            registrations_per_hour: 20,
            body_bytes: 256 * 1024,
            // A body may take 30 seconds to arrive, and a statement as long.
            answer_seconds: 65,
            keep_alive_seconds: 75,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            level: "info,actix_http=off,actix_server=warn,sea_orm_migration=warn,sqlx=warn".into(),
        }
    }
}

/// As many threads as Actix serves with.
const MOST_WORKERS: usize = 512;

/// The name of the SQLite database in `data_dir`.
pub const SQLITE_FILE: &str = "support-network.db";

/// A fault of the configuration, in words that an operator can act on.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {fault}")]
pub struct ConfigFault {
    pub setting: String,
    pub fault: String,
}

impl ConfigFault {
    pub fn new(setting: impl Into<String>, fault: impl std::fmt::Display) -> Self {
        Self { setting: setting.into(), fault: fault.to_string() }
    }
}

impl Config {
    fn check(&self) -> Result<(), ConfigFault> {
        let refuse = |setting: &str, fault: &str| Err(ConfigFault::new(setting, fault));
        // They are shown to everybody, so that a password in them would be none.
        let is_public = |url: &url::Url| {
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
        };
        if self.public_url.as_ref().is_some_and(|url| !is_public(url) || url[url::Position::BeforePath..] != *"/") {
            return refuse("public_url", "must be http:// or https:// with a host, and no path, query or user");
        }
        let database_url = self.database_url();
        let schemes = ["sqlite:", "postgres:", "postgresql:"];
        if !schemes.iter().any(|scheme| database_url.expose_secret().starts_with(scheme)) {
            return refuse("database_url", "must start with sqlite: or postgres:");
        }
        if url::Url::parse(database_url.expose_secret()).is_err() {
            return refuse("database_url", "must be a URL such as postgres://name:password@host/database");
        }
        let Limits { requests_per_minute, login_failures, registrations_per_hour, .. } = &self.limits;
        for (setting, is_zero) in [
            ("limits.requests_per_minute", *requests_per_minute == 0),
            ("limits.login_failures", *login_failures == 0),
            ("limits.registrations_per_hour", *registrations_per_hour == 0),
        ] {
            if is_zero {
                return refuse(setting, "must be at least 1");
            }
        }
        if !(1024..=64 * 1024 * 1024).contains(&self.limits.body_bytes) {
            return refuse("limits.body_bytes", "must be between 1024 and 67108864");
        }
        for (setting, seconds) in [
            ("limits.answer_seconds", self.limits.answer_seconds),
            ("limits.keep_alive_seconds", self.limits.keep_alive_seconds),
        ] {
            if !(1..=3600).contains(&seconds) {
                return refuse(setting, "must be between 1 and 3600");
            }
        }
        if self.database.write_connections == 0 {
            return refuse("database.write_connections", "must be at least 1");
        }
        if self.workers > MOST_WORKERS {
            return refuse("workers", "must be at most 512");
        }
        if self.mail.from.parse::<lettre::message::Mailbox>().is_err() {
            return refuse("mail.from", "must be an address such as Support Network <no-reply@example.org>");
        }
        if self.mail.transport == MailTransport::Smtp && self.mail.smtp.host.is_empty() {
            return refuse("mail.smtp.host", "must be set when mail.transport is smtp");
        }
        let is_origin =
            |text: &String| url::Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == *text);
        if !self.cors.origins.iter().all(is_origin) {
            return refuse("cors.origins", "each must be an origin such as https://app.example.org");
        }
        if self.mail.link_base.as_ref().is_some_and(|url| !is_public(url) || url.fragment().is_some()) {
            return refuse("mail.link_base", "must be http:// or https://, with no user and no fragment");
        }
        // A word alone that is no level would be taken for the name of a module.
        let is_level =
            |word: &str| word.contains(['=', '[']) || word.parse::<tracing::level_filters::LevelFilter>().is_ok();
        if !self.log.level.split(',').all(|word| is_level(word.trim()))
            || tracing_subscriber::EnvFilter::try_new(&self.log.level).is_err()
        {
            return refuse("log.level", "must be a filter such as info or support_network=debug");
        }
        Ok(())
    }

    /// The database to use: the one that was set, else a file in `data_dir`.
    pub fn database_url(&self) -> SecretString {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}?mode=rwc", self.data_dir.join(SQLITE_FILE).display()).into())
    }

    /// The file of the database, where it is one.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let url = self.database_url();
        let path = url.expose_secret().strip_prefix("sqlite:")?.trim_start_matches("//");
        let path = path.split('?').next().unwrap_or(path);
        (!path.starts_with(":memory:")).then(|| PathBuf::from(path))
    }

    pub fn master_key_file(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }

    /// Where clients reach this service, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    pub fn workers(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }
}
