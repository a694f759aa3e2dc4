//! Organizations: the directory, proposals, and what moderators do with them.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::TestApp;

const SHIPPED: [(&str, &str); 8] = [
    ("American Counseling Association", "ACA"),
    ("American Psychological Association", "APA"),
    ("Association for Behavioral and Cognitive Therapies", "ABCT"),
    ("California Association of Marriage and Family Therapists", "CAMFT"),
    ("National Alliance on Mental Illness", "NAMI"),
    ("National Association of Social Workers", "NASW"),
    ("National Institute of Mental Health", "NIMH"),
    ("Psychology Today", ""),
];

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn the_directory_starts_with_eight_organizations_and_their_sources() {
    let app = TestApp::spawn().await;
    let items = app.anonymous().all("/v1/organizations?limit=3").await;
    let found: Vec<_> =
        items.iter().map(|one| (one["name"].as_str().unwrap(), one["short_name"].as_str().unwrap_or(""))).collect();
    assert_eq!(found, SHIPPED);
    for one in &items {
        let facts = one["facts"].as_array().unwrap();
        let founded = facts.iter().find(|fact| fact["member"] == "founded_year").unwrap();
        assert!(founded["source_url"].as_str().unwrap().starts_with("https://"), "{one}");
        let joinable = one["accepts_memberships"].as_bool().unwrap();
        assert_eq!(joinable, !matches!(one["kind"].as_str().unwrap(), "directory" | "government_agency"), "{one}");
        assert_eq!((one["member_count"].as_i64(), one["join_policy"].as_str()), (Some(0), Some("self_reported")));
    }
    let restarted = app.another_instance().await;
    assert_eq!(restarted.anonymous().all("/v1/organizations").await.len(), 8);
}

#[actix_web::test]
async fn filters_narrow_and_repeats_widen() {
    let app = TestApp::spawn().await;
    for (query, expected) in [
        ("kind=directory", &["Psychology Today"][..]),
        ("kind=directory&kind=government_agency", &["National Institute of Mental Health", "Psychology Today"]),
        ("region=US-CA", &["California Association of Marriage and Family Therapists"]),
        ("country=DE", &[]),
        ("offering=advocacy", &["National Alliance on Mental Illness"]),
        ("discipline=social_work&offering=networking", &["National Association of Social Workers"]),
        (
            "discipline=social_work&discipline=counseling",
            &["American Counseling Association", "National Association of Social Workers"],
        ),
        ("accepts_memberships=false&sort=-name", &["Psychology Today", "National Institute of Mental Health"]),
        ("q=apa", &["American Psychological Association"]),
        ("q=psychology%20today", &["Psychology Today"]),
        (
            "q=ASSOCIATION%20psych",
            &["American Psychological Association", "Association for Behavioral and Cognitive Therapies"],
        ),
        ("q=psychology&limit=1&offering=directory", &["Psychology Today"]),
        ("q=%22%27%28%29%2A%20NEAR%20--", &[]),
        ("q=***", &[]),
        ("status=archived", &[]),
    ] {
        let items = app.anonymous().get(&format!("/v1/organizations?{query}&include_total=true")).await.expect(200);
        assert_eq!(names(items["items"].as_array().unwrap()), expected, "{query}");
        assert_eq!(items["total"].as_u64(), Some(expected.len() as u64), "{query}");
    }
}

#[actix_web::test]
async fn hits_on_the_name_come_first_page_by_page() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mo").await;
    let mut proposals = Vec::new();
    for (name, description) in [
        ("Trauma", "The whole name."),
        ("Zone of Trauma Care", "A word of the name."),
        ("Anchor", "Consultation on trauma."),
        ("Traumatology Society", "The beginning of a word of the name."),
    ] {
        let body = json!({"name": name, "kind": "online_community", "description": description});
        proposals.push(moderator.proposes(body).await);
    }
    let in_order = ["Trauma", "Traumatology Society", "Zone of Trauma Care", "Anchor"];
    // The full-text index holds no proposals.
    let found = moderator.all("/v1/organizations?status=proposed&q=trauma&limit=1").await;
    assert_eq!(names(&found), in_order);
    for proposal in &proposals {
        moderator.publishes(proposal).await;
    }
    let found = app.anonymous().all("/v1/organizations?q=trauma&limit=1").await;
    assert_eq!(names(&found), in_order);
}

