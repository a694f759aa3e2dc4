//! Every role against everything that the rotation has.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::id;
use crate::support::{Client, TestApp, clauses};

#[actix_web::test]
async fn who_reaches_what_of_the_rotation() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"max_size": 12, "join_policy": "approval"})).await;
    let [(member, seat), (restricted, _), (suspended, barred), (facilitator, of_facilitator), (away, of_away)] =
        circle.seats_all(&app, ["member", "restricted", "suspended", "facilitator", "away"]).await;
    circle.owner.edits(&of_facilitator, json!({"role": "facilitator"})).await.expect(200);
    circle.publishes(json!({"clauses": clauses(), "material": true})).await;
    for person in [&circle.owner, &member, &suspended, &facilitator, &away] {
        person.signs(&circle.membership_of(person).await).await.expect(200);
    }
    app.later(TimeDelta::days(15));
    let circle = app.circle_again(&circle).await;
    let until = (app.clock.today() + TimeDelta::days(60)).to_string();
    let bar = json!({"until": until, "reason": "Conduct."});
    circle.owner.decides(&barred, "suspend", bar).await.expect(200);
    app.again(&away).await.decides(&of_away, "start-leave", json!({"until": until})).await.expect(200);
    let meetings = app.meets_weekly(&circle, 60).await;
    let member = app.again(&member).await;
    let request = member.asks_to_present(&circle, false).await;
    let body = json!({"role": "presenter", "with_membership_id": id(&of_facilitator)});
    let swap = member.post(&meetings.path(0, "swaps"), body).await.expect(201);
    let candidate = app.therapist("candidate").await;
    candidate.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    let people: Vec<(&str, Client)> = vec![
        ("anonymous", app.anonymous()),
        ("stranger", app.therapist("stranger").await.client),
        ("candidate", candidate.client),
        ("member", member.client),
        ("restricted", app.again(&restricted).await.client),
        ("suspended", app.again(&suspended).await.client),
        ("away", app.again(&away).await.client),
        ("facilitator", app.again(&facilitator).await.client),
        ("owner", circle.owner.client.clone()),
        ("moderator", app.moderator("moderator").await.client),
        ("admin", app.admin("admin").await.client),
    ];
    let request = format!("/v1/presenter-requests/{}", id(&request));
    let swap = format!("/v1/role-swaps/{}", id(&swap));
    let appoint = json!({"membership_id": id(&seat)});
    let offer = json!({"role": "presenter", "with_membership_id": id(&of_away)});
    // anonymous, stranger, candidate, member, restricted, suspended, away, facilitator, owner, moderator, admin.
    for (method, path, body, expected) in [
        (Method::GET, meetings.path(0, "roles"), Value::Null, [401, 404, 404, 200, 404, 404, 200, 200, 200, 404, 404]),
        (Method::GET, meetings.path(0, "agenda"), Value::Null, [401, 404, 404, 200, 404, 404, 200, 200, 200, 404, 404]),
        (Method::GET, meetings.path(0, "swaps"), Value::Null, [401, 404, 404, 200, 404, 404, 200, 200, 200, 404, 404]),
        (
            Method::GET,
            circle.path("presenter-queue"),
            Value::Null,
            [401, 403, 403, 200, 403, 403, 200, 200, 200, 403, 403],
        ),
        (Method::GET, circle.path("fairness"), Value::Null, [401, 403, 403, 200, 403, 403, 200, 200, 200, 403, 403]),
        (Method::GET, request.clone(), Value::Null, [401, 404, 404, 200, 404, 404, 200, 200, 200, 404, 404]),
        (Method::GET, swap.clone(), Value::Null, [401, 404, 404, 200, 404, 404, 404, 200, 404, 404, 404]),
        (Method::GET, "/v1/me/swaps".into(), Value::Null, [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        // Who presents cannot be appointed, so that this changes nothing.
        (
            Method::PUT,
            meetings.path(0, "roles/facilitator"),
            appoint,
            [401, 404, 404, 403, 404, 404, 403, 422, 422, 404, 404],
        ),
        (
            Method::DELETE,
            meetings.path(0, "roles/facilitator"),
            Value::Null,
            [401, 404, 404, 403, 404, 404, 403, 404, 404, 404, 404],
        ),
        // Whoever is away cannot be asked.
        (Method::POST, meetings.path(0, "swaps"), offer, [401, 404, 404, 422, 404, 404, 403, 403, 403, 404, 404]),
        (Method::POST, format!("{swap}/accept"), json!({}), [401, 404, 404, 403, 404, 404, 404, 200, 403, 404, 404]),
        (
            Method::POST,
            circle.path("presenter-queue"),
            json!({}),
            [401, 403, 403, 409, 403, 403, 201, 201, 201, 403, 403],
        ),
        (Method::DELETE, request.clone(), Value::Null, [401, 404, 404, 204, 404, 404, 404, 404, 404, 404, 404]),
    ] {
        for ((who, client), expected) in people.iter().zip(expected) {
            let sent = client.request(method.clone(), &path);
            let sent = if body.is_null() { sent } else { sent.json(&body) };
            let answer = sent.send().await;
            assert_eq!(answer.status, expected, "{who}: {method} {path} {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn the_rotation_of_a_hidden_group_is_404_to_outsiders() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let meetings = app.meets_weekly(&circle, 60).await;
    circle.hides().await;
    let stranger = app.therapist("stranger").await;
    for path in [circle.path("presenter-queue"), circle.path("fairness"), meetings.path(0, "roles")] {
        stranger.get(&path).await.refused(404, "not_found");
    }
    stranger.post(&circle.path("presenter-queue"), json!({})).await.refused(404, "not_found");
    for path in ["/v1/meetings/not-an-id/roles".to_owned(), format!("/v1/meetings/{}/roles", uuid::Uuid::now_v7())] {
        circle.owner.get(&path).await.refused(404, "not_found");
    }
}
