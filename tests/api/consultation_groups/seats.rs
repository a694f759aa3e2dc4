//! Asking for a seat, waiting for one, keeping it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Person, TestApp};

async fn status(person: &Person, seat: &Value) -> String {
    person.reads(seat).await.expect(200)["status"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn an_application_is_answered_approved_and_signed() {
    let app = TestApp::spawn().await;
    let questions = json!([{"key": "hope", "question": "What do you hope for?", "required": true},
        {"key": "fear", "question": "And what do you fear?"}]);
    let circle = app.circle_with(json!({"join_policy": "approval", "join_questions": questions})).await;
    let ben = app.therapist("ben").await;
    let ask = async |body: Value| ben.asks_for_a_seat(&circle.id, body).await;
    ask(json!({})).await.invalid_at("#/answers", "missing_answer");
    let unknown = json!({"answers": [{"key": "hope", "answer": "Company."}, {"key": "joy", "answer": "None."}]});
    ask(unknown).await.invalid_at("#/answers/1/key", "unknown_key");
    let body = json!({"answers": [{"key": "hope", "answer": "Company."}], "note": "Ana told me of you."});
    let asked = ask(body.clone()).await.expect(201);
    assert_eq!((&asked["status"], &asked["seat"]["answers"]), (&json!("requested"), &body["answers"]));
    ask(body.clone()).await.refused(409, "already_member");
    let seen = circle.owner.reads(&asked).await.expect(200);
    assert_eq!((&seen["seat"]["answers"], &seen["request_note"]), (&body["answers"], &body["note"]));
    let [(chi, _)] = {
        let chi = app.therapist("chi").await;
        let answered = chi.asks_for_a_seat(&circle.id, body).await.expect(201);
        circle.owner.decides(&answered, "approve", json!({})).await.expect(200);
        chi.signs(&answered).await.expect(200);
        [(chi, answered)]
    };
    chi.reads(&asked).await.refused(404, "not_found");

    let approved = circle.owner.decides(&asked, "approve", json!({})).await.expect(200);
    assert_eq!(approved["status"], "awaiting_signature");
    assert!(approved["seat"]["signature_due_at"].is_string(), "{approved}");
    circle.owner.decides(&asked, "approve", json!({})).await.refused(409, "invalid_transition");
    assert_eq!(circle.card().await["open_seats"], 5);
    let member = ben.signs(&asked).await.expect(200);
    assert_eq!((&member["status"], &member["seat"]["agreement_version_signed"]), (&json!("active"), &json!(1)));
    assert_eq!(member["decided_by"], circle.owner.id);
    // A fellow member sees that Ben is here, and not what he said.
    let seen = chi.reads(&asked).await.expect(200);
    assert_eq!((&seen["status"], seen.get("request_note")), (&json!("active"), None));
    assert_eq!((seen["seat"].get("answers"), seen.get("decided_by")), (None, None));
}

#[actix_web::test]
async fn a_declined_applicant_reads_why_and_waits_thirty_days() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"join_policy": "approval"})).await;
    let ben = app.therapist("ben").await;
    let asked = ben.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
    circle.owner.decides(&asked, "decline", json!({})).await.invalid_at("#/reason", "missing_member");
    circle.owner.decides(&asked, "decline", json!({"reason": "We are full of beginners."})).await.expect(200);
    let told = ben.reads(&asked).await.expect(200);
    assert_eq!(
        (&told["end_reason"], &told["decision_note"]),
        (&json!("declined"), &json!("We are full of beginners."))
    );
    ben.asks_for_a_seat(&circle.id, json!({})).await.refused(409, "cooldown_running");
    app.later(TimeDelta::days(30));
    app.again(&ben).await.asks_for_a_seat(&circle.id, json!({})).await.expect(201);
}

