//! What was acknowledged stays, whatever happens to the process: killed under load, copied under load, keys changed.

use std::{
    collections::HashMap,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Installation, PASSWORD, Running, TestApp, TestDatabase, hold_writes};

async fn sign_in(server: &Running, name: &str) -> String {
    let email = format!("{name}@example.org");
    let account = json!({"email": email, "password": PASSWORD, "display_name": name});
    server.anonymous().post("/v1/accounts", account).await.expect(201);
    let session = json!({"email": email, "password": PASSWORD});
    let session = server.anonymous().post("/v1/sessions", session).await.expect(201);
    session["access_token"].as_str().unwrap().to_owned()
}

/// Posts without end, each request with a key of its own, and tells what was acknowledged and what was not.
struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<(Vec<Value>, Option<usize>)>>,
}

/// The request that a number stands for.
fn numbered(client: &reqwest::Client, base: &str, token: &str, number: usize) -> reqwest::RequestBuilder {
    let request = client.request(Method::POST, format!("{base}/v1/organizations")).bearer_auth(token);
    let body = json!({"name": format!("Society {number}"), "kind": "online_community"});
    request.header("idempotency-key", format!("key-{number}")).json(&body)
}

impl Load {
    fn on(server: &Running, token: &str, numbers: &Arc<AtomicUsize>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = || {
            let (base, token, stop, numbers) =
                (server.base.clone(), token.to_owned(), Arc::clone(&stop), Arc::clone(numbers));
            actix_web::rt::spawn(async move {
                let client = reqwest::Client::new();
                let mut acknowledged = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let number = numbers.fetch_add(1, Ordering::SeqCst);
                    let Ok(answer) = numbered(&client, &base, &token, number).send().await else {
                        return (acknowledged, Some(number));
                    };
                    let status = answer.status();
                    let Ok(body) = answer.bytes().await else { return (acknowledged, Some(number)) };
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
                    acknowledged.push(serde_json::from_slice(&body).unwrap());
                }
                (acknowledged, None)
            })
        };
        Self { writers: (0..4).map(|_| writer()).collect(), stop }
    }

    /// What was acknowledged, and the numbers of the requests that never heard back.
    async fn end(self) -> (Vec<Value>, Vec<usize>) {
        self.stop.store(true, Ordering::SeqCst);
        let (mut acknowledged, mut unheard) = (Vec::new(), Vec::new());
        for writer in self.writers {
            let (heard, lost) = writer.await.unwrap();
            acknowledged.extend(heard);
            unheard.extend(lost);
        }
        (acknowledged, unheard)
    }
}

#[actix_web::test]
async fn killed_under_load_it_loses_nothing_and_keeps_nothing_half() {
    /// As many as the promise says: each ends at another moment of a write, of a checkpoint or of a start.
    const ROUNDS: usize = 100;
    /// How many requests are under way before a kill: more than there are writers, so that some were answered.
    const BEFORE: usize = 12;
    let place = Installation::new().await;
    let numbers = Arc::new(AtomicUsize::new(0));
    let mut server = place.start().await;
    let token = sign_in(&server, "ana").await;
    let mut all: Vec<Value> = Vec::new();
    for round in 0..ROUNDS {
        let load = Load::on(&server, &token, &numbers);
        let enough = numbers.load(Ordering::SeqCst) + BEFORE;
        while numbers.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(7 * (round as u64 % 13))).await;
        server.kill();
        let (acknowledged, unheard) = load.end().await;
        assert!(!acknowledged.is_empty(), "round {round} wrote nothing");
        all.extend(acknowledged);
        server = place.start().await;
        // Whoever never heard back asks again with the same key.
        for number in unheard {
            let again = numbered(&reqwest::Client::new(), &server.base, &token, number).send().await.unwrap();
            assert_eq!(again.status(), 201);
            all.push(again.json().await.unwrap());
        }
    }
    let there = server.with_token(&token).all("/v1/organizations?status=proposed&limit=100").await;
    let found: HashMap<&str, &Value> = there.iter().map(|one| (one["id"].as_str().unwrap(), one)).collect();
    for one in &all {
        assert_eq!(found.get(one["id"].as_str().unwrap()), Some(&one), "acknowledged and lost");
    }
    assert_eq!(there.len(), all.len(), "a request took effect twice");
    let url = place.database_url();
    let without_trail = "SELECT COUNT(*) FROM organization WHERE proposed_by IS NOT NULL \
                         AND id NOT IN (SELECT subject_id FROM audit_event)";
    assert_eq!(TestDatabase::count(&url, without_trail).await, 0, "half a write");
    let kept = "SELECT COUNT(*) FROM idempotency_record";
    assert_eq!(TestDatabase::count(&url, kept).await, i64::try_from(all.len()).unwrap());
}

