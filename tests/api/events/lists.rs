//! Finding events.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Client, Guild, TestApp, event_path};

async fn titles(client: &Client, query: &str) -> Vec<String> {
    let items = client.all(&format!("/v1/events{query}")).await;
    items.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

/// Times of an event so many days from today.
fn on(app: &TestApp, days: i64) -> Value {
    let day = app.day(days);
    json!({"starts_local": format!("{day}T10:00"), "ends_local": format!("{day}T13:00")})
}

async fn held(app: &TestApp, guild: &Guild, title: &str, days: i64, more: Value) -> Value {
    let mut members = on(app, days);
    members["title"] = json!(title);
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    guild.holds(app, members).await
}

#[actix_web::test]
async fn filters_narrow_and_repeats_widen() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    guild.owner.patch(&format!("/v1/organizations/{}", guild.id), json!({"region": "US-CA"})).await.expect(200);
    let body = json!({"name": "Far Away", "kind": "training_institute", "country": "DE", "represented": true});
    let far = guild.owner.proposes(body).await;
    guild.moderator.publishes(&far).await;
    let far = Guild {
        id: far["id"].as_str().unwrap().into(),
        owner: guild.owner.clone(),
        moderator: guild.moderator.clone(),
    };
    let place = json!({"format": "in_person", "place": "East Bay Commons"});
    held(&app, &guild, "Grief workshop", 30, json!({"description": "In threes, slowly."})).await;
    held(&app, &guild, "Soup", 10, json!({"kind": "social", "format": "in_person", "place": "Café Ångström"})).await;
    let full = held(&app, &guild, "Full", 20, json!({"kind": "training", "capacity": 1})).await;
    held(&app, &far, "Sommerschule", 40, json!({"kind": "training", "format": "hybrid", "place": "Berlin"})).await;
    held(&app, &far, "Konferenz", 50, json!({"kind": "conference", "format": "in_person", "place": "Köln"})).await;
    guild.plans(&app, place).await;
    let ben = app.therapist("ben").await;
    ben.registers(&full).await.expect(201);
    let (now, day) = (app.clock.now(), |days: i64| format!("{}T00:00:00Z", app.day(days)));
    for (query, expected) in [
        ("", &["Soup", "Full", "Grief workshop", "Sommerschule", "Konferenz"][..]),
        ("?sort=-starts_at", &["Konferenz", "Sommerschule", "Grief workshop", "Full", "Soup"]),
        ("?sort=-starts_at&kind=training", &["Sommerschule", "Full"]),
        ("?kind=training&kind=social", &["Soup", "Full", "Sommerschule"]),
        ("?format=in_person", &["Soup", "Konferenz"]),
        ("?format=in_person&format=hybrid&country=DE", &["Sommerschule", "Konferenz"]),
        ("?country=US", &["Soup", "Full", "Grief workshop"]),
        ("?region=US-CA&kind=social", &["Soup"]),
        ("?region=US-NY", &[]),
        (&format!("?organization_id={}", far.id), &["Sommerschule", "Konferenz"]),
        (&format!("?from={}&to={}", day(15), day(31)), &["Full", "Grief workshop"]),
        (&format!("?to={}", day(11)), &["Soup"]),
        ("?q=grief", &["Grief workshop"]),
        ("?q=slowly", &["Grief workshop"]),
        ("?q=angstrom", &["Soup"]),
        ("?q=koln%20konf", &["Konferenz"]),
        ("?q=%22%20OR%201=1", &[]),
        ("?has_place=true&country=US", &["Soup", "Grief workshop"]),
        ("?has_place=false", &["Full"]),
        ("?mine=true", &["Full"]),
        ("?mine=false&kind=training", &["Sommerschule"]),
        ("?status=draft", &[]),
    ] {
        assert_eq!(titles(&ben, query).await, expected, "{query}");
    }
    assert_eq!(
        titles(&ben, &format!("?from={}", (now - TimeDelta::days(1)).to_rfc3339().replace('+', "%2B"))).await.len(),
        5
    );
    assert_eq!(titles(&guild.owner, "?status=draft").await, ["Grief in the body"]);
    assert!(titles(&app.anonymous(), "?mine=true").await.is_empty());
    let created: Vec<_> = titles(&ben, "?sort=created_at").await;
    let mut backwards = titles(&ben, "?sort=-created_at").await;
    backwards.reverse();
    assert_eq!(created, backwards);
    let own = guild.owner.all(&guild.path("events?kind=social&has_place=true&sort=-starts_at")).await;
    assert_eq!(own.iter().map(|one| &one["title"]).collect::<Vec<_>>(), ["Soup"]);
    for (query, parameter, code) in [
        ("?kind=party", "kind", "unknown_value"),
        ("?status=over", "status", "unknown_value"),
        ("?from=yesterday", "from", "invalid_format"),
        ("?from=1999-01-01T00:00:00Z", "from", "out_of_range"),
        ("?to=2101-01-01T00:00:00Z", "to", "out_of_range"),
        ("?from=2027-01-02T00:00:00Z&to=2027-01-02T00:00:00Z", "to", "before_from"),
        ("?country=Germany", "country", "invalid_country"),
        ("?sort=title", "sort", "unknown_value"),
        ("?organization_id=x", "organization_id", "invalid_format"),
        ("?where=here", "where", "unknown_parameter"),
    ] {
        ben.get(&format!("/v1/events{query}")).await.invalid_at(parameter, code);
    }
    let backwards = guild.path("events?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z");
    ben.get(&backwards).await.invalid_at("to", "before_from");
}

