use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestApp, series_path, starts};

#[actix_web::test]
async fn a_series_is_planned_shown_and_listed() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    let body = json!({"title": "Case consultation", "starts_local": "2026-10-20T12:00", "join_url": "https://video.example/h",
        "rrule": "freq=weekly;interval=2;byday=tu", "exdates": ["2026-12-29T12:00"]});
    let planned = circle.owner.post(&circle.path("series"), body).await;
    assert_eq!(planned.headers["location"].to_str().unwrap(), series_path(&planned.json));
    let series = planned.expect(201);
    assert_eq!(
        (&series["rrule"], &series["time_zone"], &series["duration_minutes"], &series["starts_at"], &series["ends_at"]),
        (
            &json!("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
            &json!("America/Los_Angeles"),
            &json!(90),
            &json!("2026-10-20T19:00:00Z"),
            &Value::Null
        )
    );
    assert_eq!(series["next_meeting"]["starts_at"], "2026-10-20T19:00:00Z");
    assert_eq!(circle.owner.get(&series_path(&series)).await.expect(200), series);
    let other = circle.plans(json!({"starts_local": "2026-10-22T09:00", "rrule": "FREQ=WEEKLY;COUNT=1"})).await;
    let listed = circle.owner.get(&circle.path("series?limit=1&include_total=true")).await.expect(200);
    assert_eq!((&listed["items"][0]["id"], &listed["total"]), (&series["id"], &json!(2)));
    assert_eq!(circle.owner.all(&circle.path("series?limit=1")).await.len(), 2);

    app.later(TimeDelta::days(20));
    let circle = app.circle_again(&circle).await;
    for (filter, expected) in [("ended=true", &other), ("ended=false", &series)] {
        let found = circle.owner.all(&circle.path(&format!("series?{filter}"))).await;
        assert_eq!((found.len(), &found[0]["id"]), (1, &expected["id"]), "{filter}");
    }
    assert_eq!(circle.owner.get(&series_path(&other)).await.expect(200)["next_meeting"], Value::Null);
}

