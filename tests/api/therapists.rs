//! The directory of therapists: who is in it, what it shows, how it is searched.

use chrono::{TimeDelta, Utc};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use support_network::entities::account;

use crate::support::{PASSWORD, Person, TestApp};

/// A therapist whose profile has these members and is in the directory.
async fn listed(app: &TestApp, name: &str, profile: Value) -> Person {
    let email = format!("{}@example.org", uuid::Uuid::new_v4());
    let body = json!({"email": email, "password": PASSWORD, "display_name": name});
    let account = app.anonymous().post("/v1/accounts", body).await.expect(201);
    let person = app.sign_in(account["id"].as_str().unwrap(), &email).await;
    let mut body = json!({"discoverable": "members"});
    for (member, value) in profile.as_object().unwrap() {
        body[member] = value.clone();
    }
    person.put("/v1/me/profile", body).await.expect(201);
    person
}

/// The names that a query finds, in their order.
async fn names(reader: &Person, query: &str) -> Vec<String> {
    let found = reader.all(&format!("/v1/therapists{query}")).await;
    found.iter().map(|therapist| therapist["display_name"].as_str().unwrap().to_owned()).collect()
}

/// Sets a column of an account, as a moderator's or the owner's act will.
async fn mark(app: &TestApp, person: &Person, change: impl Fn(&mut account::ActiveModel)) {
    let id: uuid::Uuid = person.id.parse().unwrap();
    app.state
        .db
        .write(async |tx| {
            let mut row = account::ActiveModel { id: sea_orm::ActiveValue::Unchanged(id), ..Default::default() };
            change(&mut row);
            account::Entity::update(row).exec(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
}

fn licence(family: &str, title: &str, jurisdiction: &str) -> Value {
    json!({"family": family, "title": title, "jurisdiction": jurisdiction, "number": "A-123456", "expires_on": "2199-01-01"})
}

#[actix_web::test]
async fn the_directory_shows_a_therapist_without_what_is_private() {
    let app = TestApp::spawn().await;
    let ben = app.therapist("ben").await;
    let profile = json!({
        "headline": "Trauma work", "about": "I listen.", "pronouns": "she/her", "country": "US", "region": "US-CA",
        "city": "Oakland", "time_zone": "America/Los_Angeles", "languages": ["en"],
        "licences": [licence("mft", "LMFT", "US-CA")], "npi": "1234567893", "taxonomy_codes": ["106H00000X"],
        "specialties": ["trauma"], "modalities": ["emdr"], "populations": ["adults"], "experience": "senior",
        "formats": ["online"], "availability": [{"weekday": "friday", "from": "09:00", "to": "12:00"}],
        "open_to": ["groups"],
    });
    let ana = listed(&app, "ana", profile.clone()).await;
    let mut expected = profile;
    expected.as_object_mut().unwrap().remove("npi");
    expected["id"] = json!(ana.id);
    expected["display_name"] = json!("ana");
    expected["licences"] =
        json!([{"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "status": "self_reported"}]);

    let path = format!("/v1/therapists/{}", ana.id);
    let one = ben.get(&path).await;
    assert_eq!(one.expect(200), expected);
    assert_eq!(ben.all("/v1/therapists").await, [expected.clone()]);
    assert_eq!(ana.get(&path).await.expect(200), expected);
}

#[actix_web::test]
async fn only_those_who_wish_to_be_found_are_found() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    let hidden = listed(&app, "hidden", json!({"discoverable": "nobody", "specialties": ["grief"]})).await;
    let unset = app.therapist("unset").await;
    unset.put("/v1/me/profile", json!({"specialties": ["grief"]})).await.expect(201);
    let shown = listed(&app, "shown", json!({"specialties": ["grief"]})).await;
    let suspended = listed(&app, "suspended", json!({"specialties": ["grief"]})).await;
    let erased = listed(&app, "erased", json!({"specialties": ["grief"]})).await;
    let now = Utc::now();
    mark(&app, &suspended, |row| row.suspended_at = sea_orm::Set(Some(now))).await;
    mark(&app, &erased, |row| {
        row.erased_at = sea_orm::Set(Some(now));
        row.email_key = sea_orm::Set(None);
    })
    .await;

    for query in ["", "?q=grief", "?specialty=grief", "?sort=-created_at", "?q=hidden", "?q=suspended", "?q=erased"] {
        let found = names(&reader, query).await;
        assert!(found.iter().all(|name| name == "shown"), "{query}: {found:?}");
    }
    let page = reader.get("/v1/therapists?include_total=true").await.expect(200);
    assert_eq!((&page["total"], page["items"].as_array().unwrap().len()), (&json!(1), 1));

    let at = |person: &Person| format!("/v1/therapists/{}", person.id);
    reader.get(&at(&shown)).await.expect(200);
    for person in [&hidden, &unset, &suspended, &erased] {
        reader.get(&at(person)).await.refused(404, "not_found");
    }
    reader.get(&at(&reader)).await.refused(404, "not_found");
    reader.get("/v1/therapists/ana").await.refused(404, "not_found");
    assert_eq!(hidden.get(&at(&hidden)).await.expect(200)["display_name"], "hidden");

    shown.put("/v1/me/profile", json!({"discoverable": "nobody"})).await.expect(200);
    reader.get(&at(&shown)).await.refused(404, "not_found");
    assert_eq!(names(&reader, "").await, [""; 0]);
    shown.put("/v1/me/profile", json!({"discoverable": "members"})).await.expect(200);
    shown.delete("/v1/me/profile").await.expect(204);
    reader.get(&at(&shown)).await.refused(404, "not_found");
    assert_eq!(names(&reader, "?specialty=grief").await, [""; 0]);
}

#[actix_web::test]
async fn moderators_see_no_more_than_others_and_strangers_see_nothing() {
    let app = TestApp::spawn().await;
    let hidden = listed(&app, "hidden", json!({"discoverable": "nobody"})).await;
    for reader in [app.moderator("mod").await, app.admin("admin").await] {
        reader.get(&format!("/v1/therapists/{}", hidden.id)).await.refused(404, "not_found");
        assert_eq!(names(&reader, "").await, [""; 0]);
    }
    app.anonymous().get("/v1/therapists").await.refused(401, "unauthenticated");
    app.anonymous().get(&format!("/v1/therapists/{}", hidden.id)).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn filters_hold_together_and_repeats_mean_either() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    listed(&app, "ana", json!({
        "country": "US", "region": "US-CA", "languages": ["en", "es-MX"], "specialties": ["trauma", "grief"],
        "modalities": ["emdr"], "populations": ["adults"], "formats": ["online"], "open_to": ["groups"],
        "experience": "senior", "licences": [licence("mft", "LMFT", "US-CA"), licence("other", "Mediator", "US-NV")],
    })).await;
    listed(&app, "ben", json!({
        "country": "US", "region": "US-NV", "languages": ["en"], "specialties": ["trauma"], "modalities": ["cbt"],
        "populations": ["teens", "adults"], "formats": ["in_person"], "open_to": ["consults"], "experience": "early",
        "licences": [licence("social_work", "LCSW", "US-NV")],
    })).await;
    listed(
        &app,
        "chi",
        json!({
            "country": "DE", "region": "DE-BE", "languages": ["de", "pt-BR"], "specialties": ["ocd"],
            "modalities": ["erp", "cbt"], "populations": ["children"], "formats": ["online", "in_person"],
            "open_to": ["groups", "consults"], "experience": "veteran",
        }),
    )
    .await;
    for (query, expected) in [
        ("", "ana ben chi"),
        ("?specialty=trauma", "ana ben"),
        ("?specialty=trauma&specialty=ocd", "ana ben chi"),
        ("?specialty=trauma&specialty=grief", "ana ben"),
        ("?specialty=trauma&modality=cbt", "ben"),
        ("?specialty=ocd&modality=emdr", ""),
        ("?specialty=sleep", ""),
        ("?modality=cbt", "ben chi"),
        ("?population=adults", "ana ben"),
        ("?language=en", "ana ben"),
        ("?language=EN", "ana ben"),
        ("?language=es", "ana"),
        ("?language=pt-br", "chi"),
        ("?language=pt-PT", ""),
        ("?format=online", "ana chi"),
        ("?format=online&format=in_person", "ana ben chi"),
        ("?open_to=consults", "ben chi"),
        ("?licence_family=mft", "ana"),
        ("?licence_family=mft&licence_family=social_work", "ana ben"),
        ("?jurisdiction=US-NV", "ana ben"),
        ("?jurisdiction=US-NV&licence_family=social_work", "ben"),
        ("?country=US", "ana ben"),
        ("?country=US&country=DE", "ana ben chi"),
        ("?region=US-CA", "ana"),
        ("?experience=early&experience=veteran", "ben chi"),
        ("?country=US&experience=senior&format=online&q=trauma", "ana"),
        ("?sort=-name", "chi ben ana"),
        ("?sort=-name&country=US", "ben ana"),
    ] {
        assert_eq!(names(&reader, query).await.join(" "), expected, "{query}");
        let joint = if query.is_empty() { '?' } else { '&' };
        let page = reader.get(&format!("/v1/therapists{query}{joint}include_total=true&limit=1")).await.expect(200);
        assert_eq!(page["total"], expected.split_whitespace().count(), "{query}");
    }
}

#[actix_web::test]
async fn a_changed_profile_is_found_by_what_it_says_now() {
    let app = TestApp::spawn().await;
    let ana = listed(&app, "ana", json!({"specialties": ["trauma"], "headline": "Mountains", "country": "US"})).await;
    let body = json!({"specialties": ["grief"], "headline": "Rivers", "discoverable": "members"});
    ana.put("/v1/me/profile", body).await.expect(200);
    for (query, found) in [
        ("?specialty=trauma", false),
        ("?specialty=grief", true),
        ("?country=US", false),
        ("?q=mountains", false),
        ("?q=rivers", true),
        ("?q=trauma", false),
    ] {
        assert_eq!(!names(&ana, query).await.is_empty(), found, "{query}");
    }
}

#[actix_web::test]
async fn words_are_found_in_name_text_city_and_labels_best_first() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    listed(&app, "Zoë River", json!({})).await;
    listed(&app, "River", json!({})).await;
    listed(&app, "Ana", json!({"headline": "By the river", "modalities": ["emdr"]})).await;
    listed(
        &app,
        "Ben",
        json!({"about": "Riverside work with Søren", "city": "Oakland", "specialties": ["eating_disorders"]}),
    )
    .await;
    for (q, expected) in [
        ("river", "River|Zoë River|Ana|Ben"),
        ("RIVER", "River|Zoë River|Ana|Ben"),
        ("zoe", "Zoë River"),
        ("river zo", "Zoë River"),
        ("oakl", "Ben"),
        ("eating", "Ben"),
        ("desensitization", "Ana"),
        ("river oakland", "Ben"),
        ("river paris", ""),
        ("***", ""),
        ("\" OR 1=1 --", ""),
    ] {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        assert_eq!(names(&reader, &format!("?q={q}")).await.join("|"), expected, "{q}");
        assert_eq!(names(&reader, &format!("?q={q}&limit=1")).await.join("|"), expected, "{q}, page by page");
    }
    assert_eq!(names(&reader, "?q=river&sort=-name").await.join("|"), "Zoë River|River|Ben|Ana");
}

#[actix_web::test]
async fn pages_neither_repeat_nor_hide_in_any_order() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    for n in 0..11 {
        listed(&app, &format!("t{:02}", n % 11 * 7 % 11), json!({"specialties": ["trauma"]})).await;
        app.later(TimeDelta::seconds(i64::from(n % 2)));
    }
    let by_name: Vec<String> = (0..11).map(|n| format!("t{n:02}")).collect();
    let by_creation: Vec<String> = (0..11).map(|n| format!("t{:02}", n * 7 % 11)).collect();
    let reversed = |names: &[String]| names.iter().rev().cloned().collect::<Vec<_>>();
    for (sort, expected) in [
        ("name", by_name.clone()),
        ("-name", reversed(&by_name)),
        ("created_at", by_creation.clone()),
        ("-created_at", reversed(&by_creation)),
    ] {
        for limit in [1, 3, 11, 100] {
            assert_eq!(names(&reader, &format!("?sort={sort}&limit={limit}")).await, expected, "{sort} {limit}");
            let filtered = format!("?sort={sort}&limit={limit}&specialty=trauma&q=t");
            assert_eq!(names(&reader, &filtered).await, expected, "{filtered}");
        }
    }
    let first = reader.get("/v1/therapists?limit=3").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    reader.get(&format!("/v1/therapists?limit=3&sort=-name&cursor={cursor}")).await.refused(422, "invalid_cursor");
    reader.get(&format!("/v1/therapists?limit=3&specialty=grief&cursor={cursor}")).await.refused(422, "invalid_cursor");
}

#[actix_web::test]
async fn parameters_keep_their_bounds() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    let long = format!("q={}", "x".repeat(201));
    let many = vec!["country=US"; 51].join("&");
    for (query, place, code) in [
        (long.as_str(), "q", "too_long"),
        (&many, "country", "too_long"),
        ("specialty=knitting", "specialty", "unknown_key"),
        ("modality=x", "modality", "unknown_key"),
        ("population=x", "population", "unknown_key"),
        ("format=hybrid", "format", "unknown_key"),
        ("open_to=x", "open_to", "unknown_key"),
        ("licence_family=x", "licence_family", "unknown_key"),
        ("language=english", "language", "invalid_language"),
        ("jurisdiction=California", "jurisdiction", "invalid_region"),
        ("region=US", "region", "invalid_region"),
        ("country=us", "country", "invalid_country"),
        ("experience=wizard", "experience", "unknown_value"),
        ("sort=city", "sort", "unknown_value"),
        ("sort=name&sort=-name", "sort", "duplicate_parameter"),
        ("npi=1234567893", "npi", "unknown_parameter"),
    ] {
        reader.get(&format!("/v1/therapists?{query}")).await.invalid_at(place, code);
    }
}

#[actix_web::test]
async fn a_page_costs_the_same_however_many_rows_it_has() {
    let app = TestApp::spawn().await;
    let reader = app.therapist("reader").await;
    let licences = json!([licence("mft", "LMFT", "US-CA"), licence("mft", "AMFT", "US-NV")]);
    for n in 0..30 {
        listed(&app, &format!("t{n:02}"), json!({"licences": licences, "specialties": ["trauma"]})).await;
    }
    // The session has been read by then.
    reader.get("/v1/therapists").await.expect(200);
    let cost = async |query: &str, rows: usize| {
        let before = app.statements().await;
        let page = reader.get(&format!("/v1/therapists?{query}")).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), rows);
        assert_eq!(page["items"][0]["licences"].as_array().unwrap().len(), 2);
        app.statements().await - before
    };
    for query in ["", "q=t&", "specialty=trauma&"] {
        let few = cost(&format!("{query}limit=3"), 3).await;
        let many = cost(&format!("{query}limit=30"), 30).await;
        assert_eq!((few, many), (2, 2), "{query}");
    }
}
