//! Writes that share a commit: one that is refused, panics or is given up takes none of the others with it.

use std::{cell::Cell, panic::AssertUnwindSafe, time::Duration};

use chrono::{TimeDelta, TimeZone, Utc};
use futures_util::{FutureExt, future::join_all};
use reqwest::Method;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, PaginatorTrait, Statement,
};
use serde_json::json;
use support_network::{
    db::{Db, inserts::Inserts},
    entities::{
        StoredFacts, Strings, mail_outbox,
        organization::{self, JoinPolicy, OrganizationKind, OrganizationStatus, Visibility},
    },
    problem::{Problem, ProblemCode, Result},
};
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::{Answer, TestApp, TestDatabase};

/// Puts a row in that nothing else looks at.
async fn put(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    put_large(tx, id, 0).await
}

/// The same, with so many bytes.
async fn put_large(tx: &DatabaseTransaction, id: Uuid, bytes: usize) -> Result<()> {
    mail_outbox::Entity::insert(row(id, bytes)).exec_without_returning(tx).await?;
    Ok(())
}

fn row(id: Uuid, bytes: usize) -> mail_outbox::ActiveModel {
    let now = Utc::now();
    mail_outbox::ActiveModel {
        id: Set(id),
        recipient: Set("nobody@example.org".into()),
        subject: Set("Later".into()),
        body_sealed: Set(vec![0; bytes]),
        attempts: Set(0),
        next_attempt_at: Set(now + TimeDelta::days(300)),
        created_at: Set(now),
    }
}

async fn is_there(db: &Db, id: Uuid) -> bool {
    mail_outbox::Entity::find_by_id(id).one(db.read()).await.unwrap().is_some()
}

/// A write that takes its time, so that others gather behind it.
async fn slow(db: &Db, id: Uuid) -> Result<()> {
    db.write(async |tx| {
        put(tx, id).await?;
        sleep(Duration::from_millis(100)).await;
        Ok(())
    })
    .await
}

#[actix_web::test]
async fn a_write_that_is_refused_or_panics_takes_no_other_with_it() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    for first_fails in [false, true] {
        let ids: Vec<Uuid> = (0..30).map(|_| Uuid::now_v7()).collect();
        let writes = ids.iter().enumerate().map(|(number, id)| {
            let number = if first_fails { number } else { number + 1 };
            let write = db.write(async move |tx| {
                put(tx, *id).await?;
                assert_ne!(number % 5, 3, "this one panics");
                match number % 5 {
                    0 => Err(Problem::from(ProblemCode::Forbidden)),
                    // Hits its own row, as often as it is run.
                    4 => put(tx, *id).await,
                    _ => Ok(()),
                }
                .map(|_| number)
            });
            async move { (number, *id, AssertUnwindSafe(write).catch_unwind().await) }
        });
        for (number, id, outcome) in join_all(writes).await {
            match (number % 5, outcome) {
                (0, Ok(Err(problem))) => assert_eq!(problem.code, ProblemCode::Forbidden),
                (3, Err(_)) => {}
                (4, Ok(Err(problem))) => assert_eq!(problem.code, ProblemCode::Unavailable),
                (1 | 2, Ok(Ok(answer))) => assert_eq!(answer, number),
                (_, outcome) => panic!("{number}: {outcome:?}"),
            }
            assert_eq!(is_there(db, id).await, matches!(number % 5, 1 | 2), "{number}");
        }
    }
}

#[actix_web::test]
async fn a_write_that_is_given_up_leaves_nothing_and_holds_nobody_up() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let [first, given_up, last] = [(); 3].map(|()| Uuid::now_v7());
    let for_ever = db.write(async |tx| {
        put(tx, given_up).await?;
        std::future::pending::<Result<()>>().await
    });
    let later = async {
        sleep(Duration::from_millis(150)).await;
        db.write(async |tx| put(tx, last).await).await
    };
    let (before, timed_out, later) =
        tokio::join!(slow(db, first), tokio::time::timeout(Duration::from_millis(400), for_ever), later);
    before.unwrap();
    assert!(timed_out.is_err());
    later.unwrap();
    let there = [is_there(db, first).await, is_there(db, given_up).await, is_there(db, last).await];
    assert_eq!(there, [true, false, true]);
    // Alone, and while it waits for its turn.
    for pause in [0, 20] {
        let id = Uuid::now_v7();
        let alone = tokio::time::timeout(Duration::from_millis(50), slow(db, id));
        let behind = async {
            sleep(Duration::from_millis(pause)).await;
            tokio::time::timeout(Duration::from_millis(10), slow(db, Uuid::now_v7())).await
        };
        let (alone, behind) = tokio::join!(alone, behind);
        assert!(alone.is_err() && behind.is_err());
        assert!(!is_there(db, id).await);
    }
    slow(db, Uuid::now_v7()).await.unwrap();
}

