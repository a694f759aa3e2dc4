//! From the draft to the end.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, Circle, TestApp};

impl Circle {
    async fn becomes(&self, change: &str, body: Value) -> Answer {
        self.owner.post(&self.path(change), body).await
    }
}

fn says(answer: Answer, detail: &str) {
    assert_eq!(answer.json["detail"], detail);
    answer.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_group_is_published_when_it_is_complete_and_started_when_it_is_large_enough() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({"min_size": 3, "description": null})).await;
    let problem = circle.becomes("publish", json!({})).await;
    let faults = problem.refused(409, "invalid_transition");
    let places: Vec<_> = faults.as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(places, ["#/description", "#/agreement_number"]);
    says(circle.becomes("activate", json!({})).await, "the group is draft");
    app.therapist("eve").await.asks_for_a_seat(&circle.id, json!({})).await.refused(404, "not_found");

    let path = format!("/v1/consultation-groups/{}", circle.id);
    circle.owner.patch(&path, json!({"description": "We meet."})).await.expect(200);
    circle.publishes(json!({"clauses": crate::support::clauses()})).await;
    assert_eq!(circle.becomes("publish", json!({})).await.expect(200)["status"], "forming");
    says(circle.becomes("publish", json!({})).await, "the group is forming");
    circle.seats_all(&app, ["ben"]).await;
    says(circle.becomes("activate", json!({})).await, "the group is forming, and 3 active members are needed");
    let health = &circle.card().await["health"];
    let signs: Vec<_> = health.as_array().unwrap().iter().map(|sign| &sign["sign"]).collect();
    assert_eq!(signs, ["no_future_meeting", "below_min_size"]);
    circle.seats_all(&app, ["chi"]).await;
    assert_eq!(circle.becomes("activate", json!({})).await.expect(200)["status"], "active");
    assert_eq!(circle.card().await["health"][0]["sign"], "no_future_meeting");
    assert_eq!(circle.card().await["health"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_pause_ends_by_itself_or_sooner() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    circle.seats_all(&app, ["ben"]).await;
    let in_days = |days| (app.clock.today() + TimeDelta::days(days)).to_string();
    says(circle.becomes("pause", json!({"until": in_days(5)})).await, "the group is forming");
    circle.becomes("activate", json!({})).await.expect(200);
    for days in [0, 91] {
        circle.becomes("pause", json!({"until": in_days(days)})).await.invalid_at("#/until", "out_of_range");
    }
    let paused = circle.becomes("pause", json!({"until": in_days(20)})).await.expect(200);
    assert_eq!((&paused["status"], &paused["paused_until"]), (&json!("paused"), &json!(in_days(20))));
    says(circle.becomes("pause", json!({"until": in_days(5)})).await, "the group is paused");
    let ben = app.therapist("chi").await;
    ben.asks_for_a_seat(&circle.id, json!({})).await.refused(409, "group_not_joinable");
    assert_eq!(circle.becomes("resume", json!({})).await.expect(200)["status"], "active");
    circle.becomes("pause", json!({"until": in_days(20)})).await.expect(200);
    app.later(TimeDelta::days(21));
    let circle = app.circle_again(&circle).await;
    let card = circle.card().await;
    assert_eq!((&card["status"], card.get("paused_until")), (&json!("active"), None));
    says(circle.becomes("resume", json!({})).await, "the group is active");
    assert_eq!(circle.owner.all("/v1/consultation-groups?status=active").await.len(), 1);
    assert_eq!(circle.owner.all("/v1/consultation-groups?status=paused").await.len(), 0);
}

#[actix_web::test]
async fn a_group_that_does_not_meet_becomes_dormant_and_any_member_revives_it() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "cadence_days": 7})).await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    circle.becomes("activate", json!({})).await.expect(200);
    app.later(TimeDelta::days(15));
    let (circle, ben) = (app.circle_again(&circle).await, app.again(&ben).await);
    app.therapist("eve").await.post(&circle.path("keep"), json!({})).await.refused(403, "forbidden");
    ben.post(&circle.path("keep"), json!({})).await.expect(200);
    app.later(TimeDelta::days(7));
    let (circle, ben) = (app.circle_again(&circle).await, app.again(&ben).await);
    assert_eq!(circle.card().await["status"], "active", "its members asked for patience");
    says(ben.post(&circle.path("revive"), json!({})).await, "the group is active");
    app.later(TimeDelta::days(7));
    let (circle, ben) = (app.circle_again(&circle).await, app.again(&ben).await);
    let card = circle.card().await;
    assert_eq!((&card["status"], &card["health"]), (&json!("dormant"), &json!([])));
    assert_eq!(ben.all("/v1/consultation-groups").await.len(), 0, "it is not offered any more");
    assert_eq!(ben.all("/v1/consultation-groups?status=dormant").await.len(), 1);
    says(ben.post(&circle.path("keep"), json!({})).await, "the group is dormant");
    let eve = app.sign_in("", "eve@example.org").await;
    eve.asks_for_a_seat(&circle.id, json!({})).await.refused(409, "group_not_joinable");
    eve.post(&circle.path("revive"), json!({})).await.refused(403, "forbidden");
    assert_eq!(ben.post(&circle.path("revive"), json!({})).await.expect(200)["status"], "active");
    eve.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
}

