//! What meetings came to.

use chrono::{NaiveDate, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Circle, Person, TestApp, took_part, was_there};

/// A circle of two that met some times, each time for another number of minutes for Ben.
async fn met(app: &TestApp, circle: &Circle, minutes: &[i64]) -> (Person, Value) {
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat)] = circle.seats_all(app, ["ben"]).await;
    for minutes in minutes {
        let entries = json!([took_part(&own, "present"), was_there(&seat, "late", *minutes, 0, 0)]);
        app.held_meeting_of(circle, entries).await;
    }
    (ben, seat)
}

async fn table(person: &Person, query: &str) -> Answer {
    person.request(Method::GET, &format!("/v1/me/hours{query}")).header("Accept", "text/csv").send().await
}

#[actix_web::test]
async fn hours_are_listed_page_by_page_with_what_they_come_to() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let (ben, _) = met(&app, &circle, &[10, 20, 30, 40, 50]).await;
    let page = ben.get("/v1/me/hours?limit=2&include_total=true").await;
    assert!(page.header("link").is_some_and(|link| link.contains("rel=\"next\"") && link.contains("limit=2")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = page.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), &page["total"]), (2, &json!(5)));
    let totals = json!({"meetings": 5, "minutes": 150, "presenting_minutes": 0, "recused_minutes": 0});
    assert_eq!(page["totals"], totals, "of all of them");
    let all = ben.all("/v1/me/hours?limit=2").await;
    let mut minutes: Vec<_> = all.iter().map(|entry| entry["minutes"].as_i64().unwrap()).collect();
    minutes.sort_unstable();
    assert_eq!(minutes, [10, 20, 30, 40, 50]);
    assert!(all.is_sorted_by(|one, next| one["starts_at"].as_str() >= next["starts_at"].as_str()), "{all:?}");
    assert_eq!((&all[0]["consultation_group_name"], &all[0]["kind"]), (&json!("Harbor Circle"), &json!("recorded")));
    // Somebody else has their own.
    assert_eq!(app.therapist("stranger").await.hours().await["meetings"], 0);
    app.anonymous().get("/v1/me/hours").await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn hours_are_filtered_by_day_and_group() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let (ben, _) = met(&app, &circle, &[30]).await;
    let other = app.circle_of(&circle.owner, "Night Watch").await;
    let (own, seat) = (other.membership_of(&circle.owner).await, other.seats(&ben).await);
    app.held_meeting_of(&other, json!([took_part(&own, "present"), took_part(&seat, "present")])).await;
    let minutes =
        async |query: &str| ben.get(&format!("/v1/me/hours{query}")).await.expect(200)["totals"]["minutes"].clone();
    assert_eq!(minutes("").await, 120);
    assert_eq!(minutes(&format!("?consultation_group_id={}", circle.id)).await, 30);
    assert_eq!(minutes(&format!("?consultation_group_id={}", other.id)).await, 90);
    assert_eq!(minutes(&format!("?consultation_group_id={}", uuid::Uuid::now_v7())).await, 0);
    // A meeting of half an hour ago may have begun yesterday.
    let day: NaiveDate = ben.all("/v1/me/hours").await[0]["occurred_on"].as_str().unwrap().parse().unwrap();
    let [before, after] = [-1, 1].map(|days| day + TimeDelta::days(days));
    assert_eq!(minutes(&format!("?from={day}&to={day}")).await, 120);
    assert_eq!(minutes(&format!("?to={before}")).await, 0);
    assert_eq!(minutes(&format!("?from={after}")).await, 0);
    for (query, parameter, code) in [
        (format!("?from={after}&to={before}"), "to", "out_of_range"),
        ("?from=yesterday".into(), "from", "invalid_format"),
        ("?from=1999-12-31".into(), "from", "out_of_range"),
        ("?to=2101-01-01".into(), "to", "out_of_range"),
        ("?consultation_group_id=7".into(), "consultation_group_id", "invalid_format"),
        ("?account_id=7".into(), "account_id", "unknown_parameter"),
    ] {
        ben.get(&format!("/v1/me/hours{query}")).await.invalid_at(parameter, code);
        table(&ben, &query).await.invalid_at(parameter, code);
    }
    // Without a word, the last twelve months are listed.
    app.later(TimeDelta::days(367));
    let ben = app.again(&ben).await;
    assert_eq!(ben.hours().await["minutes"], 0);
    let long_ago = format!("/v1/me/hours?from={before}");
    assert_eq!(ben.get(&long_ago).await.expect(200)["totals"]["minutes"], 120);
}

#[actix_web::test]
async fn a_day_is_that_of_the_clocks_where_the_group_meets() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let meeting = app.meeting_in(&circle, -30, zone).await;
        app.sets_status(&meeting, support_network::entities::meeting::StoredMeetingStatus::InProgress).await;
        circle.owner.records(&meeting, json!([took_part(&own, "present")])).await.expect(200);
        circle.owner.closes(&meeting).await.expect(200);
    }
    let entries = circle.owner.all("/v1/me/hours").await;
    let days: Vec<_> = entries.iter().map(|entry| entry["occurred_on"].as_str().unwrap()).collect();
    assert_eq!(entries.len(), 2, "also where it is tomorrow already");
    assert_ne!(days[0], days[1], "they are 25 hours apart");
}

#[actix_web::test]
async fn a_table_has_a_line_for_each_meeting_and_no_formula() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "name": "=HYPERLINK(\"http://x\",\"y\")"})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat)] = circle.seats_all(&app, ["ben"]).await;
    let entries = json!([took_part(&own, "present"), was_there(&seat, "present", 90, 20, 30)]);
    let first = app.held_meeting_of(&circle, entries.clone()).await;
    app.held_meeting_of(&circle, entries).await;
    circle.owner.amends(&first, json!([took_part(&seat, "absent")]), "He was away.").await.expect(200);
    let answer = table(&ben, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"consultation-hours.csv\""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let lines: Vec<_> = answer.text.split("\r\n").collect();
    assert_eq!(lines[0], "date,starts_at,consultation_group,minutes,presenting_minutes,recused_minutes,amended");
    assert_eq!((lines.len(), lines[3]), (4, ""), "{lines:?}");
    let name = "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"";
    let mut ends: Vec<_> = lines[1..3].iter().map(|line| line.split_once(name).unwrap().1).collect();
    ends.sort_unstable();
    assert_eq!(ends, [",0,0,0,yes", ",70,30,20,no"]);
    for line in &lines {
        assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{line}");
    }
    let empty = table(&app.therapist("stranger").await, "").await;
    assert_eq!((empty.status, empty.text.lines().count()), (200, 1));
    let other = ben.request(Method::GET, "/v1/me/hours").header("Accept", "application/pdf").send().await;
    other.refused(406, "not_acceptable");
}

#[actix_web::test]
async fn a_page_costs_the_same_however_long_it_is() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let (ben, _) = met(&app, &circle, &[10, 20, 30, 40]).await;
    let cost = async |path: &str| {
        ben.get(path).await.expect(200);
        let before = app.statements().await;
        ben.get(path).await.expect(200);
        app.statements().await - before
    };
    assert_eq!(cost("/v1/me/hours?limit=1").await, cost("/v1/me/hours?limit=4").await);
    let body = |to: &str| json!({"consultation_group_id": circle.id, "from": "2020-01-01", "to": to});
    for _ in 0..3 {
        ben.post("/v1/me/certificates", body(&app.day(0))).await.expect(201);
    }
    assert_eq!(cost("/v1/me/certificates?limit=1").await, cost("/v1/me/certificates?limit=3").await);
}
