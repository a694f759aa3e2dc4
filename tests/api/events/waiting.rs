//! Waiting for a place, and moving up.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, event_path};

async fn stands(person: &Person, event: &Value) -> (String, Option<i64>) {
    let found = person.registration(event).await.expect(200);
    (found["status"].as_str().unwrap().to_owned(), found["waitlist_position"].as_i64())
}

fn line(list: &[(String, String, Option<i64>)]) -> Vec<(&str, Option<i64>)> {
    list.iter().map(|(name, _, position)| (name.as_str(), *position)).collect()
}

#[actix_web::test]
async fn whoever_waits_longest_moves_up_and_is_told() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 2})).await;
    let [ben, chi, dee, eli, fay] = app.register_all(&event, ["ben", "chi", "dee", "eli", "fay"]).await;
    assert_eq!(
        line(&guild.takes_part(&event).await),
        [("ben", None), ("chi", None), ("dee", Some(1)), ("eli", Some(2)), ("fay", Some(3))]
    );
    // Who leaves the line moves nobody up.
    eli.withdraws(&event).await.expect(204);
    assert_eq!(stands(&fay, &event).await, ("waitlisted".to_owned(), Some(2)));
    ben.withdraws(&event).await.expect(204);
    assert_eq!(stands(&dee, &event).await, ("registered".to_owned(), None));
    assert_eq!(dee.registration(&event).await.expect(200)["version"], 2);
    let mail = app.mail.nth_to(&dee.email, 2).await;
    assert!(mail.text.contains("Grief in the body") && mail.text.contains("10:00 (UTC)"), "{}", mail.text);
    // Who comes back is last.
    assert_eq!(ben.registers(&event).await.expect(201)["waitlist_position"], 2);
    assert_eq!(eli.registers(&event).await.expect(201)["waitlist_position"], 3);
    assert_eq!(
        line(&guild.takes_part(&event).await),
        [("chi", None), ("dee", None), ("fay", Some(1)), ("ben", Some(2)), ("eli", Some(3))]
    );
    chi.withdraws(&event).await.expect(204);
    dee.withdraws(&event).await.expect(204);
    assert_eq!(line(&guild.takes_part(&event).await), [("fay", None), ("ben", None), ("eli", Some(1))]);
    for person in [&fay, &ben] {
        app.mail.nth_to(&person.email, 2).await;
    }
    assert_eq!(app.mail.all().iter().filter(|mail| mail.text.contains("You have a place")).count(), 3);
}

#[actix_web::test]
async fn more_places_go_to_those_who_wait() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 1})).await;
    app.register_all(&event, ["ben", "chi", "dee", "eli", "fay"]).await;
    let path = event_path(&event, "");
    let two_more = guild.owner.patch(&path, json!({"capacity": 3})).await.expect(200);
    assert_eq!((&two_more["registered_count"], &two_more["waitlisted_count"]), (&json!(3), &json!(2)));
    assert_eq!(guild.takes_part(&event).await[3].2, Some(1));
    let open = guild.owner.patch(&path, json!({"capacity": null})).await.expect(200);
    assert_eq!((&open["registered_count"], &open["waitlisted_count"]), (&json!(5), &json!(0)));
    for name in ["chi", "dee", "eli", "fay"] {
        app.mail.nth_to(&format!("{name}@example.org"), 2).await;
    }
}

#[actix_web::test]
async fn nobody_moves_up_into_what_has_begun() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 1})).await;
    let [ben, chi] = app.register_all(&event, ["ben", "chi"]).await;
    let start = event["starts_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    app.later(start - app.clock.now() + TimeDelta::minutes(1));
    app.again(&ben).await.withdraws(&event).await.expect(204);
    assert_eq!(stands(&app.again(&chi).await, &event).await, ("waitlisted".to_owned(), Some(1)));
    assert_eq!(guild.again(&app).await.counts(&event).await, (0, 1));
}

#[actix_web::test]
async fn the_list_of_who_takes_part_is_in_order_whatever_the_page() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 3})).await;
    let people = app.crowd(9).await;
    for person in &people {
        person.registers(&event).await.expect(201);
    }
    people[1].withdraws(&event).await.expect(204);
    people[5].withdraws(&event).await.expect(204);
    let list = async |query: &str| guild.owner.all(&event_path(&event, &format!("/registrations{query}"))).await;
    let whole = list("?limit=100").await;
    let positions: Vec<_> = whole.iter().map(|one| one["waitlist_position"].as_i64()).collect();
    assert_eq!(positions, [None, None, None, Some(1), Some(2), Some(3), Some(4)]);
    for limit in 1..5 {
        assert_eq!(list(&format!("?limit={limit}")).await, whole, "{limit}");
        assert_eq!(list(&format!("?limit={limit}&status=waitlisted")).await, whole[3..], "{limit}");
    }
    assert_eq!(list("?status=registered").await, whole[..3]);
    assert!(list("?status=cancelled").await.is_empty());
    let counted = guild.owner.get(&event_path(&event, "/registrations?limit=1&include_total=true")).await.expect(200);
    assert_eq!(counted["total"], 7);
    guild.owner.get(&event_path(&event, "/registrations?status=invited")).await.invalid_at("status", "unknown_value");

    let mut costs = Vec::new();
    for limit in [4, 7] {
        let before = app.statements().await;
        guild.owner.get(&event_path(&event, &format!("/registrations?limit={limit}"))).await.expect(200);
        costs.push(app.statements().await - before);
    }
    assert_eq!(costs[0], costs[1]);
}
