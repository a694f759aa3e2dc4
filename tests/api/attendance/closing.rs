//! Closing a meeting, and what follows from it.

use serde_json::json;
use support_network::entities::meeting::StoredMeetingStatus;

use crate::support::{TestApp, took_part, was_there};

#[actix_web::test]
async fn a_meeting_is_closed_once_everybody_has_a_record() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 3})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat_of_ben), (chi, seat_of_chi), (dee, seat_of_dee)] =
        circle.seats_all(&app, ["ben", "chi", "dee"]).await;
    // Who is away is not expected.
    let until = json!({"until": (app.clock.today() + chrono::TimeDelta::days(30)).to_string()});
    dee.decides(&seat_of_dee, "start-leave", until).await.expect(200);
    let meeting = app.meeting_of(&circle, -30).await;
    let not_started = circle.owner.closes(&meeting).await;
    assert_eq!(not_started.json["detail"], "the meeting is at_risk");
    not_started.refused(409, "invalid_transition");
    app.sets_status(&meeting, StoredMeetingStatus::InProgress).await;

    circle.owner.records(&meeting, json!([was_there(&own, "present", 90, 0, 45)])).await.expect(200);
    let faults = circle.owner.closes(&meeting).await.refused(409, "invalid_transition");
    let missing: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    let of = |seat: &serde_json::Value| format!("#/memberships/{}", seat["id"].as_str().unwrap());
    assert_eq!(missing, [of(&seat_of_ben), of(&seat_of_chi)]);
    assert_eq!(circle.owner.hours().await["minutes"], 0, "nothing counts yet");
    assert_eq!(circle.card().await["status"], "forming");

    let rest = json!([was_there(&seat_of_ben, "late", 60, 20, 0), took_part(&seat_of_chi, "excused")]);
    circle.owner.records(&meeting, rest).await.expect(200);
    ben.closes(&meeting).await.refused(403, "forbidden");
    let held = circle.owner.closes(&meeting).await;
    let tag = held.etag();
    let held = held.expect(200);
    assert_eq!(
        (&held["status"], &held["expected_count"], &held["present_count"]),
        (&json!("held"), &json!(3), &json!(2))
    );
    assert!(tag.starts_with(&format!("\"{}.", held["version"])), "{tag}");
    let again = circle.owner.closes(&meeting).await;
    assert_eq!(again.json["detail"], "the meeting is held");
    again.refused(409, "invalid_transition");

    // It counts, and the group has begun.
    let hours = circle.owner.hours().await;
    assert_eq!(hours, json!({"meetings": 1, "minutes": 90, "presenting_minutes": 45, "recused_minutes": 0}));
    assert_eq!(
        ben.hours().await,
        json!({"meetings": 1, "minutes": 40, "presenting_minutes": 0, "recused_minutes": 20})
    );
    assert_eq!(chi.all("/v1/me/hours").await, Vec::<serde_json::Value>::new(), "who was not there has no line");
    assert_eq!(circle.card().await["status"], "active");
    let sheet = circle.owner.attendance_of(&meeting).await;
    assert_eq!((&sheet["closed_at"], sheet.get("missing")), (&held["closed_at"], None));
    assert!(sheet["amendable_until"].is_string(), "{sheet}");
    let trail = circle.owner.all(&format!("/v1/audit-events?consultation_group_id={}&limit=100", circle.id)).await;
    for action in ["meeting.close", "consultation_group.activate"] {
        assert!(trail.iter().any(|event| event["action"] == action), "{action} is not in the trail");
    }
    let verified = circle.owner.get(&format!("/v1/audit-events/verify?consultation_group_id={}", circle.id)).await;
    assert_eq!(verified.expect(200)["valid"], true);
}

