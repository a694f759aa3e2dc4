//! Bodies that are no JSON, of the wrong shape, or in disguise: a 4xx with its place each, and nothing of it echoed.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, TestApp};

/// Stands for whatever a client would not like to see again.
const PLANTED: &str = "plantedvalue";

async fn post(app: &TestApp, body: impl Into<reqwest::Body>) -> Answer {
    let answer = app.anonymous().request(Method::POST, "/v1/accounts").body("application/json", body).send().await;
    assert!(!answer.text.contains(PLANTED), "echoed: {}", answer.text);
    answer
}

#[actix_web::test]
async fn what_is_not_json_is_400_with_line_and_column() {
    let app = TestApp::spawn().await;
    let deep = format!("{{\"email\": {}", "[".repeat(100_000));
    let deep_closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, place) in [
        ("{\n  \"email\": \"plantedvalue\",\n  \"password\" oops }", Some("line 3 column 14")),
        ("plantedvalue", Some("line 1 column 1")),
        ("{\"email\": \"plantedvalue", None),
        ("{\"email\": \"plantedvalue\"", None),
        ("{\"email\": \"plantedvalue\", }", None),
        ("{'email': 'plantedvalue'}", None),
        ("{\"display_name\": \"\\ud800plantedvalue\"}", None),
        ("{\"display_name\": \"\\udc00plantedvalue\"}", None),
        ("{\"display_name\": \"\\ud800\\u0041plantedvalue\"}", None),
        ("{\"email\": \"a\0plantedvalue\"}", None),
        ("{\"email\": \"a\nplantedvalue\"}", None),
        ("{\"email\": \"\\xplantedvalue\"}", None),
        ("[1, 2", None),
        ("\u{feff}{}", None),
        (" \n ", None),
    ] {
        let answer = post(&app, body.to_owned()).await;
        let detail = answer.json["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("line ") && detail.contains(" column "), "{body}: {}", answer.text);
        assert!(place.is_none_or(|place| detail.contains(place)), "{}", answer.text);
        let start: String = body.chars().take(40).collect();
        assert_eq!((answer.status, &answer.json["code"]), (400, &json!("malformed_json")), "{start}");
    }
    for bytes in
        [&b"{\"email\": \"\xff\xfe\"}"[..], b"{\"em\xc3\x28ail\": 1}", b"\xff", b"{\"email\": \"\xed\xa0\x80\"}"]
    {
        post(&app, bytes.to_vec()).await.refused(400, "malformed_json");
    }
    let after = json!({"email": "ana@example.org", "password": PASSWORD, "display_name": "Ana"}).to_string();
    post(&app, "{\"email\": 7} oops").await.refused(400, "malformed_json");
    post(&app, "{\"email\": 7}").await.invalid_at("#/email", "wrong_type");
    for tail in [" {}", "plantedvalue", "\0", ","] {
        post(&app, format!("{after}{tail}")).await.refused(400, "malformed_json");
    }
    // JSON all the same, but more than anybody reads (RFC 8259, section 9).
    post(&app, deep).await.refused(400, "malformed_json");
    post(&app, format!("{deep_closed} plantedvalue")).await.refused(400, "malformed_json");
    post(&app, "{\"email\": 1e400,\"x").await.refused(400, "malformed_json");
    post(&app, deep_closed).await.invalid_at("#", "wrong_type");
    post(&app, "{\"email\": 1e400}").await.invalid_at("#/email", "out_of_range");
    post(&app, "{\"email\": -1e400, \"display_name\": [1]}").await.invalid_at("#/email", "out_of_range");
}

