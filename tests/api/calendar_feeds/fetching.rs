use calcard::icalendar::{ICalendar, ICalendarComponentType};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;
use support_network::recurrence::zone::{instant_of, zone_of};

use super::{FEEDS, file, names, path};
use crate::support::{Answer, TestApp, event_path, meeting_path};

const ZONE: &str = "America/Los_Angeles";

/// The starts of the first events of a calendar, as a library unrolls them.
fn starts(text: &str) -> Vec<chrono::DateTime<Utc>> {
    let mut calendar = ICalendar::parse(text).unwrap();
    for part in &mut calendar.components {
        part.entries.retain(|entry| entry.name != calcard::icalendar::ICalendarProperty::Sequence);
    }
    let found = calendar.expand_dates(chrono_tz::Tz::UTC, 10);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let mut starts: Vec<_> = found.events.into_iter().map(|event| event.start.with_timezone(&Utc)).collect();
    starts.sort();
    starts
}

fn events(text: &str) -> usize {
    let calendar = ICalendar::parse(text).unwrap();
    calendar.components.iter().filter(|part| part.component_type == ICalendarComponentType::VEvent).count()
}

async fn fetched(app: &TestApp, feed: &serde_json::Value) -> Answer {
    let answer = app.anonymous().get(&file(feed)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

#[actix_web::test]
async fn an_app_fetches_the_meetings_of_a_group() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    let series = app.meets(&circle, ZONE, TimeDelta::days(3), Some("FREQ=WEEKLY;COUNT=4")).await;
    let feed = ben.feeds(json!({"consultation_group_id": circle.id, "label": "Circle; mine"})).await;
    let answer = fetched(&app, &feed).await;
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    let expected: Vec<_> =
        (0..4).map(|week| instant_of(series.original + TimeDelta::weeks(week), zone_of(ZONE))).collect();
    assert_eq!(starts(&answer.text), expected, "{}", answer.text);
    assert!(answer.text.contains("X-WR-CALNAME:Circle\\; mine\r\n"), "{}", answer.text);
    for secret in ["Harbor", "planted", "ben", "owner", "example.org"] {
        assert!(!answer.text.contains(secret), "{secret} is in {}", answer.text);
    }

    let etag = answer.etag();
    let again = app.anonymous().request(Method::GET, &file(&feed)).header("if-none-match", &etag).send().await;
    assert_eq!((again.status, again.text.as_str(), again.etag()), (304, "", etag.clone()));
    let head = app.anonymous().request(Method::HEAD, &file(&feed)).send().await;
    assert_eq!((head.status, head.text.as_str(), head.etag()), (200, "", etag.clone()));
    let length = answer.text.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    assert_eq!(app.anonymous().post(&file(&feed), json!({})).await.status, 405);

    app.moves(&series, TimeDelta::hours(25)).await;
    let moved = app.anonymous().request(Method::GET, &file(&feed)).header("if-none-match", &etag).send().await;
    assert_eq!(moved.status, 200);
    assert_eq!(starts(&moved.text)[0], expected[0] + TimeDelta::hours(25), "{}", moved.text);
    assert_eq!((events(&moved.text), starts(&moved.text).len()), (2, 4));
    app.calls_off(&series).await;
    assert!(fetched(&app, &feed).await.text.contains("STATUS:CANCELLED"));

    ben.patch(&path(&feed), names()).await.expect(200);
    let named = fetched(&app, &feed).await.text.replace("\r\n ", "");
    for part in
        ["SUMMARY:Harbor Circle: planted title", "LOCATION:planted place", "URL:https://planted.example.org/room"]
    {
        assert!(named.contains(part), "{part} is not in {named}");
    }
    let today = app.clock.today().to_string();
    assert_eq!(ben.get(&path(&feed)).await.expect(200)["last_fetched_on"], today.as_str());
    assert_eq!(ben.get(&path(&feed)).await.expect(200)["version"], 2, "a fetch is no change");
}

#[actix_web::test]
async fn a_calendar_says_what_the_group_has_planned() {
    let app = TestApp::spawn().await;
    let (circle, [(ben, _), ..]) = app.circle_in_october().await;
    circle.meets_fortnightly().await;
    let feed = ben.feeds(json!({"consultation_group_id": circle.id})).await;
    let shown = async || -> Vec<String> {
        let starts = starts(&fetched(&app, &feed).await.text).into_iter();
        starts.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).collect()
    };
    let planned = async || -> Vec<String> {
        let mut starts: Vec<_> =
            circle.meetings().await.iter().map(|one| one["starts_at"].as_str().unwrap().to_owned()).collect();
        starts.sort();
        starts
    };
    let vectors = ["2026-10-20T19:00:00Z", "2026-11-03T20:00:00Z", "2026-11-17T20:00:00Z", "2026-12-01T20:00:00Z"];
    assert_eq!(shown().await, vectors);
    let meetings = circle.meetings().await;
    let moved = json!({"starts_local": "2026-11-05T17:00", "duration_minutes": 60});
    circle.owner.patch(&meeting_path(&meetings[1], ""), moved).await.expect(200);
    circle.owner.post(&meeting_path(&meetings[2], "/cancel"), json!({"reason": "Away."})).await.expect(200);
    assert_eq!(shown().await, planned().await);
    let text = fetched(&app, &feed).await.text;
    assert_eq!((events(&text), text.matches("STATUS:CANCELLED").count()), (3, 1), "{text}");
    let later = json!({"starts_local": "2026-12-01T13:00"});
    circle.owner.patch(&meeting_path(&meetings[3], "?scope=following"), later).await.expect(200);
    let once = json!({"starts_local": "2026-12-10T08:00", "time_zone": "Asia/Kathmandu"});
    circle.owner.post(&circle.path("meetings"), once).await.expect(201);
    assert_eq!(shown().await, planned().await, "{}", fetched(&app, &feed).await.text);
    assert_eq!(shown().await.len(), 5);
}

