//! Every failure is an RFC 9457 problem with the id of its request. The harness holds each answer to that; here every
//! way to fail that needs no account is tried.

use actix_web::{App as Actix, HttpResponse, HttpServer, middleware::from_fn, web};
use reqwest::Method;
use support_network::http::{envelope::envelope, gate::gate};
use uuid::Uuid;

use crate::{
    limits::left,
    support::{Client, TestApp},
};

#[actix_web::test]
async fn what_is_not_there_is_a_problem() {
    let app = TestApp::spawn().await;
    let somebody = app.anonymous();
    for path in [
        "/nothing",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2/organizations",
        "/problems/",
        "/problems/no_such_code",
        "/problems/%00",
        "/problems/%C3%28",
        "/problems/..%2f..%2fetc%2fpasswd",
        "/docs/nothing",
        "/docs/..%2f..%2fCargo.toml",
        "/openapi.json/",
        "/.well-known/nothing",
        "//livez",
        "/livez/",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/v1/nothing%0d%0aX-Injected:%20yes",
    ] {
        let answer = somebody.get(path).await;
        assert!(!answer.headers.contains_key("x-injected"), "{path}");
        answer.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_path_that_climbs_out_of_the_root_finds_nothing() {
    let app = TestApp::spawn().await;
    for path in ["/../../etc/passwd", "/docs/../../etc/passwd", "/docs/%2e%2e/Cargo.toml", "/docs//etc/passwd"] {
        let answer = app.raw(format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("not_found"), "{path}: {answer}");
    }
}

#[actix_web::test]
async fn a_method_that_is_not_offered_is_405_and_says_which_are() {
    let app = TestApp::spawn().await;
    let somebody = app.anonymous();
    for path in ["/livez", "/readyz", "/metrics", "/problems", "/problems/not_found", "/", "/openapi.json", "/docs/"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE"] {
            let answer = somebody.request(Method::from_bytes(method.as_bytes()).unwrap(), path).send().await;
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
            answer.refused(405, "method_not_allowed");
        }
        let answer = somebody.request(Method::OPTIONS, path).send().await;
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
    }
    somebody.request(Method::OPTIONS, "/nothing").send().await.refused(404, "not_found");
    // It has no body that anybody would wait for.
    let tunnel = app.raw("CONNECT /v1/organizations HTTP/1.1\r\nHost: test\r\n\r\n").await;
    assert!(tunnel.starts_with("HTTP/1.1 405 ") && tunnel.to_lowercase().contains("\r\nallow: "), "{tunnel}");
}

#[actix_web::test]
async fn a_head_answers_what_a_get_does_without_the_body() {
    let app = TestApp::spawn().await;
    for path in ["/", "/livez", "/readyz", "/problems", "/openapi.json", "/.well-known/jwks.json", "/docs/", "/nothing"]
    {
        let get = app.anonymous().get(path).await;
        let head = app.anonymous().request(Method::HEAD, path).send().await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        let lasting = |answer: &crate::support::Answer| {
            let mut headers: Vec<_> = answer
                .headers
                .iter()
                .filter(|(name, _)| !["date", "x-request-id", "ratelimit", "vary"].contains(&name.as_str()))
                .filter(|(name, _)| *name != "access-control-expose-headers")
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            headers.sort();
            headers
        };
        assert_eq!(lasting(&head), lasting(&get), "{path}");
        assert_eq!(head.header("content-length"), Some(get.text.len().to_string().as_str()), "{path}");
    }
}

#[actix_web::test]
async fn an_id_that_the_client_sends_is_kept_if_it_is_a_sane_one() {
    let app = TestApp::spawn().await;
    let with_id = async |id: &str| {
        let answer = app.anonymous().request(Method::GET, "/nothing").header("x-request-id", id).send().await;
        (answer.header("x-request-id").unwrap().to_owned(), answer.json["instance"].clone())
    };
    let uuid = Uuid::new_v4().to_string();
    assert_eq!(with_id(&uuid).await, (uuid.clone(), format!("urn:uuid:{uuid}").into()));
    // One that is no UUID comes back, and the problem has one of its own, which the log tells too.
    let (name, instance) = with_id("trace-1234.5_6").await;
    let id = instance.as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
    assert!(name == "trace-1234.5_6" && id.parse::<Uuid>().is_ok(), "{instance}");
    let too_long = "x".repeat(65);
    assert_eq!(with_id("7").await.0, "7");
    for insane in ["", &too_long, "two words here", "<script>alert(1)</script>", "{\"json\":\"here\"}", "a;b=c,d\"e"] {
        let (id, instance) = with_id(insane).await;
        let id: Uuid = id.parse().unwrap_or_else(|_| panic!("{insane} became {id}"));
        assert_eq!(instance, format!("urn:uuid:{id}"));
    }
    assert_ne!(with_id("").await.0, with_id("").await.0);
}

#[actix_web::test]
async fn query_parameters_that_no_operation_knows_are_named_and_their_values_are_not() {
    let app = TestApp::spawn().await;
    let answer = app.anonymous().get("/problems?planted=secretvalue&other=1").await;
    assert!(!answer.text.contains("secretvalue"), "{}", answer.text);
    for path in ["/livez", "/readyz", "/.well-known/jwks.json"] {
        let errors = app.anonymous().get(&format!("{path}?planted=1")).await.refused(422, "validation_failed");
        assert_eq!(errors[0]["parameter"], "planted", "{path}");
    }
    let errors = answer.refused(422, "validation_failed");
    let names: Vec<_> = errors.as_array().unwrap().iter().map(|fault| fault["parameter"].as_str().unwrap()).collect();
    assert_eq!(names, ["other", "planted"]);
    assert_eq!(errors[0]["code"], "unknown_parameter");
}

#[actix_web::test]
async fn thousands_of_query_parameters_are_refused_with_a_bounded_answer() {
    let app = TestApp::spawn().await;
    let many: Vec<_> = (0..1500).map(|n| format!("p{n}")).collect();
    let answer = app.anonymous().get(&format!("/problems?{}", many.join("&"))).await;
    assert!(answer.text.len() < 32 * 1024, "{} bytes", answer.text.len());
    assert_eq!(answer.refused(422, "validation_failed").as_array().unwrap().len(), 100);
    let beside_others = format!("/v1/organizations?{}&limit=0", many.join("&"));
    let answer = app.anonymous().get(&beside_others).await;
    assert_eq!(answer.refused(422, "validation_failed").as_array().unwrap().len(), 100);
    let long = format!("/problems?{}=1", "n".repeat(4000));
    assert!(app.anonymous().get(&long).await.refused(422, "validation_failed")[0].to_string().len() < 500);
}

#[actix_web::test]
async fn an_address_that_is_too_long_is_414() {
    let app = TestApp::spawn().await;
    app.anonymous().get(&format!("/{}", "a".repeat(9000))).await.refused(414, "uri_too_long");
    app.anonymous().get(&format!("/problems?q={}", "a".repeat(9000))).await.refused(414, "uri_too_long");
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_413_however_it_comes() {
    let app = TestApp::spawn().await;
    let too_large = vec![b' '; 256 * 1024 + 1];
    for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
        let request = app.anonymous().request(method, "/v1/accounts");
        request.body("application/json", too_large.clone()).send().await.refused(413, "content_too_large");
    }
    let head = "POST /v1/accounts HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for size in [5, 160] {
        let chunked = app.raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(size))).await;
        assert!(chunked.starts_with("HTTP/1.1 413 ") && chunked.contains("content_too_large"), "{chunked}");
    }
    let announced = app.raw(format!("{head}Content-Length: 10000000\r\n\r\n")).await;
    assert!(announced.starts_with("HTTP/1.1 413 ") && announced.contains("content_too_large"), "{announced}");
}

