//! Many at once.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    statuses
}

#[actix_web::test]
async fn of_two_stewards_with_one_tag_one_wins() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let steward = app.therapist("steward").await;
    guild.takes_in(&steward, "steward").await;
    let held = ana.joins(&guild.id).await;
    let path = format!("/v1/memberships/{}", held["id"].as_str().unwrap());
    for round in 0..5 {
        let etag = ana.get(&path).await.etag();
        let edit = |who: &crate::support::Person, category: String| {
            who.request("PATCH".parse().unwrap(), &path)
                .header("If-Match", &etag)
                .json(&json!({"category": category}))
                .send()
        };
        let (one, other) =
            tokio::join!(edit(&guild.owner, format!("owner {round}")), edit(&steward, format!("steward {round}")));
        let winner = if one.status == 200 { "owner" } else { "steward" };
        assert_eq!(statuses(&[one, other]), [200, 412]);
        let category = ana.get(&path).await.json["affiliation"]["category"].clone();
        assert_eq!(category, format!("{winner} {round}"));
    }
}

#[actix_web::test]
async fn of_the_last_two_owners_who_leave_at_once_one_stays() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ben = app.therapist("ben").await;
    let second = guild.takes_in(&ben, "owner").await;
    let first = guild.membership_of(&guild.owner).await;
    let (one, other) =
        tokio::join!(guild.owner.decides(&first, "leave", json!({})), ben.decides(&second, "leave", json!({})));
    assert_eq!(statuses(&[one.clone(), other.clone()]), [200, 409]);
    let lost = if one.status == 409 { one } else { other };
    lost.refused(409, "sole_owner");
    assert_eq!(guild.member_count().await, 1);
    let owners = guild.moderator.all(&guild.path("memberships?status=active&role=owner")).await;
    assert_eq!(owners.len(), 1);
}

#[actix_web::test]
async fn fifty_joins_of_one_account_make_one_membership() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let joins = (0..50).map(|_| ana.asks_to_join(&guild.id, json!({})));
    let answers = futures_util::future::join_all(joins).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "already_member");
    }
    assert_eq!(guild.member_count().await, 2);
}

#[actix_web::test]
async fn one_key_from_twenty_tasks_joins_once() {
    let app = TestApp::spawn().await;
    let (ana, guild) = (app.therapist("ana").await, app.guild("open").await);
    let join = || {
        ana.request("POST".parse().unwrap(), &guild.path("memberships"))
            .header("Idempotency-Key", "once")
            .json(&json!({}))
    };
    let answers = futures_util::future::join_all((0..20).map(|_| join().send())).await;
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
