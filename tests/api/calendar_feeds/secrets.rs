use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use super::{FEEDS, file};
use crate::support::{Installation, PASSWORD, TestApp, TestDatabase};

#[actix_web::test]
async fn what_opens_nothing_is_not_there() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let feed = file(&ana.feeds(json!({})).await);
    let token = feed.trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
    let other = format!("{}{}", if token.starts_with('A') { 'B' } else { 'A' }, &token[1..]);
    for path in [
        format!("/calendar/{token}"),
        format!("/calendar/{token}.ICS"),
        format!("/calendar/{token}.ics.ics"),
        format!("/calendar/{token}/.ics"),
        format!("/calendar/{other}.ics"),
        format!("/calendar/{}.ics", "A".repeat(43)),
        format!("/calendar/{}.ics", "A".repeat(4000)),
        "/calendar/.ics".into(),
        "/calendar/%00.ics".into(),
        "/calendar/..%2f.ics".into(),
        "/calendar/".into(),
    ] {
        app.anonymous().get(&path).await.refused(404, "not_found");
        assert_eq!(app.anonymous().request(Method::HEAD, &path).send().await.status, 404);
    }
    app.anonymous().get(&format!("{feed}?token=1")).await.invalid_at("token", "unknown_parameter");
}

#[actix_web::test]
async fn a_suspended_account_has_no_feeds_for_a_while() {
    let app = TestApp::spawn().await;
    let (ana, moderator) = (app.therapist("ana").await, app.moderator("mod").await);
    let feed = file(&ana.feeds(json!({})).await);
    let account = format!("/v1/accounts/{}", ana.id);
    moderator.post(&format!("{account}/suspend"), json!({})).await.expect(200);
    app.anonymous().get(&feed).await.refused(404, "not_found");
    moderator.post(&format!("{account}/reinstate"), json!({})).await.expect(200);
    app.anonymous().get(&feed).await.expect(200);
}

#[actix_web::test]
async fn a_copy_of_the_database_opens_no_feed() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let token = file(&ana.feeds(json!({})).await).replace("/calendar/", "").replace(".ics", "");
    let copy = TestDatabase::copied(app.database_url()).await;
    assert!(!copy.windows(token.len()).any(|bytes| bytes == token.as_bytes()));
}

#[actix_web::test]
async fn an_address_is_in_no_log_and_no_metric() {
    let place = Installation::new().await.with("SUPPORT_NETWORK_LOG__LEVEL", "debug");
    let mut server = place.start().await;
    let somebody = server.anonymous();
    let account = json!({"email": "ana@example.org", "password": PASSWORD, "display_name": "Ana"});
    somebody.post("/v1/accounts", account).await.expect(201);
    let session = json!({"email": "ana@example.org", "password": PASSWORD});
    let session = somebody.post("/v1/sessions", session).await.expect(201);
    let ana = server.with_token(session["access_token"].as_str().unwrap());
    let url = ana.post(FEEDS, json!({})).await.expect(201)["url"].as_str().unwrap().to_owned();
    let (_, token) = url.rsplit_once('/').unwrap();
    for (path, status) in [
        (format!("/calendar/{token}"), 200),
        (format!("/calendar/{token}?planted=1"), 422),
        (format!("/calendar/x{token}"), 404),
        (format!("/calendar/{token}/x"), 404),
    ] {
        assert_eq!(somebody.get(&path).await.status, status);
    }
    let metrics = somebody.get("/metrics").await.text;
    assert!(metrics.contains("/calendar/{calendar_file}"), "{metrics}");
    server.terminate();
    assert_eq!(server.exit_code().await, Some(0));
    let secret = token.trim_end_matches(".ics");
    let told: Vec<_> = server.lines().into_iter().filter(|line| line.contains(secret)).collect();
    assert!(told.is_empty() && !metrics.contains(secret), "{told:?}");
    assert!(server.lines().iter().any(|line| line.contains("/calendar/{calendar_file}")));
}

#[actix_web::test]
async fn stored_text_starts_no_line() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"name": "Circle, with; \\ marks: \"x\""})).await;
    let series = app.meets(&circle, "Europe/Berlin", TimeDelta::days(3), None).await;
    app.changes(&series, |row| row.place = Some("here\r\nATTENDEE:mailto:a@example.org\nX: y\u{85}".repeat(20))).await;
    let feed = circle.owner.feeds(json!({"show_names": true, "label": "王".repeat(100)})).await;
    let text = app.anonymous().get(&file(&feed)).await.text;
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
    let unfolded = text.replace("\r\n ", "");
    assert!(!unfolded.lines().any(|line| line.starts_with("ATTENDEE") || line.starts_with("X: y")), "{text}");
    assert!(unfolded.contains("SUMMARY:Circle\\, with\\; \\\\ marks: \"x\""), "{unfolded}");
    assert!(unfolded.contains(&format!("X-WR-CALNAME:{}\r\n", "王".repeat(100))), "{unfolded}");
}
