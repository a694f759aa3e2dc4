//! Getting a place, keeping it, giving it back.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, event_path};

#[actix_web::test]
async fn a_place_is_mine_until_i_withdraw() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 2})).await;
    let ben = app.therapist("ben").await;
    ben.registration(&event).await.refused(404, "not_found");
    ben.withdraws(&event).await.refused(404, "not_found");
    let made = ben.registers(&event).await;
    assert_eq!(made.location(), event_path(&event, "/registration"));
    let etag = made.etag();
    let made = made.expect(201);
    assert_eq!(
        (&made["status"], &made["account_id"], &made["display_name"]),
        (&json!("registered"), &json!(ben.id), &json!("ben"))
    );
    assert_eq!(made.get("waitlist_position"), None);
    let read = ben.registration(&event).await;
    assert_eq!((read.header("cache-control"), read.etag(), &read.json), (Some("no-store"), etag.clone(), &made));
    // Again changes nothing.
    assert_eq!(ben.registers(&event).await.expect(200), made);
    assert_eq!(guild.counts(&event).await, (1, 0));
    let seen = ben.get(&event_path(&event, "")).await.expect(200);
    assert_eq!(
        (&seen["my_registration"], &seen["free_places"], &seen["version"]),
        (&json!("registered"), &json!(1), &event["version"])
    );
    assert_eq!(guild.event(&event).await.get("my_registration"), None);

    ben.registration_if(Method::DELETE, &event, "\"7.x\"").await.refused(412, "stale_version");
    ben.registration_if(Method::PUT, &event, "\"7.x\"").await.refused(412, "stale_version");
    ben.registration_if(Method::DELETE, &event, &etag).await.expect(204);
    ben.withdraws(&event).await.refused(404, "not_found");
    ben.registration(&event).await.refused(404, "not_found");
    assert_eq!(ben.get(&event_path(&event, "")).await.expect(200).get("my_registration"), None);
    assert_eq!(guild.counts(&event).await, (0, 0));
    // Coming back is a registration of its own.
    let back = ben.registers(&event).await.expect(201);
    assert_eq!(back["version"], 3);
    app.anonymous().registers(&event).await.refused(401, "unauthenticated");
    ben.put(&event_path(&event, "/registration"), json!({"status": "registered"}))
        .await
        .invalid_at("#/status", "unknown_member");
}

#[actix_web::test]
async fn without_a_waitlist_a_full_event_is_full() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 1, "waitlist": false})).await;
    let [ben] = app.register_all(&event, ["ben"]).await;
    let chi = app.therapist("chi").await;
    chi.registers(&event).await.refused(409, "event_full");
    assert_eq!(ben.registers(&event).await.expect(200)["status"], "registered");
    let full = guild.event(&event).await;
    assert_eq!((&full["free_places"], &full["takes_registrations"]), (&json!(0), &json!(false)));
    ben.withdraws(&event).await.expect(204);
    chi.registers(&event).await.expect(201);
    ben.registers(&event).await.refused(409, "event_full");
}

#[actix_web::test]
async fn registration_closes_when_it_was_said_and_with_the_start() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let closes: Value =
        json!((app.clock.now() + TimeDelta::minutes(5)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let early = guild.holds(&app, json!({"capacity": 1, "registration_closes_at": closes})).await;
    assert_eq!(early["registration_closes_at"], closes);
    let late = guild.holds(&app, json!({})).await;
    let [ben, chi] = app.register_all(&early, ["ben", "chi"]).await;
    let dee = app.therapist("dee").await;
    app.later(TimeDelta::minutes(6));
    dee.registers(&early).await.refused(409, "invalid_transition");
    assert_eq!(ben.registers(&early).await.expect(200)["status"], "registered", "who is in stays in");
    assert_eq!(guild.event(&early).await["takes_registrations"], false);
    // Who waits moves up all the same.
    ben.withdraws(&early).await.expect(204);
    assert_eq!(chi.registration(&early).await.expect(200)["status"], "registered");
    dee.registers(&late).await.expect(201);

    // Thirty days on it has begun or is over.
    let until_start =
        late["starts_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap() - app.clock.now();
    app.later(until_start);
    let (chi, dee) = (app.again(&chi).await, app.again(&dee).await);
    assert_eq!(dee.get(&event_path(&late, "")).await.expect(200)["phase"], "running");
    chi.registers(&late).await.refused(409, "invalid_transition");
    dee.withdraws(&late).await.expect(204);
    app.later(TimeDelta::hours(3));
    let (chi, dee) = (app.again(&chi).await, app.again(&dee).await);
    dee.registers(&late).await.refused(409, "invalid_transition");
    chi.withdraws(&early).await.refused(409, "invalid_transition");
    assert_eq!(chi.registration(&early).await.expect(200)["status"], "registered");
}

#[actix_web::test]
async fn without_a_limit_everybody_gets_in() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({})).await;
    app.register_all(&event, ["ben", "chi", "dee"]).await;
    assert_eq!(guild.counts(&event).await, (3, 0));
    // A limit below those who are in is refused, one at them is not.
    let path = event_path(&event, "");
    guild.owner.patch(&path, json!({"capacity": 2})).await.invalid_at("#/capacity", "below_registered");
    assert_eq!(guild.owner.patch(&path, json!({"capacity": 3})).await.expect(200)["free_places"], 0);
}
