//! Passwords and tokens are nowhere in the database as they are; mails survive a restart.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

/// Every value of every table, and the same in hexadecimal.
async fn dump(app: &TestApp) -> String {
    let db = app.state.db.read();
    let sqlite = db.get_database_backend() == DbBackend::Sqlite;
    let rows = async |sql: String| {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let tables = match sqlite {
        true => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_search%'",
        false => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut text = String::new();
    for table in rows(tables.to_owned()).await {
        let values = match sqlite {
            true => {
                let columns = rows(format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let columns: Vec<_> = columns
                    .iter()
                    .map(|column| format!("hex({column}) || ' ' || iif(typeof({column}) = 'text', {column}, '')"))
                    .collect();
                format!("SELECT CAST({} AS TEXT) FROM {table}", columns.join(" || ' ' || "))
            }
            false => format!("SELECT t::text || ' ' || encode(convert_to(t::text, 'UTF8'), 'hex') FROM {table} t"),
        };
        for row in rows(values).await {
            text.push_str(&format!("{table}: {row}\n"));
        }
    }
    text.to_lowercase()
}

#[actix_web::test]
async fn no_table_holds_a_password_or_a_token_as_it_is() {
    let app = TestApp::spawn().await;
    let ana = app.therapist("ana").await;
    let verification = app.mail.to(&ana.email).await.token();
    app.anonymous().post("/v1/password-resets", json!({"email": ana.email})).await.expect(202);
    let reset = app.mail.nth_to(&ana.email, 2).await.token();
    let refreshed = app.anonymous().post("/v1/sessions/refresh", json!({"refresh_token": ana.refresh_token})).await;
    let refreshed = refreshed.expect(200);
    // Mails that wait are sealed: nobody takes them from this instance.
    let waiting = TestApp::spawn_with(|config| config.mail.smtp.port = 1).await;
    let ben = waiting.therapist("ben").await;

    let dumped = dump(&app).await;
    assert!(dumped.contains("ana@example.org") && dumped.contains("$argon2id$"), "the dump shows what is there");
    let access = ana.client.token.clone().unwrap();
    let secrets = [
        PASSWORD,
        &verification,
        &reset,
        &ana.refresh_token,
        refreshed["refresh_token"].as_str().unwrap(),
        refreshed["access_token"].as_str().unwrap(),
        &access,
    ];
    for secret in secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let lower = secret.to_lowercase();
        assert!(!dumped.contains(&lower) && !dumped.contains(&hex), "{secret} stands in the database");
    }
    let dumped = dump(&waiting).await;
    assert!(dumped.contains("mail_outbox: ") && dumped.contains(&ben.email));
    let words = ["please confirm", "this is good for"];
    for word in words {
        let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!dumped.contains(word) && !dumped.contains(&hex), "a mail stands in the clear");
    }
}

#[actix_web::test]
async fn mail_that_could_not_be_sent_is_sent_after_a_restart_once() {
    let app = TestApp::spawn_with(|config| config.mail.smtp.port = 1).await;
    let ana = app.therapist("ana").await;
    app.stop().await;
    let restarted = app.another_instance().await;
    restarted.later(TimeDelta::minutes(10));
    let token = restarted.mail.to(&ana.email).await.token();
    let confirmed = restarted.anonymous().post("/v1/email-verifications/confirm", json!({"token": token})).await;
    confirmed.expect(200);
    assert_eq!(restarted.mail.all().len(), 1);
}
