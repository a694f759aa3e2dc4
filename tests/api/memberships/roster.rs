//! Lists of memberships: filters, sorts, pages, and what they cost.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::TestApp;

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["display_name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_roster_is_filtered_sorted_and_paged() {
    let app = TestApp::spawn().await;
    let guild = app.guild("approval").await;
    for (name, display_name) in [("c", "Ångström Lea"), ("a", "ana"), ("b", "Ben Zed"), ("d", "Zoë")] {
        let body = json!({"email": format!("{name}@example.org"), "password": crate::support::PASSWORD, "display_name": display_name});
        let account = app.anonymous().post("/v1/accounts", body).await.expect(201);
        let person = app.sign_in(account["id"].as_str().unwrap(), &format!("{name}@example.org")).await;
        let held = person.joins(&guild.id).await;
        if name != "d" {
            guild.owner.decides(&held, "approve", json!({})).await.expect(200);
        }
    }
    let owned = guild.membership_of(&guild.owner).await;
    for (query, expected) in [
        ("sort=display_name", &["ana", "Ångström Lea", "Ben Zed", "owner", "Zoë"][..]),
        ("sort=-display_name&limit=2", &["Zoë", "owner", "Ben Zed", "Ångström Lea", "ana"]),
        ("sort=requested_at&limit=1", &["owner", "Ångström Lea", "ana", "Ben Zed", "Zoë"]),
        ("sort=-requested_at&limit=2", &["Zoë", "Ben Zed", "ana", "Ångström Lea", "owner"]),
        ("status=requested", &["Zoë"]),
        ("status=requested&status=active&sort=display_name", &["ana", "Ångström Lea", "Ben Zed", "owner", "Zoë"]),
        ("status=ended", &[]),
        ("role=owner", &["owner"]),
        ("role=steward", &[]),
        ("verification=confirmed", &[]),
        ("verification=self_reported&role=owner", &["owner"]),
        ("standing=current&sort=display_name", &["ana", "Ångström Lea", "Ben Zed", "owner"]),
        ("standing=expired", &[]),
        ("q=ANG", &["Ångström Lea"]),
        ("q=lea", &["Ångström Lea"]),
        ("q=l%20angstrom", &["Ångström Lea"]),
        ("q=z&sort=display_name", &["Ben Zed", "Zoë"]),
        ("q=eta", &[]),
        ("q=%25", &[]),
        ("q=%27%22", &[]),
    ] {
        assert_eq!(names(&guild.owner.all(&guild.path(&format!("memberships?{query}"))).await), expected, "{query}");
    }
    assert_eq!(owned["role"], "owner");
    let counted =
        guild.owner.get(&guild.path("memberships?status=active&limit=1&include_total=true")).await.expect(200);
    assert_eq!((counted["total"].as_i64(), counted["items"].as_array().unwrap().len()), (Some(4), 1));
    for query in ["status=asleep", "sort=name", "kind=organization", "q=a&q=b", "limit=0", "unknown=1"] {
        guild.owner.get(&guild.path(&format!("memberships?{query}"))).await.refused(422, "validation_failed");
    }
    let cursor = guild.owner.get(&guild.path("memberships?limit=1")).await.expect(200)["next_cursor"].clone();
    let moved = guild.path(&format!("memberships?limit=1&sort=display_name&cursor={}", cursor.as_str().unwrap()));
    guild.owner.get(&moved).await.refused(422, "invalid_cursor");
}

