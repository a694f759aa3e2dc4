//! My own profile: what it takes, what it keeps, who changes it.

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support_network::entities::licence;

use crate::support::{Answer, Person, TestApp};

const MINE: &str = "/v1/me/profile";

/// A profile that says something of everything.
fn full() -> Value {
    json!({
        "headline": "Trauma work with couples",
        "about": "I listen.\nThen we work.",
        "pronouns": "she/her",
        "country": "US",
        "region": "US-CA",
        "city": "Oakland",
        "time_zone": "America/Los_Angeles",
        "languages": ["en", "pt-BR"],
        "licences": [licence()],
        "npi": "1234567893",
        "taxonomy_codes": ["106H00000X"],
        "specialties": ["trauma", "couples"],
        "modalities": ["emdr", "ifs"],
        "populations": ["adults"],
        "experience": "senior",
        "formats": ["online", "in_person"],
        "availability": [{"weekday": "friday", "from": "09:00", "to": "12:30"}, {"weekday": "friday", "from": "12:30", "to": "24:00"}],
        "open_to": ["groups"],
        "discoverable": "members",
    })
}

fn licence() -> Value {
    json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567", "expires_on": "2199-06-30"})
}

/// The full profile with one member changed.
fn with(member: &str, value: Value) -> Value {
    let mut body = full();
    body[member] = value;
    body
}

#[actix_web::test]
async fn a_profile_is_made_replaced_read_and_deleted() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.get(MINE).await.refused(404, "not_found");
    ana.delete(MINE).await.refused(404, "not_found");

    let made = ana.put(MINE, full()).await;
    assert_eq!(made.header("location"), Some(MINE));
    let first = version(&made);
    let made = made.expect(201);
    let mut expected = full();
    expected["licences"] = json!([{
        "id": made["licences"][0]["id"], "family": "mft", "title": "LMFT", "jurisdiction": "US-CA",
        "number_masked": "•••4567", "expires_on": "2199-06-30", "status": "self_reported",
    }]);
    assert_eq!(made, expected);
    assert_eq!(ana.get(MINE).await.expect(200), expected);

    let replaced = ana.put(MINE, json!({"headline": "Grief"})).await;
    assert_eq!(version(&replaced), first + 1);
    let replaced_tag = replaced.etag();
    let empty = json!({
        "headline": "Grief", "languages": [], "licences": [], "taxonomy_codes": [], "specialties": [],
        "modalities": [], "populations": [], "formats": [], "availability": [], "open_to": [], "discoverable": "nobody",
    });
    assert_eq!(replaced.expect(200), empty);
    assert_eq!(ana.get(MINE).await.expect(200), empty);

    ana.delete(MINE).await.expect(204);
    ana.delete(MINE).await.refused(404, "not_found");
    ana.get(MINE).await.refused(404, "not_found");
    assert!(licence::Entity::find().all(app.state.db.read()).await.unwrap().is_empty());
    // What a tag was of is gone, even if something stands there again.
    let based_on =
        async |tag: &str| ana.request(Method::PUT, MINE).header("if-match", tag).json(&json!({})).send().await;
    for tag in [&*replaced_tag, "*"] {
        based_on(tag).await.refused(412, "stale_version");
    }
    ana.put(MINE, json!({"headline": "Grief"})).await.expect(201);
    ana.put(MINE, json!({"headline": "Grief"})).await.expect(200);
    based_on(&replaced_tag).await.refused(412, "stale_version");
    based_on("*").await.expect(200);
}

