use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::wording;
use crate::support::TestApp;

const PATH: &str = "/v1/instruments/ucla-3/wordings/pt-BR";

#[actix_web::test]
async fn administrators_import_a_wording_and_everyone_reads_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let answer = admin.put("/v1/instruments/ucla-3/wordings/PT-br", wording(3)).await;
    assert_eq!(answer.location(), PATH);
    let made = answer.expect(201);
    assert_eq!((&made["language"], &made["instrument_version"]), (&json!("pt-BR"), &json!("1.0.0")));
    assert_eq!(made["items"][0]["options"][0], json!({"value": 1, "label": "Hardly"}));

    let detail = app.anonymous().get("/v1/instruments/ucla-3?language=pt-BR").await.expect(200);
    assert_eq!((&detail["language"], &detail["title"]), (&json!("pt-BR"), &json!("An invented title")));
    assert_eq!((&detail["licence"]["text_status"], &detail["languages"]), (&json!("imported"), &json!(["pt-BR"])));
    assert_eq!(detail["licence"]["permission"], made["permission"]);
    assert_eq!(detail["items"][1]["text"], "Invented question 2");
    assert_eq!(detail["items"][1]["options"][2]["label"], "Often");
    // Without a language, or with one that is not there, what there is.
    for query in ["", "?language=sv"] {
        let detail = app.anonymous().get(&format!("/v1/instruments/ucla-3{query}")).await.expect(200);
        assert_eq!(detail["language"], "pt-BR", "{query}");
    }
    let list = app.anonymous().get("/v1/instruments").await.expect(200);
    let listed = list["items"].as_array().unwrap().iter().find(|item| item["key"] == "ucla-3").cloned().unwrap();
    assert_eq!((&listed["text_status"], &listed["languages"]), (&json!("imported"), &json!(["pt-BR"])));

    let wordings = app.anonymous().all("/v1/instruments/ucla-3/wordings").await;
    assert_eq!(wordings.len(), 1);
    assert_eq!(wordings[0]["permission"], "By its author, in a letter of 2 November 2026.");
    assert!(wordings[0].get("items").is_none());

    let replaced =
        admin.put(PATH, json!({"permission": "By its heir.", "items": wording(3)["items"]})).await.expect(200);
    let next = made["version"].as_i64().unwrap() + 1;
    assert_eq!((&replaced["version"], replaced.get("title")), (&json!(next), None));
    let detail = app.anonymous().get("/v1/instruments/ucla-3").await.expect(200);
    assert_eq!(detail["title"], "UCLA three-item loneliness scale");
    assert!(detail["items"][0]["options"][0].get("label").is_none());

    admin.delete(PATH).await.expect(204);
    admin.delete(PATH).await.refused(404, "not_found");
    app.anonymous().get(PATH).await.refused(404, "not_found");
    let detail = app.anonymous().get("/v1/instruments/ucla-3").await.expect(200);
    assert_eq!(detail["licence"]["text_status"], "structure_only");
}

#[actix_web::test]
async fn only_administrators_may() {
    let app = TestApp::spawn().await;
    let (admin, moderator, ana) = (app.admin("ada").await, app.moderator("mo").await, app.therapist("ana").await);
    app.anonymous().put(PATH, wording(3)).await.refused(401, "unauthenticated");
    for other in [&ana, &moderator] {
        other.put(PATH, wording(3)).await.refused(403, "forbidden");
    }
    admin.put(PATH, wording(3)).await.expect(201);
    app.anonymous().delete(PATH).await.refused(401, "unauthenticated");
    for other in [&ana, &moderator] {
        other.delete(PATH).await.refused(403, "forbidden");
        other.get(PATH).await.expect(200);
    }
}

#[actix_web::test]
async fn a_wording_that_does_not_fit_is_refused_with_its_places() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let with = |member: &str, value: serde_json::Value| {
        let mut body = wording(3);
        body[member] = value;
        body
    };
    let item = |name: &str, options: serde_json::Value| json!({"item": name, "text": "?", "options": options});
    for (body, pointer, code) in [
        (wording(2), "#/items", "missing_item"),
        (wording(4), "#/items/3/item", "unknown_item"),
        (
            with(
                "items",
                json!([item("1", json!([])), item("2", json!([])), item("3", json!([])), item("2", json!([]))]),
            ),
            "#/items/3/item",
            "duplicate",
        ),
        (with("options", json!([{"value": 4, "label": "x"}])), "#/options/0/value", "unknown_value"),
        (
            with(
                "items",
                json!([item("1", json!([{"value": 0, "label": "x"}])), item("2", json!([])), item("3", json!([]))]),
            ),
            "#/items/0/options/0/value",
            "unknown_value",
        ),
        (with("permission", json!("no")), "#/permission", "too_short"),
        (with("title", json!("a\u{202e}b")), "#/title", "invalid_characters"),
        (with("colour", json!("red")), "#/colour", "unknown_member"),
    ] {
        admin.put(PATH, body).await.invalid_at(pointer, code);
    }
    let errors = admin.put(PATH, wording(1)).await.refused(422, "validation_failed");
    assert_eq!(errors.as_array().unwrap().len(), 2, "every item that is missing: {errors}");
    for tag in ["english", "e", "en_US", "%20"] {
        let path = format!("/v1/instruments/ucla-3/wordings/{tag}");
        admin.put(&path, wording(3)).await.invalid_at("language", "invalid_language");
    }
    for tag in ["%00", "en%00", "x", "de"] {
        let path = format!("/v1/instruments/ucla-3/wordings/{tag}");
        admin.get(&path).await.refused(404, "not_found");
        admin.delete(&path).await.refused(404, "not_found");
    }
    admin.put("/v1/instruments/nothing/wordings/de", wording(3)).await.refused(404, "not_found");
    assert!(app.anonymous().all("/v1/instruments/ucla-3/wordings").await.is_empty());
}

