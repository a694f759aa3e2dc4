//! `Idempotency-Key`: a request that is sent twice takes effect once.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use support_network::http::idempotency;

use crate::support::{Answer, Client, TestApp, TestDatabase, hold_writes};

const PATH: &str = "/v1/organizations";

fn listeners() -> Value {
    json!({"name": "Society of Listeners", "kind": "online_community", "country": "DE"})
}

async fn post(client: &Client, key: &str, body: &Value) -> Answer {
    client.request(Method::POST, PATH).header("idempotency-key", key).json(body).send().await
}

async fn act(client: &Client, path: &str, key: &str) -> Answer {
    client.request(Method::POST, path).header("idempotency-key", key).send().await
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

async fn proposals(client: &Client) -> usize {
    client.all("/v1/organizations?status=proposed&country=DE").await.len()
}

#[actix_web::test]
async fn the_same_request_twice_takes_effect_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let first = post(&ana, "key-1", &listeners()).await;
    assert_eq!((first.status, replayed(&first)), (201, false), "{}", first.text);
    let in_another_order = r#"{ "country":"DE" ,"kind":"online_community", "name":"Society of \u004cisteners"}"#;
    for (key, body) in [
        ("key-1", listeners().to_string()),
        ("\"key-1\"", listeners().to_string()),
        ("key-1", in_another_order.to_owned()),
    ] {
        let request = ana.request(Method::POST, PATH).header("idempotency-key", key);
        let again = request.body("application/json", body).send().await;
        assert!(replayed(&again), "{}", again.text);
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        for header in ["etag", "location", "content-type", "cache-control"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(proposals(&ana).await, 1);
    // What happened to the resource since does not change what was answered.
    ana.patch(first.header("location").unwrap(), json!({"name": "Another Name"})).await.expect(200);
    assert_eq!(post(&ana, "key-1", &listeners()).await.text, first.text);
}

#[actix_web::test]
async fn a_key_stands_for_one_request_of_one_account() {
    let app = TestApp::spawn().await;
    let (ana, bo) = (app.therapist("ana").await, app.therapist("bo").await);
    let first = post(&ana, "key-1", &listeners()).await.expect(201);
    let errors = post(&ana, "key-1", &json!({"name": "Other", "kind": "online_community"})).await;
    assert_eq!(errors.refused(422, "idempotency_key_reused")[0]["parameter"], "Idempotency-Key");
    let elsewhere = format!("{PATH}/{}/publish", first["id"].as_str().unwrap());
    act(&ana, &elsewhere, "key-1").await.refused(422, "idempotency_key_reused");
    let of_bo = post(&bo, "key-1", &listeners()).await;
    assert!(!replayed(&of_bo));
    assert_ne!(of_bo.expect(201)["id"], first["id"]);
    assert_ne!(post(&ana, "KEY-1", &listeners()).await.expect(201)["id"], first["id"]);
    let without = ana.post(PATH, listeners()).await;
    assert!(!replayed(&without));
    assert_ne!(without.expect(201)["id"], first["id"]);
}

#[actix_web::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let too_long = "k".repeat(256);
    for key in ["", "\"\"", "\"", "\"half", "half\"", "two words", &too_long, "tab\there"] {
        let errors = post(&ana, key, &listeners()).await.refused(422, "validation_failed");
        assert_eq!(errors[0]["parameter"], "Idempotency-Key", "{key}");
    }
    let request = ana.request(Method::POST, PATH).header("idempotency-key", "schlüssel").json(&listeners());
    request.send().await.refused(422, "validation_failed");
    let twice = ana.request(Method::POST, PATH).header("idempotency-key", "one").header("idempotency-key", "two");
    twice.json(&listeners()).send().await.refused(422, "validation_failed");
    assert_eq!(proposals(&ana).await, 0);
    for key in ["k", &"k".repeat(255), "!~\\'[]{}"] {
        post(&ana, key, &listeners()).await.expect(201);
    }
}

#[actix_web::test]
async fn fifty_at_once_have_one_effect() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let mut racers = Vec::new();
    for _ in 0..50 {
        let client = ana.client.clone();
        racers.push(actix_web::rt::spawn(async move { post(&client, "key-1", &listeners()).await }));
    }
    let (mut ids, mut first) = (Vec::new(), 0);
    for racer in racers {
        let answer = racer.await.unwrap();
        if answer.status == 201 {
            first += usize::from(!replayed(&answer));
            ids.push(answer.json["id"].clone());
        } else {
            assert_eq!(answer.header("retry-after"), Some("1"));
            answer.refused(409, "idempotency_key_in_use");
        }
    }
    ids.dedup();
    assert_eq!((ids.len(), first), (1, 1), "{ids:?}");
    assert_eq!(proposals(&ana).await, 1);
    assert!(replayed(&post(&ana, "key-1", &listeners()).await));
}

