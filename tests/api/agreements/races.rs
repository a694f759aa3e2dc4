//! Many at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{TestApp, agreement_path, clauses};

#[actix_web::test]
async fn fifty_publications_at_once_get_fifty_numbers() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({})).await;
    let mut drafts = Vec::new();
    for _ in 0..50 {
        drafts.push(circle.drafts(json!({"clauses": clauses(), "material": false})).await);
    }
    let path = |draft| agreement_path(draft, "/publish");
    let answers = join_all(drafts.iter().map(async |draft| circle.owner.post(&path(draft), json!({})).await)).await;
    let mut versions: Vec<_> = answers.into_iter().map(|answer| answer.expect(200)).collect();
    versions.sort_by_key(|version| version["number"].as_i64());
    let numbers: Vec<_> = versions.iter().map(|version| version["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    assert!(versions.iter().all(|version| version["material"] == (version["number"] == 1)));
    assert!(versions.iter().all(|version| version["sha256"] == super::publishing::recomputed(version)));
    assert_eq!(circle.card().await["agreement_number"], 50);
}

#[actix_web::test]
async fn one_draft_is_published_once_whoever_asks_how_often() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let path = agreement_path(&draft, "/publish");
    let answers = join_all((0..50).map(|_| circle.owner.post(&path, json!({})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.refused(409, "invalid_transition");
    }
    assert_eq!(circle.card().await["agreement_number"], 2);
}

#[actix_web::test]
async fn a_signature_is_kept_once_whoever_asks_how_often() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let ana = app.therapist("ana").await;
    let offered = circle.admits(&ana).await;
    let answers = join_all((0..50).map(|_| ana.signs(&offered))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let version = circle.agreement().await;
    assert_eq!(version["signature_count"], 2);
    // Of a signature and a new version at once, either comes first, and the other knows.
    let ben = app.therapist("ben").await;
    let offered = circle.admits(&ben).await;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let path = agreement_path(&draft, "/publish");
    let signing = ben.signs_version(&offered, &version["number"], &version["sha256"]);
    let (signed, published) = tokio::join!(signing, circle.owner.post(&path, json!({})));
    published.expect(200);
    let seat = ben.reads(&offered).await.expect(200);
    match signed.status {
        200 => assert_eq!(seat["seat"]["agreement_status"], "stale"),
        _ => {
            signed.refused(409, "agreement_changed");
            assert_eq!(seat["status"], "awaiting_signature");
        }
    }
}
