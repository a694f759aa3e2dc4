//! A database that is away or busy: 503 with `Retry-After` within a bound, never a 500, and no restart afterwards.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use support_network::config::Config;

use crate::support::{Answer, Client, TestApp, TestDatabase, hold_writes};

/// Passes bytes on to a server, until it is cut.
struct Wire {
    port: u16,
    whole: Arc<AtomicBool>,
    cut: watch::Sender<()>,
    held: watch::Sender<bool>,
}

impl Wire {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, is_cut) = watch::channel(());
        let (held, is_held) = watch::channel(false);
        let whole = Arc::new(AtomicBool::new(true));
        let passes = Arc::clone(&whole);
        actix_web::rt::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !passes.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, mut is_cut, mut is_held) = (target.clone(), is_cut.clone(), is_held.clone());
                is_cut.mark_unchanged();
                actix_web::rt::spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    loop {
                        tokio::select! {
                            _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                            _ = is_cut.changed() => return,
                            _ = is_held.wait_for(|held| *held) => {}
                        }
                        is_held.wait_for(|held| !held).await.unwrap();
                    }
                });
            }
        });
        Self { port, whole, cut, held }
    }

    /// An instance that reaches PostgreSQL over a wire, where that is tested.
    async fn to_postgres(change: impl FnOnce(&mut Config)) -> Option<(Self, TestApp)> {
        let server = url::Url::parse(&std::env::var("TEST_DATABASE_URL").ok()?).unwrap();
        let wire = Self::to(format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432))).await;
        let app = TestApp::spawn_with(|config| {
            let url = config.database_url.as_ref().map(secrecy::ExposeSecret::expose_secret).unwrap();
            let mut url = url::Url::parse(url).unwrap();
            url.set_port(Some(wire.port)).unwrap();
            config.database_url = Some(String::from(url).into());
            change(config);
        })
        .await;
        Some((wire, app))
    }

    /// Passes nothing on and closes nothing, as a network does that loses everything.
    fn hold(&self, held: bool) {
        self.held.send(held).unwrap();
    }

    fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        self.cut.send(()).unwrap();
    }

    /// Lets nobody in, and leaves those alone who are.
    fn refuse(&self) {
        self.whole.store(false, Ordering::SeqCst);
    }

    fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

/// It waits two seconds at most for a connection, and then as long for a lock.
#[track_caller]
fn is_away(answer: Answer, asked: Instant) {
    assert!(asked.elapsed() < Duration::from_secs(5), "the answer took {:?}", asked.elapsed());
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.refused(503, "unavailable");
}

#[actix_web::test]
async fn postgres_goes_and_comes_back() {
    let Some((wire, app)) = Wire::to_postgres(|_| {}).await else { return };
    let ana = app.therapist("ana").await;
    let proposal = |number: usize| json!({"name": format!("Society {number}"), "kind": "online_community"});
    ana.post("/v1/organizations", proposal(0)).await.expect(201);

    for round in 1..=2 {
        wire.cut();
        for number in 0..4 {
            let asked = Instant::now();
            is_away(app.anonymous().get("/readyz").await, asked);
            let asked = Instant::now();
            is_away(app.anonymous().get("/v1/organizations").await, asked);
            let asked = Instant::now();
            is_away(ana.post("/v1/organizations", proposal(100 * round + number)).await, asked);
            for path in ["/livez", "/metrics", "/problems", "/openapi.json"] {
                assert_eq!(app.anonymous().get(path).await.status, 200, "{path}");
            }
            if number == 0 {
                // Many at once are turned away as fast as one.
                let asked = Instant::now();
                let mut many = Vec::new();
                for _ in 0..30 {
                    let client = app.anonymous();
                    many.push(actix_web::rt::spawn(async move { client.get("/v1/organizations").await }));
                }
                for one in many {
                    is_away(one.await.unwrap(), asked);
                }
            }
            if round == 2 {
                break;
            }
        }
        wire.mend();
        let mended = Instant::now();
        while app.anonymous().get("/v1/organizations").await.status != 200 {
            assert!(mended.elapsed() < Duration::from_secs(2), "it does not come back");
        }
        app.anonymous().get("/readyz").await.expect(200);
        ana.post("/v1/organizations", proposal(100 * round + 50)).await.expect(201);
    }
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 3, "what was answered 503 took effect");
}