#[actix_web::test]
async fn a_proposal_is_seen_by_its_proposer_and_by_moderators_until_it_is_published() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mo").await);
    let body =
        json!({"name": "Bay Area Trauma Therapists", "kind": "local_association", "country": "US", "region": "US-CA"});
    let answer = ana.post("/v1/organizations", body).await;
    let path = answer.location();
    let proposal = answer.expect(201);
    assert_eq!(
        (proposal["status"].as_str(), proposal["slug"].as_str()),
        (Some("proposed"), Some("bay-area-trauma-therapists"))
    );
    for (who, sees) in [(&ana.client, true), (&moderator.client, true), (&ben.client, false), (&app.anonymous(), false)]
    {
        assert_eq!(who.get(&path).await.status, if sees { 200 } else { 404 });
        let list = who.all("/v1/organizations?status=proposed").await;
        assert_eq!(list.len(), usize::from(sees));
        let found = who.all("/v1/organizations?status=proposed&q=trauma%20bay").await;
        assert_eq!(found.len(), usize::from(sees));
        assert_eq!(who.all("/v1/organizations?q=bay").await.len(), 0);
    }
    ben.post(&format!("{path}/publish"), json!({})).await.refused(404, "not_found");
    ana.post(&format!("{path}/publish"), json!({})).await.refused(403, "forbidden");
    app.anonymous().post(&format!("{path}/publish"), json!({})).await.refused(401, "unauthenticated");
    let published = moderator.post(&format!("{path}/publish"), json!({})).await.expect(200);
    assert_eq!((published["status"].as_str(), published["member_count"].as_i64()), (Some("published"), Some(0)));
    assert_eq!(app.anonymous().all("/v1/organizations?q=bay").await.len(), 1);
    moderator.post(&format!("{path}/publish"), json!({})).await.refused(409, "invalid_transition");
    ana.patch(&path, json!({"name": "Mine"})).await.refused(403, "forbidden");
    ana.delete(&path).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn publishing_makes_a_proposer_who_speaks_for_it_the_owner() {
    let app = TestApp::spawn().await;
    let (ana, moderator) = (app.therapist("ana").await, app.moderator("mo").await);
    let proposal =
        ana.proposes(json!({"name": "Ana's Group Practice", "kind": "group_practice", "represented": true})).await;
    let published = moderator.publishes(&proposal).await;
    assert_eq!(published["member_count"], 1);
    let path = format!("/v1/organizations/{}", published["id"].as_str().unwrap());
    ana.patch(&path, json!({"description": "We meet on Fridays."})).await.expect(200);
    moderator
        .post(&format!("{path}/appoint-owner"), json!({"account_id": moderator.id}))
        .await
        .refused(409, "invalid_transition");
    // Archived and brought back: still hers, and read-only in between.
    moderator.post(&format!("{path}/archive"), json!({})).await.expect(200);
    ana.patch(&path, json!({"description": "We met on Fridays."})).await.refused(409, "invalid_transition");
    let stale = ana.request(reqwest::Method::PATCH, &path).header("if-match", "\"1.x\"").json(&json!({"name": "Ring"}));
    stale.send().await.refused(412, "stale_version");
    assert_eq!(moderator.publishes(&published).await["member_count"], 1);
}

#[actix_web::test]
async fn a_moderator_appoints_an_owner_where_there_is_none() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mo").await);
    let apa = app.shipped("APA").await;
    let path = format!("/v1/organizations/{apa}/appoint-owner");
    ana.post(&path, json!({"account_id": ana.id})).await.refused(403, "forbidden");
    moderator.post(&path, json!({"account_id": apa})).await.invalid_at("#/account_id", "unknown_account");
    let owned = moderator.post(&path, json!({"account_id": ana.id})).await.expect(200);
    assert_eq!(owned["member_count"], 1);
    moderator.post(&path, json!({"account_id": ben.id})).await.refused(409, "invalid_transition");
    ana.patch(&format!("/v1/organizations/{apa}"), json!({"description": "Ours."})).await.expect(200);
    ben.patch(&format!("/v1/organizations/{apa}"), json!({"description": "Mine."})).await.refused(403, "forbidden");
    // One that takes no members has no owner either, so that it can be merged and archived like any other.
    let agency = app.shipped("NIMH").await;
    let path = format!("/v1/organizations/{agency}/appoint-owner");
    moderator.post(&path, json!({"account_id": ana.id})).await.refused(422, "organization_not_joinable");
    let spoken_for = json!({"name": "Bureau", "kind": "licensing_board", "represented": true});
    let path = format!("/v1/organizations/{}", ana.proposes(spoken_for).await["id"].as_str().unwrap());
    let agency = json!({"kind": "government_agency", "accepts_memberships": false});
    ana.patch(&path, agency).await.expect(200);
    assert_eq!(moderator.post(&format!("{path}/publish"), json!({})).await.expect(200)["member_count"], 0);
}