#[actix_web::test]
async fn what_is_over_is_listed_for_those_who_look_back() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let long = json!({"starts_local": format!("{}T10:00", app.day(1)), "ends_local": format!("{}T10:00", app.day(90)),
        "title": "Long"});
    guild.holds(&app, long).await;
    let soon = held(&app, &guild, "Soon", 2, json!({})).await;
    held(&app, &guild, "Called off", 80, json!({})).await;
    let [ben] = app.register_all(&soon, ["ben"]).await;
    let called_off = guild.owner.all("/v1/events?q=called").await[0].clone();
    ben.registers(&called_off).await.expect(201);
    guild.owner.post(&event_path(&called_off, "/cancel"), json!({"reason": "Storm."})).await.expect(200);
    app.later(TimeDelta::days(60));
    let ben = app.again(&ben).await;
    assert_eq!(titles(&ben, "").await, ["Long"], "it runs still");
    let back = (app.clock.now() - TimeDelta::days(100)).format("%Y-%m-%dT%H:%M:%SZ");
    assert_eq!(titles(&ben, &format!("?from={back}")).await, ["Long", "Soon"]);
    assert_eq!(titles(&ben, "?status=cancelled").await, ["Called off"]);
    assert_eq!(titles(&ben, "?mine=true").await, ["Called off"]);
    assert_eq!(titles(&ben, &format!("?mine=true&from={back}")).await, ["Soon", "Called off"]);
    assert_eq!(titles(&ben, &format!("?has_place=true&from={back}")).await, [""; 0]);
}

#[actix_web::test]
async fn pages_neither_repeat_nor_hide_and_cost_the_same() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    for number in 0..9 {
        // Some start at the same moment.
        held(&app, &guild, &format!("Grief {number}"), 10 + number / 3, json!({})).await;
    }
    let ben = app.therapist("ben").await;
    for sort in ["", "&sort=starts_at", "&sort=-starts_at", "&sort=created_at", "&sort=-created_at", "&q=grief"] {
        let whole = ben.all(&format!("/v1/events?limit=100{sort}")).await;
        assert_eq!(whole.len(), 9, "{sort}");
        for limit in [1, 2, 4] {
            assert_eq!(ben.all(&format!("/v1/events?limit={limit}{sort}")).await, whole, "{sort} by {limit}");
        }
        let starts: Vec<DateTime<Utc>> =
            whole.iter().map(|one| one["starts_at"].as_str().unwrap().parse().unwrap()).collect();
        match sort {
            "&sort=-starts_at" => assert!(starts.is_sorted_by(|a, b| a >= b), "{starts:?}"),
            "" | "&sort=starts_at" | "&q=grief" => assert!(starts.is_sorted(), "{starts:?}"),
            _ => {}
        }
    }
    assert_eq!(ben.get("/v1/events?limit=1&include_total=true").await.expect(200)["total"], 9);
    let mut costs = Vec::new();
    for limit in [2, 9] {
        ben.get("/v1/events?limit=1").await.expect(200);
        let before = app.statements().await;
        ben.get(&format!("/v1/events?limit={limit}")).await.expect(200);
        costs.push(app.statements().await - before);
    }
    assert_eq!(costs, [3, 3]);
}