#[actix_web::test]
async fn a_feed_of_everything_follows_my_standing() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let other = app.circle_of(&circle.owner, "Second Circle").await;
    let strange = app.circle_of(&circle.owner, "Strange Circle").await;
    let ben = app.therapist("ben").await;
    let seat = circle.seats(&ben).await;
    other.seats(&ben).await;
    for one in [&circle, &other, &strange] {
        app.meets(one, ZONE, TimeDelta::days(3), Some("FREQ=WEEKLY")).await;
    }
    app.meets(&circle, "Asia/Kathmandu", TimeDelta::days(4), None).await;
    let feed = ben.feeds(names()).await;
    let shows = async || fetched(&app, &feed).await.text;
    let text = shows().await;
    assert_eq!(events(&text), 3);
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 2);
    assert!(!text.contains("Strange"), "{text}");
    let until = (app.clock.today() + TimeDelta::days(5)).to_string();
    ben.decides(&seat, "start-leave", json!({"until": until})).await.expect(200);
    assert_eq!(events(&shows().await), 3);
    ben.decides(&seat, "end-leave", json!({})).await.expect(200);
    circle.owner.decides(&seat, "suspend", json!({"until": until, "reason": "Conduct."})).await.expect(200);
    assert_eq!(events(&shows().await), 1);
    circle.owner.decides(&seat, "reinstate", json!({})).await.expect(200);
    assert_eq!(events(&shows().await), 3);
    other.owner.post(&other.path("archive"), json!({})).await.expect(200);
    assert_eq!(events(&shows().await), 2);
    ben.decides(&seat, "leave", json!({})).await.expect(200);
    let text = shows().await;
    assert_eq!((events(&text), text.matches("BEGIN:VTIMEZONE").count()), (0, 1), "{text}");
}

