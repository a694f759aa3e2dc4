//! Reading, changing and exporting my account.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::invite;
use crate::support::{PASSWORD, Person, TestApp};

#[actix_web::test]
async fn an_account_changes_one_version_at_a_time() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let etag = ana.get("/v1/me").await.etag();
    let patch = async |etag: &str, body: Value| {
        ana.request(Method::PATCH, "/v1/me").header("if-match", etag).json(&body).send().await
    };
    let changed =
        patch(&etag, json!({"display_name": "Ana Reyes", "locale": "de", "time_zone": "Europe/Berlin"})).await;
    let newer = changed.etag();
    let changed = changed.expect(200);
    assert_eq!(changed["version"], 2);
    assert_eq!(
        [&changed["display_name"], &changed["locale"], &changed["time_zone"]],
        ["Ana Reyes", "de", "Europe/Berlin"]
    );
    patch(&etag, json!({"locale": "fr"})).await.refused(412, "stale_version");
    patch(&newer, json!({"locale": "fr"})).await.expect(200);
    assert_eq!(ana.get("/v1/me").await.expect(200)["locale"], "fr");
    for (body, pointer, code) in [
        (json!({}), "#", "empty_patch"),
        (json!({"display_name": null}), "#/display_name", "wrong_type"),
        (json!({"display_name": "x".repeat(101)}), "#/display_name", "too_long"),
        (json!({"platform_role": "admin"}), "#/platform_role", "unknown_member"),
        (json!({"email_verified_at": "2026-01-01T00:00:00Z"}), "#/email_verified_at", "unknown_member"),
        (json!({"version": 1}), "#/version", "unknown_member"),
    ] {
        let answer = ana.patch("/v1/me", body.clone()).await;
        let place = answer.json["errors"][0].clone();
        answer.refused(422, "validation_failed");
        assert_eq!((place["pointer"].as_str(), place["code"].as_str()), (Some(pointer), Some(code)), "{body}: {place}");
    }
}

#[actix_web::test]
async fn a_new_name_is_found_in_the_directory() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.put("/v1/me/profile", json!({"discoverable": "members", "headline": "Couples"})).await.expect(201);
    ana.patch("/v1/me", json!({"display_name": "Ximena Ångström"})).await.expect(200);
    let ben = app.therapist("ben").await;
    assert_eq!(ben.all("/v1/therapists?q=angstrom").await.len(), 1);
    assert_eq!(ben.all("/v1/therapists?q=ana").await.len(), 0);
}

async fn export(person: &Person) -> Value {
    let answer = person.get("/v1/me/export").await;
    let disposition = answer.header("content-disposition").unwrap_or_default();
    assert!(disposition.starts_with("attachment; filename="), "{disposition}");
    answer.expect(200)
}

#[actix_web::test]
async fn the_export_holds_everything_about_me_and_nothing_about_others() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.verified_therapist("ana").await, app.therapist("ben").await);
    let licence = json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567"});
    ana.put("/v1/me/profile", json!({"headline": "Couples", "country": "US", "licences": [licence]})).await.expect(201);
    let organizations = ana.get("/v1/organizations?accepts_memberships=true").await.expect(200);
    let organization = &organizations["items"][0];
    let path = format!("/v1/organizations/{}/memberships", organization["id"].as_str().unwrap());
    ana.post(&path, json!({"member_number": "A-1024"})).await.expect(201);
    let proposal = json!({"name": "Ana's circle", "kind": "online_community"});
    let proposed = ana.post("/v1/organizations", proposal).await.expect(201);
    invite(&app, "ana@example.org", &ben.id, TimeDelta::days(14)).await;
    invite(&app, "ben@example.org", &ana.id, TimeDelta::days(14)).await;

    let all = export(&ana).await;
    assert_eq!(all["account"], ana.get("/v1/me").await.expect(200));
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(all["profile"]["headline"], "Couples");
    assert_eq!(all["licences"][0]["number"], "LMFT-1234567");
    assert_eq!(all["memberships"][0]["member_number"], "A-1024");
    assert_eq!(all["memberships"][0]["organization_name"], organization["name"]);
    assert_eq!(all["organizations_proposed"], json!([proposed]));
    assert_eq!(all["invitations_received"][0]["email"], "ana@example.org");
    assert_eq!(all["invitations_sent"][0]["email"], "ben@example.org");
    let actions: Vec<_> = all["audit_events"].as_array().unwrap().iter().map(|event| &event["action"]).collect();
    assert!(actions.contains(&&json!("account.create")), "{actions:?}");
    assert!(actions.contains(&&json!("account.verify_email")), "{actions:?}");
    for secret in ["password", "token", "hash"] {
        assert!(!all.to_string().contains(secret), "{secret} in {all}");
    }

    // Ben never confirmed his address, so the invitation to it is not shown to be his.
    let all = export(&ben).await;
    assert_eq!(all["invitations_received"], json!([]));
    assert!(!all.to_string().contains(&ana.email) || all["invitations_sent"][0]["email"] == ana.email);
    assert!(all.get("profile").is_none());
    assert_eq!(all["organizations_proposed"], json!([]));
    app.anonymous().get("/v1/me/export").await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn nobody_reads_invitations_by_claiming_an_address() {
    let app = TestApp::spawn().await;
    let (ana, mallory) = (app.therapist("ana").await, app.verified_therapist("mallory").await);
    invite(&app, "victim@example.org", &ana.id, TimeDelta::days(14)).await;
    let claim = json!({"email": "victim@example.org", "current_password": PASSWORD});
    mallory.patch("/v1/me", claim).await.expect(200);
    assert_eq!(export(&mallory).await["invitations_received"], json!([]));
}
