//! A plan is its owner's alone: for whoever asks, and for whoever looks into the database.

use std::fs;

use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support_network::entities::{data_key, support_action, support_action_entry, support_tie};

use crate::support::{ACTIONS, Person, TIES, TestApp, TestDatabase};

/// Words that stand nowhere else.
const PLANTED: [&str; 5] = ["zephyrine", "quillon", "marzipanite", "oxlipped", "trauma_exposure"];

/// A plan that says every planted word; the paths of its action, its entry and its tie.
async fn planted(person: &Person) -> [String; 3] {
    let [what, note, label, about, challenge] = PLANTED;
    let body = json!({"avenue": "volunteering", "what": what, "challenge": challenge});
    let keyed = |path: &str, body: &Value| {
        person.request(Method::POST, path).header("idempotency-key", &path.replace('/', "-")).json(body).send()
    };
    let action = keyed(ACTIONS, &body).await.location();
    let entry = keyed(&format!("{action}/log"), &json!({"note": note})).await.location();
    let body = json!({"label": label, "kind": "person", "avenue": "volunteering", "note": about});
    let tie = keyed(TIES, &body).await.location();
    keyed(&format!("{tie}/contacts"), &json!({})).await.expect(200);
    [action, entry, tie]
}

#[actix_web::test]
async fn a_retry_does_not_bring_back_what_was_deleted() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let [action, entry, tie] = planted(&ana).await;
    let [what, note, label, about, challenge] = PLANTED;
    for path in [&entry, &action, &tie] {
        ana.delete(path).await.expect(204);
    }
    for (path, body) in [
        (ACTIONS.to_owned(), json!({"avenue": "volunteering", "what": what, "challenge": challenge})),
        (format!("{action}/log"), json!({"note": note})),
        (TIES.to_owned(), json!({"label": label, "kind": "person", "avenue": "volunteering", "note": about})),
        (format!("{tie}/contacts"), json!({})),
    ] {
        let request = ana.request(Method::POST, &path).header("idempotency-key", &path.replace('/', "-"));
        request.json(&body).send().await.refused(404, "not_found");
    }
    assert_eq!((ana.all(ACTIONS).await.len(), ana.all(TIES).await.len()), (0, 0));
}

#[actix_web::test]
async fn nobody_else_finds_anything_of_a_plan() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let others = [app.therapist("ben").await, app.moderator("mod").await, app.admin("admin").await];
    let [action, entry, tie] = planted(&ana).await;
    let log = format!("{action}/log");
    for person in &others {
        for path in [&action, &entry, &tie, &log] {
            person.get(path).await.refused(404, "not_found");
            person.request(Method::HEAD, path).send().await.expect(404);
        }
        for path in [&action, &entry, &tie] {
            person.delete(path).await.refused(404, "not_found");
        }
        for (path, body) in [(&action, json!({"status": "done"})), (&tie, json!({"note": null}))] {
            person.patch(path, body).await.refused(404, "not_found");
        }
        person.post(&log, json!({})).await.refused(404, "not_found");
        person.post(&format!("{tie}/contacts"), json!({})).await.refused(404, "not_found");
        for list in [ACTIONS, TIES] {
            let page = person.get(&format!("{list}?avenue=volunteering&include_total=true")).await.expect(200);
            assert_eq!((&page["total"], &page["items"]), (&json!(0), &json!([])), "{} {list}", person.email);
        }
        // An entry is found under its own action only.
        let own = person.action(json!({})).await;
        let foreign = format!("{own}/log/{}", entry.rsplit('/').next().unwrap());
        person.get(&foreign).await.refused(404, "not_found");
        person.delete(&foreign).await.refused(404, "not_found");
        let events = json!(person.all("/v1/audit-events?limit=100").await).to_string();
        assert!(!events.contains("support"), "{events}");
    }
    let elsewhere = ana.action(json!({})).await;
    ana.get(&format!("{elsewhere}/log/{}", entry.rsplit('/').next().unwrap())).await.refused(404, "not_found");
    for path in [&action, &entry, &tie, &log, "/v1/support-plan", ACTIONS, TIES] {
        app.anonymous().get(path).await.refused(401, "unauthenticated");
    }
    assert_eq!(ana.get(&action).await.expect(200)["status"], "active");
    // A page of somebody else's list starts nothing in one's own.
    let cursor = ana.get(&format!("{ACTIONS}?limit=1")).await.expect(200)["next_cursor"].as_str().unwrap().to_owned();
    let stolen = others[0].get(&format!("{ACTIONS}?limit=1&cursor={cursor}")).await.expect(200);
    assert!(!stolen.to_string().contains(PLANTED[0]), "{stolen}");
}

