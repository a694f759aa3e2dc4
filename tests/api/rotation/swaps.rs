use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use support_network::entities::meeting_answer::Answer;

use super::{Ring, id, ring};
use crate::support::{Meetings, Person, TestApp};

impl Person {
    /// Asks whoever has this seat to lead in their place.
    async fn asks_to_swap(&self, meetings: &Meetings, with: &Value, exchange: Option<u64>) -> crate::support::Answer {
        let mut body = json!({"role": "facilitator", "with_membership_id": id(with)});
        if let Some(week) = exchange {
            body["in_exchange_for_meeting_id"] = json!(meetings.id(week));
        }
        self.post(&meetings.path(0, "swaps"), body).await
    }

    async fn answers_swap(&self, swap: &Value, how: &str) -> crate::support::Answer {
        self.post(&format!("/v1/role-swaps/{}/{how}", id(swap)), json!({})).await
    }
}

#[actix_web::test]
async fn a_role_changes_hands_when_whoever_is_asked_accepts() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, of_ben), (chi, _)] } = ring(&app, 90).await;
    let owner = &circle.owner;
    let asked = owner.asks_to_swap(&meetings, &of_ana, Some(1)).await;
    let location = asked.location();
    let swap = asked.expect(201);
    assert_eq!((&swap["status"], &swap["asked_of"]["display_name"]), (&json!("asked"), &json!("ana")));
    assert_eq!(swap["in_exchange_for_meeting_id"], json!(meetings.id(1)));
    let mail = app.mail.saying("ana@example.org", "swap").await.text;
    assert!(mail.contains("swap") && mail.contains("Harbor Circle") && mail.contains("(UTC)"), "{mail}");
    // Only the two know of it until it is accepted.
    assert_eq!(ana.get(&location).await.expect(200), swap);
    chi.get(&location).await.refused(404, "not_found");
    assert_eq!(chi.all(&meetings.path(0, "swaps")).await, Vec::<Value>::new());
    assert_eq!(ana.all("/v1/me/swaps?direction=incoming").await, std::slice::from_ref(&swap));
    assert_eq!(ana.all("/v1/me/swaps?direction=outgoing").await.len(), 0);
    assert_eq!(owner.all("/v1/me/swaps?status=asked&status=lapsed").await.len(), 1);
    owner.asks_to_swap(&meetings, &of_ana, None).await.refused(409, "invalid_transition");
    chi.answers_swap(&swap, "accept").await.refused(404, "not_found");
    owner.answers_swap(&swap, "accept").await.refused(403, "forbidden");
    owner.answers_swap(&swap, "decline").await.refused(403, "forbidden");
    ana.answers_swap(&swap, "withdraw").await.refused(403, "forbidden");

    let accepted = ana.answers_swap(&swap, "accept").await.expect(200);
    assert_eq!((&accepted["status"], &accepted["version"]), (&json!("accepted"), &json!(2)));
    assert_eq!(ben.leaders(&meetings).await, ["ana", "owner", "ben"]);
    let roles = ben.get(&meetings.path(1, "roles")).await.expect(200);
    assert_eq!((&roles["facilitator"]["source"], &roles["version"]), (&json!("swap"), &json!(2)));
    ana.answers_swap(&swap, "accept").await.refused(409, "invalid_transition");
    owner.answers_swap(&swap, "withdraw").await.refused(409, "invalid_transition");
    assert_eq!(chi.all(&meetings.path(0, "swaps")).await.len(), 1, "all see what has changed hands");
    assert_eq!(chi.all(&meetings.path(1, "swaps")).await.len(), 1);
    assert_eq!(chi.all("/v1/me/swaps").await.len(), 0);
    chi.answers_swap(&swap, "accept").await.refused(403, "forbidden");
    for person in [owner, &ana] {
        assert_eq!(person.get("/v1/me/export").await.expect(200)["role_swaps"][0]["status"], "accepted");
    }
    let trail = owner.all(&format!("/v1/audit-events?consultation_group_id={}", circle.id)).await;
    for action in ["role_swap.ask", "role_swap.accept"] {
        assert!(trail.iter().any(|event| event["action"] == action), "{action}");
    }
    // Whoever took it passes it on; whoever passed it on does not get it back by the rotation.
    let next = ana.asks_to_swap(&meetings, &of_ben, None).await.expect(201);
    ben.answers_swap(&next, "accept").await.expect(200);
    assert_eq!(chi.turns(&meetings, 0).await.0, "ben");
    app.says(&of_ben, meetings.id(0), Answer::No).await;
    assert_eq!(chi.turns(&meetings, 0).await.0, "chi");
}

