//! What becomes of events when organizations and accounts go; what calendars and exports are told.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support_network::{
    entities::{event::EventStatus, event_registration, event_registration::EventRegistrationStatus},
    events::store::attending,
};

use crate::support::{Guild, Person, TestApp, event_path, workshop};

#[actix_web::test]
async fn events_of_an_archived_organization_take_nobody_any_more() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 1})).await;
    let draft = guild.plans(&app, json!({})).await;
    let [ben, chi, dee] = app.register_all(&event, ["ben", "chi", "dee"]).await;
    let eli = app.therapist("eli").await;
    guild.moderator.post(&format!("/v1/organizations/{}/archive", guild.id), json!({})).await.expect(200);

    let seen = eli.get(&event_path(&event, "")).await.expect(200);
    assert_eq!((&seen["status"], &seen["takes_registrations"]), (&json!("published"), &json!(false)));
    eli.registers(&event).await.refused(409, "invalid_transition");
    assert!(eli.all("/v1/events").await.is_empty());
    assert!(eli.all(&guild.path("events")).await.is_empty());
    for one in [&ben, &guild.owner, &guild.moderator] {
        assert_eq!(one.all("/v1/events").await.len(), 1, "{}", one.email);
    }
    let title = json!({"title": "Another"});
    guild.owner.patch(&event_path(&event, ""), title).await.refused(409, "invalid_transition");
    guild.owner.post(&event_path(&draft, "/publish"), json!({})).await.refused(409, "invalid_transition");
    guild.owner.post(&guild.path("events"), workshop(&app, json!({}))).await.refused(409, "invalid_transition");
    // Who is in can withdraw, and nobody moves up.
    ben.withdraws(&event).await.expect(204);
    assert_eq!(guild.counts(&event).await, (0, 2));

    // Brought back, it goes on where it was.
    guild.moderator.post(&format!("/v1/organizations/{}/publish", guild.id), json!({})).await.expect(200);
    assert_eq!(eli.registers(&event).await.expect(201)["waitlist_position"], 2);
    assert_eq!(chi.registration(&event).await.expect(200)["status"], "registered");
    assert_eq!(dee.registration(&event).await.expect(200)["waitlist_position"], 1);
    guild.moderator.post(&format!("/v1/organizations/{}/archive", guild.id), json!({})).await.expect(200);
    guild.owner.post(&event_path(&event, "/cancel"), json!({"reason": "We close."})).await.expect(200);
    app.mail.nth_to(&dee.email, 2).await;
}

#[actix_web::test]
async fn nothing_is_planned_for_a_proposal() {
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let moderator = app.moderator("moderator").await;
    let body = json!({"name": "Only proposed", "kind": "local_association", "country": "US", "represented": true});
    let proposal = owner.proposes(body).await;
    let path = format!("/v1/organizations/{}/events", proposal["id"].as_str().unwrap());
    owner.post(&path, workshop(&app, json!({}))).await.refused(403, "forbidden");
    moderator.post(&path, workshop(&app, json!({}))).await.refused(409, "invalid_transition");
    assert!(owner.all(&path).await.is_empty());
    app.therapist("ben").await.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn events_move_with_a_merged_organization() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (other, ben) = (app.therapist("other").await, app.therapist("ben").await);
    let body = json!({"name": "Other Guild", "kind": "local_association", "country": "US", "represented": true,
        "join_policy": "open"});
    let into = other.proposes(body).await;
    guild.moderator.publishes(&into).await;
    let event = guild.holds(&app, json!({"capacity": 1, "visibility": "members"})).await;
    guild.takes_in(&ben, "member").await;
    ben.registers(&event).await.expect(201);
    other.get(&event_path(&event, "")).await.refused(404, "not_found");
    let merge = json!({"into_id": into["id"]});
    guild.moderator.post(&format!("/v1/organizations/{}/merge", guild.id), merge).await.expect(200);
    let moved = other.get(&event_path(&event, "")).await.expect(200);
    assert_eq!((&moved["organization_id"], &moved["organization_name"]), (&into["id"], &json!("Other Guild")));
    assert_eq!((&moved["version"], &moved["takes_registrations"]), (&json!(3), &json!(true)));
    other.patch(&event_path(&event, ""), json!({"capacity": 5})).await.expect(200);
    assert_eq!(other.all(&event_path(&event, "/registrations")).await.len(), 1);
    assert_eq!(ben.registration(&event).await.expect(200)["status"], "registered");
    let there = format!("/v1/organizations/{}/events", into["id"].as_str().unwrap());
    assert_eq!(ben.all(&there).await.len(), 1);
}

