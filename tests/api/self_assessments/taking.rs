//! Starting, saving, submitting, voiding and erasing.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, assert_valid_r4, challenges, numbered};

const PATH: &str = "/v1/self-assessments";

fn path(one: &Value) -> String {
    format!("{PATH}/{}", one["id"].as_str().unwrap())
}

fn scale<'a>(one: &'a Value, key: &str) -> &'a Value {
    one["result"]["scales"].as_array().unwrap().iter().find(|scale| scale["scale"] == key).unwrap()
}

async fn starts(person: &Person, answers: Value) -> Value {
    let body = json!({"instrument": "proqol-5", "own_form": true, "answers": answers});
    person.post(PATH, body).await.expect(201)
}

#[actix_web::test]
async fn the_challenge_check_is_taken_in_one_call() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let answers = challenges(&[
        ("professional_isolation", Some((3, 3))),
        ("decision_making_complexity", Some((2, 4))),
        ("caseload_pressure", None),
        ("administrative_demands", Some((4, 2))),
        ("trauma_exposure", Some((1, 4))),
        ("personal_matters", Some((0, 0))),
    ]);
    let body = json!({"instrument": "challenge-check", "language": "en", "answers": answers, "submit": true});
    let answer = ana.post(PATH, body).await;
    let location = answer.header("location").unwrap().to_owned();
    let taken = answer.expect(201);
    assert_eq!(
        (&taken["status"], &taken["language"], &taken["own_form"]),
        (&json!("completed"), &json!("en"), &json!(false))
    );
    let ranking: Vec<_> = taken["result"]["ranking"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["challenge"].as_str().unwrap(), one["burden"].as_i64().unwrap(), one["band"].as_str().unwrap()))
        .collect();
    assert_eq!(
        ranking,
        [
            ("professional_isolation", 9, "high"),
            ("decision_making_complexity", 8, "moderate"),
            ("administrative_demands", 8, "moderate"),
            ("trauma_exposure", 4, "low"),
            ("personal_matters", 0, "none"),
        ]
    );
    assert!(scale(&taken, "caseload_pressure")["score"].is_null());
    assert_eq!(ana.get(&location).await.expect(200), taken);
    assert_eq!(taken["answers"].as_array().unwrap().len(), 16);
}

#[actix_web::test]
async fn one_is_started_saved_resumed_and_submitted() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let started = starts(&ana, json!([{"item": "1", "value": 2}, {"item": "30", "value": 5}])).await;
    assert_eq!(started["status"], "in_progress");
    assert!(started["result"].is_null() && started["expires_at"].is_string());
    let saved =
        ana.patch(&path(&started), json!({"answers": [{"item": "1", "value": null}, {"item": "2", "value": 4}]})).await;
    let saved = saved.expect(200);
    assert_eq!(saved["answers"], json!([{"item": "2", "value": 4}, {"item": "30", "value": 5}]));
    let missing = ana.post(&format!("{}/submit", path(&started)), json!({})).await.refused(422, "not_enough_answers");
    assert!(missing.as_array().unwrap().iter().any(|fault| fault["detail"] == "item 3 must be answered"), "{missing}");
    assert!(!missing.to_string().contains("item 2 must"), "{missing}");

    // What was saved is kept, on every device.
    let again = app.sign_in(&ana.id, &ana.email).await;
    let open = again.all(&format!("{PATH}?status=in_progress")).await;
    assert_eq!(open.len(), 1);
    assert!(open[0]["answers"].is_null(), "lists leave answers out");
    let rest =
        numbered(&[4, 2, 4, 4, 1, 4, 3, 2, 2, 2, 2, 4, 2, 1, 4, 4, 3, 4, 3, 4, 3, 4, 1, 4, 1, 4, 3, 1, 4, 5].map(Some));
    again.patch(&path(&started), json!({"answers": rest})).await.expect(200);
    let done = again.post(&format!("{}/submit", path(&started)), json!({})).await.expect(200);
    assert_eq!(done["status"], "completed");
    for (key, score, band, t_score) in [
        ("compassion_satisfaction", 40.0, "moderate", 53.5),
        ("burnout", 25.0, "moderate", 54.1),
        ("secondary_traumatic_stress", 16.0, "low", 48.8),
    ] {
        let scale = scale(&done, key);
        assert_eq!(
            (&scale["score"], &scale["band"], &scale["t_score"]),
            (&json!(score), &json!(band), &json!(t_score))
        );
        assert!(scale["norm"].as_str().unwrap().contains("De La Rosa"), "{scale}");
    }
    assert_eq!(done["result"]["flags"], json!([]));
    assert!(done["window"]["from"].as_str() < done["window"]["to"].as_str());
    assert!(done["next_from"].as_str() > done["window"]["to"].as_str());

    // Completed answers never change.
    let late = ana.patch(&path(&done), json!({"answers": [{"item": "1", "value": 1}]})).await;
    late.refused(409, "invalid_transition");
    ana.post(&format!("{}/submit", path(&done)), json!({})).await.refused(409, "invalid_transition");
    assert_eq!(ana.get(&path(&done)).await.expect(200), done);
}

