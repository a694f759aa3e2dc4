//! Signing in, staying signed in, signing out.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, Person, TestApp};

fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}

pub async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.anonymous().post("/v1/sessions/refresh", json!({"refresh_token": token})).await
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

#[actix_web::test]
async fn signing_in_answers_tokens_that_are_kept_by_nobody() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"email": ana.email, "password": PASSWORD, "device_label": "Ana's phone"});
    let answer = app.anonymous().post("/v1/sessions", body).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.etag().starts_with("\"1."));
    let session = answer.clone().expect(201);
    assert_eq!(answer.header("location"), Some(format!("/v1/sessions/{}", text(&session, "session_id")).as_str()));
    assert_eq!((text(&session, "token_type"), session["expires_in"].as_i64()), ("Bearer", Some(600)));
    app.with_token(text(&session, "access_token")).get("/v1/me").await.expect(200);
    for (body, pointer, code) in [
        (json!({"email": ana.email}), "#/password", "missing_member"),
        (json!({"email": ana.email, "password": ""}), "#/password", "too_short"),
        (json!({"email": "", "password": PASSWORD}), "#/email", "too_short"),
        (
            json!({"email": ana.email, "password": PASSWORD, "device_label": "a\u{7}b"}),
            "#/device_label",
            "invalid_characters",
        ),
        (json!({"email": ana.email, "password": PASSWORD, "account_id": ana.id}), "#/account_id", "unknown_member"),
    ] {
        app.anonymous().post("/v1/sessions", body).await.invalid_at(pointer, code);
    }
}

#[actix_web::test]
async fn an_unknown_address_and_a_wrong_password_are_answered_alike() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let sign_in = async |email: &str| {
        let answer = app.anonymous().post("/v1/sessions", credentials(email, "not the right one")).await;
        let mut json = answer.json.clone();
        json.as_object_mut().unwrap().remove("instance");
        answer.refused(401, "invalid_credentials");
        json
    };
    assert_eq!(sign_in(&ana.email).await, sign_in("nobody@example.org").await);
    assert_eq!(sign_in("not an address").await, sign_in(&"x".repeat(254)).await);
}

fn from(client: &Client, address: &str, body: &Value) -> impl Future<Output = Answer> {
    client.request(Method::POST, "/v1/sessions").header("x-forwarded-for", address).json(body).send()
}

async fn behind_a_proxy() -> TestApp {
    TestApp::spawn_with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await
}

#[actix_web::test]
async fn ten_wrong_passwords_for_an_account_are_enough() {
    let app = behind_a_proxy().await;
    let ana = app.therapist("ana").await;
    for email in [ana.email.as_str(), "nobody@example.org"] {
        for number in 0..10 {
            let spelling = if number % 2 == 0 { email.to_owned() } else { email.to_uppercase() };
            let guess = credentials(&spelling, "not the right one");
            let answer = from(&app.anonymous(), &format!("198.51.100.{number}"), &guess).await;
            answer.refused(401, "invalid_credentials");
        }
        let answer = from(&app.anonymous(), "203.0.113.1", &credentials(email, PASSWORD)).await;
        assert!(answer.header("retry-after").is_some());
        answer.refused(429, "too_many_requests");
    }
    // Nobody is locked out by somebody else's guesses: a session of the account still signs in, others do not.
    let right = credentials(&ana.email, PASSWORD);
    from(&ana, "203.0.113.1", &right).await.expect(201);
    let ben = app.therapist("ben").await;
    from(&ben, "203.0.113.1", &right).await.refused(429, "too_many_requests");
    from(&app.with_token("rubbish"), "203.0.113.1", &right).await.refused(429, "too_many_requests");
    // Nor is a session a way to guess on.
    let wrong = credentials(&ana.email, "not the right one");
    for _ in 0..10 {
        from(&ana, "203.0.113.1", &wrong).await.refused(401, "invalid_credentials");
    }
    from(&ana, "203.0.113.1", &right).await.refused(429, "too_many_requests");
}

#[actix_web::test]
async fn ten_wrong_passwords_from_an_address_are_enough() {
    let app = behind_a_proxy().await;
    let ana = app.therapist("ana").await;
    for number in 0..10 {
        let guess = credentials(&format!("somebody{number}@example.org"), "not the right one");
        from(&app.anonymous(), "198.51.100.1", &guess).await.refused(401, "invalid_credentials");
    }
    let right = credentials(&ana.email, PASSWORD);
    from(&app.anonymous(), "198.51.100.1", &right).await.refused(429, "too_many_requests");
    from(&app.anonymous(), "198.51.100.2", &right).await.expect(201);
    from(&ana, "198.51.100.1", &right).await.expect(201);
}