/// An instance that has not answered the key itself does the work, and finds out when it stores the answer.
#[actix_web::test]
async fn a_key_is_known_to_every_instance() {
    let here = TestApp::spawn().await;
    let there = here.another_instance().await;
    let (ana, moderator) = (here.therapist("ana").await, here.moderator("mo").await);
    let from_there = |client: &Client| there.with_token(client.token.as_ref().unwrap());
    let first = post(&ana, "key-1", &listeners()).await;
    let beside = (0..5).map(async |number| {
        let body = json!({"name": format!("Society {number}"), "kind": "online_community", "country": "DE"});
        post(&from_there(&ana), &format!("beside-{number}"), &body).await.expect(201)
    });
    let again = async { post(&from_there(&ana), "key-1", &listeners()).await };
    let (_, again) = tokio::join!(futures_util::future::join_all(beside), again);
    assert!(replayed(&again), "{}", again.text);
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(proposals(&ana).await, 6);
    let other = json!({"name": "Other", "kind": "online_community"});
    post(&from_there(&ana), "key-1", &other).await.refused(422, "idempotency_key_reused");

    // What was refused stays refused, also where it would be done by now.
    let id = first.json["id"].as_str().unwrap();
    let (publish, archive) = (format!("{PATH}/{id}/publish"), format!("{PATH}/{id}/archive"));
    act(&moderator, &archive, "too-early").await.refused(409, "invalid_transition");
    act(&moderator, &publish, "publish").await.expect(200);
    let again = act(&from_there(&moderator), &archive, "too-early").await;
    assert!(replayed(&again), "{}", again.text);
    again.refused(409, "invalid_transition");
    assert_eq!(ana.get(&format!("{PATH}/{id}")).await.expect(200)["status"], "published");
}

#[actix_web::test]
async fn fifty_at_once_on_two_instances_have_one_effect() {
    let here = TestApp::spawn().await;
    if here.is_sqlite() {
        return;
    }
    let there = here.another_instance().await;
    let ana = here.therapist("ana").await;
    let racers = (0..50).map(|number| {
        let instance = if number % 2 == 0 { &here } else { &there };
        let client = instance.with_token(ana.token.as_ref().unwrap());
        actix_web::rt::spawn(async move { post(&client, "key-1", &listeners()).await })
    });
    let (mut ids, mut first) = (Vec::new(), 0);
    for racer in racers.collect::<Vec<_>>() {
        let answer = racer.await.unwrap();
        if answer.status == 201 {
            first += usize::from(!replayed(&answer));
            ids.push(answer.json["id"].clone());
        } else {
            answer.refused(409, "idempotency_key_in_use");
        }
    }
    ids.dedup();
    assert_eq!((ids.len(), first, proposals(&ana).await), (1, 1, 1), "{ids:?}");
}

#[actix_web::test]
async fn while_the_first_still_runs_the_second_is_told_to_wait() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let held = hold_writes(app.database_url()).await;
    let client = ana.client.clone();
    let first = actix_web::rt::spawn(async move { post(&client, "key-1", &listeners()).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let second = post(&ana, "key-1", &listeners()).await;
    assert_eq!(second.header("retry-after"), Some("1"));
    second.refused(409, "idempotency_key_in_use");
    held.rollback().await.unwrap();
    let first = first.await.unwrap().expect(201);
    let third = post(&ana, "key-1", &listeners()).await;
    assert!(replayed(&third));
    assert_eq!(third.expect(201), first);
}

#[actix_web::test]
async fn what_says_something_of_the_state_is_kept_and_what_does_not_is_not() {
    let app = TestApp::spawn().await;
    let (ana, moderator) = (app.therapist("ana").await, app.moderator("mo").await);
    let id = ana.post(PATH, listeners()).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (publish, archive) = (format!("{PATH}/{id}/publish"), format!("{PATH}/{id}/archive"));
    act(&ana, &publish, "of-ana").await.refused(403, "forbidden");
    act(&moderator, &publish, "publish").await.expect(200);
    act(&moderator, &publish, "too-early").await.refused(409, "invalid_transition");
    act(&moderator, &archive, "archive").await.expect(200);
    let again = act(&moderator, &publish, "too-early").await;
    assert!(replayed(&again), "{}", again.text);
    again.refused(409, "invalid_transition");
    act(&moderator, &publish, "later").await.expect(200);
    let forbidden_again = act(&ana, &publish, "of-ana").await;
    assert!(!replayed(&forbidden_again), "a 403 is kept");

    let nobody = format!("{PATH}/01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b/publish");
    act(&moderator, &nobody, "nobody").await.refused(404, "not_found");
    let again = act(&moderator, &nobody, "nobody").await;
    assert!(replayed(&again));
    again.refused(404, "not_found");

    post(&ana, "mended", &json!({"name": "", "kind": "online_community"})).await.refused(422, "validation_failed");
    let mended = post(&ana, "mended", &json!({"name": "Society of Talkers", "kind": "online_community"})).await;
    assert!(!replayed(&mended));
    mended.expect(201);
}

#[actix_web::test]
async fn an_answer_is_kept_for_a_day() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let first = post(&ana, "key-1", &listeners()).await.expect(201);
    app.later(TimeDelta::hours(23));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    assert_eq!(post(&ana, "key-1", &listeners()).await.expect(201), first);
    app.later(TimeDelta::hours(2));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let second = post(&ana, "key-1", &listeners()).await;
    assert!(!replayed(&second));
    assert_ne!(second.expect(201)["id"], first["id"]);
    let kept = "SELECT COUNT(*) FROM idempotency_record";
    assert_eq!(TestDatabase::count(app.database_url(), kept).await, 1);
    app.later(TimeDelta::hours(25));
    idempotency::forget_old(&app.state).await.unwrap();
    assert_eq!(TestDatabase::count(app.database_url(), kept).await, 0);
}
