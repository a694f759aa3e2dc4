use serde_json::{Value, json};
use support_network::entities::meeting_answer::Answer;

use super::{Ring, ring, ring_with};
use crate::support::{Meetings, Person, TestApp};

/// Each part with its minutes and who presents.
async fn parts(person: &Person, meetings: &Meetings) -> Vec<(String, i64, i64, String)> {
    let agenda = person.get(&meetings.path(0, "agenda")).await.expect(200);
    let part = |one: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let minute = |member: &str| one[member].as_i64().unwrap();
        (text(&one["key"]), minute("starts_minute"), minute("ends_minute"), text(&one["presenter"]["display_name"]))
    };
    agenda["items"].as_array().unwrap().iter().map(part).collect()
}

fn part(key: &str, from: i64, to: i64, presenter: &str) -> (String, i64, i64, String) {
    (key.into(), from, to, presenter.into())
}

#[actix_web::test]
async fn each_presenter_has_a_run_of_the_format() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, _), (ben, _), _] } = ring(&app, 90).await;
    ana.asks_to_present(&circle, false).await;
    let expected = [
        part("check_in", 0, 5, ""),
        part("telling", 5, 25, "ana"),
        part("imagining", 25, 40, "ana"),
        part("coming_back", 40, 45, "ana"),
        part("telling", 45, 65, ""),
        part("imagining", 65, 80, ""),
        part("coming_back", 80, 85, ""),
        part("closing", 85, 90, ""),
    ];
    assert_eq!(parts(&ben, &meetings).await, expected);
    let agenda = ben.get(&meetings.path(0, "agenda")).await.expect(200);
    assert_eq!((&agenda["consultation_format"], &agenda["items"][1]["run"]), (&json!("balint"), &json!(1)));
    assert_eq!(
        (&agenda["starts_at"], &agenda["ends_at"]),
        (&agenda["items"][0]["starts_at"], &agenda["items"][7]["ends_at"])
    );
    circle.owner.patch(&circle.address(), json!({"consultation_format": null})).await.expect(200);
    let open = [part("check_in", 0, 10, ""), part("consultation", 10, 80, ""), part("closing", 80, 90, "")];
    assert_eq!(parts(&ben, &meetings).await, open);
}

#[actix_web::test]
async fn in_a_round_everybody_who_comes_has_a_turn() {
    let app = TestApp::spawn().await;
    let members = json!({"min_size": 2, "quorum": 2, "consultation_format": "round"});
    let Ring { circle, meetings, members: [(ana, of_ana), (_, of_ben), (_, of_chi)] } =
        ring_with(&app, 60, members).await;
    let turns = async || parts(&ana, &meetings).await.iter().filter(|part| part.0 == "turn").count();
    assert_eq!(turns().await, 4, "nobody has answered: all who can come");
    app.says(&of_chi, meetings.id(0), Answer::No).await;
    assert_eq!(turns().await, 3);
    app.says(&of_ana, meetings.id(0), Answer::Yes).await;
    app.says(&of_ben, meetings.id(0), Answer::Yes).await;
    assert_eq!(turns().await, 2, "as many as said yes");
    // Nobody presents.
    ana.asks_to_present(&circle, true).await;
    let roles = ana.get(&meetings.path(0, "roles")).await.expect(200);
    assert_eq!((&roles["presenters"], &roles["presenter_slots"]), (&json!([]), &json!(0)));
}
