use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use support_network::entities::meeting_answer::Answer;

use super::{Ring, id, ring};
use crate::support::{TestApp, TestDatabase};

#[actix_web::test]
async fn who_has_not_led_for_longest_leads_and_each_next_meeting_follows_from_the_one_before() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), _] } = ring(&app, 90).await;
    let owner = &circle.owner;
    assert_eq!(ben.leaders(&meetings).await, ["owner", "ana", "ben"]);
    let first = ben.get(&meetings.path(0, "roles")).await;
    let etag = first.etag();
    let first = first.expect(200);
    assert_eq!((&first["basis"], &first["presenter_slots"]), (&json!("forecast"), &json!(2)));
    assert_eq!((&first["facilitator"]["source"], &first["version"]), (&json!("rotation"), &json!(1)));
    let unchanged = ben.request(Method::GET, &meetings.path(0, "roles")).header("if-none-match", &etag);
    unchanged.send().await.expect(304);
    let fourth = ben.get(&meetings.path(3, "roles")).await.expect(200);
    assert_eq!((&fourth["basis"], fourth.get("facilitator")), (&json!("agreed"), None), "too far ahead");

    // ana cannot come to the second; she leads the third.
    app.says(&of_ana, meetings.id(1), Answer::No).await;
    assert_eq!(ben.leaders(&meetings).await, ["owner", "ben", "ana"]);
    app.says(&of_ana, meetings.id(1), Answer::Tentative).await;
    assert_eq!(ben.leaders(&meetings).await, ["owner", "ana", "ben"]);
    // Who presents does not lead.
    owner.asks_to_present(&circle, false).await;
    assert_eq!(ben.turns(&meetings, 0).await, ("ana".into(), vec!["owner".into()]));
    assert_eq!(ben.turns(&meetings, 1).await, ("owner".into(), vec![]));
    // Called off, it is nobody's turn, and the next has the roles.
    app.calls_off_one(meetings.id(0)).await;
    let first = ben.get(&meetings.path(0, "roles")).await.expect(200);
    assert_eq!((&first["basis"], &first["presenters"]), (&json!("called_off"), &json!([])));
    assert_eq!(ben.turns(&meetings, 1).await, ("ana".into(), vec!["owner".into()]));
    // A leave takes somebody out until they are back.
    let until = (app.clock.today() + TimeDelta::days(15)).to_string();
    ana.decides(&of_ana, "start-leave", json!({"until": until})).await.expect(200);
    assert_eq!(ben.turns(&meetings, 1).await.0, "ben");
    assert_eq!(ben.turns(&meetings, 2).await.0, "owner");
    assert_eq!(ben.turns(&meetings, 3).await.0, "ana");
}

#[actix_web::test]
async fn what_was_held_counts_and_what_nobody_recorded_does_not() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 90).await;
    there.circle.owner.asks_to_present(&there.circle, false).await;
    app.later(TimeDelta::days(3));
    let there = there.again(&app).await;
    app.holds(there.meetings.id(0)).await;
    let Ring { circle, meetings, members: [_, (ben, _), _] } = &there;
    let first = ben.get(&meetings.path(0, "roles")).await.expect(200);
    assert_eq!((&first["basis"], &first["facilitator"]["display_name"]), (&json!("fact"), &json!("ana")));
    assert_eq!(first["presenters"][0]["display_name"], "owner");
    assert_eq!(ben.turns(meetings, 1).await, ("owner".into(), vec![]));
    circle.owner.asks_to_present(circle, false).await;
    assert_eq!(ben.turns(meetings, 1).await, ("ben".into(), vec!["owner".into()]), "ana has led");
    // The second takes place too, but nobody records it: its presenter waits again, its leader is next again.
    app.later(TimeDelta::days(7));
    let there = there.again(&app).await;
    let Ring { circle, meetings, members: [(ana, _), (ben, _), _] } = &there;
    ana.asks_to_present(circle, false).await;
    let second = ben.get(&meetings.path(1, "roles")).await.expect(200);
    assert_eq!((&second["basis"], &second["facilitator"]["display_name"]), (&json!("fact"), &json!("ben")));
    assert_eq!(ben.turns(meetings, 2).await, ("owner".into(), vec!["ana".into()]));
    app.later(TimeDelta::days(8));
    let there = there.again(&app).await;
    let Ring { meetings, members: [(ana, _), ..], .. } = &there;
    let second = ana.get(&meetings.path(1, "roles")).await.expect(200);
    assert_eq!((&second["basis"], second.get("facilitator")), (&json!("called_off"), None));
    assert_eq!(ana.turns(meetings, 2).await, ("ben".into(), vec!["ana".into(), "owner".into()]));
}