#[actix_web::test]
async fn a_scale_without_enough_answers_has_no_score_and_the_others_have() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let mut answers = [Some(3); 30];
    answers[6] = None;
    let taken = ana.takes("proqol-5", numbered(&answers)).await;
    assert_eq!(scale(&taken, "burnout")["score"], 30.0);
    let missing = scale(&taken, "secondary_traumatic_stress");
    assert!(missing["score"].is_null() && missing["band"].is_null() && missing["t_score"].is_null(), "{missing}");
    assert_eq!(taken["result"]["flags"], json!([]));
    let even = ana.takes_evenly("proqol-5", 30, 3).await;
    assert_eq!(even["result"]["flags"], json!(["straight_line"]));
    let work = ana.takes_evenly("cbi", 19, 4).await;
    assert_eq!(scale(&work, "work")["score"], 85.7143);
}

#[actix_web::test]
async fn what_cannot_be_taken_names_its_place_and_stores_nothing() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let send = async |answers: Value| ana.tries("who-5", answers).await;
    send(json!([{"item": "6", "value": 1}])).await.invalid_at("#/answers/0/item", "unknown_item");
    send(json!([{"item": "1", "value": 6}])).await.invalid_at("#/answers/0/value", "outside_options");
    send(json!([{"item": "1", "value": 1}, {"item": "1", "value": 2}]))
        .await
        .invalid_at("#/answers/1/item", "duplicate_item");
    send(json!([{"item": "1"}])).await.invalid_at("#/answers/0/value", "missing_member");
    send(json!([{"item": "1", "value": 2.5}])).await.refused(422, "validation_failed");
    send(json!([{"item": "1", "value": "3"}])).await.refused(422, "validation_failed");
    let missing = send(json!([{"item": "1", "value": 1}])).await.refused(422, "not_enough_answers");
    assert_eq!(missing.as_array().unwrap().len(), 4, "{missing}");
    let begin = async |body: Value| ana.post(PATH, body).await;
    begin(json!({"instrument": "mbi"})).await.invalid_at("#/instrument", "unknown_instrument");
    begin(json!({"instrument": "who-5", "version": "0.0.9", "own_form": true}))
        .await
        .invalid_at("#/version", "unknown_version");
    begin(json!({"instrument": "who-5"})).await.refused(422, "wording_needed");
    begin(json!({"instrument": "challenge-check", "language": "?"})).await.invalid_at("#/language", "invalid_language");
    begin(json!({"instrument": "who-5", "own_form": true, "status": "completed"}))
        .await
        .invalid_at("#/status", "unknown_member");
    assert_eq!(ana.all(PATH).await.len(), 0);

    let started = starts(&ana, json!([{"item": "1", "value": 2}])).await;
    let faulty = json!({"answers": [{"item": "2", "value": 3}, {"item": "3", "value": 9}]});
    ana.patch(&path(&started), faulty).await.invalid_at("#/answers/1/value", "outside_options");
    ana.patch(&path(&started), json!({"answers": []})).await.invalid_at("#/answers", "too_short");
    assert_eq!(ana.get(&path(&started)).await.expect(200), started);
}

#[actix_web::test]
async fn a_change_that_is_based_on_an_old_version_is_refused() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let started = starts(&ana, json!([])).await;
    let etag = ana.get(&path(&started)).await.header("etag").unwrap().to_owned();
    ana.patch(&path(&started), json!({"answers": [{"item": "1", "value": 1}]})).await.expect(200);
    for (method, place, body) in [
        (reqwest::Method::PATCH, "", json!({"answers": [{"item": "1", "value": 2}]})),
        (reqwest::Method::POST, "/submit", json!({})),
        (reqwest::Method::DELETE, "", json!({})),
    ] {
        let request = ana.request(method, &format!("{}{place}", path(&started))).header("if-match", &etag);
        request.json(&body).send().await.refused(412, "stale_version");
    }
    assert_eq!(ana.get(&path(&started)).await.expect(200)["answers"], json!([{"item": "1", "value": 1}]));
}

