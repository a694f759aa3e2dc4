use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACTIONS, Person, TestApp};

async fn whats(person: &Person, query: &str) -> Vec<String> {
    let items = person.all(&format!("{ACTIONS}{query}")).await;
    items.iter().map(|one| one["what"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn an_action_is_planned_read_changed_and_deleted() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    assert_eq!(ana.get(ACTIONS).await.expect(200), json!({"items": []}));
    let made = ana
        .plans(json!({"challenge": "personal_matters", "cadence": {"every": 2, "unit": "weeks"}, "status": "active"}))
        .await;
    let (path, etag) = (made.location(), made.etag());
    let action = made.expect(201);
    for (member, value) in [
        ("avenue", json!("friendships")),
        ("what", json!("Call Ruth")),
        ("challenge", json!("personal_matters")),
        ("status", json!("active")),
        ("cadence", json!({"every": 2, "unit": "weeks"})),
        ("active_since", json!(app.day(0))),
        ("times_done", json!(0)),
        ("streak", json!(0)),
        ("longest_streak", json!(0)),
        ("next_due_on", json!(app.day(13))),
        ("overdue", json!(false)),
        ("version", json!(1)),
    ] {
        assert_eq!(action[member], value, "{member}");
    }
    assert!(action.get("due_on").is_none() && action.get("last_done_on").is_none());
    let read = ana.get(&path).await;
    assert_eq!((read.etag(), &read.json), (etag.clone(), &action));
    let unchanged = ana.request(Method::GET, &path).header("if-none-match", &etag).send().await;
    assert_eq!(unchanged.status, 304);

    // From a cadence to a day, in one step.
    let patch = json!({"what": "Visit Ruth", "cadence": null, "due_on": app.day(3), "challenge": null});
    let changed = ana.request(Method::PATCH, &path).header("if-match", &etag).json(&patch).send().await.expect(200);
    assert_eq!((&changed["what"], &changed["due_on"]), (&json!("Visit Ruth"), &json!(app.day(3))));
    assert_eq!((&changed["next_due_on"], &changed["version"]), (&json!(app.day(3)), &json!(2)));
    assert!(["cadence", "streak", "challenge"].iter().all(|member| changed.get(member).is_none()), "{changed}");
    let stale = ana.request(Method::PATCH, &path).header("if-match", &etag).json(&json!({"what": "x"})).send().await;
    stale.refused(412, "stale_version");
    let stale = ana.request(Method::DELETE, &path).header("if-match", &etag).send().await;
    stale.refused(412, "stale_version");

    ana.logs(&path, json!({})).await.expect(201);
    ana.delete(&path).await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
    ana.get(&path).await.refused(404, "not_found");
    ana.get(&format!("{path}/log")).await.refused(404, "not_found");
}

#[actix_web::test]
async fn what_does_not_fit_is_refused_at_its_place() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (more, place, code) in [
        (json!({"avenue": "trauma_exposure"}), "#/avenue", "unknown_key"),
        (json!({"challenge": "friendships"}), "#/challenge", "unknown_key"),
        (json!({"what": " "}), "#/what", "blank"),
        (json!({"what": "a\nb"}), "#/what", "invalid_characters"),
        (json!({"status": "done"}), "#/status", "unknown_value"),
        (json!({"due_on": "1999-12-31"}), "#/due_on", "out_of_range"),
        (json!({"due_on": app.day(1), "cadence": {"every": 1, "unit": "days"}}), "#/due_on", "unexpected"),
        (json!({"cadence": {"every": 0, "unit": "days"}}), "#/cadence/every", "out_of_range"),
        (json!({"cadence": {"every": 1, "unit": "years"}}), "#/cadence/unit", "unknown_value"),
        (json!({"streak": 100}), "#/streak", "unknown_member"),
    ] {
        ana.plans(more).await.invalid_at(place, code);
    }
    let weekly = ana.action(json!({"cadence": {"every": 1, "unit": "weeks"}})).await;
    ana.patch(&weekly, json!({"due_on": app.day(1)})).await.invalid_at("#/due_on", "unexpected");
    ana.patch(&weekly, json!({})).await.invalid_at("#", "empty_patch");
    ana.patch(&weekly, json!({"what": null})).await.refused(422, "validation_failed");
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let nowhere = ana.request(method, &format!("{ACTIONS}/nowhere")).json(&json!({"what": "x"})).send().await;
        nowhere.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn an_action_goes_the_ways_that_it_can_and_a_closed_one_keeps_its_words() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (from, ways) in [
        ("planned", [true, true, false, true]),
        ("active", [true, true, true, true]),
        ("done", [true, true, true, false]),
        ("dropped", [true, true, false, true]),
    ] {
        for (to, allowed) in ["planned", "active", "done", "dropped"].iter().zip(ways) {
            let path = ana.action(json!({"status": if from == "planned" { "planned" } else { "active" }})).await;
            ana.patch(&path, json!({"status": from})).await.expect(200);
            let answer = ana.patch(&path, json!({"status": to})).await;
            if allowed {
                assert_eq!(answer.expect(200)["status"], **to, "{from} to {to}");
            } else {
                assert!(answer.text.contains(from), "{}", answer.text);
                answer.refused(409, "invalid_transition");
            }
        }
    }
    for status in ["done", "dropped"] {
        let path = ana.action(json!({"status": "active", "due_on": app.day(1)})).await;
        let entry = ana.logs(&path, json!({})).await.location();
        // The words of an open one change while it is closed.
        let closed = ana.patch(&path, json!({"status": status, "what": "Write to Ruth"})).await.expect(200);
        assert_eq!((&closed["what"], closed.get("next_due_on")), (&json!("Write to Ruth"), None));
        ana.patch(&path, json!({"what": "x"})).await.refused(409, "invalid_transition");
        ana.patch(&path, json!({"what": "x", "status": status})).await.refused(409, "invalid_transition");
        ana.logs(&path, json!({})).await.refused(409, "invalid_transition");
        ana.delete(&entry).await.refused(409, "invalid_transition");
        let again = ana.patch(&path, json!({"what": "Meet Ruth", "status": "active"})).await.expect(200);
        assert_eq!((&again["what"], &again["status"]), (&json!("Meet Ruth"), &json!("active")));
        ana.patch(&path, json!({"status": status})).await.expect(200);
        ana.delete(&path).await.expect(204);
    }
}

#[actix_web::test]
async fn an_action_that_is_taken_up_again_starts_its_periods_anew() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = ana.action(json!({"status": "active", "cadence": {"every": 1, "unit": "weeks"}})).await;
    ana.logs(&path, json!({})).await.expect(201);
    ana.patch(&path, json!({"status": "dropped"})).await.expect(200);
    app.later(TimeDelta::days(60));
    let again = app.sign_in(&ana.id, &ana.email).await;
    let action = again.patch(&path, json!({"status": "active"})).await.expect(200);
    assert_eq!((&action["active_since"], &action["next_due_on"]), (&json!(app.day(0)), &json!(app.day(6))));
    assert_eq!((&action["streak"], &action["longest_streak"]), (&json!(0), &json!(1)));
    assert_eq!((&action["overdue"], &action["times_done"]), (&json!(false), &json!(1)));
}

