//! Clocks that are set forward or back, and instances whose clocks differ: nothing happens twice, nothing stays away for
//! good, and what has ended has ended by every clock.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::EntityTrait;
use serde_json::json;
use support_network::{
    entities::mail_outbox,
    mail::{bring_near, send_due},
};

use crate::{
    access_tokens::claims_of,
    sessions::{refresh, stops},
    support::{Client, TestApp},
};

async fn waiting(app: &TestApp) -> Vec<mail_outbox::Model> {
    mail_outbox::Entity::find().all(app.state.db.read()).await.unwrap()
}

async fn until<T>(what: &str, mut is_so: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..400 {
        if let Some(found) = is_so().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it did not come to it: {what}");
}

#[actix_web::test]
async fn a_mail_on_its_way_is_not_sent_again_by_an_instance_that_is_ahead() {
    let here = TestApp::spawn().await;
    let there = here.instance_ahead(TimeDelta::minutes(10)).await;
    let word = here.mail.keep_waiting().await;
    let ben = here.therapist("ben").await;
    here.mail.to(&ben.email).await;
    assert_eq!(waiting(&here).await.len(), 1, "the mail server has not said yes");
    send_due(&there.state).await.unwrap();
    drop(word);
    until("no mail waits", async || waiting(&here).await.is_empty().then_some(())).await;
    send_due(&there.state).await.unwrap();
    assert_eq!(here.mail.all().len(), 1);
}

#[actix_web::test]
async fn two_instances_send_each_mail_once() {
    let here = TestApp::spawn().await;
    let there = here.instance_ahead(TimeDelta::minutes(10)).await;
    let word = here.mail.keep_waiting().await;
    let mut people = Vec::new();
    for number in 0..12 {
        let at = if number % 2 == 0 { &here } else { &there };
        people.push(at.therapist(&format!("person{number}")).await);
    }
    drop(word);
    for person in &people {
        here.mail.to(&person.email).await;
    }
    until("no mail waits", async || waiting(&here).await.is_empty().then_some(())).await;
    assert_eq!(here.mail.all().len(), people.len());
}

#[actix_web::test]
async fn an_instance_that_is_behind_leaves_the_mails_of_one_far_ahead_alone() {
    let here = TestApp::spawn().await;
    let there = here.instance_ahead(TimeDelta::days(7)).await;
    let word = here.mail.keep_waiting().await;
    let ben = there.therapist("ben").await;
    here.mail.to(&ben.email).await;
    for _ in 0..3 {
        send_due(&here.state).await.unwrap();
    }
    drop(word);
    until("no mail waits", async || waiting(&here).await.is_empty().then_some(())).await;
    assert_eq!(here.mail.all().len(), 1);
}

#[actix_web::test]
async fn a_mail_that_was_put_off_by_a_clock_far_ahead_goes_out_within_a_day_of_the_right_one() {
    let app = TestApp::spawn_with(|config| config.mail.smtp.port = 1).await;
    app.later(TimeDelta::days(365));
    let ana = app.therapist("ana").await;
    let put_off = until("an attempt", async || waiting(&app).await.pop().filter(|mail| mail.attempts > 0)).await;
    assert!(put_off.next_attempt_at > app.clock.now());
    app.stop().await;
    let right = app.another_instance().await;
    bring_near(&right.state).await.unwrap();
    send_due(&right.state).await.unwrap();
    assert_eq!(right.mail.all().len(), 0, "whoever put it off may be sending it");
    right.later(TimeDelta::hours(18));
    right.mail.to(&ana.email).await;
    until("no mail waits", async || waiting(&right).await.is_empty().then_some(())).await;
    assert_eq!(right.mail.all().len(), 1);
}

#[actix_web::test]
async fn what_ends_here_ends_at_once_by_clocks_that_are_an_hour_off() {
    let here = TestApp::spawn().await;
    let (ana, mo) = (here.therapist("ana").await, here.moderator("mo").await);
    for ahead in [1, -1] {
        let there = here.instance_ahead(TimeDelta::hours(ahead)).await;
        let [left, expelled] = [there.sign_in(&ana.id, &ana.email).await, there.sign_in(&ana.id, &ana.email).await];
        left.get("/v1/me").await.expect(200);
        expelled.get("/v1/me").await.expect(200);
        let mine = here.sign_in(&ana.id, &ana.email).await;
        let sessions = mine.all("/v1/sessions").await;
        let others = sessions.iter().filter(|session| session["current"] == false).count();
        assert!(others >= 2, "{sessions:?}");
        mine.delete(&format!("/v1/sessions/{}", claims_of(&left)["sid"].as_str().unwrap())).await.expect(204);
        assert!(stops(&left, &there).await, "{ahead} hours ahead: a session");
        expelled.get("/v1/me").await.expect(200);
        mo.post(&format!("/v1/accounts/{}/suspend", ana.id), json!({})).await.expect(200);
        assert!(stops(&expelled, &there).await, "{ahead} hours ahead: an account");
        mo.post(&format!("/v1/accounts/{}/reinstate", ana.id), json!({})).await.expect(200);
    }
}

#[actix_web::test]
async fn tokens_are_good_where_the_clock_is_off_by_half_a_minute_and_no_further() {
    let here = TestApp::spawn().await;
    let there = here.another_instance().await;
    let ana = here.therapist("ana").await;
    let at_there: Client = there.with_token(ana.client.token.as_deref().unwrap());
    for (off, status) in [(25, 200), (-25, 200), (-60, 401), (9 * 60, 200), (11 * 60, 401), (0, 200)] {
        there.later(TimeDelta::seconds(off));
        assert_eq!(at_there.get("/v1/me").await.status, status, "{off} seconds off");
        there.later(-TimeDelta::seconds(off));
    }
    // One whose clock is behind sees a token that was used in the future: it is used, and no theft.
    there.later(-TimeDelta::seconds(25));
    let newer = refresh(&here, &ana.refresh_token).await.expect(200);
    refresh(&there, &ana.refresh_token).await.refused(409, "refresh_token_just_used");
    let newer = refresh(&there, newer["refresh_token"].as_str().unwrap()).await.expect(200);
    here.with_token(newer["access_token"].as_str().unwrap()).get("/v1/me").await.expect(200);
}

#[actix_web::test]
async fn a_token_that_was_used_in_the_far_future_is_replayed_all_the_same() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    app.later(TimeDelta::hours(1));
    let newer = refresh(&app, &ana.refresh_token).await.expect(200);
    app.later(TimeDelta::hours(-1));
    refresh(&app, &ana.refresh_token).await.refused(401, "invalid_refresh_token");
    refresh(&app, newer["refresh_token"].as_str().unwrap()).await.refused(401, "invalid_refresh_token");
}

