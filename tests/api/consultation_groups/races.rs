//! Many at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Circle, TestApp, last_of_owners};

/// How many ask for the last seat at once, and how often that is tried.
const RACERS: usize = 50;
const ROUNDS: usize = 200;

/// The free seat of each round is got by one of fifty who ask at once; the others wait in order, and nobody is lost.
#[actix_web::test]
async fn fifty_ask_for_the_last_seat_and_one_gets_it() {
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let racers = app.crowd(RACERS).await;
    for round in 0..ROUNDS {
        let circle = app.small_circle_of(&owner, 2).await;
        let asked = join_all(racers.iter().map(|racer| racer.asks_for_a_seat(&circle.id, json!({})))).await;
        let seats: Vec<Value> = asked.into_iter().map(|answer| answer.expect(201)).collect();
        let with = |status: &str| seats.iter().filter(|seat| seat["status"] == status).count();
        assert_eq!((with("awaiting_signature"), with("waitlisted")), (1, RACERS - 1), "round {round}");
        let mut line: Vec<i64> = owner
            .all(&circle.path("memberships?status=waitlisted&limit=100"))
            .await
            .iter()
            .map(|seat| seat["seat"]["waitlist_position"].as_i64().unwrap())
            .collect();
        line.sort_unstable();
        assert_eq!(line, (1..RACERS as i64).collect::<Vec<_>>(), "round {round}");
    }
}

/// Those who leave, withdraw and join at once never hold more seats than there are.
#[actix_web::test]
async fn seats_are_never_more_than_there_are_whatever_happens_at_once() {
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let people = app.crowd(12).await;
    let group = app.small_circle_of(&owner, 4).await.id;
    let lives = people.iter().map(async |person| {
        for _ in 0..4 {
            let seat = person.asks_for_a_seat(&group, json!({})).await.expect(201);
            let card = person.get(&format!("/v1/consultation-groups/{group}")).await.expect(200);
            assert!(card["open_seats"].as_i64().unwrap() >= 0);
            person.decides(&seat, "withdraw", json!({})).await.expect(200);
        }
        person.asks_for_a_seat(&group, json!({})).await.expect(201)
    });
    let last = join_all(lives).await;
    assert_eq!(last.len(), 12);
    let all = owner.all(&format!("/v1/consultation-groups/{group}/memberships?limit=100")).await;
    let open = |status: &str| all.iter().filter(|seat| seat["status"] == status).count();
    assert_eq!((open("awaiting_signature"), open("waitlisted")), (3, 9));
}

#[actix_web::test]
async fn one_invitation_accepted_by_fifty_tasks_gives_one_seat() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"join_policy": "invitation"})).await;
    let ben = app.verified_therapist("ben").await;
    let body = json!({"email": "ben@example.org", "reserve_seat": true});
    let offer = circle.owner.post(&circle.path("invitations"), body).await.expect(201);
    let path = format!("/v1/invitations/{}/accept", offer["token"].as_str().unwrap());
    let answers = join_all((0..RACERS).map(|_| ben.post(&path, json!({})))).await;
    let mut seats: Vec<Value> = answers.into_iter().map(|answer| answer.expect(200)["id"].clone()).collect();
    seats.dedup();
    assert_eq!(seats.len(), 1);
    assert_eq!(circle.card().await["open_seats"], 6);
}

#[actix_web::test]
async fn of_the_owners_of_a_group_who_leave_and_step_down_at_once_one_stays() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let mut first = circle.owner.clone();
    // The last two, and then five.
    for others in [1, 4] {
        let mut owners = vec![(first.clone(), circle.membership_of(&first).await)];
        let circle = Circle { id: circle.id.clone(), name: circle.name.clone(), owner: first };
        for number in 0..others {
            let person = app.therapist(&format!("of{others}-{number}")).await;
            let seat = circle.seats_as(&person, "owner").await;
            owners.push((person, seat));
        }
        first = last_of_owners(&owners, RACERS).await.clone();
        let owners = first.all(&circle.path("memberships?status=active&role=owner")).await;
        assert_eq!((owners.len(), &owners[0]["account_id"]), (1, &json!(first.id)));
    }
}
