//! Invitations: offered, read by token, accepted by the address that they are for.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Guild, Person, TestApp};

impl Guild {
    async fn invites(&self, by: &Person, body: Value) -> Answer {
        by.post(&self.path("invitations"), body).await
    }

    /// An invitation to this address, by the owner.
    async fn invitation_to(&self, email: &str) -> Value {
        self.invites(&self.owner, json!({"email": email})).await.expect(201)
    }
}

impl Person {
    async fn answers(&self, invitation: &str, answer: &str) -> Answer {
        self.post(&format!("/v1/invitations/{invitation}/{answer}"), json!({})).await
    }
}

fn token(invitation: &Value) -> &str {
    invitation["token"].as_str().unwrap()
}

fn id(invitation: &Value) -> &str {
    invitation["id"].as_str().unwrap()
}

#[actix_web::test]
async fn an_invitation_is_mailed_read_by_token_and_accepted() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let body = json!({"email": "Ana@example.org", "role": "steward", "message": "Help us with the roster.", "expires_in_days": 30});
    let answer = guild.invites(&guild.owner, body).await;
    assert!(answer.etag().starts_with("\"1."));
    let location = answer.header("location").unwrap().to_owned();
    let offer = answer.expect(201);
    assert_eq!(location, format!("/v1/invitations/{}", id(&offer)));
    let expires: chrono::DateTime<chrono::Utc> = offer["expires_at"].as_str().unwrap().parse().unwrap();
    let created: chrono::DateTime<chrono::Utc> = offer["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires - created, TimeDelta::days(30));
    let mail = app.mail.to("Ana@example.org").await;
    assert_eq!(mail.token(), token(&offer));
    assert!(mail.text.contains("Guild invitation") && mail.text.contains("Help us with the roster."), "{}", mail.text);

    let card = app.anonymous().get(&format!("/v1/invitations/{}", token(&offer))).await.expect(200);
    assert_eq!((&card["organization_name"], &card["role"]), (&json!("Guild invitation"), &json!("steward")));
    assert_eq!((&card["invited_by_name"], &card["status"]), (&json!("owner"), &json!("pending")));
    assert!(card["token"].is_null() && card["email"].is_null(), "{card}");
    app.anonymous().get(&location).await.refused(404, "not_found");
    let listed = guild.owner.get(&location).await.expect(200);
    assert!(listed["token"].is_null() && listed["email"] == "Ana@example.org", "{listed}");

    let ana = app.verified_therapist("ana").await;
    assert_eq!(ana.get(&location).await.expect(200), listed);
    assert_eq!(ana.all("/v1/invitations").await, [listed]);
    let joined = ana.answers(token(&offer), "accept").await.expect(200);
    assert_eq!(
        (&joined["status"], &joined["role"], &joined["account_id"]),
        (&json!("active"), &json!("steward"), &json!(ana.id))
    );
    assert_eq!(joined["decided_by"], guild.owner.id);
    assert_eq!(ana.answers(token(&offer), "accept").await.expect(200), joined);
    assert_eq!(ana.answers(id(&offer), "accept").await.expect(200), joined);
    assert_eq!(guild.member_count().await, 2);
    let after = guild.owner.get(&location).await.expect(200);
    assert_eq!((&after["status"], &after["membership_id"]), (&json!("accepted"), &joined["id"]));
    assert!(ana.all("/v1/invitations").await.is_empty());
    ana.answers(token(&offer), "decline").await.refused(410, "invitation_closed");
}

