//! The servers that are compared: the release binary on a filled database, and a bare Actix handler.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter};
use support_network::{
    accounts,
    config::Config,
    db::Db,
    entities::{account, account::PlatformRole, membership, organization},
};
use uuid::Uuid;

use super::{
    client::Call,
    cpu::{CpuTime, postgres_pids, resident_megabytes},
};

pub const ORGANIZATIONS: usize = 100_000;
pub const MEMBERS: usize = 5_000;
/// The deepest page that is measured: ten items each, so that 100,000 organizations have as many.
pub const DEEP: usize = 9_999;
const PASSWORD: &str = "nine quiet herons at dusk";

/// The release binary, its database filled, one moderator signed in.
pub struct Service {
    process: Child,
    pub address: SocketAddr,
    pub ready_after: Duration,
    /// Resident memory when it was ready and nobody had asked for anything.
    pub idle_megabytes: f64,
    pub first: Uuid,
    pub first_etag: String,
    pub organizations: Vec<Uuid>,
    /// Pages of 25 from all over the list, by kind and by country, upwards and downwards.
    pub pages: Vec<String>,
    pub first_page: String,
    pub deep_page: String,
    token: String,
    postgres: bool,
    _folder: tempfile::TempDir,
}

impl Service {
    pub async fn start(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = database_url.is_some();
        let url =
            database_url.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", folder.path().join("bench.db").display()));
        // Once to make the schema, once more to be measured on what was put in between.
        let (mut first_start, address, _) = launch(&folder, &url);
        register(address).await;
        first_start.kill().unwrap();
        first_start.wait().unwrap();
        let (first, organizations) = fill(&url).await;
        let (process, address, ready_after) = launch(&folder, &url);
        let idle_megabytes = resident_megabytes(process.id());
        let token = sign_in(address).await;
        let mut service = Self {
            process,
            address,
            ready_after,
            idle_megabytes,
            first,
            first_etag: String::new(),
            organizations,
            pages: Vec::new(),
            first_page: "/v1/organizations?limit=10&sort=created_at".into(),
            deep_page: String::new(),
            token,
            postgres,
            _folder: folder,
        };
        let url = format!("http://{address}/v1/organizations/{first}");
        let answer = reqwest::Client::new().get(url).bearer_auth(&service.token).send().await.unwrap();
        service.first_etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        service.walk().await;
        service
    }

    /// Walks lists to learn cursors from all over them.
    async fn walk(&mut self) {
        for sort in ["name", "-name"] {
            for filter in ["kind=local_association", "kind=local_association&country=US"] {
                let list = format!("/v1/organizations?{filter}&sort={sort}");
                let walked = self.cursors(&format!("{list}&limit=100"), 330).await;
                self.pages.extend(walked.iter().map(|cursor| format!("{list}&limit=25&cursor={cursor}")));
            }
        }
        let deep = self.cursors("/v1/organizations?sort=created_at&limit=100", (DEEP - 1) / 10).await;
        self.deep_page = format!("{}&cursor={}", self.first_page, deep.last().unwrap());
    }

    /// The cursors of the first `pages` pages of a list.
    async fn cursors(&self, list: &str, pages: usize) -> Vec<String> {
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
        let mut pids = if self.postgres { postgres_pids() } else { Vec::new() };
        pids.push(self.pid());
        CpuTime::of(&pids)
    }

    pub fn get(&self, path: &str) -> Call {
        Call::get(path).with("authorization", &format!("Bearer {}", self.token))
    }

    pub fn create(&self, number: usize) -> Call {
        let body = format!(
            r#"{{"name":"Proposal {number}","kind":"local_association","country":"US","disciplines":["psychology"]}}"#
        );
        Call::post("/v1/organizations", body)
            .with("authorization", &format!("Bearer {}", self.token))
            .with("idempotency-key", &Uuid::new_v4().to_string())
    }

