//! Databases of older releases, brought up to date with what they hold; and older releases that go on beside a newer one,
//! on a schema that is ahead of them.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use serde_json::{Value, json};

use crate::{
    story,
    support::{TestApp, TestDatabase},
};

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// An organization as it was stored before its words were kept apart from those of proposals.
async fn store_organization(database: &TestDatabase, id: u8, name: &str, status: &str) {
    let id = match database.url.starts_with("sqlite") {
        true => format!("X'{id:032x}'"),
        false => format!("'{id:032x}'"),
    };
    let folded = name.to_lowercase();
    let row = format!(
        "INSERT INTO organization (id, name, slug, kind, disciplines, offerings, membership_categories, facts, \
         accepts_memberships, join_policy, visibility, status, represented, member_count, sort_name, search_name, \
         search_text, version, created_at, updated_at) VALUES ({id}, '{name}', '{status}', 'online_community', '[]', '[]', \
         '[]', '[]', false, 'self_reported', 'public', '{status}', false, 0, '{folded}', '{folded}', 'an online community', 1, \
         '2026-09-01T12:00:00+00:00', '2026-09-01T12:00:00+00:00')"
    );
    TestDatabase::execute(&database.url, &row).await;
}

#[actix_web::test]
async fn organizations_are_still_found_once_proposals_have_left_the_full_text_index() {
    let database = TestDatabase::after_steps(14).await;
    store_organization(&database, 1, "Harbour Circle", "proposed").await;
    store_organization(&database, 2, "Harbour Guild", "published").await;
    store_organization(&database, 3, "Harbour House", "archived").await;
    let app = TestApp::over(database).await;
    let (moderator, visitor) = (app.moderator("mo").await, app.anonymous());
    for (status, found) in
        [("proposed", "Harbour Circle"), ("published", "Harbour Guild"), ("archived", "Harbour House")]
    {
        for words in ["harb", "online%20harbour"] {
            let items = moderator.all(&format!("/v1/organizations?status={status}&q={words}")).await;
            assert_eq!(names(&items), [found], "{status} {words}");
        }
        let items = moderator.all(&format!("/v1/organizations?status={status}&q=arbour")).await;
        assert!(items.is_empty(), "{status}: words match where they begin");
    }

    let proposal = moderator.all("/v1/organizations?status=proposed").await.remove(0);
    moderator.publishes(&proposal).await;
    let items = visitor.all("/v1/organizations?q=harbour").await;
    assert_eq!(names(&items), ["Harbour Circle", "Harbour Guild"]);

    let path = format!("/v1/organizations/{}", proposal["id"].as_str().unwrap());
    moderator.patch(&path, json!({"name": "Lighthouse Circle"})).await.expect(200);
    assert_eq!(names(&visitor.all("/v1/organizations?q=harbour").await), ["Harbour Guild"]);
    assert_eq!(names(&visitor.all("/v1/organizations?q=lighthouse").await), ["Lighthouse Circle"]);
    moderator.post(&format!("{path}/archive"), json!({})).await.expect(200);
    assert_eq!(visitor.all("/v1/organizations?q=lighthouse").await.len(), 0);
    assert_eq!(names(&moderator.all("/v1/organizations?status=archived&q=lighthouse").await), ["Lighthouse Circle"]);
}

/// Tables with columns that can be added to.
async fn tables(url: &str) -> Vec<String> {
    let query = match url.starts_with("sqlite") {
        // The shadows of a full-text index are its own.
        true => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
             AND name NOT LIKE '%_search%' AND name NOT LIKE 'sqlite_%'"
        }
        false => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    TestDatabase::texts(url, query).await
}

/// What the migration of a newer release may do to the schema, number `number`.
async fn migrate_ahead(url: &str, number: u32) {
    let mut script = format!(
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9{number:03}_of_a_newer_release', 1790000000);
         CREATE TABLE newer_{number} (id BIGINT PRIMARY KEY, note TEXT NOT NULL);
         CREATE INDEX newer_{number}_by_note ON newer_{number} (note);"
    );
    for table in tables(url).await.iter().filter(|table| *table != "seaql_migrations") {
        script.push_str(&format!(
            "ALTER TABLE \"{table}\" ADD COLUMN newer_{number} TEXT;
             ALTER TABLE \"{table}\" ADD COLUMN newer_count_{number} BIGINT NOT NULL DEFAULT 0;"
        ));
    }
    TestDatabase::execute(url, &script).await;
}

