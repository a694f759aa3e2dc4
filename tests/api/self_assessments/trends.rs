//! How scores change, as figures and as a picture.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, challenges, numbered};

/// Compassion satisfaction is the sum of ten of these.
fn satisfied(points: i64) -> Value {
    let items = [3, 6, 12, 16, 18, 20, 22, 24, 27, 30];
    let mut answers = [Some(3); 30];
    for (index, item) in items.iter().enumerate() {
        answers[item - 1] = Some(points / 10 + i64::from((index as i64) < points % 10));
    }
    numbered(&answers)
}

async fn trend(person: &Person, instrument: &str, scale: &str) -> Value {
    let trends = person.get(&format!("/v1/self-assessments/trends?instrument={instrument}")).await.expect(200);
    trends["scales"].as_array().unwrap().iter().find(|one| one["scale"] == scale).cloned().unwrap_or_default()
}

#[actix_web::test]
async fn a_change_is_told_from_chance_where_that_can_be_reckoned() {
    let app = TestApp::spawn().await;
    let mut ana = app.therapist("ana").await;
    for points in [30, 36, 43, 30] {
        ana.takes("proqol-5", satisfied(points)).await;
        app.later(TimeDelta::days(31));
        ana = app.again(&ana).await;
    }
    let satisfaction = trend(&ana, "proqol-5", "compassion_satisfaction").await;
    let points = satisfaction["points"].as_array().unwrap();
    let scores: Vec<_> = points.iter().map(|point| point["score"].as_f64().unwrap()).collect();
    assert_eq!(scores, [30.0, 36.0, 43.0, 30.0]);
    assert!(points[0]["since_previous"].is_null() && points[0]["since_first"].is_null());
    let labels = |since: &str| {
        points[1..].iter().map(|point| point[since]["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(labels("since_previous"), ["no_reliable_change", "reliable_improvement", "reliable_deterioration"]);
    assert_eq!(labels("since_first"), ["no_reliable_change", "reliable_improvement", "no_reliable_change"]);
    assert_eq!(points[2]["since_previous"]["points"], 7.0);
    assert!(points[2]["since_previous"]["reliable_change_index"].as_f64().unwrap() > 1.96);
    assert!(points.iter().all(|point| point["overlaps_previous"] == false));
    let burnout = trend(&ana, "proqol-5", "burnout").await;
    assert_eq!(burnout["points"][1]["since_previous"]["label"], "not_interpretable");
    assert!(burnout["points"][1]["since_previous"]["reliable_change_index"].is_null());
}

#[actix_web::test]
async fn scores_whose_days_overlap_are_marked_and_voided_ones_are_left_out() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let first = ana.takes_evenly("who-5", 5, 2).await;
    let second = ana.takes_evenly("who-5", 5, 3).await;
    let third = ana.takes_evenly("who-5", 5, 1).await;
    let void = format!("/v1/self-assessments/{}/void", second["id"].as_str().unwrap());
    ana.post(&void, json!({"reason": "Not mine."})).await.expect(200);
    let percent = trend(&ana, "who-5", "percent").await;
    let ids: Vec<_> = percent["points"].as_array().unwrap().iter().map(|point| &point["self_assessment_id"]).collect();
    assert_eq!(ids, [&first["id"], &third["id"]]);
    assert_eq!(percent["points"][1]["overlaps_previous"], true);
    assert_eq!(percent["points"][1]["since_first"], json!({"points": -20.0, "label": "reliable_deterioration"}));
    assert_eq!(
        (&percent["minimum"], &percent["maximum"], &percent["higher_is_better"]),
        (&json!(0.0), &json!(100.0), &json!(true))
    );
}

#[actix_web::test]
async fn a_trend_is_drawn_for_those_who_see_it_and_told_to_those_who_do_not() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let path = "/v1/self-assessments/trends?instrument=challenge-check";
    let picture = async |accept: &str| ana.request(Method::GET, path).header("accept", accept).send().await;
    let empty = picture("image/svg+xml").await;
    assert_eq!((empty.status, empty.header("content-type")), (200, Some("image/svg+xml")));
    assert!(empty.text.contains("<desc id=\"description\">No scores yet.</desc>"), "{}", empty.text);
    for burden in [(4, 4), (3, 2)] {
        ana.takes(
            "challenge-check",
            challenges(&[("professional_isolation", Some(burden)), ("caseload_pressure", None)]),
        )
        .await;
    }
    let drawn = picture("image/avif,image/svg+xml,*/*;q=0.8").await.text;
    assert!(drawn.starts_with("<svg ") && drawn.contains("role=\"img\""), "{drawn}");
    for part in
        ["<title id=\"title\">", "2 scores, from 16 on", " to 6 on", "moderate", "<rect ", "<polyline ", "<circle "]
    {
        assert!(drawn.contains(part), "{part} is not in {drawn}");
    }
    assert_eq!(drawn.matches("<circle ").count(), 2);
    assert!(!drawn.contains("style") && !drawn.contains("<script"), "the content policy would stop it");
    for accept in ["application/json", "*/*", "text/html,*/*;q=0.8"] {
        assert_eq!(picture(accept).await.header("content-type"), Some("application/json"), "{accept}");
    }
    picture("text/csv").await.refused(406, "not_acceptable");
    ana.get("/v1/self-assessments/trends").await.refused(422, "validation_failed");
    ana.get("/v1/self-assessments/trends?instrument=mbi").await.invalid_at("instrument", "unknown_instrument");
}

#[actix_web::test]
async fn a_band_says_whether_the_score_that_it_begins_at_is_still_below_it() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    // 7 of 25 is 28 percent.
    ana.takes("who-5", numbered(&[2, 2, 1, 1, 1].map(Some))).await;
    let trend = trend(&ana, "who-5", "percent").await;
    assert_eq!(trend["points"][0]["band"], "likely_depression_screen");
    assert_eq!(trend["bands"][1], json!({"band": "low", "from": 28.0, "exclusive": true}));
}
