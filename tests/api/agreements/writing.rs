//! The clause library, and drafts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, agreement_path, clauses};

fn numbered(count: usize) -> Value {
    (0..count).map(|at| json!({"key": format!("k{at}"), "title": "T", "body": "B"})).collect()
}

#[actix_web::test]
async fn anyone_reads_the_clause_library() {
    let app = TestApp::spawn().await;
    let answer = app.anonymous().get("/v1/agreement-clauses").await;
    let etag = answer.etag();
    let library = answer.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!((library.len(), &library[0]["key"]), (17, &json!("not_supervision")));
    let again = app.anonymous().request(Method::GET, "/v1/agreement-clauses").header("If-None-Match", &etag);
    assert_eq!(again.send().await.status, 304);
    // It is meant to be taken as it is.
    let circle = app.draft_circle_with(json!({})).await;
    let published = circle.publishes(json!({"clauses": library})).await;
    assert_eq!(published["clauses"], json!(library));
}

#[actix_web::test]
async fn a_draft_is_written_changed_and_deleted() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({})).await;
    let owner = &circle.owner;
    let answer = owner.post(&circle.path("agreements"), json!({"clauses": clauses()})).await;
    let (path, etag) = (answer.location(), answer.etag());
    let draft = answer.expect(201);
    assert_eq!((&draft["status"], &draft["material"], &draft["version"]), (&json!("draft"), &json!(true), &json!(1)));
    assert_eq!((&draft["clauses"], &draft["signature_count"]), (&clauses(), &json!(0)));
    assert_eq!(draft["created_by"], owner.id);
    for absent in ["number", "sha256", "canonical", "effective_from", "changes_since_previous", "published_at"] {
        assert_eq!(draft[absent], Value::Null, "{absent}");
    }
    assert_eq!(owner.get(&path).await.expect(200), draft);
    let patch = |body: Value, tag: &str| owner.request(Method::PATCH, &path).header("If-Match", tag).json(&body).send();
    let changed = patch(json!({"material": false}), &etag).await.expect(200);
    assert_eq!(
        (&changed["material"], &changed["clauses"], &changed["version"]),
        (&json!(false), &clauses(), &json!(2))
    );
    patch(json!({"material": true}), &etag).await.refused(412, "stale_version");
    let one = json!([{"key": "a_1", "title": "A", "body": "Line one.\nLine \"two\" – naïve 🙂"}]);
    let changed = owner.patch(&path, json!({"clauses": one})).await.expect(200);
    assert_eq!((&changed["clauses"], &changed["material"]), (&one, &json!(false)));
    owner.patch(&path, json!({})).await.invalid_at("#", "empty_patch");
    owner.patch(&path, json!({"clauses": null})).await.refused(422, "validation_failed");
    owner.request(Method::DELETE, &path).header("If-Match", &etag).send().await.refused(412, "stale_version");
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.refused(404, "not_found");
    owner.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn clauses_that_do_not_fit_are_named() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({})).await;
    let path = circle.path("agreements");
    let clause = |key: &str, title: &str, body: &str| json!([{"key": key, "title": title, "body": body}]);
    for (clauses, pointer, code) in [
        (json!([]), "#/clauses", "too_short"),
        (numbered(41), "#/clauses", "too_long"),
        (clause("Recusal", "T", "B"), "#/clauses/0/key", "invalid_key"),
        (clause("", "T", "B"), "#/clauses/0/key", "invalid_key"),
        (clause(&"k".repeat(41), "T", "B"), "#/clauses/0/key", "too_long"),
        (clause("k", " T", "B"), "#/clauses/0/title", "blank"),
        (clause("k", &"T".repeat(121), "B"), "#/clauses/0/title", "too_long"),
        (clause("k", "T", " \n "), "#/clauses/0/body", "blank"),
        (clause("k", "T", "a\u{202e}b"), "#/clauses/0/body", "invalid_characters"),
        (clause("k", "T", &"B".repeat(2001)), "#/clauses/0/body", "too_long"),
        (
            json!([{"key": "k", "title": "T", "body": "B"}, {"key": "k", "title": "U", "body": "C"}]),
            "#/clauses",
            "duplicate",
        ),
    ] {
        circle.owner.post(&path, json!({"clauses": clauses})).await.invalid_at(pointer, code);
    }
    circle.owner.post(&path, json!({"clauses": numbered(40)})).await.expect(201);
    for member in ["number", "sha256", "status", "published_at", "created_by", "effective_from", "id"] {
        let body = json!({"clauses": clauses(), member: "x"});
        circle.owner.post(&path, body).await.invalid_at(&format!("#/{member}"), "unknown_member");
    }
}

#[actix_web::test]
async fn lists_are_paged_filtered_and_sorted() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let reader = app.therapist("reader").await;
    circle.publishes(json!({"clauses": numbered(2)})).await;
    let draft = circle.drafts(json!({"clauses": numbered(3)})).await;
    let numbers = |list: Vec<Value>| list.iter().map(|one| one["number"].as_i64().unwrap_or(0)).collect::<Vec<_>>();
    for (who, query, expected) in [
        (&circle.owner, "", vec![1, 2, 0]),
        (&circle.owner, "sort=-created_at", vec![0, 2, 1]),
        (&circle.owner, "status=draft", vec![0]),
        (&circle.owner, "status=published", vec![1, 2]),
        (&circle.owner, "status=published&status=draft", vec![1, 2, 0]),
        (&reader, "", vec![1, 2]),
        (&reader, "status=draft", vec![]),
    ] {
        let list = who.all(&circle.path(&format!("agreements?limit=1&{query}"))).await;
        assert!(list.iter().all(|one| one["canonical"].is_null() && one["clauses"].is_array()));
        assert_eq!(numbers(list), expected, "{query}");
    }
    let whole = circle.owner.get(&circle.path("agreements?include_total=true")).await.expect(200);
    assert_eq!((&whole["total"], &whole["items"][2]["id"]), (&json!(3), &draft["id"]));
    assert_eq!(reader.get(&circle.path("agreements?include_total=true")).await.expect(200)["total"], 2);
    reader.get(&circle.path("agreements?status=signed")).await.invalid_at("status", "unknown_value");
}

#[actix_web::test]
async fn a_longer_page_takes_no_more_statements() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    for _ in 0..5 {
        circle.publishes(json!({"clauses": numbered(2)})).await;
    }
    circle.seats_all(&app, ["a", "b", "c", "d", "e"]).await;
    let current = circle.agreement().await;
    for path in [circle.path("agreements?sort=-created_at"), agreement_path(&current, "/signatures?sort=-signed_at")] {
        let mut counts = Vec::new();
        for limit in [2, 5] {
            let (cost, shown) = app.cost_of_page(&circle.owner, &format!("{path}&limit={limit}")).await;
            assert_eq!(shown, limit);
            counts.push(cost);
        }
        assert_eq!(counts[0], counts[1], "{path}");
    }
}
