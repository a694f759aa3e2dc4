//! What is brought before the moderators, and what they decide.

use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use support_network::entities::{report, report_decision};

use super::at;
use crate::support::{Person, TestApp};

async fn decides(moderator: &Person, report: &Value, decision: &str) -> crate::support::Answer {
    let body = if decision == "review" { json!({}) } else { json!({"note": "We spoke with both."}) };
    moderator.post(&format!("{}/{decision}", at(report)), body).await
}

#[actix_web::test]
async fn a_report_is_taken_in_looked_into_and_decided() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let made = ana.reports("account", &ben.id, "impairment_concern").await;
    let (location, etag) = (made.location(), made.etag());
    let made = made.expect(201);
    assert_eq!(location, at(&made));
    assert_eq!((&made["status"], &made["reporter_id"]), (&json!("open"), &json!(ana.id)));
    assert_eq!((&made["subject_type"], &made["subject_id"]), (&json!("account"), &json!(ben.id)));
    assert_eq!(ana.get(&location).await.expect(200), made);
    assert_eq!(moderator.get(&location).await.expect(200)["decisions"], json!([]));

    let stale = moderator.request(Method::POST, &format!("{location}/review")).header("if-match", "\"9.x\"");
    stale.json(&json!({})).send().await.refused(412, "stale_version");
    let reviewed = moderator.request(Method::POST, &format!("{location}/review")).header("if-match", &etag);
    let reviewed = reviewed.json(&json!({})).send().await.expect(200);
    assert_eq!((&reviewed["status"], &reviewed["version"]), (&json!("in_review"), &json!(2)));
    decides(&moderator, &made, "review").await.refused(409, "invalid_transition");
    let stale = ana.request(Method::DELETE, &location).header("if-match", &etag).send().await;
    stale.refused(412, "stale_version");
    ana.delete(&location).await.refused(409, "invalid_transition");

    let resolved = decides(&moderator, &made, "resolve").await.expect(200);
    assert!(resolved["closed_at"].is_string());
    let decisions = resolved["decisions"].as_array().unwrap();
    let log: Vec<_> = decisions.iter().map(|line| (&line["status"], &line["decided_by"], &line["note"])).collect();
    let by = json!(moderator.id);
    assert_eq!(
        log,
        [(&json!("in_review"), &by, &Value::Null), (&json!("resolved"), &by, &json!("We spoke with both."))]
    );
    for decision in ["review", "resolve", "dismiss"] {
        let refused = decides(&moderator, &made, decision).await;
        assert_eq!(refused.json["detail"], "the report is resolved");
        refused.refused(409, "invalid_transition");
    }
    // Who wrote it learns that it was decided, not why nor by whom.
    let seen = ana.get(&location).await.expect(200);
    assert_eq!((&seen["status"], &seen["closed_at"]), (&json!("resolved"), &resolved["closed_at"]));
    assert_eq!(seen["description"], "What I saw.");
    for planted in ["We spoke", "decisions", &moderator.id] {
        assert!(!seen.to_string().contains(planted), "{planted} in {seen}");
        assert!(!json!(ana.all("/v1/reports").await).to_string().contains(planted), "{planted}");
        assert!(!ana.get("/v1/me/export").await.text.contains(planted), "{planted}");
    }
    assert_eq!(report_decision::Entity::find().all(app.state.db.read()).await.unwrap().len(), 2);
}

#[actix_web::test]
async fn what_may_be_reported_is_what_one_sees() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let circle = app.circle_of(&ben, "Harbor Circle").await;
    let proposal = ben.proposes(json!({"name": "Not yet", "kind": "local_association"})).await;
    let proposal = proposal["id"].as_str().unwrap();
    let apa = app.shipped("APA").await;
    for (subject_type, id) in [("account", &ben.id), ("consultation_group", &circle.id), ("organization", &apa)] {
        let report = ana.reports(subject_type, id, "spam").await.expect(201);
        assert_eq!(report["subject_id"], id.as_str());
        ana.delete(&at(&report)).await.expect(204);
    }
    circle.hides().await;
    ana.reports("consultation_group", &circle.id, "spam").await.invalid_at("#/subject_id", "unknown_subject");
    ana.reports("organization", proposal, "spam").await.invalid_at("#/subject_id", "unknown_subject");
    ana.reports("organization", &ben.id, "spam").await.invalid_at("#/subject_id", "unknown_subject");
    ana.reports("account", &apa, "spam").await.invalid_at("#/subject_id", "unknown_subject");
    ana.reports("account", &ana.id, "spam").await.invalid_at("#/subject_id", "own_account");
    ana.reports("account", &ben.id, "boredom").await.invalid_at("#/reason", "unknown_value");
    ana.reports("meeting", &ben.id, "spam").await.invalid_at("#/subject_type", "unknown_value");
    for member in ["id", "status", "reporter_id", "version"] {
        let body = json!({"subject_type": "account", "subject_id": ben.id, "reason": "spam", member: "x"});
        ana.post("/v1/reports", body).await.invalid_at(&format!("#/{member}"), "unknown_member");
    }
    ben.delete("/v1/me").await.expect(204);
    ana.reports("account", &ben.id, "spam").await.invalid_at("#/subject_id", "unknown_subject");
    app.anonymous().get("/v1/reports").await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn the_same_is_reported_again_once_it_is_decided_or_withdrawn() {
    let app = TestApp::spawn().await;
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    let moderator = app.moderator("mod").await;
    let answers = (0..10).map(|_| ana.reports("account", &ben.id, "spam"));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "already_reported");
    }
    // Another reason, another reporter, another subject: another report.
    ana.reports("account", &ben.id, "other").await.expect(201);
    chi.reports("account", &ben.id, "spam").await.expect(201);
    ana.reports("account", &chi.id, "spam").await.expect(201);

    let first = ana.all(&format!("/v1/reports?reason=spam&subject_id={}", ben.id)).await.remove(0);
    decides(&moderator, &first, "review").await.expect(200);
    ana.reports("account", &ben.id, "spam").await.refused(409, "already_reported");
    decides(&moderator, &first, "dismiss").await.expect(200);
    let second = ana.reports("account", &ben.id, "spam").await.expect(201);
    ana.delete(&at(&second)).await.expect(204);
    ana.delete(&at(&second)).await.refused(404, "not_found");
    ana.get(&at(&second)).await.refused(404, "not_found");
    moderator.get(&at(&second)).await.refused(404, "not_found");
    ana.reports("account", &ben.id, "spam").await.expect(201);

    let body = json!({"subject_type": "account", "subject_id": ben.id, "reason": "dual_relationship"});
    let keyed = || ana.request(Method::POST, "/v1/reports").header("idempotency-key", "one").json(&body);
    let one = keyed().send().await.expect(201);
    let again = keyed().send().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), one);
}