#[actix_web::test]
async fn one_that_is_not_finished_expires_and_its_answers_are_erased_thirty_days_later() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let started = starts(&ana, json!([{"item": "1", "value": 2}])).await;
    app.later(TimeDelta::days(7) - TimeDelta::minutes(1));
    let ana = app.again(&ana).await;
    assert_eq!(ana.get(&path(&started)).await.expect(200)["status"], "in_progress");
    app.later(TimeDelta::minutes(2));
    let ana = app.again(&ana).await;
    let expired = ana.get(&path(&started)).await.expect(200);
    assert_eq!((&expired["status"], expired["answers"].as_array().unwrap().len()), (&json!("expired"), 1));
    ana.patch(&path(&started), json!({"answers": [{"item": "2", "value": 2}]}))
        .await
        .refused(409, "invalid_transition");
    ana.post(&format!("{}/submit", path(&started)), json!({})).await.refused(409, "invalid_transition");
    assert_eq!(ana.all(&format!("{PATH}?status=expired")).await.len(), 1);
    assert_eq!(ana.all(&format!("{PATH}?status=in_progress&status=completed")).await.len(), 0);

    app.later(TimeDelta::days(30));
    let ana = app.again(&ana).await;
    assert_eq!(ana.get(&path(&started)).await.expect(200)["answers"], json!([]));
    support_network::self_assessments::store::erase_expired(&app.state).await.unwrap();
    let kept = crate::support::TestDatabase::count(
        app.database_url(),
        "SELECT count(*) FROM self_assessment WHERE content IS NOT NULL",
    );
    assert_eq!(kept.await, 0);
    assert_eq!(ana.get(&path(&started)).await.expect(200)["status"], "expired");
}

#[actix_web::test]
async fn a_completed_one_is_voided_once_and_anything_can_be_erased() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let taken = ana.takes_evenly("who-5", 5, 3).await;
    let void = format!("{}/void", path(&taken));
    ana.post(&void, json!({})).await.invalid_at("#/reason", "missing_member");
    let voided = ana.post(&void, json!({"reason": "It was a bad day to ask."})).await.expect(200);
    assert_eq!((&voided["status"], &voided["void_reason"]), (&json!("voided"), &json!("It was a bad day to ask.")));
    assert_eq!(voided["answers"], taken["answers"]);
    ana.post(&void, json!({"reason": "Again."})).await.refused(409, "invalid_transition");
    let started = starts(&ana, json!([])).await;
    ana.post(&format!("{}/void", path(&started)), json!({"reason": "No."})).await.refused(409, "invalid_transition");
    for one in [&voided, &started] {
        ana.delete(&path(one)).await.expect(204);
        ana.get(&path(one)).await.refused(404, "not_found");
        ana.delete(&path(one)).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn two_who_submit_at_once_complete_it_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let started = starts(&ana, numbered(&[Some(3); 30])).await;
    let submit = format!("{}/submit", path(&started));
    let attempts = (0..10).map(|_| ana.post(&submit, json!({})));
    let statuses: Vec<_> = futures_util::future::join_all(attempts).await.into_iter().map(|one| one.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 9, "{statuses:?}");
    assert_eq!(ana.get(&path(&started)).await.expect(200)["version"], 2);
}

#[actix_web::test]
async fn a_retry_with_its_key_takes_it_once_and_answers_alike() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body =
        json!({"instrument": "mini-z-1", "own_form": true, "answers": [{"item": "1", "value": 4}], "submit": true});
    let send = async |body: &Value| {
        ana.request(reqwest::Method::POST, PATH).header("idempotency-key", "once").json(body).send().await
    };
    let (first, second) = (send(&body).await, send(&body).await);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_eq!(first.expect(201), second.expect(201));
    let other =
        json!({"instrument": "mini-z-1", "own_form": true, "answers": [{"item": "1", "value": 5}], "submit": true});
    send(&other).await.refused(422, "idempotency_key_reused");
    assert_eq!(ana.all(PATH).await.len(), 1);
}