#[actix_web::test]
async fn what_has_another_shape_is_422_with_its_place() {
    let app = TestApp::spawn().await;
    let good = json!({"email": "ana@example.org", "password": PASSWORD, "display_name": "Ana"});
    let with = |member: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[member] = value;
        body.to_string()
    };
    for (body, pointer, code) in [
        (with("email", json!(7)), "#/email", "wrong_type"),
        (with("email", json!([PLANTED])), "#/email", "wrong_type"),
        (with("email", json!({PLANTED: PLANTED})), "#/email", "wrong_type"),
        (with("email", json!(null)), "#/email", "wrong_type"),
        (with("email", json!("plantedvalue\u{0}@example.org")), "#/email", "invalid_characters"),
        (with("email", json!(PLANTED)), "#/email", "invalid_email"),
        (with("display_name", json!(true)), "#/display_name", "wrong_type"),
        (with("display_name", json!("  ")), "#/display_name", "blank"),
        (with("display_name", json!("plantedvalue\u{202e}")), "#/display_name", "invalid_characters"),
        (with("display_name", json!("plantedvalue\u{200b}")), "#/display_name", "invalid_characters"),
        (with("display_name", json!("plantedvalue\r\nBcc: x")), "#/display_name", "invalid_characters"),
        (with("id", json!(PLANTED)), "#/id", "unknown_member"),
        (with("platform_role", json!("admin")), "#/platform_role", "unknown_member"),
        (with("a/b~c", json!(PLANTED)), "#/a~1b~0c", "unknown_member"),
        (with("", json!(PLANTED)), "#/", "unknown_member"),
        ("{}".into(), "#/email", "missing_member"),
        (String::new(), "#/email", "missing_member"),
        ("[]".into(), "#", "wrong_type"),
        (json!(["ana@example.org", PASSWORD, PLANTED]).to_string(), "#", "wrong_type"),
        ("null".into(), "#", "wrong_type"),
        ("\"plantedvalue\"".into(), "#", "wrong_type"),
        ("7".into(), "#", "wrong_type"),
        ("{\"email\": \"plantedvalue\", \"email\": \"plantedvalue\"}".into(), "#/email", "duplicate_member"),
    ] {
        post(&app, body).await.invalid_at(pointer, code);
    }
    let answer = post(&app, json!({"email": PLANTED, "password": "x", "display_name": ""}).to_string()).await;
    let errors = answer.refused(422, "validation_failed");
    let mut places: Vec<_> =
        errors.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    places.dedup();
    assert_eq!(places, ["#/display_name", "#/email", "#/password"], "everything that validation finds comes at once");
}

#[actix_web::test]
async fn a_name_that_the_client_made_up_comes_back_short() {
    let app = TestApp::spawn().await;
    for name in ["n".repeat(100_000), "/".repeat(2000), "\u{1f600}".repeat(5000), "expected plantedvalue".to_owned()] {
        let body = json!({ name: 1 }).to_string();
        let answer = app.anonymous().request(Method::POST, "/v1/accounts").body("application/json", body).send().await;
        assert!(answer.text.len() < 2000, "{} bytes", answer.text.len());
        let errors = answer.refused(422, "validation_failed");
        assert_eq!(errors[0]["code"], "unknown_member");
        assert!(!errors[0]["detail"].as_str().unwrap().contains(PLANTED), "{errors}");
    }
}

#[actix_web::test]
async fn a_body_of_another_type_is_415_and_says_what_is_taken() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"email": "bo@example.org", "password": PASSWORD, "display_name": "Bo"}).to_string();
    for content_type in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/merge-patch+json",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "application/json; charset=not-utf-8",
        "application/jsonp",
        "application/json, text/plain",
    ] {
        let request = app.anonymous().request(Method::POST, "/v1/accounts").body(content_type, body.clone());
        let answer = request.send().await;
        assert_eq!(answer.header("accept-post"), Some("application/json"), "{content_type}");
        answer.refused(415, "unsupported_media_type");
        let patch = ana.request(Method::PATCH, "/v1/organizations/01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b");
        if content_type != "application/merge-patch+json" {
            let answer = patch.body(content_type, body.clone()).send().await;
            let taken = "application/merge-patch+json, application/json";
            assert_eq!(answer.header("accept-patch"), Some(taken), "{content_type}");
            answer.refused(415, "unsupported_media_type");
        }
    }
    for (number, content_type) in
        ["application/json; charset=UTF-8", "Application/JSON;charset=\"utf-8\""].iter().enumerate()
    {
        let body = json!({"email": format!("x{number}@example.org"), "password": PASSWORD, "display_name": "X"});
        let request = app.anonymous().request(Method::POST, "/v1/accounts").body(content_type, body.to_string());
        request.send().await.expect(201);
    }
}