#[actix_web::test]
async fn a_group_that_is_too_small_stays_forming_and_lives() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 4, "cadence_days": 7})).await;
    let own = circle.membership_of(&circle.owner).await;
    app.later(chrono::TimeDelta::days(15));
    let circle = app.circle_again(&circle).await;
    let before = circle.card().await["dormant_at"].clone();
    app.held_meeting_of(&circle, json!([took_part(&own, "present")])).await;
    let card = circle.card().await;
    assert_eq!(card["status"], "forming");
    assert!(card["dormant_at"].as_str() > before.as_str(), "{before} {}", card["dormant_at"]);
    // A meeting wakes a dormant group up.
    app.later(chrono::TimeDelta::days(22));
    let circle = app.circle_again(&circle).await;
    assert_eq!(circle.card().await["status"], "dormant");
    app.held_meeting_of(&circle, json!([took_part(&own, "present")])).await;
    assert_eq!(circle.card().await["status"], "forming");
}

#[actix_web::test]
async fn a_retry_of_closing_answers_the_same() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let own = circle.membership_of(&circle.owner).await;
    let meeting = app.running_meeting_of(&circle).await;
    circle.owner.records(&meeting, json!([took_part(&own, "present")])).await.expect(200);
    let close = async |key: &str| {
        let request = circle.owner.request(reqwest::Method::POST, &format!("{meeting}/close"));
        request.header("Idempotency-Key", key).json(&json!({})).send().await
    };
    let first = close("one").await.expect(200);
    let replayed = close("one").await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert_eq!(replayed.expect(200), first);
    close("two").await.refused(409, "invalid_transition");
    assert_eq!(circle.owner.all("/v1/me/hours").await.len(), 1);
}

#[actix_web::test]
async fn a_year_of_meetings_gives_a_rate_of_no_shows_to_oneself_and_to_owners() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2})).await;
    let own = circle.membership_of(&circle.owner).await;
    let [(ben, seat), (chi, _)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let fay = app.therapist("fay").await;
    circle.seats_as(&fay, "facilitator").await;
    let chis = circle.membership_of(&chi).await;
    let fays = circle.membership_of(&fay).await;
    let path = format!("/v1/memberships/{}/attendance", seat["id"].as_str().unwrap());
    let others = [took_part(&own, "present"), took_part(&chis, "excused"), took_part(&fays, "present")];
    let entries = |entry| json!(others.iter().cloned().chain([entry]).collect::<Vec<_>>());
    for entry in [took_part(&seat, "absent"), was_there(&seat, "late", 45, 0, 0)] {
        app.held_meeting_of(&circle, entries(entry)).await;
    }
    let early = ben.get(&path).await.expect(200);
    assert_eq!((&early["expected"], early.get("no_show_rate")), (&json!(2), None), "two meetings say little");
    for status in ["present", "excused"] {
        app.held_meeting_of(&circle, entries(took_part(&seat, status))).await;
    }
    // One that was not closed counts for nothing.
    let open = app.running_meeting_of(&circle).await;
    circle.owner.records(&open, json!([took_part(&seat, "absent")])).await.expect(200);
    let tally = ben.get(&path).await.expect(200);
    let counts =
        ["expected", "present", "late", "left_early", "excused", "absent"].map(|name| tally[name].as_i64().unwrap());
    assert_eq!((counts, &tally["no_show_rate"]), ([4, 1, 1, 0, 1, 1], &json!(0.3333)));
    assert_eq!(circle.owner.get(&path).await.expect(200)["no_show_rate"], 0.3333);
    chi.get(&path).await.refused(403, "forbidden");
    fay.get(&path).await.refused(403, "forbidden");
    app.therapist("stranger").await.get(&path).await.refused(404, "not_found");
    app.moderator("moderator").await.get(&path).await.refused(404, "not_found");
    let excused = format!("/v1/memberships/{}/attendance", chis["id"].as_str().unwrap());
    assert_eq!(chi.get(&excused).await.expect(200).get("no_show_rate"), None, "always excused");
    app.later(chrono::TimeDelta::days(366));
    assert_eq!(app.again(&ben).await.get(&path).await.expect(200)["expected"], 0, "a year later");
}
