//! Founding, reading, listing, searching and changing groups.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// Founds a group and publishes it with an agreement.
async fn founds(person: &Person, members: Value) -> String {
    let mut body = json!({"purpose": "peer_consultation", "description": "We meet.", "visibility": "public"});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let group = person.post("/v1/consultation-groups", body).await.expect(201);
    let path = format!("/v1/consultation-groups/{}", group["id"].as_str().unwrap());
    let clauses = json!({"clauses": [{"key": "recusal", "title": "We step out", "body": "Whoever knows the client."}]});
    let draft = person.post(&format!("{path}/agreements"), clauses).await.expect(201);
    let publish = format!("/v1/agreements/{}/publish", draft["id"].as_str().unwrap());
    person.post(&publish, json!({})).await.expect(200);
    person.post(&format!("{path}/publish"), json!({})).await.expect(200);
    path
}

#[actix_web::test]
async fn a_group_is_founded_with_sound_defaults() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let made =
        ana.post("/v1/consultation-groups", json!({"name": "Harbor Circle", "purpose": "peer_consultation"})).await;
    let location = made.header("location").unwrap().to_owned();
    let group = made.expect(201);
    assert_eq!(location, format!("/v1/consultation-groups/{}", group["id"].as_str().unwrap()));
    for (member, expected) in [
        ("status", json!("draft")),
        ("slug", json!("harbor-circle")),
        ("format", json!("online")),
        ("time_zone", json!("UTC")),
        ("visibility", json!("members")),
        ("join_policy", json!("approval")),
        ("min_size", json!(4)),
        ("max_size", json!(8)),
        ("quorum", json!(3)),
        ("meeting_minutes", json!(90)),
        ("cadence_days", json!(14)),
        ("open_seats", json!(7)),
        ("member_count", json!(1)),
        ("waitlist_length", json!(0)),
    ] {
        assert_eq!(group[member], expected, "{member}");
    }
    let seat = ana.get("/v1/memberships?kind=consultation_group").await.expect(200)["items"][0].clone();
    assert_eq!((&seat["role"], &seat["status"]), (&json!("owner"), &json!("active")));
    assert_eq!((&seat["seat"]["agreement_status"], &seat["affiliation"]), (&json!("current"), &Value::Null));
    let small = json!({"name": "Pair", "purpose": "study", "max_size": 2});
    let small = ana.post("/v1/consultation-groups", small).await.expect(201);
    assert_eq!((&small["min_size"], &small["quorum"]), (&json!(2), &json!(2)));
    let namesake = json!({"name": "Harbor Circle", "purpose": "interest"});
    let namesake = ana.post("/v1/consultation-groups", namesake).await.expect(201);
    assert!(namesake["slug"].as_str().unwrap().starts_with("harbor-circle-"), "{namesake}");
}

#[actix_web::test]
async fn what_does_not_fit_together_is_named() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let found = |members: Value| {
        let mut body = json!({"name": "Circle", "purpose": "peer_consultation"});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        ana.request("POST".parse().unwrap(), "/v1/consultation-groups").json(&body).send()
    };
    for (members, pointer, code) in [
        (json!({"max_size": 13}), "#/max_size", "out_of_range"),
        (json!({"purpose": "study", "max_size": 31}), "#/max_size", "out_of_range"),
        (json!({"min_size": 9}), "#/min_size", "out_of_range"),
        (json!({"quorum": 9}), "#/quorum", "out_of_range"),
        (json!({"region": "US-CA"}), "#/country", "missing_member"),
        (json!({"region": "US-CA", "country": "CA"}), "#/region", "wrong_country"),
        (json!({"time_zone": "Mars/Olympus"}), "#/time_zone", "invalid_time_zone"),
        (json!({"specialties": ["juggling"]}), "#/specialties/0", "unknown_key"),
        (json!({"consultation_format": "seance"}), "#/consultation_format", "unknown_key"),
        (
            json!({"availability": [{"weekday": "monday", "from": "10:00", "to": "09:00"}]}),
            "#/availability/0/to",
            "not_after_from",
        ),
        (json!({"join_questions": [{"key": "Why!", "question": "Why?"}]}), "#/join_questions/0/key", "invalid_key"),
        (
            json!({"join_questions": [{"key": "a", "question": "?"}, {"key": "a", "question": "?"}]}),
            "#/join_questions",
            "duplicate",
        ),
        (
            json!({"organization_id": "01936b2f-5f00-7000-8000-000000000005"}),
            "#/organization_id",
            "unknown_organization",
        ),
        (json!({"status": "active"}), "#/status", "unknown_member"),
        (json!({"id": "01936b2f-5f00-7000-8000-000000000005"}), "#/id", "unknown_member"),
    ] {
        found(members).await.invalid_at(pointer, code);
    }
    let circle = json!({"purpose": "interest", "max_size": 30});
    assert_eq!(found(circle).await.expect(201)["max_size"], 30);
}

