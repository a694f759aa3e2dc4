//! What `--demo` invents.

use serde_json::json;
use support_network::reference::demo;

use crate::support::TestApp;

#[actix_web::test]
async fn a_dozen_groups_are_invented_in_all_their_states() {
    let app = TestApp::spawn().await;
    let password = demo::seed(&app.state).await.unwrap().unwrap();
    assert_eq!(demo::seed(&app.state).await.unwrap(), None, "once");
    let sign_in = async |name: &str| {
        let body = json!({"email": format!("{name}@demo.example"), "password": password});
        let session = app.anonymous().post("/v1/sessions", body).await.expect(201);
        app.with_token(session["access_token"].as_str().unwrap())
    };
    let (ana, dee, gus) = (sign_in("ana").await, sign_in("dee").await, sign_in("gus").await);
    for (status, expected) in
        [("forming", 3), ("active", 5), ("paused", 1), ("dormant", 1), ("archived", 1), ("dissolved", 0)]
    {
        let found = ana.all(&format!("/v1/consultation-groups?status={status}")).await;
        assert_eq!(found.len(), expected, "{status}");
    }
    assert_eq!(dee.all("/v1/consultation-groups?status=draft").await.len(), 1);
    let waits = gus.all("/v1/memberships?status=waitlisted").await;
    assert_eq!(waits[0]["seat"]["waitlist_position"], 1);
    assert_eq!(sign_in("eli").await.all("/v1/memberships?status=awaiting_signature").await.len(), 1);
    let stale = sign_in("ben").await.all("/v1/memberships?kind=consultation_group").await;
    assert!(stale.iter().any(|seat| seat["seat"]["agreement_status"] == "stale"), "{stale:?}");
    let meetings = ana.all("/v1/me/meetings").await;
    assert!(meetings.iter().all(|one| one["status"] == "scheduled") && !meetings.is_empty(), "{meetings:?}");
    let matches = gus.all("/v1/consultation-groups/matches").await;
    assert!(matches.len() >= 4 && matches[0]["score"].as_f64() >= matches[1]["score"].as_f64());
}

#[actix_web::test]
async fn invented_organizations_hold_events() {
    let app = TestApp::spawn().await;
    let password = demo::seed(&app.state).await.unwrap().unwrap();
    let sign_in = async |name: &str| {
        let body = json!({"email": format!("{name}@demo.example"), "password": password});
        let session = app.anonymous().post("/v1/sessions", body).await.expect(201);
        app.with_token(session["access_token"].as_str().unwrap())
    };
    assert_eq!(app.anonymous().all("/v1/events").await.len(), 3);
    let (ana, gus) = (sign_in("ana").await, sign_in("gus").await);
    assert_eq!(ana.all("/v1/events?status=draft").await.len(), 1);
    assert_eq!(ana.all("/v1/events?mine=true").await.len(), 2, "one of them cancelled");
    let waits = gus.all("/v1/events?mine=true").await;
    assert_eq!((&waits[0]["title"], &waits[0]["my_registration"]), (&json!("Soup and stories"), &json!("waitlisted")));
}

#[actix_web::test]
async fn invented_people_have_taken_stock_and_keep_a_plan() {
    let app = TestApp::spawn().await;
    let password = demo::seed(&app.state).await.unwrap().unwrap();
    let body = json!({"email": "ana@demo.example", "password": password});
    let session = app.anonymous().post("/v1/sessions", body).await.expect(201);
    let ana = app.with_token(session["access_token"].as_str().unwrap());
    let trend = ana.get("/v1/self-assessments/trends?instrument=who-5").await.expect(200);
    assert_eq!(trend["scales"][1]["points"].as_array().unwrap().len(), 4);
    let advice = ana.get("/v1/recommendations").await.expect(200);
    assert!(advice["items"].as_array().unwrap().len() > 2, "{advice}");
    let plan = ana.get("/v1/support-plan").await.expect(200);
    assert!(plan.to_string().contains("friendships"), "{plan}");
    assert_eq!(ana.all("/v1/support-plan/actions").await[0]["times_done"], 3);
}
