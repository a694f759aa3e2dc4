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
