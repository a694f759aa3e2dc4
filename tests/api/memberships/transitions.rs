//! What becomes of a membership.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Person, TestApp};

#[actix_web::test]
async fn a_leave_ends_by_itself() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let held = ana.joins(&guild.id).await;
    let today = app.clock.today();
    let until = |days| json!({"until": today + TimeDelta::days(days)});
    ana.decides(&held, "start-leave", until(181)).await.invalid_at("#/until", "out_of_range");
    ana.decides(&held, "start-leave", until(0)).await.invalid_at("#/until", "out_of_range");
    let away = ana.decides(&held, "start-leave", until(7)).await.expect(200);
    assert_eq!((&away["status"], &away["leave_until"]), (&json!("on_leave"), &json!(today + TimeDelta::days(7))));
    ana.decides(&held, "start-leave", until(7)).await.refused(409, "invalid_transition");
    assert_eq!(guild.member_count().await, 2);
    assert_eq!(ana.decides(&held, "end-leave", json!({})).await.expect(200)["status"], "active");
    ana.decides(&held, "start-leave", until(7)).await.expect(200);
    app.later(TimeDelta::days(8));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let back = ana.reads(&held).await.expect(200);
    assert_eq!((&back["status"], &back["leave_until"]), (&json!("active"), &Value::Null));
    assert_eq!(ana.all("/v1/memberships?status=active").await.len(), 1);
    assert!(ana.all("/v1/memberships?status=on_leave").await.is_empty());
    ana.decides(&held, "end-leave", json!({})).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_suspended_member_can_only_leave_and_returns_by_themselves() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("self_reported").await);
    let held = ana.joins(&guild.id).await;
    let until = app.clock.today() + TimeDelta::days(14);
    let body = json!({"until": until, "reason": "A complaint is being looked into."});
    let barred = guild.owner.decides(&held, "suspend", body.clone()).await.expect(200);
    assert_eq!((&barred["status"], &barred["suspended_until"]), (&json!("suspended"), &json!(until)));
    assert_eq!(ana.reads(&held).await.expect(200)["decision_note"], "A complaint is being looked into.");
    for (transition, body) in [("renew", json!({})), ("start-leave", json!({"until": until}))] {
        ana.decides(&held, transition, body).await.refused(409, "invalid_transition");
    }
    ana.edits(&held, json!({"category": "full"})).await.refused(409, "invalid_transition");
    ana.decides(&held, "reinstate", json!({})).await.refused(403, "forbidden");
    assert_eq!(guild.owner.decides(&held, "reinstate", json!({})).await.expect(200)["status"], "active");
    guild.owner.decides(&held, "suspend", body).await.expect(200);
    app.later(TimeDelta::days(15));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    assert_eq!(ana.reads(&held).await.expect(200)["status"], "active");
    assert_eq!(ana.edits(&held, json!({"category": "full"})).await.expect(200)["status"], "active");
    assert_eq!(ana.decides(&held, "leave", json!({})).await.expect(200)["end_reason"], "left");
    assert_eq!(app.anonymous().get(&format!("/v1/organizations/{}", guild.id)).await.expect(200)["member_count"], 1);
}

#[actix_web::test]
async fn the_last_owner_stays_until_there_is_another() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let (owner, moderator) = (&guild.owner, &guild.moderator);
    let owned = guild.membership_of(owner).await;
    let member = guild.takes_in(&ana, "member").await;
    let soon = app.clock.today() + TimeDelta::days(3);
    owner.decides(&owned, "leave", json!({})).await.refused(409, "sole_owner");
    owner.decides(&owned, "start-leave", json!({"until": soon})).await.refused(409, "sole_owner");
    owner.edits(&owned, json!({"role": "member"})).await.refused(409, "sole_owner");
    moderator.decides(&owned, "remove", json!({"reason": "x"})).await.refused(409, "sole_owner");
    moderator.decides(&owned, "suspend", json!({"until": soon, "reason": "x"})).await.refused(409, "sole_owner");
    owner
        .decides(&owned, "leave", json!({"successor_id": owner.id}))
        .await
        .invalid_at("#/successor_id", "not_a_member");
    let nobody = "01936b2f-5f00-7000-8000-00000000ffff";
    owner.decides(&owned, "leave", json!({"successor_id": nobody})).await.invalid_at("#/successor_id", "not_a_member");
    let left = owner.decides(&owned, "leave", json!({"successor_id": ana.id})).await.expect(200);
    assert_eq!(left["status"], "ended");
    let heir = ana.reads(&member).await.expect(200);
    assert_eq!((&heir["role"], &heir["version"]), (&json!("owner"), &json!(2)));
    assert_eq!(guild.member_count().await, 1);
}

