//! How memberships begin, and what stands in the way.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_self_reported_membership_is_active_at_once_with_the_dates_of_its_holder() {
    let app = TestApp::spawn().await;
    let (ana, apa) = (app.therapist("ana").await, app.shipped("APA").await);
    let body = json!({"category": "associate", "member_number": "A-1024", "starts_on": "2020-01-01"});
    let answer = ana.asks_to_join(&apa, body).await;
    let (location, etag) = (answer.header("location").unwrap().to_owned(), answer.etag());
    let joined = answer.expect(201);
    assert_eq!(joined["display_name"], "ana");
    assert_eq!(
        (&joined["status"], &joined["role"], &joined["kind"]),
        (&json!("active"), &json!("member"), &json!("organization"))
    );
    assert_eq!((&joined["account_id"], &joined["organization_id"]), (&json!(ana.id), &json!(apa)));
    let affiliation = json!({"category": "associate", "member_number": "A-1024", "starts_on": "2020-01-01",
        "standing": "current", "counts_as_member": true, "verification": "self_reported"});
    assert_eq!(joined["affiliation"], affiliation);
    let read = ana.get(&location).await;
    assert_eq!(read.etag(), etag);
    assert_eq!(read.expect(200), joined);
    let organization = app.anonymous().get(&format!("/v1/organizations/{apa}")).await.expect(200);
    assert_eq!(organization["member_count"], 1);
}

#[actix_web::test]
async fn an_open_organization_takes_members_and_one_that_approves_is_asked() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let open = app.guild("open").await;
    let year = open
        .owner
        .post(&open.path("membership-types"), json!({"name": "Full", "duration": {"unit": "years", "count": 1}}))
        .await
        .expect(201);
    let joined = ana.asks_to_join(&open.id, json!({"membership_type_id": year["id"]})).await.expect(201);
    assert_eq!(joined["status"], "active");
    assert_eq!(joined["affiliation"]["starts_on"], app.clock.today().to_string());
    assert_eq!(joined["affiliation"]["standing"], "new");
    assert_eq!(open.member_count().await, 2);
    // Elsewhere than with self-reported memberships a steward states dates and category.
    let ben = app.therapist("ben").await;
    let faults = ben
        .asks_to_join(&open.id, json!({"category": "full", "starts_on": "2020-01-01"}))
        .await
        .refused(403, "forbidden");
    assert_eq!(
        faults.as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect::<Vec<_>>(),
        ["#/category", "#/starts_on"]
    );
    let other = json!({"membership_type_id": "01936b2f-5f00-7000-8000-00000000ffff"});
    ben.asks_to_join(&open.id, other).await.invalid_at("#/membership_type_id", "unknown_membership_type");
}

#[actix_web::test]
async fn a_request_waits_for_a_decision() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("approval").await);
    let asked = ana.asks_to_join(&guild.id, json!({"note": "Ben told me of you."})).await.expect(201);
    assert_eq!((&asked["status"], &asked["request_note"]), (&json!("requested"), &json!("Ben told me of you.")));
    assert!(asked["joined_at"].is_null() && asked["affiliation"]["standing"].is_null());
    assert_eq!(asked["affiliation"]["counts_as_member"], false);
    assert_eq!(guild.member_count().await, 1);
    let approved = guild.owner.decides(&asked, "approve", json!({})).await.expect(200);
    assert_eq!((&approved["status"], &approved["decided_by"]), (&json!("active"), &json!(guild.owner.id)));
    assert_eq!(approved["version"], 2);
    assert_eq!(guild.member_count().await, 2);
}

#[actix_web::test]
async fn a_declined_request_can_be_repeated_after_thirty_days() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("approval").await);
    let asked = ana.joins(&guild.id).await;
    guild.owner.decides(&asked, "decline", json!({})).await.invalid_at("#/reason", "missing_member");
    let declined =
        guild.owner.decides(&asked, "decline", json!({"reason": "Licensed therapists only."})).await.expect(200);
    assert_eq!((&declined["status"], &declined["end_reason"]), (&json!("ended"), &json!("declined")));
    assert_eq!(ana.reads(&asked).await.expect(200)["decision_note"], "Licensed therapists only.");
    let refused = ana.asks_to_join(&guild.id, json!({})).await;
    let day = (app.clock.now() + TimeDelta::days(30)).date_naive().to_string();
    assert!(refused.text.contains(&day), "{}", refused.text);
    refused.refused(409, "cooldown_running");
    app.later(TimeDelta::days(30));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    assert_ne!(ana.joins(&guild.id).await["id"], asked["id"]);
}

