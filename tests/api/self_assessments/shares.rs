//! Letting one colleague read one self-assessment.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, TestDatabase};

fn path(taken: &Value) -> String {
    format!("/v1/self-assessments/{}", taken["id"].as_str().unwrap())
}

async fn shares(owner: &Person, taken: &Value, with: &Person, scope: &str) -> Value {
    let body = json!({"account_id": with.id, "scope": scope});
    owner.post(&format!("{}/shares", path(taken)), body).await.expect(201)
}

#[actix_web::test]
async fn whom_it_is_shared_with_reads_what_the_scope_says_and_its_owner_sees_when() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let taken = ana.takes_evenly("proqol-5", 30, 3).await;
    let share = shares(&ana, &taken, &ben, "band").await;
    assert_eq!(
        (&share["status"], &share["display_name"], &share["read_count"]),
        (&json!("live"), &json!("ben"), &json!(0))
    );
    let seen = ben.get(&path(&taken)).await.expect(200);
    assert_eq!(seen["shared"]["owner_id"], json!(ana.id));
    let scale = &seen["result"]["scales"][1];
    assert_eq!((&scale["scale"], &scale["band"]), (&json!("burnout"), &json!("moderate")));
    assert!(scale["score"].is_null() && scale["t_score"].is_null(), "{scale}");
    assert_eq!(
        (&seen["result"]["ranking"], &seen["result"]["flags"], &seen["answers"]),
        (&json!([]), &json!([]), &json!([]))
    );

    // The new grant takes the place of the old one.
    shares(&ana, &taken, &ben, "score").await;
    let seen = ben.get(&path(&taken)).await.expect(200);
    assert_eq!((&seen["result"]["scales"][1]["score"], &seen["answers"]), (&json!(30.0), &json!([])));
    shares(&ana, &taken, &ben, "full").await;
    let seen = ben.get(&path(&taken)).await.expect(200);
    assert_eq!(seen["answers"].as_array().unwrap().len(), 30);

    let given = ana.all(&format!("{}/shares", path(&taken))).await;
    let told: Vec<_> = given
        .iter()
        .map(|one| {
            (one["scope"].as_str().unwrap(), one["status"].as_str().unwrap(), one["read_count"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(told.iter().filter(|(_, status, reads)| *status == "revoked" && *reads == 1).count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|one| **one == ("full", "live", 1)).count(), 1, "{told:?}");
    let reads = ana.all(&format!("/v1/shares/{}/reads", share["id"].as_str().unwrap())).await;
    assert_eq!(reads.len(), 1);
    assert_eq!(ben.all("/v1/shares").await.len(), 1);
    assert_eq!(ana.all("/v1/shares").await.len(), 0);
    assert_eq!(ana.all("/v1/shares?direction=given").await.len(), 3);
    assert_eq!(ben.all("/v1/self-assessments").await.len(), 0, "what is shared is not mine");
}

#[actix_web::test]
async fn a_share_ends_by_itself_when_it_is_revoked_and_with_what_is_shared() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (first, second) = (ana.takes_evenly("who-5", 5, 3).await, ana.takes_evenly("who-5", 5, 4).await);
    let share = shares(&ana, &first, &ben, "full").await;
    ana.delete(&format!("/v1/shares/{}", share["id"].as_str().unwrap())).await.expect(204);
    ben.get(&path(&first)).await.refused(404, "not_found");
    assert_eq!(ana.all(&format!("{}/shares", path(&first))).await[0]["status"], "revoked");
    ana.delete(&format!("/v1/shares/{}", share["id"].as_str().unwrap())).await.refused(404, "not_found");

    let until = app.clock.now() + TimeDelta::days(2);
    let body = json!({"account_id": ben.id, "scope": "score", "expires_at": until});
    ana.post(&format!("{}/shares", path(&second)), body).await.expect(201);
    ben.get(&path(&second)).await.expect(200);
    app.later(TimeDelta::days(2));
    let (ana, ben) = (app.again(&ana).await, app.again(&ben).await);
    ben.get(&path(&second)).await.refused(404, "not_found");
    assert_eq!(ben.all("/v1/shares").await.len(), 0);
    assert_eq!(ana.all("/v1/shares?direction=given").await[0]["status"], "expired");

    shares(&ana, &second, &ben, "score").await;
    ana.delete(&path(&second)).await.expect(204);
    ben.get(&path(&second)).await.refused(404, "not_found");
    let left =
        "SELECT count(*) FROM self_assessment_share AS s JOIN self_assessment_share_read AS r ON r.share_id = s.id";
    assert_eq!(TestDatabase::count(app.database_url(), left).await, 0);
}

#[actix_web::test]
async fn only_its_owner_shares_it_and_whom_it_is_shared_with_only_reads() {
    let app = TestApp::spawn().await;
    let (ana, ben, mia) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mia").await);
    let taken = ana.takes_evenly("who-5", 5, 3).await;
    let share = shares(&ana, &taken, &ben, "full").await;
    let (shares_path, share_path) =
        (format!("{}/shares", path(&taken)), format!("/v1/shares/{}", share["id"].as_str().unwrap()));
    let given = ana.get(&share_path).await;
    assert_eq!((given.header("cache-control"), given.etag().is_empty()), (Some("no-store"), false));
    assert_eq!(given.expect(200), share);
    assert_eq!(ben.get(&share_path).await.expect(200)["display_name"], "ana");
    mia.get(&share_path).await.refused(404, "not_found");
    for other in [&ben, &mia] {
        other.post(&shares_path, json!({"account_id": mia.id, "scope": "full"})).await.refused(404, "not_found");
        other.get(&shares_path).await.refused(404, "not_found");
        other.get(&format!("{share_path}/reads")).await.refused(404, "not_found");
        other.delete(&share_path).await.refused(404, "not_found");
        other.patch(&path(&taken), json!({"answers": [{"item": "1", "value": 1}]})).await.refused(404, "not_found");
        other.post(&format!("{}/void", path(&taken)), json!({"reason": "No."})).await.refused(404, "not_found");
        other.get(&format!("{}/fhir", path(&taken))).await.refused(404, "not_found");
        other.delete(&path(&taken)).await.refused(404, "not_found");
    }
    mia.get(&path(&taken)).await.refused(404, "not_found");
    // A block ends it without a word.
    ben.post("/v1/me/blocks", json!({"account_id": ana.id})).await.expect(201);
    for hidden in [&path(&taken), &share_path] {
        ben.get(hidden).await.refused(404, "not_found");
    }
    assert_eq!(ben.all("/v1/shares").await.len(), 0);
    ana.get(&share_path).await.expect(200);
}

#[actix_web::test]
async fn a_share_that_cannot_be_is_refused() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let taken = ana.takes_evenly("who-5", 5, 3).await;
    let place = format!("{}/shares", path(&taken));
    let send = async |body: Value| ana.post(&place, body).await;
    send(json!({"account_id": ana.id, "scope": "band"})).await.invalid_at("#/account_id", "own_account");
    send(json!({"account_id": "01936b2f-5f00-7000-8000-000000000202", "scope": "band"}))
        .await
        .invalid_at("#/account_id", "unknown_account");
    send(json!({"account_id": ben.id, "scope": "all"})).await.invalid_at("#/scope", "unknown_value");
    for days in [-1, 91] {
        let until = app.clock.now() + TimeDelta::days(days);
        send(json!({"account_id": ben.id, "scope": "band", "expires_at": until}))
            .await
            .invalid_at("#/expires_at", "out_of_range");
    }
    let started = ana.post("/v1/self-assessments", json!({"instrument": "who-5", "own_form": true})).await.expect(201);
    let body = json!({"account_id": ben.id, "scope": "band"});
    ana.post(&format!("{}/shares", path(&started)), body).await.refused(409, "invalid_transition");
    assert_eq!(ana.all("/v1/shares?direction=given").await.len(), 0);
}
