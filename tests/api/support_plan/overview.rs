use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::TestApp;

fn labels<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_plan_at_a_glance_tells_what_is_due_and_where_nothing_holds() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let empty = ana.get("/v1/support-plan").await.expect(200);
    assert_eq!(empty["gaps"].as_array().unwrap().len(), 16);
    assert_eq!((&empty["tie_count"], &empty["due_actions"]), (&json!(0), &json!([])));

    for (what, more) in [
        ("late", json!({"due_on": app.day(-1)})),
        ("soon", json!({"due_on": app.day(7)})),
        ("later", json!({"due_on": app.day(8)})),
        ("weekly", json!({"status": "active", "avenue": "family", "cadence": {"every": 1, "unit": "weeks"}})),
        ("whenever", json!({"status": "active"})),
    ] {
        let mut body = more;
        body["what"] = json!(what);
        ana.plans(body).await.expect(201);
    }
    let done = ana.action(json!({"status": "active", "due_on": app.day(-3)})).await;
    ana.patch(&done, json!({"status": "done"})).await.expect(200);
    let daily = json!({"every": 1, "unit": "days"});
    ana.ties(json!({"label": "Choir", "kind": "group", "avenue": "clubs_hobbies"})).await.expect(201);
    let late = json!({"label": "Ruth", "cadence": daily, "last_contact_on": app.day(-9)});
    ana.ties(late).await.expect(201);
    ana.ties(json!({"label": "Sam", "cadence": {"every": 1, "unit": "months"}})).await.expect(201);

    let plan = ana.get("/v1/support-plan").await.expect(200);
    assert_eq!(plan["actions"], json!({"planned": 3, "active": 2, "done": 1, "dropped": 0}));
    assert_eq!(labels(&plan["due_actions"], "what"), ["late", "weekly", "soon"]);
    assert_eq!((labels(&plan["due_ties"], "label"), &plan["tie_count"]), (vec!["Ruth"], &json!(3)));
    let on = |key: &str| plan["avenues"].as_array().unwrap().iter().find(|one| one["avenue"] == key).unwrap().clone();
    for (key, ties, overdue, active, gap) in [
        ("friendships", 2, 1, 1, false),
        ("family", 0, 0, 1, false),
        ("clubs_hobbies", 1, 0, 0, false),
        ("volunteering", 0, 0, 0, true),
    ] {
        let one = on(key);
        let counts = json!([one["tie_count"], one["overdue_tie_count"], one["active_action_count"], one["is_gap"]]);
        assert_eq!(counts, json!([ties, overdue, active, gap]), "{key}");
        assert_eq!(plan["gaps"].as_array().unwrap().contains(&json!(key)), gap, "{key}");
    }
    assert_eq!(plan["gaps"].as_array().unwrap().len(), 13);

    app.later(TimeDelta::days(40));
    let plan = app.sign_in(&ana.id, &ana.email).await.get("/v1/support-plan").await.expect(200);
    assert_eq!(labels(&plan["due_ties"], "label"), ["Ruth", "Sam"]);
}