#[actix_web::test]
async fn of_two_decisions_at_once_one_counts() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (one, other) = (app.moderator("one").await, app.admin("other").await);
    for _ in 0..3 {
        let report = ana.reports("account", &ben.id, "spam").await.expect(201);
        let (resolved, dismissed) =
            tokio::join!(decides(&one, &report, "resolve"), decides(&other, &report, "dismiss"));
        let mut statuses = [resolved.status, dismissed.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let decided = one.get(&at(&report)).await.expect(200);
        assert_eq!(decided["decisions"].as_array().unwrap().len(), 1);
        assert_eq!(decided["decisions"][0]["status"], decided["status"]);
    }
    let report = ana.reports("account", &ben.id, "spam").await.expect(201);
    let path = at(&report);
    let (withdrawn, reviewed) = tokio::join!(ana.delete(&path), decides(&one, &report, "review"));
    let outcome = (withdrawn.status, reviewed.status);
    assert!(matches!(outcome, (204, 404) | (409, 200)), "{outcome:?}");
}

#[actix_web::test]
async fn nobody_decides_in_their_own_case() {
    let app = TestApp::spawn().await;
    let (ana, one, two) = (app.therapist("ana").await, app.moderator("one").await, app.moderator("two").await);
    let about_one = ana.reports("account", &one.id, "other").await.expect(201);
    one.get(&at(&about_one)).await.refused(404, "not_found");
    decides(&one, &about_one, "dismiss").await.refused(404, "not_found");
    assert!(one.all("/v1/reports").await.is_empty());
    assert_eq!(two.all("/v1/reports").await.len(), 1);

    let by_one = one.reports("account", &two.id, "other").await.expect(201);
    for decision in ["review", "resolve", "dismiss"] {
        decides(&one, &by_one, decision).await.refused(403, "forbidden");
        decides(&two, &by_one, decision).await.refused(404, "not_found");
    }
    assert!(one.get(&at(&by_one)).await.expect(200).get("decisions").is_none());
    let admin = app.admin("admin").await;
    admin.delete(&at(&by_one)).await.refused(403, "forbidden");
    decides(&admin, &by_one, "resolve").await.expect(200);
    assert!(one.get(&at(&by_one)).await.expect(200).get("decisions").is_none());

    // Who sits in a group or runs an organization is its subject as well.
    let circle = app.circle_of(&two, "Harbor Circle").await;
    let about_circle = ana.reports("consultation_group", &circle.id, "spam").await.expect(201);
    two.get(&at(&about_circle)).await.refused(404, "not_found");
    one.get(&at(&about_circle)).await.expect(200);
    let guild = app.guild("open").await;
    let held = guild.takes_in(&two, "member").await;
    let about_guild = ana.reports("organization", &guild.id, "spam").await.expect(201);
    two.get(&at(&about_guild)).await.expect(200);
    guild.owner.edits(&held, json!({"role": "steward"})).await.expect(200);
    two.get(&at(&about_guild)).await.refused(404, "not_found");
    decides(&two, &about_guild, "dismiss").await.refused(404, "not_found");
}