#[actix_web::test]
async fn a_parameter_that_is_ill_typed_is_named_and_not_echoed() {
    let app = TestApp::spawn().await;
    for (query, parameter, code) in [
        ("limit=0", "limit", "out_of_range"),
        ("limit=101", "limit", "out_of_range"),
        ("limit=-1", "limit", "out_of_range"),
        ("limit=plantedvalue", "limit", "wrong_type"),
        ("limit=99999999999999999999999", "limit", "out_of_range"),
        ("limit=5&limit=5", "limit", "duplicate_parameter"),
        ("include_total=plantedvalue", "include_total", "wrong_type"),
        ("include_total=true&include_total=true", "include_total", "duplicate_parameter"),
        ("sort=plantedvalue", "sort", "unknown_value"),
        ("sort=name&sort=name", "sort", "duplicate_parameter"),
        ("kind=plantedvalue", "kind", "unknown_value"),
        ("accepts_memberships=plantedvalue", "accepts_memberships", "invalid_format"),
        ("parent_id=plantedvalue", "parent_id", "invalid_format"),
        ("country=plantedvalue", "country", "invalid_country"),
        ("q=plantedvalue%00", "q", "invalid_characters"),
        ("q=plantedvalue%ff", "q", "invalid_characters"),
        ("q=plantedvalue%0d%0aSet-Cookie:%20a=b", "q", "invalid_characters"),
        ("planted=plantedvalue", "planted", "unknown_parameter"),
        ("Limit=5", "Limit", "unknown_parameter"),
        ("limit[]=5", "limit[]", "unknown_parameter"),
        ("=5", "", "unknown_parameter"),
    ] {
        let answer = app.anonymous().get(&format!("/v1/organizations?{query}")).await;
        assert!(!answer.text.contains(PLANTED), "{query} is echoed: {}", answer.text);
        answer.invalid_at(parameter, code);
    }
    let too_long = format!("/v1/organizations?q={}", "a".repeat(201));
    app.anonymous().get(&too_long).await.invalid_at("q", "too_long");
    let many: Vec<_> = (0..800).map(|_| "kind=directory").collect();
    app.anonymous().get(&format!("/v1/organizations?{}", many[..500].join("&"))).await.invalid_at("kind", "too_long");
}

#[actix_web::test]
async fn faults_of_the_query_of_its_paging_and_of_the_body_are_told_at_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let long = "n".repeat(150);
    for (query, told) in [
        ("limit=0&include_total=7&kind=x&sort=x&q=%00&planted=1", "include_total kind limit planted q sort"),
        ("kind=x&parent_id=x&country=x1x&accepts_memberships=x", "accepts_memberships country kind parent_id"),
        ("sort=name&sort=name&country=x1x&limit=5&limit=5", "country limit sort"),
        ("planted=1&cursor=none", "cursor planted"),
        ("limit=one&cursor=none&kind=x", "cursor kind limit"),
        ("limit=%2B1&include_total=", "include_total limit"),
        // Without a value they would restrict nothing; a search may be for nothing.
        ("kind=&parent_id&accepts_memberships=&sort=&status=&q=", "accepts_memberships kind parent_id sort status"),
        (&format!("{long}=1&kind=x"), &format!("kind {}", &long[..100])),
    ] {
        let errors = ana.get(&format!("/v1/organizations?{query}")).await.refused(422, "validation_failed");
        assert_eq!(places(&errors).join(" "), told, "{query}");
    }
    let trends = ana.get("/v1/self-assessments/trends?instrument=who-5&instrument=who-5").await;
    trends.invalid_at("instrument", "duplicate_parameter");
    for missing in ["instrument=%00", "instrument=%FF"] {
        let trends = ana.get(&format!("/v1/self-assessments/trends?{missing}")).await;
        trends.invalid_at("instrument", "invalid_characters");
    }
    for (list, told) in [
        ("/v1/me/hours?from=2026-02-01&to=2026-01-01&limit=0", ["limit", "to"]),
        ("/v1/me/meetings?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z&cursor=none", ["cursor", "to"]),
        ("/v1/events?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z&kind=x", ["kind", "to"]),
        (
            "/v1/audit-events/verify?organization_id=01936b2f-5f00-7000-8000-000000000005\
             &consultation_group_id=01936b2f-5f00-7000-8000-000000000005&from_sequence=0",
            ["consultation_group_id", "from_sequence"],
        ),
    ] {
        let errors = ana.get(list).await.refused(422, "validation_failed");
        assert_eq!(places(&errors), told, "{list}");
    }
    let profile = json!({"headline": "", "country": "US", "region": "CA-ON", "availability":
        [{"weekday": "friday", "from": "12:00", "to": "09:00"}, {"weekday": "friday", "from": "9", "to": "10:00"}]});
    let errors = ana.put("/v1/me/profile", profile).await.refused(422, "validation_failed");
    let told = ["#/availability/0/to", "#/availability/1/from", "#/headline", "#/region", "#/time_zone"];
    assert_eq!(places(&errors), told);
    let account = json!({"display_name": "", "email": "ana@elsewhere.example"});
    let errors = ana.patch("/v1/me", account).await.refused(422, "validation_failed");
    assert_eq!(places(&errors), ["#/current_password", "#/display_name"]);
    // Those of headers too.
    let proposal = ana.request(Method::POST, "/v1/organizations?planted=1").header("idempotency-key", "two words");
    let proposal = proposal.json(&json!({"name": "", "kind": "local_association"})).send().await;
    assert_eq!(places(&proposal.refused(422, "validation_failed")), ["Idempotency-Key", "planted", "#/name"]);
    let path = format!("/v1/organizations/{}?planted=1", Uuid::now_v7());
    let change = ana.request(Method::PATCH, &path).header("if-match", "seven").json(&json!({"name": ""}));
    assert_eq!(places(&change.send().await.refused(422, "validation_failed")), ["If-Match", "planted", "#/name"]);
    let deletion = ana.request(Method::DELETE, &path).header("if-match", "seven").send().await;
    assert_eq!(places(&deletion.refused(422, "validation_failed")), ["If-Match", "planted"]);
    ana.get("/v1/me?planted=1&planted=2").await.invalid_at("planted", "unknown_parameter");
    ana.patch("/v1/me", json!({"display_name": ""})).await.invalid_at("#/display_name", "blank");
    let both =
        ana.patch(&format!("/v1/meetings/{}?scope=x&planted=1", Uuid::now_v7()), json!({"duration_minutes": 7})).await;
    assert_eq!(places(&both.refused(422, "validation_failed")), ["planted", "scope", "#/duration_minutes"]);
    let with_body = app.anonymous().post("/v1/accounts?planted=1", json!({"email": "x", "password": "x"})).await;
    assert_eq!(places(&with_body.refused(422, "validation_failed")), ["planted", "#/display_name"]);
}