#[actix_web::test]
async fn what_is_archived_is_read_and_left() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, seat), (chi, asked)] = {
        let [ben] = circle.seats_all(&app, ["ben"]).await;
        let chi = app.therapist("chi").await;
        let asked = circle.admits(&chi).await;
        [ben, (chi, asked)]
    };
    assert_eq!(circle.becomes("archive", json!({})).await.expect(200)["status"], "archived");
    let path = format!("/v1/consultation-groups/{}", circle.id);
    says(circle.owner.patch(&path, json!({"name": "Other"})).await, "the group is archived");
    says(circle.becomes("archive", json!({})).await, "the group is archived");
    says(chi.signs(&asked).await, "the group is archived");
    says(circle.owner.edits(&seat, json!({"role": "facilitator"})).await, "the group is archived");
    chi.decides(&asked, "withdraw", json!({})).await.expect(200);
    ben.get(&circle.path("memberships")).await.expect(200);
    ben.decides(&seat, "leave", json!({})).await.expect(200);
}

#[actix_web::test]
async fn dissolving_ends_everything_but_what_proves() {
    let app = TestApp::spawn().await;
    let questions = json!([{"key": "hope", "question": "What do you hope for?"}]);
    let circle = app.circle_with(json!({"join_questions": questions})).await;
    let [(ben, seat)] = circle.seats_all(&app, ["ben"]).await;
    let agreement = circle.agreement().await;
    let eve = app.therapist("eve").await;
    eve.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.refused(403, "forbidden");
    ben.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.refused(403, "forbidden");
    circle
        .becomes("dissolve", json!({"confirm_name": "harbor circle"}))
        .await
        .invalid_at("#/confirm_name", "not_the_name");
    circle.becomes("dissolve", json!({})).await.invalid_at("#/confirm_name", "missing_member");
    let gone = circle.becomes("dissolve", json!({"confirm_name": "Harbor Circle"})).await.expect(200);
    assert_eq!((&gone["status"], gone.get("description")), (&json!("dissolved"), None));
    assert_eq!((&gone["join_questions"], &gone["member_count"]), (&json!([]), &json!(0)));
    let seat = ben.reads(&seat).await.expect(200);
    assert_eq!((&seat["status"], &seat["end_reason"]), (&json!("ended"), &json!("dissolved")));
    let path = format!("/v1/consultation-groups/{}", circle.id);
    ben.get(&path).await.expect(200);
    eve.get(&path).await.refused(404, "not_found");
    assert_eq!(eve.all("/v1/consultation-groups?status=dissolved").await.len(), 0);
    assert_eq!(ben.all("/v1/consultation-groups?status=dissolved").await.len(), 1);
    let kept = ben.get(&format!("/v1/agreements/{}", agreement["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&kept["sha256"], &kept["clauses"]), (&agreement["sha256"], &json!([])));
    says(circle.becomes("dissolve", json!({"confirm_name": "Harbor Circle"})).await, "the group is dissolved");
}

#[actix_web::test]
async fn an_owner_who_stays_away_is_noticed() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "cadence_days": 30})).await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    let health = async |person: &crate::support::Person| {
        let card = person.get(&format!("/v1/consultation-groups/{}", circle.id)).await.expect(200);
        let signs = card["health"].as_array().unwrap().iter().map(|sign| sign["sign"].clone());
        signs.filter(|sign| sign != "no_future_meeting").collect::<Vec<_>>()
    };
    assert_eq!(health(&ben).await, Vec::<Value>::new());
    app.later(TimeDelta::days(46));
    let ben = app.again(&ben).await;
    assert_eq!(health(&ben).await, ["owner_absent_45_days"]);
    app.again(&circle.owner).await;
    assert_eq!(health(&ben).await, Vec::<Value>::new());
}
