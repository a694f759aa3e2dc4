//! What is about to happen, and the mails that say so: one for each meeting, to each who is expected there.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use support_network::{
    entities::{mail_outbox, meeting_answer::Answer, reminder_sent, reminder_settings},
    recurrence::zone::{local_of, zone_of},
    reminders::store::{forget_old, send_due},
};

use crate::support::{Circle, Person, TestApp, TestDatabase};

const REMINDERS: &str = "/v1/me/reminders";
const SETTINGS: &str = "/v1/me/reminder-settings";
/// Its clocks are never changed.
const ZONE: &str = "Asia/Kathmandu";

/// How many mails have reminded somebody, once all that waited were sent.
async fn mails_to(apps: &[&TestApp], person: &Person) -> usize {
    for _ in 0..400 {
        if mail_outbox::Entity::find().count(apps[0].state.db.read()).await.unwrap() == 0 {
            let caught = apps.iter().flat_map(|app| app.mail.all());
            return caught.filter(|mail| mail.to == person.email && mail.text.contains("group meets on")).count();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("mails wait");
}

async fn run(app: &TestApp) {
    send_due(&app.state).await.unwrap();
}

fn in_days(app: &TestApp, days: i64) -> String {
    (app.clock.today() + TimeDelta::days(days)).to_string()
}

async fn wishes(person: &Person, mail: bool, lead_minutes: i64) {
    person.put(SETTINGS, json!({"mail": mail, "lead_minutes": lead_minutes})).await.expect(200);
}

async fn listed(person: &Person, query: &str) -> Vec<Value> {
    person.all(&format!("{REMINDERS}?{query}")).await
}

#[actix_web::test]
async fn settings_are_those_of_everybody_until_they_are_set() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let answer = ana.get(SETTINGS).await;
    let usual = answer.etag();
    assert_eq!(answer.expect(200), json!({"mail": true, "lead_minutes": 1440, "version": 0}));
    assert!(ana.get("/v1/me/export").await.expect(200).get("reminder_settings").is_none());
    let body = json!({"mail": false, "lead_minutes": 15});
    let set = ana.request(Method::PUT, SETTINGS).header("if-match", &usual).json(&body).send().await.expect(200);
    assert_eq!(set, json!({"mail": false, "lead_minutes": 15, "version": 1}));
    let stale = ana.request(Method::PUT, SETTINGS).header("if-match", &usual).json(&body).send().await;
    stale.refused(412, "stale_version");
    for lead in [14, 10_081, -1] {
        let answer = ana.put(SETTINGS, json!({"mail": true, "lead_minutes": lead})).await;
        answer.invalid_at("#/lead_minutes", "out_of_range");
    }
    ana.put(SETTINGS, json!({"lead_minutes": 60})).await.invalid_at("#/mail", "missing_member");
    wishes(&ana, true, 10_080).await;
    assert_eq!(ana.get("/v1/me/export").await.expect(200)["reminder_settings"]["version"], 2);
    for query in ["within=14", "within=10081", "within=soon"] {
        assert_eq!(ana.get(&format!("{REMINDERS}?{query}")).await.status, 422, "{query}");
    }
    app.anonymous().get(SETTINGS).await.refused(401, "unauthenticated");
    app.anonymous().get(REMINDERS).await.refused(401, "unauthenticated");
    ana.delete("/v1/me").await.expect(204);
    assert_eq!(reminder_settings::Entity::find().count(app.state.db.read()).await.unwrap(), 0);
}

#[actix_web::test]
async fn what_begins_soon_is_listed_with_what_to_do() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, seat), (chi, _)] = circle.seats_all(&app, ["ben", "chi"]).await;
    ben.patch("/v1/me", json!({"time_zone": "America/Phoenix"})).await.expect(200);
    let near = app.meets(&circle, ZONE, TimeDelta::hours(20), None).await;
    let far = app.meets(&circle, ZONE, TimeDelta::hours(50), Some("FREQ=WEEKLY")).await;
    let found = listed(&ben, "").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let local = local_of(near.starts_at(), zone_of("America/Phoenix")).format("%Y-%m-%dT%H:%M").to_string();
    let expected = json!({
        "kind": "meeting", "subject_id": near.first, "consultation_group_id": circle.id,
        "consultation_group_name": "Harbor Circle", "title": "planted title",
        "starts_at": near.starts_at().format("%Y-%m-%dT%H:%M:%SZ").to_string(), "starts_local": local,
        "time_zone": "America/Phoenix", "step": "answer"
    });
    assert_eq!(found[0], expected);
    let soon = listed(&ben, "within=10080&limit=1").await;
    let ids: Vec<_> = soon.iter().map(|one| one["subject_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [near.first.to_string(), far.first.to_string()], "page by page");
    assert_eq!(ben.get(&format!("{REMINDERS}?include_total=true&within=10080")).await.expect(200)["total"], 2);
    assert!(listed(&ben, "within=60").await.is_empty());
    wishes(&ben, true, 60).await;
    assert!(listed(&ben, "").await.is_empty(), "within the time that is set");

    app.answers(&far, &ben, &seat, Answer::Yes).await;
    app.answers(&near, &ben, &seat, Answer::Tentative).await;
    let soon = listed(&ben, "within=10080").await;
    let steps: Vec<_> = soon.iter().map(|one| (one["answer"].as_str(), one["step"].as_str())).collect();
    assert_eq!(steps, [(Some("tentative"), Some("decide")), (Some("yes"), Some("attend"))]);
    // Of another time, the answer says nothing.
    app.moves(&far, TimeDelta::hours(1)).await;
    assert_eq!(listed(&ben, "within=10080").await[1]["step"], "answer");
    app.calls_off(&near).await;
    assert_eq!(listed(&ben, "within=10080").await.len(), 1);
    ben.decides(&seat, "start-leave", json!({"until": in_days(&app, 5)})).await.expect(200);
    assert!(listed(&ben, "within=10080").await.is_empty());
    assert_eq!(listed(&chi, "within=10080").await.len(), 1);
    let stranger = app.therapist("stranger").await;
    assert!(listed(&stranger, "within=10080").await.is_empty());
}

#[actix_web::test]
async fn one_mail_comes_however_many_instances_and_runs_there_are() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    ben.patch("/v1/me", json!({"time_zone": "America/Phoenix"})).await.expect(200);
    let series = app.meets(&circle, ZONE, TimeDelta::days(3), Some("FREQ=WEEKLY")).await;
    let other = app.another_instance().await;
    let both = [&app, &other];
    let later = |by: TimeDelta| both.iter().for_each(|one| one.later(by));
    later(TimeDelta::days(2) - TimeDelta::minutes(10));
    join_all(both.map(run)).await;
    assert_eq!(mails_to(&both, &ben).await, 0, "it is early");
    later(TimeDelta::minutes(11));
    join_all((0..10).map(|number| run(both[number % 2]))).await;
    for person in [&ben, &circle.owner] {
        assert_eq!(mails_to(&both, person).await, 1);
    }
    let caught: Vec<_> = both.iter().flat_map(|app| app.mail.all()).filter(|mail| mail.to == ben.email).collect();
    let mail = caught.iter().find(|mail| mail.text.contains("meets on")).unwrap();
    assert!(mail.text.contains("Subject: Consultation group"), "{}", mail.text);
    let local = local_of(series.starts_at(), zone_of("America/Phoenix")).format("%H:%M (America/Phoenix)").to_string();
    assert!(mail.text.contains(&local), "{local} is not in {}", mail.text);
    for secret in ["Harbor", "planted", "ana", "http"] {
        assert!(!mail.text.contains(secret), "{secret} is in {}", mail.text);
    }
    // A restart changes nothing, and the next meeting has a mail of its own.
    other.stop().await;
    let third = app.another_instance().await;
    third.later(TimeDelta::days(2) + TimeDelta::minutes(1));
    run(&third).await;
    let all = [&app, &other, &third];
    assert_eq!(mails_to(&all, &ben).await, 1);
    app.later(TimeDelta::days(7));
    run(&app).await;
    assert_eq!(mails_to(&all, &ben).await, 2);
    forget_old(&app.state).await.unwrap();
    run(&app).await;
    assert_eq!(mails_to(&all, &ben).await, 2);
    let kept = reminder_sent::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(kept, 4);
    app.later(TimeDelta::days(394));
    forget_old(&app.state).await.unwrap();
    let kept = reminder_sent::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(kept, 2, "what is over for more than 400 days is forgotten");
}