#[actix_web::test]
async fn groups_are_found_by_what_they_are() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    founds(
        &ana,
        json!({"name": "Alder", "specialties": ["trauma"], "modalities": ["emdr"], "languages": ["en", "es"],
        "format": "online", "experience": ["senior"], "max_size": 2}),
    )
    .await;
    founds(
        &ana,
        json!({"name": "Birch", "specialties": ["grief"], "populations": ["adults"], "format": "in_person",
        "country": "US", "region": "US-CA", "purpose": "study", "join_policy": "open"}),
    )
    .await;
    let cedar =
        founds(&ana, json!({"name": "Cedar of grief", "visibility": "members", "licence_families": ["mft"]})).await;
    let ben = app.therapist("ben").await;
    for (query, expected) in [
        ("", &["Alder", "Birch", "Cedar of grief"][..]),
        ("?sort=-name", &["Cedar of grief", "Birch", "Alder"]),
        ("?sort=-created_at", &["Cedar of grief", "Birch", "Alder"]),
        ("?specialty=trauma&specialty=grief", &["Alder", "Birch"]),
        ("?specialty=trauma&modality=emdr&language=ES&experience=senior", &["Alder"]),
        ("?population=adults&format=in_person&country=US&region=US-CA", &["Birch"]),
        ("?purpose=study", &["Birch"]),
        ("?join_policy=open", &["Birch"]),
        ("?licence_family=mft", &["Cedar of grief"]),
        ("?q=grief", &["Cedar of grief", "Birch"]),
        ("?status=active", &[]),
        ("?mine=true", &[]),
        ("?mine=false", &["Alder", "Birch", "Cedar of grief"]),
        ("?has_open_seat=true", &["Alder", "Birch", "Cedar of grief"]),
    ] {
        let found = ben.all(&format!("/v1/consultation-groups{query}")).await;
        assert_eq!(names(&found), expected, "{query}");
    }
    assert_eq!(names(&app.anonymous().all("/v1/consultation-groups").await), ["Alder", "Birch"]);
    assert_eq!(ana.all("/v1/consultation-groups?mine=true").await.len(), 3);
    app.anonymous().get(&cedar).await.refused(404, "not_found");
    ben.get("/v1/consultation-groups?ownerless=true").await.refused(403, "forbidden");
    // Paged, each once, with the total.
    let page = ben.get("/v1/consultation-groups?limit=2&include_total=true").await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (2, &json!(3)));
    assert_eq!(
        names(&ben.all("/v1/consultation-groups?limit=1&sort=-name").await),
        ["Cedar of grief", "Birch", "Alder"]
    );
}

#[actix_web::test]
async fn a_page_costs_the_same_whatever_its_length() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for number in 0..6 {
        founds(&ana, json!({"name": format!("Group {number}")})).await;
    }
    let cost = async |path: &str| {
        let before = app.statements().await;
        ana.get(path).await.expect(200);
        app.statements().await - before
    };
    let one = cost("/v1/consultation-groups?limit=1").await;
    assert_eq!(cost("/v1/consultation-groups?limit=6").await, one);
    let mine = cost("/v1/memberships?limit=1").await;
    assert_eq!(cost("/v1/memberships?limit=6").await, mine);
}

#[actix_web::test]
async fn a_group_is_changed_by_its_owner_one_version_at_a_time() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let path = format!("/v1/consultation-groups/{}", circle.id);
    let etag = circle.owner.get(&path).await.etag();
    let change = |body: Value| {
        let request = circle.owner.request("PATCH".parse().unwrap(), &path).header("If-Match", &etag);
        request.body("application/merge-patch+json", body.to_string()).send()
    };
    let body = json!({"name": "Harbour", "city": "Oakland", "consultation_format": "balint", "specialties": ["grief"]});
    let changed = change(body).await.expect(200);
    assert_eq!((&changed["name"], &changed["consultation_format"]), (&json!("Harbour"), &json!("balint")));
    change(json!({"name": "Pier"})).await.refused(412, "stale_version");
    let cleared = circle.owner.patch(&path, json!({"city": null, "consultation_format": null})).await.expect(200);
    assert_eq!((cleared.get("city"), cleared.get("consultation_format")), (None, None));
    circle.owner.patch(&path, json!({})).await.refused(422, "validation_failed");
    circle.owner.patch(&path, json!({"description": null})).await.refused(422, "validation_failed");
    assert_eq!(names(&circle.owner.all("/v1/consultation-groups?specialty=grief").await), ["Harbour"]);
    let ben = app.therapist("ben").await;
    ben.patch(&path, json!({"name": "Mine"})).await.refused(403, "forbidden");
    circle.seats(&ben).await;
    ben.patch(&path, json!({"name": "Mine"})).await.refused(403, "forbidden");
    circle.owner.patch(&path, json!({"min_size": 2, "quorum": 2, "max_size": 2})).await.expect(200);
    let chi = app.therapist("chi").await;
    let waits = circle.admits(&chi).await;
    assert_eq!((&waits["status"], &waits["seat"]["waitlist_position"]), (&json!("waitlisted"), &json!(1)));
    let answer: Answer = circle.owner.patch(&path, json!({"max_size": 3})).await;
    let card = answer.expect(200);
    assert_eq!(
        (&card["open_seats"], &card["waitlist_length"]),
        (&json!(0), &json!(0)),
        "the new seat is offered at once"
    );
    assert_eq!(chi.reads(&waits).await.expect(200)["status"], "awaiting_signature");
    circle.owner.patch(&path, json!({"max_size": 2})).await.invalid_at("#/max_size", "seats_taken");
}

#[actix_web::test]
async fn only_a_draft_is_deleted() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let published = format!("/v1/consultation-groups/{}", circle.id);
    let problem = circle.owner.delete(&published).await;
    assert_eq!(problem.json["detail"], "the group is forming");
    problem.refused(409, "invalid_transition");
    let draft = json!({"name": "Draft", "purpose": "interest"});
    let draft = circle.owner.post("/v1/consultation-groups", draft).await.expect(201);
    let draft = format!("/v1/consultation-groups/{}", draft["id"].as_str().unwrap());
    app.therapist("ben").await.delete(&draft).await.refused(404, "not_found");
    circle.owner.delete(&draft).await.expect(204);
    circle.owner.delete(&draft).await.refused(404, "not_found");
}
