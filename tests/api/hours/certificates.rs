//! Proof of hours.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Circle, Person, TestApp, TestDatabase, took_part, was_there};

const CERTIFICATES: &str = "/v1/me/certificates";

struct Met {
    circle: Circle,
    ben: Person,
    seat: Value,
    meeting: String,
}

/// A circle in which Ben has 70 minutes, 30 of them presenting.
async fn met(app: &TestApp) -> Met {
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat)] = circle.seats_all(app, ["ben"]).await;
    let entries = json!([took_part(&own, "present"), was_there(&seat, "present", 90, 20, 30)]);
    let meeting = app.held_meeting_of(&circle, entries).await;
    Met { circle, ben, seat, meeting }
}

impl Met {
    fn body(&self, app: &TestApp) -> Value {
        json!({"consultation_group_id": self.circle.id, "from": app.day(-30), "to": app.day(0)})
    }

    async fn issues(&self, app: &TestApp) -> Value {
        self.ben.post(CERTIFICATES, self.body(app)).await.expect(201)
    }
}

fn path(certificate: &Value) -> String {
    format!("{CERTIFICATES}/{}", certificate["id"].as_str().unwrap())
}

async fn check(app: &TestApp, code: &str) -> Value {
    app.anonymous().get(&format!("/v1/certificates/{code}")).await.expect(200)
}

fn valid() -> Value {
    json!({"status": "valid"})
}

fn not_valid() -> Value {
    json!({"status": "not_valid"})
}

#[actix_web::test]
async fn a_certificate_is_issued_read_again_and_checked_by_anybody() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let answer = met.ben.post(CERTIFICATES, met.body(&app)).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (location, tag) = (answer.location(), answer.etag());
    let issued = answer.expect(201);
    assert_eq!(location, path(&issued));
    let sums = ["meetings", "minutes", "presenting_minutes"].map(|name| issued[name].as_i64().unwrap());
    assert_eq!((sums, &issued["status"]), ([1, 70, 30], &json!("valid")));
    assert_eq!((&issued["holder_name"], &issued["consultation_group_name"]), (&json!("ben"), &json!("Harbor Circle")));
    let read = met.ben.get(&location).await;
    assert_eq!(read.etag(), tag);
    assert_eq!(read.expect(200), issued, "its code too");
    assert_eq!(met.ben.all(CERTIFICATES).await, std::slice::from_ref(&issued));

    let code = issued["code"].as_str().unwrap();
    let plain = code.replace('-', "");
    for typed in [code.to_owned(), code.to_lowercase(), plain.clone(), plain.to_lowercase(), code.replace('-', "%20")] {
        assert_eq!(check(&app, &typed).await, valid(), "{typed}");
    }
    let other = if code.ends_with('0') { "2" } else { "0" };
    let mistyped = format!("{}{other}", &code[..code.len() - 1]);
    for typed in [
        mistyped.as_str(),
        &plain[1..],
        "7K3QX-0M9TB-VD4HR-P2ZWE",
        "x",
        "%F0%9F%99%82",
        "' OR 1=1 --",
        &"9".repeat(4000),
    ] {
        assert_eq!(check(&app, typed).await, not_valid(), "{typed}");
    }
    // Somebody who is signed in learns no more.
    let asked = met.circle.owner.get(&format!("/v1/certificates/{code}")).await;
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    assert_eq!(asked.expect(200), valid());
}

