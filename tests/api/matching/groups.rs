use chrono::{TimeDelta, Utc};
use reqwest::Method;
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use support_network::entities::{
    consultation_group::StoredGroupStatus,
    membership::{MembershipRole, MembershipStatus},
};

use super::{MATCHES, block, circle, founds, licence, named, place, set, with};
use crate::support::{Person, TestApp};

#[actix_web::test]
async fn the_worked_cases_come_out_as_written() {
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let group = founds(&app, &owner, circle("Harbor Circle")).await;
    for (name, profile) in [
        (
            "third",
            json!({"specialties": ["ocd"], "modalities": ["erp"], "populations": ["children"],
            "experience": "pre_licensed", "formats": ["online", "in_person"],
            "availability": [{"weekday": "tuesday", "from": "09:00", "to": "10:30"}]}),
        ),
        (
            "first",
            json!({"specialties": ["trauma", "grief", "couples"], "modalities": ["emdr"],
            "populations": ["adults", "teens"], "experience": "established"}),
        ),
        (
            "second",
            json!({"specialties": ["trauma"], "modalities": ["cbt"], "formats": ["in_person"],
            "availability": [{"weekday": "monday", "from": "09:45", "to": "17:00"}]}),
        ),
    ] {
        app.therapist(name).await.tells(profile).await;
    }
    let found = owner.get(&format!("/v1/consultation-groups/{group}/candidates")).await.expect(200);
    let items = found["items"].as_array().unwrap();
    let scores: Vec<_> = items.iter().map(|one| (&one["therapist"]["display_name"], &one["score"])).collect();
    let (names, numbers) = ([json!("first"), json!("second"), json!("third")], [json!(76.67), json!(50.0), json!(7.5)]);
    assert_eq!(scores, names.iter().zip(&numbers).collect::<Vec<_>>());
    let values = |one: &Value| -> Vec<Value> {
        one["parts"].as_array().unwrap().iter().map(|part| part["value"].clone()).collect()
    };
    assert_eq!(values(&items[0]), [1.0, 0.6667, 0.5, 0.5, 0.75, 1.0].map(|value| json!(value)));
    assert_eq!(values(&items[1]), [0.5, 0.5, 0.0, 1.0, 1.0, 0.0].map(|value| json!(value)));
    assert_eq!(values(&items[2]), [0.0, 0.0, 0.0, 0.0, 0.25, 1.0].map(|value| json!(value)));

    let last = (app.clock.today() + TimeDelta::days(55)).to_string();
    let reasons = |one: &Value| -> Vec<String> {
        one["parts"].as_array().unwrap().iter().map(|part| part["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        reasons(&items[0]),
        [
            &format!("90 of 90 minutes, in every week to {last}"),
            "2 of 3 specialties are shared: grief, trauma",
            "1 of 2 modalities is shared: emdr",
            "1 of 2 populations is shared: adults",
            "established is 1 band away from senior, which the group is meant for",
            "the group meets online, which the profile names",
        ]
    );
    assert_eq!(
        reasons(&items[2]),
        [
            &format!("no hours are shared up to {last}"),
            "none of 3 specialties is shared",
            "none of 3 modalities is shared",
            "none of 2 populations is shared",
            "pre-licensed is 3 bands away from senior, which the group is meant for",
            "the group meets online, which the profile names",
        ]
    );
    let specialty = json!({"part": "specialty", "weight": 0.25, "value": 0.6667, "points": 16.67,
        "reason": "2 of 3 specialties are shared: grief, trauma"});
    assert_eq!(items[0]["parts"][1], specialty);

    // Seen from the other side, it is the same.
    let first = app.sign_in(items[0]["therapist"]["id"].as_str().unwrap(), "first@example.org").await;
    let seen = first.get(MATCHES).await.expect(200);
    assert_eq!((&seen["items"][0]["score"], &seen["items"][0]["parts"]), (&items[0]["score"], &items[0]["parts"]));
    let card = first.get(&format!("/v1/consultation-groups/{group}")).await.expect(200);
    assert_eq!(seen["items"][0]["group"], card);
}

#[actix_web::test]
async fn the_best_come_first() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    for (name, more) in [
        ("other format", json!({"format": "in_person"})),
        ("all of it", json!({})),
        ("no words", json!({"specialties": [], "modalities": [], "populations": []})),
        ("hybrid, any experience", json!({"format": "hybrid", "experience": []})),
        ("no hours", json!({"availability": []})),
        ("half a meeting", json!({"meeting_minutes": 180})),
    ] {
        founds(&app, &owner, with(circle(name), more)).await;
    }
    let expected = [
        ("all of it", 100.0),
        ("hybrid, any experience", 100.0),
        ("other format", 95.0),
        ("half a meeting", 82.5),
        ("no hours", 65.0),
        ("no words", 50.0),
    ];
    assert_eq!(ana.matches("").await, expected.map(|(name, score)| (name.to_owned(), score)));
    for (query, names) in [
        ("?min_score=95", &["all of it", "hybrid, any experience", "other format"][..]),
        ("?min_score=100&format=hybrid", &["hybrid, any experience"]),
        ("?format=in_person&format=hybrid", &["hybrid, any experience", "other format"]),
        ("?purpose=study", &[]),
        ("?purpose=study&purpose=peer_consultation&min_score=96", &["all of it", "hybrid, any experience"]),
        ("?has_open_seat=false", &[]),
    ] {
        assert_eq!(named(&ana.matches(query).await), names, "{query}");
    }
    // Without anything to compare, what asks for nothing is left.
    ana.put("/v1/me/profile", json!({})).await.expect(200);
    assert_eq!(ana.matches("?min_score=1").await, [("hybrid, any experience".to_owned(), 10.0)]);
    let reason = |one: &Value, at: usize| one["parts"][at]["reason"].as_str().unwrap().to_owned();
    let items = ana.all(MATCHES).await;
    assert_eq!(reason(&items[0], 0), "the profile states no hours");
    assert_eq!(reason(&items[0], 1), "the profile names no specialties");
    assert_eq!(reason(&items[0], 4), "the group takes any experience");
}

#[actix_web::test]
async fn who_has_no_profile_is_told_to_write_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.get(MATCHES).await.refused(409, "profile_needed");
    app.anonymous().get(MATCHES).await.refused(401, "unauthenticated");
    ana.tells(json!({})).await;
    ana.get(MATCHES).await.expect(200);
}