#[actix_web::test]
async fn guesses_at_once_get_no_further_than_guesses_in_a_row() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let guess = credentials(&ana.email, "not the right one");
    let answers = join_all((0..30).map(|_| {
        let (client, guess) = (app.anonymous(), guess.clone());
        async move { client.post("/v1/sessions", guess).await.status }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 10, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 401 | 429)), "{answers:?}");
}

#[actix_web::test]
async fn a_refresh_token_is_good_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let answer = refresh(&app, &ana.refresh_token).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let second = answer.expect(200);
    assert_ne!(text(&second, "refresh_token"), ana.refresh_token);
    app.with_token(text(&second, "access_token")).get("/v1/me").await.expect(200);
    // Its own retry within ten seconds does not log the person out.
    refresh(&app, &ana.refresh_token).await.refused(409, "refresh_token_just_used");
    let third = refresh(&app, text(&second, "refresh_token")).await.expect(200);
    assert_eq!(third["session_id"], second["session_id"]);
    for unknown in ["rubbish", "k1Vw3Jt0m9sZrQ2xYb7uPcD4eF6gH8iLnOaSdTfUgWh"] {
        refresh(&app, unknown).await.refused(401, "invalid_refresh_token");
    }
}

#[actix_web::test]
async fn a_replayed_refresh_token_ends_its_session_and_no_other() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let other = app.sign_in(&ana.id, &ana.email).await;
    let newer = refresh(&app, &ana.refresh_token).await.expect(200);
    app.later(TimeDelta::seconds(11));
    let thief = app.with_token(text(&newer, "access_token"));
    thief.get("/v1/me").await.expect(200);
    refresh(&app, &ana.refresh_token).await.refused(401, "invalid_refresh_token");
    thief.get("/v1/me").await.refused(401, "invalid_token");
    refresh(&app, text(&newer, "refresh_token")).await.refused(401, "invalid_refresh_token");
    other.get("/v1/me").await.expect(200);
    refresh(&app, &other.refresh_token).await.expect(200);
    let export = other.get("/v1/me/export").await.expect(200);
    let events = export["audit_events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["reason_code"] == "refresh_token_replayed"), "{events:?}");
}

#[actix_web::test]
async fn of_refreshes_at_once_exactly_one_wins_and_the_session_lives() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for round in 0..5 {
        let token = app.sign_in(&ana.id, &ana.email).await.refresh_token;
        let answers = join_all((0..if round == 0 { 8 } else { 2 }).map(|_| refresh(&app, &token))).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for lost in answers.iter().filter(|answer| answer.status != 200) {
            lost.clone().refused(409, "refresh_token_just_used");
        }
        let next = text(&won[0].json, "refresh_token");
        refresh(&app, next).await.expect(200);
    }
}

#[actix_web::test]
async fn a_session_lasts_thirty_days_from_each_refresh_and_half_a_year_at_most() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let idle = app.sign_in(&ana.id, &ana.email).await;
    let mut token = ana.refresh_token.clone();
    for _ in 0..6 {
        app.later(TimeDelta::days(29));
        token = text(&refresh(&app, &token).await.expect(200), "refresh_token").to_owned();
    }
    refresh(&app, &idle.refresh_token).await.refused(401, "invalid_refresh_token");
    app.later(TimeDelta::days(5));
    let last = refresh(&app, &token).await.expect(200);
    app.later(TimeDelta::days(1));
    refresh(&app, text(&last, "refresh_token")).await.refused(401, "invalid_refresh_token");
}

#[actix_web::test]
async fn sessions_and_tokens_long_over_are_forgotten() {
    use sea_orm::{EntityTrait, PaginatorTrait};
    use support_network::{
        accounts::store::tokens,
        entities::{one_time_token, refresh_token, session},
        sessions::store,
    };
    let app = TestApp::spawn().await;
    app.therapist("ana").await;
    let tidied = async || {
        tokens::forget_old(&app.state).await.unwrap();
        store::forget_old(&app.state).await.unwrap();
        let db = app.state.db.read();
        [
            one_time_token::Entity::find().count(db).await.unwrap(),
            session::Entity::find().count(db).await.unwrap(),
            refresh_token::Entity::find().count(db).await.unwrap(),
        ]
    };
    for (days, left) in [(29, [1, 1, 1]), (2, [0, 1, 1]), (178, [0, 1, 1]), (2, [0, 0, 0])] {
        app.later(TimeDelta::days(days));
        assert_eq!(tidied().await, left, "{days} days later");
    }
}

