//! What a Challenge Check leads to.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{ACTIONS, Circle, Guild, Person, TestApp, challenges};

const PATH: &str = "/v1/recommendations";

/// The worked case: isolation 9, decisions 8, caseload no, administration 8, trauma 4, personal 0.
const WORKED: [(&str, Option<(i64, i64)>); 6] = [
    ("professional_isolation", Some((3, 3))),
    ("decision_making_complexity", Some((2, 4))),
    ("caseload_pressure", None),
    ("administrative_demands", Some((4, 2))),
    ("trauma_exposure", Some((1, 4))),
    ("personal_matters", Some((0, 0))),
];

fn words<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

impl Person {
    async fn checks(&self, burdens: &[(&str, Option<(i64, i64)>)]) -> Value {
        let answers = challenges(burdens);
        let body = json!({"instrument": "challenge-check", "language": "en", "answers": answers, "submit": true});
        self.post("/v1/self-assessments", body).await.expect(201)
    }

    async fn is_recommended(&self) -> Value {
        self.get(PATH).await.expect(200)
    }

    /// A published organization with these members too, that this person proposes.
    async fn opens(&self, moderator: &Person, name: &str, more: Value) -> String {
        let mut body =
            json!({"name": name, "kind": "professional_association", "country": "US", "join_policy": "open"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let proposal = self.proposes(body).await;
        moderator.publishes(&proposal).await;
        proposal["id"].as_str().unwrap().into()
    }
}

/// The options of a kind for a challenge: their names.
fn options<'a>(answer: &'a Value, challenge: &str, kind: &str) -> Vec<&'a str> {
    let item = answer["items"].as_array().unwrap().iter().find(|one| one["challenge"] == challenge).unwrap();
    let options = item["options"].as_array().unwrap().iter().filter(|one| one["type"] == kind);
    options.map(|one| one["name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn without_a_check_there_is_a_way_to_one() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let empty = ana.is_recommended().await;
    assert_eq!((&empty["items"], empty.get("based_on")), (&json!([]), None));
    assert_eq!(empty["needs"].as_array().unwrap().len(), 1);
    assert_eq!(empty["needs"][0]["need"], "challenge-check");
    ana.get(empty["needs"][0]["link"].as_str().unwrap()).await.expect(200);
    app.anonymous().get(PATH).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn what_weighs_is_ranked_and_each_has_its_avenues() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let check = ana.checks(&WORKED).await;
    let found = ana.is_recommended().await;
    assert_eq!(found["based_on"]["self_assessment_id"], check["id"]);
    assert_eq!(words(&found["needs"], "need"), ["profile"]);
    ana.get(found["needs"][0]["link"].as_str().unwrap()).await.refused(404, "not_found");
    let items = found["items"].as_array().unwrap();
    for (item, (challenge, burden, band, avenues)) in items.iter().zip([
        (
            "professional_isolation",
            9,
            "high",
            vec!["peer_consultation_group", "therapist_support_group", "local_association", "online_community"],
        ),
        ("decision_making_complexity", 8, "moderate", vec!["peer_consultation_group", "clinical_supervision"]),
        (
            "administrative_demands",
            8,
            "moderate",
            vec!["training_program", "peer_consultation_group", "local_association"],
        ),
        ("trauma_exposure", 4, "low", vec!["clinical_supervision", "peer_consultation_group"]),
    ]) {
        assert_eq!(
            (&item["challenge"], &item["burden"], &item["band"]),
            (&json!(challenge), &json!(burden), &json!(band))
        );
        assert_eq!(words(&item["avenues"], "key"), avenues);
        assert!(words(&item["avenues"], "action").iter().all(|action| !action.is_empty()));
        assert!(item["why"].as_str().unwrap().ends_with('.'));
    }
    assert_eq!(items.len(), 4);
    assert!(items[0]["why"].as_str().unwrap().starts_with("This weighs heavily"));
    assert!(items[1]["why"].as_str().unwrap().contains("consult"));
    assert_eq!(items[3]["instruments"], json!(["proqol-5"]));

    // It becomes part of the plan by its avenue and its challenge.
    let body = json!({"avenue": items[0]["avenues"][0]["key"], "challenge": items[0]["challenge"],
        "what": items[0]["avenues"][0]["action"]});
    ana.post(ACTIONS, body).await.expect(201);
    // Nobody else is told anything by it.
    assert_eq!(ben.is_recommended().await["items"], json!([]));
}

#[actix_web::test]
async fn the_latest_check_counts_that_is_not_voided() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.checks(&[WORKED[3]]).await;
    app.later(TimeDelta::days(40));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let second = ana.checks(&[("trauma_exposure", Some((4, 4))), ("caseload_pressure", Some((1, 1)))]).await;
    assert_eq!(words(&ana.is_recommended().await["items"], "challenge"), ["trauma_exposure", "caseload_pressure"]);
    let void = format!("/v1/self-assessments/{}/void", second["id"].as_str().unwrap());
    ana.post(&void, json!({"reason": "A bad day."})).await.expect(200);
    assert_eq!(words(&ana.is_recommended().await["items"], "challenge"), ["administrative_demands"]);
}

#[actix_web::test]
async fn nothing_weighs_so_nothing_is_needed() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.checks(&[("professional_isolation", Some((0, 4))), ("caseload_pressure", None)]).await;
    let found = ana.is_recommended().await;
    assert_eq!((&found["items"], &found["needs"]), (&json!([]), &json!([])));
    assert!(found["based_on"].is_object());
}

