use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestApp, meeting_path, series_path, starts};

#[actix_web::test]
async fn one_meeting_is_moved_and_keeps_its_id() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[1].clone();
    ben.says(&one, "yes").await;
    let change = json!({"starts_local": "2026-11-05T17:00", "place": "Room 4", "duration_minutes": 60});
    let moved = circle.owner.patch(&meeting_path(&one, ""), change).await.expect(200);
    assert_eq!(
        (&moved["id"], &moved["starts_at"], &moved["original_starts_local"], &moved["ends_at"], &moved["place"]),
        (
            &one["id"],
            &json!("2026-11-06T01:00:00Z"),
            &json!("2026-11-03T12:00"),
            &json!("2026-11-06T02:00:00Z"),
            &json!("Room 4")
        )
    );
    // An answer was for the other time.
    assert_eq!(moved["answers"], json!({"yes": 0, "no": 0, "tentative": 0}));
    ben.get(&meeting_path(&one, "/rsvp")).await.refused(404, "not_found");
    let mail = app.mail.saying(&ben.email, "has been moved").await;
    assert!(!mail.text.contains("Harbor"), "{}", mail.text);
    assert_eq!(
        starts(&circle.meetings().await),
        ["2026-10-20T19:00:00Z", "2026-11-06T01:00:00Z", "2026-11-17T20:00:00Z", "2026-12-01T20:00:00Z"]
    );
    // Back where it was, with what the series says of the rest.
    let back = json!({"starts_local": "2026-11-03T12:00", "place": null});
    let back = circle.owner.patch(&meeting_path(&one, ""), back).await.expect(200);
    assert_eq!(
        (&back["starts_at"], &back["place"], &back["duration_minutes"]),
        (&one["starts_at"], &Value::Null, &json!(60))
    );

    for (starts_local, code) in [("2027-02-10T12:00", "out_of_range"), ("2026-10-01T12:00", "in_the_past")] {
        let change = json!({"starts_local": starts_local});
        circle.owner.patch(&meeting_path(&one, ""), change).await.invalid_at("#/starts_local", code);
    }
}

#[actix_web::test]
async fn this_those_that_follow_or_all() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    let series = circle
        .plans(json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=5"}))
        .await;
    app.later(TimeDelta::days(10));
    let circle = app.circle_again(&circle).await;
    let third = circle.meetings().await[2].clone();
    let edit = async |meeting: &Value, scope: &str, body: Value| {
        circle.owner.patch(&meeting_path(meeting, &format!("?scope={scope}")), body).await
    };
    // The third and those after it, an hour later.
    let changed = edit(&third, "following", json!({"starts_local": "2026-11-17T13:00"})).await.expect(200);
    assert_eq!((&changed["starts_at"], &changed["series_id"]), (&json!("2026-11-17T21:00:00Z"), &series["id"]));
    let hours = async || -> Vec<String> {
        circle.meetings().await.iter().map(|one| one["starts_local"].as_str().unwrap()[5..].to_owned()).collect()
    };
    assert_eq!(hours().await, ["10-20T12:00", "11-03T12:00", "11-17T13:00", "12-01T13:00", "12-15T13:00"]);
    circle.owner.get(&meeting_path(&third, "")).await.refused(404, "not_found");
    // All that are to come, on Wednesdays; the one that is over stays.
    let edited = edit(&changed, "all", json!({"starts_local": "2026-11-18T10:00"})).await.expect(200);
    assert_eq!(edited["starts_local"], "2026-11-18T10:00");
    let times = hours().await;
    assert_eq!((times.len(), times[0].as_str(), times[2].as_str()), (5, "10-20T12:00", "11-18T10:00"), "{times:?}");
    assert!(times[1].starts_with("11-04T"), "{times:?}");
    edit(&edited, "some", json!({"starts_local": "2026-11-18T10:00"})).await.invalid_at("scope", "unknown_value");
    edit(&edited, "following", json!({"starts_local": "2026-10-21T10:00"})).await.refused(422, "validation_failed");
    edit(&edited, "this", json!({})).await.refused(422, "validation_failed");
}

