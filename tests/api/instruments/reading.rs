use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, document};

#[actix_web::test]
async fn everyone_reads_every_instrument() {
    let app = TestApp::spawn().await;
    let list = app.anonymous().get("/v1/instruments").await.expect(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 14);
    assert_eq!((&items[0]["key"], &items[0]["text_status"]), (&json!("challenge-check"), &json!("bundled")));
    assert_eq!(items[0]["languages"], json!(["en"]));
    for item in items {
        let key = item["key"].as_str().unwrap();
        let detail = app.anonymous().get(&format!("/v1/instruments/{key}")).await.expect(200);
        for member in ["key", "version", "title", "description", "kind", "min_interval_days", "languages"] {
            assert_eq!(item[member], detail[member], "{key}: {member}");
        }
        assert_eq!(item["text_status"], detail["licence"]["text_status"], "{key}");
        assert_eq!(item["item_count"], detail["items"].as_array().unwrap().len(), "{key}");
        let worded = item["text_status"] == "bundled";
        for one in detail["items"].as_array().unwrap() {
            assert_eq!(one.get("text").is_some(), worded, "{key}: {one}");
            assert!(one["options"].as_array().unwrap().iter().all(|o| o.get("label").is_some() == worded), "{key}");
        }
    }
}

#[actix_web::test]
async fn structure_and_scoring_are_told_whole() {
    let app = TestApp::spawn().await;
    let proqol = app.anonymous().get("/v1/instruments/proqol-5").await.expect(200);
    let item = |number: usize| &proqol["items"][number - 1];
    assert_eq!(item(4)["options"][0], json!({"value": 1, "weight": 5}));
    assert_eq!(item(5)["options"][0], json!({"value": 1, "weight": 1}));
    let scale = |key: &str| -> Value {
        let scales = proqol["scales"].as_array().unwrap();
        scales.iter().find(|scale| scale["scale"] == key).cloned().unwrap()
    };
    let burnout = scale("burnout");
    assert_eq!((&burnout["minimum"], &burnout["maximum"]), (&json!(10.0), &json!(50.0)));
    assert_eq!(burnout["bands"][1], json!({"band": "moderate", "from": 23.0, "exclusive": false}));
    assert_eq!(proqol["norms"][1]["sample"], "De La Rosa et al. 2018, N = 5,612");
    assert_eq!(proqol["reliable_change"][0]["sd"], 6.5);
    assert_eq!(proqol["reliable_change"][1]["provisional"], true);
    assert_eq!(proqol["versions"], json!(["1.0.0"]));
    let who = app.anonymous().get("/v1/instruments/who-5").await.expect(200);
    assert_eq!(who["customary_change"][0]["points"], 10.0);
    assert_eq!(who["support"], json!({"scale": "percent", "at_most": 28.0}));
    assert!(who.get("language").is_none());
    let check = app.anonymous().get("/v1/instruments/challenge-check").await.expect(200);
    assert_eq!(check["items"][1]["asked_if"], "professional_isolation.applies");
    assert_eq!((&check["kind"], &check["language"]), (&json!("checklist"), &json!("en")));
}

#[actix_web::test]
async fn a_version_and_a_language_can_be_asked_for() {
    let app = TestApp::spawn().await;
    let anyone = app.anonymous();
    anyone.get("/v1/instruments/who-5?version=1.0.0").await.expect(200);
    for path in ["who-5?version=9.0.0", "who-6", "Who-5", "who-5?version=1", "mbi", "%2e%2e"] {
        anyone.get(&format!("/v1/instruments/{path}")).await.refused(404, "not_found");
    }
    for tail in ["fhir", "self-check", "wordings", "wordings/en"] {
        anyone.get(&format!("/v1/instruments/who-6/{tail}")).await.refused(404, "not_found");
    }
    let own = anyone.get("/v1/instruments/weekly-check-in?language=fr-CA").await.expect(200);
    assert_eq!(own["language"], "en");
    for (query, code) in [("language=english", "invalid_language"), ("language=e", "too_short")] {
        let errors = anyone.get(&format!("/v1/instruments/who-5?{query}")).await.refused(422, "validation_failed");
        assert!(errors.as_array().unwrap().iter().any(|fault| fault["code"] == code), "{query}: {errors}");
    }
    anyone.get("/v1/instruments/who-5?lang=en").await.invalid_at("lang", "unknown_parameter");
    anyone.delete("/v1/instruments/who-5").await.refused(405, "method_not_allowed");
}

