use serde_json::Value;

use crate::support::{TestApp, document};

#[actix_web::test]
async fn every_vocabulary_is_listed_with_its_size_and_can_be_read_by_anyone() {
    let app = TestApp::spawn().await;
    let list = app.anonymous().get("/v1/vocabularies").await.expect(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 15);
    for item in items {
        let name = item["name"].as_str().unwrap();
        let detail = app.anonymous().get(&format!("/v1/vocabularies/{name}")).await.expect(200);
        assert_eq!(item["term_count"], detail["terms"].as_array().unwrap().len(), "{name}");
        assert_eq!((&item["label"], &item["description"]), (&detail["label"], &detail["description"]), "{name}");
    }
}

#[actix_web::test]
async fn words_keep_their_order_and_carry_what_belongs_to_them() {
    let app = TestApp::spawn().await;
    let terms = async |name: &str| -> Vec<Value> {
        let vocabulary = app.anonymous().get(&format!("/v1/vocabularies/{name}")).await.expect(200);
        vocabulary["terms"].as_array().unwrap().clone()
    };
    let challenges = terms("challenges").await;
    assert_eq!(
        (&challenges[0]["key"], &challenges[5]["key"]),
        (&"professional_isolation".into(), &"personal_matters".into())
    );

    let avenues = terms("avenues").await;
    assert!(avenues[..7].iter().all(|term| term["kind"] == "professional"));
    assert!(avenues[7..].iter().all(|term| term["kind"] == "personal"));
    assert!(avenues.iter().all(|term| term["action"].is_string() && term["idea"].is_string()));

    let families = terms("licence_families").await;
    assert_eq!(families[0]["titles"], serde_json::json!(["LMFT", "AMFT"]));
    assert!(families.last().unwrap().get("titles").is_none());

    let codes = terms("taxonomy_codes").await;
    assert!(codes.iter().all(|term| term["key"] != "103GC0700X" && term.get("retired").is_none()));
}

#[actix_web::test]
async fn a_vocabulary_that_is_held_already_is_not_sent_again() {
    let app = TestApp::spawn().await;
    for path in ["/v1/vocabularies", "/v1/vocabularies/avenues"] {
        let etag = app.anonymous().get(path).await.etag();
        let again = app.anonymous().request(reqwest::Method::GET, path).header("if-none-match", &etag).send().await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        let other = app.anonymous().request(reqwest::Method::GET, path).header("if-none-match", "\"x\"").send().await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn an_unknown_vocabulary_is_not_found_and_none_can_be_changed() {
    let app = TestApp::spawn().await;
    for name in ["colours", "Specialties", "%2e%2e", "specialties%00"] {
        app.anonymous().get(&format!("/v1/vocabularies/{name}")).await.refused(404, "not_found");
    }
    app.anonymous().delete("/v1/vocabularies/avenues").await.refused(405, "method_not_allowed");
}

#[test]
fn the_document_names_what_a_key_is() {
    let schema = &document()["components"]["schemas"]["Term"]["properties"];
    assert!(schema.get("retired").is_none());
    assert_eq!(schema["titles"]["items"]["$ref"], "#/components/schemas/LicenceTitle");
}