#[actix_web::test]
async fn lists_are_filtered_paged_and_cost_the_same() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let apa = app.shipped("APA").await;
    let first = ana.reports("account", &ben.id, "spam").await.expect(201);
    ana.reports("account", &ben.id, "other").await.expect(201);
    ana.reports("organization", &apa, "other").await.expect(201);
    ben.reports("account", &ana.id, "dual_relationship").await.expect(201);
    moderator.reports("account", &ana.id, "other").await.expect(201);
    decides(&moderator, &first, "dismiss").await.expect(200);
    for (query, of_ana, of_moderator) in [
        ("", 3, 5),
        ("?limit=2", 3, 5),
        ("?mine=true", 3, 1),
        ("?mine=false", 0, 4),
        ("?status=dismissed", 1, 1),
        ("?status=open&status=dismissed", 3, 5),
        ("?status=open&reason=other", 2, 3),
        ("?subject_type=organization", 1, 1),
        ("?subject_type=organization&subject_type=account", 3, 5),
        (&format!("?subject_id={}", ben.id), 2, 2),
        (&format!("?subject_id={apa}"), 1, 1),
        (&format!("?subject_id={}", uuid::Uuid::now_v7()), 0, 0),
        (&format!("?reporter_id={}", ben.id), 0, 1),
        (&format!("?reporter_id={}", ana.id), 3, 3),
    ] {
        assert_eq!(ana.all(&format!("/v1/reports{query}")).await.len(), of_ana, "{query}");
        assert_eq!(moderator.all(&format!("/v1/reports{query}")).await.len(), of_moderator, "{query}");
    }
    let newest: Vec<_> = moderator.all("/v1/reports?limit=1").await;
    assert_eq!(newest.last(), moderator.all("/v1/reports?status=dismissed").await.first());
    let page = ana.get("/v1/reports?limit=1&include_total=true").await.expect(200);
    assert_eq!(page["total"], 3);
    let cursor = page["next_cursor"].as_str().unwrap();
    ana.get(&format!("/v1/reports?status=open&cursor={cursor}")).await.refused(422, "invalid_cursor");
    for query in ["status=asleep", "reason=x", "subject_type=x", "mine=maybe", "subject_id=1", "sort=created_at"] {
        ana.get(&format!("/v1/reports?{query}")).await.refused(422, "validation_failed");
    }
    let mut costs = Vec::new();
    for limit in [1, 5] {
        moderator.get("/v1/reports?limit=1").await.expect(200);
        let before = app.statements().await;
        moderator.get(&format!("/v1/reports?limit={limit}")).await.expect(200);
        costs.push(app.statements().await - before);
    }
    assert_eq!(costs, [1, 1]);
}

#[actix_web::test]
async fn the_trail_tells_moderators_what_was_done_and_the_reported_nothing() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (one, two) = (app.moderator("one").await, app.moderator("two").await);
    let about_ben = ana.reports("account", &ben.id, "confidentiality_breach").await.expect(201);
    decides(&one, &about_ben, "review").await.expect(200);
    decides(&one, &about_ben, "dismiss").await.expect(200);
    let about_two = ana.reports("account", &two.id, "spam").await.expect(201);
    decides(&one, &about_two, "resolve").await.expect(200);
    let withdrawn = ana.reports("account", &ben.id, "other").await.expect(201);
    ana.delete(&at(&withdrawn)).await.expect(204);

    let trail = async |who: &Person| {
        let mut events = who.all("/v1/audit-events?subject_type=report").await;
        events.reverse();
        events.into_iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        trail(&one).await,
        [
            "report.create",
            "report.review",
            "report.dismiss",
            "report.create",
            "report.resolve",
            "report.create",
            "report.withdraw"
        ]
    );
    assert_eq!(trail(&ana).await, ["report.create", "report.create", "report.create", "report.withdraw"]);
    assert!(trail(&ben).await.is_empty());
    let of_two = two.all("/v1/audit-events?subject_type=report").await;
    assert_eq!(of_two.len(), 5, "all but those of the report about two");
    assert!(of_two.iter().all(|event| event["subject_id"] != about_two["id"]));
    let seen = json!(one.all("/v1/audit-events?subject_type=report").await).to_string();
    assert!(seen.contains("confidentiality_breach"));
    for planted in [ben.id.as_str(), two.id.as_str(), "What I saw", "We spoke"] {
        assert!(!seen.contains(planted), "{planted} in {seen}");
    }
    assert!(!ben.get("/v1/me/export").await.text.contains("report."));
}

#[actix_web::test]
async fn a_report_outlives_the_account_of_its_writer_without_words() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let report = ana.reports("account", &ben.id, "other").await.expect(201);
    let exported = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(exported["reports"][0]["id"], report["id"]);
    assert_eq!(exported["reports"][0]["description"], "What I saw.");
    assert_eq!(ben.get("/v1/me/export").await.expect(200)["reports"], json!([]));
    ana.delete("/v1/me").await.expect(204);
    let kept = moderator.get(&at(&report)).await.expect(200);
    assert_eq!((&kept["reporter_id"], &kept["status"]), (&json!(ana.id), &json!("open")));
    assert_eq!((kept.get("description"), &kept["version"]), (None, &json!(2)));
    decides(&moderator, &report, "dismiss").await.expect(200);
    let rows = report::Entity::find().all(app.state.db.read()).await.unwrap();
    assert!(rows.iter().all(|row| row.description.is_none()));
}
