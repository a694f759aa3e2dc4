//! Writing an event: what it says, when it is, what becomes of it.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, event_path, workshop};

#[actix_web::test]
async fn an_event_is_drafted_changed_and_published() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ben = app.therapist("ben").await;
    let made = guild.owner.post(&guild.path("events"), workshop(&app, json!({}))).await;
    let (path, etag) = (made.location(), made.etag());
    let draft = made.expect(201);
    assert_eq!(path, event_path(&draft, ""));
    for (member, value) in [
        ("organization_id", json!(guild.id)),
        ("organization_name", json!("Guild open")),
        ("status", json!("draft")),
        ("phase", json!("coming")),
        ("waitlist", json!(true)),
        ("visibility", json!("public")),
        ("registered_count", json!(0)),
        ("waitlisted_count", json!(0)),
        ("takes_registrations", json!(false)),
        ("sequence", json!(0)),
        ("version", json!(1)),
    ] {
        assert_eq!(draft[member], value, "{member}");
    }
    assert_eq!(draft["registration_closes_at"], draft["starts_at"]);
    for absent in ["capacity", "free_places", "ce_hours", "place", "url", "description", "my_registration"] {
        assert_eq!(draft.get(absent), None, "{absent}");
    }
    ben.get(&path).await.refused(404, "not_found");
    ben.registers(&draft).await.refused(404, "not_found");
    guild.owner.registers(&draft).await.refused(409, "invalid_transition");

    let patch = async |body: Value, etag: &str| {
        guild.owner.request(Method::PATCH, &path).header("if-match", etag).json(&body).send().await
    };
    let changed = patch(json!({"title": "Grief, slowly", "capacity": 12, "ce_hours": 2.75}), &etag).await.expect(200);
    assert_eq!(
        (&changed["capacity"], &changed["ce_hours"], &changed["free_places"]),
        (&json!(12), &json!(2.75), &json!(12))
    );
    assert_eq!((&changed["version"], &changed["sequence"]), (&json!(2), &json!(0)));
    patch(json!({"title": "Too late"}), &etag).await.refused(412, "stale_version");
    let moved = patch(json!({"format": "hybrid", "place": "Oakland", "capacity": null, "ce_hours": null}), "*").await;
    let moved = moved.expect(200);
    assert_eq!((&moved["sequence"], moved.get("capacity"), moved.get("ce_hours")), (&json!(1), None, None));

    let public = guild.owner.post(&event_path(&draft, "/publish"), json!({})).await.expect(200);
    assert_eq!(
        (&public["status"], &public["sequence"], &public["takes_registrations"]),
        (&json!("published"), &json!(2), &json!(true))
    );
    assert_eq!(ben.get(&path).await.expect(200)["title"], "Grief, slowly");
    guild.owner.post(&event_path(&draft, "/publish"), json!({})).await.refused(409, "invalid_transition");
    guild.owner.delete(&path).await.refused(409, "invalid_transition");

    let unwanted = guild.plans(&app, json!({})).await;
    guild.owner.delete(&event_path(&unwanted, "")).await.expect(204);
    guild.owner.delete(&event_path(&unwanted, "")).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_key_makes_one_event() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let body = workshop(&app, json!({}));
    let post = async || {
        let request = guild.owner.request(Method::POST, &guild.path("events")).header("idempotency-key", "one");
        request.json(&body).send().await
    };
    let first = post().await.expect(201);
    let again = post().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.expect(201), first);
    assert_eq!(guild.owner.all(&guild.path("events?status=draft")).await.len(), 1);
}

#[actix_web::test]
async fn local_times_are_read_by_the_clocks_of_the_zone() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    for (zone, starts, ends, starts_at, ends_at) in [
        ("America/Los_Angeles", "2027-01-20T10:00", "2027-01-20T13:00", "2027-01-20T18:00:00Z", "2027-01-20T21:00:00Z"),
        // Jumped over: by the clocks before.
        ("America/Los_Angeles", "2027-03-14T02:30", "2027-03-14T03:45", "2027-03-14T10:30:00Z", "2027-03-14T10:45:00Z"),
        // Shown twice: the first.
        ("America/Los_Angeles", "2026-11-01T01:30", "2026-11-01T02:00", "2026-11-01T08:30:00Z", "2026-11-01T10:00:00Z"),
        ("Asia/Kathmandu", "2027-06-01T09:00", "2027-06-03T17:00", "2027-06-01T03:15:00Z", "2027-06-03T11:15:00Z"),
    ] {
        let times = json!({"time_zone": zone, "starts_local": starts, "ends_local": ends});
        let event = guild.plans(&app, times).await;
        assert_eq!((&event["starts_at"], &event["ends_at"]), (&json!(starts_at), &json!(ends_at)), "{zone} {starts}");
        assert_eq!((&event["starts_local"], &event["time_zone"]), (&json!(starts), &json!(zone)));
    }
    // Another zone moves the instants and leaves the clocks.
    let event = guild.plans(&app, json!({"starts_local": "2027-01-20T10:00", "ends_local": "2027-01-20T13:00"})).await;
    let moved = guild.owner.patch(&event_path(&event, ""), json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    assert_eq!(
        (&moved["starts_at"], &moved["starts_local"]),
        (&json!("2027-01-20T09:00:00Z"), &json!("2027-01-20T10:00"))
    );
}

