//! Who may know and do what.

use serde_json::{Value, json};

use crate::support::{Client, Guild, Person, TestApp, event_path, workshop};

/// Everybody who stands in some relation to a guild. Those after the first four run its events.
struct Cast {
    guild: Guild,
    admin: Person,
    steward: Person,
    member: Person,
    stranger: Person,
}

impl Cast {
    async fn of(app: &TestApp) -> Self {
        let guild = app.guild("open").await;
        let (steward, member) = (app.therapist("steward").await, app.therapist("member").await);
        guild.takes_in(&steward, "steward").await;
        guild.takes_in(&member, "member").await;
        Self { guild, admin: app.admin("admin").await, steward, member, stranger: app.therapist("stranger").await }
    }

    /// By name: anonymous, stranger, member, moderator, admin, steward, owner.
    fn callers(&self, app: &TestApp) -> [(&'static str, Client); 7] {
        [
            ("anonymous", app.anonymous()),
            ("stranger", self.stranger.client.clone()),
            ("member", self.member.client.clone()),
            ("moderator", self.guild.moderator.client.clone()),
            ("admin", self.admin.client.clone()),
            ("steward", self.steward.client.clone()),
            ("owner", self.guild.owner.client.clone()),
        ]
    }
}

#[actix_web::test]
async fn who_may_read_which_events() {
    let app = TestApp::spawn().await;
    let cast = Cast::of(&app).await;
    let guild = &cast.guild;
    let draft = guild.plans(&app, json!({"title": "Draft"})).await;
    let public = guild.holds(&app, json!({"title": "Public"})).await;
    let signed_in = guild.holds(&app, json!({"title": "Signed in", "visibility": "signed_in"})).await;
    let members = guild.holds(&app, json!({"title": "Members", "visibility": "members"})).await;
    for (event, title, seen_by) in [
        (&draft, "Draft", [false, false, false, true, true, true, true]),
        (&public, "Public", [true; 7]),
        (&signed_in, "Signed in", [false, true, true, true, true, true, true]),
        (&members, "Members", [false, false, true, true, true, true, true]),
    ] {
        for ((name, caller), seen) in cast.callers(&app).into_iter().zip(seen_by) {
            let answer = caller.get(&event_path(event, "")).await;
            assert_eq!(answer.status, if seen { 200 } else { 404 }, "{name} reads {title}");
            for list in [
                "/v1/events?status=draft&status=published".to_owned(),
                guild.path("events?status=draft&status=published"),
            ] {
                let listed = caller.all(&list).await.iter().any(|one| one["title"] == title);
                assert_eq!(listed, seen, "{name} lists {title} by {list}");
            }
            let total =
                format!("/v1/events?status=draft&status=published&q={}&include_total=true", title.replace(' ', "%20"));
            assert_eq!(caller.get(&total).await.expect(200)["total"], i64::from(seen), "{name} counts {title}");
            if name != "anonymous" {
                let answer = caller.registration(event).await;
                assert_eq!(answer.status, 404, "{name} has no registration for {title}");
            }
        }
    }
}

#[actix_web::test]
async fn who_may_write_events() {
    let app = TestApp::spawn().await;
    let cast = Cast::of(&app).await;
    for (name, caller) in cast.callers(&app) {
        let runs = matches!(name, "moderator" | "admin" | "steward" | "owner");
        let refusal = if name == "anonymous" { 401 } else { 403 };
        let expect = |status: u16, fine: u16, what: &str| {
            assert_eq!(status, if runs { fine } else { refusal }, "{name} {what}");
        };
        let made = caller.post(&cast.guild.path("events"), workshop(&app, json!({}))).await;
        expect(made.status, 201, "drafts");
        let event = cast.guild.holds(&app, json!({})).await;
        expect(caller.patch(&event_path(&event, ""), json!({"capacity": 5})).await.status, 200, "changes");
        let reason = json!({"reason": "Storm."});
        expect(caller.post(&event_path(&event, "/cancel"), reason).await.status, 200, "cancels");
        let draft = cast.guild.plans(&app, json!({})).await;
        let hidden = if name == "anonymous" { 401 } else { 404 };
        let expect = |status: u16, fine: u16, what: &str| {
            assert_eq!(status, if runs { fine } else { hidden }, "{name} {what}");
        };
        expect(caller.post(&event_path(&draft, "/publish"), json!({})).await.status, 200, "publishes");
        let draft = cast.guild.plans(&app, json!({})).await;
        expect(caller.delete(&event_path(&draft, "")).await.status, 204, "deletes");
    }
}

#[actix_web::test]
async fn who_goes_where_is_for_owners_and_stewards_to_know() {
    let app = TestApp::spawn().await;
    let cast = Cast::of(&app).await;
    let event = cast.guild.holds(&app, json!({"capacity": 1})).await;
    let hidden = cast.guild.holds(&app, json!({"visibility": "members"})).await;
    let draft = cast.guild.plans(&app, json!({})).await;
    for person in [&cast.member, &cast.stranger] {
        person.registers(&event).await.expect(201);
    }
    for (name, caller) in cast.callers(&app) {
        let expected = match name {
            "anonymous" => [401, 401, 401],
            "stranger" => [403, 404, 404],
            "member" => [403, 403, 404],
            "moderator" | "admin" => [403, 403, 403],
            _ => [200, 200, 200],
        };
        for (event, expected) in [&event, &hidden, &draft].into_iter().zip(expected) {
            let answer = caller.get(&event_path(event, "/registrations")).await;
            assert_eq!(answer.status, expected, "{name}");
        }
        let seen = caller.get(&event_path(&event, "")).await.expect(200);
        let mine = match name {
            "member" => json!("registered"),
            "stranger" => json!("waitlisted"),
            _ => Value::Null,
        };
        assert_eq!(seen["my_registration"], mine, "{name}");
        assert!(!seen.to_string().contains(&cast.member.id), "{name}");
        let trail = format!("/v1/audit-events?subject_id={}", event["id"].as_str().unwrap());
        if name != "anonymous" {
            assert!(!json!(caller.all(&trail).await).to_string().contains(&cast.member.id), "{name}");
        }
    }
    // Who registers, moves up or withdraws leaves no trail for others.
    cast.member.withdraws(&event).await.expect(204);
    let trail = cast.guild.owner.all(&format!("/v1/audit-events?organization_id={}", cast.guild.id)).await;
    let actions: Vec<_> =
        trail.iter().filter_map(|one| one["action"].as_str()).filter(|one| one.starts_with("event")).collect();
    assert_eq!(actions, ["event.create", "event.publish", "event.create", "event.publish", "event.create"]);
}

#[actix_web::test]
async fn who_takes_part_goes_on_seeing_it() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let (ben, chi) = (app.therapist("ben").await, app.therapist("chi").await);
    let membership = guild.takes_in(&ben, "member").await;
    let event = guild.holds(&app, json!({"visibility": "members"})).await;
    chi.registers(&event).await.refused(404, "not_found");
    ben.registers(&event).await.expect(201);
    ben.decides(&membership, "leave", json!({})).await.expect(200);
    assert_eq!(ben.all("/v1/events?mine=true").await.len(), 1);
    ben.get(&event_path(&event, "")).await.expect(200);
    ben.withdraws(&event).await.expect(204);
    ben.get(&event_path(&event, "")).await.refused(404, "not_found");
    ben.registers(&event).await.refused(404, "not_found");
    assert!(ben.all("/v1/events").await.is_empty());
}

#[actix_web::test]
async fn events_of_an_organization_for_those_signed_in_are_for_them() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({})).await;
    app.anonymous().get(&event_path(&event, "")).await.expect(200);
    guild.owner.patch(&format!("/v1/organizations/{}", guild.id), json!({"visibility": "members"})).await.expect(200);
    app.anonymous().get(&event_path(&event, "")).await.refused(404, "not_found");
    app.anonymous().get(&guild.path("events")).await.refused(404, "not_found");
    assert!(app.anonymous().all("/v1/events").await.is_empty());
    app.therapist("ben").await.get(&event_path(&event, "")).await.expect(200);
}