#[actix_web::test]
async fn what_stands_in_the_way_of_joining() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("invitation").await);
    let nimh = app.shipped("NIMH").await;
    ana.asks_to_join(&nimh, json!({})).await.refused(422, "organization_not_joinable");
    let refused = ana.asks_to_join(&guild.id, json!({})).await;
    assert!(refused.text.contains("invitation"), "{}", refused.text);
    refused.refused(403, "forbidden");
    let unknown = "01936b2f-5f00-7000-8000-00000000ffff";
    ana.asks_to_join(unknown, json!({})).await.refused(404, "not_found");
    ana.asks_to_join("rubbish", json!({})).await.refused(404, "not_found");
    let proposal = guild.owner.proposes(json!({"name": "Not yet", "kind": "local_association"})).await;
    let proposal = proposal["id"].as_str().unwrap();
    ana.asks_to_join(proposal, json!({})).await.refused(404, "not_found");
    guild.owner.asks_to_join(proposal, json!({})).await.refused(422, "organization_not_joinable");
    app.anonymous().post(&guild.path("memberships"), json!({})).await.refused(401, "unauthenticated");
    let apa = app.shipped("APA").await;
    ana.joins(&apa).await;
    ana.asks_to_join(&apa, json!({})).await.refused(409, "already_member");
}

#[actix_web::test]
async fn bad_bodies_are_pointed_at() {
    let app = TestApp::spawn().await;
    let (ana, apa) = (app.therapist("ana").await, app.shipped("APA").await);
    for (body, pointer, code) in [
        (json!({"id": ana.id}), "#/id", "unknown_member"),
        (json!({"account_id": ana.id}), "#/account_id", "unknown_member"),
        (json!({"role": "owner"}), "#/role", "unknown_member"),
        (json!({"status": "active"}), "#/status", "unknown_member"),
        (json!({"verification": "confirmed"}), "#/verification", "unknown_member"),
        (json!({"category": " "}), "#/category", "blank"),
        (json!({"category": "x".repeat(101)}), "#/category", "too_long"),
        (json!({"member_number": "x".repeat(61)}), "#/member_number", "too_long"),
        (json!({"starts_on": "2026-02-30"}), "#/starts_on", "invalid_format"),
        (json!({"starts_on": "1850-01-01"}), "#/starts_on", "out_of_range"),
        (json!({"ends_on": "+12345-01-01"}), "#/ends_on", "out_of_range"),
        (json!({"starts_on": "2026-02-01", "ends_on": "2026-01-31"}), "#/ends_on", "out_of_range"),
        (json!({"note": "x".repeat(1001)}), "#/note", "too_long"),
    ] {
        let answer = ana.asks_to_join(&apa, body.clone()).await;
        assert_eq!(answer.status, 422, "{body} {}", answer.text);
        answer.invalid_at(pointer, code);
    }
    assert!(ana.all("/v1/memberships").await.is_empty());
}

#[actix_web::test]
async fn an_ended_membership_never_blocks_a_new_start() {
    let app = TestApp::spawn().await;
    let (ana, apa) = (app.therapist("ana").await, app.shipped("APA").await);
    let first = ana.joins(&apa).await;
    let left = ana.decides(&first, "leave", json!({})).await.expect(200);
    assert_eq!((&left["status"], &left["end_reason"]), (&json!("ended"), &json!("left")));
    let second = ana.joins(&apa).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(ana.all("/v1/memberships").await.len(), 2);
    let open = ana.all("/v1/memberships?status=active").await;
    assert_eq!(open, [second]);
    ana.decides(&first, "leave", json!({})).await.refused(409, "invalid_transition");
}