#[actix_web::test]
async fn facts_are_vouched_for_anew() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let proposal = ana.proposes(json!({"name": "Circle", "kind": "online_community"})).await;
    let path = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    let fact = |day: &str| json!({"facts": [{"member": "name", "source_url": "https://x.example", "checked_on": day}]});
    let ahead = (app.clock.now() + chrono::TimeDelta::days(2)).date_naive().to_string();
    ana.patch(&path, fact(&ahead)).await.invalid_at("#/facts/0/checked_on", "out_of_range");
    // Where it is tomorrow already.
    let tomorrow = (app.clock.now() + chrono::TimeDelta::days(1)).date_naive().to_string();
    assert_eq!(ana.patch(&path, fact(&tomorrow)).await.expect(200)["facts"][0]["checked_on"], tomorrow);
    assert_eq!(ana.patch(&path, json!({"facts": []})).await.expect(200)["facts"], json!([]));
}

#[actix_web::test]
async fn a_patch_keeps_changes_and_clears() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let proposal = ana
        .proposes(json!({"name": "Circle", "short_name": "C", "kind": "online_community", "website_url": "https://circle.example", "offerings": ["networking"]}))
        .await;
    let path = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    let patch = json!({"short_name": null, "offerings": ["training"], "founded_year": 2001});
    let answer =
        ana.request(reqwest::Method::PATCH, &path).body("application/merge-patch+json", patch.to_string()).send().await;
    let etag = answer.etag();
    let changed = answer.expect(200);
    assert_eq!(changed.get("short_name"), None);
    assert_eq!(changed["website_url"], "https://circle.example");
    assert_eq!(
        (&changed["offerings"], &changed["founded_year"], &changed["version"]),
        (&json!(["training"]), &json!(2001), &json!(2))
    );
    assert_eq!(ana.all("/v1/organizations?status=proposed&offering=training").await.len(), 1);
    assert_eq!(ana.all("/v1/organizations?status=proposed&offering=networking").await.len(), 0);
    let stale = ana.request(reqwest::Method::PATCH, &path).header("if-match", "\"1.x\"").json(&json!({"name": "Ring"}));
    stale.send().await.refused(412, "stale_version");
    let fresh = ana.request(reqwest::Method::PATCH, &path).header("if-match", &etag).json(&json!({"name": "Ring"}));
    assert_eq!(fresh.send().await.expect(200)["name"], "Ring");
    ana.patch(&path, json!({})).await.invalid_at("#", "empty_patch");
    ana.patch(&path, json!({"name": null})).await.invalid_at("#/name", "wrong_type");
    for member in ["id", "status", "version", "member_count", "created_at", "merged_into_id", "slug", "represented"] {
        ana.patch(&path, json!({member: "x"})).await.invalid_at(&format!("#/{member}"), "unknown_member");
    }
    let stale = ana.request(reqwest::Method::DELETE, &path).header("if-match", &etag).send().await;
    stale.refused(412, "stale_version");
    ana.delete(&path).await.expect(204);
    ana.delete(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn what_does_not_fit_is_named() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    for (change, pointer, code) in [
        (json!({"name": "x"}), "#/name", "too_short"),
        (json!({"name": "x".repeat(201)}), "#/name", "too_long"),
        (json!({"name": " padded"}), "#/name", "blank"),
        (json!({"name": "mirrored \u{202e}"}), "#/name", "invalid_characters"),
        (json!({"kind": "club"}), "#/kind", "unknown_value"),
        (json!({"website_url": "javascript:alert(1)"}), "#/website_url", "invalid_url"),
        (json!({"country": "us"}), "#/country", "invalid_country"),
        (json!({"country": "US", "region": "CA-ON"}), "#/region", "wrong_country"),
        (json!({"region": "US-CA"}), "#/country", "missing_member"),
        (json!({"disciplines": ["psychology", "alchemy"]}), "#/disciplines/1", "unknown_key"),
        (json!({"offerings": ["training", "training"]}), "#/offerings", "duplicate"),
        (json!({"founded_year": 2099}), "#/founded_year", "out_of_range"),
        (json!({"founded_year": 1499}), "#/founded_year", "out_of_range"),
        (json!({"founded_year": "old"}), "#/founded_year", "wrong_type"),
        (json!({"founded_year": 1999.5}), "#/founded_year", "wrong_type"),
        (json!({"founded_year": 1e19}), "#/founded_year", "out_of_range"),
        (json!({"founded_year": u64::MAX}), "#/founded_year", "out_of_range"),
        (json!({"kind": "directory", "accepts_memberships": true}), "#/accepts_memberships", "not_joinable"),
        (json!({"parent_id": "01936b2f-5f00-7000-8000-0000000000ff"}), "#/parent_id", "unknown_organization"),
        (
            json!({"facts": [{"member": "name", "source_url": "ftp://x", "checked_on": "2026-01-01"}]}),
            "#/facts/0/source_url",
            "invalid_url",
        ),
        (
            json!({"facts": [{"member": "name", "source_url": "https://x.example", "checked_on": "2026-02-30"}]}),
            "#/facts/0/checked_on",
            "invalid_format",
        ),
        (
            json!({"facts": [{"member": "name", "source_url": "https://x.example", "checked_on": "2099-01-01"}]}),
            "#/facts/0/checked_on",
            "out_of_range",
        ),
        (
            json!({"facts": [{"member": "fame", "source_url": "https://x.example", "checked_on": "2026-01-01"}]}),
            "#/facts/0/member",
            "unknown_value",
        ),
        (json!({"kind": "government_agency", "represented": true}), "#/represented", "not_joinable"),
        (json!({"status": "published"}), "#/status", "unknown_member"),
    ] {
        let mut body = json!({"name": "Circle of Peers", "kind": "online_community"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        ana.post("/v1/organizations", body.clone()).await.invalid_at(pointer, code);
    }
    let several = json!({"name": "", "kind": "directory", "country": "US", "region": "CA-ON", "accepts_memberships": true,
        "represented": true});
    let errors = ana.post("/v1/organizations", several).await.refused(422, "validation_failed");
    let places: Vec<_> = errors.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(places, ["#/accepts_memberships", "#/name", "#/region", "#/represented"]);
    ana.post("/v1/organizations", json!({"name": "Circle"})).await.invalid_at("#/kind", "missing_member");
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 0);
}

#[actix_web::test]
async fn a_name_is_unique_in_its_country_among_published_ones() {
    let app = TestApp::spawn().await;
    let (ana, moderator) = (app.therapist("ana").await, app.moderator("mo").await);
    let body = |country: &str| json!({"name": "american  psychological association", "kind": "professional_association", "country": country});
    ana.post(
        "/v1/organizations",
        json!({"name": "American Psychological Association", "kind": "directory", "country": "US"}),
    )
    .await
    .refused(409, "name_taken");
    ana.post("/v1/organizations", body("US")).await.refused(409, "name_taken");
    let first = ana.proposes(body("CA")).await;
    let second = ana.proposes(body("CA")).await;
    assert_ne!(first["slug"], second["slug"]);
    moderator.publishes(&first).await;
    let path = format!("/v1/organizations/{}/publish", second["id"].as_str().unwrap());
    moderator.post(&path, json!({})).await.refused(409, "name_taken");
}

#[actix_web::test]
async fn proposals_of_one_name_at_once_each_get_a_slug_of_their_own() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"name": "Quiet Hours", "kind": "online_community", "country": "DE"});
    let answers = join_all((0..12).map(|_| ana.post("/v1/organizations", body.clone()))).await;
    let proposed: Vec<Value> = answers.into_iter().map(|answer| answer.expect(201)).collect();
    let slugs: HashSet<&str> = proposed.iter().map(|one| one["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs.len(), 12, "{slugs:?}");
    assert!(slugs.contains("quiet-hours"), "{slugs:?}");
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 12);
}

