use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, meeting_path, series_path};

#[actix_web::test]
async fn who_may_do_what_with_meetings() {
    let app = TestApp::spawn().await;
    // The second meeting is led by the first of them, in turn.
    let (circle, [_, (away, away_seat), (member, _)]) = app.circle_in_october().await;
    let facilitator = app.therapist("eve").await;
    circle.seats_as(&facilitator, "facilitator").await;
    let suspended = app.therapist("fay").await;
    let seat = circle.seats(&suspended).await;
    let in_days = |days| (app.clock.today() + TimeDelta::days(days)).to_string();
    let bar = json!({"until": in_days(10), "reason": "A breach."});
    circle.owner.decides(&seat, "suspend", bar).await.expect(200);
    away.decides(&away_seat, "start-leave", json!({"until": in_days(60)})).await.expect(200);
    let candidate = app.therapist("gus").await;
    candidate.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    let outsider = app.therapist("hal").await;
    let moderator = app.moderator("mod").await;
    let anonymous = Person { client: app.anonymous(), ..outsider.clone() };

    let series = circle.meets_fortnightly().await;
    let one = circle.meetings().await[1].clone();
    let (of_series, of_meeting) = (series_path(&series), |of: &str| meeting_path(&one, of));
    // method, path, body; anonymous, outsider, moderator, candidate, suspended, on leave, member, facilitator, owner
    let rows: Vec<(Method, String, Value, [u16; 9])> = vec![
        (Method::GET, circle.path("series"), Value::Null, [401, 403, 403, 403, 403, 200, 200, 200, 200]),
        (Method::GET, circle.path("meetings"), Value::Null, [401, 403, 403, 403, 403, 200, 200, 200, 200]),
        (Method::GET, of_series.clone(), Value::Null, [401, 404, 404, 404, 404, 200, 200, 200, 200]),
        (Method::GET, of_meeting(""), Value::Null, [401, 404, 404, 404, 404, 200, 200, 200, 200]),
        (Method::GET, of_meeting("/answers"), Value::Null, [401, 404, 404, 404, 404, 200, 200, 200, 200]),
        (Method::GET, "/v1/me/meetings".into(), Value::Null, [401, 200, 200, 200, 200, 200, 200, 200, 200]),
        (
            Method::POST,
            circle.path("series"),
            json!({"starts_local": "2026-10-06T12:00", "rrule": "FREQ=WEEKLY"}),
            [401, 403, 403, 403, 403, 403, 403, 422, 422],
        ),
        (
            Method::POST,
            circle.path("meetings"),
            json!({"starts_local": "2026-10-06T12:00"}),
            [401, 403, 403, 403, 403, 403, 403, 422, 422],
        ),
        (Method::PATCH, of_series.clone(), json!({"title": "T"}), [401, 404, 404, 404, 404, 403, 403, 200, 200]),
        (Method::PATCH, of_meeting(""), json!({"place": "P"}), [401, 404, 404, 404, 404, 403, 403, 200, 200]),
        (Method::PUT, of_meeting("/rsvp"), json!({"answer": "yes"}), [401, 404, 404, 404, 404, 403, 201, 201, 201]),
        (Method::POST, of_meeting("/start"), json!({}), [401, 404, 404, 404, 404, 403, 403, 409, 409]),
        (Method::POST, of_meeting("/reinstate"), json!({}), [401, 404, 404, 404, 404, 403, 403, 409, 409]),
        (Method::POST, of_meeting("/cancel"), json!({}), [401, 404, 404, 404, 404, 403, 403, 200, 409]),
        (Method::DELETE, of_series.clone(), Value::Null, [401, 404, 404, 404, 404, 403, 403, 204, 404]),
    ];
    let people =
        [&anonymous, &outsider, &moderator, &candidate, &suspended, &away, &member, &facilitator, &circle.owner];
    for (method, path, body, expected) in rows {
        for (person, expected) in people.iter().zip(expected) {
            let mut request = person.request(method.clone(), &path);
            if !body.is_null() {
                request = request.json(&body);
            }
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{} {method} {path}: {}", person.email, answer.text);
        }
    }
}

#[actix_web::test]
async fn who_leaves_knows_no_more_and_an_archived_group_plans_nothing() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, seat), (chi, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[0].clone();
    ben.decides(&seat, "leave", json!({})).await.expect(200);
    ben.get(&meeting_path(&one, "")).await.refused(404, "not_found");
    assert!(ben.all("/v1/me/meetings").await.is_empty());

    circle.owner.post(&circle.path("archive"), json!({})).await.expect(200);
    chi.get(&meeting_path(&one, "")).await.expect(200);
    let single = json!({"starts_local": "2026-10-30T12:00"});
    circle.owner.post(&circle.path("meetings"), single).await.refused(409, "invalid_transition");
    circle.owner.post(&meeting_path(&one, "/cancel"), json!({})).await.refused(409, "invalid_transition");
    chi.put(&meeting_path(&one, "/rsvp"), json!({"answer": "yes"})).await.refused(409, "invalid_transition");
    for id in ["00000000-0000-8000-8000-000000000000", "01936b2f-5f00-7000-8000-000000000601", "x"] {
        chi.get(&format!("/v1/meetings/{id}")).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_group_that_is_gone_has_no_meetings() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let one = circle.meetings().await[0].clone();
    let body = json!({"confirm_name": circle.name});
    circle.owner.post(&circle.path("dissolve"), body).await.expect(200);
    for person in [&ben, &circle.owner] {
        person.get(&meeting_path(&one, "")).await.refused(404, "not_found");
        assert!(person.all("/v1/me/meetings").await.is_empty());
    }
}
