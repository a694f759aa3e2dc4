//! Who may do what, over HTTP: every role against every path of somebody else's membership.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Guild, Person, TestApp};

/// The status that each caller is answered: stranger, fellow member, steward, owner, moderator, admin.
const MATRIX: [(&str, &str, [u16; 6]); 9] = [
    ("requested", "approve", [404, 404, 200, 200, 200, 200]),
    ("requested", "decline", [404, 404, 200, 200, 200, 200]),
    ("active", "suspend", [404, 404, 200, 200, 200, 200]),
    ("active", "confirm", [404, 404, 200, 200, 200, 200]),
    ("active", "remove", [404, 404, 403, 200, 200, 200]),
    ("active", "leave", [404, 404, 403, 403, 403, 403]),
    ("active", "start-leave", [404, 404, 403, 403, 403, 403]),
    ("active", "end-leave", [404, 404, 403, 403, 403, 403]),
    ("requested", "withdraw", [404, 404, 403, 403, 403, 403]),
];

#[actix_web::test]
async fn each_role_reaches_as_far_as_the_matrix_says() {
    let app = TestApp::spawn().await;
    let guild = app.guild("approval").await;
    let (stranger, fellow) = (app.therapist("stranger").await, app.therapist("fellow").await);
    let (steward, admin) = (app.therapist("steward").await, app.admin("admin").await);
    guild.takes_in(&fellow, "member").await;
    guild.takes_in(&steward, "steward").await;
    let callers = [&stranger, &fellow, &steward, &guild.owner, &guild.moderator, &admin];
    let ana = app.therapist("ana").await;
    let until = app.clock.today() + TimeDelta::days(10);
    for (state, transition, expected) in MATRIX {
        let body = match transition {
            "decline" | "remove" => json!({"reason": "x"}),
            "suspend" => json!({"until": until, "reason": "x"}),
            "start-leave" => json!({"until": until}),
            "confirm" => json!({"verification": "confirmed"}),
            _ => json!({}),
        };
        for (caller, expected) in callers.iter().zip(expected) {
            let (subject, held) = subject(&app, &guild, &ana, state).await;
            let answer = caller.decides(&held, transition, body.clone()).await;
            assert_eq!(answer.status, expected, "{} {transition}: {}", caller.email, answer.text);
            end(&guild, &subject).await;
        }
        let (_, held) = subject(&app, &guild, &ana, state).await;
        let path = format!("/v1/memberships/{}/{transition}", held["id"].as_str().unwrap());
        app.anonymous().post(&path, body).await.refused(401, "unauthenticated");
        end(&guild, &ana).await;
    }
}

/// A membership in `state`. Whoever was declined waits for 30 days, so each round takes somebody whom nobody declined.
async fn subject(app: &TestApp, guild: &Guild, ana: &Person, state: &str) -> (Person, Value) {
    let mut subject = ana.clone();
    let mut answer = ana.asks_to_join(&guild.id, json!({})).await;
    if answer.json["code"] == "cooldown_running" {
        subject = app.therapist(&format!("ana{}", uuid::Uuid::now_v7().simple())).await;
        answer = subject.asks_to_join(&guild.id, json!({})).await;
    }
    let held = answer.expect(201);
    match state {
        "active" => (subject, guild.owner.decides(&held, "approve", json!({})).await.expect(200)),
        _ => (subject, held),
    }
}

async fn end(guild: &Guild, subject: &Person) {
    for held in subject.all(&format!("/v1/memberships?organization_id={}", guild.id)).await {
        match held["status"].as_str() {
            Some("requested") => drop(subject.decides(&held, "withdraw", json!({})).await.expect(200)),
            Some("ended") => {}
            _ => drop(subject.decides(&held, "leave", json!({})).await.expect(200)),
        }
    }
}