/// Where the faults are, in the order in which they are told.
fn places(errors: &Value) -> Vec<&str> {
    let errors = errors.as_array().unwrap().iter();
    errors.map(|error| error["pointer"].as_str().or(error["parameter"].as_str()).unwrap()).collect()
}

#[actix_web::test]
async fn an_id_that_is_no_uuid_names_nothing() {
    let app = TestApp::spawn().await;
    let long = "a".repeat(5000);
    for id in [
        "1",
        "nothing",
        "%00",
        "..%2f..",
        "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6g",
        "'%20OR%201=1",
        "%F0%9F%98%80",
        &long,
    ] {
        app.anonymous().get(&format!("/v1/organizations/{id}")).await.refused(404, "not_found");
    }
    // Every resource has one address.
    let shipped: Uuid = app.shipped("APA").await.parse().unwrap();
    for other in [shipped.simple().to_string(), format!("%7B{shipped}%7D"), shipped.urn().to_string()] {
        app.anonymous().get(&format!("/v1/organizations/{other}")).await.refused(404, "not_found");
    }
}

/// A client that sends a condition, or a password, with a deletion would take the answer for its success.
#[actix_web::test]
async fn a_deletion_takes_no_body_and_deletes_nothing_that_came_with_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let delete = |body: &'static str, content_type: &'static str| {
        ana.request(Method::DELETE, "/v1/me").body(content_type, body).send()
    };
    delete("{\"password\":\"x\"}", "application/json").await.invalid_at("#/password", "unknown_member");
    delete("{\"a\":", "application/json").await.refused(400, "malformed_json");
    delete("[]", "application/json").await.invalid_at("#", "wrong_type");
    delete("hello", "text/plain").await.refused(415, "unsupported_media_type");
    let both = ana.request(Method::DELETE, "/v1/me").header("if-match", "rubbish").json(&json!({"a": 1}));
    let faults = both.send().await.refused(422, "validation_failed");
    assert_eq!(faults.as_array().unwrap().len(), 2, "{faults}");
    ana.get("/v1/me").await.expect(200);
    delete("{}", "application/json").await.expect(204);
    ana.get("/v1/me").await.refused(401, "invalid_token");
}