#[actix_web::test]
async fn the_first_write_after_a_meeting_has_begun_makes_its_roles_facts() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 90).await;
    let rows = async || TestDatabase::count(app.database_url(), "SELECT COUNT(*) FROM meeting_role").await;
    app.later(TimeDelta::days(2) + TimeDelta::minutes(1));
    let there = there.again(&app).await;
    let Ring { circle, meetings, members: [(ana, _), (ben, _), _] } = &there;
    assert_eq!((ben.turns(meetings, 0).await.0.as_str(), rows().await), ("owner", 0));
    ben.asks_to_present(circle, false).await;
    assert_eq!(rows().await, 1);
    // Whoever says no now, said it too late; and ben presents at the next.
    app.says(&circle.membership_of(&circle.owner).await, meetings.id(0), Answer::No).await;
    assert_eq!(ana.turns(meetings, 0).await, ("owner".into(), vec![]));
    assert_eq!(ana.turns(meetings, 1).await, ("ana".into(), vec!["ben".into()]));
    // Somebody has to step in while it runs.
    let body = json!({"membership_id": id(&there.members[2].1)});
    let roles = circle.owner.put(&meetings.path(0, "roles/facilitator"), body).await.expect(200);
    assert_eq!((&roles["basis"], &roles["facilitator"]["display_name"]), (&json!("fact"), &json!("chi")));
    let back = circle.owner.delete(&meetings.path(0, "roles/facilitator")).await;
    back.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn those_who_lead_the_group_appoint_and_take_it_back() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, of_ben), (_, of_chi)] } = ring(&app, 90).await;
    let owner = &circle.owner;
    let path = meetings.path(0, "roles/facilitator");
    let appoint = |seat: &Value| json!({"membership_id": id(seat)});
    ben.put(&path, appoint(&of_ben)).await.refused(403, "forbidden");
    owner.delete(&path).await.refused(404, "not_found");
    let roles = owner.put(&path, appoint(&of_ben)).await;
    let etag = roles.etag();
    let roles = roles.expect(200);
    assert_eq!(
        (&roles["facilitator"]["display_name"], &roles["facilitator"]["source"]),
        (&json!("ben"), &json!("appointed"))
    );
    assert_eq!(ana.leaders(&meetings).await, ["ben", "owner", "ana"]);
    let trail = owner.all(&format!("/v1/audit-events?consultation_group_id={}", circle.id)).await;
    let event = trail.iter().find(|event| event["action"] == "meeting_role.appoint").unwrap();
    assert_eq!((&event["account_id"], &event["actor_id"]), (&json!(ben.id), &json!(owner.id)));
    // Another one, on what was read before.
    owner.put(&path, appoint(&of_chi)).await.expect(200);
    let stale = owner.request(Method::PUT, &path).header("if-match", &etag).json(&appoint(&of_ben)).send().await;
    stale.refused(412, "stale_version");
    app.says(&of_chi, meetings.id(0), Answer::No).await;
    assert_eq!(ana.turns(&meetings, 0).await.0, "owner", "chi cannot come after all");
    owner.put(&path, appoint(&of_chi)).await.invalid_at("#/membership_id", "not_available");
    let stranger = json!({"membership_id": uuid::Uuid::now_v7()});
    owner.put(&path, stranger).await.invalid_at("#/membership_id", "not_a_member");
    ana.asks_to_present(&circle, false).await;
    owner.put(&path, appoint(&of_ana)).await.invalid_at("#/membership_id", "presents");
    owner.put(&path, json!({})).await.invalid_at("#/membership_id", "missing_member");
    ben.delete(&path).await.refused(403, "forbidden");
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.refused(404, "not_found");
    // Far ahead one can be appointed as well.
    let far = owner.put(&meetings.path(9, "roles/facilitator"), appoint(&of_ben)).await.expect(200);
    assert_eq!((&far["basis"], &far["facilitator"]["display_name"]), (&json!("agreed"), &json!("ben")));
    app.calls_off_one(meetings.id(0)).await;
    owner.put(&path, appoint(&of_ben)).await.refused(409, "invalid_transition");
    circle.owner.post(&circle.path("archive"), json!({})).await.expect(200);
    owner.put(&meetings.path(1, "roles/facilitator"), appoint(&of_ben)).await.refused(409, "invalid_transition");
}

