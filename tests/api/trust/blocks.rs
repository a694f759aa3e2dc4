//! Whom one does not wish to meet.

use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support_network::entities::account_block;

use crate::support::{Answer, TestApp};

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["display_name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_block_stands_until_it_is_lifted() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let path = format!("/v1/me/blocks/{}", ben.id);
    ana.get(&path).await.refused(404, "not_found");

    let made = ana.blocks(&ben).await;
    assert_eq!(made.location(), path);
    let etag = made.etag();
    let made = made.expect(201);
    assert_eq!((&made["account_id"], &made["display_name"]), (&json!(ben.id), &json!("ben")));
    let read = ana.get(&path).await;
    assert_eq!((read.etag(), &read.json), (etag.clone(), &made));
    app.later(chrono::TimeDelta::minutes(1));
    assert_eq!(ana.blocks(&ben).await.expect(200), made, "blocking again changes nothing");
    assert_eq!(ana.all("/v1/me/blocks").await, [made]);

    let unfit = ana.request(Method::DELETE, &path).header("if-match", "\"9.x\"").send().await;
    unfit.refused(412, "stale_version");
    ana.request(Method::DELETE, &path).header("if-match", &etag).send().await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
    ana.get(&path).await.refused(404, "not_found");
    assert!(ana.all("/v1/me/blocks").await.is_empty());
    ana.blocks(&ben).await.expect(201);
}

#[actix_web::test]
async fn only_another_account_that_exists_can_be_blocked() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    ana.blocks(&ana).await.invalid_at("#/account_id", "own_account");
    ben.delete("/v1/me").await.expect(204);
    ana.blocks(&ben).await.invalid_at("#/account_id", "unknown_account");
    let unknown = json!({"account_id": uuid::Uuid::now_v7()});
    ana.post("/v1/me/blocks", unknown).await.invalid_at("#/account_id", "unknown_account");
    ana.post("/v1/me/blocks", json!({"account_id": "ben"})).await.refused(422, "validation_failed");
    let more = json!({"account_id": ana.id, "created_at": "2026-01-01T00:00:00Z"});
    ana.post("/v1/me/blocks", more).await.invalid_at("#/created_at", "unknown_member");
    for path in ["/v1/me/blocks", "/v1/me/blocks/me"] {
        app.anonymous().get(path).await.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn of_many_blocks_at_once_one_is_new() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let answers = futures_util::future::join_all((0..20).map(|_| ana.blocks(&ben))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 19], vec![201]].concat());

    // A key stands for the first answer, also after the block was lifted.
    let keyed = || ana.request(Method::POST, "/v1/me/blocks").header("idempotency-key", "one");
    let first = keyed().json(&json!({"account_id": ben.id})).send().await.expect(200);
    ana.unblocks(&ben).await;
    let again = keyed().json(&json!({"account_id": ben.id})).send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(200), first);
    assert!(ana.all("/v1/me/blocks").await.is_empty());
}

#[actix_web::test]
async fn the_list_is_newest_first_and_costs_the_same_whatever_its_length() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let mut expected = Vec::new();
    for number in 0..12 {
        let name = format!("t{number:02}");
        let other = app.therapist(&name).await;
        if number % 3 == 0 {
            app.later(chrono::TimeDelta::seconds(2));
        }
        ana.blocks(&other).await.expect(201);
        expected.insert(0, name);
    }
    let paged = ana.all("/v1/me/blocks?limit=5").await;
    assert_eq!(paged, ana.all("/v1/me/blocks?limit=100").await);
    let mut found = names(&paged);
    assert_eq!(found.first(), Some(&expected[0].as_str()));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let times: Vec<_> = paged.iter().map(|item| item["created_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    assert_eq!(ana.get("/v1/me/blocks?limit=1&include_total=true").await.expect(200)["total"], 12);

    let mut costs = Vec::new();
    for limit in [2, 12] {
        ana.get("/v1/me/blocks?limit=1").await.expect(200);
        let before = app.statements().await;
        ana.get(&format!("/v1/me/blocks?limit={limit}")).await.expect(200);
        costs.push(app.statements().await - before);
    }
    assert_eq!(costs, [1, 1]);
}

/// What a problem says, without what tells one request from another.
fn words(answer: Answer) -> Value {
    let mut body = answer.json;
    body.as_object_mut().unwrap().remove("instance");
    body
}

#[actix_web::test]
async fn a_blocked_pair_does_not_meet_by_application() {
    let app = TestApp::spawn().await;
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    let circle = app.circle_of(&chi, "Harbor Circle").await;
    let closed = app.circle_of(&chi, "Closed Circle").await;
    circle.seats(&ana).await;
    chi.post(&closed.path("archive"), json!({})).await.expect(200);
    let takes_nobody = ben.asks_for_a_seat(&closed.id, json!({})).await;
    assert_eq!((takes_nobody.status, &takes_nobody.json["code"]), (409, &json!("group_not_joinable")));
    let takes_nobody = words(takes_nobody);

    for (blocker, blocked) in [(&ana, &ben), (&ben, &ana)] {
        blocker.blocks(blocked).await.expect(201);
        let refused = ben.asks_for_a_seat(&circle.id, json!({})).await;
        assert_eq!(words(refused), takes_nobody, "{} blocks {}", blocker.email, blocked.email);
        assert!(ben.all("/v1/memberships").await.is_empty());
        // The card says nothing of it.
        let card = ben.get(&circle.address()).await.expect(200);
        assert_eq!((&card["status"], &card["open_seats"]), (&json!("forming"), &json!(6)));
        blocker.unblocks(blocked).await;
    }
    // A block between others, or with somebody who has left, stands in nobody's way.
    let dee = app.therapist("dee").await;
    let seat = circle.seats(&dee).await;
    dee.blocks(&ben).await.expect(201);
    ben.blocks(&dee).await.expect(201);
    ben.asks_for_a_seat(&circle.id, json!({})).await.refused(409, "group_not_joinable");
    dee.decides(&seat, "leave", json!({})).await.expect(200);
    ben.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    // Who sits there already stays.
    ana.blocks(&chi).await.expect(201);
    ana.get(&circle.path("memberships")).await.expect(200);
}

#[actix_web::test]
async fn blocks_are_exported_and_go_with_either_account() {
    let app = TestApp::spawn().await;
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    for (blocker, blocked) in [(&ana, &ben), (&ben, &chi), (&chi, &ana)] {
        blocker.blocks(blocked).await.expect(201);
    }
    let exported = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(exported["blocks"], json!(ana.all("/v1/me/blocks").await));
    assert!(!exported.to_string().contains(&chi.id), "who blocks me is not mine to know");
    ana.delete("/v1/me").await.expect(204);
    assert_eq!(account_block::Entity::find().count(app.state.db.read()).await.unwrap(), 1);
    assert_eq!(names(&ben.all("/v1/me/blocks").await), ["chi"]);
    assert!(chi.all("/v1/me/blocks").await.is_empty());
}