#[actix_web::test]
async fn actions_are_filtered_and_paged_after_opening() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (what, avenue, status) in [
        ("a", "friendships", "planned"),
        ("b", "family", "active"),
        ("c", "friendships", "active"),
        ("d", "volunteering", "planned"),
        ("e", "friendships", "active"),
    ] {
        ana.plans(json!({"what": what, "avenue": avenue, "status": status})).await.expect(201);
        app.later(TimeDelta::seconds(1));
    }
    for (query, found) in [
        ("", vec!["a", "b", "c", "d", "e"]),
        ("?limit=1", vec!["a", "b", "c", "d", "e"]),
        ("?limit=2", vec!["a", "b", "c", "d", "e"]),
        ("?status=active", vec!["b", "c", "e"]),
        ("?status=active&limit=2", vec!["b", "c", "e"]),
        ("?status=active&status=planned&avenue=friendships&limit=1", vec!["a", "c", "e"]),
        ("?avenue=family&avenue=volunteering", vec!["b", "d"]),
        ("?status=done", vec![]),
    ] {
        assert_eq!(whats(&ana, query).await, found, "{query}");
    }
    let page = ana.get(&format!("{ACTIONS}?status=active&limit=2&include_total=true")).await.expect(200);
    assert_eq!((page["total"].as_i64(), page["items"].as_array().unwrap().len()), (Some(3), 2));
    let cursor = page["next_cursor"].as_str().unwrap();
    ana.get(&format!("{ACTIONS}?limit=2&cursor={cursor}")).await.refused(422, "invalid_cursor");
    ana.get(&format!("{ACTIONS}?avenue=nowhere")).await.invalid_at("avenue", "unknown_key");
    // What goes meanwhile hides nothing.
    let third = ana.all(&format!("{ACTIONS}?status=active")).await[1]["id"].as_str().unwrap().to_owned();
    ana.delete(&format!("{ACTIONS}/{third}")).await.expect(204);
    let rest =
        ana.get(&format!("{ACTIONS}?status=active&limit=2&include_total=true&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["items"][0]["what"], "e");
}

#[actix_web::test]
async fn a_page_costs_the_same_statements_whatever_its_size() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = ana.action(json!({})).await;
    let paths = [ACTIONS, "/v1/support-plan/ties", &format!("{path}/log"), "/v1/support-plan"].map(ToOwned::to_owned);
    ana.tie(json!({})).await;
    ana.logs(&path, json!({})).await.expect(201);
    let cost = async || {
        let mut all = Vec::new();
        for path in &paths {
            ana.get(path).await.expect(200);
            let before = app.statements().await;
            ana.get(path).await.expect(200);
            all.push(app.statements().await - before);
        }
        all
    };
    let few = cost().await;
    for _ in 0..20 {
        ana.action(json!({})).await;
        ana.tie(json!({})).await;
        ana.logs(&path, json!({})).await.expect(201);
    }
    assert_eq!(cost().await, few);
    assert!(few.iter().all(|cost| *cost <= 5), "{few:?}");
}