#[actix_web::test]
async fn our_own_instruments_can_be_imported_in_other_languages() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let detail = app.anonymous().get("/v1/instruments/weekly-check-in").await.expect(200);
    let items = detail["items"].as_array().unwrap();
    let items: Vec<_> = items.iter().map(|item| json!({"item": item["item"], "text": "Auf Deutsch."})).collect();
    let body = json!({"permission": "Our own, under CC0.", "items": items});
    let own = "/v1/instruments/weekly-check-in/wordings/en";
    admin.put(own, body.clone()).await.invalid_at("language", "bundled_language");
    admin.put("/v1/instruments/weekly-check-in/wordings/de", body).await.expect(201);
    for (language, answered, status) in [("de-AT", "de", "imported"), ("en", "en", "bundled"), ("sv", "en", "bundled")]
    {
        let path = format!("/v1/instruments/weekly-check-in?language={language}");
        let detail = app.anonymous().get(&path).await.expect(200);
        assert_eq!((&detail["language"], &detail["licence"]["text_status"]), (&json!(answered), &json!(status)));
        assert_eq!(detail["languages"], json!(["en", "de"]));
    }
}

#[actix_web::test]
async fn versions_are_held_and_every_change_is_on_the_trail() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let first = admin.put(PATH, wording(3)).await;
    let stale = first.etag();
    admin.put(PATH, wording(3)).await.expect(200);
    for request in [admin.request(Method::PUT, PATH).json(&wording(3)), admin.request(Method::DELETE, PATH)] {
        request.header("if-match", &stale).send().await.refused(412, "stale_version");
    }
    let absent = admin.request(Method::PUT, "/v1/instruments/ucla-3/wordings/it").json(&wording(3));
    absent.header("if-match", &stale).send().await.refused(412, "stale_version");
    let replaced = admin.get(PATH).await.etag();
    admin.delete(PATH).await.expect(204);
    for tag in [&*replaced, "*"] {
        let again = admin.request(Method::PUT, PATH).json(&wording(3)).header("if-match", tag);
        again.send().await.refused(412, "stale_version");
    }
    let events = admin.all("/v1/audit-events?subject_type=instrument_wording").await;
    let mut actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["instrument_wording.delete", "instrument_wording.import", "instrument_wording.import"]);
    assert!(events.iter().all(|event| event["actor_id"] == admin.id.as_str()));
}

#[actix_web::test]
async fn of_two_who_import_at_once_one_comes_first() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    let answers = join_all((0..6).map(|_| admin.put(PATH, wording(3)))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    let first = answers.iter().find(|answer| answer.status == 201).unwrap().json["version"].as_i64().unwrap();
    assert_eq!(admin.get(PATH).await.expect(200)["version"], first + 5);
}

#[actix_web::test]
async fn a_newer_version_of_an_instrument_waits_for_its_own_wording() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    admin.put(PATH, wording(3)).await.expect(201);
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../../instruments/ucla-3.toml").replace("1.0.0", "1.1.0");
    std::fs::write(folder.path().join("newer.toml"), text).unwrap();
    let newer = app.sibling(|config| config.instruments_dir = Some(folder.path().to_owned())).await;
    let detail = newer.anonymous().get("/v1/instruments/ucla-3").await.expect(200);
    assert_eq!(detail["licence"]["text_status"], "structure_only");
    let detail = newer.anonymous().get("/v1/instruments/ucla-3?version=1.0.0").await.expect(200);
    assert_eq!(detail["licence"]["text_status"], "imported");
    assert_eq!(newer.anonymous().all("/v1/instruments/ucla-3/wordings?version=1.0.0").await.len(), 1);
    newer.anonymous().get(PATH).await.refused(404, "not_found");
    newer.anonymous().get(&format!("{PATH}?version=1.0.0")).await.expect(200);
}

#[actix_web::test]
async fn pages_of_wordings_cost_the_same_whatever_they_hold() {
    let app = TestApp::spawn().await;
    let admin = app.admin("ada").await;
    for tag in ["de", "es", "fr", "it", "nl"] {
        admin.put(&format!("/v1/instruments/ucla-3/wordings/{tag}"), wording(3)).await.expect(201);
    }
    let mut costs = Vec::new();
    for limit in [1, 5] {
        let before = app.statements().await;
        app.anonymous().get(&format!("/v1/instruments/ucla-3/wordings?limit={limit}")).await.expect(200);
        costs.push(app.statements().await - before);
    }
    assert_eq!(costs[0], costs[1]);
    let languages = app.anonymous().all("/v1/instruments/ucla-3/wordings?limit=2").await;
    let languages: Vec<_> = languages.iter().map(|one| one["language"].as_str().unwrap()).collect();
    assert_eq!(languages, ["de", "es", "fr", "it", "nl"]);
}