#[actix_web::test]
async fn the_waitlist_moves_up_oldest_first_whatever_frees_a_seat() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"min_size": 2, "quorum": 2, "max_size": 3})).await;
    let [(ben, seat_of_ben), (chi, seat_of_chi)] = circle.seats_all(&app, ["ben", "chi"]).await;
    let mut waiting = Vec::new();
    for name in ["dee", "eli", "fay", "gus", "hal"] {
        let person = app.therapist(name).await;
        app.later(TimeDelta::seconds(2));
        let seat = circle.admits(&person).await;
        waiting.push((person, seat));
    }
    let positions = async |people: &[(Person, Value)]| {
        let mut positions = Vec::new();
        for (person, seat) in people {
            positions.push(person.reads(seat).await.expect(200)["seat"]["waitlist_position"].as_i64());
        }
        positions
    };
    assert_eq!(positions(&waiting).await, [Some(1), Some(2), Some(3), Some(4), Some(5)]);
    assert_eq!(circle.card().await["waitlist_length"], 5);
    // One leaves, one is removed, one withdraws from the line, one declines to sign.
    ben.decides(&seat_of_ben, "leave", json!({})).await.expect(200);
    assert_eq!(positions(&waiting).await, [None, Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(status(&waiting[0].0, &waiting[0].1).await, "awaiting_signature");
    let mail = app.mail.nth_to("dee@example.org", 2).await;
    assert!(mail.text.contains("Harbor Circle"), "{}", mail.text);
    circle.owner.decides(&seat_of_chi, "remove", json!({"reason": "Conduct."})).await.expect(200);
    assert_eq!(chi.reads(&seat_of_chi).await.expect(200)["decision_note"], "Conduct.");
    waiting[2].0.decides(&waiting[2].1, "withdraw", json!({})).await.expect(200);
    assert_eq!(positions(&waiting).await, [None, None, None, Some(1), Some(2)]);
    waiting[1].0.decides(&waiting[1].1, "withdraw", json!({})).await.expect(200);
    assert_eq!(positions(&waiting).await, [None, None, None, None, Some(1)]);
    // Whoever does not sign in time loses the seat; it is offered by the next write, or by the job.
    waiting[0].0.signs(&waiting[0].1).await.expect(200);
    app.later(TimeDelta::days(14));
    let gus = app.again(&waiting[3].0).await;
    let lost = gus.reads(&waiting[3].1).await.expect(200);
    assert_eq!((&lost["status"], &lost["end_reason"]), (&json!("ended"), &json!("expired")));
    gus.signs(&waiting[3].1).await.refused(409, "invalid_transition");
    support_network::consultation_groups::store::offer_seats_that_time_freed(&app.state).await.unwrap();
    let hal = app.again(&waiting[4].0).await;
    assert_eq!(status(&hal, &waiting[4].1).await, "awaiting_signature");
    hal.signs(&waiting[4].1).await.expect(200);
}

#[actix_web::test]
async fn a_group_asks_for_a_licence() {
    let app = TestApp::spawn().await;
    let circle = app.circle_with(json!({"licence_families": ["mft"]})).await;
    let ben = app.therapist("ben").await;
    let ask = async || ben.asks_for_a_seat(&circle.id, json!({})).await;
    ask().await.refused(422, "licence_required");
    let licence = |family: &str, title: &str, expires_on: &str| json!({"licences": [{"family": family, "title": title, "jurisdiction": "US-CA", "expires_on": expires_on}]});
    ben.put("/v1/me/profile", licence("social_work", "LCSW", "2099-01-01")).await.expect(201);
    ask().await.refused(422, "licence_required");
    ben.put("/v1/me/profile", licence("mft", "LMFT", "2020-01-01")).await.expect(200);
    ask().await.refused(422, "licence_required");
    ben.put("/v1/me/profile", licence("mft", "LMFT", "2099-01-01")).await.expect(200);
    ask().await.expect(201);
}

#[actix_web::test]
async fn leaves_and_suspensions_keep_the_seat() {
    let app = TestApp::spawn().await;
    let circle = app.circle().await;
    let [(ben, seat), (fay, facilitator)] = circle.seats_all(&app, ["ben", "fay"]).await;
    circle.owner.edits(&facilitator, json!({"role": "facilitator"})).await.expect(200);
    let until = |days| json!({"until": (app.clock.today() + TimeDelta::days(days)).to_string()});
    let away = ben.decides(&seat, "start-leave", until(180)).await.expect(200);
    assert_eq!((&away["status"], circle.card().await["open_seats"].as_i64()), (&json!("on_leave"), Some(5)));
    ben.decides(&seat, "end-leave", json!({})).await.expect(200);
    let mut bar = until(15);
    bar["reason"] = json!("Conduct.");
    fay.decides(&seat, "suspend", bar.clone()).await.invalid_at("#/until", "out_of_range");
    circle.owner.decides(&seat, "suspend", bar).await.expect(200);
    ben.get(&circle.path("memberships")).await.refused(403, "forbidden");
    assert_eq!(circle.card().await["member_count"], 3);
    fay.decides(&seat, "reinstate", json!({})).await.expect(200);
    ben.get(&circle.path("memberships")).await.expect(200);
    let own = circle.membership_of(&circle.owner).await;
    circle.owner.decides(&own, "start-leave", until(5)).await.refused(409, "sole_owner");
    circle.owner.decides(&own, "leave", json!({})).await.refused(409, "sole_owner");
    circle.owner.edits(&own, json!({"role": "member"})).await.refused(409, "sole_owner");
    circle.owner.decides(&own, "leave", json!({"successor_id": fay.id})).await.expect(200);
    assert_eq!(fay.reads(&facilitator).await.expect(200)["role"], "owner");
    let steward = fay.edits(&seat, json!({"role": "steward"})).await;
    steward.invalid_at("#/role", "unknown_role");
    fay.edits(&seat, json!({"category": "full"})).await.invalid_at("#/category", "not_of_this_kind");
    for (transition, body) in [("renew", json!({})), ("confirm", json!({"verification": "confirmed"}))] {
        fay.decides(&seat, transition, body).await.refused(409, "invalid_transition");
    }
}
