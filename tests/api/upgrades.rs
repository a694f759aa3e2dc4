//! Databases of older releases, brought up to date with what they hold.

use serde_json::{Value, json};

use crate::support::{TestApp, TestDatabase};

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
