//! Deleting an account.

use chrono::TimeDelta;
use reqwest::Method;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use serde_json::{Value, json};
use support_network::entities::{
    account, idempotency_record, invitation, licence, one_time_token, profile, profile_facet, refresh_token, session,
};
use uuid::Uuid;

use super::invite;
use crate::support::{PASSWORD, Person, TestApp};

/// An organization that anyone joins, owned by `owner`.
async fn organization(moderator: &Person, owner: &Person) -> String {
    let body = json!({
        "name": format!("Circle of {}", owner.email), "kind": "local_association", "join_policy": "open",
        "accepts_memberships": true, "represented": true
    });
    let proposal = owner.post("/v1/organizations", body).await.expect(201);
    let path = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    moderator.post(&format!("{path}/publish"), json!({})).await.expect(200);
    path
}

async fn join(person: &Person, organization: &str) -> String {
    let membership = person.post(&format!("{organization}/memberships"), json!({})).await.expect(201);
    format!("/v1/memberships/{}", membership["id"].as_str().unwrap())
}

async fn mine(person: &Person) -> Value {
    person.all("/v1/memberships").await.into_iter().next().unwrap()
}

#[actix_web::test]
async fn the_longest_serving_steward_follows_the_last_owner() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mod").await;
    let ana = app.therapist("ana").await;
    let path = organization(&moderator, &ana).await;
    let mut people = Vec::new();
    for name in ["member", "second", "third", "away"] {
        let person = app.therapist(name).await;
        let membership = join(&person, &path).await;
        if name != "member" {
            ana.patch(&membership, json!({"role": "steward"})).await.expect(200);
        }
        app.later(TimeDelta::seconds(5));
        people.push((person, membership));
    }
    let count = async || moderator.get(&path).await.expect(200)["member_count"].as_i64().unwrap();
    assert_eq!(count().await, 5);

    let stale = ana.request(Method::DELETE, "/v1/me").header("if-match", "\"9.x\"").send().await;
    stale.refused(412, "stale_version");
    ana.delete("/v1/me").await.expect(204);
    assert_eq!(count().await, 4);
    let roles: Vec<_> = {
        let mut roles = Vec::new();
        for (person, _) in &people {
            roles.push(mine(person).await["role"].as_str().unwrap().to_owned());
        }
        roles
    };
    assert_eq!(roles, ["member", "owner", "steward", "steward"]);

    // The next owner goes too, then nobody is left who could follow: the organization has no owner.
    let [member, second, third, away] = people.as_slice() else { panic!() };
    third.0.post(&format!("{}/start-leave", third.1), json!({"until": in_days(&app, 30)})).await.expect(200);
    away.0.post(&format!("{}/start-leave", away.1), json!({"until": in_days(&app, 30)})).await.expect(200);
    second.0.delete("/v1/me").await.expect(204);
    for (person, _) in [member, third, away] {
        assert_ne!(mine(person).await["role"], "owner");
    }
    assert_eq!(count().await, 3);
    let appoint = json!({"account_id": member.0.id});
    moderator.post(&format!("{path}/appoint-owner"), appoint).await.expect(200);
}

fn in_days(app: &TestApp, days: i64) -> String {
    (app.clock.today() + TimeDelta::days(days)).to_string()
}

#[actix_web::test]
async fn another_owner_or_a_plain_member_needs_no_successor() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mod").await;
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    let path = organization(&moderator, &ana).await;
    let (of_ben, of_chi) = (join(&ben, &path).await, join(&chi, &path).await);
    ana.patch(&of_ben, json!({"role": "owner"})).await.expect(200);
    ana.patch(&of_chi, json!({"role": "steward"})).await.expect(200);
    ana.delete("/v1/me").await.expect(204);
    assert_eq!(mine(&ben).await["role"], "owner");
    assert_eq!(mine(&chi).await["role"], "steward");
    chi.delete("/v1/me").await.expect(204);
    assert_eq!(moderator.get(&path).await.expect(200)["member_count"], 1);
}