#[actix_web::test]
async fn a_copy_made_under_load_has_all_that_was_acknowledged_before() {
    let place = Installation::new().await;
    let mut server = place.start().await;
    let token = sign_in(&server, "ana").await;
    let numbers = Arc::new(AtomicUsize::new(0));
    let (before, _) = {
        let load = Load::on(&server, &token, &numbers);
        tokio::time::sleep(Duration::from_millis(300)).await;
        load.end().await
    };
    if place.database_url().starts_with("postgres") {
        let (code, words) = place.fails(&["backup", "copy.db"]);
        assert!(code == 1 && words.contains("pg_dump"), "{code} {words}");
        return;
    }
    let load = Load::on(&server, &token, &numbers);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let printed = place.prints(&["backup", "copy.db"]);
    assert!(printed.contains("copy.db") && printed.contains("data/master.key"), "{printed}");
    let (during, unheard) = load.end().await;
    assert!(!during.is_empty() && unheard.is_empty(), "the copy held up the service");
    let copy = place.folder().join("copy.db");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let (code, words) = place.fails(&["backup", "copy.db"]);
    assert!(code == 1 && words.contains("copy.db"), "an older copy is overwritten: {words}");
    server.terminate();
    assert_eq!(server.exit_code().await, Some(0));

    let restored = Installation::bare().await.with("DATABASE_URL", &format!("sqlite://{}", copy.display()));
    let key = place.data("master.key").display().to_string();
    let restored = restored.with("SUPPORT_NETWORK_MASTER_KEY_FILE", &key);
    let server = restored.start().await;
    let client = server.with_token(&token);
    let there = client.all("/v1/organizations?status=proposed&limit=100").await;
    for one in &before {
        assert!(there.contains(one), "not in the copy: {one}");
    }
    assert!(there.len() <= before.len() + during.len());
    let found = client.all("/v1/organizations?status=proposed&q=society&limit=100").await;
    assert_eq!(found.len(), there.len(), "the full-text index of the copy is not whole");
    client.post("/v1/organizations", json!({"name": "After", "kind": "online_community"})).await.expect(201);
}

/// The key that an access token names.
fn key_of(token: &str) -> String {
    let header = jsonwebtoken::decode_header(token).unwrap();
    header.kid.unwrap()
}

#[actix_web::test]
async fn keys_take_turns_without_a_restart() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let place = Installation::bare().await.with("DATABASE_URL", app.database_url());
    let place = Arc::new(place.with("SUPPORT_NETWORK_DATA_DIR", &app.state.config.data_dir.display().to_string()));
    // The jobs of this server run on this thread, and one may be in the middle of a write.
    let rotates = async || {
        let place = Arc::clone(&place);
        actix_web::rt::task::spawn_blocking(move || place.prints(&["rotate-keys"])).await.unwrap()
    };
    let licence = json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567"});
    ana.put("/v1/me/profile", json!({"licences": [licence]})).await.expect(201);
    let society = json!({"name": "Society of Listeners", "kind": "online_community"});
    let propose = || ana.request(Method::POST, "/v1/organizations").header("idempotency-key", "one").json(&society);
    let proposed = propose().send().await.expect(201);
    let key_file = app.state.config.master_key_file();
    let first = std::fs::read_to_string(&key_file).unwrap();
    let printed = rotates().await;
    assert!(printed.contains("back it up"), "{printed}");
    let held = std::fs::read_to_string(&key_file).unwrap();
    assert!(held.ends_with(&first) && held.lines().count() == 2, "the previous key is not kept below the new one");
    app.state.access_tokens.reload(&app.state.db, &app.state.master_key, app.clock.now()).await.unwrap();
    ana.get("/v1/me").await.expect(200);
    app.state.master_key.read_again().unwrap();
    assert_eq!(propose().send().await.expect(201), proposed, "a retry after the rotation took effect again");
    let again = app.sign_in(&ana.id, &ana.email).await;
    again.get("/v1/me").await.expect(200);
    let (old, new) = (key_of(ana.token.as_ref().unwrap()), key_of(again.token.as_ref().unwrap()));
    assert_ne!(old, new);
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let published: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(published.len(), 3, "the previous, the current and the next");
    assert!(published.contains(&old.as_str()) && published.contains(&new.as_str()));

    // Nothing needs the first key any more: this server has read the file again, and others can do without.
    let number = |export: &Value| export["licences"][0]["number"].clone();
    assert_eq!(number(&ana.get("/v1/me/export").await.expect(200)), "LMFT-1234567");
    rotates().await;
    assert!(!std::fs::read_to_string(&key_file).unwrap().contains(first.trim()), "a key is kept for ever");
    let another = app.another_instance().await;
    let token = ana.token.as_ref().unwrap();
    assert_eq!(number(&another.with_token(token).get("/v1/me/export").await.expect(200)), "LMFT-1234567");
}

#[actix_web::test]
async fn keys_wait_for_their_turn_where_others_write() {
    let app = TestApp::spawn().await;
    let place = Installation::bare().await.with("DATABASE_URL", app.database_url());
    let place = place.with("SUPPORT_NETWORK_DATA_DIR", &app.state.config.data_dir.display().to_string());
    let held = hold_writes(app.database_url()).await;
    let release = actix_web::rt::spawn(async move {
        // Longer than a request would wait.
        tokio::time::sleep(Duration::from_secs(4)).await;
        held.rollback().await.unwrap();
    });
    let printed = actix_web::rt::task::spawn_blocking(move || place.prints(&["rotate-keys"])).await.unwrap();
    assert!(printed.contains("back it up"), "{printed}");
    release.await.unwrap();
    let held = std::fs::read_to_string(app.state.config.master_key_file()).unwrap();
    assert_eq!(held.lines().count(), 2, "each attempt made a key");
}
