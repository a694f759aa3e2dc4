use serde_json::json;
use support_network::entities::membership::{MembershipRole, MembershipStatus};
use uuid::Uuid;

use super::{circle, founds, place, with};
use crate::support::{PASSWORD, TestApp};

#[actix_web::test]
async fn owners_and_facilitators_see_candidates() {
    use MembershipRole::{Facilitator, Member};
    use MembershipStatus::{Active, OnLeave, Suspended, Waitlisted};
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    let group = founds(&app, &owner, with(circle("Harbor Circle"), json!({"visibility": "public"}))).await;
    let hidden = founds(&app, &owner, with(circle("Hidden"), json!({"visibility": "hidden"}))).await;
    let path = |group: &str| format!("/v1/consultation-groups/{group}/candidates");
    app.anonymous().get(&path(&group)).await.refused(401, "unauthenticated");
    owner.get(&path(&Uuid::now_v7().to_string())).await.refused(404, "not_found");
    for (name, seat, expected) in [
        ("stranger", None, (403, 404)),
        ("waits", Some((Member, Waitlisted)), (403, 403)),
        ("member", Some((Member, Active)), (403, 403)),
        ("facilitator", Some((Facilitator, Active)), (200, 200)),
        ("away", Some((Facilitator, OnLeave)), (403, 403)),
        ("suspended", Some((Facilitator, Suspended)), (403, 403)),
    ] {
        let person = app.therapist(name).await;
        if let Some((role, status)) = seat {
            place(&app, &group, &person, role, status).await;
            place(&app, &hidden, &person, role, status).await;
        }
        let seen = (person.get(&path(&group)).await.status, person.get(&path(&hidden)).await.status);
        assert_eq!(seen, expected, "{name}");
    }
    app.moderator("moderator").await.get(&path(&group)).await.refused(403, "forbidden");
    owner.get(&path(&group)).await.expect(200);
}

#[actix_web::test]
async fn candidates_wish_to_be_asked() {
    use MembershipStatus::{Active, Ended, Requested};
    let app = TestApp::spawn().await;
    let owner = app.therapist("owner").await;
    owner.tells(json!({})).await;
    let group = founds(&app, &owner, circle("Harbor Circle")).await;
    for (name, profile, seat) in [
        ("found", json!({}), None),
        ("was there", json!({"formats": []}), Some(Ended)),
        ("hides", json!({"discoverable": "nobody"}), None),
        ("open to others", json!({"open_to": ["consults"]}), None),
        ("is there", json!({}), Some(Active)),
        ("has asked", json!({}), Some(Requested)),
    ] {
        let body = json!({"email": format!("{}@example.org", Uuid::new_v4()), "password": PASSWORD,
            "display_name": name});
        let account = app.anonymous().post("/v1/accounts", body).await.expect(201);
        let person = app.sign_in(account["id"].as_str().unwrap(), account["email"].as_str().unwrap()).await;
        person.tells(profile).await;
        if let Some(status) = seat {
            place(&app, &group, &person, MembershipRole::Member, status).await;
        }
    }
    app.therapist("untold").await;
    let expected = [("found".to_owned(), 100.0), ("was there".to_owned(), 95.0)];
    assert_eq!(owner.candidates(&group).await, expected);
    let path = format!("/v1/consultation-groups/{group}/candidates");
    assert_eq!(owner.all(&format!("{path}?min_score=96")).await.len(), 1);
    assert_eq!(owner.all(&format!("{path}?limit=1")).await.len(), 2);
    let found = owner.get(&format!("{path}?limit=1&include_total=true")).await.expect(200);
    assert_eq!(found["total"], 2);
    // As the directory shows them.
    let id = found["items"][0]["therapist"]["id"].as_str().unwrap();
    assert_eq!(found["items"][0]["therapist"], owner.get(&format!("/v1/therapists/{id}")).await.expect(200));
}