#[actix_web::test]
async fn where_nobody_would_lead_any_member_may_put_themselves_forward() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), (chi, of_chi)] } = ring(&app, 90).await;
    let of_owner = circle.membership_of(&circle.owner).await;
    let path = meetings.path(0, "roles/facilitator");
    for person in [&ana, &ben] {
        person.asks_to_present(&circle, false).await;
    }
    for seat in [&of_owner, &of_chi] {
        app.says(seat, meetings.id(0), Answer::No).await;
    }
    assert_eq!(chi.turns(&meetings, 0).await, (String::new(), vec!["ana".into(), "ben".into()]));
    let body = |seat: &Value| json!({"membership_id": id(seat)});
    chi.put(&path, body(&of_chi)).await.invalid_at("#/membership_id", "not_available");
    ben.put(&path, body(&of_ana)).await.refused(403, "forbidden");
    app.says(&of_chi, meetings.id(0), Answer::Yes).await;
    assert_eq!(chi.turns(&meetings, 0).await.0, "chi");
    chi.put(&path, body(&of_chi)).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn roles_cost_the_same_whatever_the_size_of_the_group() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), _] } = ring(&app, 90).await;
    let read = async || {
        let before = app.statements().await;
        ben.get(&meetings.path(0, "roles")).await.expect(200);
        ben.get(&circle.path("presenter-queue")).await.expect(200);
        ben.get(&circle.path("fairness")).await.expect(200);
        app.statements().await - before
    };
    read().await;
    let few = read().await;
    for name in ["dee", "eli", "fay", "gus"] {
        let person = app.therapist(name).await;
        let seat = circle.seats(&person).await;
        app.says(&seat, meetings.id(1), Answer::No).await;
        person.asks_to_present(&circle, false).await;
    }
    ana.asks_to_present(&circle, true).await;
    app.says(&of_ana, meetings.id(0), Answer::Yes).await;
    app.holds(meetings.id(0)).await;
    read().await;
    assert_eq!(read().await, few);
}

#[actix_web::test]
async fn whose_turn_it_is_starts_the_meeting_and_its_roles_stay() {
    let app = TestApp::spawn().await;
    let there = ring(&app, 90).await;
    let of_owner = there.circle.membership_of(&there.circle.owner).await;
    app.says(&of_owner, there.meetings.id(0), Answer::No).await;
    app.later(TimeDelta::days(2) - TimeDelta::minutes(30));
    let there = there.again(&app).await;
    let Ring { meetings, members: [(ana, of_ana), (ben, _), _], .. } = &there;
    let path = meetings.path(0, "start");
    ben.post(&path, json!({})).await.refused(403, "forbidden");
    assert_eq!(ana.post(&path, json!({})).await.expect(200)["status"], "in_progress");
    app.says(of_ana, meetings.id(0), Answer::No).await;
    let roles = ben.get(&meetings.path(0, "roles")).await.expect(200);
    assert_eq!((&roles["basis"], &roles["facilitator"]["display_name"]), (&json!("fact"), &json!("ana")));
    assert_eq!(ben.turns(meetings, 1).await.0, "owner");
}
