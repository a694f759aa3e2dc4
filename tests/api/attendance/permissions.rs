//! Every role against everything that a meeting has of who came.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, clauses, took_part};

#[actix_web::test]
async fn who_reaches_what_of_a_meeting() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"join_policy": "approval", "max_size": 12, "min_size": 2})).await;
    let [
        (member, seat),
        (restricted, _),
        (suspended, barred),
        (away, leaves),
        (facilitator, of_facilitator),
        (left, leaver),
    ] = circle.seats_all(&app, ["member", "restricted", "suspended", "away", "facilitator", "left"]).await;
    circle.owner.edits(&of_facilitator, json!({"role": "facilitator"})).await.expect(200);
    circle.publishes(json!({"clauses": clauses(), "material": true})).await;
    for person in [&circle.owner, &member, &suspended, &away, &facilitator, &left] {
        person.signs(&circle.membership_of(person).await).await.expect(200);
    }
    app.later(TimeDelta::days(15));
    let circle = app.circle_again(&circle).await;
    let until = json!({"until": (app.clock.today() + TimeDelta::days(60)).to_string(), "reason": "Conduct."});
    circle.owner.decides(&barred, "suspend", until).await.expect(200);
    let (away, left) = (app.again(&away).await, app.again(&left).await);
    let until = json!({"until": (app.clock.today() + TimeDelta::days(60)).to_string()});
    away.decides(&leaves, "start-leave", until).await.expect(200);
    left.decides(&leaver, "leave", json!({})).await.expect(200);
    let candidate = app.therapist("candidate").await;
    candidate.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    let people: [(&str, Client); 12] = [
        ("anonymous", app.anonymous()),
        ("stranger", app.therapist("stranger").await.client),
        ("candidate", candidate.client),
        ("member", app.again(&member).await.client),
        ("on leave", away.client),
        ("restricted", app.again(&restricted).await.client),
        ("suspended", app.again(&suspended).await.client),
        ("left", left.client),
        ("facilitator", app.again(&facilitator).await.client),
        ("owner", circle.owner.client.clone()),
        ("moderator", app.moderator("moderator").await.client),
        ("admin", app.admin("admin").await.client),
    ];
    let meeting = app.meeting_of(&circle, -30).await;
    let attendance = format!("{meeting}/attendance");
    let settle = format!("{attendance}/{}/settle", seat["id"].as_str().unwrap());
    let of_member = format!("/v1/memberships/{}/attendance", seat["id"].as_str().unwrap());
    let record = json!({"entries": [took_part(&seat, "present")]});
    let note = json!({"note": "No."});
    // In the order of the people: nobody has a record before the last row, and the meeting is not started.
    for (method, path, body, expected) in [
        (Method::GET, attendance.clone(), Value::Null, [401, 404, 404, 200, 200, 404, 404, 404, 200, 200, 404, 404]),
        (
            Method::GET,
            format!("{attendance}/changes"),
            Value::Null,
            [401, 404, 404, 200, 200, 404, 404, 404, 200, 200, 404, 404],
        ),
        (
            Method::POST,
            format!("{attendance}/dispute"),
            note,
            [401, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404],
        ),
        (
            Method::POST,
            settle,
            json!({"outcome": "upheld"}),
            [401, 404, 404, 403, 403, 404, 404, 404, 404, 404, 404, 404],
        ),
        (
            Method::POST,
            format!("{meeting}/close"),
            json!({}),
            [401, 404, 404, 403, 403, 404, 404, 404, 409, 409, 404, 404],
        ),
        (Method::GET, of_member, Value::Null, [401, 404, 404, 200, 403, 404, 404, 404, 403, 200, 404, 404]),
        (Method::PUT, attendance, record, [401, 404, 404, 403, 403, 404, 404, 404, 200, 200, 404, 404]),
    ] {
        for ((who, client), expected) in people.iter().zip(expected) {
            let request = client.request(method.clone(), &path);
            let request = if body.is_null() { request } else { request.json(&body) };
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{who}: {method} {path} {}", answer.text);
        }
    }
    // A meeting that no series gives is nobody's.
    for id in [uuid::Uuid::now_v7().to_string(), "no-uuid".into()] {
        circle.owner.get(&format!("/v1/meetings/{id}/attendance")).await.refused(404, "not_found");
        circle.owner.closes(&format!("/v1/meetings/{id}")).await.refused(404, "not_found");
    }
}