#[actix_web::test]
async fn what_is_held_already_is_not_sent_again() {
    let app = TestApp::spawn().await;
    for path in ["/v1/instruments", "/v1/instruments/brs", "/v1/instruments/brs/fhir", "/v1/instruments/brs/self-check"]
    {
        let etag = app.anonymous().get(path).await.etag();
        let again = app.anonymous().request(Method::GET, path).header("if-none-match", &etag).send().await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
    }
}

#[actix_web::test]
async fn reading_again_asks_the_database_nothing() {
    let app = TestApp::spawn().await;
    let anyone = app.anonymous();
    let cost = async |path: &str| {
        let before = app.statements().await;
        anyone.get(path).await.expect(200);
        app.statements().await - before
    };
    for path in ["/v1/instruments", "/v1/instruments/who-5"] {
        assert!(cost(path).await > 0);
        // An answer is kept for a second, and a busy machine may take that long.
        let mut costs = Vec::new();
        while costs.len() < 50 && !costs.contains(&0) {
            costs.push(cost(path).await);
        }
        assert!(costs.contains(&0), "{path}: {costs:?}");
    }
}

#[actix_web::test]
async fn every_instrument_passes_its_own_check() {
    let app = TestApp::spawn().await;
    let list = app.anonymous().get("/v1/instruments").await.expect(200);
    for item in list["items"].as_array().unwrap() {
        let key = item["key"].as_str().unwrap();
        let check = app.anonymous().get(&format!("/v1/instruments/{key}/self-check")).await.expect(200);
        assert_eq!(check["passes"], true, "{check}");
        assert!(!check["cases"].as_array().unwrap().is_empty(), "{key}");
        let detail = app.anonymous().get(&format!("/v1/instruments/{key}")).await.expect(200);
        assert_eq!(check["rules_sha256"], detail["rules_sha256"]);
    }
    let worked = app.anonymous().get("/v1/instruments/challenge-check/self-check").await.expect(200);
    let ranking = &worked["cases"][0]["computed"]["ranking"];
    assert_eq!(ranking[0], json!({"challenge": "professional_isolation", "burden": 9, "band": "high", "impact": 3}));
    assert_eq!(ranking[1]["challenge"], "decision_making_complexity");
    assert_eq!(ranking.as_array().unwrap().len(), 5);
}

#[actix_web::test]
async fn challenges_and_avenues_are_those_of_the_vocabularies() {
    let app = TestApp::spawn().await;
    let keys = async |vocabulary: &str| -> Vec<Value> {
        let vocabulary = app.anonymous().get(&format!("/v1/vocabularies/{vocabulary}")).await.expect(200);
        vocabulary["terms"].as_array().unwrap().iter().map(|term| term["key"].clone()).collect()
    };
    let check = app.anonymous().get("/v1/instruments/challenge-check").await.expect(200);
    let scales: Vec<_> = check["scales"].as_array().unwrap().iter().map(|scale| scale["scale"].clone()).collect();
    assert_eq!(scales, keys("challenges").await);
    let check = app.anonymous().get("/v1/instruments/connection-check").await.expect(200);
    let items = check["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap());
    let avenues: Vec<Value> = items.filter_map(|item| item.strip_suffix(".have")).map(Into::into).collect();
    assert_eq!(avenues, keys("avenues").await);
}

#[actix_web::test]
async fn an_operator_adds_an_instrument_and_a_fault_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../../instruments/ucla-3.toml");
    std::fs::write(folder.path().join("newer.toml"), text.replace("1.0.0", "1.1.0")).unwrap();
    let app = TestApp::spawn_with(|config| config.instruments_dir = Some(folder.path().to_owned())).await;
    let detail = app.anonymous().get("/v1/instruments/ucla-3").await.expect(200);
    assert_eq!((&detail["version"], &detail["versions"]), (&json!("1.1.0"), &json!(["1.0.0", "1.1.0"])));
    app.anonymous().get("/v1/instruments/ucla-3?version=1.0.0").await.expect(200);

    std::fs::write(
        folder.path().join("newer.toml"),
        text.replace("key = \"lonely\", from = 6", "key = \"lonely\", from = 2"),
    )
    .unwrap();
    let config = support_network::config::Config {
        instruments_dir: Some(folder.path().to_owned()),
        database_url: Some(app.database_url().to_owned().into()),
        ..app.state.config.clone()
    };
    let fault = support_network::server::prepare(config, app.clock.clone()).await.err().unwrap();
    assert_eq!(fault.setting, "instruments_dir");
    assert!(fault.fault.contains("newer.toml, line "), "{fault}");
}

#[test]
fn a_wording_that_is_not_there_is_left_out_of_the_answer() {
    let item = &document()["components"]["schemas"]["InstrumentItem"];
    assert!(!item["required"].as_array().unwrap().contains(&json!("text")));
}
