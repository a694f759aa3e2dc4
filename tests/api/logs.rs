//! What the log holds: one line for each request, and nothing that is anybody's secret.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Installation;

const EMAIL: &str = "planted.mail@example.org";
const PASSWORD: &str = "planted herons at quiet dusk";

#[actix_web::test]
async fn a_request_is_one_line_and_tells_no_secret() {
    let place = Installation::new().await.with("SUPPORT_NETWORK_LOG__LEVEL", "info");
    // A mail server that is away, so that the mails fail too.
    let place = place.with("SUPPORT_NETWORK_MAIL__TRANSPORT", "smtp").with("SUPPORT_NETWORK_MAIL__SMTP__PORT", "1");
    let place = place.with("SUPPORT_NETWORK_MAIL__SMTP__HOST", "127.0.0.1");
    let mut server = place.start().await;
    let before = server.lines().len();
    let somebody = server.anonymous();
    let account = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Planted Person"});
    somebody.post("/v1/accounts", account.clone()).await.expect(201);
    let session = json!({"email": EMAIL, "password": PASSWORD});
    let session = somebody.post("/v1/sessions", session).await.expect(201);
    let token = session["access_token"].as_str().unwrap();
    let refresh = session["refresh_token"].as_str().unwrap();
    let ana = server.with_token(token);
    ana.get("/v1/me").await.expect(200);
    let answers: Vec<Value> = (1..=5).map(|item| json!({"item": item.to_string(), "value": 1})).collect();
    let check = json!({"instrument": "who-5", "own_form": true, "submit": true, "answers": answers});
    let taken = ana.post("/v1/self-assessments", check).await.expect(201);
    let void = format!("/v1/self-assessments/{}/void", taken["id"].as_str().unwrap());
    ana.post(&void, json!({"reason": "planted reason"})).await.expect(200);
    let action = json!({"avenue": "friendships", "what": "planted plan"});
    ana.post("/v1/support-plan/actions", action).await.expect(201);
    let mut requests = 6;
    for answer in [
        somebody.post("/v1/sessions", json!({"email": EMAIL, "password": "planted wrong password"})).await,
        somebody
            .post("/v1/accounts", json!({"email": "plantedvalue", "password": "planted", "plantedmember": 1}))
            .await,
        somebody.request(Method::POST, "/v1/accounts").body("application/json", "{\"planted\nrubbish").send().await,
        somebody.request(Method::POST, "/v1/accounts").body("text/planted", "planted").send().await,
        somebody.get("/v1/invitations/plantedtoken").await,
        somebody.get("/planted/path?planted=query").await,
        somebody.get("/v1/organizations?q=planted%0d%0aplanted").await,
        somebody.get("/v1/organizations?plantedparameter=1").await,
        somebody.get("/v1/organizations?cursor=plantedcursor").await,
        server.with_token("planted.token.here").get("/v1/me").await,
        server.with_token(&format!("{token}planted")).get("/v1/me").await,
        ana.request(Method::POST, "/v1/organizations").header("idempotency-key", "planted key").send().await,
        ana.request(Method::GET, "/nothing").header("x-request-id", "planted request id").send().await,
        ana.request(Method::GET, "/nothing").header("user-agent", "planted").header("referer", "planted").send().await,
        ana.request(Method::from_bytes(b"PLANTED").unwrap(), "/v1/me").send().await,
    ] {
        assert!((400..500).contains(&answer.status), "{answer:?}");
        requests += 1;
    }
    server.terminate();
    assert_eq!(server.exit_code().await, Some(0));
    let lines = server.lines().split_off(before);
    let text = lines.join("\n");
    for secret in
        ["lanted", "LANTED", "likely_depression_screen", "who-5", token, refresh, token.rsplit('.').next().unwrap()]
    {
        let told: Vec<_> = text.lines().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "{secret} is in the log: {told:?}");
    }
    let parsed: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of_requests: Vec<_> = parsed.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(of_requests.len(), requests, "{text}");
    for line in of_requests {
        for member in ["timestamp", "method", "route", "status", "milliseconds", "request_id"] {
            assert!(!line[member].is_null(), "{member} is missing in {line}");
        }
    }
}
