//! Every role against everything that a group has.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Circle, Client, Person, TestApp};

/// Everybody who may be something to a group, and the seat of a member.
struct Cast {
    circle: Circle,
    people: Vec<(&'static str, Client)>,
    seat: Value,
}

/// The clock stands 15 days after a version that one member has not signed.
async fn cast(app: &TestApp, visibility: &str) -> Cast {
    let circle = app.circle_with(json!({"join_policy": "approval", "max_size": 12})).await;
    let [(member, seat), (restricted, _), (suspended, barred), (facilitator, of_facilitator)] =
        circle.seats_all(app, ["member", "restricted", "suspended", "facilitator"]).await;
    circle.owner.edits(&of_facilitator, json!({"role": "facilitator"})).await.expect(200);
    circle.publishes(json!({"clauses": crate::support::clauses(), "material": true})).await;
    for person in [&circle.owner, &member, &suspended, &facilitator] {
        person.signs(&circle.membership_of(person).await).await.expect(200);
    }
    app.later(TimeDelta::days(15));
    let circle = app.circle_again(&circle).await;
    let until = json!({"until": (app.clock.today() + TimeDelta::days(60)).to_string(), "reason": "Conduct."});
    circle.owner.decides(&barred, "suspend", until).await.expect(200);
    let (candidate, stranger) = (app.therapist("candidate").await, app.therapist("stranger").await);
    let moderator = app.moderator("moderator").await;
    let admin = app.admin("admin").await;
    match visibility {
        "hidden" => circle.hides().await,
        _ => drop(candidate.asks_for_a_seat(&circle.id, json!({})).await.expect(201)),
    }
    let mut people: Vec<(&'static str, Client)> = vec![("anonymous", app.anonymous())];
    let signed_in: [(&'static str, Person); 9] = [
        ("stranger", stranger),
        ("candidate", candidate),
        ("member", app.again(&member).await),
        ("restricted", app.again(&restricted).await),
        ("suspended", app.again(&suspended).await),
        ("facilitator", app.again(&facilitator).await),
        ("owner", circle.owner.clone()),
        ("moderator", moderator),
        ("admin", admin),
    ];
    people.extend(signed_in.map(|(name, person)| (name, person.client)));
    Cast { circle, people, seat }
}

#[actix_web::test]
async fn who_reaches_what_of_a_group() {
    let app = TestApp::spawn().await;
    let cast = cast(&app, "members").await;
    let seat = format!("/v1/memberships/{}", cast.seat["id"].as_str().unwrap());
    let group = format!("/v1/consultation-groups/{}", cast.circle.id);
    let agreements = cast.circle.path("agreements");
    let (roster, invitations) = (cast.circle.path("memberships"), cast.circle.path("invitations"));
    // Who is answered with what: anonymous, stranger, candidate, member, restricted, suspended, facilitator, owner,
    // moderator, admin.
    let name = json!({"name": "Harbor Circle"});
    let remove = json!({"reason": ""});
    for (method, path, body, expected) in [
        (Method::GET, group.clone(), Value::Null, [404, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        (Method::GET, agreements.clone(), Value::Null, [401, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        (Method::GET, roster, Value::Null, [401, 403, 403, 200, 403, 403, 200, 200, 403, 403]),
        (Method::GET, seat.clone(), Value::Null, [401, 404, 404, 200, 404, 404, 200, 200, 404, 404]),
        (Method::GET, invitations.clone(), Value::Null, [401, 403, 403, 403, 403, 403, 200, 200, 403, 403]),
        (Method::POST, invitations, json!({"email": "no"}), [401, 422, 422, 422, 422, 422, 422, 422, 422, 422]),
        (Method::PATCH, group.clone(), name.clone(), [401, 403, 403, 403, 403, 403, 403, 200, 403, 403]),
        (Method::DELETE, group.clone(), Value::Null, [401, 403, 403, 403, 403, 403, 403, 409, 403, 403]),
        (Method::POST, cast.circle.path("keep"), json!({}), [401, 403, 403, 200, 403, 403, 200, 200, 403, 403]),
        (Method::POST, cast.circle.path("activate"), json!({}), [401, 403, 403, 403, 403, 403, 403, 200, 403, 403]),
        (
            Method::POST,
            cast.circle.path("archive"),
            json!({"x": 1}),
            [401, 422, 422, 422, 422, 422, 422, 422, 422, 422],
        ),
        (Method::PATCH, seat.clone(), json!({"role": "member"}), [401, 404, 404, 403, 404, 404, 403, 200, 404, 404]),
        (Method::POST, format!("{seat}/approve"), json!({}), [401, 404, 404, 403, 404, 404, 409, 409, 404, 404]),
        (Method::POST, format!("{seat}/remove"), remove, [401, 422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ] {
        for ((who, client), expected) in cast.people.iter().zip(expected) {
            let request = client.request(method.clone(), &path);
            let request = if body.is_null() { request } else { request.json(&body) };
            let answer = request.send().await;
            assert_eq!(answer.status, expected, "{who}: {method} {path} {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn a_hidden_group_is_404_to_outsiders_on_every_path() {
    let app = TestApp::spawn().await;
    let cast = cast(&app, "hidden").await;
    let agreement = cast.circle.agreement().await;
    let (agreement, seat) = (agreement["id"].as_str().unwrap(), cast.seat["id"].as_str().unwrap());
    let group = format!("/v1/consultation-groups/{}", cast.circle.id);
    let in_future = json!({"until": "2199-01-01"});
    let paths = [
        (Method::GET, group.clone(), Value::Null),
        (Method::PATCH, group.clone(), json!({"name": "Mine now"})),
        (Method::DELETE, group.clone(), Value::Null),
        (Method::POST, cast.circle.path("publish"), json!({})),
        (Method::POST, cast.circle.path("activate"), json!({})),
        (Method::POST, cast.circle.path("pause"), in_future),
        (Method::POST, cast.circle.path("resume"), json!({})),
        (Method::POST, cast.circle.path("keep"), json!({})),
        (Method::POST, cast.circle.path("revive"), json!({})),
        (Method::POST, cast.circle.path("archive"), json!({})),
        (Method::POST, cast.circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})),
        (Method::GET, cast.circle.path("memberships"), Value::Null),
        (Method::POST, cast.circle.path("memberships"), json!({})),
        (Method::GET, cast.circle.path("invitations"), Value::Null),
        (Method::POST, cast.circle.path("invitations"), json!({"email": "a@example.org"})),
        (Method::GET, cast.circle.path("agreements"), Value::Null),
        (Method::POST, cast.circle.path("agreements"), json!({"clauses": crate::support::clauses()})),
        (Method::GET, cast.circle.path("candidates"), Value::Null),
        (Method::GET, format!("/v1/agreements/{agreement}"), Value::Null),
        (Method::PATCH, format!("/v1/agreements/{agreement}"), json!({"material": false})),
        (Method::DELETE, format!("/v1/agreements/{agreement}"), Value::Null),
        (Method::POST, format!("/v1/agreements/{agreement}/publish"), json!({})),
        (Method::GET, format!("/v1/agreements/{agreement}/signatures"), Value::Null),
        (Method::GET, format!("/v1/agreements/{agreement}/export"), Value::Null),
        (Method::GET, format!("/v1/memberships/{seat}"), Value::Null),
        (Method::PATCH, format!("/v1/memberships/{seat}"), json!({"role": "owner"})),
        (Method::POST, format!("/v1/memberships/{seat}/remove"), json!({"reason": "No."})),
    ];
    let outsiders = ["stranger", "candidate", "moderator", "admin"];
    for (who, client) in cast.people.iter().filter(|(who, _)| outsiders.contains(who)) {
        for (method, path, body) in &paths {
            let request = client.request(method.clone(), path);
            let request = if body.is_null() { request } else { request.json(body) };
            let answer = request.send().await;
            assert_eq!(answer.status, 404, "{who}: {method} {path} {}", answer.text);
        }
        for query in ["", "?q=harbor", "?visibility=hidden", "?mine=false", "?sort=-created_at&include_total=true"] {
            let page = client.get(&format!("/v1/consultation-groups{query}")).await;
            if page.status == 200 {
                assert_eq!(page.json["items"], json!([]), "{who} {query}");
                assert!(page.json.get("total").is_none_or(|total| total == 0), "{who} {query}");
            }
        }
    }
    for (who, client) in cast.people.iter().filter(|(who, _)| ["member", "restricted", "owner"].contains(who)) {
        client.get(&group).await.expect(200);
        assert_eq!(client.all("/v1/consultation-groups?q=harbor").await.len(), 1, "{who}");
    }
}

#[actix_web::test]
async fn those_who_run_its_organization_decide_about_applicants_and_see_no_members() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ana = app.therapist("ana").await;
    guild.takes_in(&ana, "member").await;
    let body = json!({"name": "Guild circle", "purpose": "peer_consultation", "description": "We meet.",
        "visibility": "members", "organization_id": guild.id});
    let stranger = app.therapist("stranger").await;
    stranger
        .post("/v1/consultation-groups", body.clone())
        .await
        .invalid_at("#/organization_id", "unknown_organization");
    let group = ana.post("/v1/consultation-groups", body).await.expect(201);
    let circle = Circle { id: group["id"].as_str().unwrap().into(), name: "Guild circle".into(), owner: ana };
    circle.publishes(json!({"clauses": crate::support::clauses()})).await;
    circle.owner.post(&circle.path("publish"), json!({})).await.expect(200);
    let (ben, chi) = (app.therapist("ben").await, app.therapist("chi").await);
    let asked = ben.asks_for_a_seat(&circle.id, json!({"note": "Please."})).await.expect(201);
    let member = circle.seats(&chi).await;
    let steward = &guild.owner;
    let seen = steward.all(&circle.path("memberships")).await;
    assert_eq!(seen.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&asked["id"]], "who asks, and nobody else");
    steward.reads(&member).await.refused(404, "not_found");
    assert_eq!(steward.decides(&asked, "approve", json!({})).await.expect(200)["status"], "awaiting_signature");
    ben.signs(&asked).await.expect(200);
    steward.decides(&asked, "remove", json!({"reason": "No."})).await.refused(404, "not_found");
    steward.post(&circle.path("invitations"), json!({"email": "dee@example.org"})).await.expect(201);
    steward
        .patch(&format!("/v1/consultation-groups/{}", circle.id), json!({"name": "Ours"}))
        .await
        .refused(403, "forbidden");
}