#[actix_web::test]
async fn a_clock_that_is_far_ahead_for_a_while_brings_no_mail_twice() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, _)] = circle.seats_all(&app, ["ben"]).await;
    app.meets(&circle, ZONE, TimeDelta::hours(20), None).await;
    run(&app).await;
    assert_eq!(mails_to(&[&app], &ben).await, 1);
    // All of it while it is ahead, or on an instance of which it is.
    let other = app.another_instance().await;
    for by in [TimeDelta::days(9), TimeDelta::days(365)] {
        for instance in [&app, &other] {
            instance.later(by);
            run(instance).await;
            forget_old(&instance.state).await.unwrap();
            run(&app).await;
            instance.later(-by);
            run(&app).await;
        }
    }
    assert_eq!(mails_to(&[&app, &other], &ben).await, 1);
}

#[actix_web::test]
async fn a_mail_and_the_note_of_it_are_there_together_or_not_at_all() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let owner = &circle.owner;
    assert_eq!(mails_to(&[&app], owner).await, 0);
    app.meets(&circle, ZONE, TimeDelta::hours(20), None).await;
    TestDatabase::execute(app.database_url(), "ALTER TABLE mail_outbox RENAME TO mail_outbox_away").await;
    assert!(send_due(&app.state).await.is_err());
    TestDatabase::execute(app.database_url(), "ALTER TABLE mail_outbox_away RENAME TO mail_outbox").await;
    assert_eq!(reminder_sent::Entity::find().count(app.state.db.read()).await.unwrap(), 0);
    run(&app).await;
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1);
}

