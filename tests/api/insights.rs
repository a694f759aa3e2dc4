//! What the self-assessments of a body's members come to.

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::support::{Person, TestApp, TestDatabase, numbered};

/// Answers to the ProQOL whose burnout is the sum given.
fn burnout(score: i64) -> Value {
    let (plain, reversed) = ([8, 10, 19, 21, 26], [1, 4, 15, 17, 29]);
    let mut answers = [Some(3); 30];
    for (index, item) in plain.iter().chain(&reversed).enumerate() {
        let weight = score / 10 + i64::from((index as i64) < score % 10);
        answers[item - 1] = Some(if index < 5 { weight } else { 6 - weight });
    }
    numbered(&answers)
}

fn path(taken: &Value) -> String {
    format!("/v1/self-assessments/{}/contribution", taken["id"].as_str().unwrap())
}

/// An open organization, and its path.
async fn society(app: &TestApp) -> (Value, String) {
    let mia = app.moderator("moderator").await;
    let body = json!({"name": "Open Society", "kind": "professional_association", "join_policy": "open", "accepts_memberships": true});
    let made = mia.post("/v1/organizations", body).await.expect(201);
    let path = format!("/v1/organizations/{}", made["id"].as_str().unwrap());
    mia.post(&format!("{path}/publish"), json!({})).await.expect(200);
    (made["id"].clone(), path)
}

/// Joins, takes the ProQOL, and contributes it.
async fn contributes(person: &Person, organization: &Value, score: i64) -> Value {
    let memberships = format!("/v1/organizations/{}/memberships", organization.as_str().unwrap());
    person.post(&memberships, json!({})).await;
    let taken = person.takes("proqol-5", burnout(score)).await;
    person.put(&path(&taken), json!({"organization_id": organization})).await.expect(201);
    taken
}

/// Moves the clock into the next quarter; answers the name of the one that is over then.
async fn quarter_ends(app: &TestApp) -> String {
    let today = app.clock.now().date_naive();
    let quarter = today.month0() / 3 + 1;
    let next = match quarter {
        4 => NaiveDate::from_ymd_opt(today.year() + 1, 1, 1),
        quarter => NaiveDate::from_ymd_opt(today.year(), quarter * 3 + 1, 1),
    };
    app.later(next.unwrap() - today + TimeDelta::hours(1));
    format!("{}-Q{quarter}", today.year())
}

async fn again(app: &TestApp, people: &[Person]) -> Vec<Person> {
    let mut signed_in = Vec::new();
    for person in people {
        signed_in.push(app.again(person).await);
    }
    signed_in
}

fn of_burnout(insights: &Value) -> Option<(Value, Value)> {
    let insight = &insights["insights"][0];
    let scales = insight["scales"].as_array().unwrap();
    let scale = scales.iter().find(|scale| scale["scale"] == "burnout")?;
    Some((scale["mean"].clone(), insight["respondents"].clone()))
}

