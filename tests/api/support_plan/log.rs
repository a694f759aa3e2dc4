use chrono::{NaiveDate, TimeDelta};
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;
use support_network::entities::support_action;
use uuid::Uuid;

use crate::support::TestApp;

#[actix_web::test]
async fn doing_it_is_logged_and_counts() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = ana.action(json!({"cadence": {"every": 1, "unit": "weeks"}})).await;
    assert_eq!(ana.get(&path).await.expect(200)["status"], "planned");

    let made = ana.logs(&path, json!({"note": "We laughed.\nA lot.", "helpful": 4})).await;
    let (location, entry) = (made.location(), made.expect(201));
    assert_eq!((&entry["done_on"], &entry["helpful"]), (&json!(app.day(0)), &json!(4)));
    assert_eq!(&ana.get(&location).await.expect(200), &entry);
    let action = ana.get(&path).await.expect(200);
    assert_eq!((&action["status"], &action["active_since"]), (&json!("active"), &json!(app.day(0))));
    assert_eq!((&action["times_done"], &action["streak"]), (&json!(1), &json!(1)));
    assert_eq!((&action["next_due_on"], &action["version"]), (&json!(app.day(13)), &json!(2)));

    // Two weeks before, one of them forgotten until now.
    for days in [-14, -7] {
        ana.logs(&path, json!({"done_on": app.day(days)})).await.expect(201);
    }
    let action = ana.get(&path).await.expect(200);
    assert_eq!((&action["streak"], &action["longest_streak"]), (&json!(3), &json!(3)));
    assert_eq!(action["last_done_on"], app.day(0));
    let log = ana.all(&format!("{path}/log?limit=2")).await;
    assert_eq!(log.len(), 3);
    let middle = log.iter().find(|one| one["done_on"] == app.day(-7)).unwrap();
    let middle = format!("{path}/log/{}", middle["id"].as_str().unwrap());
    let stale = ana.request(Method::DELETE, &middle).header("if-match", "\"2.x\"").send().await;
    stale.refused(412, "stale_version");
    ana.delete(&middle).await.expect(204);
    ana.delete(&middle).await.refused(404, "not_found");
    ana.get(&middle).await.refused(404, "not_found");
    let action = ana.get(&path).await.expect(200);
    assert_eq!((&action["streak"], &action["longest_streak"]), (&json!(1), &json!(1)));
    assert_eq!((&action["times_done"], &action["version"]), (&json!(2), &json!(5)));

    // A week passes without: the streak holds until it is over.
    app.later(TimeDelta::days(13));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let action = ana.get(&path).await.expect(200);
    assert_eq!((&action["streak"], &action["overdue"]), (&json!(1), &json!(false)));
    app.later(TimeDelta::days(1));
    let action = app.sign_in(&ana.id, &ana.email).await.get(&path).await.expect(200);
    assert_eq!((&action["streak"], &action["overdue"]), (&json!(0), &json!(true)));
}

#[actix_web::test]
async fn the_future_is_where_the_person_is() {
    let app = TestApp::spawn().await;
    let (west, east) = (app.therapist("west").await, app.therapist("east").await);
    for (person, zone) in [(&west, "Pacific/Pago_Pago"), (&east, "Pacific/Kiritimati")] {
        person.patch("/v1/me", json!({"time_zone": zone})).await.expect(200);
        let now = app.clock.now();
        let here = now.with_timezone(&zone.parse::<chrono_tz::Tz>().unwrap()).date_naive();
        let path = person.action(json!({"status": "active"})).await;
        let entry = person.logs(&path, json!({})).await.expect(201);
        assert_eq!(entry["done_on"], here.to_string());
        let tomorrow = (here + TimeDelta::days(1)).to_string();
        let late = person.logs(&path, json!({"done_on": tomorrow})).await;
        late.invalid_at("#/done_on", "in_the_future");
        person.ties(json!({"last_contact_on": tomorrow})).await.invalid_at("#/last_contact_on", "in_the_future");
        let tie = person.tie(json!({"last_contact_on": here})).await;
        let later = person.patch(&tie, json!({"last_contact_on": tomorrow})).await;
        later.invalid_at("#/last_contact_on", "in_the_future");
        let later = person.post(&format!("{tie}/contacts"), json!({"contact_on": tomorrow})).await;
        later.invalid_at("#/contact_on", "in_the_future");
    }
}

#[actix_web::test]
async fn what_is_logged_at_once_is_all_counted_and_a_log_has_an_end() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = ana.action(json!({})).await;
    let answers = futures_util::future::join_all((0..20).map(|_| ana.logs(&path, json!({})))).await;
    answers.into_iter().for_each(|answer| drop(answer.expect(201)));
    assert_eq!(ana.get(&path).await.expect(200)["times_done"], 20);
    assert_eq!(ana.all(&format!("{path}/log?limit=7")).await.len(), 20);

    fill(&app, &ana.id, &path).await;
    ana.logs(&path, json!({})).await.expect(201);
    ana.logs(&path, json!({})).await.refused(409, "plan_full");
    assert_eq!(ana.get(&path).await.expect(200)["times_done"], 1000);
}

/// Makes the action one that was done 999 times.
async fn fill(app: &TestApp, account_id: &str, path: &str) {
    let id: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
    let key = app.state.data_key(account_id.parse().unwrap()).await.unwrap();
    let write = app.state.db.write(async |tx| {
        let row = support_action::Entity::find_by_id(id).one(tx).await?.unwrap();
        let mut content: support_action::Content = key.open(&row.content, &row.place())?;
        content.done = vec![NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(); 999];
        let content = Set(key.seal(&content, &row.place())?);
        let changed = support_action::ActiveModel { id: Set(id), content, ..Default::default() };
        support_action::Entity::update(changed).exec(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}