#[actix_web::test]
async fn with_an_account_its_registrations_go_and_its_places_are_free() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (event, other) =
        (guild.holds(&app, json!({"capacity": 1})).await, guild.holds(&app, json!({"capacity": 1})).await);
    let [ben, chi, dee] = app.register_all(&event, ["ben", "chi", "dee"]).await;
    chi.registers(&other).await.expect(201);
    ben.registers(&other).await.expect(201);
    let withdrawn = guild.holds(&app, json!({})).await;
    ben.registers(&withdrawn).await.expect(201);
    ben.withdraws(&withdrawn).await.expect(204);
    ben.delete("/v1/me").await.expect(204);
    let names =
        |list: Vec<(String, String, Option<i64>)>| list.into_iter().map(|one| (one.0, one.2)).collect::<Vec<_>>();
    assert_eq!(names(guild.takes_part(&event).await), [("chi".to_owned(), None), ("dee".to_owned(), Some(1))]);
    assert_eq!(names(guild.takes_part(&other).await), [("chi".to_owned(), None)]);
    app.mail.nth_to(&chi.email, 2).await;
    let left = event_registration::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(left, 3, "those of chi and dee");
    // An organizer goes, the event stays.
    dee.withdraws(&event).await.expect(204);
    guild.owner.delete("/v1/me").await.expect(204);
    chi.get(&event_path(&event, "")).await.expect(200);
}

#[actix_web::test]
async fn my_registrations_are_exported() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (event, other) =
        (guild.holds(&app, json!({"capacity": 1})).await, guild.holds(&app, json!({"title": "Soup"})).await);
    let [ben, chi] = app.register_all(&event, ["ben", "chi"]).await;
    app.later(TimeDelta::seconds(2));
    chi.registers(&other).await.expect(201);
    chi.withdraws(&other).await.expect(204);
    let exported = chi.get("/v1/me/export").await.expect(200)["event_registrations"].clone();
    let shown: Vec<(&Value, &Value)> =
        exported.as_array().unwrap().iter().map(|one| (&one["title"], &one["status"])).collect();
    assert_eq!(shown, [(&json!("Grief in the body"), &json!("waitlisted")), (&json!("Soup"), &json!("cancelled"))]);
    assert_eq!(exported[0]["starts_at"], event["starts_at"]);
    assert!(exported[1]["cancelled_at"].is_string());
    assert_eq!(ben.get("/v1/me/export").await.expect(200)["event_registrations"].as_array().unwrap().len(), 1);
}

/// What calendars are told of what somebody registered for: titles, and how event and registration stand.
async fn told(app: &TestApp, person: &Person, days: i64) -> Vec<(String, EventStatus, EventRegistrationStatus)> {
    let now = app.clock.now();
    let to: DateTime<Utc> = now + TimeDelta::days(days);
    let account_id = person.id.parse().unwrap();
    let found = attending(app.state.db.read(), account_id, now, to, now).await.unwrap();
    found.into_iter().map(|one| (one.event.title, one.event.status, one.registration.status)).collect()
}

#[actix_web::test]
async fn calendars_are_told_for_sixty_days_of_what_does_not_take_place() {
    use EventRegistrationStatus::{Cancelled, Registered, Waitlisted};
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let on = |days: i64, title: &str| {
        let day = app.day(days);
        json!({"title": title, "capacity": 1, "starts_local": format!("{day}T10:00"), "ends_local": format!("{day}T11:00")})
    };
    let holds = async |guild: &Guild, days, title| guild.holds(&app, on(days, title)).await;
    let (near, full, called_off, left, far) = (
        holds(&guild, 70, "Near").await,
        holds(&guild, 80, "Full").await,
        holds(&guild, 90, "Called off").await,
        holds(&guild, 75, "Left").await,
        holds(&guild, 200, "Far").await,
    );
    let [chi] = app.register_all(&full, ["chi"]).await;
    let ben = app.therapist("ben").await;
    for event in [&near, &full, &called_off, &left, &far] {
        ben.registers(event).await.expect(201);
    }
    ben.withdraws(&left).await.expect(204);
    guild.owner.post(&event_path(&called_off, "/cancel"), json!({"reason": "Storm."})).await.expect(200);
    let published = EventStatus::Published;
    let all = vec![
        ("Near".to_owned(), published, Registered),
        ("Left".to_owned(), published, Cancelled),
        ("Full".to_owned(), published, Waitlisted),
        ("Called off".to_owned(), EventStatus::Cancelled, Registered),
    ];
    assert_eq!(told(&app, &ben, 100).await, all);
    assert_eq!(told(&app, &ben, 365).await.len(), 5);
    assert_eq!(told(&app, &chi, 100).await, [("Full".to_owned(), published, Registered)]);
    app.later(TimeDelta::days(61));
    let stands = vec![all[0].clone(), all[2].clone()];
    assert_eq!(told(&app, &ben, 30).await, stands);
}