#[actix_web::test]
async fn a_compressed_body_is_not_unpacked() {
    let app = TestApp::spawn().await;
    for coding in ["gzip", "br", "deflate", "zstd", "gzip, gzip"] {
        let request = app.anonymous().request(Method::POST, "/v1/accounts").header("content-encoding", coding);
        let answer = request.body("application/json", "\u{1f}\u{8b}").send().await;
        assert_eq!(answer.header("accept-encoding"), Some("identity"), "{coding}");
        answer.refused(415, "unsupported_media_type");
    }
}

#[actix_web::test]
async fn what_nobody_can_answer_in_is_406() {
    let app = TestApp::spawn().await;
    for accept in ["text/html", "application/xml, text/*", "application/json;q=0", "image/png;q=0.5", "rubbish"] {
        let request = app.anonymous().request(Method::GET, "/v1/nothing").header("accept", accept);
        request.send().await.refused(406, "not_acceptable");
    }
    for accept in
        ["*/*", "application/*", "application/json", "text/html, application/json;q=0.1", "APPLICATION/JSON", ""]
    {
        let request = app.anonymous().request(Method::GET, "/v1/nothing").header("accept", accept);
        request.send().await.refused(404, "not_found");
    }
    // Who watches, or follows a link, asks in whatever words.
    let request = app.anonymous().request(Method::GET, "/problems").header("accept", "application/xml");
    request.send().await.expect(200);
    let coding = "identity;q=0, *;q=0";
    let request = app.anonymous().request(Method::GET, "/problems").header("accept-encoding", coding);
    request.send().await.refused(406, "not_acceptable");
}

