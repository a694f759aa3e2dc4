//! Who may do what, over HTTP: every role against every path.

use reqwest::Method;
use serde_json::json;

use crate::support::{Person, TestApp, agreement_path, clauses};

/// What is asked, of a draft (d) or of the version in force (v), and the status that each caller is answered: stranger,
/// candidate, member, restricted, suspended, facilitator, owner, moderator, admin.
const MATRIX: [(&str, char, &str, [u16; 9]); 10] = [
    ("GET", 'v', "", [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET", 'v', "/signatures", [403, 403, 200, 403, 403, 200, 200, 403, 403]),
    ("GET", 'v', "/export", [403, 200, 200, 200, 200, 200, 200, 403, 403]),
    ("PATCH", 'v', "", [403, 403, 403, 403, 403, 403, 409, 403, 403]),
    ("DELETE", 'v', "", [403, 403, 403, 403, 403, 403, 409, 403, 403]),
    ("POST", 'v', "/publish", [403, 403, 403, 403, 403, 403, 409, 403, 403]),
    ("GET", 'd', "", [404, 404, 404, 404, 404, 404, 200, 404, 404]),
    ("GET", 'd', "/signatures", [404, 404, 404, 404, 404, 404, 200, 404, 404]),
    ("GET", 'd', "/export", [404, 404, 404, 404, 404, 404, 200, 404, 404]),
    ("PATCH", 'd', "", [404, 404, 404, 404, 404, 404, 200, 404, 404]),
];

/// The same where the group is hidden: those outside know of nothing.
fn hidden(at: usize, status: u16) -> u16 {
    let outside = [0, 7, 8].contains(&at);
    if outside { 404 } else { status }
}

#[actix_web::test]
async fn each_role_reaches_as_far_as_the_matrix_says() {
    for visibility in ["members", "hidden"] {
        let app = TestApp::spawn().await;
        let circle = app.circle().await;
        let names = ["member", "restricted", "suspended", "facilitator"];
        let [(member, _), (restricted, unsigned), (suspended, barred), (facilitator, leads)] =
            circle.seats_all(&app, names).await;
        circle.owner.edits(&leads, json!({"role": "facilitator"})).await.expect(200);
        let candidate = app.therapist("candidate").await;
        let until = app.clock.today() + chrono::TimeDelta::days(90);
        circle.publishes(json!({"clauses": clauses()})).await;
        for person in [&member, &suspended, &facilitator, &circle.owner] {
            person.signs(&circle.membership_of(person).await).await.expect(200);
        }
        app.later(chrono::TimeDelta::days(15));
        let circle = app.circle_again(&circle).await;
        circle.owner.decides(&barred, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
        let candidate = app.again(&candidate).await;
        circle.admits(&candidate).await;
        let card = format!("/v1/consultation-groups/{}", circle.id);
        circle.owner.patch(&card, json!({"visibility": visibility})).await.expect(200);
        let (stranger, moderator, admin) =
            (app.therapist("stranger").await, app.moderator("moderator").await, app.admin("admin").await);
        let (member, restricted, suspended, facilitator) = (
            app.again(&member).await,
            app.again(&restricted).await,
            app.again(&suspended).await,
            app.again(&facilitator).await,
        );
        assert_eq!(restricted.reads(&unsigned).await.expect(200)["seat"]["agreement_status"], "restricted");
        let callers: [&Person; 9] =
            [&stranger, &candidate, &member, &restricted, &suspended, &facilitator, &circle.owner, &moderator, &admin];
        let (draft, version) = (circle.drafts(json!({"clauses": clauses()})).await, circle.agreement().await);
        for (method, which, of, expected) in MATRIX {
            let path = agreement_path(if which == 'd' { &draft } else { &version }, of);
            let method: Method = method.parse().unwrap();
            let body = if method == Method::PATCH { json!({"material": true}) } else { json!({}) };
            for (at, (caller, expected)) in callers.iter().zip(expected).enumerate() {
                let expected = if visibility == "hidden" { hidden(at, expected) } else { expected };
                let request = caller.request(method.clone(), &path);
                let request = if method == Method::GET { request } else { request.json(&body) };
                let answer = request.send().await;
                assert_eq!(answer.status, expected, "{visibility} {} {method} {path}: {}", caller.email, answer.text);
            }
            let request = app.anonymous().request(method.clone(), &path);
            let request = if method == Method::GET { request } else { request.json(&body) };
            request.send().await.refused(401, "unauthenticated");
        }
        // Publishing and deleting a draft, writing one, listing.
        for (at, caller) in callers.iter().enumerate() {
            let listed = caller.get(&circle.path("agreements")).await;
            assert_eq!(listed.status, if visibility == "hidden" { hidden(at, 200) } else { 200 }, "{}", caller.email);
            let drafts = listed.json["items"].as_array().into_iter().flatten();
            let drafts = drafts.filter(|one| one["status"] == "draft").count();
            assert_eq!(drafts, usize::from(at == 6), "{}", caller.email);
            if at != 6 {
                let refused = if visibility == "hidden" { hidden(at, 403) } else { 403 };
                let written = caller.post(&circle.path("agreements"), json!({"clauses": clauses()})).await;
                assert_eq!(written.status, refused, "{}", caller.email);
                caller.post(&agreement_path(&draft, "/publish"), json!({})).await.refused(404, "not_found");
                caller.delete(&agreement_path(&draft, "")).await.refused(404, "not_found");
            }
        }
        app.anonymous().get(&circle.path("agreements")).await.refused(401, "unauthenticated");
        circle.owner.post(&agreement_path(&draft, "/publish"), json!({})).await.expect(200);
    }
}

#[actix_web::test]
async fn who_wrote_and_signed_a_version_is_for_members_to_know() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"visibility": "public"})).await;
    let [(ana, _)] = circle.seats_all(&app, ["ana"]).await;
    let stranger = app.therapist("stranger").await;
    let version = circle.agreement().await;
    for path in [agreement_path(&version, ""), circle.path("agreements")] {
        let seen = stranger.get(&path).await;
        assert!(!seen.text.contains(&circle.owner.id) && !seen.text.contains(&ana.id), "{}", seen.text);
        assert!(!seen.text.contains("signature_count"), "{}", seen.text);
    }
    let seen = ana.get(&agreement_path(&version, "")).await.expect(200);
    assert_eq!((&seen["signature_count"], &seen["created_by"]), (&json!(2), &json!(circle.owner.id)));
    assert_eq!(seen["published_by"], json!(circle.owner.id));
}

#[actix_web::test]
async fn a_draft_group_and_its_agreement_are_its_founders_secret() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({"visibility": "public"})).await;
    let version = circle.publishes(json!({"clauses": clauses()})).await;
    let stranger = app.therapist("stranger").await;
    for path in [
        agreement_path(&version, ""),
        agreement_path(&version, "/signatures"),
        agreement_path(&version, "/export"),
        circle.path("agreements"),
    ] {
        stranger.get(&path).await.refused(404, "not_found");
        circle.owner.get(&path).await.expect(200);
    }
}