#[actix_web::test]
async fn lists_are_filtered_and_take_a_fixed_number_of_statements() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for _ in 0..2 {
        ana.takes_evenly("who-5", 5, 3).await;
    }
    ana.takes_evenly("brs", 6, 3).await;
    let statements = async |path: &str| {
        let before = app.statements().await;
        let count = ana.get(path).await.expect(200)["items"].as_array().unwrap().len();
        (count, app.statements().await - before)
    };
    // The key of the account is read once a minute.
    ana.all(PATH).await;
    let (few, cost_of_few) = statements(&format!("{PATH}?instrument=who-5")).await;
    for _ in 0..20 {
        ana.takes_evenly("who-5", 5, 2).await;
    }
    let (many, cost_of_many) = statements(&format!("{PATH}?instrument=who-5&limit=100")).await;
    assert_eq!((few, many), (2, 22));
    assert_eq!(cost_of_few, cost_of_many);
    assert_eq!(ana.all(&format!("{PATH}?instrument=brs&instrument=who-5&limit=5")).await.len(), 23);
    assert_eq!(ana.get(&format!("{PATH}?include_total=true&limit=1")).await.expect(200)["total"], 23);
    let today = app.clock.now().date_naive();
    for (query, count) in [
        (format!("from={today}"), 23),
        (format!("to={today}"), 23),
        (format!("from={}", today + TimeDelta::days(1)), 0),
        ("to=2020-01-01".into(), 0),
    ] {
        assert_eq!(ana.all(&format!("{PATH}?{query}")).await.len(), count, "{query}");
    }
    ana.get(&format!("{PATH}?status=done")).await.refused(422, "validation_failed");
}

#[actix_web::test]
async fn results_that_ask_for_it_come_with_where_to_find_help() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let well = ana.takes_evenly("who-5", 5, 4).await;
    assert!(well["support"].is_null());
    // 7 of 25 is 28 %.
    let low = ana.takes("who-5", numbered(&[1, 1, 1, 2, 2].map(Some))).await;
    assert!(low["support"]["lines"].as_array().unwrap().len() > 3, "{low}");
    ana.put("/v1/me/profile", json!({"country": "US"})).await.expect(201);
    for (instrument, answers) in [("mini-z-1", vec![Some(5)]), ("stss", vec![Some(3); 17])] {
        let taken = ana.takes(instrument, numbered(&answers)).await;
        let lines = taken["support"]["lines"].as_array().unwrap();
        assert_eq!((lines.len(), &lines[0]["country"]), (2, &json!("US")), "{taken}");
    }
    // Nobody is told: the only mail is that of registration.
    let mail = app.mail.to(&ana.email).await.text;
    assert!(!mail.contains("988") && !mail.contains("who-5"), "{mail}");
}

#[actix_web::test]
async fn one_is_exported_as_fhir() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let mut answers = [Some(3); 30];
    answers[6] = None;
    let taken = ana.takes("proqol-5", numbered(&answers)).await;
    let answer = ana
        .request(reqwest::Method::GET, &format!("{}/fhir", path(&taken)))
        .header("accept", "application/fhir+json")
        .send()
        .await;
    assert_eq!(answer.header("content-type"), Some("application/fhir+json"));
    let bundle = answer.expect(200);
    assert_valid_r4(&bundle);
    let resources: Vec<&Value> = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect();
    assert_eq!(resources.len(), 4);
    assert_eq!(resources[0]["resourceType"], "QuestionnaireResponse");
    assert_eq!(resources[0]["item"].as_array().unwrap().len(), 29);
    assert_eq!(resources[2]["valueQuantity"]["value"], 30.0);
    assert!(resources[3]["dataAbsentReason"].is_object() && resources[3]["valueQuantity"].is_null());
    assert!(resources[1..].iter().all(|one| one["derivedFrom"][0]["reference"] == bundle["entry"][0]["fullUrl"]));
    assert!(!bundle.to_string().contains(&ana.id), "it names nobody");
}

#[actix_web::test]
async fn days_that_nobody_asks_for_are_refused() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for day in ["1999-12-31", "2101-01-01", "9999-12-31", "-9999-01-01", "%2B262142-12-31", "-262143-01-01"] {
        for name in ["from", "to"] {
            ana.get(&format!("/v1/self-assessments?{name}={day}")).await.invalid_at(name, "out_of_range");
        }
    }
    ana.get("/v1/self-assessments?from=2100-12-31&to=2000-01-01").await.expect(200);
}
