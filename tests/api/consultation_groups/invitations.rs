//! Invitations to groups, with a seat kept free or not.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, Circle, Person, TestApp};

impl Circle {
    async fn invites(&self, who: &Person, body: Value) -> Answer {
        who.post(&self.path("invitations"), body).await
    }
}

fn token_path(invitation: &Value, of: &str) -> String {
    format!("/v1/invitations/{}{of}", invitation["token"].as_str().unwrap())
}

#[actix_web::test]
async fn an_invitation_shows_the_card_and_gives_a_seat() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"visibility": "hidden", "join_policy": "invitation"})).await;
    let ben = app.verified_therapist("ben").await;
    let path = format!("/v1/consultation-groups/{}", circle.id);
    ben.get(&path).await.refused(404, "not_found");
    let body = json!({"email": "ben@example.org", "message": "Join us!"});
    let offer = circle.invites(&circle.owner, body).await.expect(201);
    assert_eq!(
        (&offer["kind"], &offer["consultation_group_name"]),
        (&json!("consultation_group"), &json!("Harbor Circle"))
    );
    assert!(app.mail.nth_to("ben@example.org", 2).await.text.contains("Harbor Circle"));

    let card = app.anonymous().get(&token_path(&offer, "")).await.expect(200);
    assert_eq!(card["consultation_group"]["open_seats"], 7);
    assert_eq!((card.get("email"), card.get("organization_id")), (None, None));
    ben.get(&path).await.expect(200);
    ben.get(&circle.path("memberships")).await.refused(403, "forbidden");
    ben.asks_for_a_seat(&circle.id, json!({})).await.refused(403, "forbidden");
    assert_eq!(ben.all("/v1/invitations").await.len(), 1);

    app.verified_therapist("eve")
        .await
        .post(&token_path(&offer, "/accept"), json!({}))
        .await
        .refused(403, "invitation_for_another_address");
    let seat = ben.post(&token_path(&offer, "/accept"), json!({})).await.expect(200);
    assert_eq!((&seat["status"], &seat["role"]), (&json!("awaiting_signature"), &json!("member")));
    let again = ben.post(&token_path(&offer, "/accept"), json!({})).await.expect(200);
    assert_eq!(again["id"], seat["id"]);
    ben.signs(&seat).await.expect(200);
}

#[actix_web::test]
async fn a_kept_seat_is_nobody_elses_until_it_is_answered_or_expires() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "quorum": 2, "max_size": 2})).await;
    let invite = async |email: &str, days: i64| {
        let body = json!({"email": email, "reserve_seat": true, "expires_in_days": days});
        circle.invites(&circle.owner, body).await
    };
    let (ben, chi) = (app.verified_therapist("ben").await, app.verified_therapist("chi").await);
    let kept = invite("ben@example.org", 3).await.expect(201);
    let card = circle.card().await;
    assert_eq!((&card["open_seats"], &card["member_count"]), (&json!(0), &json!(1)));
    invite("dee@example.org", 3).await.refused(409, "group_full");
    let kept_again = invite("ben@example.org", 3).await.expect(201);
    ben.get(&token_path(&kept, "")).await.refused(410, "invitation_closed");
    let waits = circle.admits(&chi).await;
    assert_eq!(waits["status"], "waitlisted");
    circle.owner.patch(&format!("/v1/consultation-groups/{}", circle.id), json!({"max_size": 3})).await.expect(200);
    assert_eq!(chi.reads(&waits).await.expect(200)["status"], "awaiting_signature");
    let dee = app.therapist("dee").await;
    let next = circle.admits(&dee).await;
    assert_eq!(next["status"], "waitlisted");
    // Declined: the seat goes to whoever waits. Accepted: it is theirs.
    ben.post(&token_path(&kept_again, "/decline"), json!({})).await.expect(200);
    assert_eq!(dee.reads(&next).await.expect(200)["status"], "awaiting_signature");
    dee.decides(&next, "withdraw", json!({})).await.expect(200);
    let third = invite("ben@example.org", 3).await.expect(201);
    let eli = app.therapist("eli").await;
    let last = circle.admits(&eli).await;
    assert_eq!(last["status"], "waitlisted");
    let seat = ben.post(&token_path(&third, "/accept"), json!({})).await.expect(200);
    assert_eq!(seat["status"], "awaiting_signature", "the kept seat is taken before the waitlist");
    assert_eq!(eli.reads(&last).await.expect(200)["status"], "waitlisted");
    // Expired: it counts as free at once.
    ben.decides(&seat, "withdraw", json!({})).await.expect(200);
    assert_eq!(eli.reads(&last).await.expect(200)["status"], "awaiting_signature");
    eli.decides(&last, "withdraw", json!({})).await.expect(200);
    invite("fay@example.org", 3).await.expect(201);
    assert_eq!(circle.card().await["open_seats"], 0);
    app.later(TimeDelta::days(3));
    assert_eq!(app.circle_again(&circle).await.card().await["open_seats"], 1);
}

#[actix_web::test]
async fn whoever_decides_about_applicants_invites() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, _), (fay, facilitator)] = circle.seats_all(&app, ["ben", "fay"]).await;
    circle.owner.edits(&facilitator, json!({"role": "facilitator"})).await.expect(200);
    let offer = |role: &str| json!({"email": "gus@example.org", "role": role});
    app.therapist("eve").await.post(&circle.path("invitations"), offer("member")).await.refused(403, "forbidden");
    circle.invites(&ben, offer("member")).await.refused(403, "forbidden");
    circle.invites(&fay, offer("facilitator")).await.refused(403, "forbidden");
    circle.invites(&fay, offer("steward")).await.invalid_at("#/role", "unknown_role");
    let made = circle.invites(&fay, offer("member")).await.expect(201);
    circle.invites(&circle.owner, offer("owner")).await.expect(201);
    ben.get(&circle.path("invitations")).await.refused(403, "forbidden");
    let listed = fay.all(&circle.path("invitations")).await;
    assert_eq!(listed.iter().map(|one| &one["status"]).collect::<Vec<_>>(), ["superseded", "pending"]);
    assert!(listed.iter().all(|one| one.get("token").is_none()));
    let path = format!("/v1/invitations/{}", listed[1]["id"].as_str().unwrap());
    ben.get(&path).await.refused(404, "not_found");
    ben.delete(&path).await.refused(404, "not_found");
    fay.post(&format!("{path}/resend"), json!({})).await.refused(403, "forbidden");
    circle.owner.post(&format!("{path}/resend"), json!({})).await.expect(200);
    fay.delete(&path).await.expect(204);
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let organization = json!({"email": "gus@example.org", "reserve_seat": true});
    guild.owner.post(&guild.path("invitations"), organization).await.invalid_at("#/reserve_seat", "not_of_this_kind");
    assert!(made["token"].is_string());
}

#[actix_web::test]
async fn one_issued_before_a_removal_is_void() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let ben = app.verified_therapist("ben").await;
    let seat = circle.seats(&ben).await;
    let offer = circle.invites(&circle.owner, json!({"email": "ben@example.org"})).await.expect(201);
    ben.post(&token_path(&offer, "/accept"), json!({})).await.refused(409, "already_member");
    circle.owner.decides(&seat, "remove", json!({"reason": "Conduct."})).await.expect(200);
    ben.post(&token_path(&offer, "/accept"), json!({})).await.refused(410, "invitation_closed");
    app.later(TimeDelta::seconds(2));
    let offer = circle.invites(&circle.owner, json!({"email": "ben@example.org"})).await.expect(201);
    ben.post(&token_path(&offer, "/accept"), json!({})).await.expect(200);
}