#[actix_web::test]
async fn a_series_changes_for_what_is_to_come() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    let series = circle.plans(json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY;INTERVAL=2"})).await;
    let path = series_path(&series);
    let second = circle.meetings().await[1].clone();
    ben.says(&second, "yes").await;
    app.later(TimeDelta::days(10));
    let circle = app.circle_again(&circle).await;
    // What keeps its start keeps its answers.
    let longer = circle.owner.patch(&path, json!({"duration_minutes": 60, "title": "Cases"})).await.expect(200);
    assert_eq!((&longer["version"], &longer["title"]), (&json!(2), &json!("Cases")));
    let seen = circle.meetings().await;
    assert_eq!((&seen[0]["duration_minutes"], &seen[1]["duration_minutes"]), (&json!(90), &json!(60)));
    assert_eq!((&seen[1]["id"], &seen[1]["answers"]["yes"]), (&second["id"], &json!(1)));
    assert_eq!(seen[1]["ends_at"], "2026-11-03T21:00:00Z");
    // One is left out; one of the past is not.
    let shorter = json!({"exdates": ["2026-10-20T12:00", "2026-11-03T12:00"]});
    circle.owner.patch(&path, shorter).await.expect(200);
    assert_eq!(starts(&circle.meetings().await)[..2], ["2026-10-20T19:00:00Z", "2026-11-17T20:00:00Z"]);
    circle.owner.get(&meeting_path(&second, "")).await.refused(404, "not_found");
    // Another rule and another zone.
    let body = json!({"rrule": "FREQ=MONTHLY;BYDAY=1FR;COUNT=2", "starts_local": "2026-12-04T18:00", "time_zone": "Europe/Berlin",
        "exdates": []});
    let changed = circle.owner.patch(&path, body).await.expect(200);
    assert_eq!(changed["ends_at"], "2027-01-01T18:00:00Z");
    assert_eq!(
        starts(&circle.meetings().await),
        ["2026-10-20T19:00:00Z", "2026-12-04T17:00:00Z", "2027-01-01T17:00:00Z"]
    );
    // Stale.
    let request = circle.owner.request(reqwest::Method::PATCH, &path).header("if-match", "\"1\"");
    request.json(&json!({"title": "Late"})).send().await.refused(412, "stale_version");
    circle.owner.patch(&path, json!({})).await.refused(422, "validation_failed");
    circle.owner.patch(&path, json!({"time_zone": null})).await.refused(422, "validation_failed");
}

#[actix_web::test]
async fn a_series_ends_and_keeps_its_past() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    let series = circle.meets_fortnightly().await;
    let unborn = circle.plans(json!({"starts_local": "2026-10-22T12:00", "rrule": "FREQ=WEEKLY"})).await;
    circle.owner.delete(&series_path(&unborn)).await.expect(204);
    circle.owner.get(&series_path(&unborn)).await.refused(404, "not_found");
    app.later(TimeDelta::days(10));
    let (circle, ben) = (app.circle_again(&circle).await, app.again(&ben).await);
    let second = circle.meetings().await[1].clone();
    ben.says(&second, "yes").await;
    circle.owner.delete(&series_path(&series)).await.expect(204);
    circle.owner.delete(&series_path(&series)).await.refused(404, "not_found");
    assert_eq!(starts(&circle.meetings().await), ["2026-10-20T19:00:00Z"]);
    ben.get(&meeting_path(&second, "")).await.refused(404, "not_found");
    let ended = circle.owner.get(&series_path(&series)).await.expect(200);
    assert_eq!((&ended["ends_at"].is_string(), &ended["next_meeting"]), (&true, &Value::Null));
    circle.owner.patch(&series_path(&series), json!({"title": "Gone"})).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn of_two_who_move_a_meeting_one_wins() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[1].clone();
    let path = meeting_path(&one, "");
    let etag = circle.owner.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let moves = (10..20).map(|hour| {
        let request = circle.owner.request(reqwest::Method::PATCH, &path).header("if-match", &etag);
        request.json(&json!({"starts_local": format!("2026-11-04T{hour}:00")})).send()
    });
    let answers = futures_util::future::join_all(moves).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let stale = answers.iter().filter(|answer| answer.status == 412).count();
    assert_eq!((won, stale), (1, 9));
}

#[actix_web::test]
async fn a_planned_meeting_is_planned_once() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    let body = json!({"starts_local": "2026-10-20T12:00", "title": "Extra"});
    let plan = || {
        let request = circle.owner.request(reqwest::Method::POST, &circle.path("meetings"));
        request.header("idempotency-key", "extra").json(&body).send()
    };
    let (first, second) = (plan().await.expect(201), plan().await);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.json, first);
    assert_eq!(
        (circle.meetings().await.len(), &first["recurring"], &first["series_id"]),
        (1, &json!(false), &Value::Null)
    );
    // A single meeting has no series that could be changed.
    let change = json!({"starts_local": "2026-10-21T12:00"});
    let changed = circle.owner.patch(&meeting_path(&first, "?scope=following"), change).await;
    assert_eq!(changed.expect(200)["id"], first["id"]);
}
