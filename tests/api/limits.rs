//! How often somebody may call: each account by itself, each address by itself, and never those who watch.

use std::net::IpAddr;

use reqwest::Method;

use crate::support::{Answer, Client, TestApp};

/// What `RateLimit` says: how many are left, and for how many seconds.
pub fn left(answer: &Answer) -> (u64, u64) {
    let value = answer.header("ratelimit").unwrap();
    let number = |name: &str| value.split(';').find_map(|part| part.strip_prefix(name)?.parse().ok()).unwrap();
    assert!(value.starts_with("\"default\";"), "{value}");
    (number("r="), number("t="))
}

async fn with_quota(quota: u32, trusted: &[&str]) -> TestApp {
    let trusted: Vec<IpAddr> = trusted.iter().map(|address| address.parse().unwrap()).collect();
    TestApp::spawn_with(|config| {
        config.limits.requests_per_minute = quota;
        config.trusted_proxies = trusted;
    })
    .await
}

async fn from(client: &Client, forwarded_for: &str) -> Answer {
    client.request(Method::GET, "/problems").header("x-forwarded-for", forwarded_for).send().await
}

#[actix_web::test]
async fn the_quota_counts_down_to_429() {
    let app = with_quota(3, &[]).await;
    for expected in [2, 1, 0] {
        let answer = app.anonymous().get("/problems").await;
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=3;w=60"));
        let (remaining, seconds) = left(&answer);
        assert_eq!(remaining, expected);
        assert!((1..=60).contains(&seconds), "{seconds}");
        answer.expect(200);
    }
    for path in ["/problems", "/nothing", "/v1/organizations", "/docs/", "/openapi.json"] {
        let answer = app.anonymous().get(path).await;
        let (remaining, seconds) = left(&answer);
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert_eq!(remaining, 0);
        assert!((1..=60).contains(&wait) && wait.abs_diff(seconds) <= 1, "{wait} {seconds}");
        answer.refused(429, "too_many_requests");
    }
    app.anonymous().post("/v1/accounts", serde_json::json!({})).await.refused(429, "too_many_requests");
}

#[actix_web::test]
async fn who_watches_over_the_service_is_never_turned_away() {
    let app = with_quota(1, &[]).await;
    app.anonymous().get("/problems").await.expect(200);
    app.anonymous().get("/problems").await.refused(429, "too_many_requests");
    for path in ["/livez", "/readyz", "/metrics"] {
        for _ in 0..5 {
            assert_eq!(app.anonymous().get(path).await.status, 200, "{path}");
        }
    }
}

#[actix_web::test]
async fn accounts_are_counted_apart_from_each_other_and_from_their_address() {
    let app = with_quota(8, &[]).await;
    let (ana, bo) = (app.therapist("ana").await, app.therapist("bo").await);
    let somebody = app.anonymous();
    while somebody.get("/problems").await.status == 200 {}
    for number in 0..8 {
        let answer = ana.get("/problems").await;
        assert_eq!((answer.status, left(&answer).0), (200, 7 - number));
    }
    ana.get("/problems").await.refused(429, "too_many_requests");
    bo.get("/problems").await.expect(200);
    somebody.get("/problems").await.refused(429, "too_many_requests");
    // A token that is none counts for the address.
    app.with_token("rubbish").get("/problems").await.refused(429, "too_many_requests");
}

#[actix_web::test]
async fn a_trusted_proxy_is_believed_and_nobody_else() {
    let app = with_quota(2, &["127.0.0.1", "10.0.0.1"]).await;
    for caller in ["1.1.1.1", "2.2.2.2", "6.6.6.6, 3.3.3.3", "4.4.4.4, 10.0.0.1", "2001:db8:1:2::1"] {
        assert_eq!(left(&from(&app.anonymous(), caller).await).0, 1, "{caller}");
    }
    for (same, name) in
        [("7.7.7.7, 1.1.1.1", "1.1.1.1"), ("::ffff:2.2.2.2", "2.2.2.2"), ("2001:db8:1:2:3::9", "the /64")]
    {
        assert_eq!(left(&from(&app.anonymous(), same).await).0, 0, "{same} is {name}");
    }
    assert_eq!(left(&from(&app.anonymous(), "6.6.6.6").await).0, 1, "what the caller put in front counted");
    assert_eq!(left(&from(&app.anonymous(), "2001:db8:1:3::1").await).0, 1, "another /64");
    let two_lines = app.anonymous().request(Method::GET, "/problems").header("x-forwarded-for", "8.8.8.8");
    assert_eq!(left(&two_lines.header("x-forwarded-for", "9.9.9.9").send().await).0, 1);
    assert_eq!(left(&from(&app.anonymous(), "8.8.8.8").await).0, 1, "the client's own line counted");

    let direct = with_quota(2, &["10.0.0.1"]).await;
    for (caller, remaining) in [("1.1.1.1", 1), ("2.2.2.2", 0)] {
        assert_eq!(left(&from(&direct.anonymous(), caller).await).0, remaining, "{caller}");
    }
    from(&direct.anonymous(), "3.3.3.3").await.refused(429, "too_many_requests");
}