/// The words are for whom they concern; the trail holds what kind of reason it was.
#[actix_web::test]
async fn the_trail_says_what_kind_of_reason_there_was() {
    let app = TestApp::spawn().await;
    let (ana, ben, guild) = (app.therapist("ana").await, app.therapist("ben").await, app.guild("approval").await);
    let asked = ben.joins(&guild.id).await;
    let reason = json!({"reason": "No room.", "reason_code": "capacity"});
    guild.owner.decides(&asked, "decline", reason).await.expect(200);
    let held = guild.takes_in(&ana, "member").await;
    let until = app.clock.today() + TimeDelta::days(3);
    let unknown = json!({"reason": "x", "until": until, "reason_code": "mood"});
    guild.owner.decides(&held, "suspend", unknown).await.invalid_at("#/reason_code", "unknown_value");
    let suspended = guild.owner.decides(&held, "suspend", json!({"reason": "Planted words.", "until": until})).await;
    assert_eq!(suspended.expect(200)["decision_note"], "Planted words.");
    let removal = json!({"reason": "Planted words.", "reason_code": "conduct"});
    guild.owner.decides(&held, "remove", removal).await.expect(200);
    let trail =
        guild.owner.all(&format!("/v1/audit-events?organization_id={}&subject_type=membership", guild.id)).await;
    assert!(!json!(trail).to_string().contains("Planted"), "{trail:?}");
    let told = |action: &str| trail.iter().find(|event| event["action"] == action).unwrap()["reason_code"].clone();
    let told = ["membership.decline", "membership.suspend", "membership.remove"].map(told);
    assert_eq!(told, ["capacity", "other", "conduct"]);
}

/// Whoever is suspended from the whole service cannot run an organization, so nothing is left to them.
#[actix_web::test]
async fn an_owner_who_is_suspended_from_the_service_counts_for_none() {
    let app = TestApp::spawn().await;
    let (ana, ben, guild) = (app.therapist("ana").await, app.therapist("ben").await, app.guild("open").await);
    let (owner, moderator) = (&guild.owner, &guild.moderator);
    let owned = guild.membership_of(owner).await;
    guild.takes_in(&ana, "owner").await;
    guild.takes_in(&ben, "steward").await;
    let account = |of: &Person, what: &str| format!("/v1/accounts/{}/{what}", of.id);
    for one in [&ana, &ben] {
        moderator.post(&account(one, "suspend"), json!({})).await.expect(200);
    }
    owner.decides(&owned, "leave", json!({})).await.refused(409, "sole_owner");
    let to_ben = json!({"successor_id": ben.id});
    owner.decides(&owned, "leave", to_ben.clone()).await.invalid_at("#/successor_id", "not_a_member");
    owner.delete("/v1/me").await.expect(204);
    let roster = moderator.all(&guild.path("memberships?role=owner")).await;
    assert!(roster.iter().all(|one| one["account_id"] != ben.id), "{roster:?}");
    // Nobody who could run it is left, so that a moderator may appoint somebody.
    let appoint = json!({"account_id": moderator.id});
    moderator.post(&format!("/v1/organizations/{}/appoint-owner", guild.id), appoint).await.expect(200);
    moderator.post(&account(&ana, "reinstate"), json!({})).await.expect(200);
    let appointed = guild.membership_of(moderator).await;
    assert_eq!(moderator.decides(&appointed, "leave", json!({})).await.expect(200)["status"], "ended");
}

