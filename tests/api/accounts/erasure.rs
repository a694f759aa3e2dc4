//! Deleting an account.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use serde_json::{Value, json};
use support_network::entities::{
    account, account_block, calendar_feed, data_key, idempotency_record, invitation, licence, one_time_token, profile,
    profile_facet, refresh_token, self_assessment, session,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
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

/// A request whose body comes slowly, sent up to the last byte of it.
async fn all_but_the_end(app: &TestApp, person: &Person, path: &str, body: &Value) -> (TcpStream, String) {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        person.token.as_ref().unwrap(),
        body.len()
    );
    let (start, end) = body.split_at(body.len() - 1);
    let mut stream = app.connection().await;
    stream.write_all(format!("{head}{start}").as_bytes()).await.unwrap();
    // The head has been looked at by then.
    tokio::time::sleep(Duration::from_millis(200)).await;
    (stream, end.to_owned())
}

async fn answer_to((mut stream, end): (TcpStream, String)) -> String {
    stream.write_all(end.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// What was begun before an account, a session or a power ended is not finished after it.
#[actix_web::test]
async fn a_body_that_comes_too_late_is_nobodys() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mod").await;
    let owner = app.therapist("owner").await;
    let path = format!("{}/memberships", organization(&moderator, &owner).await);
    let [ana, ben, chi] = [app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await];
    let mut held = Vec::new();
    for person in [&ana, &ben, &chi] {
        held.push(all_but_the_end(&app, person, &path, &json!({})).await);
    }
    let proposal = chi.post("/v1/organizations", json!({"name": "Late", "kind": "online_community"})).await.expect(201);
    let publish = format!("/v1/organizations/{}/publish", proposal["id"].as_str().unwrap());
    let other = app.moderator("other").await;
    let published = all_but_the_end(&app, &other, &publish, &json!({})).await;

    ana.delete("/v1/me").await.expect(204);
    moderator.post(&format!("/v1/accounts/{}/suspend", ben.id), json!({})).await.expect(200);
    chi.delete("/v1/sessions").await.expect(204);
    let admin = app.admin("admin").await;
    let role = format!("/v1/accounts/{}/platform-role", other.id);
    admin.put(&role, json!({"platform_role": "member"})).await.expect(200);
    for late in held {
        let answer = answer_to(late).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    let answer = answer_to(published).await;
    assert!(answer.starts_with("HTTP/1.1 404 ") || answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let roster = owner.all(&path).await;
    assert_eq!(roster.len(), 1, "{roster:?}");
}

/// Whatever an account does in the moment in which it is erased: nothing of it is left.
#[actix_web::test]
async fn nothing_comes_after_an_erasure() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mod").await;
    let owner = app.therapist("owner").await;
    let guild = organization(&moderator, &owner).await;
    for round in 0..5 {
        let ana = app.therapist(&format!("ana{round}")).await;
        let join = format!("{guild}/memberships");
        let assessment = json!({"instrument": "challenge-check", "submit": true, "answers": [
            {"item": "professional_isolation.applies", "value": 0}]});
        let writes = (0..3).flat_map(|_| {
            [
                ("/v1/self-assessments", assessment.clone()),
                ("/v1/me/calendar-feeds", json!({})),
                ("/v1/me/blocks", json!({"account_id": owner.id})),
                (join.as_str(), json!({})),
            ]
        });
        let writes = futures_util::future::join_all(writes.map(async |(path, body)| ana.post(path, body).await.status));
        let (statuses, erased) = tokio::join!(writes, ana.delete("/v1/me"));
        erased.expect(204);
        assert!(statuses.iter().all(|status| [200, 201, 401, 409].contains(status)), "{statuses:?}");
        let id: Uuid = ana.id.parse().unwrap();
        let db = app.state.db.read();
        let left = [
            self_assessment::Entity::find().filter(self_assessment::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
            calendar_feed::Entity::find().filter(calendar_feed::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
            account_block::Entity::find().filter(account_block::COLUMN.blocker_id.eq(id)).count(db).await.unwrap(),
            data_key::Entity::find().filter(data_key::COLUMN.account_id.eq(id)).count(db).await.unwrap(),
        ];
        assert_eq!(left, [0; 4], "round {round}: {statuses:?}");
        let roster = owner.all(&format!("{join}?status=active")).await;
        assert_eq!(roster.len(), 1, "round {round}: {roster:?}");
        assert_eq!(moderator.get(&guild).await.expect(200)["member_count"], 1);
    }
}