#[actix_web::test]
async fn my_list_holds_mine_only() {
    let app = TestApp::spawn().await;
    let (ana, ben, guild) = (app.therapist("ana").await, app.therapist("ben").await, app.guild("approval").await);
    let (apa, nasw) = (app.shipped("APA").await, app.shipped("NASW").await);
    for organization in [&apa, &nasw, &guild.id] {
        ana.joins(organization).await;
    }
    ben.joins(&apa).await;
    let of = |items: &[Value]| -> Vec<String> {
        items.iter().map(|one| one["organization_id"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("", vec![&apa, &nasw, &guild.id]),
        ("?sort=-requested_at&limit=1", vec![&guild.id, &nasw, &apa]),
        ("?status=requested", vec![&guild.id]),
        ("?status=active&kind=organization&role=member", vec![&apa, &nasw]),
        ("?role=owner", vec![]),
    ] {
        assert_eq!(
            of(&ana.all(&format!("/v1/memberships{query}")).await),
            expected.into_iter().cloned().collect::<Vec<_>>(),
            "{query}"
        );
    }
    assert_eq!(of(&ana.all(&format!("/v1/memberships?organization_id={apa}")).await), std::slice::from_ref(&apa));
    assert_eq!(ben.all("/v1/memberships").await.len(), 1);
    ana.get("/v1/memberships?sort=display_name").await.refused(422, "validation_failed");
    app.anonymous().get("/v1/memberships").await.refused(401, "unauthenticated");
}

/// The filter and the answer say the same of every membership on every day.
#[actix_web::test]
async fn the_standing_that_is_filtered_by_is_the_standing_that_is_shown() {
    let app = TestApp::spawn().await;
    let guild = app.guild("self_reported").await;
    let terms = json!({"name": "Short", "duration": {"unit": "years", "count": 1}, "grace_days": 3, "new_days": 2});
    let short = guild.owner.post(&guild.path("membership-types"), terms).await.expect(201);
    let owned = guild.membership_of(&guild.owner).await;
    let today = app.clock.today();
    let mut seen = std::collections::BTreeSet::new();
    let day = |days: i64| -> Value { json!(today + TimeDelta::days(days)) };
    let dates = [-100, -95, -90, -89, -31, -30, -4, -3, -2, -1, 0, 1];
    let mut cases: Vec<Value> = Vec::new();
    for starts in dates {
        cases.push(json!({"starts_on": day(starts), "ends_on": null}));
        cases.push(json!({"starts_on": day(-400), "ends_on": day(starts)}));
        cases.push(json!({"starts_on": null, "ends_on": day(starts)}));
    }
    cases.push(json!({"standing_override": "expired", "standing_override_until": day(0)}));
    cases.push(json!({"standing_override": "expired", "standing_override_until": day(-1)}));
    cases.push(json!({"standing_override": "grace", "standing_override_until": null}));
    for typed in [Value::Null, short["id"].clone()] {
        guild.owner.edits(&owned, json!({"membership_type_id": typed, "standing_override": null})).await.expect(200);
        for case in &cases {
            let shown = guild.owner.edits(&owned, case.clone()).await.expect(200);
            let shown = shown["affiliation"]["standing"].as_str().unwrap().to_owned();
            for standing in ["scheduled", "new", "current", "grace", "expired"] {
                let found = guild.owner.all(&guild.path(&format!("memberships?standing={standing}"))).await;
                assert_eq!(found.len() == 1, standing == shown, "{case} {typed} is {shown}, filtered by {standing}");
            }
            seen.insert(shown);
        }
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[actix_web::test]
async fn an_override_lasts_until_its_day() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ana = app.therapist("ana").await;
    let held = ana.joins(&guild.id).await;
    let alone = json!({"standing_override_until": app.clock.today()});
    guild.owner.edits(&held, alone).await.invalid_at("#/standing_override_until", "without_override");
    let body = json!({"standing_override": "expired", "standing_override_until": app.clock.today()});
    let over = guild.owner.edits(&held, body).await.expect(200);
    assert_eq!(
        (&over["affiliation"]["standing"], &over["affiliation"]["counts_as_member"]),
        (&json!("expired"), &json!(false))
    );
    app.later(TimeDelta::days(1));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    assert_eq!(ana.reads(&held).await.expect(200)["affiliation"]["standing"], "current");
}

#[actix_web::test]
async fn a_roster_takes_as_many_statements_for_thirty_as_for_three() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let ana = app.therapist("ana").await;
    guild.takes_in(&ana, "member").await;
    let read =
        async |limit: u32| app.cost_of_page(&guild.owner, &guild.path(&format!("memberships?limit={limit}"))).await;
    let (few, shown_few) = read(3).await;
    for number in 0..28 {
        app.therapist(&format!("t{number}")).await.joins(&guild.id).await;
    }
    let (many, shown_many) = read(30).await;
    assert_eq!((shown_few, shown_many), (2, 30));
    assert_eq!(few, many);
}