#[actix_web::test]
async fn each_bad_input_is_named_with_its_place() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let kept = guild.plans(&app, json!({"starts_local": "2027-06-01T10:00", "ends_local": "2027-06-01T12:00"})).await;
    for (members, pointer, code) in [
        (json!({"time_zone": "Mars/Olympus"}), "#/time_zone", "invalid_time_zone"),
        (json!({"time_zone": ""}), "#/time_zone", "invalid_time_zone"),
        (json!({"starts_local": "2027-06-01T10:00Z"}), "#/starts_local", "invalid_local_time"),
        (json!({"starts_local": "2027-06-01"}), "#/starts_local", "invalid_local_time"),
        (json!({"starts_local": "2027-02-30T10:00"}), "#/starts_local", "invalid_local_time"),
        (json!({"ends_local": "2027-06-01T24:00"}), "#/ends_local", "invalid_local_time"),
        (json!({"starts_local": "1999-12-31T10:00"}), "#/starts_local", "out_of_range"),
        (json!({"ends_local": "2101-01-01T10:00"}), "#/ends_local", "out_of_range"),
        (json!({"starts_local": "2027-06-01T10:00", "ends_local": "2027-06-01T10:00"}), "#/ends_local", "before_start"),
        (json!({"starts_local": "2027-06-01T10:00", "ends_local": "2027-06-01T09:59"}), "#/ends_local", "before_start"),
        (json!({"starts_local": "2027-06-01T10:00", "ends_local": "2027-09-02T10:00"}), "#/ends_local", "out_of_range"),
        (json!({"capacity": 0}), "#/capacity", "out_of_range"),
        (json!({"capacity": 100_001}), "#/capacity", "out_of_range"),
        (json!({"capacity": 2.5}), "#/capacity", "wrong_type"),
        (json!({"ce_hours": -0.25}), "#/ce_hours", "out_of_range"),
        (json!({"ce_hours": 100.25}), "#/ce_hours", "out_of_range"),
        (json!({"ce_hours": 1.3}), "#/ce_hours", "not_a_multiple"),
        (json!({"format": "in_person"}), "#/place", "missing_member"),
        (json!({"format": "hybrid"}), "#/place", "missing_member"),
        (json!({"format": "somewhere"}), "#/format", "unknown_value"),
        (json!({"kind": "party"}), "#/kind", "unknown_value"),
        (json!({"url": "ftp://a.example"}), "#/url", "invalid_url"),
        (json!({"url": "https://user:secret@a.example"}), "#/url", "invalid_url"),
        (json!({"title": "A"}), "#/title", "too_short"),
        (json!({"title": "Grief\u{202e}"}), "#/title", "invalid_characters"),
        (json!({"description": " "}), "#/description", "blank"),
        (json!({"registration_closes_at": "2099-01-01T00:00:00Z"}), "#/registration_closes_at", "after_start"),
        (json!({"registration_closes_at": "1999-12-31T23:59:59Z"}), "#/registration_closes_at", "out_of_range"),
        (json!({"status": "published"}), "#/status", "unknown_member"),
        (json!({"registered_count": 5}), "#/registered_count", "unknown_member"),
        (json!({"starts_at": "2027-06-01T10:00:00Z"}), "#/starts_at", "unknown_member"),
    ] {
        let body = workshop(&app, members.clone());
        guild.owner.post(&guild.path("events"), body).await.invalid_at(pointer, code);
        guild.owner.patch(&event_path(&kept, ""), members).await.invalid_at(pointer, code);
    }
    assert_eq!(guild.event(&kept).await, kept);
    // All that is wrong is told at once.
    let body = json!({"starts_local": "2027-06-01T10:00", "ends_local": "2027-06-01T09:00", "format": "in_person",
        "registration_closes_at": "2027-07-01T00:00:00Z"});
    let faults = guild.owner.post(&guild.path("events"), workshop(&app, body)).await.refused(422, "validation_failed");
    let pointers: Vec<_> = faults.as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["#/ends_local", "#/place", "#/registration_closes_at"]);
    guild.owner.patch(&event_path(&kept, ""), json!({})).await.invalid_at("#", "empty_patch");
    for missing in ["kind", "title", "starts_local", "ends_local", "time_zone", "format"] {
        let mut body = workshop(&app, json!({}));
        body.as_object_mut().unwrap().remove(missing);
        guild.owner.post(&guild.path("events"), body).await.invalid_at(&format!("#/{missing}"), "missing_member");
    }
}

