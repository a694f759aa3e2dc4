//! What every answer carries, whoever asks and however it ends.

use reqwest::Method;

use crate::support::{Answer, TestApp};

const EXPOSED: [&str; 11] = [
    "content-disposition",
    "deprecation",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sunset",
    "x-request-id",
];

fn words(answer: &Answer, name: &str) -> Vec<String> {
    let all = answer.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut words: Vec<_> = all.flat_map(|value| value.split(',')).map(|word| word.trim().to_lowercase()).collect();
    words.sort();
    words
}

/// One answer of each kind: found, not found, too large, not allowed, too long, a page, a preflight, a refused preflight.
async fn one_of_each(app: &TestApp) -> Vec<Answer> {
    let somebody = app.anonymous();
    let preflight = |method: &str| {
        let request = somebody.request(Method::OPTIONS, "/problems").header("origin", "https://app.example");
        request.header("access-control-request-method", method)
    };
    vec![
        somebody.get("/livez").await,
        somebody.get("/problems").await,
        somebody.get("/nothing").await,
        somebody.delete("/problems").await,
        somebody.request(Method::POST, "/v1/nothing").body("application/json", vec![b' '; 300_000]).send().await,
        somebody.get(&format!("/{}", "a".repeat(9000))).await,
        somebody.get("/docs/").await,
        somebody.get("/docs").await,
        somebody.request(Method::OPTIONS, "/problems").send().await,
        preflight("GET").send().await,
        preflight("FROBNICATE").send().await,
    ]
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::spawn().await;
    let answers = one_of_each(&app).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 404, 405, 413, 414, 200, 307, 204, 200, 400]);
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
        let may_be_kept = answer.headers.contains_key("etag");
        let expected = if may_be_kept { "private, no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), Some(expected), "{answer:?}");
        assert_eq!(answer.header("strict-transport-security"), None, "{answer:?}");
        let csp = answer.header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(csp.contains(directive), "{answer:?}");
        }
        assert!(!csp.contains("unsafe-eval") && !csp.contains("script-src 'unsafe-inline'"), "{answer:?}");
        let vary = words(answer, "vary");
        assert!(["accept", "authorization"].iter().all(|name| vary.contains(&(*name).to_owned())), "{answer:?}");
    }
    let scripts = |answer: &&Answer| answer.header("content-security-policy").unwrap().contains("script-src");
    assert_eq!(answers.iter().filter(scripts).count(), 2, "only the reader at /docs runs scripts");
}

#[actix_web::test]
async fn an_https_address_asks_browsers_to_stay_with_https() {
    let app = TestApp::spawn_with(|config| config.public_url = Some("https://api.example.org".parse().unwrap())).await;
    for answer in one_of_each(&app).await {
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{answer:?}");
    }
}

#[actix_web::test]
async fn any_origin_may_call_and_read_the_headers() {
    let app = TestApp::spawn().await;
    for path in ["/problems", "/nothing", "/v1/nothing"] {
        let answer = app.anonymous().request(Method::GET, path).header("origin", "https://app.example").send().await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        assert_eq!(words(&answer, "access-control-expose-headers"), EXPOSED, "{path}");
    }
    for (method, header) in [("PATCH", "authorization,content-type,if-match"), ("POST", "idempotency-key,traceparent")]
    {
        let preflight =
            app.anonymous().request(Method::OPTIONS, "/v1/anything").header("origin", "https://app.example");
        let preflight = preflight.header("access-control-request-method", method);
        let answer = preflight.header("access-control-request-headers", header).send().await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")));
        assert!(words(&answer, "access-control-allow-methods").contains(&method.to_lowercase()));
        let allowed = words(&answer, "access-control-allow-headers");
        assert!(header.split(',').all(|header| allowed.contains(&header.to_owned())), "{allowed:?}");
        assert_eq!(answer.header("access-control-max-age"), Some("3600"));
    }
}

