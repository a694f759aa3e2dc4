//! A report lets moderators see a group, as long as it is not decided.

use serde_json::json;

use super::at;
use crate::support::TestApp;

#[actix_web::test]
async fn moderators_see_a_hidden_group_while_a_report_on_it_is_undecided() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let circle = app.circle_of(&ana, "Harbor Circle").await;
    let seat = circle.seats(&ben).await;
    circle.hides().await;
    let (card, roster) = (circle.address(), circle.path("memberships"));
    let trail = format!("/v1/audit-events?consultation_group_id={}", circle.id);
    let is_listed = async || {
        let groups = moderator.all("/v1/consultation-groups").await;
        groups.iter().any(|group| group["id"] == circle.id.as_str())
    };
    let sees_nothing = async |when: &str| {
        moderator.get(&card).await.refused(404, "not_found");
        moderator.get(&roster).await.refused(404, "not_found");
        moderator.reads(&seat).await.refused(404, "not_found");
        assert!(!is_listed().await, "{when}");
        assert!(moderator.all(&trail).await.is_empty(), "{when}");
        let verify = format!("/v1/audit-events/verify?consultation_group_id={}", circle.id);
        moderator.get(&verify).await.refused(404, "not_found");
        let removal = json!({"reason": "conduct"});
        moderator.decides(&seat, "remove", removal).await.refused(404, "not_found");
    };
    sees_nothing("before").await;
    let report = ben.reports("consultation_group", &circle.id, "confidentiality_breach").await.expect(201);
    for step in ["open", "in_review"] {
        moderator.get(&card).await.expect(200);
        assert!(is_listed().await, "{step}");
        let seats = moderator.all(&roster).await;
        assert_eq!(seats.len(), 2, "{step}");
        for member in ["request_note", "decision_note", "decided_by", "answers"] {
            assert!(seats.iter().all(|seat| seat.get(member).is_none()), "{member} of {seats:?}");
        }
        assert!(!moderator.all(&trail).await.is_empty());
        moderator.patch(&card, json!({"name": "Ours"})).await.refused(403, "forbidden");
        moderator.post(&circle.path("dissolve"), json!({"confirm_name": circle.name})).await.refused(403, "forbidden");
        if step == "open" {
            moderator.post(&format!("{}/review", at(&report)), json!({})).await.expect(200);
        }
    }
    moderator.post(&format!("{}/resolve", at(&report)), json!({"note": "Settled."})).await.expect(200);
    sees_nothing("after").await;
}

#[actix_web::test]
async fn a_report_that_is_withdrawn_closes_the_door_again() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let circle = app.circle_of(&ana, "Harbor Circle").await;
    circle.seats(&ben).await;
    circle.hides().await;
    let report = ben.reports("consultation_group", &circle.id, "other").await.expect(201);
    moderator.get(&circle.address()).await.expect(200);
    ben.delete(&at(&report)).await.expect(204);
    moderator.get(&circle.address()).await.refused(404, "not_found");
}

#[actix_web::test]
async fn no_moderator_lets_themselves_in() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let circle = app.circle_of(&ana, "Harbor Circle").await;
    let seat = circle.seats(&ben).await;
    let roster = circle.path("memberships");
    moderator.reports("consultation_group", &circle.id, "other").await.expect(201);
    moderator.get(&roster).await.refused(403, "forbidden");
    moderator.decides(&seat, "remove", json!({"reason": "conduct"})).await.refused(404, "not_found");
    circle.hides().await;
    moderator.get(&circle.address()).await.refused(404, "not_found");
    // To others it is before the moderators.
    let colleague = app.moderator("colleague").await;
    colleague.get(&roster).await.expect(200);
}

#[actix_web::test]
async fn a_moderator_removes_a_member_and_dissolves_what_nobody_owns() {
    let app = TestApp::spawn().await;
    let (ana, ben, moderator) = (app.therapist("ana").await, app.therapist("ben").await, app.moderator("mod").await);
    let circle = app.circle_of(&ana, "Harbor Circle").await;
    let seat = circle.seats(&ben).await;
    circle.hides().await;
    ana.reports("consultation_group", &circle.id, "impairment_concern").await.expect(201);
    moderator.decides(&seat, "remove", json!({"reason": "conduct"})).await.expect(200);
    ben.get(&circle.address()).await.refused(404, "not_found");
    let seats = ana.all(&circle.path("memberships?status=active")).await;
    assert_eq!(seats.len(), 1);

    let orphan = app.circle_of(&app.therapist("dee").await, "Orphan Circle").await;
    orphan.hides().await;
    let dissolution = json!({"confirm_name": "Orphan Circle"});
    moderator.get(&orphan.address()).await.refused(404, "not_found");
    orphan.owner.delete("/v1/me").await.expect(204);
    moderator.get(&orphan.address()).await.expect(200);
    ana.post(&orphan.path("dissolve"), dissolution.clone()).await.refused(404, "not_found");
    let gone = moderator.post(&orphan.path("dissolve"), dissolution).await.expect(200);
    assert_eq!(gone["status"], "dissolved");
}