#[actix_web::test]
async fn what_was_mine_is_gone_and_what_others_keep_has_no_name() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mod").await;
    let (ana, ben) = (app.verified_therapist("ana").await, app.therapist("ben").await);
    let other = app.sign_in(&ana.id, &ana.email).await;
    let path = organization(&moderator, &ben).await;
    let membership = join(&ana, &path).await;
    ben.patch(&membership, json!({"member_number": "A-1024"})).await.expect(200);
    let licence = json!({"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567"});
    let body = json!({"discoverable": "members", "languages": ["en"], "country": "US", "licences": [licence]});
    ana.put("/v1/me/profile", body).await.expect(201);
    let proposal = ana.request(Method::POST, "/v1/organizations").header("idempotency-key", "one");
    let proposal = proposal.json(&json!({"name": "Ana's idea", "kind": "directory"})).send().await.expect(201);
    invite(&app, "ana@example.org", &ben.id, TimeDelta::days(14)).await;
    app.anonymous().post("/v1/password-resets", json!({"email": ana.email})).await.expect(202);
    let reset = app.mail.nth_to(&ana.email, 2).await.token();

    ana.delete("/v1/me").await.expect(204);
    for person in [&ana, &other] {
        person.get("/v1/me").await.refused(401, "invalid_token");
        let body = json!({"refresh_token": person.refresh_token});
        app.anonymous().post("/v1/sessions/refresh", body).await.refused(401, "invalid_refresh_token");
    }
    let login = json!({"email": ana.email, "password": PASSWORD});
    app.anonymous().post("/v1/sessions", login).await.refused(401, "invalid_credentials");
    let password = json!({"token": reset, "password": "seven slow barges upstream"});
    app.anonymous().post("/v1/password-resets/confirm", password).await.refused(404, "not_found");
    ben.get(&format!("/v1/therapists/{}", ana.id)).await.refused(404, "not_found");
    moderator.get(&format!("/v1/accounts/{}", ana.id)).await.refused(404, "not_found");

    let kept = ben.get(&membership).await.expect(200);
    assert_eq!([&kept["status"], &kept["end_reason"]], ["ended", "account_deleted"]);
    assert_eq!(kept["display_name"], "Former member");
    assert!(!kept.to_string().contains("A-1024"), "{kept}");
    let idea = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    moderator.get(&idea).await.expect(200);

    let (db, id) = (app.state.db.read(), ana.id.parse::<Uuid>().unwrap());
    let row = account::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    assert_eq!((row.email.as_str(), &row.email_key, &row.password_hash), ("", &None, &None));
    assert_eq!(row.display_name, "Former member");
    assert!(row.erased_at.is_some());
    let left = [
        profile::Entity::find_by_id(id).count(db).await.unwrap(),
        profile_facet::Entity::find().filter(profile_facet::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
        licence::Entity::find().filter(licence::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
        session::Entity::find().filter(session::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
        one_time_token::Entity::find().filter(one_time_token::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
        idempotency_record::Entity::find()
            .filter(idempotency_record::COLUMN.account_id.eq(id))
            .count(db)
            .await
            .unwrap(),
        invitation::Entity::find().filter(invitation::COLUMN.email_key.eq("ana@example.org")).count(db).await.unwrap(),
    ];
    assert_eq!(left, [0; 7]);
    assert_eq!(refresh_token::Entity::find().count(db).await.unwrap(), 2, "only those of ben and the moderator");

    // The address is free again, for somebody else.
    let again = app.therapist("ana").await;
    assert_ne!(again.id, ana.id);
    assert!(again.all("/v1/memberships").await.is_empty());
}

/// The words of an index of SQLite lie in blobs.
#[actix_web::test]
async fn an_instance_that_has_not_heard_of_it_takes_the_token_for_invalid() {
    let here = TestApp::spawn().await;
    let there = here.another_instance().await;
    let ana = here.therapist("ana").await;
    let client = there.with_token(ana.client.token.as_deref().unwrap());
    client.get("/v1/me").await.expect(200);
    ana.delete("/v1/me").await.expect(204);
    let password = json!({"current_password": PASSWORD, "new_password": "seven slow barges upstream"});
    for answer in [
        client.get("/v1/me").await,
        client.patch("/v1/me", json!({"display_name": "Ana"})).await,
        client.put("/v1/me/password", password).await,
        client.put("/v1/me/profile", json!({})).await,
        client.get("/v1/me/export").await,
        client.get("/v1/me/meetings").await,
        client.get("/v1/me/reminders").await,
        client.post("/v1/email-verifications", json!({})).await,
        client.delete("/v1/me").await,
    ] {
        answer.refused(401, "invalid_token");
    }
}

#[actix_web::test]
async fn no_word_of_a_profile_is_left_in_the_index() {
    let app = TestApp::spawn().await;
    if !app.is_sqlite() {
        return;
    }
    let left = async |word: &str| {
        let sql = format!("SELECT count(*) FROM profile_search_data WHERE instr(block, CAST('{word}' AS BLOB)) > 0");
        let row = app.state.db.read().query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        row.unwrap().try_get_by_index::<i64>(0).unwrap()
    };
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    for (person, word) in [(&ana, "zanzibarian"), (&ben, "quillfeather"), (&chi, "marzipan")] {
        person.put("/v1/me/profile", json!({"about": format!("A {word} of sorts.")})).await.expect(201);
        assert!(left(word).await > 0, "{word}");
    }
    ana.delete("/v1/me").await.expect(204);
    ben.delete("/v1/me/profile").await.expect(204);
    assert_eq!((left("zanzibarian").await, left("quillfeather").await), (0, 0));
    assert!(left("marzipan").await > 0);
}
