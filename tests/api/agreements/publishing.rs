//! Numbers, hashes, what changed, and what a new version asks of members.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestApp, agreement_path, clauses};

/// SHA-256 over what the document says is hashed, computed anew: serde_json sorts members.
pub fn recomputed(agreement: &Value) -> String {
    let members = ["consultation_group_id", "number", "material", "effective_from", "clauses"];
    let hashed: Value = members.iter().map(|name| ((*name).to_owned(), agreement[name].clone())).collect();
    sha256(&hashed.to_string())
}

/// SHA-256 in hexadecimal, as any tool computes it.
pub fn sha256(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[actix_web::test]
async fn a_version_gets_its_number_and_a_hash_that_anyone_can_recompute() {
    let app = TestApp::spawn().await;
    let circle = app.draft_circle_with(json!({})).await;
    circle.owner.post(&circle.path("publish"), json!({})).await.refused(409, "invalid_transition");
    let tricky =
        json!([{"key": "k", "title": "Nähe – 近さ", "body": "Say \"no\" \\ or\tyes.\r\nThen e\u{301} 🙂 </script>"}]);
    let draft = circle.drafts(json!({"clauses": tricky, "material": false})).await;
    let published = circle.owner.post(&agreement_path(&draft, "/publish"), json!({})).await.expect(200);
    assert_eq!((&published["status"], &published["number"]), (&json!("published"), &json!(1)));
    // Nobody has signed anything before the first.
    assert_eq!(published["material"], true);
    assert_eq!(published["effective_from"], json!(app.clock.today()));
    assert_eq!((&published["published_by"], &published["version"]), (&json!(circle.owner.id), &json!(2)));
    assert_eq!((&published["clauses"], &published["changes_since_previous"]), (&tricky, &Value::Null));
    assert_eq!(published["sha256"], sha256(published["canonical"].as_str().unwrap()));
    assert_eq!(published["sha256"], recomputed(&published));
    let card = circle.card().await;
    assert_eq!((&card["agreement_number"], &card["version"]), (&json!(1), &json!(2)));
    circle.owner.post(&circle.path("publish"), json!({})).await.expect(200);
    assert_eq!(circle.owner.get(&agreement_path(&draft, "")).await.expect(200), published);
}

#[actix_web::test]
async fn each_version_says_what_changed_since_the_one_before() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let third = json!({"key": "fitness", "title": "F", "body": "F."});
    let (first, second) = (clauses()[0].clone(), clauses()[1].clone());
    let mut changed = second.clone();
    changed["body"] = "A closed door.".into();
    let none: [&str; 0] = [];
    for (clauses, added, removed, altered, reordered) in [
        (json!([first, second, third]), vec!["fitness"], vec![], vec![], false),
        (json!([changed, first]), vec![], vec!["fitness"], vec!["private_space"], true),
        (json!([changed, first]), vec![], vec![], vec![], false),
    ] {
        let version = circle.publishes(json!({"clauses": clauses, "material": false})).await;
        let expected = json!({"added": added, "removed": removed, "changed": altered, "reordered": reordered});
        assert_eq!(version["changes_since_previous"], expected);
        assert_eq!(version["material"], false);
    }
    assert_eq!(circle.card().await["agreement_number"], 4);
    let listed = circle.owner.all(&circle.path("agreements")).await;
    assert_eq!(listed[0]["changes_since_previous"], Value::Null);
    assert_eq!(listed[1]["changes_since_previous"]["removed"], json!(none));
    assert_eq!(listed[2]["changes_since_previous"]["removed"], json!(["fitness"]));
}

#[actix_web::test]
async fn no_path_changes_a_published_version() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let version = circle.agreement().await;
    let path = agreement_path(&version, "");
    let whole = circle.owner.get(&path).await.expect(200);
    for body in [json!({"material": false}), json!({"clauses": clauses()})] {
        let answer = circle.owner.patch(&path, body).await;
        assert_eq!(answer.json["detail"], "the agreement is published");
        answer.refused(409, "invalid_transition");
    }
    circle.owner.delete(&path).await.refused(409, "invalid_transition");
    circle.owner.post(&agreement_path(&version, "/publish"), json!({})).await.refused(409, "invalid_transition");
    circle.owner.put(&path, json!({"clauses": []})).await.refused(405, "method_not_allowed");
    circle.publishes(json!({"clauses": clauses()})).await;
    assert_eq!(circle.owner.get(&path).await.expect(200), whole);
}

#[actix_web::test]
async fn a_version_takes_effect_within_ninety_days() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let path = agreement_path(&draft, "/publish");
    let day = |days| json!({"effective_from": app.clock.today() + TimeDelta::days(days)});
    circle.owner.post(&path, day(-1)).await.invalid_at("#/effective_from", "out_of_range");
    circle.owner.post(&path, day(91)).await.invalid_at("#/effective_from", "out_of_range");
    circle.owner.post(&path, json!({"effective_from": "soon"})).await.invalid_at("#/effective_from", "invalid_format");
    let published = circle.owner.post(&path, day(90)).await.expect(200);
    assert_eq!(published["effective_from"], day(90)["effective_from"]);
    assert_eq!(published["sha256"], recomputed(&published));
}

