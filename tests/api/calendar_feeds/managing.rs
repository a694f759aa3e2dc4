use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{FEEDS, file, names, path};
use crate::support::TestApp;

#[actix_web::test]
async fn a_feed_is_made_read_changed_and_ended() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let answer = ana.post(FEEDS, json!({"label": "My phone"})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "it holds a secret");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.location();
    let made = answer.expect(201);
    assert_eq!(location, path(&made));
    let token = file(&made).trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
    assert_eq!(token.len(), 43, "{made}");
    assert_eq!((&made["show_names"], &made["closed"], &made["version"]), (&json!(false), &json!(false), &json!(1)));
    let answer = ana.get(&location).await;
    let etag = answer.etag();
    let read = answer.expect(200);
    assert_eq!((read.get("url"), read.get("last_fetched_on")), (None, None));

    let stale = ana.request(Method::PATCH, &location).header("if-match", "\"9.x\"").json(&names());
    stale.send().await.refused(412, "stale_version");
    let change = ana.request(Method::PATCH, &location).header("if-match", &etag).json(&names());
    let changed = change.send().await.expect(200);
    assert_eq!(
        (&changed["show_names"], &changed["label"], &changed["version"]),
        (&json!(true), &json!("My phone"), &json!(2))
    );
    let renamed = ana.patch(&location, json!({"label": "Work"})).await.expect(200);
    assert_eq!((&renamed["show_names"], &renamed["label"]), (&json!(true), &json!("Work")));
    ana.patch(&location, json!({"consultation_group_id": null}))
        .await
        .invalid_at("#/consultation_group_id", "unknown_member");
    ana.patch(&location, json!({})).await.invalid_at("#", "empty_patch");
    ana.post(FEEDS, json!({"label": "a\nb"})).await.invalid_at("#/label", "invalid_characters");

    let second = ana.feeds(json!({})).await;
    assert_eq!(second["label"], "Consultation groups");
    let listed = ana.all(&format!("{FEEDS}?limit=1")).await;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|feed| feed.get("url").is_none()));
    assert_eq!(ana.get(&format!("{FEEDS}?include_total=true")).await.expect(200)["total"], 2);
    ana.delete(&location).await.expect(204);
    ana.delete(&location).await.refused(404, "not_found");
    app.anonymous().get(&file(&made)).await.refused(404, "not_found");
    app.anonymous().get(&file(&second)).await.expect(200);
}

#[actix_web::test]
async fn a_rotated_feed_has_another_address_and_the_one_before_leads_nowhere() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let made = ana.feeds(json!({})).await;
    let rotate = format!("{}/rotate", path(&made));
    let stale = ana.request(Method::POST, &rotate).header("if-match", "\"2.x\"").json(&json!({}));
    stale.send().await.refused(412, "stale_version");
    let answer = ana.post(&rotate, json!({})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let rotated = answer.expect(200);
    assert_ne!(rotated["url"], made["url"]);
    assert_eq!((&rotated["id"], &rotated["version"]), (&made["id"], &json!(2)));
    app.anonymous().get(&file(&made)).await.refused(404, "not_found");
    app.anonymous().get(&file(&rotated)).await.expect(200);
}

#[actix_web::test]
async fn nobody_else_finds_a_feed() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let feed = path(&ana.feeds(json!({})).await);
    let others = [app.therapist("ben").await, app.moderator("mod").await, app.admin("admin").await];
    for person in &others {
        person.get(&feed).await.refused(404, "not_found");
        person.patch(&feed, names()).await.refused(404, "not_found");
        person.post(&format!("{feed}/rotate"), json!({})).await.refused(404, "not_found");
        person.delete(&feed).await.refused(404, "not_found");
        assert!(person.all(FEEDS).await.is_empty());
    }
    for path in [FEEDS, feed.as_str()] {
        app.anonymous().get(path).await.refused(401, "unauthenticated");
    }
    app.anonymous().post(FEEDS, json!({})).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn an_account_has_ten_feeds_whatever_races() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let tries = join_all((0..30).map(|_| ana.post(FEEDS, json!({})))).await;
    let made = tries.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 10);
    for answer in tries.into_iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "limit_reached");
    }
    let all = ana.all(FEEDS).await;
    assert_eq!(all.len(), 10);
    ana.delete(&path(&all[0])).await.expect(204);
    ana.feeds(json!({})).await;
}

#[actix_web::test]
async fn a_feed_of_a_group_is_for_its_members() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let body = json!({"consultation_group_id": circle.id});
    let place = "#/consultation_group_id";
    let ben = app.therapist("ben").await;
    ben.post(FEEDS, body.clone()).await.invalid_at(place, "unknown_group");
    let nothing = json!({"consultation_group_id": uuid::Uuid::now_v7()});
    ben.post(FEEDS, nothing).await.invalid_at(place, "unknown_group");
    circle.admits(&ben).await;
    ben.post(FEEDS, body.clone()).await.invalid_at(place, "unknown_group");
    let seat = circle.membership_of(&ben).await;
    ben.signs(&seat).await.expect(200);
    let made = ben.feeds(body.clone()).await;
    assert_eq!(made["consultation_group_id"], circle.id.as_str());
    let until = (app.clock.today() + chrono::TimeDelta::days(5)).to_string();
    circle.owner.decides(&seat, "suspend", json!({"until": until, "reason": "Conduct."})).await.expect(200);
    ben.post(FEEDS, body).await.invalid_at(place, "unknown_group");
}

#[actix_web::test]
async fn an_export_names_feeds_without_their_addresses_and_erasure_takes_them() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let feed = ana.feeds(json!({"label": "My phone"})).await;
    let export = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(export["calendar_feeds"][0]["label"], "My phone");
    assert!(!export.to_string().contains("/calendar/"), "{export}");
    ana.delete("/v1/me").await.expect(204);
    app.anonymous().get(&file(&feed)).await.refused(404, "not_found");
}