#[actix_web::test]
async fn the_path_of_matches_is_no_group() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.tells(json!({})).await;
    let head = ana.request(Method::HEAD, MATCHES).send().await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    for method in [Method::PATCH, Method::DELETE, Method::PUT, Method::POST] {
        let answer = ana.request(method.clone(), MATCHES).json(&json!({})).send().await;
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method}");
        answer.refused(405, "method_not_allowed");
    }
    let options = ana.request(Method::OPTIONS, MATCHES).send().await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
    ana.get(&format!("{MATCHES}?min_score=101")).await.invalid_at("min_score", "out_of_range");
    ana.get(&format!("{MATCHES}?q=x")).await.invalid_at("q", "unknown_parameter");
}

#[actix_web::test]
async fn only_groups_that_take_people_match() {
    use MembershipStatus::{Active, AwaitingSignature, Ended, OnLeave, Requested, Suspended, Waitlisted};
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    let day = |days| (Utc::now() + TimeDelta::days(days)).date_naive();
    owner.post("/v1/consultation-groups", circle("draft")).await.expect(201);
    for (name, more) in [
        ("public", json!({"visibility": "public"})),
        ("members", json!({"visibility": "members", "join_policy": "open"})),
        ("hidden", json!({"visibility": "hidden"})),
        ("by invitation", json!({"join_policy": "invitation"})),
    ] {
        founds(&app, &owner, with(circle(name), more)).await;
    }
    for (name, status, paused_until, dormant_in) in [
        ("active", StoredGroupStatus::Active, None, 30),
        ("dormant", StoredGroupStatus::Active, None, -1),
        ("never came to life", StoredGroupStatus::Forming, None, -1),
        ("rests", StoredGroupStatus::Paused, Some(day(3)), 30),
        ("has rested", StoredGroupStatus::Paused, Some(day(-1)), 30),
        ("archived", StoredGroupStatus::Archived, None, 30),
        ("dissolved", StoredGroupStatus::Dissolved, None, 30),
    ] {
        let group = founds(&app, &owner, circle(name)).await;
        set(&app, &group, |row| {
            row.status = Set(status);
            row.paused_until = Set(paused_until);
            row.dormant_at = Set(Some(Utc::now() + TimeDelta::days(dormant_in)));
        })
        .await;
    }
    for status in [Requested, Waitlisted, AwaitingSignature, Active, OnLeave, Suspended, Ended] {
        let group = founds(&app, &owner, circle(&format!("{status:?}"))).await;
        place(&app, &group, &ana, MembershipRole::Member, status).await;
    }
    let mut found = ana.matches("").await;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(named(&found), ["Ended", "active", "has rested", "members", "public"]);
    // The one who owns them all is in them all.
    owner.tells(json!({})).await;
    assert_eq!(owner.matches("").await, []);
    // Moderators and those who are invited find hidden groups elsewhere.
    let moderator = app.moderator("moderator").await;
    moderator.tells(json!({})).await;
    assert!(!named(&moderator.matches("").await).contains(&"hidden"));
    // A seat that was not signed for in time is none.
    app.later(TimeDelta::days(15));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    assert!(named(&ana.matches("").await).contains(&"AwaitingSignature"));
}