/// Proposes something with a key of its own until it is there. Tells how often it was turned away.
async fn proposes_until_there(who: &Client, name: &str) -> usize {
    let (began, mut turned_away) = (Instant::now(), 0);
    loop {
        let asked = Instant::now();
        let request = who.request(Method::POST, "/v1/organizations").header("idempotency-key", &name.replace(' ', "-"));
        let answer = request.json(&json!({"name": name, "kind": "online_community"})).send().await;
        match answer.status {
            201 => {
                assert_eq!(answer.json["name"], name);
                return turned_away;
            }
            409 => drop(answer.refused(409, "idempotency_key_in_use")),
            _ => {
                is_away(answer, asked);
                turned_away += 1;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{name} is never there");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Writes until it is told to stop. Tells what it wrote, and how often it was turned away.
async fn writes(who: Client, number: usize, stop: Arc<AtomicBool>) -> (Vec<String>, usize) {
    let (mut names, mut turned_away) = (Vec::new(), 0);
    while !stop.load(Ordering::SeqCst) {
        let name = format!("Society {number} {}", names.len());
        turned_away += proposes_until_there(&who, &name).await;
        names.push(name);
        sleep(Duration::from_millis(10)).await;
    }
    (names, turned_away)
}

/// Reads until it is told to stop. Tells how often it was served, and how often it was turned away.
async fn reads(who: Client, number: usize, stop: Arc<AtomicBool>) -> (usize, usize) {
    let (mut served, mut turned_away) = (0, 0);
    while !stop.load(Ordering::SeqCst) {
        let asked = Instant::now();
        let answer = who.get(&format!("/v1/organizations?limit={}", number + 1)).await;
        match answer.status {
            200 => served += 1,
            _ => {
                is_away(answer, asked);
                turned_away += 1;
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    (served, turned_away)
}

/// Every answer is the right one or 503, and whoever asks again with the same key gets what they asked for, once.
#[actix_web::test]
async fn postgres_that_is_restarted_under_load_loses_nothing_and_does_nothing_twice() {
    const TASKS: usize = 12;
    const END_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let Some((wire, app)) = Wire::to_postgres(|_| {}).await else { return };
    let ana = app.therapist("ana").await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..TASKS).map(|number| actix_web::rt::spawn(writes(ana.client.clone(), number, Arc::clone(&stop)))).collect();
    let readers = (0..TASKS).map(|number| {
        let who = if number % 2 == 0 { ana.client.clone() } else { app.anonymous() };
        actix_web::rt::spawn(reads(who, number, Arc::clone(&stop)))
    });
    let readers: Vec<_> = readers.collect();
    let mut written = Vec::new();
    for round in 0..2 {
        sleep(Duration::from_millis(500)).await;
        if round == 0 {
            wire.cut();
        } else {
            // PostgreSQL says farewell to each of them.
            wire.refuse();
            TestDatabase::execute(app.database_url(), END_ALL).await;
        }
        sleep(Duration::from_millis(1500)).await;
        app.anonymous().get("/readyz").await.refused(503, "unavailable");
        wire.mend();
        let mended = Instant::now();
        while app.anonymous().get("/readyz").await.status != 200 {
            assert!(mended.elapsed() < Duration::from_secs(2), "it does not come back");
        }
        ana.get("/v1/organizations?limit=50").await.expect(200);
        let name = format!("Society after round {round}");
        proposes_until_there(&ana, &name).await;
        assert!(mended.elapsed() < Duration::from_secs(4), "writes came back after {:?}", mended.elapsed());
        written.push(name);
    }
    sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        let (names, turned_away) = writer.await.unwrap();
        assert!(names.len() > 2 && turned_away > 0, "{} written, {turned_away} times turned away", names.len());
        written.extend(names);
    }
    for reader in readers {
        let (served, turned_away) = reader.await.unwrap();
        assert!(served > 2 && turned_away > 0, "{served} times served, {turned_away} times turned away");
    }
    let there = ana.all("/v1/organizations?status=proposed&limit=100").await;
    let mut there: Vec<&str> = there.iter().map(|one| one["name"].as_str().unwrap()).collect();
    there.sort_unstable();
    written.sort_unstable();
    assert_eq!(there, written);
}

#[actix_web::test]
async fn postgres_that_says_nothing_keeps_nobody_waiting() {
    let Some((wire, app)) = Wire::to_postgres(|config| config.limits.answer_seconds = 3).await else { return };
    let ana = app.therapist("ana").await;
    let proposal = |number: usize| json!({"name": format!("Society {number}"), "kind": "online_community"});
    ana.post("/v1/organizations", proposal(0)).await.expect(201);
    wire.hold(true);
    for number in 1..=4 {
        let asked = Instant::now();
        is_away(app.anonymous().get("/v1/organizations?limit=7").await, asked);
        let asked = Instant::now();
        is_away(ana.post("/v1/organizations", proposal(number)).await, asked);
        assert_eq!(app.anonymous().get("/livez").await.status, 200);
    }
    wire.hold(false);
    let mended = Instant::now();
    while app.anonymous().get("/v1/organizations?limit=7").await.status != 200 {
        assert!(mended.elapsed() < Duration::from_secs(2), "it does not come back");
    }
    while ana.post("/v1/organizations", proposal(5)).await.status != 201 {
        assert!(mended.elapsed() < Duration::from_secs(4), "writes do not come back");
    }
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 2, "what was answered 503 took effect");
}

#[actix_web::test]
async fn a_write_that_cannot_have_its_lock_is_turned_away_and_reads_go_on() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let held = hold_writes(app.database_url()).await;
    let asked = Instant::now();
    let mut writers = Vec::new();
    for number in 0..10 {
        let client = ana.client.clone();
        let body = json!({"name": format!("Society {number}"), "kind": "online_community"});
        writers.push(actix_web::rt::spawn(async move { client.post("/v1/organizations", body).await }));
    }
    for _ in 0..10 {
        let asked = Instant::now();
        ana.get("/v1/organizations").await.expect(200);
        app.anonymous().get("/readyz").await.expect(200);
        assert!(asked.elapsed() < Duration::from_secs(1), "a read waited {:?}", asked.elapsed());
    }
    for writer in writers {
        is_away(writer.await.unwrap(), asked);
    }
    held.rollback().await.unwrap();
    ana.post("/v1/organizations", json!({"name": "Society", "kind": "online_community"})).await.expect(201);
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 1, "what was answered 503 took effect");
}
