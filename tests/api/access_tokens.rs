//! Access tokens that are forged, stale or made for somebody else.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use support_network::{crypto::access_tokens, entities::signing_key};

use crate::support::{Person, TestApp};

/// The service's own signing key, as only somebody with the database and the master key has it.
async fn own_key(app: &TestApp) -> (String, EncodingKey, String) {
    let keys = signing_key::Entity::find().order_by_asc(signing_key::COLUMN.signs_from);
    let row = keys.one(app.state.db.read()).await.unwrap().unwrap();
    let place = format!("signing_key.private_key/{}", row.kid);
    let private = app.state.master_key.open(&row.private_key_sealed, &place).unwrap();
    (row.kid, EncodingKey::from_ec_der(secrecy::ExposeSecret::expose_secret(&private)), row.public_jwk)
}

/// A key that the service has never seen.
fn foreign_key() -> EncodingKey {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

pub fn claims_of(person: &Person) -> Value {
    let token = person.client.token.as_deref().unwrap();
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn header(kid: &str) -> Header {
    Header { typ: Some("at+jwt".into()), kid: Some(kid.into()), ..Header::new(Algorithm::ES256) }
}

/// A token in three parts, of which the last may be missing.
fn by_hand(header: Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

#[actix_web::test]
async fn a_forged_token_opens_nothing() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (kid, own, public) = own_key(&app).await;
    let claims = claims_of(&ana);
    let real = ana.client.token.clone().unwrap();
    let parts: Vec<&str> = real.split('.').collect();
    let rebuilt = encode(&header(&kid), &claims, &own).unwrap();
    app.with_token(&rebuilt).get("/v1/me").await.expect(200);

    let with_kid = |kid: &str| encode(&header(kid), &claims, &foreign_key()).unwrap();
    let hs256 = |secret: &[u8]| {
        let header = Header { alg: Algorithm::HS256, ..header(&kid) };
        encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let jwk: Value = serde_json::from_str(&public).unwrap();
    let x = BASE64.decode(jwk["x"].as_str().unwrap()).unwrap();
    let y = BASE64.decode(jwk["y"].as_str().unwrap()).unwrap();
    let point = [&[4][..], &x, &y].concat();
    let typed =
        |typ: Option<&str>| encode(&Header { typ: typ.map(Into::into), ..header(&kid) }, &claims, &own).unwrap();
    let kidless = encode(&Header { kid: None, ..header(&kid) }, &claims, &own).unwrap();
    let embedded = json!({"alg": "ES256", "typ": "at+jwt", "kid": kid, "jwk": jwk});
    let mut tampered = claims.clone();
    tampered["sub"] = json!("01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b");
    let none = |alg: &str| by_hand(json!({"alg": alg, "typ": "at+jwt", "kid": kid}), &claims, "");
    for (what, token) in [
        ("alg none", none("none")),
        ("alg NONE", none("NONE")),
        (
            "alg none with the signature",
            by_hand(json!({"alg": "none", "typ": "at+jwt", "kid": kid}), &claims, parts[2]),
        ),
        ("no alg", by_hand(json!({"typ": "at+jwt", "kid": kid}), &claims, parts[2])),
        ("HS256 with the public key as JSON", hs256(public.as_bytes())),
        ("HS256 with the public point", hs256(&point)),
        ("HS256 with nothing", hs256(b"")),
        ("another key under our kid", with_kid(&kid)),
        ("an unknown kid", with_kid("unknown")),
        ("a kid that is a path", with_kid("../../../../dev/null")),
        ("a kid that is SQL", with_kid("' OR 1=1 --")),
        ("no kid", kidless),
        ("the key inside", by_hand(embedded, &claims, parts[2])),
        ("an ID token's typ", typed(Some("JWT"))),
        ("no typ", typed(None)),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("another's name", format!("{}.{}.{}", parts[0], BASE64.encode(tampered.to_string()), parts[2])),
        ("half a signature", format!("{}.{}.{}", parts[0], parts[1], &parts[2][..40])),
        ("a fourth part", format!("{real}.x")),
        ("rubbish", "rubbish".into()),
        ("dots", "..".into()),
        ("a huge one", format!("{}.{}.{}", parts[0], "A".repeat(6000), parts[2])),
    ] {
        let answer = app.with_token(&token).get("/v1/me").await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
        answer.refused(401, "invalid_token");
    }
    ana.get("/v1/me").await.expect(200);
}

#[actix_web::test]
async fn a_token_says_for_whom_by_whom_and_when() {
    let app = TestApp::spawn().await;
    let (ana, ben) = (app.therapist("ana").await, app.therapist("ben").await);
    let (kid, own, _) = own_key(&app).await;
    let claims = claims_of(&ana);
    let now = app.clock.now().timestamp();
    let with = |member: &str, value: Value| {
        let mut claims = claims.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(member)),
            value => claims[member] = value,
        }
        encode(&header(&kid), &claims, &own).unwrap()
    };
    for (member, value) in [
        ("iss", json!("http://elsewhere.test")),
        ("iss", Value::Null),
        ("aud", json!("http://elsewhere.test")),
        ("aud", Value::Null),
        ("exp", json!(now - 31)),
        ("exp", Value::Null),
        ("exp", json!("tomorrow")),
        ("iat", json!(now + 60)),
        ("sub", json!(ben.id)),
        ("sub", Value::Null),
        ("sub", json!("ana")),
        ("sid", json!(claims_of(&ben)["sid"])),
        ("sid", json!("01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b")),
        ("sid", Value::Null),
    ] {
        let answer = app.with_token(&with(member, value.clone())).get("/v1/me").await;
        assert_eq!(answer.status, 401, "{member} {value}: {}", answer.text);
    }
    // Clocks may differ by thirty seconds.
    for (member, value) in [("exp", json!(now - 20)), ("iat", json!(now + 20))] {
        app.with_token(&with(member, value)).get("/v1/me").await.expect(200);
    }
    // A token reaches no further than its scope.
    let narrow = app.with_token(&with("scope", json!("account:read")));
    narrow.get("/v1/me").await.expect(200);
    narrow.patch("/v1/me", json!({"locale": "de"})).await.refused(403, "insufficient_scope");
    narrow.delete("/v1/sessions/current").await.refused(403, "insufficient_scope");
    ana.get("/v1/me").await.expect(200);
    // Nor where the answer is at hand, because everyone gets the same.
    let organization = "/v1/organizations/019ab000-0000-7000-8000-000000000003";
    for _ in 0..3 {
        app.anonymous().get(organization).await.expect(200);
        ana.get(organization).await.expect(200);
        narrow.get(organization).await.refused(403, "insufficient_scope");
        app.with_token("none").get(organization).await.refused(401, "invalid_token");
        let picture = app.anonymous().request(Method::GET, organization).header("accept", "image/png");
        picture.send().await.refused(406, "not_acceptable");
        app.anonymous().get(&format!("{organization}?fresh=true")).await.refused(422, "validation_failed");
    }
    app.with_token(&with("scope", json!("organizations:read"))).get(organization).await.expect(200);
}

#[actix_web::test]
async fn an_access_token_lasts_ten_minutes() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    app.later(TimeDelta::minutes(10));
    ana.get("/v1/me").await.expect(200);
    app.later(TimeDelta::seconds(31));
    ana.get("/v1/me").await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn the_authorization_header_has_one_form() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let token = ana.client.token.clone().unwrap();
    let get = async |value: String| {
        let request = app.anonymous().request(reqwest::Method::GET, "/v1/me");
        request.header("authorization", &value).send().await.status
    };
    assert_eq!(get(format!("Bearer {token}")).await, 200);
    assert_eq!(get(format!("bearer {token}")).await, 200);
    for value in
        [token.clone(), format!("Basic {token}"), "Bearer".into(), "Bearer ".into(), format!("Bearer  {token} x")]
    {
        assert_eq!(get(value).await, 401);
    }
}