#[actix_web::test]
async fn only_the_address_that_was_invited_and_confirmed_answers() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let offer = guild.invitation_to("ana@example.org").await;
    let (ben, ana) = (app.verified_therapist("ben").await, app.therapist("ana").await);
    for answer in ["accept", "decline"] {
        ben.answers(token(&offer), answer).await.refused(403, "invitation_for_another_address");
        ben.answers(id(&offer), answer).await.refused(404, "not_found");
        ana.answers(token(&offer), answer).await.refused(403, "email_not_verified");
        ana.answers(id(&offer), answer).await.refused(404, "not_found");
        let path = format!("/v1/invitations/{}/{answer}", token(&offer));
        app.anonymous().post(&path, json!({})).await.refused(401, "unauthenticated");
    }
    ben.get(&format!("/v1/invitations/{}", id(&offer))).await.refused(404, "not_found");
    assert!(ana.all("/v1/invitations").await.is_empty());
    assert!(ben.all("/v1/invitations").await.is_empty());
    assert_eq!(guild.member_count().await, 1);
    let unknown = "A".repeat(43);
    for wrong in [unknown.as_str(), "x", "01936b2f-5f00-7000-8000-00000000ffff", &token(&offer)[1..], &"é".repeat(20)]
    {
        let wrong = url::form_urlencoded::byte_serialize(wrong.as_bytes()).collect::<String>();
        app.anonymous().get(&format!("/v1/invitations/{wrong}")).await.refused(404, "not_found");
        ben.answers(&wrong, "accept").await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn what_is_void_changes_nothing() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let ana = app.verified_therapist("ana").await;
    let first = guild.invitation_to("ana@example.org").await;
    let second = guild.invitation_to("ANA@example.org").await;
    let resent = guild.owner.post(&format!("/v1/invitations/{}/resend", id(&second)), json!({})).await;
    assert!(resent.etag().starts_with("\"2."));
    let resent = resent.expect(200);
    assert_eq!((id(&resent), &resent["version"]), (id(&second), &json!(2)));
    assert_ne!(token(&resent), token(&second));
    assert_eq!(app.mail.nth_to("ANA@example.org", 2).await.token(), token(&resent));
    for superseded in [token(&first), token(&second)] {
        ana.answers(superseded, "accept").await.refused(410, "invitation_closed");
        app.anonymous().get(&format!("/v1/invitations/{superseded}")).await.refused(410, "invitation_closed");
    }
    let path = format!("/v1/invitations/{}", id(&resent));
    guild.owner.delete(&path).await.expect(204);
    guild.owner.delete(&path).await.refused(404, "not_found");
    ana.answers(token(&resent), "accept").await.refused(410, "invitation_closed");
    guild.owner.post(&format!("{path}/resend"), json!({})).await.refused(409, "invalid_transition");
    assert_eq!(guild.member_count().await, 1);

    let third = guild.invitation_to("ana@example.org").await;
    let declined = ana.answers(id(&third), "decline").await.expect(200);
    assert_eq!(declined["status"], "declined");
    ana.answers(token(&third), "accept").await.refused(410, "invitation_closed");
    guild.owner.delete(&format!("/v1/invitations/{}", id(&third))).await.refused(409, "invalid_transition");
    let of = |status: &str| guild.path(&format!("invitations?status={status}"));
    for (status, expected) in
        [("superseded", 2), ("revoked", 1), ("declined", 1), ("pending", 0), ("accepted", 0), ("expired", 0)]
    {
        assert_eq!(guild.owner.all(&of(status)).await.len(), expected, "{status}");
    }
    assert_eq!(
        guild.owner.all(&guild.path("invitations?status=revoked&status=declined&sort=-created_at&limit=1")).await.len(),
        2
    );
    assert_eq!(guild.owner.all(&guild.path("invitations?email=ana%40EXAMPLE.org")).await.len(), 4);
    assert!(guild.owner.all(&guild.path("invitations?email=ben%40example.org")).await.is_empty());
}

#[actix_web::test]
async fn an_invitation_expires_by_itself_and_can_be_sent_again() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let ana = app.verified_therapist("ana").await;
    let offer = guild.invitation_to("ana@example.org").await;
    app.later(TimeDelta::days(14));
    let (ana, owner) = (app.sign_in(&ana.id, &ana.email).await, app.sign_in(&guild.owner.id, &guild.owner.email).await);
    ana.answers(token(&offer), "accept").await.refused(410, "invitation_expired");
    ana.answers(id(&offer), "decline").await.refused(410, "invitation_expired");
    app.anonymous().get(&format!("/v1/invitations/{}", token(&offer))).await.refused(410, "invitation_expired");
    assert_eq!(owner.get(&format!("/v1/invitations/{}", id(&offer))).await.expect(200)["status"], "expired");
    assert_eq!(owner.all(&guild.path("invitations?status=expired")).await.len(), 1);
    assert!(owner.all(&guild.path("invitations?status=pending")).await.is_empty());
    assert!(ana.all("/v1/invitations").await.is_empty());
    let again = owner.post(&format!("/v1/invitations/{}/resend", id(&offer)), json!({})).await.expect(200);
    assert_eq!(again["status"], "pending");
    ana.answers(token(&again), "accept").await.expect(200);
}