#[actix_web::test]
async fn nobody_hears_of_a_write_before_it_is_committed() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let rows = async || mail_outbox::Entity::find().all(db.read()).await.unwrap().len();
    let writes = (0..12).map(|number| async move {
        let (id, seen) = (Uuid::now_v7(), Cell::new(0));
        let outcome = db
            .write(async |tx| {
                seen.set(mail_outbox::Entity::find().all(tx).await?.len());
                put(tx, id).await?;
                if number % 3 == 2 { Err(Problem::from(ProblemCode::Forbidden)) } else { Ok(()) }
            })
            .await;
        // A refusal too may rest on what others did in the same commit.
        assert!(rows().await >= seen.get(), "{number}: answered for what is not committed");
        assert_eq!(outcome.is_ok(), is_there(db, id).await, "{number}");
    });
    join_all(writes).await;
    assert_eq!(rows().await, 8);
}

#[actix_web::test]
async fn a_read_that_is_given_up_spoils_none_that_follow() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let long = match db.backend() {
        DbBackend::Sqlite => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n"
        }
        _ => "SELECT 1 FROM pg_sleep(0.2)",
    };
    let read = async |sql: &str| {
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    for number in 10..16 {
        let given_up = tokio::time::timeout(Duration::from_millis(5), read(long)).await;
        assert!(given_up.is_err());
        assert_eq!(read(&format!("SELECT CAST({number} AS BIGINT)")).await, number);
    }
    let many = join_all((0..40).map(async |number| read(&format!("SELECT CAST({number} AS BIGINT)")).await));
    assert_eq!(many.await, (0..40).collect::<Vec<i64>>());
}

#[actix_web::test]
async fn rows_that_were_overtaken_are_prepared_anew() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let (taken, prepared) = (Uuid::now_v7(), Cell::new(0));
    let put_in = db.insert(async |readers| {
        prepared.set(prepared.get() + 1);
        let is_free = mail_outbox::Entity::find_by_id(taken).one(readers).await?.is_none();
        if is_free {
            // Somebody else is quicker.
            db.write(async |tx| put(tx, taken).await).await?;
        }
        let id = if is_free { taken } else { Uuid::now_v7() };
        let mut inserts = Inserts::default();
        inserts.add(row(id, 0));
        Ok((id, inserts))
    });
    let id = put_in.await.unwrap();
    assert_ne!(id, taken);
    assert_eq!(prepared.get(), 2);
    assert!(is_there(db, id).await);
    let refused = db.insert(async |_| Err::<((), _), _>(Problem::from(ProblemCode::Forbidden))).await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Forbidden);
}

#[actix_web::test]
async fn of_rows_that_gather_only_those_in_the_way_are_prepared_anew() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let taken: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for id in &taken {
        db.write(async |tx| put(tx, *id).await).await.unwrap();
    }
    let prepared = Cell::new(0);
    let put_in = async |number: usize| {
        let first = Cell::new(true);
        let put_in = db.insert(async |_| {
            prepared.set(prepared.get() + 1);
            let in_the_way = taken.get(number / 7).filter(|_| number.is_multiple_of(7) && first.replace(false));
            let id = in_the_way.copied().unwrap_or_else(Uuid::now_v7);
            let mut inserts = Inserts::default();
            inserts.add_all(vec![row(id, number), row(Uuid::now_v7(), 0)]);
            Ok((id, inserts))
        });
        put_in.await.unwrap()
    };
    let before = mail_outbox::Entity::find().count(db.read()).await.unwrap();
    let (_, ids) = tokio::join!(slow(db, Uuid::now_v7()), join_all((0..30).map(put_in)));
    assert_eq!(prepared.get(), 33);
    assert_eq!(mail_outbox::Entity::find().count(db.read()).await.unwrap(), before + 61);
    for (number, id) in ids.into_iter().enumerate() {
        let row = mail_outbox::Entity::find_by_id(id).one(db.read()).await.unwrap().unwrap();
        assert_eq!(row.body_sealed.len(), number);
    }
}

/// An organization with what is awkward to write down.
fn awkward(number: usize) -> organization::Model {
    let now = Utc.timestamp_opt(1_790_000_000, 120_000_000).unwrap();
    let name = format!("O'Brien \"\\x41\" \\ ?1 $1 \u{1f33f} \u{7f} {number}\n\t");
    organization::Model {
        id: Uuid::now_v7(),
        slug: format!("awkward-{number}"),
        sort_name: "0012".into(),
        search_name: "1e3".into(),
        search_text: "true".into(),
        short_name: Some("null".into()),
        kind: OrganizationKind::LocalAssociation,
        description: Some(String::new()),
        website_url: None,
        country: Some("US".into()),
        region: None,
        parent_id: None,
        disciplines: Strings(vec![name.clone(), "\\u0041".into()]),
        offerings: Strings(Vec::new()),
        founded_year: Some(i64::MAX),
        membership_categories: Strings(vec!["1.0".into()]),
        facts: StoredFacts::of(&json!([])).unwrap(),
        accepts_memberships: true,
        join_policy: JoinPolicy::SelfReported,
        visibility: Visibility::Public,
        status: OrganizationStatus::Proposed,
        merged_into_id: None,
        proposed_by: None,
        represented: false,
        member_count: 0,
        version: 1,
        created_at: now,
        updated_at: now + TimeDelta::microseconds(7),
        name,
    }
}