async fn ids(person: &Client) -> Vec<String> {
    person.all("/v1/sessions?limit=2").await.iter().map(|session| text(session, "id").to_owned()).collect()
}

#[actix_web::test]
async fn a_session_is_where_its_location_says() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let opened = app.anonymous().post("/v1/sessions", credentials(&ana.email, PASSWORD)).await;
    let path = opened.location();
    let listed = ana.all("/v1/sessions").await;
    let one = ana.get(&path).await;
    assert!(one.header("etag").is_some());
    let one = one.expect(200);
    assert_eq!((&one["id"], &one["current"]), (&opened.json["session_id"], &json!(false)));
    assert!(listed.contains(&one));
    let stale = ana.request(reqwest::Method::DELETE, &path).header("if-match", "\"1.stale\"");
    stale.send().await.refused(412, "stale_version");
    ben.get(&path).await.refused(404, "not_found");
    app.anonymous().get(&path).await.refused(401, "unauthenticated");
    ana.delete(&path).await.expect(204);
    ana.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn i_see_my_sessions_and_end_them() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let phone = json!({"email": ana.email, "password": PASSWORD, "device_label": "Phone"});
    let phone = app.anonymous().post("/v1/sessions", phone).await.expect(201);
    let tablet = app.sign_in(&ana.id, &ana.email).await;
    let list = ana.all("/v1/sessions").await;
    assert_eq!(list.len(), 3);
    assert_eq!(list.iter().map(|one| one["current"].as_bool().unwrap()).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(list[1]["device_label"], "Phone");
    let instant = |member: &str| list[1][member].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(instant("expires_at") - instant("last_used_at"), TimeDelta::days(30));
    assert_eq!(ids(&ana).await, list.iter().map(|one| text(one, "id").to_owned()).collect::<Vec<_>>());
    assert_eq!(ana.get("/v1/sessions?include_total=true&limit=1").await.expect(200)["total"], 3);

    let path = format!("/v1/sessions/{}", text(&phone, "session_id"));
    ben.delete(&path).await.refused(404, "not_found");
    app.anonymous().delete(&path).await.refused(401, "unauthenticated");
    ana.delete(&path).await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
    app.with_token(text(&phone, "access_token")).get("/v1/me").await.refused(401, "invalid_token");
    refresh(&app, text(&phone, "refresh_token")).await.refused(401, "invalid_refresh_token");

    tablet.delete("/v1/sessions/current").await.expect(204);
    tablet.get("/v1/me").await.refused(401, "invalid_token");
    assert_eq!(ids(&ana).await.len(), 1);

    let again = app.sign_in(&ana.id, &ana.email).await;
    ana.delete("/v1/sessions").await.expect(204);
    for person in [&ana, &again] {
        person.get("/v1/me").await.refused(401, "invalid_token");
        refresh(&app, &person.refresh_token).await.refused(401, "invalid_refresh_token");
    }
    ben.get("/v1/me").await.expect(200);
}

/// Whether the access token stops working within five seconds.
pub async fn stops(person: &Person, on: &TestApp) -> bool {
    let client = on.with_token(person.client.token.as_deref().unwrap());
    for _ in 0..50 {
        if client.get("/v1/me").await.status == 401 {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    false
}

#[actix_web::test]
async fn a_session_that_ends_here_ends_on_other_instances_within_seconds() {
    let here = TestApp::spawn().await;
    let there = here.another_instance().await;
    let ana = here.therapist("ana").await;
    let mo = here.moderator("mo").await;
    let on_both = async |name: &str| {
        let person = here.sign_in(&ana.id, &ana.email).await;
        let client = there.with_token(person.client.token.as_deref().unwrap());
        assert_eq!(client.get("/v1/me").await.status, 200, "{name}");
        person
    };
    let ended = on_both("ended").await;
    ended.delete("/v1/sessions/current").await.expect(204);
    assert!(stops(&ended, &there).await);
    let changed = on_both("changed").await;
    let body = json!({"current_password": PASSWORD, "new_password": "seven slow barges upstream"});
    ana.put("/v1/me/password", body).await.expect(200);
    assert!(stops(&changed, &there).await);
    there.with_token(ana.client.token.as_deref().unwrap()).get("/v1/me").await.expect(200);
    mo.post(&format!("/v1/accounts/{}/suspend", ana.id), json!({})).await.expect(200);
    assert!(stops(&ana, &there).await);
}