#[actix_web::test]
async fn only_those_who_are_expected_get_a_mail() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let names = ["comes", "declines", "rests", "barred", "deaf", "banned", "unsure"];
    let people = circle.seats_all(&app, names).await;
    let series = app.meets(&circle, ZONE, TimeDelta::hours(30), None).await;
    let [(comes, of_comes), (declines, of_declines), (rests, of_rests), (_, of_barred), (deaf, _), (banned, _), _] =
        &people;
    app.answers(&series, comes, of_comes, Answer::Yes).await;
    app.answers(&series, declines, of_declines, Answer::No).await;
    rests.decides(of_rests, "start-leave", json!({"until": in_days(&app, 5)})).await.expect(200);
    let bar = json!({"until": in_days(&app, 5), "reason": "Conduct."});
    circle.owner.decides(of_barred, "suspend", bar).await.expect(200);
    wishes(deaf, false, 1440).await;
    let moderator = app.moderator("mod").await;
    let ban = format!("/v1/accounts/{}/suspend", banned.id);
    moderator.post(&ban, json!({})).await.expect(200);
    let asks = app.therapist("asks").await;
    circle.admits(&asks).await;
    app.later(TimeDelta::hours(8));
    run(&app).await;
    for (person, _) in &people {
        let expected = usize::from(["comes@example.org", "unsure@example.org"].contains(&person.email.as_str()));
        assert_eq!(mails_to(&[&app], person).await, expected, "{}", person.email);
    }
    for (person, expected) in [(&circle.owner, 1), (&asks, 0), (&moderator, 0)] {
        assert_eq!(mails_to(&[&app], person).await, expected, "{}", person.email);
    }
}

#[actix_web::test]
async fn who_has_not_signed_in_time_is_not_reminded() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, _), (chi, seat)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let clauses = json!([{"key": "new", "title": "New", "body": "Something new."}]);
    circle.publishes(json!({"clauses": clauses, "material": true})).await;
    chi.signs(&seat).await.expect(200);
    app.later(TimeDelta::days(15));
    app.meets(&circle, ZONE, TimeDelta::hours(20), None).await;
    run(&app).await;
    assert_eq!(mails_to(&[&app], &chi).await, 1);
    assert_eq!(mails_to(&[&app], &ben).await, 0);
    assert!(listed(&app.again(&ben).await, "").await.is_empty());
    assert_eq!(listed(&app.again(&chi).await, "").await.len(), 1);
}