async fn group(owner: &Person, name: &str, purpose: &str) -> Circle {
    owner.founds(json!({"name": name, "purpose": purpose, "join_policy": "approval"})).await.opens().await
}

#[actix_web::test]
async fn options_are_what_i_could_join_today() {
    let app = TestApp::spawn().await;
    let (owner, moderator, ana) =
        (app.therapist("owner").await, app.moderator("mod").await, app.therapist("ana").await);
    for name in ["Peer A", "Peer B", "Peer C", "Peer D"] {
        group(&owner, name, "peer_consultation").await;
    }
    let support = group(&owner, "Support", "personal_support").await;
    group(&owner, "Supervised", "clinical_supervision").await;
    let far = json!({"kind": "local_association", "region": "US-NY"});
    let near = json!({"kind": "local_association", "region": "US-CA"});
    let mine = owner.opens(&moderator, "Guild of mine", near.clone()).await;
    owner.opens(&moderator, "Guild nearby", near).await;
    owner.opens(&moderator, "Guild far away", far).await;
    for (name, more) in [
        ("Invited only", json!({"kind": "local_association", "join_policy": "invitation", "region": "US-CA"})),
        ("Takes nobody", json!({"kind": "local_association", "accepts_memberships": false, "region": "US-CA"})),
        ("Forum", json!({"kind": "online_community"})),
        ("School", json!({"kind": "training_institute", "offerings": ["training"]})),
    ] {
        owner.opens(&moderator, name, more).await;
    }
    owner
        .proposes(json!({"name": "Only proposed", "kind": "local_association", "region": "US-CA", "country": "US"}))
        .await;
    ana.joins(&mine).await;
    ana.checks(&WORKED).await;

    let without = ana.is_recommended().await;
    assert!(options(&without, "professional_isolation", "consultation_group").is_empty());
    assert!(!options(&without, "professional_isolation", "organization").is_empty());

    let profile = json!({"languages": ["en"], "country": "US", "region": "US-CA", "formats": ["online"]});
    ana.put("/v1/me/profile", profile).await.expect(201);
    let found = ana.is_recommended().await;
    assert_eq!(found["needs"], json!([]));
    let groups = options(&found, "professional_isolation", "consultation_group");
    assert_eq!((groups.len(), groups.iter().filter(|name| name.starts_with("Peer")).count()), (3, 2));
    assert_eq!(groups[1], "Support");
    let organizations = options(&found, "professional_isolation", "organization");
    assert_eq!(organizations, ["Guild nearby", "Forum", "Guild far away"]);
    assert_eq!(options(&found, "trauma_exposure", "consultation_group")[0], "Supervised");
    assert_eq!(options(&found, "administrative_demands", "organization")[1], "Guild nearby");
    for item in found["items"].as_array().unwrap() {
        for option in item["options"].as_array().unwrap() {
            let card = ana.get(option["link"].as_str().unwrap()).await.expect(200);
            assert_eq!((&card["id"], &card["name"]), (&option["id"], &option["name"]));
            assert!(option["why"].as_str().unwrap().ends_with('.'), "{option}");
        }
    }

    // What I have asked for is no option any more.
    ana.asks_for_a_seat(&support.id, json!({})).await.expect(201);
    let found = ana.is_recommended().await;
    assert!(!options(&found, "professional_isolation", "consultation_group").contains(&"Support"));
}

