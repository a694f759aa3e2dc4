use std::sync::Arc;

use chrono::TimeDelta;
use support_network::{clock::Clock, config::Config, server, state::App};

use super::{Client, database::TestDatabase, mail::MailCatcher};

/// A running server with a database, a clock and a mail server of its own.
pub struct TestApp {
    pub state: App,
    pub base: String,
    pub mail: MailCatcher,
    pub clock: Clock,
    database: Arc<TestDatabase>,
    handle: actix_web::dev::ServerHandle,
}

impl TestApp {
    pub async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    /// A server whose configuration is changed before it starts.
    pub async fn spawn_with(change: impl FnOnce(&mut Config)) -> Self {
        let database = Arc::new(TestDatabase::create().await);
        Self::on(database, change).await
    }

    /// A server that finds this database.
    pub async fn over(database: TestDatabase) -> Self {
        Self::on(Arc::new(database), |_| {}).await
    }

    /// Another instance on the same database.
    pub async fn another_instance(&self) -> Self {
        self.sibling(|_| {}).await
    }

    /// Another instance on the same database and with the same mail server, whose clock is another by this much.
    pub async fn instance_ahead(&self, by: TimeDelta) -> Self {
        let port = self.mail.port;
        let there = self.sibling(|config| config.mail.smtp.port = port).await;
        there.later(by);
        there
    }

    /// Another instance on the same database, whose configuration is changed before it starts.
    pub async fn sibling(&self, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::clone(&self.database), change).await
    }

    async fn on(database: Arc<TestDatabase>, change: impl FnOnce(&mut Config)) -> Self {
        let mail = MailCatcher::start().await;
        let mut config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: Some("http://support-network.test".parse().unwrap()),
            database_url: Some(database.url.clone().into()),
            data_dir: database.folder().to_owned(),
            workers: 2,
            ..Config::default()
        };
        config.mail.transport = support_network::config::MailTransport::Smtp;
        config.mail.smtp.host = "127.0.0.1".into();
        config.mail.smtp.port = mail.port;
        config.mail.smtp.encryption = support_network::config::SmtpEncryption::None;
        config.limits.requests_per_minute = 1_000_000;
        config.limits.registrations_per_hour = 1_000_000;
        change(&mut config);
        let clock = Clock::default();
        let state = server::prepare(config, clock.clone()).await.unwrap_or_else(|fault| panic!("{fault}"));
        let listening = server::listen(state.clone(), false).unwrap_or_else(|fault| panic!("{fault}"));
        let base = format!("http://{}", listening.address);
        let handle = listening.handle.clone();
        actix_web::rt::spawn(listening.run());
        Self { state, base, mail, clock, database, handle }
    }

    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    pub fn with_token(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token.to_owned()))
    }

    /// Moves the clock of this server; by less than nothing, back.
    pub fn later(&self, by: TimeDelta) {
        self.clock.set_forward(by);
    }

    /// Sets the clock of this server to an instant, also back: before anybody signs in.
    pub fn at(&self, instant: &str) {
        let instant: chrono::DateTime<chrono::Utc> = instant.parse().unwrap();
        self.clock.set_forward(instant - self.clock.now());
    }

    /// How many statements requests to this server have sent to its database.
    pub async fn statements(&self) -> u64 {
        self.state.db.statements()
    }

    /// How many statements a page costs, and how many items it has. The session is read anew every few seconds, for one of
    /// the reads at most.
    pub async fn cost_of_page(&self, who: &Client, path: &str) -> (u64, usize) {
        let mut costs = Vec::new();
        for _ in 0..3 {
            let before = self.statements().await;
            let page = who.get(path).await.expect(200);
            costs.push((self.statements().await - before, page["items"].as_array().unwrap().len()));
        }
        costs.into_iter().min().unwrap()
    }

    pub fn is_sqlite(&self) -> bool {
        self.database.url.starts_with("sqlite:")
    }

    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    pub async fn stop(&self) {
        self.handle.stop(true).await;
    }
}