#[actix_web::test]
async fn what_cannot_be_certified_is_refused() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let elsewhere = app.circle_of(&met.circle.owner, "Elsewhere").await;
    let issue = async |change: Value| {
        let mut body = met.body(&app);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        met.ben.post(CERTIFICATES, body).await
    };
    for (change, pointer, code) in [
        (json!({"to": app.day(-31)}), "/to", "out_of_range"),
        (json!({"to": app.day(2)}), "/to", "in_the_future"),
        (json!({"from": app.day(-30), "to": app.day(-20)}), "/consultation_group_id", "no_hours"),
        (json!({"consultation_group_id": elsewhere.id}), "/consultation_group_id", "no_hours"),
        (json!({"consultation_group_id": uuid::Uuid::now_v7()}), "/consultation_group_id", "no_hours"),
        (json!({"from": "1999-12-31"}), "/from", "out_of_range"),
        (json!({"from": null}), "/from", "wrong_type"),
        (json!({"from": "2026-02-30"}), "/from", "wrong_type"),
        (json!({"minutes": 6000}), "/minutes", "unknown_member"),
        (json!({"holder_name": "Dr. Somebody"}), "/holder_name", "unknown_member"),
    ] {
        let answer = issue(change.clone()).await;
        let errors = answer.refused(422, "validation_failed");
        assert_eq!(errors[0]["pointer"], format!("#{pointer}"), "{change}");
        assert!(errors[0]["code"] == code || code == "wrong_type", "{change}: {errors}");
    }
    assert_eq!(met.ben.all(CERTIFICATES).await.len(), 0);
}

#[actix_web::test]
async fn an_amendment_makes_a_certificate_outdated_and_its_undoing_good_again() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let issued = met.issues(&app).await;
    let code = issued["code"].as_str().unwrap();
    let amend = async |entry: Value| {
        met.circle.owner.amends(&met.meeting, json!([entry]), "A mistake.").await.expect(200);
    };
    amend(was_there(&met.seat, "late", 60, 20, 30)).await;
    assert_eq!(check(&app, code).await, not_valid());
    let read = met.ben.get(&path(&issued)).await.expect(200);
    assert_eq!((&read["status"], &read["minutes"]), (&json!("outdated"), &json!(70)), "it says what it said");
    let page = met.ben.request(Method::GET, &path(&issued)).header("Accept", "application/pdf").send().await;
    assert_eq!(page.json["detail"], "the certificate is outdated");
    page.refused(409, "invalid_transition");
    amend(was_there(&met.seat, "present", 90, 20, 30)).await;
    assert_eq!(check(&app, code).await, valid());
    // What was presented counts too, and so does what is closed later.
    amend(was_there(&met.seat, "present", 90, 20, 0)).await;
    assert_eq!(check(&app, code).await, not_valid());
    let fresh = met.issues(&app).await;
    let own = met.circle.membership_of(&met.circle.owner).await;
    app.held_meeting_of(&met.circle, json!([took_part(&own, "present"), took_part(&met.seat, "absent")])).await;
    assert_eq!(check(&app, fresh["code"].as_str().unwrap()).await, valid(), "Ben was not there");
    app.held_meeting_of(&met.circle, json!([took_part(&own, "present"), took_part(&met.seat, "present")])).await;
    assert_eq!(check(&app, fresh["code"].as_str().unwrap()).await, not_valid());
}

#[actix_web::test]
async fn a_certificate_that_was_taken_back_is_good_no_more() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let (kept, revoked) = (met.issues(&app).await, met.issues(&app).await);
    assert_ne!(kept["code"], revoked["code"]);
    let stale = met.ben.request(Method::DELETE, &path(&revoked)).header("If-Match", "\"7.x\"").send().await;
    stale.refused(412, "stale_version");
    met.ben.delete(&path(&revoked)).await.expect(204);
    met.ben.delete(&path(&revoked)).await.refused(404, "not_found");
    let read = met.ben.get(&path(&revoked)).await.expect(200);
    assert_eq!((&read["status"], &read["version"]), (&json!("revoked"), &json!(2)));
    assert!(read["revoked_at"].is_string(), "{read}");
    assert_eq!(check(&app, revoked["code"].as_str().unwrap()).await, not_valid());
    assert_eq!(check(&app, kept["code"].as_str().unwrap()).await, valid());
    let listed = met.ben.all(&format!("{CERTIFICATES}?limit=1")).await;
    assert_eq!(listed.len(), 2);
}