#[actix_web::test]
async fn coming_events_with_a_place_are_options_too() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    let owned = |id: String| Guild { id, owner: guild.owner.clone(), moderator: guild.moderator.clone() };
    let opens = async |name: &str, more: Value| owned(guild.owner.opens(&guild.moderator, name, more).await);
    let local = json!({"kind": "local_association", "region": "US-CA", "represented": true});
    let near = opens("Near", local).await;
    let far = opens("Far", json!({"kind": "local_association", "region": "US-NY", "represented": true})).await;
    let holds = async |guild: &Guild, title: &str, kind: &str, days: i64, more: Value| {
        let day = app.day(days);
        let mut body = json!({"title": title, "kind": kind, "format": "in_person", "place": "Here",
            "starts_local": format!("{day}T18:00"), "ends_local": format!("{day}T20:00")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        guild.holds(&app, body).await
    };
    holds(&far, "Training far away", "training", 5, json!({})).await;
    holds(&near, "Training nearby", "training", 9, json!({})).await;
    holds(&far, "Training online", "training", 8, json!({"format": "online"})).await;
    holds(&near, "For members", "training", 1, json!({"visibility": "members"})).await;
    let full = holds(&near, "Full", "training", 2, json!({"capacity": 1})).await;
    let mine = holds(&near, "Mine", "training", 2, json!({})).await;
    let gone = holds(&near, "Cancelled", "training", 2, json!({})).await;
    holds(&near, "Soup", "social", 3, json!({})).await;
    holds(&far, "Bread", "social", 2, json!({})).await;
    holds(&near, "Workshop", "workshop", 4, json!({})).await;
    near.plans(&app, json!({"title": "Draft", "kind": "training"})).await;
    guild
        .owner
        .post(&format!("/v1/events/{}/cancel", gone["id"].as_str().unwrap()), json!({"reason": "Storm."}))
        .await
        .expect(200);
    app.register_all(&full, ["ben"]).await;
    let ana = app.therapist("ana").await;
    ana.registers(&mine).await.expect(201);
    ana.checks(&[
        ("administrative_demands", Some((4, 4))),
        ("personal_matters", Some((3, 3))),
        ("professional_isolation", Some((1, 1))),
    ])
    .await;

    // Without a profile nobody knows what is local.
    let found = ana.is_recommended().await;
    assert_eq!(
        options(&found, "administrative_demands", "event"),
        ["Training far away", "Training online", "Training nearby"]
    );
    assert_eq!(options(&found, "professional_isolation", "event"), [""; 0]);
    let profile = json!({"languages": ["en"], "country": "US", "region": "US-CA"});
    ana.put("/v1/me/profile", profile).await.expect(201);
    let found = ana.is_recommended().await;
    // One on each avenue first: trainings, then what local associations hold.
    assert_eq!(options(&found, "administrative_demands", "event"), ["Training online", "Soup", "Training nearby"]);
    assert_eq!(options(&found, "personal_matters", "event"), ["Workshop", "Soup", "Bread"]);
    assert_eq!(options(&found, "professional_isolation", "event"), ["Soup", "Workshop", "Training nearby"]);
    for item in found["items"].as_array().unwrap() {
        for option in item["options"].as_array().unwrap().iter().filter(|one| one["type"] == "event") {
            let card = ana.get(option["link"].as_str().unwrap()).await.expect(200);
            assert_eq!((&card["id"], &card["title"]), (&option["id"], &option["name"]));
            let why = option["why"].as_str().unwrap();
            assert!(why.ends_with('.') && why.contains(&card["starts_local"].as_str().unwrap()[..10]), "{option}");
        }
    }
}

#[actix_web::test]
async fn it_costs_the_same_statements_however_many_challenges_weigh() {
    let app = TestApp::spawn().await;
    let (owner, ana) = (app.therapist("owner").await, app.therapist("ana").await);
    group(&owner, "Peer", "peer_consultation").await;
    ana.put("/v1/me/profile", json!({"languages": ["en"]})).await.expect(201);
    let cost = async |ana: &Person, burdens: &[(&str, Option<(i64, i64)>)]| {
        ana.checks(burdens).await;
        ana.is_recommended().await;
        let before = app.statements().await;
        let found = ana.is_recommended().await;
        (found["items"].as_array().unwrap().len(), app.statements().await - before)
    };
    let (one, few) = cost(&ana, &[("professional_isolation", Some((1, 1)))]).await;
    app.later(TimeDelta::days(40));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let all = [
        "professional_isolation",
        "decision_making_complexity",
        "caseload_pressure",
        "administrative_demands",
        "trauma_exposure",
        "personal_matters",
    ]
    .map(|challenge| (challenge, Some((4, 4))));
    let (six, many) = cost(&ana, &all).await;
    assert_eq!((one, six, few), (1, 6, many));
    assert!(many <= 14, "{many}");
}