#[actix_web::test]
async fn a_year_back_people_go_on_and_lists_and_trails_stay_whole() {
    let app = TestApp::spawn().await;
    let (ana, mo) = (app.therapist("ana").await, app.moderator("mo").await);
    let propose = async |who: &Client, name: &str| {
        who.post("/v1/organizations", json!({"name": name, "kind": "online_community"})).await.expect(201)
    };
    let first = propose(&ana, "Harbour Circle").await;
    app.later(TimeDelta::days(-365));
    ana.get("/v1/me").await.refused(401, "invalid_token");
    let refreshed = refresh(&app, &ana.refresh_token).await.expect(200);
    let ana = app.with_token(refreshed["access_token"].as_str().unwrap());
    let second = propose(&ana, "Lighthouse Circle").await;
    let renamed = ana
        .patch(&format!("/v1/organizations/{}", first["id"].as_str().unwrap()), json!({"name": "Harbour Ring"}))
        .await
        .expect(200);
    assert_eq!(renamed["version"], 2);
    let mo = app.sign_in(&mo.id, &mo.email).await;
    for sort in ["name", "-created_at", "created_at"] {
        let listed = mo.all(&format!("/v1/organizations?status=proposed&sort={sort}&limit=1")).await;
        let mut ids: Vec<_> = listed.iter().map(|one| &one["id"]).collect();
        ids.sort_by_key(|id| id.to_string());
        let mut expected = [&first["id"], &second["id"]];
        expected.sort_by_key(|id| id.to_string());
        assert_eq!(ids, expected, "{sort}");
    }
    for one in [&first, &second] {
        let path = format!("/v1/audit-events/verify?organization_id={}", one["id"].as_str().unwrap());
        let verified = mo.get(&path).await.expect(200);
        assert_eq!(verified["valid"], true, "{verified}");
    }
}

#[actix_web::test]
async fn a_quota_that_is_used_up_is_not_given_back_by_the_clock() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let guess = async || {
        let body = json!({"email": ana.email, "password": "not the right one"});
        app.anonymous().post("/v1/sessions", body).await.status
    };
    while guess().await == 401 {}
    for by in [TimeDelta::hours(2), TimeDelta::hours(-4)] {
        app.later(by);
        assert_eq!(guess().await, 429);
    }
}

#[actix_web::test]
async fn a_request_that_comes_again_by_another_clock_has_one_effect() {
    let here = TestApp::spawn().await;
    let there = here.instance_ahead(TimeDelta::seconds(25)).await;
    let ana = here.verified_therapist("ana").await;
    let body = json!({"name": "Harbour Circle", "kind": "online_community"});
    let propose = async |app: &TestApp| {
        let client = app.with_token(ana.client.token.as_deref().unwrap());
        let request = client.request(reqwest::Method::POST, "/v1/organizations");
        request.header("idempotency-key", "one-proposal").json(&body).send().await.expect(201)["id"].clone()
    };
    let id = propose(&here).await;
    assert_eq!(propose(&there).await, id);
    here.later(TimeDelta::seconds(-20));
    there.later(TimeDelta::seconds(-45));
    assert_eq!([propose(&here).await, propose(&there).await], [id.clone(), id]);
    let mo = here.moderator("mo").await;
    let count = mo.get("/v1/organizations?status=proposed&include_total=true").await.expect(200)["total"].clone();
    assert_eq!(count, 1);
}
