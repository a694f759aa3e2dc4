//! The servers that are compared: the release binary on a filled database, and a bare Actix handler.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use futures_util::StreamExt;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use support_network::{config::Config, db::Db};
use uuid::Uuid;

use super::{
    client::Call,
    cpu::{CpuTime, Postmaster, resident_megabytes},
};

const PASSWORD: &str = "nine quiet herons at dusk";

/// The release binary on a database that was filled, with an account signed in; `data` says what is in there.
pub struct Service<D> {
    process: Child,
    pub address: SocketAddr,
    pub ready_after: Duration,
    /// Resident memory once all has begun and before anybody asks for anything.
    pub idle_megabytes: f64,
    pub data: D,
    pub token: String,
    url: String,
    postmaster: Option<Postmaster>,
    _folder: tempfile::TempDir,
}

impl<D> Service<D> {
    pub async fn start(database_url: Option<String>, fill: impl AsyncFnOnce(&Db) -> D) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = database_url.is_some();
        let url =
            database_url.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", folder.path().join("bench.db").display()));
        // Once to make the schema, once more to be measured on what was put in between.
        let (mut first_start, address, _) = launch(&folder, &url);
        register(address).await;
        first_start.kill().unwrap();
        first_start.wait().unwrap();
        let confirmed_and_filled = async |db: &Db| {
            let confirmed = "UPDATE account SET email_verified_at = created_at";
            db.read().execute_unprepared(confirmed).await.unwrap();
            fill(db).await
        };
        let data = with_database(&url, confirmed_and_filled).await;
        let (process, address, ready_after) = launch(&folder, &url);
        // Workers and jobs still begin when it says that it is ready.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle_megabytes = resident_megabytes(process.id());
        let token = sign_in(address).await;
        let postmaster = if postgres { Some(with_database(&url, postmaster).await) } else { None };
        Self { process, address, ready_after, idle_megabytes, data, token, url, postmaster, _folder: folder }
    }

    /// Puts more into the database of the running service.
    pub async fn fill<T>(&self, fill: impl AsyncFnOnce(&Db) -> T) -> T {
        with_database(&self.url, fill).await
    }

    /// The cursors of the first `pages` pages of a list.
    pub async fn cursors(&self, list: &str, pages: usize) -> Vec<String> {
        let (client, mut cursors) = (reqwest::Client::new(), Vec::<String>::new());
        while cursors.len() < pages {
            let after = cursors.last().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let url = format!("http://{}{list}{after}", self.address);
            let answer = client.get(url).bearer_auth(&self.token).send().await.unwrap();
            let page: serde_json::Value = answer.json().await.unwrap();
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            cursors.push(cursor.to_owned());
        }
        cursors
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The CPU time of the service, and of PostgreSQL where it uses one.
    pub fn cpu(&self) -> CpuTime {
        self.cpu_of_database_and(self.pid())
    }

    /// The CPU time of another server on the same database, and of PostgreSQL.
    pub fn cpu_of_database_and(&self, pid: u32) -> CpuTime {
        let mut pids = self.postmaster.as_ref().map(Postmaster::pids).unwrap_or_default();
        pids.push(pid);
        CpuTime::of(&pids)
    }

    /// The database, where it is one of PostgreSQL.
    pub fn postgres_url(&self) -> Option<&str> {
        self.postmaster.as_ref().map(|_| self.url.as_str())
    }

    pub fn get(&self, path: &str) -> Call {
        Call::get(path).with("authorization", &format!("Bearer {}", self.token))
    }

    pub fn post(&self, path: &str, body: String) -> Call {
        Call::post(path, body)
            .with("authorization", &format!("Bearer {}", self.token))
            .with("idempotency-key", &Uuid::new_v4().to_string())
    }

    pub fn login(&self) -> Call {
        Call::post("/v1/sessions", format!(r#"{{"email":"bench@example.org","password":"{PASSWORD}"}}"#))
    }
}

impl<D> Drop for Service<D> {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Starts the binary and waits for the line that says where it listens.
fn launch(folder: &tempfile::TempDir, url: &str) -> (Child, SocketAddr, Duration) {
    let started = Instant::now();
    let binary = std::env::var("BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_support-network").into());
    let mut process = Command::new(binary)
        .current_dir(folder.path())
        .env("SUPPORT_NETWORK_DATABASE_URL", url)
        .env("SUPPORT_NETWORK_LISTEN", "127.0.0.1:0")
        .env("SUPPORT_NETWORK_PUBLIC_URL", "http://bench.test")
        .env("SUPPORT_NETWORK_LIMITS__REQUESTS_PER_MINUTE", "4000000000")
        .env("SUPPORT_NETWORK_LIMITS__REGISTRATIONS_PER_HOUR", "1000000")
        .env("SUPPORT_NETWORK_LIMITS__LOGIN_FAILURES", "1000000")
        .env("SUPPORT_NETWORK_ACCOUNTS__EMAIL_VERIFICATION", "required")
        .env("SUPPORT_NETWORK_LOG__LEVEL", "warn")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = lines.by_ref().map(Result::unwrap).find(|line| line.contains("is ready")).expect("the server starts");
    let ready_after = started.elapsed();
    std::thread::spawn(move || lines.for_each(drop));
    let address = line.split("http://").nth(1).unwrap().trim_end_matches("/docs/").parse().unwrap();
    (process, address, ready_after)
}

async fn register(address: SocketAddr) {
    let body = serde_json::json!({"email": "bench@example.org", "password": PASSWORD, "display_name": "Bench"});
    let answer = reqwest::Client::new().post(format!("http://{address}/v1/accounts")).json(&body).send().await.unwrap();
    assert!(answer.status().is_success() || answer.status() == 409, "{}", answer.status());
}

async fn sign_in(address: SocketAddr) -> String {
    let body = serde_json::json!({"email": "bench@example.org", "password": PASSWORD});
    let answer = reqwest::Client::new().post(format!("http://{address}/v1/sessions")).json(&body).send().await.unwrap();
    let session: serde_json::Value = answer.json().await.unwrap();
    session["access_token"].as_str().unwrap().to_owned()
}

async fn with_database<T>(url: &str, fill: impl AsyncFnOnce(&Db) -> T) -> T {
    let config = Config { database_url: Some(url.to_owned().into()), ..Config::default() };
    let db = Db::connect(&config).await.unwrap();
    let filled = fill(&db).await;
    // Nothing is planned by what the tables were like when they were empty, and what PostgreSQL does after a minute for
    // many new rows is done.
    let tidy_up = if db.backend() == DbBackend::Sqlite { "ANALYZE" } else { "VACUUM (ANALYZE)" };
    db.read().execute_unprepared(tidy_up).await.unwrap();
    db.close().await;
    filled
}

async fn postmaster(db: &Db) -> Postmaster {
    let statement = Statement::from_string(db.backend(), "SELECT pg_backend_pid()");
    let row = db.read().query_one_raw(statement).await.unwrap().unwrap();
    let backend: i32 = row.try_get_by_index(0).unwrap();
    Postmaster::of(u32::try_from(backend).unwrap())
}

/// A server that the service is compared with. It runs until this is dropped.
pub struct Running {
    process: Child,
    pub address: SocketAddr,
}

impl Running {
    /// A bare Actix handler that takes in whatever it is sent and answers a constant.
    pub fn hello(size: usize) -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).args(["hello", &size.to_string()]))
    }

    /// Starts a server whose first line says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { process, address: line.parse().unwrap() }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Runs in a process of its own.
pub fn serve_hello(size: usize) {
    actix_web::rt::System::new().block_on(async move {
        let body = web::Bytes::from(vec![b'x'; size]);
        let server = HttpServer::new(move || {
            let body = body.clone();
            let answer = move |mut sent: web::Payload| {
                let body = body.clone();
                async move {
                    // Actix hangs up on a client whose body nobody reads.
                    while sent.next().await.is_some() {}
                    HttpResponse::Ok().content_type("application/json").body(body)
                }
            };
            App::new().default_service(web::to(answer))
        });
        let server = server.tcp_nodelay(true).bind("127.0.0.1:0").unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}