#[actix_web::test]
async fn a_quarter_is_told_to_whoever_sees_five_others_in_it_and_stays_as_it_was() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let people = app.crowd(6).await;
    let mut taken = Vec::new();
    for (person, score) in people.iter().zip([25, 31, 22, 28, 40]) {
        taken.push(contributes(person, &id, score).await);
    }
    // The sixth is a member who contributes nothing.
    people[5].post(&format!("{organization}/memberships"), json!({})).await.expect(201);
    let insights = format!("{organization}/insights?instrument=proqol-5");
    assert_eq!(people[5].get(&insights).await.expect(200)["insights"], json!([]), "the quarter is not over");
    let quarter = quarter_ends(&app).await;
    let people = again(&app, &people).await;
    let within = people[0].get(&insights).await.expect(200);
    assert_eq!((&within["insights"][0]["released"], &within["insights"][0]["scales"]), (&json!(false), &json!([])));
    assert!(within["explanation"].as_str().unwrap().contains("five or fewer"), "{within}");
    let outside = people[5].get(&insights).await.expect(200);
    assert_eq!(of_burnout(&outside), Some((json!(30.0), json!("5-8"))));
    assert_eq!(outside["insights"][0]["quarter"], json!(quarter));
    let told = outside.to_string();
    assert!(!told.contains("29.2") && !told.contains("minimum_score") && !told.contains(&people[0].id), "{told}");
    assert_eq!(
        people[5].get(&format!("{organization}/insights?quarter={quarter}")).await.expect(200)["insights"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        people[5].get(&format!("{organization}/insights?quarter=2020-Q1")).await.expect(200)["insights"],
        json!([])
    );

    // Too late to count, and one who erases what was counted takes the quarter back.
    let late = people[5].takes("proqol-5", burnout(19)).await;
    people[5].put(&path(&late), json!({"organization_id": id})).await.expect(201);
    assert_eq!(of_burnout(&people[5].get(&insights).await.expect(200)), Some((json!(30.0), json!("5-8"))));
    people[0].delete(&format!("/v1/self-assessments/{}", taken[0]["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(people[5].get(&insights).await.expect(200)["insights"][0]["released"], false);
}

#[actix_web::test]
async fn one_of_six_sees_the_five_others() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let people = app.crowd(6).await;
    for (person, score) in people.iter().zip([25, 31, 22, 28, 40, 19]) {
        contributes(person, &id, score).await;
    }
    // The latest of a person counts, and of each person one.
    contributes(&people[0], &id, 25).await;
    quarter_ends(&app).await;
    let people = again(&app, &people).await;
    let told = people[2].get(&format!("{organization}/insights")).await.expect(200);
    assert_eq!(of_burnout(&told), Some((json!(28.0), json!("5-8"))));
    let copy = TestDatabase::copied(app.database_url()).await;
    let holds = |word: &str| copy.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(!holds("compassion_satisfaction") && !holds("respondents\":"), "an aggregate lies open");
    // Whoever asks at the same time gets the same.
    let asked = people.iter().map(|person| person.get(&organization));
    assert!(futures_util::future::join_all(asked).await.iter().all(|answer| answer.status == 200));
}

#[actix_web::test]
async fn a_quarter_that_differs_by_a_few_people_is_withheld() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let mut people = app.crowd(8).await;
    for person in &people[..6] {
        contributes(person, &id, 25).await;
    }
    quarter_ends(&app).await;
    people = again(&app, &people).await;
    for person in &people[..7] {
        contributes(person, &id, 30).await;
    }
    quarter_ends(&app).await;
    people = again(&app, &people).await;
    people[7].post(&format!("{organization}/memberships"), json!({})).await.expect(201);
    let told = people[7].get(&format!("{organization}/insights")).await.expect(200);
    let released: Vec<_> =
        told["insights"].as_array().unwrap().iter().map(|one| one["released"].as_bool().unwrap()).collect();
    assert_eq!(released, [false, true], "the latest first: {told}");
}

#[actix_web::test]
async fn members_alone_read_insights_and_contribute() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let (ana, ben, mia, ada) =
        (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mia").await, app.admin("ada").await);
    contributes(&ana, &id, 20).await;
    ana.get(&format!("{organization}/insights")).await.expect(200);
    for other in [&ben, &mia, &ada] {
        other.get(&format!("{organization}/insights")).await.refused(403, "forbidden");
    }
    let circle = app.circle().await;
    circle.admits(&ana).await;
    ben.get(&circle.path("insights")).await.refused(403, "forbidden");
    circle.hides().await;
    ben.get(&circle.path("insights")).await.refused(404, "not_found");
    mia.get(&circle.path("insights")).await.refused(404, "not_found");

    let taken = ben.takes("proqol-5", burnout(20)).await;
    let put = async |body: Value| ben.put(&path(&taken), body).await;
    put(json!({"organization_id": id})).await.invalid_at("#/organization_id", "not_a_member");
    let hidden = circle.address().rsplit('/').next().unwrap().to_owned();
    put(json!({"consultation_group_id": hidden})).await.invalid_at("#/consultation_group_id", "not_a_member");
    put(json!({})).await.refused(422, "validation_failed");
    put(json!({"organization_id": id, "consultation_group_id": hidden})).await.refused(422, "validation_failed");
    ben.get(&path(&taken)).await.refused(404, "not_found");
    mia.put(&path(&taken), json!({"organization_id": id})).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_contribution_is_moved_withdrawn_and_ends_with_its_quarter() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let ana = app.therapist("ana").await;
    let circle = app.circle().await;
    circle.admits(&ana).await;
    let seat = ana.all("/v1/memberships?kind=consultation_group").await.remove(0);
    ana.signs(&seat).await.expect(200);
    let taken = contributes(&ana, &id, 20).await;
    let group = seat["consultation_group_id"].clone();
    let before = ana.get(&path(&taken)).await.expect(200)["version"].as_i64().unwrap();
    let moved = ana.put(&path(&taken), json!({"consultation_group_id": group})).await.expect(200);
    assert_eq!(
        (&moved["consultation_group_id"], &moved["organization_id"], &moved["version"]),
        (&group, &Value::Null, &json!(before + 1))
    );
    assert_eq!(ana.get(&path(&taken)).await.expect(200), moved);
    ana.get(&circle.path("insights")).await.expect(200);
    let stale = ana.request(reqwest::Method::PUT, &path(&taken)).header("if-match", "\"1.x\"");
    stale.json(&json!({"organization_id": id})).send().await.refused(412, "stale_version");
    ana.delete(&path(&taken)).await.expect(204);
    ana.delete(&path(&taken)).await.refused(404, "not_found");

    // What is voided counts nowhere.
    ana.put(&path(&taken), json!({"organization_id": id})).await.expect(201);
    let void = path(&taken).replace("contribution", "void");
    ana.post(&void, json!({"reason": "Not mine."})).await.expect(200);
    ana.get(&path(&taken)).await.refused(404, "not_found");
    ana.put(&path(&taken), json!({"organization_id": id})).await.refused(409, "invalid_transition");

    let started = ana.post("/v1/self-assessments", json!({"instrument": "who-5", "own_form": true})).await.expect(201);
    ana.put(&path(&started), json!({"organization_id": id})).await.refused(409, "invalid_transition");
    let late = ana.takes("proqol-5", burnout(20)).await;
    quarter_ends(&app).await;
    let ana = app.again(&ana).await;
    ana.put(&path(&late), json!({"organization_id": id})).await.refused(409, "invalid_transition");
    ana.get(&format!("{organization}/insights?quarter=2026-Q9")).await.invalid_at("quarter", "invalid_quarter");
}

#[actix_web::test]
async fn that_a_few_contributed_is_told_to_themselves_alone() {
    let app = TestApp::spawn().await;
    let (id, organization) = society(&app).await;
    let people = app.crowd(3).await;
    let ana = contributes(&people[0], &id, 25).await;
    contributes(&people[1], &id, 31).await;
    people[2].post(&format!("{organization}/memberships"), json!({})).await.expect(201);
    quarter_ends(&app).await;
    let people = again(&app, &people).await;
    let insights = format!("{organization}/insights");
    let seen = async |person: usize| people[person].get(&insights).await.expect(200)["insights"].clone();
    assert_eq!(seen(2).await, json!([]), "that somebody took an instrument is theirs to tell");
    assert_eq!(seen(0).await[0]["released"], false);
    // Who withdraws knows no more of the others than anybody.
    people[0].delete(&path(&ana)).await.expect(204);
    assert_eq!(seen(0).await, json!([]));
    assert_eq!(seen(1).await[0]["released"], false);
}
