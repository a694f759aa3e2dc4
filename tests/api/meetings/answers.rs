use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, meeting_path};

#[actix_web::test]
async fn members_say_whether_they_come() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, ben_seat), (chi, _), (dee, _)]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[0].clone();
    let path = meeting_path(&one, "/rsvp");
    ben.get(&path).await.refused(404, "not_found");
    let said = json!({"answer": "yes", "note": "I leave early."});
    let first = ben.put(&path, said.clone()).await;
    assert_eq!(first.headers["location"].to_str().unwrap(), path);
    assert_eq!(first.expect(201)["note"], "I leave early.");
    ben.put(&path, said).await.expect(200);
    chi.says(&one, "tentative").await;
    dee.says(&one, "yes").await;
    dee.says(&one, "no").await;
    let seen = ben.get(&meeting_path(&one, "")).await.expect(200);
    assert_eq!(seen["answers"], json!({"yes": 1, "no": 1, "tentative": 1}));
    assert_eq!(seen["my_answer"], "yes");
    // Notes are for those who lead.
    let listed = |list: Vec<Value>| -> Vec<(String, Value)> {
        list.iter().map(|one| (one["display_name"].as_str().unwrap().to_owned(), one["note"].clone())).collect()
    };
    let note = json!("I leave early.");
    let answers = circle.owner.all(&meeting_path(&one, "/answers?limit=2")).await;
    assert_eq!((answers.len(), &answers[0]["membership_id"]), (3, &ben_seat["id"]));
    assert!(listed(answers).iter().any(|(_, shown)| *shown == note));
    assert!(listed(chi.all(&meeting_path(&one, "/answers")).await).iter().all(|(_, shown)| shown.is_null()));
    assert!(listed(ben.all(&meeting_path(&one, "/answers")).await).iter().any(|(_, shown)| *shown == note));

    dee.delete(&path).await.expect(204);
    dee.delete(&path).await.refused(404, "not_found");
    // Who leaves no longer counts.
    ben.decides(&ben_seat, "leave", json!({})).await.expect(200);
    let seen = chi.get(&meeting_path(&one, "")).await.expect(200);
    assert_eq!(seen["answers"], json!({"yes": 0, "no": 0, "tentative": 1}));
    assert_eq!(chi.all(&meeting_path(&one, "/answers")).await.len(), 1);
    let based_on = async |method: Method, tag: &str, said: &str| {
        let body = if method == Method::DELETE { json!({}) } else { json!({"answer": said}) };
        dee.request(method, &path).header("if-match", tag).json(&body).send().await
    };
    based_on(Method::PUT, "*", "no").await.refused(412, "stale_version");
    dee.put(&path, json!({"answer": "no"})).await.expect(201);
    let stale = dee.get(&path).await.etag();
    dee.put(&path, json!({"answer": "no"})).await.expect(200);
    for method in [Method::PUT, Method::DELETE] {
        based_on(method, &stale, "yes").await.refused(412, "stale_version");
    }
    let now = based_on(Method::PUT, &dee.get(&path).await.etag(), "yes").await;
    assert_ne!(now.etag(), stale);
    let tag = now.etag();
    let answers = futures_util::future::join_all((0..8).map(|_| based_on(Method::PUT, &tag, "no"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 412).count(), 7);
    based_on(Method::DELETE, "*", "").await.expect(204);
    for body in [json!({"answer": "perhaps"}), json!({}), json!({"answer": "yes", "note": "a\u{202e}b"})] {
        chi.put(&path, body).await.refused(422, "validation_failed");
    }
}

#[actix_web::test]
async fn a_day_before_it_shows_whether_enough_come() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), (chi, _), (dee, _)]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[0].clone();
    for person in [&ben, &chi] {
        person.says(&one, "yes").await;
    }
    let status = async |person: &crate::support::Person| {
        person.get(&meeting_path(&one, "")).await.expect(200)["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&ben).await, "scheduled");
    app.at("2026-10-19T19:00:00Z");
    let (dee, again) = (app.again(&dee).await, app.circle_again(&circle).await);
    assert_eq!(status(&dee).await, "at_risk");
    dee.says(&one, "yes").await;
    assert_eq!(status(&dee).await, "confirmed");
    let at_risk = again.owner.all(&again.path("meetings?status=at_risk&status=cancelled")).await;
    let confirmed = again.owner.all(&again.path("meetings?status=confirmed")).await;
    assert_eq!((at_risk.len(), confirmed.len()), (0, 1));
    app.at("2026-10-20T20:30:00Z");
    let dee = app.again(&dee).await;
    dee.put(&meeting_path(&one, "/rsvp"), json!({"answer": "no"})).await.refused(409, "invalid_transition");
    app.at("2026-10-27T20:30:00Z");
    assert_eq!(status(&app.again(&dee).await).await, "unrecorded");
}

#[actix_web::test]
async fn mine_are_those_of_all_my_groups_with_what_is_at_once() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let other = app.circle_of(&ben, "Other Circle").await;
    let at_once = json!({"starts_local": "2026-11-03T21:00", "time_zone": "Europe/Berlin"});
    let extra = ben.post(&other.path("meetings"), at_once).await.expect(201);
    let one = circle.meetings().await[1].clone();
    assert_eq!(extra["conflicts"], json!([one["id"]]));
    let mine = ben.all("/v1/me/meetings?to=2026-12-31T00:00:00Z&limit=2").await;
    assert_eq!(mine.len(), 5);
    let of = |meeting: &Value| mine.iter().find(|seen| seen["id"] == meeting["id"]).unwrap()["conflicts"].clone();
    assert_eq!((of(&one), of(&extra)), (json!([extra["id"]]), json!([one["id"]])));
    assert!(circle.meetings().await.iter().all(|seen| seen["conflicts"] == json!([])), "the owner is not in the other");
    ben.post(&meeting_path(&extra, "/cancel"), json!({})).await.expect(200);
    assert_eq!(ben.get(&meeting_path(&one, "")).await.expect(200)["conflicts"], json!([]));

    app.later(TimeDelta::days(1));
    let eve = app.therapist("eve").await;
    assert!(eve.all("/v1/me/meetings").await.is_empty());
}