#[actix_web::test]
async fn a_removal_voids_what_was_offered_before_it() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (ana, ben) = (app.verified_therapist("ana").await, app.verified_therapist("ben").await);
    let held = guild.takes_in(&ana, "steward").await;
    let to_ana = guild.invitation_to("ana@example.org").await;
    let by_ana = guild.invites(&ana, json!({"email": "ben@example.org"})).await.expect(201);
    guild.owner.decides(&held, "remove", json!({"reason": "x"})).await.expect(200);
    ana.answers(token(&to_ana), "accept").await.refused(410, "invitation_closed");
    ben.answers(token(&by_ana), "accept").await.refused(410, "invitation_closed");
    let fresh = guild.invitation_to("ana@example.org").await;
    assert_eq!(ana.answers(token(&fresh), "accept").await.expect(200)["status"], "active");
    assert_eq!(guild.member_count().await, 2);
}

/// Whoever loses the power to offer something takes what they offered along, each with a line in the trail.
#[actix_web::test]
async fn an_offer_ends_with_the_power_to_make_it() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let trail = async |offer: &Value| {
        let events =
            guild.owner.all(&format!("/v1/audit-events?organization_id={}&subject_id={}", guild.id, id(offer))).await;
        let told = events.iter().map(|event| (event["action"].clone(), event["reason_code"].clone()));
        told.collect::<Vec<_>>()
    };
    let revoked = |why: &str| (json!("invitation.revoke"), json!(why));
    let offers = async |by: &Person, role: &str| {
        let body = json!({"email": format!("{}-{role}@example.org", by.id), "role": role, "message": "Join us!"});
        guild.invites(by, body).await.expect(201)
    };
    let status = async |offer: &Value| {
        let seen = guild.owner.get(&format!("/v1/invitations/{}", id(offer))).await.expect(200);
        seen["status"].as_str().unwrap().to_owned()
    };
    let [ana, ben, chi] = [app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await];
    let held = guild.takes_in(&ana, "owner").await;
    let (as_owner, as_steward) = (offers(&ana, "owner").await, offers(&ana, "member").await);
    guild.owner.edits(&held, json!({"role": "steward"})).await.expect(200);
    assert_eq!((status(&as_owner).await, status(&as_steward).await), ("revoked".into(), "pending".into()));
    assert_eq!(trail(&as_owner).await.first(), Some(&revoked("demotion")));
    guild.owner.edits(&held, json!({"role": "member"})).await.expect(200);
    assert_eq!(status(&as_steward).await, "revoked");

    let held = guild.takes_in(&ben, "steward").await;
    let by_ben = offers(&ben, "member").await;
    ben.decides(&held, "leave", json!({})).await.expect(200);
    assert_eq!((status(&by_ben).await, trail(&by_ben).await[0].clone()), ("revoked".into(), revoked("departure")));

    guild.takes_in(&chi, "steward").await;
    let by_chi = offers(&chi, "member").await;
    chi.delete("/v1/me").await.expect(204);
    assert_eq!(
        (status(&by_chi).await, trail(&by_chi).await[0].clone()),
        ("revoked".into(), revoked("account_deleted"))
    );
    let listed = guild.owner.get(&format!("/v1/invitations/{}", id(&by_chi))).await.expect(200);
    assert_eq!(listed.get("message"), None, "words of somebody who is gone");

    // Moderators offer as such, and nothing when they are none, or are suspended, any more.
    let admin = app.admin("admin").await;
    let [eva, fay, gil] = ["eva", "fay", "gil"].map(|name| app.verified_therapist(name));
    let [eva, fay, gil] = [eva.await, fay.await, gil.await];
    let [demoted, suspended, still] = ["demoted", "suspended", "still"].map(|name| app.moderator(name));
    let [demoted, suspended, still] = [demoted.await, suspended.await, still.await];
    let mut offered = Vec::new();
    for (by, to) in [(&demoted, &eva), (&suspended, &fay), (&still, &gil)] {
        offered.push(guild.invites(by, json!({"email": to.email, "role": "owner"})).await.expect(201));
    }
    let role = format!("/v1/accounts/{}/platform-role", demoted.id);
    admin.put(&role, json!({"platform_role": "member"})).await.expect(200);
    admin.post(&format!("/v1/accounts/{}/suspend", suspended.id), json!({})).await.expect(200);
    eva.answers(token(&offered[0]), "accept").await.refused(410, "invitation_closed");
    fay.answers(token(&offered[1]), "accept").await.refused(410, "invitation_closed");
    assert_eq!(gil.answers(token(&offered[2]), "accept").await.expect(200)["role"], "owner");

    let before = guild.invitation_to("dee@example.org").await;
    guild.invitation_to("dee@example.org").await;
    assert_eq!(trail(&before).await[0].0, "invitation.supersede");
}

