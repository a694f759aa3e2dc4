//! Nobody else reads it: no role, no copy of the database, nobody after it is erased.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, TestDatabase, numbered};

const PATH: &str = "/v1/self-assessments";

/// Words that stand in answers, results and reasons, and nowhere else.
const PLANTED: [&str; 5] = [
    "secondary_traumatic_stress",
    "compassion_satisfaction",
    "likely_depression_screen",
    "\"outcome\"",
    "a lighthouse keeper's reason",
];

fn holds(copy: &[u8], word: &str) -> bool {
    copy.windows(word.len()).any(|window| window == word.as_bytes())
}

async fn takes_stock(person: &Person) -> Value {
    let body = json!({"instrument": "proqol-5", "own_form": true, "answers": numbered(&[Some(2); 30]), "submit": true});
    let request = person.request(Method::POST, PATH).header("idempotency-key", "stock").json(&body);
    let taken = request.send().await.expect(201);
    let void = format!("{PATH}/{}/void", taken["id"].as_str().unwrap());
    let request = person.request(Method::POST, &void).header("idempotency-key", "void");
    request.json(&json!({"reason": "a lighthouse keeper's reason"})).send().await.expect(200);
    person.takes("who-5", numbered(&[1, 1, 1, 1, 1].map(Some))).await;
    taken
}

#[actix_web::test]
async fn a_copy_of_the_database_reveals_no_answer_and_no_score() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    takes_stock(&ana).await;
    let copy = TestDatabase::copied(app.database_url()).await;
    assert!(holds(&copy, &ana.email), "the copy is not one");
    for word in PLANTED {
        assert!(!holds(&copy, word), "{word} stands in the database");
    }
}

#[actix_web::test]
async fn no_role_reads_anothers() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let taken = takes_stock(&ana).await;
    let own = format!("{PATH}/{}", taken["id"].as_str().unwrap());
    let others = [app.therapist("ben").await, app.moderator("mia").await, app.admin("ada").await];
    for other in &others {
        for (method, path, body) in [
            (Method::GET, own.clone(), json!(null)),
            (Method::GET, format!("{own}/fhir"), json!(null)),
            (Method::PATCH, own.clone(), json!({"answers": [{"item": "1", "value": 1}]})),
            (Method::POST, format!("{own}/submit"), json!({})),
            (Method::POST, format!("{own}/void"), json!({"reason": "Because."})),
            (Method::DELETE, own.clone(), json!(null)),
        ] {
            let request = other.request(method.clone(), &path);
            let request = if body.is_null() { request } else { request.json(&body) };
            request.send().await.refused(404, "not_found");
        }
        assert_eq!(other.get(&format!("{PATH}?include_total=true")).await.expect(200)["total"], 0);
        let trend = other.get(&format!("{PATH}/trends?instrument=proqol-5")).await.expect(200);
        assert_eq!(trend["scales"], json!([]));
        let trail = other.all("/v1/audit-events").await;
        assert!(!Value::from(trail).to_string().contains("assessment"), "the trail tells of it");
    }
    for path in [PATH.to_owned(), own, format!("{PATH}/trends?instrument=who-5")] {
        app.anonymous().get(&path).await.refused(401, "unauthenticated");
    }
    // Nothing was changed by those who tried.
    assert_eq!(ana.all(PATH).await.len(), 2);
}

