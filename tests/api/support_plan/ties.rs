use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::{TIES, TestApp};

#[actix_web::test]
async fn a_tie_is_added_read_changed_met_and_deleted() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let made = ana.ties(json!({"cadence": {"every": 2, "unit": "weeks"}, "note": "Likes to walk."})).await;
    let (path, etag, tie) = (made.location(), made.etag(), made.json.clone());
    made.expect(201);
    assert_eq!((&tie["due_on"], &tie["overdue"]), (&json!(app.day(14)), &json!(false)));
    assert_eq!(&ana.get(&path).await.expect(200), &tie);

    let patch = json!({"last_contact_on": app.day(-20), "note": null, "label": "Ruth B."});
    let changed = ana.request(Method::PATCH, &path).header("if-match", &etag).json(&patch).send().await.expect(200);
    assert_eq!((&changed["due_on"], &changed["overdue"]), (&json!(app.day(-6)), &json!(true)));
    assert!(changed.get("note").is_none());
    for (method, body) in [(Method::PATCH, json!({"note": "x"})), (Method::DELETE, json!({}))] {
        let stale = ana.request(method, &path).header("if-match", &etag).json(&body).send().await;
        stale.refused(412, "stale_version");
    }
    // An earlier contact is not the last one.
    for (body, last) in [
        (json!({"contact_on": app.day(-30)}), app.day(-20)),
        (json!({"contact_on": app.day(-1)}), app.day(-1)),
        (json!({}), app.day(0)),
        (json!({"contact_on": app.day(-1)}), app.day(0)),
    ] {
        let met = ana.post(&format!("{path}/contacts"), body).await.expect(200);
        assert_eq!(met["last_contact_on"], last);
    }
    let tie = ana.get(&path).await.expect(200);
    assert_eq!((&tie["due_on"], &tie["version"]), (&json!(app.day(14)), &json!(6)));
    let stale = ana.request(Method::POST, &format!("{path}/contacts")).header("if-match", &etag).json(&json!({}));
    stale.send().await.refused(412, "stale_version");
    let cleared = ana.patch(&path, json!({"cadence": null, "last_contact_on": null})).await.expect(200);
    assert!(["due_on", "cadence", "last_contact_on"].iter().all(|member| cleared.get(member).is_none()));

    ana.delete(&path).await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
    ana.post(&format!("{path}/contacts"), json!({})).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_tie_is_of_a_kind_and_on_an_avenue() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (more, place, code) in [
        (json!({"kind": "pet"}), "#/kind", "unknown_value"),
        (json!({"avenue": "nowhere"}), "#/avenue", "unknown_key"),
        (json!({"label": "a\u{202e}b"}), "#/label", "invalid_characters"),
        (json!({"note": " "}), "#/note", "blank"),
        (json!({"overdue": true}), "#/overdue", "unknown_member"),
    ] {
        ana.ties(more).await.invalid_at(place, code);
    }
    for (label, kind, avenue) in [
        ("Ruth", "person", "friendships"),
        ("Choir", "group", "clubs_hobbies"),
        ("Market", "place", "community_events"),
        ("Forum", "community", "online_friendships"),
    ] {
        ana.ties(json!({"label": label, "kind": kind, "avenue": avenue})).await.expect(201);
        app.later(TimeDelta::seconds(1));
    }
    for (query, found) in [
        ("?limit=1", vec!["Ruth", "Choir", "Market", "Forum"]),
        ("?kind=group&kind=place", vec!["Choir", "Market"]),
        ("?avenue=friendships", vec!["Ruth"]),
        ("?avenue=friendships&kind=place", vec![]),
    ] {
        let items = ana.all(&format!("{TIES}{query}")).await;
        assert_eq!(items.iter().map(|one| one["label"].as_str().unwrap()).collect::<Vec<_>>(), found, "{query}");
    }
}
