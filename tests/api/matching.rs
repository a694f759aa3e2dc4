//! Matching: which groups fit a therapist, which therapists fit a group, and who never meets.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use support_network::entities::{
    account_block,
    consultation_group::{self, StoredGroupStatus},
    membership::{self, EndReason, MembershipKind, MembershipRole, MembershipStatus, Verification},
};
use uuid::Uuid;

use crate::support::{Person, TestApp};

const MATCHES: &str = "/v1/consultation-groups/matches";

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Ninety minutes on Monday morning; what the worked cases say.
fn circle(name: &str) -> Value {
    json!({"name": name, "purpose": "peer_consultation", "description": "We consult one another.",
        "specialties": ["trauma", "grief"], "modalities": ["emdr", "ifs"], "populations": ["adults"],
        "experience": ["senior"], "format": "online", "time_zone": "UTC", "meeting_minutes": 90,
        "availability": [{"weekday": "monday", "from": "09:00", "to": "10:30"}]})
}

fn colleague() -> Value {
    json!({"specialties": ["trauma", "grief"], "modalities": ["emdr", "ifs"], "populations": ["adults"],
        "experience": "senior", "formats": ["online"], "time_zone": "UTC", "languages": ["en"],
        "availability": [{"weekday": "monday", "from": "09:00", "to": "10:30"}],
        "open_to": ["groups"], "discoverable": "members"})
}

fn licence(family: &str, title: &str, expires_on: &str) -> Value {
    json!([{"family": family, "title": title, "jurisdiction": "US-CA", "expires_on": expires_on}])
}

impl Person {
    /// Somebody whose profile has these members too.
    async fn tells(&self, more: Value) {
        let answer = self.put("/v1/me/profile", with(colleague(), more)).await;
        assert!(answer.status < 300, "{}", answer.text);
    }

    /// The names of the groups that match, and their scores.
    async fn matches(&self, query: &str) -> Vec<(String, f64)> {
        let name = |one: &Value| one["group"]["name"].as_str().unwrap().to_owned();
        scored(self.all(&format!("{MATCHES}{query}")).await, name)
    }

    async fn candidates(&self, group: &str) -> Vec<(String, f64)> {
        let name = |one: &Value| one["therapist"]["display_name"].as_str().unwrap().to_owned();
        scored(self.all(&format!("/v1/consultation-groups/{group}/candidates")).await, name)
    }
}

fn scored(items: Vec<Value>, name: impl Fn(&Value) -> String) -> Vec<(String, f64)> {
    items.iter().map(|one| (name(one), one["score"].as_f64().unwrap())).collect()
}

fn named(scored: &[(String, f64)]) -> Vec<&str> {
    scored.iter().map(|(name, _)| name.as_str()).collect()
}

/// A group that gathers its members, with this owner.
async fn founds(app: &TestApp, owner: &Person, body: Value) -> String {
    let group = owner.post("/v1/consultation-groups", body).await.expect(201);
    let id = group["id"].as_str().unwrap().to_owned();
    set(app, &id, |row| {
        row.status = Set(StoredGroupStatus::Forming);
        row.agreement_number = Set(Some(1));
        row.dormant_at = Set(Some(Utc::now() + TimeDelta::days(400)));
    })
    .await;
    id
}