#[actix_web::test]
async fn a_material_version_asks_every_member_to_sign_and_another_nobody() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(away, away_seat), (barred, barred_seat), (ana, ana_seat)] =
        circle.seats_all(&app, ["away", "barred", "ana"]).await;
    let about_to_sign = app.therapist("newcomer").await;
    let until = app.clock.today() + TimeDelta::days(10);
    away.decides(&away_seat, "start-leave", json!({"until": until})).await.expect(200);
    circle.owner.decides(&barred_seat, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    let offered = circle.admits(&about_to_sign).await;
    circle.publishes(json!({"clauses": clauses(), "material": false})).await;
    for (person, seat) in [(&away, &away_seat), (&barred, &barred_seat), (&ana, &ana_seat)] {
        let held = person.reads(seat).await.expect(200);
        assert_eq!(
            (&held["seat"]["agreement_status"], &held["seat"]["agreement_version_signed"]),
            (&json!("current"), &json!(1))
        );
    }
    let day = app.clock.today() + TimeDelta::days(5);
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let before = ana.reads(&ana_seat).await.expect(200);
    circle.owner.post(&agreement_path(&draft, "/publish"), json!({"effective_from": day})).await.expect(200);
    let due = json!(format!("{}T00:00:00Z", day + TimeDelta::days(14)));
    for (person, seat) in [(&away, &away_seat), (&barred, &barred_seat), (&ana, &ana_seat)] {
        let held = person.reads(seat).await.expect(200);
        assert_eq!((&held["seat"]["agreement_status"], &held["seat"]["signature_due_at"]), (&json!("stale"), &due));
    }
    assert_eq!(ana.reads(&ana_seat).await.expect(200)["version"], before["version"].as_i64().unwrap() + 1);
    assert_eq!(about_to_sign.reads(&offered).await.expect(200), offered);
    // A later version does not give more time to sign the first that was not signed.
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let later = json!({"effective_from": day + TimeDelta::days(20)});
    circle.owner.post(&agreement_path(&draft, "/publish"), later).await.expect(200);
    assert_eq!(ana.reads(&ana_seat).await.expect(200)["seat"]["signature_due_at"], due);
    let signed = ana.signs(&ana_seat).await.expect(200);
    assert_eq!(
        (&signed["seat"]["agreement_version_signed"], &signed["seat"]["agreement_status"]),
        (&json!(4), &json!("current"))
    );
}

#[actix_web::test]
async fn an_archived_or_dissolved_group_agrees_on_nothing_new() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let owner = &circle.owner;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    let version = circle.agreement().await;
    owner.post(&circle.path("archive"), json!({})).await.expect(200);
    let answer = owner.post(&circle.path("agreements"), json!({"clauses": clauses()})).await;
    assert_eq!(answer.json["detail"], "the group is archived");
    answer.refused(409, "invalid_transition");
    owner.patch(&agreement_path(&draft, ""), json!({"material": false})).await.refused(409, "invalid_transition");
    owner.post(&agreement_path(&draft, "/publish"), json!({})).await.refused(409, "invalid_transition");
    owner.delete(&agreement_path(&draft, "")).await.refused(409, "invalid_transition");
    assert_eq!(owner.get(&agreement_path(&version, "")).await.expect(200)["number"], 1);
    owner.post(&circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.expect(200);
    // The text is gone; what proves that it was signed stays.
    let erased = owner.get(&agreement_path(&version, "")).await.expect(200);
    assert_eq!(
        (&erased["clauses"], &erased["canonical"], &erased["sha256"]),
        (&json!([]), &Value::Null, &version["sha256"])
    );
    let export = owner.get(&agreement_path(&version, "/export")).await.expect(200);
    assert_eq!(export["my_signatures"][0]["sha256"], version["sha256"]);
    owner.post(&circle.path("agreements"), json!({"clauses": clauses()})).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn a_retried_publication_takes_effect_once_and_all_is_written_to_the_trail() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let draft = circle.drafts(json!({"clauses": clauses()})).await;
    circle.owner.patch(&agreement_path(&draft, ""), json!({"material": false})).await.expect(200);
    let path = agreement_path(&draft, "/publish");
    let publish =
        || circle.owner.request("POST".parse().unwrap(), &path).header("Idempotency-Key", "k").json(&json!({}));
    let first = publish().send().await;
    let again = publish().send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.expect(200), again.expect(200));
    assert_eq!(circle.card().await["agreement_number"], 2);
    let gone = circle.drafts(json!({"clauses": clauses()})).await;
    circle.owner.delete(&agreement_path(&gone, "")).await.expect(204);
    let trail = circle.owner.all("/v1/audit-events?subject_type=agreement").await;
    let actions: Vec<_> = trail.iter().rev().map(|event| event["action"].as_str().unwrap()).collect();
    let expected = ["create", "publish", "create", "update", "publish", "create", "delete"];
    assert_eq!(actions, expected.map(|verb| format!("agreement.{verb}")));
}