#[actix_web::test]
async fn what_each_role_reads_and_edits() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (stranger, fellow) = (app.therapist("stranger").await, app.therapist("fellow").await);
    let (steward, ana) = (app.therapist("steward").await, app.therapist("ana").await);
    guild.takes_in(&fellow, "member").await;
    guild.takes_in(&steward, "steward").await;
    let held = ana.joins(&guild.id).await;
    let roster = guild.path("memberships");
    for (caller, read, roster_read, category, role) in [
        (&stranger, 404, 403, 404, 404),
        (&fellow, 404, 403, 404, 404),
        (&ana, 200, 403, 403, 403),
        (&steward, 200, 200, 200, 403),
        (&guild.owner, 200, 200, 200, 200),
        (&guild.moderator, 200, 200, 200, 200),
    ] {
        let who = &caller.email;
        assert_eq!(caller.reads(&held).await.status, read, "{who} reads");
        assert_eq!(caller.get(&roster).await.status, roster_read, "{who} reads the roster");
        assert_eq!(caller.edits(&held, json!({"category": "full"})).await.status, category, "{who} edits");
        assert_eq!(caller.edits(&held, json!({"role": "member"})).await.status, role, "{who} decides the role");
    }
    let unknown = "/v1/organizations/01936b2f-5f00-7000-8000-00000000ffff/memberships";
    stranger.get(unknown).await.refused(404, "not_found");
    let proposal = guild.owner.proposes(json!({"name": "Not yet", "kind": "local_association"})).await;
    let path = format!("/v1/organizations/{}/memberships", proposal["id"].as_str().unwrap());
    stranger.get(&path).await.refused(404, "not_found");
    app.anonymous().get(&roster).await.refused(401, "unauthenticated");
    let path = format!("/v1/memberships/{}", held["id"].as_str().unwrap());
    app.anonymous().get(&path).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_refused_edit_names_the_members_that_are_out_of_reach() {
    let app = TestApp::spawn().await;
    let (ana, apa) = (app.therapist("ana").await, app.shipped("APA").await);
    let held = ana.joins(&apa).await;
    let body = json!({"category": "full", "role": "owner", "standing_override": "current", "membership_type_id": null});
    let faults = ana.edits(&held, body).await.refused(403, "forbidden");
    let pointers: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["#/role", "#/membership_type_id", "#/standing_override"]);
    assert_eq!(ana.reads(&held).await.expect(200), held);
    for member in
        ["id", "account_id", "status", "version", "verification", "joined_at", "organization_id", "affiliation"]
    {
        ana.edits(&held, json!({member: held[member]})).await.invalid_at(&format!("#/{member}"), "unknown_member");
    }
    ana.edits(&held, json!({})).await.invalid_at("#", "empty_patch");
    ana.edits(&held, json!({"starts_on": "2026-02-01", "ends_on": "2026-01-01"}))
        .await
        .invalid_at("#/ends_on", "out_of_range");
    ana.edits(&held, json!({"role": null})).await.refused(422, "validation_failed");
}

#[actix_web::test]
async fn a_steward_does_not_reach_an_owner() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (steward, second) = (app.therapist("steward").await, app.therapist("second").await);
    guild.takes_in(&steward, "steward").await;
    let owned = guild.takes_in(&second, "owner").await;
    let until = app.clock.today() + TimeDelta::days(10);
    steward.decides(&owned, "suspend", json!({"until": until, "reason": "x"})).await.refused(403, "forbidden");
    steward.decides(&owned, "remove", json!({"reason": "x"})).await.refused(403, "forbidden");
    steward.edits(&owned, json!({"role": "member"})).await.refused(403, "forbidden");
    guild.owner.decides(&owned, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    steward.decides(&owned, "reinstate", json!({})).await.refused(403, "forbidden");
    let later = app.clock.today() + TimeDelta::days(15);
    let fellow = app.therapist("fellow").await;
    let held = fellow.joins(&guild.id).await;
    let long = json!({"until": later, "reason": "x"});
    steward.decides(&held, "suspend", long.clone()).await.invalid_at("#/until", "out_of_range");
    guild.owner.decides(&held, "suspend", long).await.expect(200);
}

#[actix_web::test]
async fn stale_power_is_no_power() {
    let app = TestApp::spawn().await;
    let guild = app.guild("approval").await;
    let (steward, ana) = (app.therapist("steward").await, app.therapist("ana").await);
    let stewardship = guild.takes_in(&steward, "steward").await;
    let asked = ana.joins(&guild.id).await;
    steward.reads(&asked).await.expect(200);
    let until = app.clock.today() + TimeDelta::days(1);
    guild.owner.decides(&stewardship, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    steward.decides(&asked, "approve", json!({})).await.refused(404, "not_found");
    guild.owner.decides(&stewardship, "reinstate", json!({})).await.expect(200);
    steward.reads(&asked).await.expect(200);
    steward.decides(&stewardship, "start-leave", json!({"until": until})).await.expect(200);
    steward.reads(&asked).await.refused(404, "not_found");
    app.later(TimeDelta::days(2));
    let steward = app.sign_in(&steward.id, &steward.email).await;
    steward.decides(&asked, "approve", json!({})).await.expect(200);
}