#[actix_web::test]
async fn noon_stays_noon_across_the_change_of_clocks() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let meetings = circle.meetings().await;
    assert_eq!(
        starts(&meetings),
        ["2026-10-20T19:00:00Z", "2026-11-03T20:00:00Z", "2026-11-17T20:00:00Z", "2026-12-01T20:00:00Z"]
    );
    assert!(meetings.iter().all(|one| one["starts_local"].as_str().unwrap().ends_with("T12:00")));
    // Where clocks never change, the meeting does.
    ben.patch("/v1/me", json!({"time_zone": "America/Phoenix"})).await.expect(200);
    let seen = ben.all(&circle.path("meetings?to=2026-12-31T00:00:00Z")).await;
    let times: Vec<_> = seen
        .iter()
        .map(|one| {
            (one["my_time"]["starts_local"].as_str().unwrap(), one["my_time"]["shifted_minutes"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        times,
        [("2026-10-20T12:00", 0), ("2026-11-03T13:00", 60), ("2026-11-17T13:00", 0), ("2026-12-01T13:00", 0)]
    );
    // Times that clocks skip, and that they show twice.
    let single = |starts_local| json!({"starts_local": starts_local, "duration_minutes": 15});
    for (local, instant) in [("2027-03-14T02:30", "2027-03-14T10:30:00Z"), ("2026-11-01T01:30", "2026-11-01T08:30:00Z")]
    {
        let made = circle.owner.post(&circle.path("meetings"), single(local)).await.expect(201);
        assert_eq!((&made["starts_at"], &made["starts_local"]), (&json!(instant), &json!(local)));
    }
}

#[actix_web::test]
async fn what_cannot_be_planned_is_refused() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    let path = circle.path("series");
    for (members, pointer, code) in [
        (json!({"rrule": "FREQ=DAILY"}), "#/rrule", "invalid_rule"),
        (json!({"rrule": "FREQ=WEEKLY;BYDAY=WE"}), "#/rrule", "not_an_occurrence"),
        (
            json!({"starts_local": "2027-02-01T12:00", "rrule": "FREQ=MONTHLY;BYDAY=5MO;INTERVAL=12"}),
            "#/rrule",
            "never_fires",
        ),
        (json!({"rrule": "FREQ=WEEKLY;UNTIL=20261001"}), "#/rrule", "never_fires"),
        (json!({"rrule": "FREQ=WEEKLY;COUNT=1000000"}), "#/rrule", "out_of_range"),
        (json!({"rrule": "FREQ=WEEKLY;UNTIL=21010101"}), "#/rrule", "out_of_range"),
        (json!({"time_zone": "America/Atlantis"}), "#/time_zone", "invalid_time_zone"),
        (json!({"starts_local": "2026-10-20 12:00"}), "#/starts_local", "invalid_local_time"),
        (json!({"starts_local": "2026-02-30T12:00"}), "#/starts_local", "invalid_local_time"),
        (json!({"starts_local": "2101-01-01T12:00"}), "#/starts_local", "invalid_local_time"),
        (json!({"starts_local": "2026-10-06T12:00"}), "#/starts_local", "in_the_past"),
        (json!({"exdates": ["2026-10-21T12:00"]}), "#/exdates", "not_an_occurrence"),
        (json!({"duration_minutes": 14}), "#/duration_minutes", "out_of_range"),
        (json!({"join_url": "ftp://video.example"}), "#/join_url", "invalid_url"),
    ] {
        let mut body = json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY"});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        circle.owner.post(&path, body).await.invalid_at(pointer, code);
    }
    for (query, parameter) in [
        ("from=2026-10-20T00:00:00Z&to=2026-10-20T00:00:00Z", "to"),
        ("from=2026-10-20T00:00:00Z&to=2027-10-22T00:00:00Z", "to"),
        ("from=1999-10-20T00:00:00Z", "from"),
        ("to=2101-10-20T00:00:00Z", "to"),
    ] {
        circle.owner.get(&circle.path(&format!("meetings?{query}"))).await.invalid_at(parameter, "out_of_range");
    }
    assert!(circle.meetings().await.is_empty());
}

#[actix_web::test]
async fn two_meetings_of_a_group_are_not_at_once() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let (series, meetings) = (circle.path("series"), circle.path("meetings"));
    for body in [
        json!({"starts_local": "2026-10-19T13:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU"}),
        json!({"starts_local": "2026-10-20T11:00", "rrule": "FREQ=MONTHLY;BYDAY=3TU"}),
    ] {
        circle.owner.post(&series, body).await.invalid_at("#/starts_local", "collides");
    }
    circle
        .owner
        .post(&meetings, json!({"starts_local": "2026-11-17T13:00"}))
        .await
        .invalid_at("#/starts_local", "collides");
    circle.owner.post(&meetings, json!({"starts_local": "2026-11-17T13:30"})).await.expect(201);
    let found = circle.meetings().await;
    let moved = json!({"starts_local": "2026-11-17T11:00"});
    circle
        .owner
        .patch(&crate::support::meeting_path(&found[1], ""), moved)
        .await
        .invalid_at("#/starts_local", "collides");
    assert_eq!(circle.meetings().await, found);
}

#[actix_web::test]
async fn a_list_takes_the_same_statements_however_many_meetings_there_are() {
    let app = TestApp::spawn().await;
    let (circle, _) = app.circle_in_october().await;
    let list = circle.path("meetings?limit=100&from=2026-10-13T00:00:00Z&to=2027-10-13T00:00:00Z");
    let mut counts = Vec::new();
    for hour in 8..12 {
        for weekday in ["MO", "TU", "WE", "TH", "FR"] {
            let day = 19 + ["MO", "TU", "WE", "TH", "FR"].iter().position(|one| *one == weekday).unwrap();
            circle
                .plans(json!({"starts_local": format!("2026-10-{day}T{hour:02}:00"), "duration_minutes": 60,
                "rrule": format!("FREQ=WEEKLY;BYDAY={weekday}")}))
                .await;
        }
        // On a slow machine the session may have to be looked at again; that is no part of it.
        circle.owner.get("/v1/me").await.expect(200);
        let before = app.statements().await;
        assert_eq!(circle.owner.get(&list).await.expect(200)["items"].as_array().unwrap().len(), 100);
        counts.push(app.statements().await - before);
    }
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert_eq!(circle.owner.all(&list).await.len(), 4 * (52 + 52 + 51 + 51 + 51));
}