#[actix_web::test]
async fn chapters_stand_in_a_tree_of_five_levels() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mo").await;
    let mut line: Vec<String> = Vec::new();
    for level in 1..=5 {
        let mut body = json!({"name": format!("Level {level}"), "kind": "local_association"});
        if let Some(parent) = line.last() {
            body["parent_id"] = json!(parent);
        }
        line.push(moderator.publishes(&moderator.proposes(body).await).await["id"].as_str().unwrap().into());
    }
    let sixth = json!({"name": "Level 6", "kind": "local_association", "parent_id": line[4]});
    moderator.post("/v1/organizations", sixth).await.invalid_at("#/parent_id", "too_deep");
    for parent in [&line[0], &line[4]] {
        let path = format!("/v1/organizations/{}", line[0]);
        moderator.patch(&path, json!({"parent_id": parent})).await.invalid_at("#/parent_id", "cycle");
    }
    let chapters = app.anonymous().all(&format!("/v1/organizations?parent_id={}", line[0])).await;
    assert_eq!(names(&chapters), ["Level 2"]);
}

#[actix_web::test]
async fn merging_moves_members_types_and_chapters_and_the_old_id_goes_on_answering() {
    let app = TestApp::spawn().await;
    let (moderator, ana, ben) = (app.moderator("mo").await, app.therapist("ana").await, app.therapist("ben").await);
    let open = |name: &str| json!({"name": name, "kind": "local_association", "join_policy": "open"});
    let old = moderator.publishes(&moderator.proposes(open("Old Guild")).await).await;
    let new = moderator.publishes(&moderator.proposes(open("New Guild")).await).await;
    let (old, new) = (old["id"].as_str().unwrap(), new["id"].as_str().unwrap());
    let mut chapter = open("Chapter");
    chapter["parent_id"] = json!(old);
    moderator.publishes(&moderator.proposes(chapter).await).await;
    for organization in [old, new] {
        let full = json!({"name": "Full", "duration": {"unit": "years", "count": 1}});
        moderator.post(&format!("/v1/organizations/{organization}/membership-types"), full).await.expect(201);
    }
    let student = json!({"name": "Student", "duration": {"unit": "years", "count": 1}});
    moderator.post(&format!("/v1/organizations/{old}/membership-types"), student).await.expect(201);
    for (person, organization) in [(&ana, old), (&ben, old), (&ben, new)] {
        person.post(&format!("/v1/organizations/{organization}/memberships"), json!({})).await.expect(201);
    }
    let path = format!("/v1/organizations/{old}/merge");
    ana.post(&path, json!({"into_id": new})).await.refused(403, "forbidden");
    moderator.post(&path, json!({"into_id": old})).await.invalid_at("#/into_id", "unknown_organization");
    let merged = moderator.post(&path, json!({"into_id": new})).await.expect(200);
    assert_eq!((merged["status"].as_str(), merged["merged_into_id"].as_str()), (Some("archived"), Some(new)));
    let seen = app.anonymous().get(&format!("/v1/organizations/{old}")).await.expect(200);
    assert_eq!((seen["merged_into_id"].as_str(), seen["member_count"].as_i64()), (Some(new), Some(0)));
    assert_eq!(app.anonymous().get(&format!("/v1/organizations/{new}")).await.expect(200)["member_count"], 2);
    let types = app.anonymous().all(&format!("/v1/organizations/{new}/membership-types")).await;
    assert_eq!(names(&types), ["Full", "Student"]);
    assert_eq!(names(&app.anonymous().all(&format!("/v1/organizations?parent_id={new}")).await), ["Chapter"]);
    let of_ana = ana.all("/v1/memberships").await;
    assert_eq!((of_ana.len(), of_ana[0]["organization_id"].as_str()), (1, Some(new)));
    let ended = ben.all("/v1/memberships?status=ended").await;
    assert_eq!((ended.len(), ended[0]["end_reason"].as_str()), (1, Some("merged")));
    moderator.post(&path, json!({"into_id": new})).await.refused(409, "invalid_transition");
    moderator.post(&format!("/v1/organizations/{old}/publish"), json!({})).await.refused(409, "invalid_transition");
    ana.post(&format!("/v1/organizations/{old}/memberships"), json!({}))
        .await
        .refused(422, "organization_not_joinable");
}