#[actix_web::test]
async fn an_instance_whose_clock_is_behind_makes_no_key_of_its_own() {
    let app = TestApp::spawn().await;
    let made = app.anonymous().get("/.well-known/jwks.json").await.expect(200)["keys"].as_array().unwrap().len();
    let behind = app.state.clock.now() - TimeDelta::milliseconds(5);
    access_tokens::tend_keys(&app.state.db, &app.state.master_key, behind).await.unwrap();
    let keys = signing_key::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!((made, keys.len()), (2, 2));
}

/// The key that signs now.
async fn signer(app: &TestApp, person: &Person) -> String {
    app.state.access_tokens.reload(&app.state.db, &app.state.master_key, app.clock.now()).await.unwrap();
    let again = app.sign_in(&person.id, &person.email).await;
    again.get("/v1/me").await.expect(200);
    jsonwebtoken::decode_header(again.client.token.unwrap()).unwrap().kid.unwrap()
}

#[actix_web::test]
async fn keys_take_turns_though_a_clock_was_far_ahead() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (db, master_key) = (&app.state.db, &app.state.master_key);
    let tend =
        async |ahead: TimeDelta| access_tokens::tend_keys(db, master_key, app.clock.now() + ahead).await.unwrap();
    tend(TimeDelta::days(365)).await;
    // The first was forgotten with the year, so the second has signed since today.
    let mut signed = Vec::new();
    for _ in 0..3 {
        app.later(TimeDelta::days(31));
        tend(TimeDelta::zero()).await;
        let kid = signer(&app, &ana).await;
        assert!(!signed.contains(&kid), "after {} turns", signed.len());
        signed.push(kid);
    }
}

#[actix_web::test]
async fn each_rotation_gives_a_new_key_also_by_a_clock_that_is_behind() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let (db, master_key) = (&app.state.db, &app.state.master_key);
    let mut signed = vec![signer(&app, &ana).await];
    for behind in [0, 20, 0, 25] {
        app.later(TimeDelta::minutes(1));
        let now = app.clock.now();
        access_tokens::rotate_keys(db, master_key, now).await.unwrap();
        access_tokens::rotate_keys(db, master_key, now - TimeDelta::seconds(behind)).await.unwrap();
        app.later(TimeDelta::seconds(2));
        let kid = signer(&app, &ana).await;
        assert!(!signed.contains(&kid), "{behind} seconds behind");
        let published = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
        let kids = published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        signed = kids.collect();
        // The next one has not signed yet.
        signed.pop();
        assert_eq!(signed.last(), Some(&kid));
    }
}
