//! Many at once.

use serde_json::{Value, json};

use crate::support::{TestApp, last_of_owners};

/// How many ask at once.
const RACERS: usize = 50;

#[actix_web::test]
async fn of_two_stewards_with_one_tag_one_wins() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let stewards = [app.therapist("steward").await, app.therapist("another").await];
    for steward in &stewards {
        guild.takes_in(steward, "steward").await;
    }
    let held = ana.joins(&guild.id).await;
    let path = format!("/v1/memberships/{}", held["id"].as_str().unwrap());
    for round in 0..5 {
        let etag = ana.get(&path).await.etag();
        let edits = (0..RACERS).map(|number| {
            let request = stewards[number % 2].request("PATCH".parse().unwrap(), &path).header("If-Match", &etag);
            request.json(&json!({"category": format!("{round}, {number}")})).send()
        });
        let answers = futures_util::future::join_all(edits).await;
        let winners: Vec<usize> = (0..RACERS).filter(|number| answers[*number].status == 200).collect();
        for answer in answers.into_iter().filter(|answer| answer.status != 200) {
            answer.refused(412, "stale_version");
        }
        let [winner] = winners[..] else { panic!("{winners:?} won") };
        let category = ana.get(&path).await.json["affiliation"]["category"].clone();
        assert_eq!(category, format!("{round}, {winner}"));
    }
}

#[actix_web::test]
async fn of_owners_who_leave_and_step_down_at_once_one_stays() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let mut first = guild.owner.clone();
    // The last two, and then ten.
    for others in [1, 9] {
        let mut owners = vec![(first.clone(), guild.membership_of(&first).await)];
        for number in 0..others {
            let person = app.therapist(&format!("of{others}-{number}")).await;
            let membership = guild.takes_in(&person, "owner").await;
            owners.push((person, membership));
        }
        first = last_of_owners(&owners, RACERS).await.clone();
        let owners = guild.moderator.all(&guild.path("memberships?status=active&role=owner")).await;
        assert_eq!((owners.len(), &owners[0]["account_id"]), (1, &json!(first.id)));
        guild.member_count().await;
    }
}

#[actix_web::test]
async fn fifty_joins_of_one_account_make_one_membership() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let joins = (0..RACERS).map(|_| ana.asks_to_join(&guild.id, json!({})));
    let answers = futures_util::future::join_all(joins).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "already_member");
    }
    assert_eq!(guild.member_count().await, 2);
}

#[actix_web::test]
async fn one_key_from_fifty_tasks_joins_once() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let join = || {
        ana.request("POST".parse().unwrap(), &guild.path("memberships"))
            .header("Idempotency-Key", "once")
            .json(&json!({}))
    };
    let answers = futures_util::future::join_all((0..RACERS).map(|_| join().send())).await;
    let mut made: Vec<Value> = Vec::new();
    for answer in answers {
        match answer.status {
            201 => made.push(answer.expect(201)),
            _ => drop(answer.refused(409, "idempotency_key_in_use")),
        }
    }
    assert!(!made.is_empty());
    let replayed = join().send().await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    made.push(replayed.expect(201));
    made.dedup();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(guild.member_count().await, 2);
}

#[actix_web::test]
async fn people_who_join_and_leave_at_once_are_counted_right() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let mut people = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        people.push(app.therapist(name).await);
    }
    let lives = people.iter().map(async |person| {
        for _ in 0..3 {
            let held = person.joins(&guild.id).await;
            person.decides(&held, "leave", json!({})).await.expect(200);
        }
        person.joins(&guild.id).await;
    });
    futures_util::future::join_all(lives).await;
    assert_eq!(guild.member_count().await, 7);
}
