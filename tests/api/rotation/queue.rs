use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Ring, id, ring};
use crate::support::{Circle, Person, TestApp};

/// Who wishes to present, and where each stands.
async fn queue(person: &Person, circle: &Circle) -> Vec<(String, String)> {
    let queue = person.get(&circle.path("presenter-queue")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    queue["items"].as_array().unwrap().iter().map(|one| (text(&one["display_name"]), text(&one["status"]))).collect()
}

fn shown(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, status)| ((*name).to_owned(), (*status).to_owned())).collect()
}

#[actix_web::test]
async fn turns_come_by_urgency_then_by_how_long_ago_then_by_when_they_asked() {
    let app = TestApp::spawn().await;
    // One can present at each.
    let Ring { circle, meetings, members: [(ana, _), (ben, _), (chi, _)] } = ring(&app, 60).await;
    assert!(queue(&ana, &circle).await.is_empty());
    for person in [&ana, &ben, &chi] {
        person.asks_to_present(&circle, false).await;
    }
    let asked = circle.owner.post(&circle.path("presenter-queue"), json!({"urgent": true})).await;
    let location = asked.location();
    let request = asked.expect(201);
    assert_eq!((&request["status"], &request["meeting_id"]), (&json!("scheduled"), &json!(meetings.id(0))));
    assert_eq!(ana.get(&location).await.expect(200), request, "its group reads it");
    let expected = shown(&[("owner", "scheduled"), ("ana", "scheduled"), ("ben", "scheduled"), ("chi", "waiting")]);
    assert_eq!(queue(&ana, &circle).await, expected);
    app.holds(meetings.id(0)).await;
    let presented = ana.get(&location).await.expect(200);
    assert_eq!((&presented["status"], &presented["meeting_id"]), (&json!("presented"), &json!(meetings.id(0))));
    circle.owner.delete(&location).await.refused(409, "invalid_transition");
    // Who has presented comes last.
    circle.owner.asks_to_present(&circle, false).await;
    let expected = shown(&[("ana", "scheduled"), ("ben", "scheduled"), ("chi", "scheduled"), ("owner", "waiting")]);
    assert_eq!(queue(&ana, &circle).await, expected);
}

#[actix_web::test]
async fn one_asks_for_one_turn_and_is_urgent_once_in_ninety_days() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 60).await;
    let path = there.circle.path("presenter-queue");
    let (ana, ben) = (&there.members[0].0, &there.members[1].0);
    let first = ana.asks_to_present(&there.circle, true).await;
    ana.post(&path, json!({})).await.refused(409, "invalid_transition");
    ana.post(&path, json!({"urgent": true, "note": "A client of mine."})).await.invalid_at("#/note", "unknown_member");
    ana.post(&path, json!({"urgent": "yes"})).await.invalid_at("#/urgent", "wrong_type");
    let again = (app.clock.now() + TimeDelta::days(91)).date_naive();
    app.holds(there.meetings.id(0)).await;
    let refused = ana.post(&path, json!({"urgent": true})).await;
    let days = [again.to_string(), again.pred_opt().unwrap().to_string()];
    assert!(days.iter().any(|day| refused.text.contains(day)), "{}", refused.text);
    refused.invalid_at("#/urgent", "too_early");
    // Taken back, it was not urgent.
    let other = ben.asks_to_present(&there.circle, true).await;
    ben.delete(&format!("/v1/presenter-requests/{}", id(&other))).await.expect(204);
    ben.asks_to_present(&there.circle, true).await;
    app.later(TimeDelta::days(91));
    // Nobody asked for patience, and the group is dormant; it still has its members.
    let there = there.again(&app).await;
    let second = there.members[0].0.asks_to_present(&there.circle, true).await;
    assert_ne!(second["id"], first["id"]);
}

#[actix_web::test]
async fn who_asked_withdraws_until_the_meeting_begins() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 60).await;
    let Ring { circle, members: [(ana, _), (ben, _), _], .. } = &there;
    let request = ana.asks_to_present(circle, false).await;
    let path = format!("/v1/presenter-requests/{}", id(&request));
    ben.delete(&path).await.refused(403, "forbidden");
    circle.owner.delete(&path).await.refused(403, "forbidden");
    ana.request(Method::DELETE, &path).header("if-match", "\"9.x\"").send().await.refused(412, "stale_version");
    let stranger = app.therapist("stranger").await;
    stranger.delete(&path).await.refused(404, "not_found");
    ana.delete(&path).await.expect(204);
    for person in [ana, ben] {
        person.get(&path).await.refused(404, "not_found");
    }
    ana.delete(&path).await.refused(404, "not_found");
    assert!(queue(ben, circle).await.is_empty());
    let export = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(export["presenter_requests"][0]["status"], "withdrawn");
    let request = ana.asks_to_present(circle, false).await;
    app.later(TimeDelta::days(2) + TimeDelta::minutes(1));
    let there = there.again(&app).await;
    let late = there.members[0].0.delete(&format!("/v1/presenter-requests/{}", id(&request))).await;
    late.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_request_vanishes_with_the_seat() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), (chi, _)] } = ring(&app, 60).await;
    let request = ana.asks_to_present(&circle, false).await;
    ben.asks_to_present(&circle, false).await;
    app.holds(meetings.id(0)).await;
    chi.asks_to_present(&circle, false).await;
    let gone = ana.asks_to_present(&circle, false).await;
    ana.decides(&of_ana, "leave", json!({})).await.expect(200);
    assert_eq!(queue(&ben, &circle).await, shown(&[("ben", "scheduled"), ("chi", "scheduled")]));
    for one in [&request, &gone] {
        ben.get(&format!("/v1/presenter-requests/{}", id(one))).await.refused(404, "not_found");
    }
    assert_eq!(ben.turns(&meetings, 0).await.1, ["ana"], "what was held stays");
    // Back again, with a new seat, one asks anew.
    circle.seats(&ana).await;
    ana.asks_to_present(&circle, false).await;
    assert_eq!(queue(&ben, &circle).await.len(), 3);
    // And with the account.
    chi.delete("/v1/me").await.expect(204);
    assert_eq!(queue(&ben, &circle).await.len(), 2);
    ana.delete("/v1/me").await.expect(204);
    assert_eq!(ben.turns(&meetings, 0).await.1, ["Former member"]);
}

#[actix_web::test]
async fn of_twenty_who_ask_at_once_for_the_same_one_is_heard() {
    let app = TestApp::spawn().await;
    let Ring { circle, members: [(ana, _), ..], .. } = ring(&app, 60).await;
    let path = circle.path("presenter-queue");
    let answers = join_all((0..20).map(|_| ana.post(&path, json!({})))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses[19]), (201, 409, 409));
    let ask = ana.request(Method::POST, &path).header("idempotency-key", "a");
    ask.json(&json!({})).send().await.refused(409, "invalid_transition");
}