/// The version in a tag.
fn version(answer: &Answer) -> i64 {
    answer.etag().trim_matches('"').split('.').next().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn a_profile_is_its_owners_alone() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    ana.put(MINE, full()).await.expect(201);
    ben.get(MINE).await.refused(404, "not_found");
    ben.delete(MINE).await.refused(404, "not_found");
    ben.put(MINE, json!({"headline": "Mine"})).await.expect(201);
    assert_eq!(ana.get(MINE).await.expect(200)["headline"], "Trauma work with couples");
    for anonymous in
        [app.anonymous().get(MINE).await, app.anonymous().put(MINE, full()).await, app.anonymous().delete(MINE).await]
    {
        anonymous.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn of_two_writers_with_one_tag_one_wins() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let with_tag = async |method: Method, tag: &str, body: Value| {
        ana.request(method, MINE).header("if-match", tag).json(&body).send().await
    };
    with_tag(Method::PUT, "\"1.x\"", json!({})).await.refused(412, "stale_version");
    let first = ana.put(MINE, json!({})).await.etag();
    with_tag(Method::PUT, &first, json!({"city": "Oakland"})).await.expect(200);
    with_tag(Method::PUT, &first, json!({"city": "Reno"})).await.refused(412, "stale_version");
    with_tag(Method::DELETE, &first, json!({})).await.refused(412, "stale_version");
    assert_eq!(ana.get(MINE).await.expect(200)["city"], "Oakland");

    let before = ana.get(MINE).await;
    let tag = before.etag();
    let writes = (0..20).map(|n| with_tag(Method::PUT, &tag, json!({"city": format!("City {n}")})));
    let answers = futures_util::future::join_all(writes).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 19, "{statuses:?}");
    assert_eq!(version(&ana.get(MINE).await), version(&before) + 1);
}

#[actix_web::test]
async fn of_many_first_writes_one_makes_the_profile() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let answers = futures_util::future::join_all((0..12).map(|_| ana.put(MINE, full()))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let replaced = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((made, replaced), (1, 11));
    assert_eq!(licence::Entity::find().all(app.state.db.read()).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn what_is_held_already_is_not_sent_again() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let tag = ana.put(MINE, full()).await.etag();
    let again = ana.request(Method::GET, MINE).header("if-none-match", &tag).send().await;
    assert_eq!(again.status, 304);
}

#[actix_web::test]
async fn each_member_keeps_its_bounds() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let hours = |from: &str, to: &str| json!({"weekday": "monday", "from": from, "to": to});
    let many = |count: usize| (0..count).map(|n| json!(format!("x{n}"))).collect::<Vec<_>>();
    for (member, value, place, code) in [
        ("headline", json!("x".repeat(121)), "#/headline", "too_long"),
        ("headline", json!(""), "#/headline", "blank"),
        ("headline", json!("a\nb"), "#/headline", "invalid_characters"),
        ("about", json!("x".repeat(4001)), "#/about", "too_long"),
        ("pronouns", json!("x".repeat(41)), "#/pronouns", "too_long"),
        ("city", json!("a\u{202e}b"), "#/city", "invalid_characters"),
        ("country", json!("usa"), "#/country", "invalid_country"),
        ("country", Value::Null, "#/country", "missing_member"),
        ("country", json!("DE"), "#/region", "wrong_country"),
        ("region", json!("California"), "#/region", "invalid_region"),
        ("region", json!("CA-BC"), "#/region", "wrong_country"),
        ("time_zone", json!("Pacific"), "#/time_zone", "invalid_time_zone"),
        ("time_zone", Value::Null, "#/time_zone", "missing_member"),
        ("languages", json!(["en", "english"]), "#/languages/1", "invalid_language"),
        ("languages", json!(["en-x"]), "#/languages/0", "invalid_language"),
        ("languages", json!(["zz-zz-zz"]), "#/languages/0", "invalid_language"),
        ("languages", json!(["en-12"]), "#/languages/0", "invalid_language"),
        ("languages", json!(["en", "en"]), "#/languages", "duplicate"),
        ("languages", json!(many(21)), "#/languages", "too_long"),
        ("npi", json!("1234567890"), "#/npi", "invalid_npi"),
        ("taxonomy_codes", json!(["101Y00000X", "999Z99999X"]), "#/taxonomy_codes/1", "unknown_key"),
        ("taxonomy_codes", json!(["103GC0700X"]), "#/taxonomy_codes/0", "retired_key"),
        ("specialties", json!(["knitting"]), "#/specialties/0", "unknown_key"),
        ("specialties", json!(["trauma", "trauma"]), "#/specialties", "duplicate"),
        ("modalities", json!(["emdr", "EMDR"]), "#/modalities/1", "unknown_key"),
        ("populations", json!(["trauma"]), "#/populations/0", "unknown_key"),
        ("formats", json!(["hybrid"]), "#/formats/0", "unknown_key"),
        ("open_to", json!(["friends"]), "#/open_to/0", "unknown_key"),
        ("experience", json!("wizard"), "#/experience", "unknown_value"),
        ("discoverable", json!("everyone"), "#/discoverable", "unknown_value"),
        ("availability", json!([hours("9:00", "12:00")]), "#/availability/0/from", "invalid_time"),
        ("availability", json!([hours("09:00", "25:00")]), "#/availability/0/to", "invalid_time"),
        ("availability", json!([hours("12:00", "09:00")]), "#/availability/0/to", "not_after_from"),
        ("availability", json!([hours("09:00", "12:00"), hours("11:00", "13:00")]), "#/availability/1", "overlap"),
        (
            "availability",
            json!([{"weekday": "fryday", "from": "09:00", "to": "10:00"}]),
            "#/availability/0/weekday",
            "unknown_value",
        ),
        ("licences", json!([{"family": "mft"}]), "#/licences/0/title", "missing_member"),
        ("account_id", json!("x"), "#/account_id", "unknown_member"),
        ("version", json!(7), "#/version", "unknown_member"),
    ] {
        ana.put(MINE, with(member, value)).await.invalid_at(place, code);
    }
    let week = |count: u32| {
        let hours = (0..count)
            .map(|n| hours(&format!("{:02}:{:02}", n / 4, n % 4 * 15), &format!("{:02}:{:02}", n / 4, n % 4 * 15 + 5)));
        with("availability", hours.collect())
    };
    ana.put(MINE, week(51)).await.invalid_at("#/availability", "too_long");
    ana.get(MINE).await.refused(404, "not_found");
    ana.put(MINE, week(50)).await.expect(201);
}

