//! `ETag`, `If-None-Match` and `If-Match`, with organizations as the example.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

async fn proposal(ana: &Person) -> Answer {
    let answer =
        ana.post("/v1/organizations", json!({"name": "Society of Listeners", "kind": "online_community"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

async fn patch(ana: &Person, path: &str, tag: &str, city: &str) -> Answer {
    let body = json!({"description": city});
    ana.request(Method::PATCH, path).header("if-match", tag).json(&body).send().await
}

#[actix_web::test]
async fn a_tag_saves_a_reader_the_body_and_a_writer_an_overwrite() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let created = proposal(&ana).await;
    let path = created.header("location").unwrap().to_owned();
    let read = ana.get(&path).await;
    assert_eq!((read.etag(), read.header("cache-control")), (created.etag(), Some("private, no-cache")));
    let first = read.etag();
    assert!(first.starts_with('"') && first.ends_with('"'), "{first} is not strong");

    let held = async |tags: &str| ana.request(Method::GET, &path).header("if-none-match", tags).send().await;
    for tags in [first.clone(), format!("W/{first}"), format!("\"x\", {first} , \"y\""), "*".into()] {
        let answer = held(&tags).await;
        assert_eq!((answer.status, answer.text.as_str(), answer.etag()), (304, "", first.clone()), "{tags}");
        assert!(answer.headers.contains_key("vary") && answer.headers.contains_key("cache-control"));
    }
    for tags in ["\"x\"", "\"x\", W/\"y\"", "rubbish", "", "\"", ","] {
        assert_eq!(held(tags).await.status, 200, "{tags}");
    }

    let changed = patch(&ana, &path, &first, "One").await;
    let second = changed.etag();
    assert_ne!(second, first);
    changed.expect(200);
    assert_eq!(ana.get(&path).await.etag(), second);
    assert_eq!(held(&first).await.status, 200);
    for stale in [first.clone(), format!("W/{first}"), "\"x\"".into(), format!("\"x\", {first}"), "\"\"".into()] {
        patch(&ana, &path, &stale, "Two").await.refused(412, "stale_version");
    }
    for malformed in ["rubbish", "7", "\"", "W/", first.trim_matches('"')] {
        let errors = patch(&ana, &path, malformed, "Two").await.refused(422, "validation_failed");
        assert_eq!(errors[0]["parameter"], "If-Match", "{malformed}");
    }
    assert_eq!(ana.get(&path).await.expect(200)["description"], "One");
    patch(&ana, &path, &format!("\"x\", {second}"), "Three").await.expect(200);
    let third = patch(&ana, &path, "*", "Four").await;
    let gone = ana.request(Method::DELETE, &path).header("if-match", &second).send().await;
    gone.refused(412, "stale_version");
    ana.request(Method::DELETE, &path).header("if-match", &third.etag()).send().await.expect(204);
    patch(&ana, &path, "*", "Five").await.refused(404, "not_found");
    ana.delete(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn of_fifty_writers_with_one_tag_exactly_one_wins() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let created = proposal(&ana).await;
    let (path, tag) = (created.header("location").unwrap().to_owned(), created.etag());
    let mut writers = Vec::new();
    for number in 0..50 {
        let (ana, path, tag) = (ana.clone(), path.clone(), tag.clone());
        writers.push(actix_web::rt::spawn(async move { patch(&ana, &path, &tag, &format!("Writer {number}")).await }));
    }
    let mut won = Vec::new();
    for writer in writers {
        let answer = writer.await.unwrap();
        match answer.status {
            200 => won.push(answer.json["description"].clone()),
            _ => drop(answer.refused(412, "stale_version")),
        }
    }
    assert_eq!(won.len(), 1, "{won:?}");
    let now: Value = ana.get(&path).await.expect(200);
    assert_eq!((&now["description"], &now["version"]), (&won[0], &json!(2)));
}

#[actix_web::test]
async fn a_patch_that_changes_nothing_is_refused_and_null_clears() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = proposal(&ana).await.header("location").unwrap().to_owned();
    for empty in ["{}", " { } ", ""] {
        let request = ana.request(Method::PATCH, &path).body("application/merge-patch+json", empty);
        request.send().await.invalid_at("#", "empty_patch");
    }
    let merge = |body: Value| ana.request(Method::PATCH, &path).body("application/merge-patch+json", body.to_string());
    let set = merge(json!({"description": "Words", "website_url": "https://example.org/"})).send().await.expect(200);
    assert_eq!(set["description"], "Words");
    let cleared = merge(json!({"description": null})).send().await.expect(200);
    assert_eq!((cleared.get("description"), &cleared["website_url"]), (None, &set["website_url"]));
    merge(json!({"name": null})).send().await.invalid_at("#/name", "wrong_type");
    merge(json!({"status": "published"})).send().await.invalid_at("#/status", "unknown_member");
}
