//! What stands outside `/v1`: health, metrics, keys, the document, the front page.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::{Client, TestApp};

#[actix_web::test]
async fn the_service_says_that_it_runs_and_that_it_is_ready() {
    let app = TestApp::spawn().await;
    assert_eq!(app.anonymous().get("/livez").await.expect(200)["status"], "ok");
    assert_eq!(app.anonymous().get("/readyz").await.expect(200)["status"], "ok");
}

#[actix_web::test]
async fn the_front_page_leads_to_everything_else() {
    let app = TestApp::spawn().await;
    let links = app.anonymous().get("/").await.expect(200)["links"].as_array().unwrap().clone();
    let browser = app.anonymous().request(Method::GET, "/").header("accept", "text/html,*/*;q=0.8").send().await;
    assert_eq!(browser.header("content-type"), Some("text/html; charset=utf-8"));
    for link in links {
        let href = link["href"].as_str().unwrap();
        assert!(browser.text.contains(&format!("href=\"{href}\"")), "{href} is not on the page");
    }
    assert!(browser.text.contains("/site.css"));
    assert!(!browser.text.contains("<script") && !browser.text.contains("style="), "its policy forbids both");
}

#[actix_web::test]
async fn the_reader_of_the_document_loads_from_here_alone() {
    let app = TestApp::spawn().await;
    let redirect = app.anonymous().get("/docs").await;
    assert_eq!((redirect.status, redirect.header("location")), (307, Some("/docs/")));
    let page = app.anonymous().get("/docs/").await;
    assert_eq!(page.status, 200);
    let parts = page.text.split('"').filter(|part| part.ends_with(".js") || part.ends_with(".css"));
    let parts: BTreeSet<_> = parts.map(|part| format!("/docs/{}", part.trim_start_matches("./"))).collect();
    assert!(parts.len() >= 3, "{parts:?}");
    for part in parts {
        assert_eq!(app.anonymous().get(&part).await.status, 200, "{part}");
    }
    assert!(app.anonymous().get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
}

#[actix_web::test]
async fn the_document_is_fetched_once_and_revalidated() {
    let app = TestApp::spawn().await;
    let answer = app.anonymous().get("/openapi.json").await;
    assert_eq!(answer.json["openapi"], "3.1.0");
    let etag = answer.etag();
    for held in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".into()] {
        let request = app.anonymous().request(Method::GET, "/openapi.json").header("if-none-match", &held);
        let again = request.send().await;
        assert_eq!((again.status, again.text.as_str(), again.etag()), (304, "", etag.clone()), "{held}");
    }
    for held in ["\"other\"", "rubbish", "\"\"", etag.trim_matches('"')] {
        let request = app.anonymous().request(Method::GET, "/openapi.json").header("if-none-match", held);
        assert_eq!(request.send().await.status, 200, "{held}");
    }
}

#[actix_web::test]
async fn the_keys_that_are_published_are_public_keys() {
    let app = TestApp::spawn().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "the one that signs and the next");
    for key in keys {
        assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&"EC".into(), &"P-256".into(), &"sig".into()));
        assert!(key.get("d").is_none(), "a private key is published");
    }
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
}

/// The samples of `/metrics` whose text contains `part`.
async fn samples(client: &Client, part: &str) -> Vec<String> {
    let metrics = client.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4"));
    metrics.text.lines().filter(|line| line.contains(part)).map(String::from).collect()
}

#[actix_web::test]
async fn metrics_count_by_route_and_never_by_what_the_client_made_up() {
    let app = TestApp::spawn().await;
    let somebody = app.anonymous();
    somebody.get("/problems/planted_code").await.refused(404, "not_found");
    somebody.get("/planted/path?planted=query").await.refused(404, "not_found");
    somebody.request(Method::from_bytes(b"PLANTED").unwrap(), "/livez").send().await.refused(405, "method_not_allowed");
    let planted = samples(&somebody, "lanted").await;
    assert!(planted.is_empty(), "{planted:?}");
    let unmatched = samples(&somebody, "PLANTED").await;
    assert!(unmatched.is_empty(), "{unmatched:?}");
    for labels in [
        r#"{method="GET",route="/problems/{code}",status="404""#,
        r#"{method="GET",route="unmatched",status="404""#,
        r#"{method="OTHER",route="/livez",status="405""#,
    ] {
        let buckets = samples(&somebody, &format!("http_request_duration_seconds_bucket{labels}")).await;
        assert!(buckets.len() > 10, "{labels}: {buckets:?}");
    }
    somebody.get("/v1/organizations").await.expect(200);
    assert!(app.statements().await > 0);
}

#[actix_web::test]
async fn metrics_may_have_a_listener_of_their_own() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let app = TestApp::spawn_with(|config| config.metrics.listen = Some(port)).await;
    app.anonymous().get("/metrics").await.refused(404, "not_found");
    let watcher = Client::new(&format!("http://{port}"), None);
    assert!(!samples(&watcher, "http_request_duration_seconds_count").await.is_empty());
    for path in ["/", "/v1", "/docs/", "/openapi.json"] {
        watcher.get(path).await.refused(404, "not_found");
    }
    for (client, status) in [(&watcher, (405, 204)), (&app.anonymous(), (404, 404))] {
        let ask = async |method| client.request(method, "/metrics").send().await;
        let (posted, options) = (ask(Method::POST).await, ask(Method::OPTIONS).await);
        assert_eq!((posted.status, options.status), status);
        let allow = (status.0 == 405).then_some("GET, HEAD, OPTIONS");
        assert_eq!((posted.header("allow"), options.header("allow")), (allow, allow));
    }
}

#[actix_web::test]
async fn statements_are_counted_for_each_server() {
    let (app, other) = (TestApp::spawn().await, TestApp::spawn().await);
    app.anonymous().get("/v1/organizations").await.expect(200);
    let (before, elsewhere) = (app.statements().await, other.statements().await);
    app.anonymous().get("/v1/organizations").await.expect(200);
    assert_eq!(other.statements().await, elsewhere);
    assert_eq!(app.statements().await, before + 1);
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("database_statements_total "), "{metrics}");
}