#[actix_web::test]
async fn nothing_of_it_is_cached() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let taken = ana.takes_evenly("proqol-5", 30, 4).await;
    for path in
        [format!("{PATH}/{}", taken["id"].as_str().unwrap()), format!("{PATH}/trends?instrument=proqol-5"), PATH.into()]
    {
        assert_eq!(ana.get(&path).await.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[actix_web::test]
async fn a_retry_does_not_bring_back_what_was_erased() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"instrument": "who-5", "own_form": true, "answers": numbered(&[Some(4); 5]), "submit": true});
    let create =
        async |key: &str| ana.request(Method::POST, PATH).header("idempotency-key", key).json(&body).send().await;
    let (gone, kept) = (create("gone").await.expect(201), create("kept").await.expect(201));
    let path = |one: &Value| format!("{PATH}/{}", one["id"].as_str().unwrap());
    let void = async || {
        let request = ana.request(Method::POST, &format!("{}/void", path(&gone))).header("idempotency-key", "void");
        request.json(&json!({"reason": "Not mine."})).send().await
    };
    void().await.expect(200);
    ana.delete(&path(&gone)).await.expect(204);
    for again in [create("gone").await, void().await] {
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        again.refused(404, "not_found");
    }
    // What was not erased is answered as before, and nothing was made anew.
    assert_eq!(create("kept").await.expect(201), kept);
    assert_eq!(ana.all(PATH).await.len(), 1);
}

#[actix_web::test]
async fn what_was_sealed_cannot_be_moved_to_another_row_or_account() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (first, second) = (ana.takes_evenly("who-5", 5, 1).await, ana.takes_evenly("who-5", 5, 4).await);
    let bens = ben.takes_evenly("who-5", 5, 5).await;
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    for (from, to, reader) in [(&first, &second, &ana), (&first, &bens, &ben)] {
        let (from, to) = (quoted(&app, &id(from)), quoted(&app, &id(to)));
        let move_it = format!(
            "UPDATE self_assessment SET content = (SELECT content FROM self_assessment WHERE id = {from}) WHERE id = {to}"
        );
        TestDatabase::execute(app.database_url(), &move_it).await;
        let path = format!("{PATH}/{}", id(if reader.id == ana.id { &second } else { &bens }));
        assert_eq!(reader.get(&path).await.status, 500, "a sealed value was moved");
    }
}

/// An id as SQL spells it.
fn quoted(app: &TestApp, id: &str) -> String {
    if app.is_sqlite() { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") }
}

#[actix_web::test]
async fn an_erased_account_takes_its_key_with_it() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    takes_stock(&ana).await;
    ana.put("/v1/me/check-in-schedule", json!({"instrument": "who-5", "cadence_days": 7})).await.expect(201);
    ana.delete("/v1/me").await.expect(204);
    for table in ["data_key", "self_assessment", "check_in_schedule", "idempotency_record"] {
        assert_eq!(
            TestDatabase::count(app.database_url(), &format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[actix_web::test]
async fn the_export_of_an_account_has_its_self_assessments() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    assert_eq!(ana.get("/v1/me/export").await.expect(200)["self_assessments"], json!([]));
    let taken = takes_stock(&ana).await;
    ana.put("/v1/me/check-in-schedule", json!({"instrument": "who-5", "cadence_days": 7})).await.expect(201);
    let ben = app.therapist("ben").await;
    let shares = format!("{PATH}/{}/shares", ana.all(PATH).await[0]["id"].as_str().unwrap());
    ana.post(&shares, json!({"account_id": ben.id, "scope": "band"})).await.expect(201);
    let export = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(export["self_assessment_shares"][0]["recipient_id"], json!(ben.id));
    assert_eq!(export["self_assessment_shares_received"], json!([]));
    let received = ben.get("/v1/me/export").await.expect(200)["self_assessment_shares_received"].clone();
    assert_eq!(received[0]["id"], export["self_assessment_shares"][0]["id"]);
    ben.post("/v1/me/blocks", json!({"account_id": ana.id})).await.expect(201);
    assert_eq!(ben.get("/v1/me/export").await.expect(200)["self_assessment_shares_received"], json!([]));
    assert_eq!(export["contributions"], json!([]));
    let exported = export["self_assessments"].as_array().unwrap();
    assert_eq!(exported.len(), 2);
    assert_eq!(
        (&exported[0]["id"], &exported[0]["void_reason"]),
        (&taken["id"], &json!("a lighthouse keeper's reason"))
    );
    assert_eq!(exported[0]["answers"].as_array().unwrap().len(), 30);
    assert_eq!(exported[1]["result"]["scales"][1]["band"], "likely_depression_screen");
    assert_eq!(export["check_in_schedule"]["cadence_days"], 7);
}