#[actix_web::test]
async fn a_presenter_passes_the_slot_on_and_stays_in_the_queue() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, _), (ben, of_ben), _] } = ring(&app, 60).await;
    ana.asks_to_present(&circle, false).await;
    let body = json!({"role": "presenter", "with_membership_id": id(&of_ben)});
    ben.post(&meetings.path(0, "swaps"), body.clone()).await.refused(403, "forbidden");
    let swap = ana.post(&meetings.path(0, "swaps"), body).await.expect(201);
    ben.answers_swap(&swap, "accept").await.expect(200);
    assert_eq!(ben.turns(&meetings, 0).await, ("owner".into(), vec!["ben".into()]));
    assert_eq!(ben.turns(&meetings, 1).await.1, ["ana"]);
}

#[actix_web::test]
async fn what_cannot_be_asked_is_said_at_its_place() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, of_ben), (_, of_chi)] } = ring(&app, 60).await;
    let owner = &circle.owner;
    let of_owner = circle.membership_of(owner).await;
    ben.asks_to_present(&circle, false).await;
    app.says(&of_chi, meetings.id(0), Answer::No).await;
    let with = "#/with_membership_id";
    let exchange = "#/in_exchange_for_meeting_id";
    ana.asks_to_swap(&meetings, &of_ben, None).await.refused(403, "forbidden");
    owner.asks_to_swap(&meetings, &of_owner, None).await.invalid_at(with, "own_membership");
    owner.asks_to_swap(&meetings, &of_ben, None).await.invalid_at(with, "has_a_role");
    owner.asks_to_swap(&meetings, &of_chi, None).await.invalid_at(with, "not_available");
    let nobody = json!({"id": uuid::Uuid::now_v7()});
    owner.asks_to_swap(&meetings, &nobody, None).await.invalid_at(with, "not_a_member");
    owner.asks_to_swap(&meetings, &of_ana, Some(0)).await.invalid_at(exchange, "unknown_meeting");
    owner.asks_to_swap(&meetings, &of_ana, Some(2)).await.invalid_at(exchange, "not_their_turn");
    app.says(&of_owner, meetings.id(1), Answer::No).await;
    owner.asks_to_swap(&meetings, &of_ana, Some(1)).await.invalid_at(exchange, "not_available");
    let other = app.circle_of(&app.therapist("eve").await, "Other").await;
    let elsewhere = app.meets_weekly(&other, 60).await;
    let mut body = json!({"role": "facilitator", "with_membership_id": id(&of_ana)});
    body["in_exchange_for_meeting_id"] = json!(elsewhere.id(0));
    owner.post(&meetings.path(0, "swaps"), body.clone()).await.invalid_at(exchange, "unknown_meeting");
    body["in_exchange_for_meeting_id"] = json!(uuid::Uuid::now_v7());
    owner.post(&meetings.path(0, "swaps"), body.clone()).await.invalid_at(exchange, "unknown_meeting");
    body["role"] = json!("owner");
    owner.post(&meetings.path(0, "swaps"), body).await.invalid_at("#/role", "unknown_value");
    app.calls_off_one(meetings.id(0)).await;
    owner.asks_to_swap(&meetings, &of_ana, None).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn a_swap_is_declined_withdrawn_or_lapses() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 60).await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, of_ben), (_, of_chi)] } = &there;
    let owner = &circle.owner;
    let declined = owner.asks_to_swap(meetings, of_ana, None).await.expect(201);
    let withdrawn = owner.asks_to_swap(meetings, of_ben, None).await.expect(201);
    let left = owner.asks_to_swap(meetings, of_chi, None).await.expect(201);
    let path = format!("/v1/role-swaps/{}/decline", id(&declined));
    let stale = ana.request(Method::POST, &path).header("if-match", "\"9.x\"").json(&json!({})).send().await;
    stale.refused(412, "stale_version");
    assert_eq!(ana.answers_swap(&declined, "decline").await.expect(200)["status"], "declined");
    assert_eq!(owner.answers_swap(&withdrawn, "withdraw").await.expect(200)["status"], "withdrawn");
    ben.answers_swap(&withdrawn, "accept").await.refused(409, "invalid_transition");
    assert_eq!(ben.turns(meetings, 0).await.0, "owner");
    // Somebody who was asked and said no can be asked again.
    owner.asks_to_swap(meetings, of_ana, None).await.expect(201);
    let mine = owner.all("/v1/me/swaps?limit=2").await;
    assert_eq!(mine.len(), 4);
    app.later(TimeDelta::days(2) + TimeDelta::minutes(1));
    let there = there.again(&app).await;
    let (owner, chi) = (&there.circle.owner, &there.members[2].0);
    assert_eq!(owner.all("/v1/me/swaps?status=asked").await.len(), 0);
    assert_eq!(owner.all("/v1/me/swaps?status=lapsed&include_total=true").await.len(), 2);
    assert_eq!(owner.all(&there.meetings.path(0, "swaps?status=lapsed")).await.len(), 2);
    assert_eq!(owner.all("/v1/me/swaps?status=declined&status=withdrawn").await.len(), 2);
    let late = chi.answers_swap(&left, "accept").await;
    assert!(late.text.contains("the swap is lapsed"), "{}", late.text);
    late.refused(409, "invalid_transition");
    owner.asks_to_swap(&there.meetings, &there.members[0].1, None).await.refused(409, "invalid_transition");
    owner.get("/v1/me/swaps?status=lost").await.refused(422, "validation_failed");
}