#[actix_web::test]
async fn every_problem_is_explained_for_machines_and_for_people() {
    let app = TestApp::spawn().await;
    let list = app.anonymous().get("/problems").await.expect(200);
    let list = list["items"].as_array().unwrap();
    assert!(list.len() > 30);
    for one in list {
        let path = format!("/problems/{}", one["code"].as_str().unwrap());
        assert_eq!(&app.anonymous().get(&path).await.expect(200), one);
        let browser = app.anonymous().request(Method::GET, &path).header("accept", "text/html,*/*;q=0.8");
        let page = browser.send().await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.text.contains(one["title"].as_str().unwrap()), "{path}");
        assert!(page.text.contains(one["code"].as_str().unwrap()), "{path}");
    }
    let browser = app.anonymous().request(Method::GET, "/problems").header("accept", "text/html");
    let page = browser.send().await.text;
    assert!(list.iter().all(|one| page.contains(&format!("href=\"/problems/{}\"", one["code"].as_str().unwrap()))));
}

#[actix_web::test]
async fn a_panic_and_an_endless_wait_are_answered_with_all_headers() {
    let app = TestApp::spawn_with(|config| config.limits.answer_seconds = 3).await;
    let ana = app.therapist("ana").await;
    let state = app.state.clone();
    let server = HttpServer::new(move || {
        let panics = async || -> HttpResponse { panic!("planted words") };
        let waits = async || -> HttpResponse { std::future::pending().await };
        let (inner, outer) = (state.clone(), state.clone());
        Actix::new()
            .app_data(state.clone())
            .route("/panics", web::get().to(panics))
            .route("/waits", web::get().to(waits))
            .wrap(from_fn(move |request, next| gate(inner.clone(), request, next)))
            .wrap(from_fn(move |request, next| envelope(outer.clone(), request, next)))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    for token in [None, ana.client.token.clone()] {
        let somebody = Client::new(&base, token);
        let (mut remaining, _) = left(&somebody.get("/nothing").await);
        for (path, status, code) in
            [("/panics", 500, "internal"), ("/panics", 500, "internal"), ("/waits", 503, "unavailable")]
        {
            let request = somebody.request(Method::GET, path).header("origin", "https://app.example");
            let answer = request.send().await;
            assert!(!answer.text.contains("planted"), "{}", answer.text);
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert!(answer.header("access-control-expose-headers").unwrap().contains("retry-after"));
            remaining -= 1;
            assert_eq!(left(&answer).0, remaining, "{path}");
            answer.refused(status, code);
        }
    }
}
