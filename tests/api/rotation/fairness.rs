use serde_json::{Value, json};

use super::{Ring, id, ring};
use crate::support::TestApp;

#[actix_web::test]
async fn counts_show_whether_turns_go_round() {
    let app = TestApp::spawn().await;
    let Ring { circle, meetings, members: [(ana, of_ana), (ben, _), _] } = ring(&app, 60).await;
    let path = circle.path("fairness");
    let nothing = ben.get(&path).await.expect(200);
    assert_eq!((&nothing["meetings_held"], &nothing["uneven"]), (&json!(0), &json!(false)));
    assert!(nothing["members"][0].get("share").is_none());
    ana.asks_to_present(&circle, false).await;
    // The first three go round; ana leads the next two by appointment, and chi none. Three meetings say nothing.
    for week in 0..5 {
        if week >= 3 {
            let body = json!({"membership_id": id(&of_ana)});
            circle.owner.put(&meetings.path(week, "roles/facilitator"), body).await.expect(200);
        }
        app.holds(meetings.id(week)).await;
        let fairness = ben.get(&path).await.expect(200);
        let expected = week >= 3;
        assert_eq!(fairness["uneven"], json!(expected), "week {week}: {fairness}");
        let card = ben.get(&circle.address()).await.expect(200);
        let is_told = card["health"].as_array().unwrap().iter().any(|sign| sign["sign"] == "uneven_rotation");
        assert_eq!(is_told, expected, "week {week}: {card}");
    }
    let fairness = ben.get(&path).await.expect(200);
    assert_eq!(fairness["meetings_held"], 5);
    let counts = |name: &str| {
        let one = fairness["members"].as_array().unwrap().iter().find(|one| one["display_name"] == name).unwrap();
        let whole = |member: &str| one[member].as_i64().unwrap();
        (whole("meetings_held"), whole("facilitated"), whole("presented"), one["share"].as_f64().unwrap())
    };
    assert_eq!(counts("owner"), (5, 1, 0, 0.2));
    assert_eq!(counts("ana"), (5, 3, 1, 0.6));
    assert_eq!(counts("ben"), (5, 1, 0, 0.2));
    assert_eq!(counts("chi"), (5, 0, 0, 0.0));
    let ana_of = fairness["members"].as_array().unwrap().iter().find(|one| one["display_name"] == "ana").unwrap();
    let start =
        |week: u64| json!((meetings.starts + chrono::Days::new(7 * week)).format("%Y-%m-%dT%H:%M:%SZ").to_string());
    assert_eq!((&ana_of["last_facilitated_at"], &ana_of["last_presented_at"]), (&start(4), &start(0)));
    // Who is away is not compared.
    let until = (app.clock.today() + chrono::TimeDelta::days(30)).to_string();
    ana.decides(&of_ana, "start-leave", json!({"until": until})).await.expect(200);
    let fairness = ben.get(&path).await.expect(200);
    let names: Vec<&Value> = fairness["members"].as_array().unwrap().iter().map(|one| &one["display_name"]).collect();
    assert_eq!((names, &fairness["uneven"]), (vec![&json!("owner"), &json!("ben"), &json!("chi")], &json!(false)));
}