#[actix_web::test]
async fn what_has_changed_hands_meanwhile_is_not_swapped() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), (_, of_chi)] } = ring(&app, 60).await;
    let owner = &circle.owner;
    let of_owner = circle.membership_of(owner).await;
    let swap = owner.asks_to_swap(&meetings, &of_ana, Some(1)).await.expect(201);
    // ana does not lead the second any more.
    app.says(&of_ana, meetings.id(1), Answer::No).await;
    let answer = ana.answers_swap(&swap, "accept").await;
    assert!(answer.text.contains("changed hands"), "{}", answer.text);
    answer.refused(409, "invalid_transition");
    app.says(&of_ana, meetings.id(1), Answer::Yes).await;
    app.says(&of_owner, meetings.id(1), Answer::No).await;
    ana.answers_swap(&swap, "accept").await.refused(409, "invalid_transition");
    app.says(&of_owner, meetings.id(1), Answer::Yes).await;
    // Nor does the owner lead the first.
    let appointed = json!({"membership_id": id(&of_chi)});
    owner.put(&meetings.path(0, "roles/facilitator"), appointed).await.expect(200);
    ana.answers_swap(&swap, "accept").await.refused(409, "invalid_transition");
    owner.delete(&meetings.path(0, "roles/facilitator")).await.expect(204);
    // ana presents at the first meanwhile.
    ana.asks_to_present(&circle, false).await;
    ana.answers_swap(&swap, "accept").await.refused(409, "invalid_transition");
    assert_eq!(ben.turns(&meetings, 0).await, ("owner".into(), vec!["ana".into()]));
}

/// Three are asked to take one role and accept at once: one gets it.
#[actix_web::test]
async fn of_three_who_accept_at_once_one_gets_the_role() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members } = ring(&app, 60).await;
    let mut asked = Vec::new();
    for (person, seat) in &members {
        asked.push((person, circle.owner.asks_to_swap(&meetings, seat, None).await.expect(201)));
    }
    let tasks = asked.iter().flat_map(|(person, swap)| (0..5).map(move |_| person.answers_swap(swap, "accept")));
    let answers = join_all(tasks).await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(200), of(409)), (1, 14));
    let accepted = answers.iter().find(|answer| answer.status == 200).unwrap();
    let leader = circle.owner.turns(&meetings, 0).await.0;
    assert_eq!(accepted.json["asked_of"]["display_name"], leader.as_str());
    assert_eq!(circle.owner.all(&meetings.path(0, "swaps?status=accepted")).await.len(), 1);
}
