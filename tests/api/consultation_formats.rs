//! How groups work on what somebody brings.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn anyone_reads_the_formats_and_their_phases() {
    let app = TestApp::spawn().await;
    let anyone = app.anonymous();
    let list = anyone.get("/v1/consultation-formats").await.expect(200);
    let keys: Vec<_> = list["items"].as_array().unwrap().iter().map(|format| &format["key"]).collect();
    let words = anyone.get("/v1/vocabularies/consultation_formats").await.expect(200);
    assert_eq!(keys, words["terms"].as_array().unwrap().iter().map(|term| &term["key"]).collect::<Vec<_>>());
    let balint = anyone.get("/v1/consultation-formats/balint").await;
    let etag = balint.etag();
    let balint = balint.expect(200);
    assert_eq!((&balint["label"], &balint["minutes"]), (&json!("Balint group"), &json!(40)));
    let phases: Vec<_> = balint["phases"].as_array().unwrap().iter().map(|phase| &phase["minutes"]).collect();
    assert_eq!(phases, [20, 15, 5]);
    let record = &anyone.get("/v1/consultation-formats/ethics_stepwise").await.expect(200)["phases"][5];
    assert_eq!((&record["key"], record.get("minutes")), (&json!("record"), None));
    let request = anyone.request("GET".parse().unwrap(), "/v1/consultation-formats/balint");
    request.header("if-none-match", &etag).send().await.expect(304);
    anyone.get("/v1/consultation-formats/tarot").await.refused(404, "not_found");
    anyone.delete("/v1/consultation-formats/balint").await.refused(405, "method_not_allowed");
}
