//! The schedule of check-ins.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestApp, numbered};

const PATH: &str = "/v1/me/check-in-schedule";

#[actix_web::test]
async fn a_check_in_is_due_a_cadence_after_the_last_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.get(PATH).await.refused(404, "not_found");
    let today = app.clock.now().date_naive();
    let set = ana.put(PATH, json!({"instrument": "who-5", "cadence_days": 14})).await.expect(201);
    assert_eq!((&set["due_on"], &set["is_due"]), (&json!(today), &json!(true)));
    ana.takes_evenly("who-5", 5, 3).await;
    let due_on = app.clock.now().date_naive() + TimeDelta::days(14);
    let next = ana.get(PATH).await.expect(200);
    assert_eq!((&next["due_on"], &next["is_due"]), (&json!(due_on), &json!(false)));
    app.later(TimeDelta::days(14));
    let ana = app.again(&ana).await;
    assert_eq!(ana.get(PATH).await.expect(200)["is_due"], true);
    let changed =
        ana.put(PATH, json!({"instrument": "weekly-check-in", "cadence_days": 7, "starts_on": "2040-01-01"})).await;
    let changed = changed.expect(200);
    assert_eq!(
        (&changed["due_on"], &changed["is_due"], &changed["version"]),
        (&json!("2040-01-01"), &json!(false), &json!(set["version"].as_i64().unwrap() + 1))
    );
    ana.delete(PATH).await.expect(204);
    ana.get(PATH).await.refused(404, "not_found");
}

#[actix_web::test]
async fn the_last_that_was_completed_counts_whenever_it_was_begun() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.put(PATH, json!({"instrument": "who-5", "cadence_days": 7})).await.expect(201);
    let body = json!({"instrument": "who-5", "own_form": true, "answers": numbered(&[Some(3); 5])});
    let begun = ana.post("/v1/self-assessments", body).await.expect(201);
    app.later(TimeDelta::days(2));
    let ana = app.again(&ana).await;
    ana.takes_evenly("who-5", 5, 4).await;
    app.later(TimeDelta::days(3));
    let ana = app.again(&ana).await;
    let submit = format!("/v1/self-assessments/{}/submit", begun["id"].as_str().unwrap());
    let last = ana.post(&submit, json!({})).await.expect(200);
    let seen = ana.get(PATH).await.expect(200);
    assert_eq!(seen["last_completed_on"].as_str().unwrap(), &last["completed_at"].as_str().unwrap()[..10]);
}

#[actix_web::test]
async fn nothing_is_asked_of_somebody_on_leave() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let circle = app.circle().await;
    circle.admits(&ana).await;
    ana.put(PATH, json!({"instrument": "who-5", "cadence_days": 7})).await.expect(201);
    let seat = ana.all("/v1/memberships?kind=consultation_group").await.remove(0);
    ana.signs(&seat).await.expect(200);
    let until = app.clock.now().date_naive() + TimeDelta::days(20);
    let leave = format!("/v1/memberships/{}/start-leave", seat["id"].as_str().unwrap());
    ana.post(&leave, json!({"until": until})).await.expect(200);
    let quiet = ana.get(PATH).await.expect(200);
    assert_eq!((&quiet["quiet_until"], &quiet["is_due"]), (&json!(until), &json!(false)));
    assert_eq!(quiet["due_on"], json!(until + TimeDelta::days(1)));
}

#[actix_web::test]
async fn a_schedule_that_cannot_be_is_refused() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let put = async |body| ana.put(PATH, body).await;
    put(json!({"instrument": "mbi", "cadence_days": 7})).await.invalid_at("#/instrument", "unknown_instrument");
    put(json!({"instrument": "who-5", "cadence_days": 0})).await.invalid_at("#/cadence_days", "out_of_range");
    put(json!({"instrument": "who-5", "cadence_days": 367})).await.invalid_at("#/cadence_days", "out_of_range");
    put(json!({"instrument": "who-5"})).await.invalid_at("#/cadence_days", "missing_member");
    for day in ["1999-12-31", "2101-01-01", "-9999-01-01", "+262142-12-31"] {
        let body = json!({"instrument": "who-5", "cadence_days": 366, "starts_on": day});
        put(body).await.invalid_at("#/starts_on", "out_of_range");
    }
    let stale = ana.request(reqwest::Method::PUT, PATH).header("if-match", "\"3.x\"");
    stale.json(&json!({"instrument": "who-5", "cadence_days": 7})).send().await.refused(412, "stale_version");
    ana.get(PATH).await.refused(404, "not_found");
}