#[actix_web::test]
async fn accepting_stands_above_policy_and_cooldown_but_makes_no_second_membership() {
    let app = TestApp::spawn().await;
    let guild = app.guild("approval").await;
    let (ana, ben) = (app.verified_therapist("ana").await, app.verified_therapist("ben").await);
    let asked = ana.joins(&guild.id).await;
    let offer = guild.invitation_to("ana@example.org").await;
    let joined = ana.answers(token(&offer), "accept").await.expect(200);
    assert_eq!((&joined["id"], &joined["status"]), (&asked["id"], &json!("active")));
    let another = guild.invitation_to("ana@example.org").await;
    ana.answers(token(&another), "accept").await.refused(409, "already_member");
    let refused = ben.joins(&guild.id).await;
    guild.owner.decides(&refused, "decline", json!({"reason": "x"})).await.expect(200);
    ben.asks_to_join(&guild.id, json!({})).await.refused(409, "cooldown_running");
    let offer = guild.invitation_to("ben@example.org").await;
    let joined = ben.answers(token(&offer), "accept").await.expect(200);
    ben.decides(&joined, "leave", json!({})).await.expect(200);
    assert_eq!(ben.joins(&guild.id).await["status"], "requested");
}

#[actix_web::test]
async fn who_may_invite_whom() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (stranger, member) = (app.therapist("stranger").await, app.therapist("member").await);
    let (steward, admin) = (app.therapist("steward").await, app.admin("admin").await);
    guild.takes_in(&member, "member").await;
    guild.takes_in(&steward, "steward").await;
    let waiting = guild.invites(&guild.owner, json!({"email": "w@example.org", "role": "owner"})).await.expect(201);
    let path = format!("/v1/invitations/{}", id(&waiting));
    // caller, invites a member, invites an owner, lists, reads by id, sends an owner's offer again
    for (caller, member, owner, list, read, resend) in [
        (&stranger, 403, 403, 403, 404, 404),
        (&member, 403, 403, 403, 404, 404),
        (&steward, 201, 403, 200, 200, 403),
        (&guild.owner, 201, 201, 200, 200, 200),
        (&guild.moderator, 201, 201, 200, 200, 200),
        (&admin, 201, 201, 200, 200, 200),
    ] {
        let who = &caller.email;
        let to = |role: &str| json!({"email": format!("{role}.{who}"), "role": role});
        assert_eq!(guild.invites(caller, to("member")).await.status, member, "{who} invites a member");
        assert_eq!(guild.invites(caller, to("owner")).await.status, owner, "{who} invites an owner");
        assert_eq!(guild.invites(caller, to("steward")).await.status, owner, "{who} invites a steward");
        assert_eq!(caller.get(&guild.path("invitations")).await.status, list, "{who} lists");
        assert_eq!(caller.get(&path).await.status, read, "{who} reads");
        assert_eq!(caller.post(&format!("{path}/resend"), json!({})).await.status, resend, "{who} resends");
    }
    stranger.delete(&path).await.refused(404, "not_found");
    member.delete(&path).await.refused(404, "not_found");
    steward.delete(&path).await.expect(204);
    app.anonymous()
        .post(&guild.path("invitations"), json!({"email": "x@example.org"}))
        .await
        .refused(401, "unauthenticated");
    let nimh = app.shipped("NIMH").await;
    let to_agency =
        guild.moderator.post(&format!("/v1/organizations/{nimh}/invitations"), json!({"email": "x@example.org"})).await;
    to_agency.refused(422, "organization_not_joinable");
}