#[actix_web::test]
async fn with_a_list_of_origins_only_those_may_call() {
    let app = TestApp::spawn_with(|config| {
        config.cors.origins = vec!["https://app.example".into(), "https://other.example".into()];
    })
    .await;
    for (origin, allowed) in [
        ("https://app.example", true),
        ("https://other.example", true),
        ("https://app.example.evil.example", false),
        ("http://app.example", false),
        ("null", false),
    ] {
        let expected = allowed.then_some(origin);
        let simple = app.anonymous().request(Method::GET, "/problems").header("origin", origin).send().await;
        assert_eq!((simple.status, simple.header("access-control-allow-origin")), (200, expected), "{origin}");
        assert!(words(&simple, "vary").contains(&"origin".to_owned()));
        let preflight = app.anonymous().request(Method::OPTIONS, "/problems").header("origin", origin);
        let answer = preflight.header("access-control-request-method", "GET").send().await;
        assert_eq!(answer.header("access-control-allow-origin"), expected, "{origin}");
        assert_eq!(answer.status, if allowed { 200 } else { 400 }, "{origin}");
    }
}

#[actix_web::test]
async fn bodies_over_a_kilobyte_are_compressed_for_those_who_can_read_it() {
    let app = TestApp::spawn().await;
    let gzip = async |path: &str| {
        app.anonymous().request(Method::GET, path).header("accept-encoding", "gzip, br").send().await
    };
    let plain = app.anonymous().get("/openapi.json").await;
    assert_eq!(plain.header("content-encoding"), None);
    let packed = gzip("/openapi.json").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(words(&packed, "vary").contains(&"accept-encoding".to_owned()));
    assert!(packed.text.len() < plain.text.len());
    // A strong tag stands for the same bytes.
    assert_eq!(packed.etag(), format!("\"{}-gzip\"", plain.etag().trim_matches('"')));
    for held in [packed.etag(), plain.etag()] {
        for coding in ["gzip", "identity"] {
            let request = app.anonymous().request(Method::GET, "/openapi.json").header("accept-encoding", coding);
            let answer = request.header("if-none-match", &held).send().await;
            assert_eq!((answer.status, answer.etag()), (304, held.clone()), "{coding}");
        }
    }
    for small in ["/livez", "/", "/nothing", "/problems/not_found"] {
        let answer = gzip(small).await;
        assert_eq!(answer.header("content-encoding"), None, "{small}");
        assert!(answer.json.is_object(), "{small}: {}", answer.text);
    }
}

#[actix_web::test]
async fn what_may_be_cached_says_so() {
    let app = TestApp::spawn().await;
    for (path, expected) in [
        ("/openapi.json", "public, no-cache"),
        ("/.well-known/jwks.json", "public, max-age=300"),
        ("/site.css", "public, max-age=3600"),
        ("/readyz", "no-store"),
        ("/nothing", "no-store"),
    ] {
        assert_eq!(app.anonymous().get(path).await.header("cache-control"), Some(expected), "{path}");
    }
    let ana = app.therapist("ana").await;
    for (path, expected) in [
        ("/v1/instruments/who-5", "private, no-cache"),
        ("/v1/vocabularies", "private, no-cache"),
        ("/v1/me", "no-store"),
        ("/v1/me/profile", "no-store"),
        ("/v1/me/export", "no-store"),
        ("/v1/memberships", "no-store"),
    ] {
        assert_eq!(ana.get(path).await.header("cache-control"), Some(expected), "{path}");
    }
    // What is not to be kept has a tag all the same, for those who may keep it: apps of its owner.
    let tag = ana.get("/v1/me").await.etag();
    let again = ana.request(Method::GET, "/v1/me").header("if-none-match", &tag).send().await;
    assert_eq!((again.status, again.header("cache-control")), (304, Some("no-store")));
    for path in ["/.well-known/jwks.json", "/problems", "/problems/not_found"] {
        let tag = app.anonymous().get(path).await.etag();
        let again = app.anonymous().request(Method::GET, path).header("if-none-match", &tag).send().await;
        assert_eq!(again.status, 304, "{path}");
    }
}