/// What the first therapists do.
async fn go_on(app: &TestApp, number: u32) {
    let (ana, mo) = (app.therapist(&format!("anew{number}")).await, app.moderator(&format!("mo{number}")).await);
    let profile = json!({"headline": "By the harbour", "country": "US", "discoverable": "members"});
    ana.put("/v1/me/profile", profile).await.expect(201);
    let name = format!("Lighthouse Circle {number}");
    let proposed = ana.proposes(json!({"name": name, "kind": "online_community"})).await;
    let published = mo.publishes(&proposed).await;
    let id = published["id"].as_str().unwrap();
    let found = mo.all("/v1/organizations?q=lighthouse&sort=name&limit=2").await;
    assert_eq!(found.len() as u32, number, "{found:?}");
    let held = ana.joins(id).await;
    ana.edits(&held, json!({"member_number": "12"})).await.expect(200);
    assert_eq!(ana.get("/v1/me/export").await.expect(200)["memberships"].as_array().unwrap().len(), 1);
    ana.decides(&held, "leave", json!({})).await.expect(200);
    ana.delete("/v1/me").await.expect(204);
    app.anonymous().get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn an_older_release_goes_on_while_a_newer_one_migrates() {
    let app = TestApp::spawn().await;
    let rounds = Cell::new(0);
    let meanwhile = async || {
        rounds.set(rounds.get() + 1);
        migrate_ahead(app.database_url(), rounds.get()).await;
        go_on(&app, rounds.get()).await;
    };
    let told = story::told(&app, meanwhile).await;
    assert!(rounds.get() > 5);
    assert_eq!(told, story::printed(), "the story goes otherwise on a schema that is ahead");
}

/// What a release knows of the schema: each table with its columns, and whether a new row has to give them.
type Schema = BTreeMap<String, BTreeMap<String, bool>>;

async fn schema(url: &str) -> Schema {
    let query = match url.starts_with("sqlite") {
        true => {
            "SELECT t.name || ' ' || c.name || ' ' || (c.\"notnull\" AND c.dflt_value IS NULL) FROM sqlite_master t \
             JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
        false => {
            "SELECT table_name || ' ' || column_name || ' ' || \
             CASE WHEN is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' THEN 1 ELSE 0 END \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let mut schema = Schema::new();
    for line in TestDatabase::texts(url, query).await {
        let [table, column, has_to_be_given] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        schema.entry(table.to_owned()).or_default().insert(column.to_owned(), has_to_be_given == "1");
    }
    schema
}

/// Unique indexes: the table of each, and how it is made.
async fn unique_indexes(url: &str) -> BTreeSet<(String, String)> {
    let query = match url.starts_with("sqlite") {
        true => "SELECT tbl_name || ' ' || sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%'",
        false => {
            "SELECT tablename || ' ' || indexdef FROM pg_indexes \
             WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'"
        }
    };
    let lines = TestDatabase::texts(url, query).await;
    lines.iter().map(|line| line.split_once(' ').unwrap()).map(|(table, index)| (table.into(), index.into())).collect()
}

#[actix_web::test]
async fn each_step_of_the_schema_leaves_the_release_before_it_what_it_knows() {
    // No release reads or writes it by name: PostgreSQL fills it in, and only its own index used it.
    let nobodys = [("organization", "search_vector")];
    let database = TestDatabase::after_steps(1).await;
    for step in Migrator::migrations().iter().skip(1) {
        let (before, indexes) = (schema(&database.url).await, unique_indexes(&database.url).await);
        database.steps_on(1).await;
        let after = schema(&database.url).await;
        for (table, columns) in &before {
            for column in columns.keys().filter(|column| !nobodys.contains(&(table, column.as_str()))) {
                let kept = after.get(table).is_some_and(|columns| columns.contains_key(column));
                assert!(kept, "{} takes {table}.{column} away", step.name());
            }
            for (column, has_to_be_given) in &after[table] {
                let is_known = columns.get(column) == Some(&true);
                assert!(is_known || !has_to_be_given, "{} asks for {table}.{column}", step.name());
            }
        }
        for (table, index) in unique_indexes(&database.url).await.difference(&indexes) {
            // Of a column that nobody fills in, two rows are never alike.
            let Some(columns) = before.get(table) else { continue };
            let is_of_new_column =
                after[table].keys().any(|column| !columns.contains_key(column) && index.contains(column.as_str()));
            assert!(is_of_new_column, "{} refuses rows of {table}: {index}", step.name());
        }
    }
}