/// Sets columns of a group, as its life will.
async fn set(app: &TestApp, group: &str, change: impl Fn(&mut consultation_group::ActiveModel)) {
    let id: Uuid = group.parse().unwrap();
    let write = app.state.db.write(async |tx| {
        let mut row = consultation_group::Entity::find_by_id(id).one(tx).await?.unwrap().into_active_model();
        change(&mut row);
        consultation_group::Entity::update(row).exec(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

/// A membership of a group, put where it is.
async fn place(app: &TestApp, group: &str, person: &Person, role: MembershipRole, status: MembershipStatus) {
    let now = app.clock.now();
    let seat = membership::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(person.id.parse().unwrap()),
        kind: Set(MembershipKind::ConsultationGroup),
        consultation_group_id: Set(Some(group.parse().unwrap())),
        role: Set(role),
        status: Set(status),
        requested_at: Set(now),
        joined_at: Set(Some(now)),
        ended_at: Set((status == MembershipStatus::Ended).then_some(now)),
        end_reason: Set((status == MembershipStatus::Ended).then_some(EndReason::Left)),
        signature_due_at: Set((status == MembershipStatus::AwaitingSignature).then(|| now + TimeDelta::days(14))),
        waitlisted_at: Set((status == MembershipStatus::Waitlisted).then_some(now)),
        verification: Set(Verification::SelfReported),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let write = app.state.db.write(async |tx| {
        membership::Entity::insert(seat.clone()).exec_without_returning(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

async fn block(app: &TestApp, blocker: &Person, blocked: &Person) {
    let (blocker_id, blocked_id) = (blocker.id.parse().unwrap(), blocked.id.parse().unwrap());
    let write = app.state.db.write(async |tx| {
        let row = account_block::ActiveModel {
            blocker_id: Set(blocker_id),
            blocked_id: Set(blocked_id),
            created_at: Set(Utc::now()),
        };
        account_block::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

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
async fn owners_and_facilitators_see_candidates() {
    use MembershipRole::{Facilitator, Member};
    use MembershipStatus::{Active, OnLeave, Suspended, Waitlisted};
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let group = founds(&app, &owner, with(circle("Harbor Circle"), json!({"visibility": "public"}))).await;
    let hidden = founds(&app, &owner, with(circle("Hidden"), json!({"visibility": "hidden"}))).await;
    let path = |group: &str| format!("/v1/consultation-groups/{group}/candidates");
    app.anonymous().get(&path(&group)).await.refused(401, "unauthenticated");
    owner.get(&path(&Uuid::now_v7().to_string())).await.refused(404, "not_found");
    for (name, seat, expected) in [
        ("stranger", None, (403, 404)),
        ("waits", Some((Member, Waitlisted)), (403, 403)),
        ("member", Some((Member, Active)), (403, 403)),
        ("facilitator", Some((Facilitator, Active)), (200, 200)),
        ("away", Some((Facilitator, OnLeave)), (403, 403)),
        ("suspended", Some((Facilitator, Suspended)), (403, 403)),
    ] {
        let person = app.therapist(name).await;
        if let Some((role, status)) = seat {
            place(&app, &group, &person, role, status).await;
            place(&app, &hidden, &person, role, status).await;
        }
        let seen = (person.get(&path(&group)).await.status, person.get(&path(&hidden)).await.status);
        assert_eq!(seen, expected, "{name}");
    }
    app.moderator("moderator").await.get(&path(&group)).await.refused(403, "forbidden");
    owner.get(&path(&group)).await.expect(200);
}

#[actix_web::test]
async fn candidates_wish_to_be_asked() {
    use MembershipStatus::{Active, Ended, Requested};
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    owner.tells(json!({})).await;
    let group = founds(&app, &owner, circle("Harbor Circle")).await;
    for (name, profile, seat) in [
        ("found", json!({}), None),
        ("was there", json!({"formats": []}), Some(Ended)),
        ("hides", json!({"discoverable": "nobody"}), None),
        ("open to others", json!({"open_to": ["consults"]}), None),
        ("is there", json!({}), Some(Active)),
        ("has asked", json!({}), Some(Requested)),
    ] {
        let body = json!({"email": format!("{}@example.org", Uuid::new_v4()), "password": crate::support::PASSWORD,
            "display_name": name});
        let account = app.anonymous().post("/v1/accounts", body).await.expect(201);
        let person = app.sign_in(account["id"].as_str().unwrap(), account["email"].as_str().unwrap()).await;
        person.tells(profile).await;
        if let Some(status) = seat {
            place(&app, &group, &person, MembershipRole::Member, status).await;
        }
    }
    app.therapist("untold").await;
    let expected = [("found".to_owned(), 100.0), ("was there".to_owned(), 95.0)];
    assert_eq!(owner.candidates(&group).await, expected);
    let path = format!("/v1/consultation-groups/{group}/candidates");
    assert_eq!(owner.all(&format!("{path}?min_score=96")).await.len(), 1);
    assert_eq!(owner.all(&format!("{path}?limit=1")).await.len(), 2);
    let found = owner.get(&format!("{path}?limit=1&include_total=true")).await.expect(200);
    assert_eq!(found["total"], 2);
    // As the directory shows them.
    let id = found["items"][0]["therapist"]["id"].as_str().unwrap();
    assert_eq!(found["items"][0]["therapist"], owner.get(&format!("/v1/therapists/{id}")).await.expect(200));
}

#[actix_web::test]
async fn a_ranking_costs_the_same_statements_whatever_its_size() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    ana.tells(json!({})).await;
    app.therapist("t").await.tells(json!({})).await;
    let group = founds(&app, &owner, circle("only one")).await;
    let cost = async |who: &Person, path: &str, rows: usize| {
        // The session is read anew every few seconds: a first read leaves that behind.
        who.get(path).await.expect(200);
        let before = app.statements().await;
        let page = who.get(path).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), rows);
        app.statements().await - before
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