#[actix_web::test]
async fn a_plan_has_an_end_also_when_many_ask_at_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (kind, body) in [
        (ACTIONS, json!({"avenue": "family", "what": "Walk"})),
        ("/v1/support-plan/ties", json!({"avenue": "family", "label": "Park", "kind": "place"})),
    ] {
        let answers = futures_util::future::join_all((0..210).map(|_| ana.post(kind, body.clone()))).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 200, "{kind}");
        for refused in answers.into_iter().filter(|answer| answer.status != 201) {
            refused.refused(409, "plan_full");
        }
        let page = ana.get(&format!("{kind}?limit=100&include_total=true")).await.expect(200);
        assert_eq!(page["total"], 200, "{kind}");
        let first = page["items"][0]["id"].as_str().unwrap();
        ana.delete(&format!("{kind}/{first}")).await.expect(204);
        ana.post(kind, body).await.expect(201);
    }
}

#[actix_web::test]
async fn the_same_request_twice_plans_once_and_what_is_kept_is_sealed() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"avenue": "family", "what": "Walk with Mother"});
    let send = async || ana.request(Method::POST, ACTIONS).header("idempotency-key", "k1").json(&body).send().await;
    let (first, second) = (send().await, send().await);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!((first.etag(), first.location()), (second.etag(), second.location()));
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(ana.all(ACTIONS).await.len(), 1);
    let etag = |value: &Value| value["version"].clone();
    let path = format!("{ACTIONS}/{}", ana.all(ACTIONS).await[0]["id"].as_str().unwrap());
    // Of two writers with the same tag exactly one wins.
    let tag = ana.get(&path).await.etag();
    let write =
        |what: &str| ana.request(Method::PATCH, &path).header("if-match", &tag).json(&json!({"what": what})).send();
    let (one, two) = futures_util::future::join(write("one"), write("two")).await;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(etag(&ana.get(&path).await.expect(200)), 2);
}
