//! What somebody takes along, and that it proves itself.

use serde_json::{Value, json};

use super::publishing::{recomputed, sha256};
use crate::support::{TestApp, agreement_path};

#[actix_web::test]
async fn an_export_proves_itself_without_the_service() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ana, seat), (ben, _)] = circle.seats_all(&app, ["ana", "ben"]).await;
    let version = circle.agreement().await;
    let answer = ana.get(&agreement_path(&version, "/export")).await;
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"agreement.json\""));
    let kept: Value = serde_json::from_str(&answer.text).unwrap();
    app.stop().await;

    // From here on there is only the document.
    let agreement = &kept["agreement"];
    let canonical = agreement["canonical"].as_str().unwrap();
    assert_eq!(agreement["sha256"], sha256(canonical));
    assert_eq!(agreement["sha256"], recomputed(agreement));
    let hashed: Value = serde_json::from_str(canonical).unwrap();
    for member in ["consultation_group_id", "number", "material", "effective_from", "clauses"] {
        assert_eq!(hashed[member], agreement[member], "{member}");
    }
    let signatures = kept["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 3);
    assert!(signatures.iter().all(|signature| signature["sha256"] == agreement["sha256"]));
    let signers: Vec<_> = signatures.iter().map(|signature| signature["account_id"].as_str().unwrap()).collect();
    assert!(signers.contains(&ana.id.as_str()) && signers.contains(&ben.id.as_str()));
    assert_eq!(kept["my_signatures"].as_array().unwrap().len(), 1);
    assert_eq!(kept["my_signatures"][0]["membership_id"], seat["id"]);
    assert_eq!(kept["group_name"], "Harbor Circle");
    // One letter changed, and it shows.
    assert_ne!(sha256(&canonical.replacen("closed", "Closed", 1)), agreement["sha256"].as_str().unwrap());
}

#[actix_web::test]
async fn a_signature_outlasts_its_account_without_a_name() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ana, seat)] = circle.seats_all(&app, ["ana"]).await;
    ana.delete("/v1/me").await.expect(204);
    let version = circle.agreement().await;
    let signatures = circle.owner.all(&agreement_path(&version, "/signatures")).await;
    let kept = signatures.iter().find(|signature| signature["membership_id"] == seat["id"]).unwrap();
    assert_eq!((&kept["typed_name"], &kept["display_name"]), (&json!("Former member"), &json!("Former member")));
    assert_eq!(kept["sha256"], version["sha256"]);
}

#[actix_web::test]
async fn a_candidate_takes_the_agreement_along_and_no_names() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"join_policy": "approval"})).await;
    let ana = app.therapist("ana").await;
    let version = circle.agreement().await;
    ana.get(&agreement_path(&version, "/export")).await.refused(403, "forbidden");
    let asked = ana.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    let answer = ana.get(&agreement_path(&version, "/export")).await;
    assert!(!answer.text.contains(&circle.owner.id), "{}", answer.text);
    let export = answer.expect(200);
    assert_eq!((&export["my_signatures"], &export["signatures"]), (&json!([]), &Value::Null));
    assert_eq!(export["agreement"]["sha256"], recomputed(&export["agreement"]));
    ana.decides(&asked, "withdraw", json!({})).await.expect(200);
    ana.get(&agreement_path(&version, "/export")).await.refused(403, "forbidden");
}
