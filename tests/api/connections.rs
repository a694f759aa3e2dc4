//! What goes over the wire of one connection: many requests, one after another, and what is none.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use support_network::http::openapi::PUBLISHED;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::TestApp;

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// The same with more headers.
fn get_with(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n\r\n")
}

fn head(path: &str) -> String {
    format!("HEAD {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// The first of several answers, as a client takes it that asked with HEAD or not, and what follows it.
#[track_caller]
fn first(answers: &str, is_head: bool) -> (u16, &str, &str, &str) {
    let (head, rest) = answers.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answers:?}"));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3)?.parse().ok());
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let (body, rest) = rest.split_at(if is_head { 0 } else { length.unwrap() });
    (status.unwrap_or_else(|| panic!("no status: {head:?}")), head, body, rest)
}

#[actix_web::test]
async fn each_of_several_requests_at_once_has_its_own_answer() {
    let app = TestApp::spawn().await;
    let wrong = json!({"email": "nobody@example.org", "password": "wrong herons at dusk"}).to_string();
    let wrong = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{wrong}",
        wrong.len()
    );
    let chunked = "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: 1\r\n\r\n";
    let chunked = chunked.to_owned();
    let organizations = "/v1/organizations?limit=3";
    for requests in [
        vec![(head("/readyz"), 200), (get("/readyz"), 200), (head("/readyz"), 200)],
        vec![(get(organizations), 200), (head(organizations), 200), (get("/nothing"), 404)],
        vec![(head(organizations), 200), (get("/readyz"), 200), (get(organizations), 200)],
        vec![(wrong.clone(), 401), (head("/livez"), 200), (wrong, 401), (get(organizations), 200)],
        vec![(chunked.clone(), 422), (head("/readyz"), 200), (chunked, 422), (get("/readyz"), 200)],
        vec![(get("/openapi.json"), 200), (head("/readyz"), 200), (get("/readyz"), 200)],
        vec![("\r\n".to_owned() + &get("/livez"), 200), (get("/livez").replace("\r\n", "\n"), 200)],
        vec![(get("/readyz"), 200); 40],
    ] {
        let whole: String = requests.iter().map(|(request, _)| request.as_str()).collect();
        for step in [whole.len(), 7] {
            let mut connection = app.connection().await;
            let (mut reading, mut writing) = connection.split();
            let send = async {
                for part in whole.as_bytes().chunks(step) {
                    writing.write_all(part).await.unwrap();
                    tokio::task::yield_now().await;
                }
                writing.shutdown().await.unwrap();
            };
            let mut answers = String::new();
            let (_, read) = tokio::join!(send, reading.read_to_string(&mut answers));
            read.unwrap();
            let mut rest = answers.as_str();
            for (request, expected) in &requests {
                let (status, head, body, after) = first(rest, request.starts_with("HEAD"));
                assert_eq!(status, *expected, "{request}: {head}");
                assert!(
                    request.starts_with("HEAD") || body.starts_with('{') && body.trim_end().ends_with('}'),
                    "{request}: {body}"
                );
                rest = after;
            }
            assert_eq!(rest, "", "more answers than requests");
        }
    }
}

#[actix_web::test]
async fn after_the_last_request_of_a_connection_none_is_answered() {
    let app = TestApp::spawn().await;
    let answers = app.raw(get_with("/readyz", "Connection: close") + &get("/livez")).await;
    let (status, head, _, rest) = first(&answers, false);
    assert_eq!((status, rest), (200, ""), "{answers}");
    assert!(head.contains("\r\nconnection: close"), "{head}");
    let old = app.raw("GET /openapi.json HTTP/1.0\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n") && old.ends_with(PUBLISHED), "HTTP/1.0 has no chunks");
    let broken = "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n";
    let answer = app.raw(broken).await;
    let (status, head, body, _) = first(&answer, false);
    assert!(status == 400 && head.contains("\r\nconnection: close") && body.contains("bad_request"), "{answer}");
}

/// The answer to what is no request: as any other problem, and the last on its connection.
#[track_caller]
fn is_refused(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("{answer} has no {name}"))
    };
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert_eq!(header("content-type"), "application/problem+json");
    assert_eq!(header("content-length"), body.len().to_string());
    assert_eq!(header("connection"), "close");
    assert!(header("date").ends_with(" GMT") && header("content-security-policy").contains("default-src"), "{head}");
    assert!(header("ratelimit").starts_with("\"default\";r="), "{head}");
    assert!(header("ratelimit-policy").starts_with("\"default\";q="), "{head}");
    for name in ["x-content-type-options", "referrer-policy", "cache-control", "vary"] {
        header(name);
    }
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
    assert_eq!(problem["type"], format!("/problems/{code}"));
    assert_eq!(problem["instance"], format!("urn:uuid:{}", header("x-request-id")));
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{body}");
}

