//! What moderators and administrators do with accounts.

use reqwest::Method;
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

#[actix_web::test]
async fn who_may_suspend_and_reinstate_whom() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (mo, mia) = (app.moderator("mo").await, app.moderator("mia").await);
    let (ada, abe) = (app.admin("ada").await, app.admin("abe").await);
    for (actor, target, status) in [
        (&ana, &ben, 403),
        (&ana, &ada, 403),
        (&ana, &ana, 403),
        (&mo, &ana, 200),
        (&mo, &mia, 200),
        (&mo, &ada, 403),
        (&mo, &mo, 403),
        (&ada, &ana, 200),
        (&ada, &mia, 200),
        (&ada, &abe, 200),
        (&ada, &ada, 403),
    ] {
        let path = format!("/v1/accounts/{}", target.id);
        let suspended = actor.post(&format!("{path}/suspend"), json!({})).await;
        assert_eq!(suspended.status, status, "{} suspends {}: {}", actor.email, target.email, suspended.text);
        if status == 200 {
            assert_eq!(suspended.json["status"], "suspended");
            let again = actor.post(&format!("{path}/suspend"), json!({})).await;
            again.refused(409, "invalid_transition");
            let back = actor.post(&format!("{path}/reinstate"), json!({})).await.expect(200);
            assert_eq!(back["status"], "active");
            assert!(back.get("suspended_at").is_none());
        }
        let back = actor.post(&format!("{path}/reinstate"), json!({})).await;
        assert_eq!(back.status, if status == 200 { 409 } else { 403 }, "{} reinstates {}", actor.email, target.email);
    }
    for path in ["suspend", "reinstate"] {
        let unknown = format!("/v1/accounts/01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b/{path}");
        mo.post(&unknown, json!({})).await.refused(404, "not_found");
        ben.post(&unknown, json!({})).await.refused(403, "forbidden");
        app.anonymous().post(&unknown, json!({})).await.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn a_suspended_account_is_out_at_once_until_it_is_reinstated() {
    let app = TestApp::spawn().await;
    let (ana, mo) = (app.therapist("ana").await, app.moderator("mo").await);
    ana.get("/v1/me").await.expect(200);
    let path = format!("/v1/accounts/{}", ana.id);
    let stale = mo.request(Method::POST, &format!("{path}/suspend")).header("if-match", "\"9.x\"");
    stale.json(&json!({})).send().await.refused(412, "stale_version");
    let once = || mo.request(Method::POST, &format!("{path}/suspend")).header("idempotency-key", "once");
    once().json(&json!({})).send().await.expect(200);
    let replayed = once().json(&json!({})).send().await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    replayed.expect(200);

    ana.get("/v1/me").await.refused(401, "invalid_token");
    let refresh = json!({"refresh_token": ana.refresh_token});
    app.anonymous().post("/v1/sessions/refresh", refresh).await.refused(401, "invalid_refresh_token");
    let sign_in = async |password: &str| {
        app.anonymous().post("/v1/sessions", json!({"email": ana.email, "password": password})).await
    };
    sign_in("not the right one").await.refused(401, "invalid_credentials");
    sign_in(PASSWORD).await.refused(403, "account_suspended");
    mo.post(&format!("{path}/reinstate"), json!({})).await.expect(200);
    sign_in(PASSWORD).await.expect(201);
}

#[actix_web::test]
async fn a_suspended_moderator_moderates_nothing() {
    let app = TestApp::spawn().await;
    let (ana, mo, ada) = (app.therapist("ana").await, app.moderator("mo").await, app.admin("ada").await);
    let path = format!("/v1/accounts/{}", ana.id);
    mo.get(&path).await.expect(200);
    ada.put(&format!("/v1/accounts/{}/platform-role", mo.id), json!({"platform_role": "member"})).await.expect(200);
    mo.get(&path).await.refused(403, "forbidden");
    mo.post(&format!("{path}/suspend"), json!({})).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn administrators_give_roles_and_one_of_them_stays() {
    let app = TestApp::spawn().await;
    let (ana, mo, ada) = (app.therapist("ana").await, app.moderator("mo").await, app.admin("ada").await);
    let role = |id: &str| format!("/v1/accounts/{id}/platform-role");
    for person in [&ana, &mo] {
        person.put(&role(&person.id), json!({"platform_role": "admin"})).await.refused(403, "forbidden");
    }
    app.anonymous().put(&role(&ana.id), json!({"platform_role": "admin"})).await.refused(401, "unauthenticated");
    ada.put(&role(&ana.id), json!({"platform_role": "king"})).await.invalid_at("#/platform_role", "unknown_value");
    ada.put(&role("01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b"), json!({"platform_role": "admin"}))
        .await
        .refused(404, "not_found");
    let step_down = json!({"platform_role": "member"});
    ada.put(&role(&ada.id), step_down.clone()).await.refused(409, "invalid_transition");
    assert_eq!(ada.put(&role(&ana.id), json!({"platform_role": "admin"})).await.expect(200)["platform_role"], "admin");
    // Ana's role reaches her running session, and now either of the two can go, but not both.
    let (of_ada, of_ana) = (role(&ada.id), role(&ana.id));
    let (first, second) = tokio::join!(ada.put(&of_ada, step_down.clone()), ana.put(&of_ana, step_down.clone()));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
}

#[actix_web::test]
async fn moderators_list_accounts_without_addresses() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (mo, ada) = (app.moderator("mo").await, app.admin("ada").await);
    mo.post(&format!("/v1/accounts/{}/suspend", ben.id), json!({})).await.expect(200);
    for (query, expected) in [
        ("", vec!["ana", "ben", "mo", "ada"]),
        ("?limit=1", vec!["ana", "ben", "mo", "ada"]),
        ("?status=suspended", vec!["ben"]),
        ("?status=active&platform_role=member", vec!["ana"]),
        ("?status=active&status=suspended&platform_role=member", vec!["ana", "ben"]),
        ("?platform_role=moderator&platform_role=admin", vec!["mo", "ada"]),
    ] {
        let found = mo.all(&format!("/v1/accounts{query}")).await;
        let names: Vec<_> = found.iter().map(|account| account["display_name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{query}");
        assert!(found.iter().all(|account| account.get("email").is_none()));
    }
    assert_eq!(ada.get("/v1/accounts?include_total=true&limit=2").await.expect(200)["total"], 4);
    mo.get("/v1/accounts?status=gone").await.refused(422, "validation_failed");
    let one = mo.get(&format!("/v1/accounts/{}", ana.id)).await;
    assert!(!one.text.contains(&ana.email));
    one.expect(200);
    mo.get("/v1/accounts/01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b").await.refused(404, "not_found");
    for path in ["/v1/accounts".to_owned(), format!("/v1/accounts/{}", ana.id)] {
        ana.get(&path).await.refused(403, "forbidden");
        app.anonymous().get(&path).await.refused(401, "unauthenticated");
    }
}