#[actix_web::test]
async fn what_members_alone_may_see_is_hidden_from_strangers() {
    let app = TestApp::spawn().await;
    let (moderator, ana) = (app.moderator("mo").await, app.therapist("ana").await);
    let body = json!({"name": "Quiet Circle", "kind": "online_community", "visibility": "members"});
    let quiet = moderator.publishes(&moderator.proposes(body).await).await;
    let path = format!("/v1/organizations/{}", quiet["id"].as_str().unwrap());
    ana.get(&path).await.expect(200);
    assert_eq!(ana.all("/v1/organizations?q=quiet").await.len(), 1);
    let stranger = app.anonymous();
    for path in [path.clone(), format!("{path}/membership-types")] {
        stranger.get(&path).await.refused(404, "not_found");
    }
    assert_eq!(stranger.all("/v1/organizations?q=quiet").await.len(), 0);
    assert_eq!(stranger.get("/v1/organizations?include_total=true&limit=1").await.expect(200)["total"], 8);
}

#[actix_web::test]
async fn a_page_costs_the_same_statements_whatever_its_size() {
    let app = TestApp::spawn().await;
    let mut costs = Vec::new();
    for limit in [1, 8, 8] {
        let before = app.statements().await;
        app.anonymous().get(&format!("/v1/organizations?limit={limit}&q=a")).await.expect(200);
        costs.push(app.statements().await - before);
    }
    // What is on the page; and the rows, as long as some were not seen before.
    assert_eq!(costs, [2, 2, 1]);
}