#[actix_web::test]
async fn a_feed_of_a_group_ends_with_the_seat() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, seat)] = circle.seats_all(&app, ["ben"]).await;
    app.meets(&circle, ZONE, TimeDelta::days(3), Some("FREQ=WEEKLY")).await;
    let feed = ben.feeds(json!({"consultation_group_id": circle.id})).await;
    let until = (app.clock.today() + TimeDelta::days(5)).to_string();
    circle.owner.decides(&seat, "suspend", json!({"until": until, "reason": "Conduct."})).await.expect(200);
    assert_eq!(events(&fetched(&app, &feed).await.text), 0, "who is suspended sees nothing, for a while");
    circle.owner.decides(&seat, "reinstate", json!({})).await.expect(200);
    assert_eq!(events(&fetched(&app, &feed).await.text), 1);
    ben.decides(&seat, "leave", json!({})).await.expect(200);
    app.anonymous().get(&file(&feed)).await.refused(410, "token_expired");
    assert_eq!(app.anonymous().request(Method::HEAD, &file(&feed)).send().await.status, 410);
    assert_eq!(ben.get(&path(&feed)).await.expect(200)["closed"], true);
    ben.post(&format!("{}/rotate", path(&feed)), json!({})).await.refused(409, "invalid_transition");
    // Another seat does not bring it back.
    circle.seats(&ben).await;
    app.anonymous().get(&file(&feed)).await.refused(410, "token_expired");
    let next = ben.feeds(json!({"consultation_group_id": circle.id})).await;
    assert_eq!(events(&fetched(&app, &next).await.text), 1);
    let body = json!({"confirm_name": circle.name});
    circle.owner.post(&circle.path("dissolve"), body).await.expect(200);
    app.anonymous().get(&file(&next)).await.refused(410, "token_expired");
    assert_eq!(ben.all(FEEDS).await.len(), 2);
}

#[actix_web::test]
async fn the_number_of_queries_does_not_grow_with_the_meetings() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let feed = circle.owner.feeds(json!({})).await;
    let cost = async || {
        let before = app.statements().await;
        fetched(&app, &feed).await;
        app.statements().await - before
    };
    app.meets(&circle, ZONE, TimeDelta::days(3), None).await;
    cost().await;
    let few = cost().await;
    for _ in 0..20 {
        let series = app.meets(&circle, ZONE, TimeDelta::days(3), Some("FREQ=WEEKLY")).await;
        app.moves(&series, TimeDelta::hours(1)).await;
    }
    assert_eq!(cost().await, few);
    assert_eq!(events(&fetched(&app, &feed).await.text), 41);
}

#[actix_web::test]
async fn what_i_registered_for_is_in_my_calendar() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let event = guild.holds(&app, json!({"title": "Grief in the body", "place": "Room 4", "capacity": 1})).await;
    let (ben, chi) = (app.therapist("ben").await, app.therapist("chi").await);
    for person in [&ben, &chi] {
        person.put(&event_path(&event, "/registration"), json!({})).await.expect(201);
    }
    let shown = ben.feeds(json!({"show_names": true})).await;
    let text = fetched(&app, &shown).await.text;
    assert!(text.contains("SUMMARY:Grief in the body\r\n") && text.contains("LOCATION:Room 4\r\n"), "{text}");
    assert!(text.contains("STATUS:CONFIRMED"), "{text}");
    let starts_at: chrono::DateTime<Utc> = event["starts_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(starts(&text), [starts_at], "{text}");
    // Who waits may not get a place; who asks for no names shows none.
    let nameless = chi.feeds(json!({})).await;
    let text = fetched(&app, &nameless).await.text;
    assert!(text.contains("SUMMARY:Event\r\n") && text.contains("STATUS:TENTATIVE"), "{text}");
    assert!(!text.contains("Grief") && !text.contains("Room"), "{text}");
    ben.delete(&event_path(&event, "/registration")).await.expect(204);
    assert!(fetched(&app, &shown).await.text.contains("STATUS:CANCELLED"));
    assert!(fetched(&app, &nameless).await.text.contains("STATUS:CONFIRMED"), "the place is theirs now");
}