#[actix_web::test]
async fn the_database_does_not_hold_a_word_of_a_plan() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let [action, ..] = planted(&ana).await;
    assert_eq!(ana.get(&action).await.expect(200)["what"], PLANTED[0]);
    if app.is_sqlite() {
        let file = app.database_url().trim_start_matches("sqlite://").split('?').next().unwrap().to_owned();
        let mut read = 0;
        for name in [file.clone(), format!("{file}-wal")] {
            let bytes = fs::read(&name).unwrap();
            read += bytes.len();
            for word in PLANTED {
                let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!found, "{name} holds {word}");
            }
        }
        // What is no secret is found, so the search would find more.
        let both = [fs::read(&file).unwrap(), fs::read(format!("{file}-wal")).unwrap()].concat();
        assert!(read > 100_000 && both.windows(15).any(|window| window == b"ana@example.org"));
    } else {
        for (table, column) in [
            ("support_action", "content"),
            ("support_action_entry", "content"),
            ("support_tie", "content"),
            ("idempotency_record", "body"),
        ] {
            let rows = TestDatabase::count(app.database_url(), &format!("SELECT count(*) FROM {table}")).await;
            assert!(rows > 0, "{table}");
            for word in PLANTED {
                let holds = format!(
                    "SELECT count(*) FROM {table} WHERE position(convert_to('{word}', 'UTF8') IN {column}) > 0"
                );
                assert_eq!(TestDatabase::count(app.database_url(), &holds).await, 0, "{table} holds {word}");
            }
        }
    }
}

#[actix_web::test]
async fn a_row_that_was_moved_to_another_place_does_not_open() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (one, two) = (ana.action(json!({"what": "one"})).await, ana.action(json!({"what": "two"})).await);
    let swap = "UPDATE support_action SET content = (SELECT content FROM support_action AS other \
                WHERE other.id <> support_action.id)";
    TestDatabase::execute(app.database_url(), swap).await;
    // A database that changes row after row puts one back where it belongs.
    let mut refused = 0;
    for (path, what) in [(one, "one"), (two, "two")] {
        let answer = ana.get(&path).await;
        if answer.status == 200 {
            assert_eq!(answer.json["what"], what);
        } else {
            answer.refused(500, "internal");
            refused += 1;
        }
    }
    assert!(refused > 0, "a moved row opens");
}

#[actix_web::test]
async fn the_export_holds_the_plan_and_deletion_leaves_nothing_of_it() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let bare = ben.get("/v1/me/export").await.expect(200);
    for list in ["support_actions", "support_action_log", "support_ties"] {
        assert_eq!(bare[list], json!([]), "{list}");
    }
    planted(&ana).await;
    planted(&ben).await;
    let export = ana.get("/v1/me/export").await.expect(200);
    let [what, note, label, about, challenge] = PLANTED;
    let action = &export["support_actions"][0];
    assert_eq!((&action["what"], &action["challenge"]), (&json!(what), &json!(challenge)));
    let entry = &export["support_action_log"][0];
    assert_eq!(
        (&entry["note"], &entry["action_id"], &action["status"]),
        (&json!(note), &action["id"], &json!("active"))
    );
    let tie = &export["support_ties"][0];
    assert_eq!((&tie["label"], &tie["note"]), (&json!(label), &json!(about)));
    assert_eq!(export["support_actions"].as_array().unwrap().len(), 1);

    ana.delete("/v1/me").await.expect(204);
    let left = app.state.db.write(async |tx| {
        Ok([
            support_action::Entity::find().count(tx).await?,
            support_action_entry::Entity::find().count(tx).await?,
            support_tie::Entity::find().count(tx).await?,
            data_key::Entity::find().count(tx).await?,
        ])
    });
    assert_eq!(left.await.unwrap(), [1, 1, 1, 1]);
    assert_eq!(ben.all(ACTIONS).await.len(), 1);
}

#[actix_web::test]
async fn a_token_reaches_a_plan_only_with_its_scopes() {
    let document = crate::support::document();
    let needed = |path: &str, method: &str| document["paths"][path][method]["security"][0]["bearerAuth"].clone();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|_| path.starts_with("/v1/support-plan")) {
            let scope = if method == "get" { "support_plan:read" } else { "support_plan:write" };
            let operation = document["paths"][path][method].to_string();
            assert!(operation.contains(scope), "{method} {path}: {}", needed(path, method));
        }
    }
}
