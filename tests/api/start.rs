//! The binary as an operator runs it: first start, refusals, signals, and the commands beside the server.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Installation, Running, TestDatabase};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

#[actix_web::test]
async fn it_starts_with_nothing_and_says_where_to_look() {
    let place = Installation::bare().await;
    let mut server = place.start().await;
    server.anonymous().get("/readyz").await.expect(200);
    assert!(server.lines().iter().any(|line| line.ends_with(&format!("http://{}/docs/", server.address))));
    assert_eq!(mode(&place.folder().join("data")), 0o700);
    let mut found: Vec<_> =
        std::fs::read_dir(place.folder().join("data")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    let of_database = ["", "-lock", "-shm", "-wal"].map(|end| format!("support-network.db{end}"));
    assert_eq!((names[0], &names[1..]), ("master.key", &of_database.each_ref().map(String::as_str)[..]));
    assert!(found.iter().all(|path| mode(path) == 0o600), "{found:?}");
    server.terminate();
    assert_eq!(server.exit_code().await, Some(0));
    let database = place.data("support-network.db");
    assert!(database.metadata().unwrap().len() > 100_000 && !database.with_extension("db-wal").exists());

    let again = place.start().await;
    assert!(!again.lines().iter().any(|line| line.contains("made a master key")), "a second key was made");
}

#[actix_web::test]
async fn a_request_in_flight_is_finished_after_sigterm_and_new_ones_are_refused() {
    let place = Installation::new().await;
    let mut server = place.start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    // An answer shows that the connection has reached a worker.
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    let head =
        "POST /v1/nothing HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.terminate();
    let mut refused = false;
    for _ in 0..80 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        refused = tokio::net::TcpStream::connect(server.address).await.is_err();
        if refused {
            break;
        }
    }
    assert!(refused, "it still takes connections");
    stream.write_all(b"}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("not_found"), "{answer}");
    assert_eq!(server.exit_code().await, Some(0));
}

#[actix_web::test]
async fn connections_that_do_nothing_do_not_hold_up_the_end() {
    let place = Installation::new().await;
    let mut server = place.start().await;
    let mut idle = Vec::new();
    for number in 0..20 {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let request: &[u8] = if number % 2 == 0 { b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n" } else { b"GET /li" };
        stream.write_all(request).await.unwrap();
        idle.push(stream);
    }
    server.anonymous().get("/livez").await.expect(200);
    let told = std::time::Instant::now();
    server.terminate();
    assert_eq!(server.exit_code().await, Some(0));
    assert!(told.elapsed() < Duration::from_secs(12), "it took {:?}", told.elapsed());
}

#[actix_web::test]
async fn a_setting_that_is_wrong_is_named_and_nothing_starts() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let place = Installation::bare().await;
    std::fs::write(place.folder().join("unknown.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    std::fs::write(place.folder().join("broken.toml"), "listen = \n").unwrap();
    std::fs::write(place.folder().join("flat.toml"), "database = \"postgres://u:planted@a/b\"\n").unwrap();
    std::fs::write(place.folder().join("kind.toml"), "workers = true\n").unwrap();
    std::fs::write(place.folder().join("file"), "").unwrap();
    std::fs::write(place.folder().join("no.key"), "c2hvcnQ=").unwrap();
    for (arguments, variable, value, named) in [
        (&[][..], "SUPPORT_NETWORK_LISTEN", "nowhere", "listen: "),
        (&[], "SUPPORT_NETWORK_LISTEN", taken.as_str(), "listen: "),
        (&[], "SUPPORT_NETWORK_METRICS__LISTEN", taken.as_str(), "metrics.listen: "),
        (&[], "SUPPORT_NETWORK_LISEN", "127.0.0.1:1", "SUPPORT_NETWORK_LISEN: "),
        (&[], "SUPPORT_NETWORK_PUBLIC_URL", "ftp://example.org", "public_url: "),
        (&[], "DATABASE_URL", "mysql://u:planted@127.0.0.1/x", "database_url: "),
        (&[], "DATABASE_URL", "postgres://u:planted@127.0.0.1:1/x", "database_url: cannot connect"),
        (&[], "DATABASE_URL", "postgres://u:plan ted@[/x", "database_url: "),
        (&[], "DATABASE_URL", "sqlite:///nowhere/at/all.db?mode=rwc", "database_url: cannot connect"),
        (&[], "SUPPORT_NETWORK_DATA_DIR", "file/data", "data_dir: "),
        (&[], "SUPPORT_NETWORK_MASTER_KEY_FILE", "no.key", "master_key_file: no.key: "),
        (&["--config", "missing.toml"], "LANG", "C", "missing.toml"),
        (&["--config", "unknown.toml"], "LANG", "C", "lisen"),
        (&["--config", "broken.toml"], "LANG", "C", "broken.toml"),
        (&["--config", "flat.toml"], "LANG", "C", "database: must be a section, [database], with settings in it"),
        (&["--listen", "nowhere"], "LANG", "C", "listen: "),
        (&[], "SUPPORT_NETWORK_CORS__ORIGINS", "https://a.example/path", "cors.origins: "),
        (&[], "SUPPORT_NETWORK_LOG__LEVEL", "loud", "log.level: "),
        (&[], "SUPPORT_NETWORK_LOG__LEVEL", "info,sqlx=loud", "log.level: "),
        (&[], "SUPPORT_NETWORK_LIMITS__REGISTRATIONS_PER_HOUR", "0", "limits.registrations_per_hour: "),
        (&[], "SUPPORT_NETWORK_LIMITS__LOGIN_FAILURES", "0", "limits.login_failures: "),
        (&[], "SUPPORT_NETWORK_MAIL__LINK_BASE", "ftp://a.example", "mail.link_base: "),
        (&["--config", "kind.toml"], "LANG", "C", "workers: must be a whole number, 0 to 512; it comes from kind.toml"),
        (&[], "SUPPORT_NETWORK_WORKERS", "513", "workers: must be at most 512; it comes from environment"),
        (&[], "SUPPORT_NETWORK_WORKERS", "many", "workers: must be a whole number"),
        (&[], "SUPPORT_NETWORK_LISTEN", "localhost:8080", "listen: must be an IP address and a port"),
        (&[], "SUPPORT_NETWORK_LISTEN", taken.as_str(), &format!("listen: {taken}: ")),
        (&[], "SUPPORT_NETWORK_ACCOUNTS__REGISTRATION", "planted", "must be open, invitation or closed; it comes from"),
        (
            &[],
            "SUPPORT_NETWORK_TRUSTED_PROXIES",
            "10.0.0.1,10.0.0.0/8",
            "trusted_proxies: must be a list of IP addresses",
        ),
        (&[], "SUPPORT_NETWORK_SUPPORT_LINES_FILE", "no.key", "support_lines_file: no.key: "),
        (&[], "DATABASE_URL", "postgres://u@127.0.0.1:1/x", "refused"),
    ] {
        let mut command = place.command(arguments);
        let output = command.env(variable, value).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {variable}={value}: {words}");
        assert!(words.contains(named), "{arguments:?} {variable}={value}: {words}");
        assert!(!words.contains("plan"), "a password is printed: {words}");
    }
}

#[actix_web::test]
async fn a_database_of_a_newer_release_is_refused() {
    let place = Installation::new().await;
    if place.database_url().starts_with("postgres") {
        assert!(place.prints(&["migrate", "status"]).contains(": pending"));
        let (code, words) = place.fails(&["rotate-keys"]);
        assert!(code == 1 && words.contains("run migrate up"), "{words}");
    }
    let up = place.prints(&["migrate", "up"]);
    assert!(!up.contains("pending") && up.contains("m0001_ground_floor: applied"), "{up}");
    assert_eq!(place.prints(&["migrate", "status"]), up);
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_from_the_future', 1)";
    TestDatabase::execute(&place.database_url(), newer).await;
    let (code, words) = place.fails(&[]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("m9999_from_the_future") && words.contains("start one that knows it"), "{words}");
    for command in [&["migrate", "status"][..], &["migrate", "up"], &["rotate-keys"], &["admin", "grant", "a@b.org"]] {
        let (code, words) = place.fails(command);
        assert!(code == 1 && words.contains("m9999_from_the_future"), "{command:?}: {words}");
    }
}

#[actix_web::test]
async fn what_is_done_to_a_database_makes_none() {
    let place = Installation::bare().await;
    for command in
        [&["backup", "copy.db"][..], &["rotate-keys"], &["admin", "grant", "a@b.org"], &["migrate", "status"]]
    {
        let (code, words) = place.fails(command);
        assert!(code == 2 && words.contains("no database at data/support-network.db"), "{command:?}: {words}");
    }
    assert!(!place.data("").exists() && !place.folder().join("copy.db").exists());
}

#[actix_web::test]
async fn the_data_folder_is_its_owners_alone() {
    let place = Installation::new().await;
    let _server = place.start().await;
    for (path, mode) in [("", 0o700), ("master.key", 0o600)] {
        assert_eq!(place.data(path).metadata().unwrap().permissions().mode() & 0o777, mode, "{path}");
    }
}

#[actix_web::test]
async fn what_an_operator_should_see_to_is_in_the_log() {
    let place = Installation::new().await;
    let says = |server: &Running, words: &str| server.lines().iter().any(|line| line.contains(words));
    let mut first = place.start().await;
    let (others_read, is_open) =
        ("others than its owner may read the master key", "another server has this database open");
    assert!(!says(&first, others_read) && !says(&first, is_open), "{:?}", first.lines());
    std::fs::set_permissions(place.data("master.key"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let mut second = place.start().await;
    assert!(says(&second, others_read), "{:?}", second.lines());
    assert_eq!(says(&second, is_open), place.database_url().starts_with("sqlite:"), "{:?}", second.lines());
    second.kill();
    first.kill();
    assert!(!says(&place.start().await, is_open));
}

#[actix_web::test]
async fn the_demo_goes_with_serving() {
    let place = Installation::new().await;
    for command in [&["--demo", "check-config"][..], &["migrate", "up", "--demo"], &["openapi", "--demo"]] {
        let (code, words) = place.fails(command);
        assert!(code == 1 && words.contains("--demo goes with serve alone"), "{command:?}: {words}");
    }
    for (number, words) in ["password: ", "the start that put it in printed its password"].iter().enumerate() {
        let mut server = place.launch_with(&["serve", "--demo"]).ready().await;
        assert!(server.lines().iter().any(|line| line.contains(words)), "start {number}: {:?}", server.lines());
        server.kill();
    }
}

#[actix_web::test]
async fn a_lost_or_foreign_master_key_is_refused() {
    let place = Installation::new().await;
    place.start().await.kill();
    let key = place.data("master.key");
    let own = std::fs::read_to_string(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let (code, words) = place.fails(&[]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("master_key_file: data/master.key: "), "{words}");
    assert!(!key.exists(), "a new key hides that the old one is lost");

    std::fs::write(&key, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").unwrap();
    let (code, words) = place.fails(&[]);
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("master_key_file: ") && words.contains("is not the key of this database"), "{words}");
    assert!(!words.contains("MDEyMzQ1"), "{words}");
    let (code, words) = place.fails(&["rotate-keys"]);
    assert!(code == 1 && words.contains("does not open with this master key"), "{words}");
    assert_eq!(std::fs::read_to_string(&key).unwrap().lines().count(), 1, "a key was added to a foreign file");

    std::fs::write(&key, own).unwrap();
    place.start().await.anonymous().get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn instances_that_start_at_once_make_one_schema() {
    let place = Installation::new().await;
    let launched: Vec<_> = (0..3).map(|_| place.launch()).collect();
    let mut running = Vec::new();
    for one in launched {
        running.push(one.ready().await);
    }
    let mut keys = Vec::new();
    for server in &running {
        server.anonymous().get("/readyz").await.expect(200);
        keys.push(server.anonymous().get("/.well-known/jwks.json").await.expect(200));
    }
    assert!(keys.iter().all(|set| *set == keys[0]), "{keys:?}");
    let url = place.database_url();
    assert_eq!(TestDatabase::count(&url, "SELECT COUNT(*) FROM signing_key").await, 2);
    let twice =
        "SELECT COUNT(*) FROM (SELECT sort_name FROM organization GROUP BY sort_name HAVING COUNT(*) > 1) twice";
    assert_eq!(TestDatabase::count(&url, twice).await, 0);
    assert!(TestDatabase::count(&url, "SELECT COUNT(*) FROM organization").await >= 8);
    for server in &mut running {
        server.terminate();
        assert_eq!(server.exit_code().await, Some(0));
    }
}

#[actix_web::test]
async fn check_config_shows_origins_and_hides_secrets() {
    let place = Installation::bare().await;
    let file =
        "public_url = \"https://example.org\"\n[mail.smtp]\npassword = \"planted1\"\n[limits]\nbody_bytes = 4096\n";
    std::fs::write(place.folder().join("support-network.toml"), file).unwrap();
    let place = place.with("DATABASE_URL", "postgres://somebody:planted2@db.example/x");
    let printed = place.prints(&["check-config", "--data-dir", "elsewhere"]);
    assert!(!printed.contains("planted"), "{printed}");
    for line in [
        "public_url = https://example.org/  (support-network.toml)",
        "limits.body_bytes = 4096  (support-network.toml)",
        "database_url = ******  (environment (DATABASE_URL))",
        "mail.smtp.password = ******  (support-network.toml)",
        "data_dir = elsewhere  (command line)",
        "cors.origins = none  (default)",
        "limits.login_failures = 10  (default)",
        "mail.smtp.encryption = starttls  (default)",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is not in\n{printed}");
    }
    assert!(!place.data("").exists(), "looking at the configuration made something");
}

#[actix_web::test]
async fn health_follows_the_server() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let place = Installation::new().await.with("SUPPORT_NETWORK_LISTEN", &port);
    assert_eq!(place.fails(&["health"]).0, 1);
    let server = place.start().await;
    place.prints(&["health"]);
    assert_eq!(place.prints(&["openapi"]), server.anonymous().get("/openapi.json").await.text);
}
