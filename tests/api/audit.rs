//! The audit trail: what is written, who reads it, and that tampering shows.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::TestApp;

fn actions(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["action"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn every_transition_leaves_its_line() {
    let app = TestApp::spawn().await;
    let guild = app.guild("approval").await;
    let ana = app.verified_therapist("ana").await;
    let soon = app.clock.today() + chrono::TimeDelta::days(3);
    let held = ana.joins(&guild.id).await;
    ana.decides(&held, "withdraw", json!({})).await.expect(200);
    let held = ana.joins(&guild.id).await;
    guild.owner.decides(&held, "approve", json!({})).await.expect(200);
    ana.decides(&held, "start-leave", json!({"until": soon})).await.expect(200);
    ana.decides(&held, "end-leave", json!({})).await.expect(200);
    guild.owner.decides(&held, "suspend", json!({"until": soon, "reason": "secret words"})).await.expect(200);
    guild.owner.decides(&held, "reinstate", json!({})).await.expect(200);
    guild.owner.decides(&held, "confirm", json!({"verification": "confirmed"})).await.expect(200);
    guild.owner.edits(&held, json!({"role": "steward"})).await.expect(200);
    guild.owner.decides(&held, "remove", json!({"reason": "secret words"})).await.expect(200);
    let offer = guild.owner.post(&guild.path("invitations"), json!({"email": "ana@example.org"})).await.expect(201);
    let path = format!("/v1/invitations/{}", offer["token"].as_str().unwrap());
    let joined = ana.post(&format!("{path}/accept"), json!({})).await.expect(200);
    ana.decides(&joined, "leave", json!({})).await.expect(200);
    // A refused transition leaves none.
    ana.decides(&joined, "leave", json!({})).await.refused(409, "invalid_transition");

    let mut events = guild.owner.all(&format!("/v1/audit-events?organization_id={}&limit=4", guild.id)).await;
    events.reverse();
    assert_eq!(
        actions(&events)[3..],
        [
            "membership.request",
            "membership.withdraw",
            "membership.request",
            "membership.approve",
            "membership.start_leave",
            "membership.end_leave",
            "membership.suspend",
            "membership.reinstate",
            "membership.confirm",
            "membership.update",
            "membership.remove",
            "invitation.create",
            "membership.join",
            "invitation.accept",
            "membership.leave",
        ]
    );
    let approved = &events[6];
    assert_eq!((&approved["actor_id"], &approved["account_id"]), (&json!(guild.owner.id), &json!(ana.id)));
    assert_eq!((&approved["subject_type"], &approved["subject_id"]), (&json!("membership"), &held["id"]));
    assert_eq!(approved["organization_id"], guild.id);
    assert!(!json!(events).to_string().contains("secret words"));
    let verified = guild.owner.get(&format!("/v1/audit-events/verify?organization_id={}", guild.id)).await.expect(200);
    assert_eq!(verified, json!({"valid": true, "events": events.len()}));
}

#[actix_web::test]
async fn members_see_what_concerns_them_and_those_who_run_it_all_of_it() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (ana, ben, steward) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("steward").await);
    ana.joins(&guild.id).await;
    ben.joins(&guild.id).await;
    guild.takes_in(&steward, "steward").await;
    let of_guild = format!("/v1/audit-events?organization_id={}&action=membership.join", guild.id);
    for (caller, seen) in [(&ana, 1), (&ben, 1), (&steward, 3), (&guild.owner, 3), (&guild.moderator, 3)] {
        assert_eq!(caller.all(&of_guild).await.len(), seen, "{}", caller.email);
    }
    for event in ana.all("/v1/audit-events").await {
        assert!(event["account_id"] == ana.id || event["actor_id"] == ana.id, "{event}");
    }
    // No parameter reaches beyond what one may see.
    for query in [
        format!("account_id={}", ben.id),
        format!("actor_id={}", ben.id),
        format!("subject_id={}", guild.id),
        "subject_type=organization".into(),
    ] {
        assert!(ana.all(&format!("/v1/audit-events?{query}")).await.is_empty(), "{query}");
    }
    let counted = ana.get("/v1/audit-events?action=membership.join&include_total=true").await.expect(200);
    assert_eq!(counted["total"], 1);
    let everything = guild.moderator.all("/v1/audit-events?action=membership.join&action=organization.publish").await;
    assert_eq!(everything.len(), 4);
    let verify = format!("/v1/audit-events/verify?organization_id={}", guild.id);
    for (caller, status) in [(&ana, 404), (&steward, 200), (&guild.owner, 200), (&guild.moderator, 200)] {
        assert_eq!(caller.get(&verify).await.status, status, "{}", caller.email);
    }
    assert_eq!(ana.get("/v1/audit-events/verify").await.expect(200)["valid"], true);
    let later = (app.clock.now() + chrono::TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ");
    assert!(ana.all(&format!("/v1/audit-events?from={later}")).await.is_empty());
    assert_eq!(ana.all(&format!("/v1/audit-events?to={later}&action=membership.join")).await.len(), 1);
    ana.get("/v1/audit-events?from=yesterday").await.refused(422, "validation_failed");
    app.anonymous().get("/v1/audit-events").await.refused(401, "unauthenticated");
    app.anonymous().get(&verify).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn the_owners_of_a_group_see_its_trail_and_members_what_concerns_them() {
    let app = TestApp::spawn().await;
    let (owner, ana, ben) = (app.therapist("owner").await, app.therapist("ana").await, app.therapist("ben").await);
    let (stranger, moderator) = (app.therapist("stranger").await, app.moderator("moderator").await);
    let circle = app.circle_of(&owner, "Harbor Circle").await;
    let other = app.circle_of(&ben, "Other Circle").await;
    let seat = circle.seats(&ana).await;
    let of_ben = circle.seats(&ben).await;
    circle.owner.edits(&of_ben, json!({"role": "facilitator"})).await.expect(200);
    ben.decides(&of_ben, "leave", json!({})).await.expect(200);
    let of_circle = format!("/v1/audit-events?consultation_group_id={}&limit=3", circle.id);
    let mut events = owner.all(&of_circle).await;
    events.reverse();
    let all = [
        "consultation_group.create",
        "agreement.create",
        "agreement.publish",
        "consultation_group.publish",
        "membership.sign",
        "membership.join",
        "membership.sign",
        "membership.join",
        "membership.sign",
        "membership.update",
        "membership.leave",
    ];
    assert_eq!(actions(&events), all);
    assert!(events.iter().all(|event| event["consultation_group_id"] == circle.id.as_str()), "{events:?}");
    let joined = &events[5];
    assert_eq!((&joined["account_id"], &joined["subject_id"]), (&json!(ana.id), &seat["id"]));
    for (caller, seen) in [(&ana, 2), (&ben, 4), (&stranger, 0), (&moderator, 0)] {
        assert_eq!(caller.all(&of_circle).await.len(), seen, "{}", caller.email);
    }
    for query in [format!("account_id={}", ana.id), format!("subject_id={}", seat["id"].as_str().unwrap())] {
        let found = moderator.all(&format!("/v1/audit-events?{query}&subject_type=membership")).await;
        assert!(found.is_empty(), "who sits in a group is not told by the trail: {found:?}");
    }
    let verify = format!("/v1/audit-events/verify?consultation_group_id={}", circle.id);
    assert_eq!(owner.get(&verify).await.expect(200), json!({"valid": true, "events": all.len()}));
    for caller in [&ana, &ben, &stranger, &moderator] {
        caller.get(&verify).await.refused(404, "not_found");
    }
    owner.get(&format!("/v1/audit-events/verify?consultation_group_id={}", other.id)).await.refused(404, "not_found");
    let both = format!("{verify}&organization_id={}", app.shipped("APA").await);
    owner.get(&both).await.invalid_at("consultation_group_id", "two_chains");
    // A hidden group is one that outsiders know nothing of.
    circle.hides().await;
    assert!(stranger.all(&of_circle).await.is_empty());
    stranger.get(&verify).await.refused(404, "not_found");
    // What is before the moderators shows them its trail.
    ana.reports("consultation_group", &circle.id, "other").await.expect(201);
    assert_eq!(moderator.all(&of_circle).await.len(), all.len() + 1);
    assert_eq!(moderator.get(&verify).await.expect(200)["valid"], true);
    assert!(!json!(owner.all(&of_circle).await).to_string().contains("report."));
}

#[actix_web::test]
async fn only_an_owner_in_good_standing_sees_the_trail_of_a_group() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    let circle = app.circle_of(&owner, "Harbor Circle").await;
    let seat = circle.seats(&ana).await;
    let of_circle = format!("/v1/audit-events?consultation_group_id={}&action=consultation_group.create", circle.id);
    let verify = format!("/v1/audit-events/verify?consultation_group_id={}", circle.id);
    let sees = async || (ana.all(&of_circle).await.len(), ana.get(&verify).await.status);
    assert_eq!(sees().await, (0, 404));
    circle.owner.edits(&seat, json!({"role": "owner"})).await.expect(200);
    assert_eq!(sees().await, (1, 200));
    let until = app.clock.today() + chrono::TimeDelta::days(9);
    owner.decides(&seat, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    assert_eq!(sees().await, (0, 404));
    owner.decides(&seat, "reinstate", json!({})).await.expect(200);
    assert_eq!(sees().await, (1, 200));
    let overdue = format!(
        "UPDATE membership SET signature_due_at = '2026-01-01T00:00:00+00:00' WHERE account_id = {}",
        if app.is_sqlite() { format!("x'{}'", ana.id.replace('-', "")) } else { format!("'{}'", ana.id) }
    );
    app.state.db.write(async |tx| Ok(tx.execute_unprepared(&overdue).await?)).await.unwrap();
    assert_eq!(sees().await, (0, 404));
}

#[actix_web::test]
async fn tampering_shows() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ana = app.therapist("ana").await;
    for _ in 0..3 {
        let held = ana.joins(&guild.id).await;
        ana.decides(&held, "leave", json!({})).await.expect(200);
    }
    let verify = format!("/v1/audit-events/verify?organization_id={}", guild.id);
    let whole = guild.owner.get(&verify).await.expect(200);
    let events = whole["events"].as_i64().unwrap();
    assert_eq!((whole["valid"].as_bool(), events >= 6), (Some(true), true), "{whole}");
    let rest = guild.owner.get(&format!("{verify}&from_sequence={events}")).await.expect(200);
    assert_eq!(rest, json!({"valid": true, "events": 1}));
    let tamper = async |sql: &str| {
        let chain = format!("organization/{}", guild.id);
        let sql = sql.replace("CHAIN", &format!("chain = '{chain}'"));
        app.state.db.write(async |tx| Ok(tx.execute_unprepared(&sql).await?)).await.unwrap();
        guild.owner.get(&verify).await.expect(200)
    };
    let last = events - 1;
    let changed =
        tamper(&format!("UPDATE audit_event SET action = 'membership.x' WHERE CHAIN AND sequence = {last}")).await;
    assert_eq!(changed, json!({"valid": false, "events": last - 1, "first_invalid": last}));
    let taken_out = tamper("DELETE FROM audit_event WHERE CHAIN AND sequence = 2").await;
    assert_eq!(taken_out, json!({"valid": false, "events": 1, "first_invalid": 2}));
    let first_gone = tamper("DELETE FROM audit_event WHERE CHAIN AND sequence = 1").await;
    assert_eq!(first_gone, json!({"valid": false, "events": 0, "first_invalid": 1}));
}