#[actix_web::test]
async fn a_published_event_stays_in_the_future_and_keeps_its_people() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 2})).await;
    app.register_all(&event, ["ben", "chi", "dee"]).await;
    let path = event_path(&event, "");
    for (members, pointer, code) in [
        (json!({"starts_local": "2020-06-01T10:00", "ends_local": "2020-06-01T12:00"}), "#/ends_local", "in_the_past"),
        (json!({"capacity": 1}), "#/capacity", "below_registered"),
        (json!({"waitlist": false}), "#/waitlist", "people_wait"),
    ] {
        guild.owner.patch(&path, members).await.invalid_at(pointer, code);
    }
    let past = json!({"starts_local": "2020-06-01T10:00", "ends_local": "2020-06-01T12:00"});
    let past = guild.plans(&app, past).await;
    assert_eq!(past["phase"], "over");
    guild.owner.post(&event_path(&past, "/publish"), json!({})).await.refused(409, "invalid_transition");

    // It runs, and then it is over.
    app.later(TimeDelta::days(31));
    let guild = guild.again(&app).await;
    guild.owner.patch(&path, json!({"title": "What we learnt"})).await.refused(409, "invalid_transition");
    let cancel = json!({"reason": "Nobody came."});
    guild.owner.post(&event_path(&event, "/cancel"), cancel).await.refused(409, "invalid_transition");
    assert_eq!(guild.event(&event).await["phase"], "over");
}

#[actix_web::test]
async fn a_cancelled_event_says_why_and_tells_everybody() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"capacity": 1})).await;
    let [ben, chi] = app.register_all(&event, ["ben", "chi"]).await;
    let [gone] = app.register_all(&event, ["gone"]).await;
    gone.withdraws(&event).await.expect(204);
    let path = event_path(&event, "/cancel");
    guild.owner.post(&path, json!({})).await.invalid_at("#/reason", "missing_member");
    let reason = json!({"reason": "The building is closed\nby the storm."});
    let cancelled = guild.owner.post(&path, reason.clone()).await.expect(200);
    assert_eq!((&cancelled["status"], &cancelled["cancel_reason"]), (&json!("cancelled"), &reason["reason"]));
    assert_eq!((&cancelled["sequence"], &cancelled["takes_registrations"]), (&json!(2), &json!(false)));
    assert!(cancelled["cancelled_at"].is_string());
    for person in [&ben, &chi] {
        let mail = app.mail.nth_to(&person.email, 2).await;
        assert!(mail.text.contains("Grief in the body") && mail.text.contains("by the storm."), "{}", mail.text);
    }
    assert_eq!(app.mail.all().iter().filter(|mail| mail.to == gone.email).count(), 1, "who withdrew is left alone");
    assert_eq!(guild.counts(&event).await, (1, 1));

    guild.owner.post(&path, reason).await.refused(409, "invalid_transition");
    guild.owner.patch(&event_path(&event, ""), json!({"title": "Later"})).await.refused(409, "invalid_transition");
    guild.owner.post(&event_path(&event, "/publish"), json!({})).await.refused(409, "invalid_transition");
    for person in [&ben, &gone] {
        person.registers(&event).await.refused(409, "invalid_transition");
    }
    assert_eq!(ben.registration(&event).await.expect(200)["status"], "registered");
    // Nobody moves up in what does not take place.
    ben.withdraws(&event).await.expect(204);
    assert_eq!(chi.registration(&event).await.expect(200)["status"], "waitlisted");
    let draft = guild.plans(&app, json!({})).await;
    let cancel = json!({"reason": "Never mind."});
    guild.owner.post(&event_path(&draft, "/cancel"), cancel).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn who_registered_is_told_of_another_time_or_place() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({})).await;
    let [ben] = app.register_all(&event, ["ben"]).await;
    let path = event_path(&event, "");
    guild.owner.patch(&path, json!({"title": "Grief, slowly", "description": "Bring a cushion."})).await.expect(200);
    let moved = guild.owner.patch(&path, json!({"place": "Oakland", "format": "in_person"})).await.expect(200);
    assert_eq!((&moved["sequence"], &moved["version"]), (&json!(2), &json!(4)));
    let mail = app.mail.nth_to(&ben.email, 2).await;
    assert!(mail.text.contains("Grief, slowly") && mail.text.contains("Oakland"), "{}", mail.text);
}