#[actix_web::test]
async fn what_is_not_http_is_refused_and_the_connection_closed() {
    let app = TestApp::spawn().await;
    let with = |rest: &str| format!("GET /livez HTTP/1.1\r\nHost: test\r\n{rest}\r\n");
    let post = |rest: &str| format!("POST /livez HTTP/1.1\r\nHost: test\r\n{rest}");
    let many: String = (0..100).map(|number| format!("X-{number}: y\r\n")).collect();
    for (bytes, status, code) in [
        ("RUBBISH\r\n\r\n".to_owned(), 400, "bad_request"),
        ("GET /livez HTTP/9.9\r\nHost: test\r\n\r\n".to_owned(), 400, "bad_request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400, "bad_request"),
        ("GET /livez HTTP/1.0\r\nHost: test\r\nX\0: y\r\n\r\n".to_owned(), 400, "bad_request"),
        ("GET /livez HTTP/1.1\r\n\r\n".to_owned(), 400, "bad_request"),
        ("\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03\r\n\r\n".to_owned(), 400, "bad_request"),
        (with("X\0: y\r\n"), 400, "bad_request"),
        (with("X: y\x0bz\r\n"), 400, "bad_request"),
        (post("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400, "bad_request"),
        (post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, "bad_request"),
        (post("Content-Length: -1\r\n\r\n"), 400, "bad_request"),
        (format!("GET /{} HTTP/1.1\r\nHost: test\r\n\r\n", "a".repeat(70_000)), 400, "bad_request"),
        (with(&many), 431, "header_fields_too_large"),
        (with(&format!("X-Long: {}\r\n", "a".repeat(200_000))), 431, "header_fields_too_large"),
        (with(&format!("X-Long: {}\r\n", "a".repeat(4_000_000))), 431, "header_fields_too_large"),
    ] {
        let started = std::time::Instant::now();
        is_refused(&app.raw(&bytes).await, status, code);
        assert!(started.elapsed().as_secs() < 3, "the connection stayed open");
    }
    // Whoever goes on sending for a moment is heard out, so that the answer is not taken back.
    let mut talking = app.connection().await;
    for _ in 0..6 {
        talking.write_all(b"RUBBISH\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    talking.shutdown().await.unwrap();
    let mut answer = String::new();
    talking.read_to_string(&mut answer).await.unwrap();
    is_refused(&answer, 400, "bad_request");
    let one_after_another = app.raw(get("/livez") + "RUBBISH\r\n\r\n").await;
    let (first, second) = one_after_another.rsplit_once("HTTP/1.1 ").unwrap();
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n") && first.ends_with('}'), "{first}");
    is_refused(&format!("HTTP/1.1 {second}"), 400, "bad_request");
    app.anonymous().get("/livez").await.expect(200);
}

#[actix_web::test]
async fn nobody_takes_forever_to_send_a_head_or_to_read_an_answer() {
    let app = TestApp::spawn().await;
    let first_head = async {
        let mut slow = app.connection().await;
        slow.write_all(b"GET /livez HTTP/1.1\r\nHost: te").await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        is_refused(&answer, 408, "request_timeout");
    };
    let later_head = async {
        let mut slow = app.connection().await;
        slow.write_all((get("/livez") + "GET /livez HTTP/1.1\r\nHos").as_bytes()).await.unwrap();
        let mut answers = String::new();
        slow.read_to_string(&mut answers).await.unwrap();
        let (first, second) = answers.rsplit_once("HTTP/1.1 ").unwrap();
        assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
        is_refused(&format!("HTTP/1.1 {second}"), 408, "request_timeout");
    };
    let reading_nothing = async {
        let mut deaf = app.connection().await;
        deaf.write_all(get("/openapi.json").repeat(10).as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(35)).await;
        let mut heard = Vec::new();
        deaf.read_to_end(&mut heard).await.ok();
        assert!(heard.len() < 10 * PUBLISHED.len(), "it waited for whoever does not read");
    };
    tokio::join!(first_head, later_head, reading_nothing);
}

/// A server that keeps a connection for two seconds on which nothing comes.
async fn in_a_hurry() -> TestApp {
    TestApp::spawn_with(|config| config.limits.keep_alive_seconds = 2).await
}

/// Once, and not twice.
fn is_after_two_seconds(took: Duration) -> bool {
    took > Duration::from_millis(1_800) && took < Duration::from_millis(3_900)
}

/// What comes until the server closes, and how long that takes.
async fn to_the_end(connection: &mut TcpStream) -> (String, Duration) {
    let (started, mut answer) = (Instant::now(), Vec::new());
    connection.read_to_end(&mut answer).await.unwrap();
    (String::from_utf8_lossy(&answer).into_owned(), started.elapsed())
}

#[actix_web::test]
async fn a_connection_on_which_nothing_comes_is_closed() {
    let app = in_a_hurry().await;
    let organizations = get("/v1/organizations?limit=3");
    let cases = [
        (String::new(), 0),
        ("\r\n\r\n".into(), 0),
        (get("/livez"), 1),
        (get("/livez") + "\r\n", 1),
        (head("/openapi.json"), 1),
        (organizations.clone(), 1),
        (get("/livez") + &organizations + &get("/livez"), 3),
    ];
    let are_closed = cases.map(async |(begun, answered)| {
        let mut idle = app.connection().await;
        idle.write_all(begun.as_bytes()).await.unwrap();
        let (answers, after) = to_the_end(&mut idle).await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), answered, "{answers}");
        assert!(is_after_two_seconds(after), "{begun:?}: {after:?}");
    });
    join_all(are_closed).await;
    // It is idle from the answer on, however long the request took.
    let mut slow = app.connection().await;
    let head =
        "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    slow.write_all(b"}").await.unwrap();
    let (answer, after) = to_the_end(&mut slow).await;
    assert_eq!(first(&answer, false).0, 422);
    assert!(is_after_two_seconds(after), "{after:?}");
    // Empty lines are nothing, however many come.
    let mut dripping = app.connection().await;
    let mut sent = 0;
    while dripping.write_all(b"\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sent += 1;
        assert!(sent < 50, "it is kept for empty lines");
    }
}

#[actix_web::test]
async fn a_connection_is_kept_while_a_head_comes_or_an_answer_is_taken() {
    let app = in_a_hurry().await;
    let document = get_with("/openapi.json", "Accept-Encoding: gzip");
    for before in [String::new(), get("/livez"), document] {
        let mut slow = app.connection().await;
        slow.write_all((before.clone() + "GET /livez HTTP/1.1\r\nHost: ").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        slow.write_all(b"test\r\nConnection: close\r\n\r\n").await.unwrap();
        let answers = to_the_end(&mut slow).await.0;
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1 + before.matches("Host").count());
    }
    let mut deaf = app.connection().await;
    let page = "/v1/organizations?limit=20";
    let pages = get(page).repeat(600) + &get_with(page, "Connection: close");
    deaf.write_all(pages.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(to_the_end(&mut deaf).await.0.matches("HTTP/1.1 200 OK").count(), 601);
}

#[actix_web::test]
async fn the_rest_of_a_body_that_nobody_reads_is_not_waited_for_without_end() {
    let app = TestApp::spawn().await;
    let json = "Content-Type: application/json\r\n";
    for (head, begun, status) in [
        ("GET /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n".to_owned(), "", 200),
        ("GET /livez HTTP/1.1\r\nTransfer-Encoding: chunked\r\n".to_owned(), "5\r\n", 200),
        (format!("POST /v1/sessions HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Encoding: x\r\n{json}"), "", 415),
        ("GET /livez HTTP/1.1\r\nContent-Length: 9\r\n".to_owned(), "5", 200),
    ] {
        let mut connection = app.connection().await;
        connection.write_all(format!("{head}Host: test\r\n\r\n{begun}").as_bytes()).await.unwrap();
        let (answer, after) = to_the_end(&mut connection).await;
        assert_eq!(first(&answer, false).0, status);
        assert!(after < Duration::from_secs(7), "{head}: {after:?}");
    }
}

#[actix_web::test]
async fn a_trailer_ends_where_its_reader_says() {
    let app = TestApp::spawn().await;
    let head = "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n";
    for (trailer, swallowed) in [("\r\n", 0), ("X: y\r\n\r\n", 0), ("\n", 1), ("X: y\n\r\n", 1)] {
        let started = Instant::now();
        let closing = get_with("/readyz", "Connection: close");
        let mut connection = app.connection().await;
        let whole = format!("{head}{trailer}{}{}{closing}", get("/livez"), get("/livez"));
        connection.write_all(whole.as_bytes()).await.unwrap();
        let answers = to_the_end(&mut connection).await.0;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 4 - swallowed, "{trailer:?}: {answers}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[actix_web::test]
async fn who_asks_for_another_protocol_is_answered_in_this_one_for_the_last_time() {
    let app = TestApp::spawn().await;
    let upgrade = get_with("/livez", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c");
    let answers = app.raw(upgrade + &get("/livez")).await;
    let (status, head, _, rest) = first(&answers, false);
    assert_eq!((status, rest), (200, ""));
    assert!(head.contains("\r\nconnection: close") && !head.contains("upgrade"), "{head}");
}

#[actix_web::test]
async fn what_was_answered_before_a_stop_arrives_though_more_was_asked() {
    let app = TestApp::spawn().await;
    let mut asking = app.connection().await;
    asking.write_all((get("/openapi.json") + &get("/livez").repeat(3000)).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopped = async { timeout(Duration::from_secs(20), app.stop()).await };
    let heard = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut answers = Vec::new();
        asking.read_to_end(&mut answers).await.ok();
        String::from_utf8_lossy(&answers).into_owned()
    };
    let (answers, stopped) = tokio::join!(heard, stopped);
    let (status, _, body, _) = first(&answers, false);
    assert_eq!((status, body.len()), (200, PUBLISHED.len()));
    assert!(stopped.is_ok(), "it does not stop");
}
