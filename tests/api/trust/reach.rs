//! Every role against the blocks and reports of somebody else: there is nothing to find, to change, or to infer.

use reqwest::Method;
use serde_json::{Value, json};

use super::at;
use crate::support::{Person, TestApp};

/// Somebody in each role: in a group of theirs, or on the platform.
async fn everybody(app: &TestApp) -> (crate::support::Circle, Vec<Person>) {
    let owner = app.therapist("owner").await;
    let circle = app.circle_of(&owner, "Harbor Circle").await;
    let facilitator = app.therapist("facilitator").await;
    let seat = circle.seats(&facilitator).await;
    circle.owner.edits(&seat, json!({"role": "facilitator"})).await.expect(200);
    let (fellow, stranger) = (app.therapist("fellow").await, app.therapist("stranger").await);
    circle.seats(&fellow).await;
    let applicant = app.therapist("applicant").await;
    applicant.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    let restricted = app.therapist("restricted").await;
    let seat = circle.seats(&restricted).await;
    let until = app.clock.today() + chrono::TimeDelta::days(7);
    owner.decides(&seat, "suspend", json!({"until": until, "reason": "x"})).await.expect(200);
    let (moderator, admin) = (app.moderator("moderator").await, app.admin("admin").await);
    let people = vec![owner, facilitator, fellow, restricted, applicant, stranger, moderator, admin];
    (circle, people)
}

#[actix_web::test]
async fn a_block_is_its_owners_alone() {
    let app = TestApp::spawn().await;
    let (circle, people) = everybody(&app).await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    circle.seats(&ana).await;
    let before: Vec<Value> = traces(&people, &ben).await;
    ana.blocks(&ben).await.expect(201);
    for person in people.iter().chain([&ben]) {
        for id in [&ana.id, &ben.id] {
            let path = format!("/v1/me/blocks/{id}");
            person.get(&path).await.refused(404, "not_found");
            person.request(Method::HEAD, &path).send().await.expect(404);
            person.delete(&path).await.refused(404, "not_found");
        }
        let list = person.get("/v1/me/blocks?include_total=true").await.expect(200);
        assert_eq!((list["total"].as_i64(), &list["items"]), (Some(0), &json!([])), "{}", person.email);
        person.get(&format!("/v1/me/blocks?account_id={}", ana.id)).await.refused(422, "validation_failed");
        let foreign = format!("/v1/accounts/{}/blocks", ana.id);
        person.get(&foreign).await.refused(404, "not_found");
    }
    assert_eq!(traces(&people, &ben).await, before, "nothing that anybody reads tells of a block");
    assert_eq!(ana.all("/v1/me/blocks").await.len(), 1);

    // A page of somebody else's list starts nothing in one's own.
    ana.blocks(&people[0]).await.expect(201);
    let cursor = ana.get("/v1/me/blocks?limit=1").await.expect(200)["next_cursor"].as_str().unwrap().to_owned();
    let stolen = ben.get(&format!("/v1/me/blocks?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(stolen["items"], json!([]));
    app.anonymous().get(&format!("/v1/me/blocks/{}", ben.id)).await.refused(401, "unauthenticated");
    app.anonymous().delete(&format!("/v1/me/blocks/{}", ben.id)).await.refused(401, "unauthenticated");
}

/// What people read where a block could show: the trail, and their exports without the time.
async fn traces(people: &[Person], blocked: &Person) -> Vec<Value> {
    let mut traces = Vec::new();
    for person in people.iter().chain([blocked]) {
        let mut export = person.get("/v1/me/export").await.expect(200);
        export["exported_at"] = Value::Null;
        traces.push(export);
        traces.push(json!(person.all("/v1/audit-events?limit=100").await));
    }
    traces
}

#[actix_web::test]
async fn a_report_is_for_its_writer_and_for_moderators_whom_it_does_not_touch() {
    let app = TestApp::spawn().await;
    let (circle, people) = everybody(&app).await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    circle.seats(&ana).await;
    let insider = app.moderator("insider").await;
    circle.seats(&insider).await;
    let on_group = ana.reports("consultation_group", &circle.id, "confidentiality_breach").await.expect(201);
    let on_ben = ana.reports("account", &ben.id, "spam").await.expect(201);
    let moderates = |person: &Person| person.email.starts_with("moderator") || person.email.starts_with("admin");

    let outsiders = people.iter().filter(|person| !moderates(person)).chain([&ben]);
    for (person, report) in outsiders.flat_map(|person| [(person, &on_group), (person, &on_ben)]) {
        reaches_nothing(person, report).await;
        let list = person.get("/v1/reports?include_total=true").await.expect(200);
        assert_eq!((list["total"].as_i64(), &list["items"]), (Some(0), &json!([])), "{}", person.email);
        for query in [
            format!("subject_id={}", circle.id),
            format!("reporter_id={}", ana.id),
            "mine=false".into(),
            "status=open".into(),
        ] {
            assert!(person.all(&format!("/v1/reports?{query}")).await.is_empty(), "{} {query}", person.email);
        }
        let events = person.all("/v1/audit-events?subject_type=report").await;
        assert!(events.is_empty(), "{}: {events:?}", person.email);
        assert!(
            person
                .all(&format!("/v1/audit-events?consultation_group_id={}", circle.id))
                .await
                .iter()
                .all(|event| { event["subject_type"] != "report" })
        );
    }
    // A moderator who sits in the group is its subject, and moderates as ever where that touches nobody.
    reaches_nothing(&insider, &on_group).await;
    insider.get(&at(&on_ben)).await.expect(200);
    assert_eq!(insider.all("/v1/reports").await.len(), 1);
    let seen = insider.all("/v1/audit-events?subject_type=report").await;
    assert!(seen.iter().all(|event| event["subject_id"] != on_group["id"]), "{seen:?}");
    for person in people.iter().filter(|person| moderates(person)) {
        person.get(&at(&on_group)).await.expect(200);
        person.delete(&at(&on_group)).await.refused(403, "forbidden");
    }
    for report in [&on_group, &on_ben] {
        app.anonymous().get(&at(report)).await.refused(401, "unauthenticated");
        app.anonymous().delete(&at(report)).await.refused(401, "unauthenticated");
        assert_eq!(ana.get(&at(report)).await.expect(200), *report, "nobody has changed it");
    }
    // Whoever stops moderating stops seeing.
    let moderator = people.iter().find(|person| person.email.starts_with("moderator")).unwrap();
    let admin = people.iter().find(|person| person.email.starts_with("admin")).unwrap();
    let role = json!({"platform_role": "member"});
    admin.put(&format!("/v1/accounts/{}/platform-role", moderator.id), role).await.expect(200);
    reaches_nothing(moderator, &on_group).await;
}

async fn reaches_nothing(person: &Person, report: &Value) {
    let path = at(report);
    person.get(&path).await.refused(404, "not_found");
    person.delete(&path).await.refused(404, "not_found");
    person.post(&format!("{path}/review"), json!({})).await.refused(404, "not_found");
    for decision in ["resolve", "dismiss"] {
        person.post(&format!("{path}/{decision}"), json!({"note": "x"})).await.refused(404, "not_found");
    }
}
