//! What becomes of groups when an account goes.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{TestApp, agreement_path};

#[actix_web::test]
async fn the_longest_serving_facilitator_follows_the_owner_or_else_a_member() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let mut members = Vec::new();
    for name in ["ben", "chi", "dee"] {
        let person = app.therapist(name).await;
        let seat = circle.seats(&person).await;
        app.later(TimeDelta::seconds(2));
        members.push((person, seat));
    }
    circle.owner.edits(&members[1].1, json!({"role": "facilitator"})).await.expect(200);
    circle.owner.delete("/v1/me").await.expect(204);
    let role = async |at: usize| members[at].0.reads(&members[at].1).await.expect(200)["role"].clone();
    assert_eq!([role(0).await, role(1).await, role(2).await], ["member", "owner", "member"]);
    members[1].0.delete("/v1/me").await.expect(204);
    assert_eq!([role(0).await, role(2).await], ["owner", "member"], "the longest-serving member");
    let roster = members[0].0.all(&circle.path("memberships")).await;
    assert_eq!(roster.iter().filter(|one| one["display_name"] == "Former member").count(), 2);
    let agreement = members[0].0.agreement_of(&circle.id).await;
    let signatures = members[0].0.all(&agreement_path(&agreement, "/signatures")).await;
    assert_eq!(signatures.iter().filter(|one| one["typed_name"] == "Former member").count(), 2);
}

#[actix_web::test]
async fn a_group_that_nobody_owns_comes_before_the_moderators() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"visibility": "hidden", "join_policy": "approval"})).await;
    let ben = app.therapist("ben").await;
    let moderator = app.moderator("moderator").await;
    let path = format!("/v1/consultation-groups/{}", circle.id);
    moderator.get(&path).await.refused(404, "not_found");
    moderator.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.refused(404, "not_found");
    circle.owner.delete("/v1/me").await.expect(204);
    let orphans = moderator.all("/v1/consultation-groups?ownerless=true").await;
    assert_eq!(orphans.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), [&circle.id]);
    ben.get(&path).await.refused(404, "not_found");
    ben.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.refused(404, "not_found");
    let gone = moderator.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.expect(200);
    assert_eq!(gone["status"], "dissolved");
}

#[actix_web::test]
async fn a_seat_that_an_account_leaves_goes_to_whoever_waits() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "quorum": 2, "max_size": 2})).await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    let chi = app.therapist("chi").await;
    let waits = circle.admits(&chi).await;
    let draft = ben.post("/v1/consultation-groups", json!({"name": "Draft", "purpose": "study"})).await.expect(201);
    ben.delete("/v1/me").await.expect(204);
    assert_eq!(chi.reads(&waits).await.expect(200)["status"], "awaiting_signature");
    let moderator = app.moderator("moderator").await;
    moderator
        .get(&format!("/v1/consultation-groups/{}", draft["id"].as_str().unwrap()))
        .await
        .refused(404, "not_found");
    assert_eq!(moderator.all("/v1/consultation-groups?ownerless=true&status=draft").await.len(), 0);
}