#[actix_web::test]
async fn rows_that_are_put_in_together_are_stored_as_one_row_alone_is() {
    let app = TestApp::spawn().await;
    let db = &app.state.db;
    let alone = awkward(0);
    db.write(async |tx| {
        organization::Entity::insert(alone.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
        Ok(())
    })
    .await
    .unwrap();
    let together: Vec<organization::Model> = (1..40).map(awkward).collect();
    let put_in = db.insert(async |_| {
        let mut inserts = Inserts::default();
        inserts.add_all(together.iter().map(|row| row.clone().into_active_model().reset_all()).collect());
        Ok(((), inserts))
    });
    put_in.await.unwrap();
    for row in &together {
        let stored = organization::Entity::find_by_id(row.id).one(db.read()).await.unwrap().unwrap();
        assert_eq!(&stored, row);
    }
    // What differs from row to row is left out; the rest is the same to the byte.
    let columns =
        organization::Column::iter().filter(|column| !["id", "slug", "name", "disciplines"].contains(&column.as_str()));
    let columns: Vec<String> = columns
        .map(|column| match app.is_sqlite() {
            true => format!("quote({})", column.as_str()),
            false => column.as_str().into(),
        })
        .collect();
    let sql = format!(
        "SELECT count(*) FROM (SELECT DISTINCT {} FROM organization WHERE sort_name = '0012') o",
        columns.join(", ")
    );
    let kinds = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
    assert_eq!(kinds.try_get_by_index::<i64>(0).unwrap(), 1);
}

/// SQLite ends a transaction by itself, or only the statement, when there is no room. What is written later must not
/// become a part of one that nobody will commit.
#[actix_web::test]
async fn what_is_acknowledged_after_the_disk_was_full_is_there() {
    let app = TestApp::spawn().await;
    if !app.is_sqlite() {
        return;
    }
    let (db, ana) = (&app.state.db, app.therapist("ana").await);
    let runs = async |sql: &str| {
        db.write(async |tx| {
            tx.execute_unprepared(sql).await?;
            Ok(())
        })
        .await
    };
    let description = "word ".repeat(799).trim_end().to_owned();
    // Longer than what is left of any page.
    let propose = async |name: &str| {
        let body = json!({"name": name, "kind": "online_community", "description": description});
        let request = ana.request(Method::POST, "/v1/organizations").header("idempotency-key", &name.replace(' ', "-"));
        request.json(&body).send().await
    };
    let kept = ana.post("/v1/organizations", json!({"name": "Circle", "kind": "online_community"})).await.expect(201);
    let path = format!("/v1/organizations/{}", kept["id"].as_str().unwrap());
    runs("CREATE TABLE filler (bytes BLOB)").await.unwrap();
    // No page more than there are. A connection on which a write failed may be replaced by one that has no such bound.
    let full = async || runs("PRAGMA max_page_count = 1").await.unwrap();
    full().await;
    let mut filled = 0;
    // None of the pages is free.
    while runs("INSERT INTO filler VALUES (zeroblob(3000))").await.is_ok() {
        filled += 1;
        assert!(filled < 10_000, "there is always room");
    }
    full().await;
    let refused = db.write(async |tx| put_large(tx, Uuid::now_v7(), 500_000).await).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Unavailable);

    let is_refused = |answer: Answer| {
        let waits = answer.header("retry-after").map(ToOwned::to_owned);
        answer.refused(503, "unavailable");
        assert_eq!(waits.as_deref(), Some("1"));
    };
    for number in 0..3 {
        full().await;
        is_refused(propose(&format!("Circle {number}")).await);
        full().await;
        is_refused(ana.patch(&path, json!({"description": description})).await);
        // Reads go on, and see what was.
        assert_eq!(ana.get(&path).await.expect(200), kept);
        assert_eq!(ana.all("/v1/organizations?status=proposed").await, std::slice::from_ref(&kept));
        app.anonymous().get(&format!("/v1/organizations?limit={}", number + 3)).await.expect(200);
    }
    for (table, rows) in [("organization WHERE proposed_by IS NOT NULL", 1), ("idempotency_record", 0)] {
        let count = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(TestDatabase::count(app.database_url(), &count).await, rows, "{table}");
    }
    full().await;
    let mut acknowledged = Vec::new();
    for _ in 0..5 {
        let id = Uuid::now_v7();
        if db.write(async |tx| put(tx, id).await).await.is_ok() {
            acknowledged.push(id);
        }
    }
    assert_eq!(acknowledged.len(), 5);
    for id in acknowledged {
        assert!(is_there(db, id).await);
    }

    runs("PRAGMA max_page_count = 1000000").await.unwrap();
    // Also what was refused, by the same key.
    for name in ["Circle 0", "Circle 2", "Circle after"] {
        let made = propose(name).await;
        assert_eq!(made.header("idempotency-replayed"), None, "{name}");
        let made = made.expect(201);
        assert_eq!(ana.get(&format!("/v1/organizations/{}", made["id"].as_str().unwrap())).await.expect(200), made);
    }
    assert_eq!(ana.all("/v1/organizations?status=proposed").await.len(), 4);
}