    pub fn login(&self) -> Call {
        Call::post("/v1/sessions", format!(r#"{{"email":"bench@example.org","password":"{PASSWORD}"}}"#))
    }
}

impl Drop for Service {
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

/// Copies one organization many times, and gives another many members.
async fn fill(url: &str) -> (Uuid, Vec<Uuid>) {
    let config = Config { database_url: Some(url.to_owned().into()), ..Config::default() };
    let db = Db::connect(&config).await.unwrap();
    let now = chrono::Utc::now();
    accounts::store::grant(&db, "bench@example.org", PlatformRole::Moderator, now).await.unwrap();
    let pattern = organization::Entity::find()
        .filter(organization::COLUMN.short_name.eq("CAMFT"))
        .one(db.read())
        .await
        .unwrap()
        .unwrap();
    let anybody = account::Entity::find().one(db.read()).await.unwrap().unwrap();
    let ids: Vec<Uuid> = (0..ORGANIZATIONS).map(|_| Uuid::now_v7()).collect();
    for (chunk_number, chunk) in ids.chunks(500).enumerate() {
        let rows: Vec<organization::ActiveModel> = chunk
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let number = chunk_number * 500 + at;
                let words = ["river", "harbor", "meadow", "summit"][number % 4];
                organization::ActiveModel {
                    id: Set(*id),
                    name: Set(format!("Association {number}")),
                    slug: Set(format!("association-{number}")),
                    sort_name: Set(format!("association {number:06}")),
                    search_name: Set(format!("association {number:06}")),
                    search_text: Set(format!("{words} place{}", number % 1000)),
                    kind: Set(if number % 3 == 0 {
                        organization::OrganizationKind::LocalAssociation
                    } else {
                        organization::OrganizationKind::OnlineCommunity
                    }),
                    ..pattern.clone().into()
                }
                .reset_all()
            })
            .collect();
        db.write(async |tx| {
            organization::Entity::insert_many(rows.clone()).exec_without_returning(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    }
    for chunk in (0..MEMBERS).collect::<Vec<_>>().chunks(500) {
        let people: Vec<Uuid> = chunk.iter().map(|_| Uuid::now_v7()).collect();
        let accounts: Vec<account::ActiveModel> = people
            .iter()
            .map(|id| {
                account::ActiveModel {
                    id: Set(*id),
                    email: Set(format!("{id}@example.org")),
                    email_key: Set(Some(format!("{id}@example.org"))),
                    display_name: Set("A colleague".into()),
                    platform_role: Set(PlatformRole::Member),
                    ..anybody.clone().into()
                }
                .reset_all()
            })
            .collect();
        let members: Vec<membership::ActiveModel> = people
            .iter()
            .map(|id| membership::ActiveModel {
                id: Set(Uuid::now_v7()),
                account_id: Set(*id),
                kind: Set(membership::MembershipKind::Organization),
                organization_id: Set(Some(pattern.id)),
                role: Set(membership::MembershipRole::Member),
                status: Set(membership::MembershipStatus::Active),
                requested_at: Set(now),
                joined_at: Set(Some(now)),
                verification: Set(membership::Verification::SelfReported),
                version: Set(1),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            })
            .collect();
        db.write(async |tx| {
            account::Entity::insert_many(accounts.clone()).exec_without_returning(tx).await?;
            membership::Entity::insert_many(members.clone()).exec_without_returning(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    }
    // Nothing is planned by what the tables were like when they were empty.
    db.write(async |tx| {
        tx.execute_unprepared("ANALYZE").await?;
        Ok(())
    })
    .await
    .unwrap();
    db.close().await;
    (pattern.id, ids)
}

/// A bare Actix handler that answers a constant.
pub struct Hello {
    process: Child,
    pub address: SocketAddr,
}

impl Hello {
    pub async fn start(size: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["hello", &size.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { process, address: line.parse().unwrap() }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Hello {
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
            let answer = move || {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(body) }
            };
            App::new().route("/", web::get().to(answer))
        });
        let server = server.tcp_nodelay(true).bind("127.0.0.1:0").unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}