#[actix_web::test]
async fn an_export_says_how_memberships_stand() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let types = guild.path("membership-types");
    let terms = json!({"name": "Full", "duration": {"unit": "years", "count": 1}});
    let year = guild.owner.post(&types, terms).await.expect(201);
    let held = guild.takes_in(&ana, "member").await;
    let body = json!({"membership_type_id": year["id"], "starts_on": "2026-02-10", "ends_on": "2027-02-09",
        "standing_override": "expired", "standing_override_until": "2027-01-01"});
    guild.owner.edits(&held, body).await.expect(200);
    let seen = ana.reads(&held).await.expect(200)["affiliation"].clone();
    let answer = ana.get("/v1/me/export").await;
    assert_eq!(answer.header("etag"), None);
    let exported = answer.expect(200)["memberships"][0].clone();
    for member in ["membership_type_id", "starts_on", "ends_on", "standing", "standing_override_until"] {
        assert!(seen[member].is_string() && exported[member] == seen[member], "{member}: {exported}");
    }
    assert_eq!((&exported["standing"], &exported["standing_override"]), (&json!("expired"), &json!("expired")));
}

#[actix_web::test]
async fn types_give_terms_and_renewal_goes_on_from_them() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("approval").await);
    let types = guild.path("membership-types");
    let terms = |name: &str, unit: &str| json!({"name": name, "duration": {"unit": unit, "count": 1}});
    let year = guild.owner.post(&types, terms("Full", "years")).await.expect(201);
    let held = guild.takes_in(&ana, "member").await;
    assert_eq!(held["affiliation"]["standing"], "current");
    guild.owner.decides(&held, "renew", json!({})).await.refused(409, "invalid_transition");
    let body = json!({"membership_type_id": year["id"], "starts_on": "2026-02-10", "ends_on": "2027-02-09"});
    guild.owner.edits(&held, body).await.expect(200);
    let renewed = guild.owner.decides(&held, "renew", json!({})).await.expect(200);
    assert_eq!(
        (&renewed["affiliation"]["starts_on"], &renewed["affiliation"]["ends_on"]),
        (&json!("2026-02-10"), &json!("2028-02-09"))
    );
    assert_eq!(renewed["joined_at"], held["joined_at"]);
    // Long after its end it starts anew.
    guild.owner.edits(&held, json!({"starts_on": "2020-01-01", "ends_on": "2020-12-31"})).await.expect(200);
    assert_eq!(ana.reads(&held).await.expect(200)["affiliation"]["standing"], "expired");
    let renewed = guild.owner.decides(&held, "renew", json!({})).await.expect(200);
    assert_eq!(renewed["affiliation"]["starts_on"], app.clock.today().to_string());
    assert_eq!((&renewed["affiliation"]["standing"], &renewed["joined_at"]), (&json!("new"), &held["joined_at"]));
    // A type in hand gives a membership without dates its term.
    let month = guild.owner.post(&types, terms("Guest", "months")).await.expect(201);
    guild.owner.edits(&held, json!({"starts_on": null, "ends_on": null, "membership_type_id": null})).await.expect(200);
    let guest = guild.owner.edits(&held, json!({"membership_type_id": month["id"]})).await.expect(200);
    assert_eq!(guest["affiliation"]["starts_on"], app.clock.today().to_string());
    assert_eq!(guest["affiliation"]["membership_type_id"], month["id"]);
    // Whoever keeps the roster sees that its holder renewed it.
    guild.owner.decides(&held, "confirm", json!({"verification": "confirmed"})).await.expect(200);
    let renewed = ana.decides(&held, "renew", json!({})).await.expect(200)["affiliation"].clone();
    assert_eq!(
        (&renewed["verification"], &renewed["starts_on"]),
        (&json!("self_reported"), &guest["affiliation"]["starts_on"])
    );
    assert!(renewed["ends_on"].as_str() > guest["affiliation"]["ends_on"].as_str(), "{renewed}");
    // One term ahead is enough; whoever keeps the roster may grant more.
    ana.decides(&held, "renew", json!({})).await.refused(409, "invalid_transition");
    guild.owner.decides(&held, "renew", json!({})).await.expect(200);
    app.therapist("ben").await.decides(&held, "renew", json!({})).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_type_that_is_not_renewable_is_not_renewed() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let body = json!({"name": "Once", "duration": {"unit": "years", "count": 1}, "renewable": false});
    let once = guild.owner.post(&guild.path("membership-types"), body).await.expect(201);
    let held = ana.asks_to_join(&guild.id, json!({"membership_type_id": once["id"]})).await.expect(201);
    guild.owner.decides(&held, "renew", json!({})).await.refused(409, "invalid_transition");
    let life = json!({"name": "Life", "duration": {"unit": "lifetime"}});
    let life = guild.owner.post(&guild.path("membership-types"), life).await.expect(201);
    guild.owner.edits(&held, json!({"membership_type_id": life["id"], "ends_on": null})).await.expect(200);
    guild.owner.decides(&held, "renew", json!({})).await.refused(409, "invalid_transition");
    assert_eq!(ana.reads(&held).await.expect(200)["affiliation"]["standing"], "new");
}