#[actix_web::test]
async fn every_fault_is_told_at_once() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({
        "specialties": ["knitting", "trauma", "sewing"],
        "npi": "1",
        "licences": [{"family": "magic", "title": "", "jurisdiction": "CA", "number": "1\u{7}"}],
    });
    let faults = ana.put(MINE, body).await.refused(422, "validation_failed");
    let places: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    let expected = [
        "#/licences/0/family",
        "#/licences/0/jurisdiction",
        "#/licences/0/number",
        "#/licences/0/title",
        "#/npi",
        "#/specialties/0",
        "#/specialties/2",
    ];
    assert_eq!(places, expected);
}

#[actix_web::test]
async fn a_licence_number_is_sealed_and_only_its_end_is_shown() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let body = json!({"licences": [licence(), {"family": "other", "title": "Mediator", "jurisdiction": "US-NV", "number": "77"}, {"family": "other", "title": "Coach", "jurisdiction": "US-NV"}]});
    let answer = ana.put(MINE, body).await;
    assert!(!answer.text.contains("123456"), "{}", answer.text);
    let licences = answer.expect(201)["licences"].clone();
    assert_eq!((&licences[0]["number_masked"], &licences[1]["number_masked"]), (&json!("•••4567"), &json!("•••7")));
    assert!(licences[2].get("number_masked").is_none());

    let rows = stored(&app).await;
    assert!(rows[2].number_sealed.is_none());
    let sealed = rows[0].number_sealed.clone().unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"1234567"));
    let place = format!("licence.number/{}", rows[0].id);
    assert_eq!(app.state.master_key.open(&sealed, &place).unwrap().expose_secret(), b"LMFT-1234567");
}

/// The licences in their order.
async fn stored(app: &TestApp) -> Vec<licence::Model> {
    let licences = licence::Entity::find().order_by_asc(licence::COLUMN.position);
    licences.all(app.state.db.read()).await.unwrap()
}

