//! Membership types: who keeps them, and which terms fit together.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn those_who_run_an_organization_keep_its_types() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mo").await);
    let body = json!({"name": "Guild", "kind": "local_association", "join_policy": "open", "represented": true});
    let guild = moderator.publishes(&ana.proposes(body).await).await;
    let types = format!("/v1/organizations/{}/membership-types", guild["id"].as_str().unwrap());
    let full = json!({"name": "Full", "duration": {"unit": "months", "count": 12}});
    app.anonymous().post(&types, full.clone()).await.refused(401, "unauthenticated");
    ben.post(&types, full.clone()).await.refused(403, "forbidden");
    let answer = ana.post(&types, full.clone()).await;
    let path = answer.location();
    let created = answer.expect(201);
    assert_eq!(
        (&created["period"], &created["grace_days"], &created["new_days"], &created["renewable"]),
        (&json!("rolling"), &json!(30), &json!(90), &json!(true))
    );
    ana.post(&types, json!({"name": "FULL", "duration": {"unit": "days", "count": 1}}))
        .await
        .refused(409, "name_taken");
    ben.patch(&path, json!({"grace_days": 0})).await.refused(403, "forbidden");
    let changed =
        moderator.patch(&path, json!({"grace_days": 0, "period": "fixed", "fixed_start": "07-01"})).await.expect(200);
    assert_eq!(
        (&changed["grace_days"], &changed["fixed_start"], &changed["version"]),
        (&json!(0), &json!("07-01"), &json!(2))
    );
    ana.patch(&path, json!({"fixed_start": null})).await.invalid_at("#/fixed_start", "missing_member");
    for (patch, merged) in [
        (json!({"count": 6}), json!({"unit": "months", "count": 6})),
        (json!({"unit": "years"}), json!({"unit": "years", "count": 6})),
        (json!({"unit": "months", "count": 12}), json!({"unit": "months", "count": 12})),
    ] {
        assert_eq!(ana.patch(&path, json!({"duration": patch})).await.expect(200)["duration"], merged);
    }
    ana.patch(&path, json!({"duration": {"count": null}})).await.invalid_at("#/duration/count", "missing_member");
    let lifetime =
        json!({"duration": {"unit": "lifetime"}, "period": "rolling", "fixed_start": null, "renewable": false});
    let lasting = ana.patch(&path, lifetime).await.expect(200);
    assert_eq!((&lasting["duration"], &lasting["version"]), (&json!({"unit": "lifetime"}), &json!(6)));
    ana.request(reqwest::Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"name": "A"}))
        .send()
        .await
        .refused(412, "stale_version");
    let archived = format!("/v1/organizations/{}/archive", guild["id"].as_str().unwrap());
    moderator.post(&archived, json!({})).await.expect(200);
    ana.post(&types, json!({"name": "Half", "duration": {"unit": "months", "count": 6}}))
        .await
        .refused(409, "invalid_transition");
    ana.patch(&path, json!({"grace_days": 3})).await.refused(409, "invalid_transition");
    ana.delete(&path).await.refused(409, "invalid_transition");
    moderator.publishes(&guild).await;
    assert_eq!(app.anonymous().all(&types).await.len(), 1);
    app.anonymous().get(&path).await.expect(200);
    ben.delete(&path).await.refused(403, "forbidden");
    ana.delete(&path).await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
    app.anonymous().get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn terms_that_do_not_fit_are_named() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mo").await;
    let types = format!("/v1/organizations/{}/membership-types", app.shipped("APA").await);
    let year = json!({"unit": "years", "count": 1});
    for (body, pointer, code) in [
        (json!({"name": "A", "duration": {"unit": "years"}}), "#/duration/count", "missing_member"),
        (json!({"name": "A", "duration": {"unit": "years", "count": 0}}), "#/duration/count", "out_of_range"),
        (json!({"name": "A", "duration": {"unit": "lifetime", "count": 1}}), "#/duration/count", "unexpected"),
        (json!({"name": "A", "duration": {"unit": "lifetime"}, "renewable": true}), "#/renewable", "unexpected"),
        (json!({"name": "A", "duration": {"unit": "eons", "count": 1}}), "#/duration/unit", "unknown_value"),
        (json!({"name": "A", "duration": year, "period": "fixed"}), "#/fixed_start", "missing_member"),
        (json!({"name": "A", "duration": year, "fixed_start": "01-01"}), "#/fixed_start", "unexpected"),
        (
            json!({"name": "A", "duration": year, "period": "fixed", "fixed_start": "02-29"}),
            "#/fixed_start",
            "invalid_day",
        ),
        (json!({"name": "A", "duration": year, "grace_days": 367}), "#/grace_days", "out_of_range"),
        (json!({"name": "", "duration": year}), "#/name", "blank"),
        (json!({"duration": year}), "#/name", "missing_member"),
    ] {
        let errors = moderator.post(&types, body.clone()).await.refused(422, "validation_failed");
        let found = errors.as_array().unwrap().iter().any(|fault| fault["pointer"] == pointer && fault["code"] == code);
        assert!(found, "{body}: {errors}");
    }
}
