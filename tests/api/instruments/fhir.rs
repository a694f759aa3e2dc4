use reqwest::Method;
use serde_json::{Value, json};

use super::wording;
use crate::support::{TestApp, assert_valid_r4, faults_in_r4};

#[actix_web::test]
async fn every_questionnaire_is_valid_fhir() {
    let app = TestApp::spawn().await;
    let list = app.anonymous().get("/v1/instruments").await.expect(200);
    for item in list["items"].as_array().unwrap() {
        let key = item["key"].as_str().unwrap();
        let answer = app.anonymous().get(&format!("/v1/instruments/{key}/fhir")).await;
        assert_eq!(answer.header("content-type"), Some("application/fhir+json"), "{key}");
        let resource = answer.expect(200);
        assert_valid_r4(&resource);
        let url = format!("http://support-network.test/v1/instruments/{key}");
        assert_eq!((&resource["url"], &resource["version"]), (&json!(url), &item["version"]));
        assert_eq!(resource["item"].as_array().unwrap().len(), item["item_count"]);
    }
}

#[test]
fn the_schema_tells_good_from_bad() {
    let good =
        json!({"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "1", "type": "choice"}]});
    assert_valid_r4(&good);
    let response = json!({"resourceType": "QuestionnaireResponse", "status": "completed"});
    let observation =
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": 3}});
    let entry = |resource: &Value| json!({"resource": resource});
    assert_valid_r4(
        &json!({"resourceType": "Bundle", "type": "collection", "entry": [entry(&response), entry(&observation)]}),
    );
    for (member, value) in [
        ("status", json!("finished")),
        ("item", json!([{"linkId": 1, "type": "choice"}])),
        ("colour", json!("red")),
        ("id", json!("with space")),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(!faults_in_r4(&bad).is_empty(), "{bad}");
    }
}

#[actix_web::test]
async fn a_client_may_ask_for_fhir_and_for_nothing_else_that_is_not_there() {
    let app = TestApp::spawn().await;
    let ask = async |path: &str, accept: &str| {
        app.anonymous().request(Method::GET, path).header("accept", accept).send().await.status
    };
    assert_eq!(ask("/v1/instruments/brs/fhir", "application/fhir+json").await, 200);
    assert_eq!(ask("/v1/instruments/brs/fhir", "application/json").await, 200);
    assert_eq!(ask("/v1/instruments/brs/fhir", "application/fhir+xml").await, 406);
    assert_eq!(ask("/v1/instruments/brs", "application/fhir+json").await, 406);
}

#[actix_web::test]
async fn what_is_exported_can_be_imported() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    admin.put("/v1/instruments/ucla-3/wordings/de", wording(3)).await.expect(201);
    let path = "/v1/instruments/ucla-3/fhir?language=de";
    let mut resource = app.anonymous().get(path).await.expect(200);
    assert_valid_r4(&resource);
    assert_eq!((&resource["language"], &resource["title"]), (&json!("de"), &json!("An invented title")));
    assert_eq!(resource["item"][0]["text"], "Invented question 1");
    assert_eq!(resource["item"][0]["answerOption"][2]["valueCoding"]["display"], "Often");

    resource["language"] = json!("nl");
    let request = admin.request(Method::PUT, "/v1/instruments/ucla-3/wordings/nl");
    let imported = request.body("application/fhir+json", resource.to_string()).send().await.expect(201);
    assert_eq!(imported["permission"], wording(3)["permission"]);
    let again = admin.get("/v1/instruments/ucla-3/wordings/de").await.expect(200);
    assert_eq!((&imported["items"], &imported["title"]), (&again["items"], &again["title"]));
}

#[actix_web::test]
async fn a_questionnaire_of_r5_is_taken_under_either_media_type() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let item = |number: usize| {
        json!({"linkId": number.to_string(), "type": "coding", "text": format!("Invented {number}"),
            "answerConstraint": "optionsOnly", "answerOption": [{"valueCoding": {"code": "1", "display": "Hardly"}}]})
    };
    let resource = json!({
        "resourceType": "Questionnaire", "status": "active", "versionAlgorithmString": "semver", "copyrightLabel": "2026",
        "copyright": "By its author.", "unknown": {"to": "us"},
        "item": [{"linkId": "all", "type": "group", "text": "All", "item": (1..=3).map(item).collect::<Vec<_>>()}],
    });
    let path = "/v1/instruments/ucla-3/wordings/es-419";
    let body = admin.put(path, resource.clone()).await.expect(201);
    assert_eq!((&body["language"], &body["items"][2]["text"]), (&json!("es-419"), &json!("Invented 3")));
    let request = admin.request(Method::PUT, path).body("application/fhir+json; charset=utf-8", resource.to_string());
    assert_eq!(request.send().await.expect(200)["version"], body["version"].as_i64().unwrap() + 1);
    for (pointer, code, change) in [
        ("#/resourceType", "unknown_value", ("resourceType", json!("Patient"))),
        ("#/language", "other_language", ("language", json!("fr"))),
        ("#/copyright", "wrong_type", ("copyright", json!(7))),
        ("#/copyright", "too_short", ("copyright", json!("x"))),
        ("#/title", "blank", ("title", json!(" x"))),
        ("#/item", "missing_item", ("item", json!([item(1), item(2)]))),
        ("#/item/3/linkId", "unknown_item", ("item", json!([item(1), item(2), item(3), item(4)]))),
        ("#/item/3/linkId", "duplicate", ("item", json!([item(1), item(2), item(3), item(1)]))),
    ] {
        let mut bad = resource.clone();
        bad[change.0] = change.1;
        admin.put(path, bad).await.invalid_at(pointer, code);
    }
    let mut bad = resource.clone();
    bad["item"][0]["item"][1]["answerOption"][0]["valueCoding"]["code"] = json!("4");
    let place = "#/item/0/item/1/answerOption/0/valueCoding/code";
    admin.put(path, bad.clone()).await.invalid_at(place, "unknown_value");
    bad["item"][0]["item"][1]["answerOption"][0]["valueCoding"]["code"] = json!("often");
    admin.put(path, bad).await.invalid_at(place, "wrong_type");
    let request = admin.request(Method::PUT, path).body("application/fhir+json", "[]");
    request.send().await.invalid_at("#", "wrong_type");
    let request = admin.request(Method::PUT, path).body("application/fhir+xml", "<x/>");
    request.send().await.refused(415, "unsupported_media_type");
}