/// Marks every licence as checked, as a verification will.
async fn verify_licences(app: &TestApp) {
    let now = Utc::now();
    app.state
        .db
        .write(async |tx| {
            let update = licence::Entity::update_many().col_expr(licence::Column::VerifiedAt, now.into());
            update.filter(licence::COLUMN.verified_at.is_null()).exec(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_licence_keeps_number_and_verification_while_it_is_the_same_licence() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let kept = ("•••4567", "verified");
    let same = |licence: &Value| json!({"id": licence["id"], "family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "expires_on": "2199-12-31"});
    for (change, expected) in [
        (json!({}), (Some(kept.0), kept.1)),
        (json!({"number": "LMFT-1234567"}), (Some(kept.0), kept.1)),
        (json!({"number": "LMFT-7654321"}), (Some("•••4321"), "self_reported")),
        (json!({"title": "AMFT"}), (None, "self_reported")),
        (json!({"jurisdiction": "US-NV"}), (None, "self_reported")),
        (json!({"family": "other"}), (None, "self_reported")),
        (json!({"jurisdiction": "US-NV", "number": "LMFT-1234567"}), (Some("•••4567"), "self_reported")),
        (json!({"id": null}), (None, "self_reported")),
    ] {
        let licence = ana.put(MINE, json!({"licences": [licence()]})).await.json["licences"][0].clone();
        verify_licences(&app).await;
        let mut wanted = same(&licence);
        for (member, value) in change.as_object().unwrap() {
            wanted[member] = value.clone();
        }
        let after = ana.put(MINE, json!({"licences": [wanted]})).await.expect(200)["licences"][0].clone();
        assert_eq!(
            (after["number_masked"].as_str(), after["status"].as_str()),
            (expected.0, Some(expected.1)),
            "{change}"
        );
        assert_eq!(after["id"] == licence["id"], change.get("id").is_none(), "{change}");
        assert_eq!(after["expires_on"], "2199-12-31");
        assert_eq!(stored(&app).await.len(), 1);
    }
    let sealed = ana.put(MINE, json!({"licences": [licence()]})).await.json["licences"][0].clone();
    ana.put(MINE, json!({"licences": [same(&sealed)]})).await.expect(200);
    let row = stored(&app).await.remove(0);
    let opened = app.state.master_key.open(&row.number_sealed.unwrap(), &format!("licence.number/{}", row.id));
    assert_eq!(opened.unwrap().expose_secret(), b"LMFT-1234567");
}

#[actix_web::test]
async fn licences_can_be_reordered_added_and_dropped() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let named = |title: &str| json!({"family": "other", "title": title, "jurisdiction": "US-CA", "number": format!("{title}-1234")});
    let first = ana.put(MINE, json!({"licences": [named("One"), named("Two"), named("Three")]})).await.expect(201);
    let keep = |at: usize| {
        let licence = &first["licences"][at];
        json!({"id": licence["id"], "family": "other", "title": licence["title"], "jurisdiction": "US-CA"})
    };
    let second = ana.put(MINE, json!({"licences": [keep(2), named("Four"), keep(0)]})).await.expect(200);
    let titles: Vec<_> = second["licences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (l["title"].clone(), l["number_masked"].clone()))
        .collect();
    let masked = json!("•••1234");
    assert_eq!(titles, ["Three", "Four", "One"].map(|title| (json!(title), masked.clone())));
    assert_eq!(second["licences"][0]["id"], first["licences"][2]["id"]);
    assert_eq!(ana.get(MINE).await.expect(200), second);
}

#[actix_web::test]
async fn licences_keep_their_bounds() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let bens = ben.put(MINE, json!({"licences": [licence()]})).await.expect(201)["licences"][0]["id"].clone();
    let made = ana.put(MINE, json!({"licences": [licence()]})).await;
    let before = version(&made);
    let anas = made.expect(201)["licences"][0]["id"].clone();
    let with = |member: &str, value: Value| {
        let mut licence = licence();
        licence[member] = value;
        licence
    };
    for (licences, place, code) in [
        (json!([with("family", json!("law"))]), "#/licences/0/family", "unknown_key"),
        (json!([with("title", json!("LCSW"))]), "#/licences/0/title", "unknown_title"),
        (json!([with("title", json!("PhD"))]), "#/licences/0/title", "unknown_title"),
        (json!([with("jurisdiction", json!("US"))]), "#/licences/0/jurisdiction", "invalid_region"),
        (json!([with("number", json!(""))]), "#/licences/0/number", "blank"),
        (json!([with("number", json!("1".repeat(41)))]), "#/licences/0/number", "too_long"),
        (json!([with("number", json!(7))]), "#/licences/0/number", "wrong_type"),
        (json!([with("expires_on", json!("2026-02-30"))]), "#/licences/0/expires_on", "invalid_format"),
        (json!([licence(), with("id", bens)]), "#/licences/1/id", "unknown_licence"),
        (json!([with("id", json!("00000000-0000-4000-8000-000000000000"))]), "#/licences/0/id", "unknown_licence"),
        (json!([with("id", anas.clone()), with("id", anas)]), "#/licences/1/id", "duplicate"),
        (json!([with("status", json!("verified"))]), "#/licences/0/status", "unknown_member"),
        (json!([with("verified_at", json!("2026-01-01T00:00:00Z"))]), "#/licences/0/verified_at", "unknown_member"),
        (json!(vec![licence(); 21]), "#/licences", "too_long"),
    ] {
        ana.put(MINE, json!({"licences": licences})).await.invalid_at(place, code);
    }
    assert_eq!(version(&ana.get(MINE).await), before);
    ana.put(MINE, json!({"licences": vec![licence(); 20]})).await.expect(200);
    assert_eq!(ben.get(MINE).await.expect(200)["licences"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_licence_lapses_by_itself() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let today = app.clock.today();
    let mut expiring = licence();
    expiring["expires_on"] = json!(today);
    ana.put(MINE, json!({"licences": [expiring]})).await.expect(201);
    let before = ana.get(MINE).await;
    assert_eq!(before.json["licences"][0]["status"], "self_reported");
    app.later(TimeDelta::days(1));
    let ana = app.sign_in(&ana.id, &ana.email).await;
    let after = ana.get(MINE).await;
    assert_eq!(after.json["licences"][0]["status"], "lapsed");
    assert_ne!(before.etag(), after.etag());
}

#[actix_web::test]
async fn what_happens_to_a_profile_is_audited_without_its_words() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.put(MINE, full()).await.expect(201);
    ana.put(MINE, full()).await.expect(200);
    ana.delete(MINE).await.expect(204);
    let actions = actions(&app, &ana).await;
    assert_eq!(actions, ["profile.create", "profile.update", "profile.delete"]);
}

async fn actions(app: &TestApp, person: &Person) -> Vec<String> {
    use support_network::entities::audit_event;
    let id: uuid::Uuid = person.id.parse().unwrap();
    let events = audit_event::Entity::find()
        .filter(audit_event::COLUMN.subject_type.eq("profile"))
        .filter(audit_event::COLUMN.actor_id.eq(id))
        .order_by_asc(audit_event::COLUMN.sequence);
    events.all(app.state.db.read()).await.unwrap().into_iter().map(|event| event.action).collect()
}

#[actix_web::test]
async fn a_refused_profile_leaves_no_trace() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    ana.put(MINE, full()).await.expect(201);
    let mut bad = full();
    bad["licences"] = json!([licence(), {"id": "00000000-0000-4000-8000-000000000000", "family": "mft", "title": "LMFT", "jurisdiction": "US-CA"}]);
    bad["headline"] = json!("Changed");
    let before = ana.get(MINE).await;
    ana.put(MINE, bad).await.invalid_at("#/licences/1/id", "unknown_licence");
    assert_eq!(ana.get(MINE).await.etag(), before.etag());
    assert_eq!(stored(&app).await.len(), 1);
}