#[actix_web::test]
async fn bad_offers_are_pointed_at() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let now = app.clock.now();
    for (body, pointer, code) in [
        (json!({}), "#/email", "missing_member"),
        (json!({"email": "rubbish"}), "#/email", "invalid_email"),
        (json!({"email": "a@b.org\r\nBcc: c@d.org"}), "#/email", "invalid_email"),
        (json!({"email": "a@b.org", "role": "king"}), "#/role", "unknown_value"),
        (json!({"email": "a@b.org", "status": "accepted"}), "#/status", "unknown_member"),
        (json!({"email": "a@b.org", "token": "x"}), "#/token", "unknown_member"),
        (json!({"email": "a@b.org", "message": "x".repeat(1001)}), "#/message", "too_long"),
        (json!({"email": "a@b.org", "message": " "}), "#/message", "blank"),
        (json!({"email": "a@b.org", "expires_in_days": 0}), "#/expires_in_days", "out_of_range"),
        (json!({"email": "a@b.org", "expires_in_days": 61}), "#/expires_in_days", "out_of_range"),
        (json!({"email": "a@b.org", "expires_at": now}), "#/expires_at", "out_of_range"),
        (json!({"email": "a@b.org", "expires_at": now + TimeDelta::days(61)}), "#/expires_at", "out_of_range"),
        (json!({"email": "a@b.org", "expires_in_days": 3, "expires_at": now + TimeDelta::days(3)}), "#", "conflict"),
    ] {
        guild.invites(&guild.owner, body).await.invalid_at(pointer, code);
    }
    assert!(guild.owner.all(&guild.path("invitations")).await.is_empty());
}

#[actix_web::test]
async fn a_mailbox_is_not_flooded() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    for _ in 0..5 {
        guild.invitation_to("ana@example.org").await;
    }
    let refused = guild.invites(&guild.owner, json!({"email": "ANA@example.org"})).await;
    assert!(refused.header("retry-after").is_some());
    refused.refused(429, "too_many_requests");
    guild.invitation_to("ben@example.org").await;
    app.later(TimeDelta::minutes(61));
    let owner = app.sign_in(&guild.owner.id, &guild.owner.email).await;
    guild.invites(&owner, json!({"email": "ana@example.org"})).await.expect(201);
}

#[actix_web::test]
async fn an_offer_that_has_changed_is_neither_accepted_nor_declined_unseen() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let ana = app.verified_therapist("ana").await;
    let offer = guild.invitation_to("ana@example.org").await;
    let path = format!("/v1/invitations/{}", id(&offer));
    let seen = ana.get(&path).await.etag();
    let answer = async |answer: &str, tag: &str| {
        let path = format!("{path}/{answer}");
        ana.request(Method::POST, &path).header("if-match", tag).json(&json!({})).send().await
    };
    for word in ["accept", "decline"] {
        answer(word, "\"99.x\"").await.refused(412, "stale_version");
        assert_eq!(ana.get(&path).await.etag(), seen, "{word}");
    }
    assert_eq!(answer("accept", &seen).await.expect(200)["status"], "active");
}

#[actix_web::test]
async fn fifty_accepts_at_once_make_one_membership() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let ana = app.verified_therapist("ana").await;
    let offer = guild.invitation_to("ana@example.org").await;
    let accepts = (0..50).map(|number| ana.answers(if number % 2 == 0 { token(&offer) } else { id(&offer) }, "accept"));
    let mut joined: Vec<Value> =
        futures_util::future::join_all(accepts).await.into_iter().map(|answer| answer.expect(200)).collect();
    joined.dedup();
    assert_eq!(joined.len(), 1, "{joined:?}");
    assert_eq!(ana.all("/v1/memberships").await.len(), 1);
    assert_eq!(guild.member_count().await, 2);
}

#[actix_web::test]
async fn accepting_and_revoking_at_once_agree() {
    let app = TestApp::spawn().await;
    let guild = app.guild("invitation").await;
    let ana = app.verified_therapist("ana").await;
    let offer = guild.invitation_to("ana@example.org").await;
    let path = format!("/v1/invitations/{}", id(&offer));
    let (accepted, revoked) = tokio::join!(ana.answers(token(&offer), "accept"), guild.owner.delete(&path));
    match accepted.status {
        200 => drop(revoked.refused(409, "invalid_transition")),
        _ => {
            accepted.refused(410, "invitation_closed");
            revoked.expect(204);
        }
    }
    let status = guild.owner.get(&path).await.expect(200)["status"].clone();
    assert_eq!(guild.member_count().await, if status == "accepted" { 2 } else { 1 });
}