#[actix_web::test]
async fn full_groups_match_too() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    let small = founds(&app, &owner, with(circle("small"), json!({"max_size": 2, "min_size": 2, "quorum": 2}))).await;
    founds(&app, &owner, circle("roomy")).await;
    place(&app, &small, &app.therapist("ben").await, MembershipRole::Member, MembershipStatus::Active).await;
    place(&app, &small, &app.therapist("chi").await, MembershipRole::Member, MembershipStatus::Waitlisted).await;
    assert_eq!(named(&ana.matches("").await), ["small", "roomy"]);
    assert_eq!(named(&ana.matches("?has_open_seat=true").await), ["roomy"]);
    let full = ana.all(&format!("{MATCHES}?has_open_seat=false")).await;
    assert_eq!(full.len(), 1);
    assert_eq!((&full[0]["group"]["open_seats"], &full[0]["group"]["waitlist_length"]), (&json!(0), &json!(1)));
}

#[actix_web::test]
async fn licence_and_language_must_fit() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    let groups = [
        ("any", json!({})),
        ("mft", json!({"licence_families": ["mft"]})),
        ("mft or social work", json!({"licence_families": ["mft", "social_work"]})),
        ("American English", json!({"languages": ["en-US"]})),
        ("Spanish or French", json!({"languages": ["es", "fr"]})),
    ];
    let mut ids = Vec::new();
    for (name, more) in groups {
        ids.push((name, founds(&app, &owner, with(circle(name), more)).await));
    }
    let (soon, today) = ((app.clock.today() + TimeDelta::days(1)).to_string(), app.clock.today().to_string());
    let yesterday = (app.clock.today() - TimeDelta::days(1)).to_string();
    for (profile, expected) in [
        (json!({"languages": []}), &["any"][..]),
        (json!({"languages": ["en-GB"]}), &["any", "American English"]),
        (json!({"languages": ["fr-CA", "de"]}), &["any", "Spanish or French"]),
        (json!({"languages": [], "licences": licence("social_work", "LCSW", &soon)}), &["any", "mft or social work"]),
        (json!({"languages": [], "licences": licence("mft", "LMFT", &today)}), &["any", "mft", "mft or social work"]),
        (json!({"languages": [], "licences": licence("mft", "LMFT", &yesterday)}), &["any"]),
    ] {
        ana.tells(profile.clone()).await;
        assert_eq!(named(&ana.matches("").await), expected, "{profile}");
        for (name, id) in &ids {
            let candidates = owner.candidates(id).await;
            assert_eq!(named(&candidates) == ["ana"], expected.contains(name), "{name} {profile}");
        }
    }
}