#[actix_web::test]
async fn a_check_holds_until_dates_or_category_change() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("self_reported").await);
    let held = ana.joins(&guild.id).await;
    let confirm = |grade: &str| json!({"verification": grade});
    let seen = guild.owner.decides(&held, "confirm", confirm("document_checked")).await.expect(200);
    assert_eq!(seen["affiliation"]["verification"], "document_checked");
    guild.owner.decides(&held, "confirm", confirm("self_reported")).await.invalid_at("#/verification", "unknown_value");
    for (patch, verification) in [
        (json!({"member_number": "7"}), "confirmed"),
        (json!({"category": "full"}), "self_reported"),
        (json!({"category": "full", "member_number": "8"}), "confirmed"),
        (json!({"starts_on": "2026-01-01"}), "self_reported"),
        (json!({"ends_on": "2027-01-01"}), "self_reported"),
        (json!({"category": null}), "self_reported"),
    ] {
        guild.owner.decides(&held, "confirm", confirm("confirmed")).await.expect(200);
        let edited = ana.edits(&held, patch.clone()).await.expect(200);
        assert_eq!(edited["affiliation"]["verification"], verification, "{patch}");
    }
    let own = guild.membership_of(&guild.owner).await;
    guild.owner.decides(&own, "confirm", confirm("confirmed")).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn a_stale_tag_changes_nothing() {
    let app = TestApp::spawn().await;
    let (ana, apa) = (app.therapist("ana").await, app.shipped("APA").await);
    let held = ana.joins(&apa).await;
    let path = format!("/v1/memberships/{}", held["id"].as_str().unwrap());
    let old = ana.get(&path).await.etag();
    ana.edits(&held, json!({"category": "full"})).await.expect(200);
    for (method, path) in [("PATCH", path.clone()), ("POST", format!("{path}/leave"))] {
        let request = ana.request(method.parse().unwrap(), &path).header("If-Match", &old);
        request
            .json(
                &json!({"category": "x"}).as_object().filter(|_| method == "PATCH").cloned().unwrap_or_default().into(),
            )
            .send()
            .await
            .refused(412, "stale_version");
    }
    let now = ana.get(&path).await;
    assert_eq!(now.json["affiliation"]["category"], "full");
    let unchanged = ana.request("GET".parse().unwrap(), &path).header("If-None-Match", &now.etag()).send().await;
    assert_eq!(unchanged.status, 304);
    let leave = ana.request("POST".parse().unwrap(), &format!("{path}/leave")).header("If-Match", &now.etag());
    leave.json(&json!({})).send().await.expect(200);
    ana.edits(&held, json!({"category": "x"})).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_retried_transition_takes_effect_once() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("approval").await);
    let held = ana.joins(&guild.id).await;
    let path = format!("/v1/memberships/{}/approve", held["id"].as_str().unwrap());
    let approve =
        || guild.owner.request("POST".parse().unwrap(), &path).header("Idempotency-Key", "k-1").json(&json!({}));
    let first = approve().send().await;
    let again = approve().send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.expect(200), again.expect(200));
    guild.owner.decides(&held, "approve", json!({})).await.refused(409, "invalid_transition");
}
