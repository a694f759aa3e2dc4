//! Many at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, event_path};

fn statuses(answers: &[Value]) -> (usize, usize) {
    let with = |status: &str| answers.iter().filter(|one| one["status"] == status).count();
    (with("registered"), with("waitlisted"))
}

/// A hundred ask at once for ten places: ten are in, ninety wait in order; then each withdrawal moves exactly one up.
#[actix_web::test]
async fn a_hundred_register_for_ten_places() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let people = app.crowd(100).await;
    // The mails that greet them are sent by then, and take no turns from those who register.
    for person in &people {
        app.mail.to(&person.email).await;
    }
    let event = guild.holds(&app, json!({"capacity": 10})).await;
    let asked = join_all(people.iter().map(|person| person.registers(&event))).await;
    let answers: Vec<Value> = asked.into_iter().map(|answer| answer.expect(201)).collect();
    assert_eq!(statuses(&answers), (10, 90));
    let mut told: Vec<i64> = answers.iter().filter_map(|one| one["waitlist_position"].as_i64()).collect();
    told.sort_unstable();
    assert_eq!(told, (1..=90).collect::<Vec<_>>());
    let list = guild.takes_part(&event).await;
    let line: Vec<&str> = list.iter().filter(|one| one.1 == "waitlisted").map(|one| one.0.as_str()).collect();
    let positions: Vec<i64> = list.iter().filter_map(|one| one.2).collect();
    assert_eq!(positions, (1..=90).collect::<Vec<_>>());
    // What each was told is where they stand.
    for answer in answers.iter().filter(|one| one["status"] == "waitlisted") {
        let place = usize::try_from(answer["waitlist_position"].as_i64().unwrap()).unwrap() - 1;
        assert_eq!(line[place], answer["display_name"].as_str().unwrap());
    }

    // One by one, then all at once.
    let named = |name: &str| people.iter().find(|person| person.email == format!("{name}@example.org")).unwrap();
    let seated: Vec<&Person> = list.iter().filter(|one| one.1 == "registered").map(|one| named(&one.0)).collect();
    for (number, person) in seated[..3].iter().enumerate() {
        person.withdraws(&event).await.expect(204);
        assert_eq!(guild.counts(&event).await, (10, 89 - i64::try_from(number).unwrap()));
        assert_eq!(named(line[number]).registration(&event).await.expect(200)["status"], "registered");
    }
    let withdrawn = join_all(seated[3..].iter().map(|person| person.withdraws(&event))).await;
    assert!(withdrawn.iter().all(|answer| answer.status == 204));
    let list = guild.takes_part(&event).await;
    let mut seated: Vec<&str> = list.iter().filter(|one| one.1 == "registered").map(|one| one.0.as_str()).collect();
    let waiting: Vec<&str> = list.iter().filter(|one| one.1 == "waitlisted").map(|one| one.0.as_str()).collect();
    assert_eq!(waiting, line[10..], "the others are in their order");
    let mut first = line[..10].to_vec();
    seated.sort_unstable();
    first.sort_unstable();
    assert_eq!(seated, first, "exactly the first ten moved up");
    let mails = async || app.mail.all().iter().filter(|mail| mail.text.contains("You have a place")).count();
    for name in &line[..10] {
        app.mail.nth_to(&format!("{name}@example.org"), 2).await;
    }
    assert_eq!(mails().await, 10);
}

/// Whatever people do at once, no place is given twice, and the counts are those of the list.
#[actix_web::test]
async fn places_are_never_more_than_there_are() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let people = app.crowd(12).await;
    let event = guild.holds(&app, json!({"capacity": 3})).await;
    let lives = people.iter().map(async |person| {
        for _ in 0..4 {
            person.registers(&event).await.expect(201);
            let seen = person.get(&event_path(&event, "")).await.expect(200);
            assert!(seen["registered_count"].as_i64().unwrap() <= 3 && seen["my_registration"].is_string(), "{seen}");
            person.withdraws(&event).await.expect(204);
        }
        person.registers(&event).await.expect(201);
    });
    join_all(lives).await;
    let list = guild.takes_part(&event).await;
    assert_eq!((list.len(), guild.counts(&event).await), (12, (3, 9)));
}

#[actix_web::test]
async fn one_person_registers_once() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 10})).await;
    let ben = app.therapist("ben").await;
    let answers = join_all((0..20).map(|_| ben.registers(&event))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 19], vec![201]].concat());
    let answers = join_all((0..20).map(|_| ben.withdraws(&event))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert_eq!(guild.counts(&event).await, (0, 0));
}

/// Those who register and a capacity that changes meanwhile.
#[actix_web::test]
async fn a_capacity_that_changes_meanwhile_is_kept() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let people = app.crowd(20).await;
    let event = guild.holds(&app, json!({"capacity": 5})).await;
    let path = event_path(&event, "");
    let registering = join_all(people.iter().map(|person| person.registers(&event)));
    let changing = async {
        for capacity in [6, 7, 8] {
            guild.owner.patch(&path, json!({"capacity": capacity})).await.expect(200);
        }
    };
    let (answers, ()) = tokio::join!(registering, changing);
    assert!(answers.iter().all(|answer| answer.status == 201));
    guild.takes_part(&event).await;
    assert_eq!(guild.counts(&event).await, (8, 12));
}

/// Two instances write to one database.
#[actix_web::test]
async fn two_instances_give_each_place_once() {
    let app = TestApp::spawn().await;
    if app.is_sqlite() {
        return;
    }
    let other = app.another_instance().await;
    let guild = app.guild("open").await;
    let people = app.crowd(40).await;
    let event = guild.holds(&app, json!({"capacity": 10})).await;
    let asked = people.iter().enumerate().map(async |(number, person)| {
        let token = person.token.clone().unwrap();
        let client = if number % 2 == 0 { app.with_token(&token) } else { other.with_token(&token) };
        client.registers(&event).await.expect(201)
    });
    assert_eq!(statuses(&join_all(asked).await), (10, 30));
    guild.takes_part(&event).await;
    let left = people.iter().enumerate().map(async |(number, person)| {
        let token = person.token.clone().unwrap();
        let client = if number % 2 == 0 { other.with_token(&token) } else { app.with_token(&token) };
        if number < 20 { client.withdraws(&event).await.expect(204) } else { Value::Null }
    });
    join_all(left).await;
    guild.takes_part(&event).await;
    assert_eq!(guild.counts(&event).await, (10, 10));
}