#[actix_web::test]
async fn a_certificate_is_its_owners_alone() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let issued = met.issues(&app).await;
    let (stranger, moderator, admin) =
        (app.therapist("stranger").await, app.moderator("moderator").await, app.admin("admin").await);
    for (who, person) in
        [("stranger", &stranger), ("owner", &met.circle.owner), ("moderator", &moderator), ("admin", &admin)]
    {
        for accept in ["application/json", "application/pdf"] {
            let read = person.request(Method::GET, &path(&issued)).header("Accept", accept).send().await;
            read.refused(404, "not_found");
        }
        person.delete(&path(&issued)).await.refused(404, "not_found");
        assert_eq!(person.all(CERTIFICATES).await.len(), 0, "{who}");
    }
    for method in [Method::GET, Method::DELETE] {
        app.anonymous().request(method, &path(&issued)).send().await.refused(401, "unauthenticated");
    }
    assert_eq!(check(&app, issued["code"].as_str().unwrap()).await, valid());
    // A copy of the database tells no code.
    let copy = TestDatabase::copied(app.database_url()).await;
    let code = issued["code"].as_str().unwrap();
    for word in [code.to_owned(), code.replace('-', "")] {
        assert!(!copy.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[actix_web::test]
async fn a_retry_issues_no_second_certificate() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let issue = async || {
        let request = met.ben.request(Method::POST, CERTIFICATES).header("Idempotency-Key", "one");
        request.json(&met.body(&app)).send().await
    };
    let first = issue().await.expect(201);
    let replayed = issue().await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert_eq!(replayed.expect(201), first);
    assert_eq!(met.ben.all(CERTIFICATES).await.len(), 1);
    let copy = TestDatabase::copied(app.database_url()).await;
    let code = first["code"].as_str().unwrap();
    assert!(!copy.windows(code.len()).any(|window| window == code.as_bytes()), "the kept answer is sealed");
}

#[actix_web::test]
async fn certificates_outlive_the_group_and_the_account() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let (good, revoked) = (met.issues(&app).await, met.issues(&app).await);
    met.ben.delete(&path(&revoked)).await.expect(204);
    met.circle.owner.post(&met.circle.path("dissolve"), json!({"confirm_name": "Harbor Circle"})).await.expect(200);
    let code = good["code"].as_str().unwrap();
    assert_eq!(check(&app, code).await, valid(), "the group is dissolved");
    assert_eq!(met.ben.get(&path(&good)).await.expect(200)["consultation_group_name"], "Harbor Circle");
    let later = met.issues(&app).await;
    assert_eq!(later["minutes"], 70, "and hours can still be certified");

    let export = met.ben.get("/v1/me/export").await.expect(200);
    let hours: Vec<_> =
        export["hours"].as_array().unwrap().iter().map(|entry| entry["minutes"].as_i64().unwrap()).collect();
    assert_eq!(hours, [70]);
    let attendance = &export["attendance"][0];
    assert_eq!((&attendance["status"], &attendance["recused_minutes"]), (&json!("present"), &json!(20)));
    let certificates = export["certificates"].as_array().unwrap();
    assert_eq!((certificates.len(), &certificates[0]["code"]), (3, &good["code"]));

    met.ben.delete("/v1/me").await.expect(204);
    assert_eq!(check(&app, code).await, valid(), "the account is gone");
    assert_eq!(check(&app, revoked["code"].as_str().unwrap()).await, not_valid());
    let url = app.database_url();
    assert_eq!(TestDatabase::count(url, "SELECT COUNT(*) FROM certificate").await, 2, "those that were good");
    let traces = "SELECT COUNT(*) FROM certificate WHERE account_id IS NOT NULL OR consultation_group_id IS NOT NULL \
        OR content IS NOT NULL OR from_on IS NOT NULL OR minutes IS NOT NULL";
    assert_eq!(TestDatabase::count(url, traces).await, 0);
    assert_eq!(TestDatabase::count(url, "SELECT COUNT(*) FROM hour_entry").await, 1, "the owner's alone");
}

#[actix_web::test]
async fn an_outdated_certificate_goes_with_the_account() {
    let app = TestApp::spawn().await;
    let met = met(&app).await;
    let issued = met.issues(&app).await;
    met.circle.owner.amends(&met.meeting, json!([took_part(&met.seat, "absent")]), "He was away.").await.expect(200);
    met.ben.delete("/v1/me").await.expect(204);
    assert_eq!(check(&app, issued["code"].as_str().unwrap()).await, not_valid(), "it does not become good by that");
}
