//! Which other time would suit a group better.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Circle, Person, TestApp, starts};

const OPTIONS: [&str; 3] = ["2026-11-18T12:00", "2026-11-17T18:00", "2026-11-19T08:00"];

/// A circle whose quorum has failed on 20 October and on 3 November.
async fn tired(app: &TestApp) -> (Circle, Value, [Person; 3]) {
    let (circle, people) = app.circle_in_october().await;
    let series =
        circle.plans(json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"})).await;
    app.at("2026-11-04T18:00:00Z");
    let [ben, chi, dee] = people.map(|(person, _)| person);
    let people = [app.again(&ben).await, app.again(&chi).await, app.again(&dee).await];
    (app.circle_again(&circle).await, series, people)
}

fn path(poll: &Value, of: &str) -> String {
    format!("/v1/slot-polls/{}{of}", poll["id"].as_str().unwrap())
}

fn fits(fits: [&str; 3]) -> Value {
    let fits = OPTIONS.iter().zip(fits).map(|(starts_local, fit)| json!({"starts_local": starts_local, "fit": fit}));
    json!({"fits": fits.collect::<Vec<_>>()})
}

#[actix_web::test]
async fn when_too_few_come_twice_a_member_asks_and_the_series_moves() {
    let app = TestApp::spawn().await;
    let (circle, series, [ben, chi, dee]) = tired(&app).await;
    assert_eq!(circle.card().await["health"][0]["sign"], "quorum_failed_twice");
    let body = json!({"series_id": series["id"], "options": OPTIONS, "days": 3});
    let asked = ben.post(&circle.path("slot-polls"), body.clone()).await.expect(201);
    let closes_at = asked["closes_at"].as_str().unwrap();
    assert_eq!((&asked["status"], closes_at.starts_with("2026-11-07T18:0")), (&json!("open"), true), "{closes_at}");
    assert_eq!((&asked["best"], &asked["my_answer"]), (&Value::Null, &Value::Null));
    app.mail.saying(&chi.email, "which of the times would suit you").await;
    chi.post(&circle.path("slot-polls"), body).await.refused(409, "in_use");

    for (person, said) in [(&ben, ["yes", "no", "no"]), (&chi, ["no", "if_need_be", "no"]), (&dee, ["no", "yes", "no"])]
    {
        person.put(&path(&asked, "/answer"), fits(said)).await.expect(200);
    }
    let seen = circle.owner.get(&path(&asked, "")).await.expect(200);
    assert_eq!((&seen["best"], &seen["answered_count"]), (&json!("2026-11-17T18:00"), &json!(3)));
    assert_eq!((&seen["options"][1]["yes"], &seen["options"][1]["if_need_be"]), (&json!(1), &json!(1)));
    // One changes their mind.
    let changed = dee.put(&path(&asked, "/answer"), fits(["yes", "no", "no"])).await.expect(200);
    assert_eq!((&changed["best"], &changed["my_answer"][0]["fit"]), (&json!("2026-11-18T12:00"), &json!("yes")));

    app.at("2026-11-07T18:10:00Z");
    let (circle, dee) = (app.circle_again(&circle).await, app.again(&dee).await);
    assert_eq!(dee.get(&path(&asked, "")).await.expect(200)["status"], "closed");
    dee.put(&path(&asked, "/answer"), fits(["yes", "no", "no"])).await.refused(409, "invalid_transition");
    let choose = async |starts_local: &str| {
        circle.owner.post(&path(&asked, "/choose"), json!({"starts_local": starts_local})).await
    };
    choose("2026-11-20T12:00").await.invalid_at("#/starts_local", "not_an_option");
    let decided = choose("2026-11-18T12:00").await.expect(200);
    assert_eq!((&decided["status"], &decided["chosen"]), (&json!("chosen"), &json!("2026-11-18T12:00")));
    choose("2026-11-18T12:00").await.refused(409, "invalid_transition");
    assert_eq!(
        starts(&circle.meetings().await)[..4],
        ["2026-10-20T19:00:00Z", "2026-11-03T20:00:00Z", "2026-11-18T20:00:00Z", "2026-12-02T20:00:00Z"]
    );
}

#[actix_web::test]
async fn who_asks_who_answers_and_who_decides() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), (away, away_seat), _]) = app.circle_in_october().await;
    let series = circle.meets_fortnightly().await;
    let until = (app.clock.today() + TimeDelta::days(30)).to_string();
    away.decides(&away_seat, "start-leave", json!({"until": until})).await.expect(200);
    let outsider = app.therapist("hal").await;
    let body = json!({"series_id": series["id"], "options": OPTIONS});
    let ask = async |person: &Person| person.post(&circle.path("slot-polls"), body.clone()).await.status;
    // The quorum has not failed yet.
    assert_eq!((ask(&outsider).await, ask(&away).await, ask(&ben).await), (403, 403, 403));
    let asked = circle.owner.post(&circle.path("slot-polls"), body.clone()).await.expect(201);
    for (person, read, answered, chosen, taken) in
        [(&outsider, 404, 404, 404, 404), (&away, 200, 403, 403, 403), (&ben, 200, 200, 403, 403)]
    {
        let statuses = (
            person.get(&path(&asked, "")).await.status,
            person.put(&path(&asked, "/answer"), fits(["yes", "no", "no"])).await.status,
            person.post(&path(&asked, "/choose"), json!({"starts_local": OPTIONS[0]})).await.status,
            person.delete(&path(&asked, "")).await.status,
        );
        assert_eq!(statuses, (read, answered, chosen, taken), "{}", person.email);
    }
    assert_eq!(outsider.get(&circle.path("slot-polls")).await.status, 403);
    let seen = ben.get(&path(&asked, "")).await.etag();
    let based_on_seen = |suits| {
        let request = ben.request(Method::PUT, &path(&asked, "/answer")).header("if-match", &seen);
        request.json(&fits([suits, "no", "no"])).send()
    };
    based_on_seen("if_need_be").await.expect(200);
    based_on_seen("yes").await.refused(412, "stale_version");
    circle.owner.delete(&path(&asked, "")).await.expect(204);
    circle.owner.delete(&path(&asked, "")).await.refused(404, "not_found");
    ben.put(&path(&asked, "/answer"), fits(["yes", "no", "no"])).await.refused(409, "invalid_transition");
    let again = circle.owner.post(&circle.path("slot-polls"), body).await.expect(201);
    for (filter, expected) in [("", 2), ("?undecided=true", 1), ("?undecided=false", 1), ("?limit=1", 2)] {
        assert_eq!(ben.all(&circle.path(&format!("slot-polls{filter}"))).await.len(), expected, "{filter}");
    }
    assert_eq!(ben.all(&circle.path("slot-polls?limit=1")).await[0]["id"], again["id"]);
}