#[actix_web::test]
async fn a_blocked_pair_never_meets() {
    let app = TestApp::spawn().await;
    let (owner, ana, ben) = (app.therapist("owner").await, app.therapist("ana").await, app.therapist("ben").await);
    let (chi, dee) = (app.therapist("chi").await, app.therapist("dee").await);
    for person in [&ana, &ben, &chi] {
        person.tells(json!({})).await;
    }
    let group = founds(&app, &owner, circle("Harbor Circle")).await;
    place(&app, &group, &dee, MembershipRole::Member, MembershipStatus::OnLeave).await;
    assert_eq!(named(&owner.candidates(&group).await), ["ana", "ben", "chi"]);
    // One blocks a member, the other is blocked by one.
    block(&app, &ana, &dee).await;
    block(&app, &owner, &ben).await;
    assert_eq!(named(&owner.candidates(&group).await), ["chi"]);
    assert_eq!((ana.matches("").await.len(), ben.matches("").await.len(), chi.matches("").await.len()), (0, 0, 1));
    // Who has left is met no more; who only asked is not met yet.
    let elsewhere = founds(&app, &chi, circle("Elsewhere")).await;
    place(&app, &elsewhere, &dee, MembershipRole::Member, MembershipStatus::Ended).await;
    place(&app, &elsewhere, &owner, MembershipRole::Member, MembershipStatus::Requested).await;
    assert_eq!(named(&ana.matches("").await), ["Elsewhere"]);
    assert_eq!(named(&ben.matches("").await), ["Elsewhere"]);
    assert_eq!(named(&chi.candidates(&elsewhere).await), ["ana", "ben"]);
}

#[actix_web::test]
async fn pages_neither_repeat_nor_leave_out() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    for n in 0..17 {
        let format = if n % 3 == 0 { "in_person" } else { "online" };
        founds(&app, &owner, with(circle(&format!("g{n:02}")), json!({"format": format}))).await;
    }
    let whole = ana.matches("?limit=100").await;
    assert_eq!(whole.len(), 17);
    assert!(whole.is_sorted_by_key(|(_, score)| -score));
    for limit in [1, 4, 16, 17] {
        assert_eq!(ana.matches(&format!("?limit={limit}")).await, whole, "{limit}");
    }
    let page = ana.get(&format!("{MATCHES}?limit=4&include_total=true&min_score=96")).await;
    assert!(page.header("link").unwrap().contains("rel=\"next\""));
    let page = page.expect(200);
    assert_eq!(page["total"], 11);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = ana.get(&format!("{MATCHES}?limit=4&include_total=true&min_score=96&cursor={cursor}")).await.expect(200);
    assert_eq!((&next["total"], next["items"].as_array().unwrap().len()), (&json!(11), 4));
    ana.get(&format!("{MATCHES}?limit=4&cursor={cursor}")).await.refused(422, "invalid_cursor");
    // What comes and goes meanwhile does neither.
    let first: Vec<_> = page["items"].as_array().unwrap().iter().map(|one| one["group"]["id"].clone()).collect();
    set(&app, first[3].as_str().unwrap(), |row| row.status = Set(StoredGroupStatus::Archived)).await;
    founds(&app, &owner, circle("g99")).await;
    let rest = ana.get(&format!("{MATCHES}?limit=100&min_score=96&cursor={cursor}")).await.expect(200);
    let rest = rest["items"].as_array().unwrap();
    let repeated = rest.iter().filter(|one| first.contains(&one["group"]["id"])).count();
    assert_eq!((rest.len(), repeated), (8, 0));
}

#[actix_web::test]
async fn a_ranking_costs_the_same_statements_whatever_its_size() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    app.therapist("t").await.tells(json!({})).await;
    let group = founds(&app, &owner, circle("only one")).await;
    let cost = async |who: &Person, path: &str, rows: usize| {
        let (cost, shown) = app.cost_of_page(who, path).await;
        assert_eq!(shown, rows);
        cost
    };
    let candidates = format!("/v1/consultation-groups/{group}/candidates?limit=100");
    let few = (cost(&ana, MATCHES, 1).await, cost(&owner, &candidates, 2).await);
    for n in 0..28 {
        founds(&app, &owner, circle(&format!("g{n}"))).await;
        app.therapist(&format!("t{n}")).await.tells(json!({})).await;
    }
    let many = (cost(&ana, &format!("{MATCHES}?limit=100"), 29).await, cost(&owner, &candidates, 30).await);
    assert_eq!((few, many), ((6, 5), (6, 5)));
}