#[actix_web::test]
async fn every_order_goes_through_all_pages_and_back() {
    let app = TestApp::spawn().await;
    let guild = app.guild("open").await;
    app.therapist("ana").await.joins(&guild.id).await;
    for (sort, member) in [("name", "name"), ("member_count", "member_count"), ("created_at", "created_at")] {
        let up = app.anonymous().all(&format!("/v1/organizations?sort={sort}&limit=2")).await;
        let mut down = app.anonymous().all(&format!("/v1/organizations?sort=-{sort}&limit=4")).await;
        down.reverse();
        assert_eq!(names(&up), names(&down), "{sort}");
        assert_eq!(up.len(), 9);
        let key = |item: &Value| (item[member].as_i64(), item[member].as_str().map(str::to_lowercase));
        assert!(up.is_sorted_by_key(key), "{sort}: {up:?}");
    }
}

#[actix_web::test]
async fn a_list_shows_every_change_at_once_wherever_it_was_made() {
    let app = TestApp::spawn().await;
    let elsewhere = app.another_instance().await;
    let guild = app.guild("open").await;
    let path = format!("/v1/organizations/{}", guild.id);
    let (ana, chapter) = (app.therapist("ana").await, json!({"name": "Chapter", "kind": "local_association"}));
    let chapter = guild.owner.proposes(chapter).await;
    guild.moderator.publishes(&chapter).await;
    let hold = async |change: &str| {
        let now = guild.moderator.get(&path).await.expect(200);
        for instance in [&app, &elsewhere] {
            let items = instance.anonymous().all("/v1/organizations?limit=5").await;
            let item = items.iter().find(|item| item["id"] == guild.id.as_str());
            let listed = now["status"] == "published" && now["visibility"] == "public";
            assert_eq!(item, Some(&now).filter(|_| listed), "{change}");
        }
        now
    };
    hold("published").await;
    guild.owner.patch(&path, json!({"description": "Monthly."})).await.expect(200);
    assert_eq!(hold("patched").await["description"], "Monthly.");
    let membership = ana.joins(&guild.id).await;
    assert_eq!(hold("joined").await["member_count"], 2);
    ana.decides(&membership, "leave", json!({})).await.expect(200);
    assert_eq!(hold("left").await["member_count"], 1);
    guild.owner.patch(&path, json!({"parent_id": chapter["id"]})).await.expect(200);
    let into = app.anonymous().all("/v1/organizations?q=american").await[0]["id"].clone();
    let merge = format!("/v1/organizations/{}/merge", chapter["id"].as_str().unwrap());
    guild.moderator.post(&merge, json!({"into_id": into})).await.expect(200);
    assert_eq!(hold("its parent was merged").await["parent_id"], into);
    guild.owner.patch(&path, json!({"visibility": "members"})).await.expect(200);
    hold("hidden from strangers").await;
    guild.moderator.post(&format!("{path}/archive"), json!({})).await.expect(200);
    hold("archived").await;
}

#[actix_web::test]
async fn of_fifty_who_rename_with_one_tag_one_wins() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let proposal = ana.proposes(json!({"name": "Circle", "kind": "online_community"})).await;
    let path = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    let etag = ana.get(&path).await.etag();
    let write = |name: String| {
        let (ana, path, etag) = (ana.clone(), path.clone(), etag.clone());
        async move {
            let request = ana.request(reqwest::Method::PATCH, &path).header("if-match", &etag);
            request.json(&json!({"name": name})).send().await.status
        }
    };
    let statuses = futures_util::future::join_all((0..50).map(|number| write(format!("Circle {number}")))).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 49, "{statuses:?}");
    assert_eq!(ana.get(&path).await.expect(200)["version"], 2);
}