#[actix_web::test]
async fn a_poll_that_makes_no_sense_is_refused() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    let series = circle.meets_fortnightly().await;
    let other = app.circle_of(&ben, "Other Circle").await;
    let foreign = other.plans(json!({"starts_local": "2026-10-22T12:00", "rrule": "FREQ=WEEKLY"})).await;
    for (members, pointer, code) in [
        (json!({"series_id": foreign["id"]}), "#/series_id", "unknown_series"),
        (json!({"options": [OPTIONS[0]]}), "#/options", "too_short"),
        (json!({"options": [OPTIONS[0], OPTIONS[0]]}), "#/options", "duplicate"),
        (json!({"options": [OPTIONS[0], "soon"]}), "#/options/1", "invalid_local_time"),
        (json!({"options": [OPTIONS[0], "2026-10-01T12:00"]}), "#/options/1", "in_the_past"),
        (json!({"days": 31}), "#/days", "out_of_range"),
    ] {
        let mut body = json!({"series_id": series["id"], "options": OPTIONS});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        circle.owner.post(&circle.path("slot-polls"), body).await.invalid_at(pointer, code);
    }
    let body = json!({"series_id": series["id"], "options": OPTIONS});
    let asked = circle.owner.post(&circle.path("slot-polls"), body).await.expect(201);
    let foreign = json!({"fits": [{"starts_local": "2026-11-20T12:00", "fit": "yes"}]});
    ben.put(&path(&asked, "/answer"), foreign).await.invalid_at("#/fits/0/starts_local", "not_an_option");
    let twice =
        json!({"fits": [{"starts_local": OPTIONS[0], "fit": "yes"}, {"starts_local": OPTIONS[0], "fit": "no"}]});
    ben.put(&path(&asked, "/answer"), twice).await.refused(422, "validation_failed");
}
