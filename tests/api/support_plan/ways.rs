use serde_json::{Value, json};

use crate::support::TestApp;

fn keys(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn every_link_of_every_avenue_leads_somewhere() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.put("/v1/me/profile", json!({"languages": ["en"]})).await.expect(201);
    let avenues = app.anonymous().get("/v1/avenues").await.expect(200);
    let mut followed = 0;
    for avenue in avenues["items"].as_array().unwrap() {
        let path = format!("/v1/avenues/{}", avenue["key"].as_str().unwrap());
        assert_eq!(&app.anonymous().get(&path).await.expect(200), avenue);
        for link in avenue["links"].as_array().unwrap() {
            let href = link["href"].as_str().unwrap();
            ana.get(href).await.expect(200);
            if link["signed_in"] == false {
                app.anonymous().get(href).await.expect(200);
            } else {
                app.anonymous().get(href).await.refused(401, "unauthenticated");
            }
            followed += 1;
        }
    }
    assert!(followed >= 16, "{followed}");
}

#[actix_web::test]
async fn avenues_are_professional_or_personal_each_with_an_action_and_an_idea() {
    let app = TestApp::spawn().await;
    for (query, count) in [("", 16), ("?kind=professional", 7), ("?kind=personal", 9)] {
        let list = app.anonymous().get(&format!("/v1/avenues{query}")).await.expect(200);
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), count, "{query}");
        assert!(items.iter().all(|one| one["action"].is_string() && one["idea"].is_string()), "{query}");
        let kinds = items.iter().filter(|one| query.ends_with(one["kind"].as_str().unwrap())).count();
        assert!(query.is_empty() || kinds == count, "{query}");
    }
    app.anonymous().get("/v1/avenues?kind=public").await.invalid_at("kind", "unknown_value");
    app.anonymous().get("/v1/avenues/no_such_avenue").await.refused(404, "not_found");
}

#[actix_web::test]
async fn every_challenge_names_its_avenues_and_every_benefit_is_told() {
    let app = TestApp::spawn().await;
    let challenges = app.anonymous().get("/v1/challenges").await.expect(200);
    let advised: Vec<_> =
        challenges["items"].as_array().unwrap().iter().map(|one| (one["key"].clone(), keys(&one["avenues"]))).collect();
    let expected = [
        (
            "professional_isolation",
            vec!["peer_consultation_group", "therapist_support_group", "local_association", "online_community"],
        ),
        ("decision_making_complexity", vec!["peer_consultation_group", "clinical_supervision"]),
        ("caseload_pressure", vec!["peer_consultation_group", "development_community"]),
        ("administrative_demands", vec!["training_program", "peer_consultation_group", "local_association"]),
        ("trauma_exposure", vec!["clinical_supervision", "peer_consultation_group"]),
        (
            "personal_matters",
            vec![
                "friendships",
                "family",
                "therapist_support_group",
                "personal_development_workshop",
                "outside_networking",
            ],
        ),
    ];
    assert_eq!(advised, expected.map(|(key, avenues)| (json!(key), avenues)));
    let trauma = app.anonymous().get("/v1/challenges/trauma_exposure").await.expect(200);
    assert_eq!(trauma["instruments"], json!(["proqol-5"]));
    assert_eq!(&trauma, &challenges["items"][4]);
    app.anonymous().get("/v1/challenges/friendships").await.refused(404, "not_found");

    let benefits = app.anonymous().get("/v1/benefits").await.expect(200);
    let told = ["mutual_support", "knowledge_exchange", "preventing_burnout", "career_growth"];
    assert_eq!(keys(&benefits["items"]), told);
}

#[actix_web::test]
async fn what_is_held_already_is_not_sent_again_and_nothing_can_be_changed() {
    let app = TestApp::spawn().await;
    for path in ["/v1/avenues", "/v1/avenues/family", "/v1/challenges", "/v1/benefits"] {
        let etag = app.anonymous().get(path).await.etag();
        let again = app.anonymous().request(reqwest::Method::GET, path).header("if-none-match", &etag).send().await;
        assert_eq!(again.status, 304, "{path}");
        app.anonymous().post(path, json!({})).await.refused(405, "method_not_allowed");
    }
}