#[actix_web::test]
async fn a_meeting_that_was_moved_reminds_again_and_one_that_was_called_off_does_not() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let owner = &circle.owner;
    let series = app.meets(&circle, ZONE, TimeDelta::hours(30), None).await;
    let off = app.meets(&circle, ZONE, TimeDelta::hours(31), None).await;
    app.calls_off(&off).await;
    app.later(TimeDelta::hours(8));
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1);
    app.moves(&series, TimeDelta::days(3)).await;
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1, "its new time is far");
    app.later(TimeDelta::hours(24));
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1, "its old time is over");
    app.later(TimeDelta::hours(47));
    run(&app).await;
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 2);
}

#[actix_web::test]
async fn what_was_missed_is_made_good_until_the_meeting_begins() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let owner = &circle.owner;
    app.meets(&circle, ZONE, TimeDelta::hours(30), None).await;
    app.meets(&circle, ZONE, TimeDelta::hours(40), None).await;
    // Down for 35 hours: the first has begun, the second has not.
    app.later(TimeDelta::hours(35));
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1);
    app.later(TimeDelta::hours(10));
    run(&app).await;
    assert_eq!(mails_to(&[&app], owner).await, 1);
}

/// An active circle of two.
async fn active(app: &TestApp) -> Circle {
    let circle = app.circle_with(json!({"min_size": 2, "quorum": 2})).await;
    circle.seats_all(app, ["ben"]).await;
    circle.owner.post(&circle.path("activate"), json!({})).await.expect(200);
    circle
}

#[actix_web::test]
async fn a_group_that_rests_reminds_nobody() {
    let app = TestApp::spawn().await;
    let resting = active(&app).await;
    resting.owner.post(&resting.path("pause"), json!({"until": in_days(&app, 10)})).await.expect(200);
    let ended = app.circle_of(&app.therapist("fay").await, "Second Circle").await;
    ended.owner.post(&ended.path("archive"), json!({})).await.expect(200);
    for circle in [&resting, &ended] {
        app.meets(circle, ZONE, TimeDelta::hours(20), None).await;
    }
    run(&app).await;
    for circle in [&resting, &ended] {
        assert_eq!(mails_to(&[&app], &circle.owner).await, 0);
        assert!(listed(&circle.owner, "").await.is_empty());
    }
    resting.owner.post(&resting.path("resume"), json!({})).await.expect(200);
    assert_eq!(listed(&resting.owner, "").await.len(), 1);
    run(&app).await;
    assert_eq!(mails_to(&[&app], &resting.owner).await, 1);
}

#[actix_web::test]
async fn everybody_has_their_own_lead_and_erasure_forgets() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(early, _), (late, _)] = circle.seats_all(&app, ["early", "late"]).await;
    wishes(&early, true, 10_080).await;
    wishes(&late, true, 60).await;
    app.meets(&circle, ZONE, TimeDelta::days(6), None).await;
    run(&app).await;
    for (person, expected) in [(&early, 1), (&late, 0), (&circle.owner, 0)] {
        assert_eq!(mails_to(&[&app], person).await, expected, "{}", person.email);
    }
    // Who is reminded later than before is not reminded again.
    wishes(&early, true, 600).await;
    app.later(TimeDelta::days(5) + TimeDelta::hours(22));
    run(&app).await;
    for (person, expected) in [(&early, 1), (&late, 0), (&circle.owner, 1)] {
        assert_eq!(mails_to(&[&app], person).await, expected, "{}", person.email);
    }
    app.again(&early).await.delete("/v1/me").await.expect(204);
    assert_eq!(reminder_sent::Entity::find().count(app.state.db.read()).await.unwrap(), 1);
    app.later(TimeDelta::minutes(61));
    run(&app).await;
    assert_eq!(mails_to(&[&app], &late).await, 1);
}

#[actix_web::test]
async fn the_number_of_queries_does_not_grow_with_the_meetings() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let cost = async || {
        let before = app.statements().await;
        circle.owner.get(&format!("{REMINDERS}?limit=100")).await.expect(200);
        app.statements().await - before
    };
    app.meets(&circle, ZONE, TimeDelta::hours(20), None).await;
    cost().await;
    let few = cost().await;
    for _ in 0..20 {
        app.meets(&circle, ZONE, TimeDelta::hours(20), Some("FREQ=WEEKLY")).await;
    }
    assert_eq!((cost().await, listed(&circle.owner, "").await.len()), (few, 21));
}
